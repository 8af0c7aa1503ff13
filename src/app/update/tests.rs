//! Messages in an order that a fast user and slow work can bring about.

use super::update;
use crate::app::effect::Saved;
use crate::app::{Badge, Effect, JobProgress, Message, Model, SaveTo, Saving, Size, Ticket};
use crate::catalog::{Content, EntryId, FileSpan, Logged, Series, SeriesId, SeriesKind, SourceInfo, Stamp, Steps};
use crate::document::{EvaluatedHistogram, look};
use crate::engine::{Population, Task};
use crate::error::Error;
use crate::hist::{Bins, Numbers, Samples, Stats, StepStack};
use crate::key::{Code, Key};
use crate::settings::{Depth, Settings};
use crate::wandb;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A model with a series for each kind, of so many steps each.
fn opened(kinds: &[SeriesKind], steps: usize) -> Model {
    let mut model = Model::new(Size { width: 100, height: 30 }, Settings::load(None, Depth::None).0, 1);
    update(&mut model, Message::Opened(Ok(info("run", kinds, steps))));
    model
}

fn info(name: &str, kinds: &[SeriesKind], steps: usize) -> SourceInfo {
    let series = kinds.iter().enumerate().map(|(i, kind)| Series {
        path: vec![format!("w{i}")],
        kind: *kind,
        steps: Steps::Unknown(steps),
        problems: Vec::new(),
    });
    SourceInfo { name: name.into(), series: series.collect(), ..SourceInfo::default() }
}

fn raw(values: impl IntoIterator<Item = i64>) -> Content {
    Content::Raw(Arc::new(Population::new(Samples::I64(values.into_iter().collect()))))
}

fn logged(counts: [i128; 2], edges: [f64; 3]) -> Content {
    let histogram = wandb::Histogram::from_np_histogram(Numbers::ints(counts), Numbers::floats(edges.to_vec()));
    let origin =
        FileSpan { path: "run.jsonl".into(), span: 0..10, extra: Vec::new(), stamp: Stamp { len: 100, hash: 1 } };
    Content::Logged(Logged { histogram: Arc::new(histogram.unwrap()), origin: Some(origin) })
}

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| update(model, Message::Key(Key::char(c)))).collect()
}

fn escape(model: &mut Model) -> Vec<Effect> {
    update(model, Message::Key(Key::plain(Code::Esc)))
}

/// Answers the load that was asked for last.
fn load(model: &mut Model, content: Content) -> Vec<Effect> {
    let (ticket, entry) = (model.jobs.load.unwrap(), model.wanted.unwrap());
    update(model, Message::Loaded { ticket, entry, result: Ok(content) })
}

/// Counts what was asked for last.
fn count(model: &mut Model, effects: &[Effect]) -> Vec<Effect> {
    let asked = effects.iter().rev().find_map(|effect| match effect {
        Effect::Count { ticket, content, spec, policy } => {
            Some((*ticket, look(content, spec, *policy, &Task::default())))
        }
        _ => None,
    });
    let (ticket, result) = asked.unwrap();
    update(model, Message::Counted { ticket, result })
}

fn describing(effects: &[Effect]) -> Option<Ticket> {
    effects.iter().find_map(|effect| match effect {
        Effect::ComputeStatistics { ticket, .. } => Some(*ticket),
        _ => None,
    })
}

fn saving(effects: &[Effect]) -> Option<(Ticket, EntryId, Arc<wandb::Histogram>, SaveTo)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Save { ticket, savings } => {
            let Saving { entry, histogram, to, .. } = savings.first()?.clone();
            Some((*ticket, entry, histogram, to))
        }
        _ => None,
    })
}

fn choice(model: &Model) -> Option<Bins> {
    model.spec().unwrap().bins.clone()
}

fn shown(model: &Model) -> &EvaluatedHistogram {
    model.shown().unwrap()
}

#[test]
fn a_cancelled_count_leaves_the_bins_that_are_on_the_screen() {
    let mut model = opened(&[SeriesKind::Samples], 1);
    let asked = load(&mut model, raw(0..1000));
    count(&mut model, &asked);
    press(&mut model, "+++");
    assert_eq!((model.bins(), model.current.as_ref().unwrap().badge()), (67, Badge::Counting(1000)));
    assert!(matches!(escape(&mut model)[..], [Effect::Cancel(ticket)] if model.jobs.look == Some(ticket)));
    let ticket = model.jobs.look.unwrap();
    update(&mut model, Message::Counted { ticket, result: Err(Error::Cancelled) });
    assert_eq!((choice(&model), shown(&model).histogram.bins()), (Some(Bins::Count(64)), 64));
    assert_eq!((model.unsaved().len(), model.current.as_ref().unwrap().badge()), (0, Badge::Exact));
    let asked = press(&mut model, "u");
    count(&mut model, &asked);
    assert_eq!(model.bins(), 67, "what was cancelled can be asked for again");
}

#[test]
fn statistics_are_of_the_samples_that_are_on_the_screen() {
    let mut model = opened(&[SeriesKind::Samples, SeriesKind::Histogram], 1);
    let asked = load(&mut model, raw(0..1000));
    let ticket = describing(&count(&mut model, &asked)).unwrap();
    let asked = press(&mut model, "+");
    assert_eq!(describing(&count(&mut model, &asked)), None, "they are on their way");

    press(&mut model, "j");
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    let stats = Stats::of_histogram(&shown(&model).histogram);
    let other = Stats { n: 1000.0, ..stats.clone() };
    update(&mut model, Message::StatisticsComputed { ticket, stats: other });
    assert_eq!(model.current.unwrap().stats, Some(stats));
}

#[test]
fn samples_that_are_read_again_are_described_again() {
    let mut model = opened(&[SeriesKind::Samples], 1);
    let asked = load(&mut model, raw(0..10));
    let ticket = describing(&count(&mut model, &asked)).unwrap();
    let stats = Stats::of_histogram(&shown(&model).histogram);
    update(&mut model, Message::StatisticsComputed { ticket, stats });
    update(
        &mut model,
        Message::Reopened { source: 0, result: Ok(info("run", &[SeriesKind::Samples], 1)), moved: BTreeMap::new() },
    );
    let asked = load(&mut model, raw(0..20));
    assert!(describing(&count(&mut model, &asked)).is_some());
    assert_eq!(model.current.unwrap().stats, None);
}

#[test]
fn what_is_known_over_the_steps_goes_with_the_source() {
    let mut model = opened(&[SeriesKind::Histogram], 3);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    let swept = |model: &mut Model| {
        let ticket = model.jobs.sweep.unwrap().0;
        update(
            model,
            Message::AllStepsLoaded {
                ticket,
                of: SeriesId { source: 0, series: 0 },
                result: Ok(StepStack::new(vec![None; 3])),
            },
        )
    };
    swept(&mut model);
    assert!(model.jobs.sweep.is_none() && model.all_steps.is_some());
    update(
        &mut model,
        Message::Reopened { source: 0, result: Ok(info("run", &[SeriesKind::Histogram], 3)), moved: BTreeMap::new() },
    );
    assert!(model.all_steps.is_none());
    update(&mut model, Message::Grown { source: 0, info: info("run", &[SeriesKind::Histogram], 4) });
    swept(&mut model);
    let ticket = model.jobs.sweep.expect("steps that came meanwhile are asked for, too").0;
    let error = Error::Value("a fault".into());
    let effects = update(&mut model, Message::Failed { ticket, error });
    assert!(effects.is_empty() && model.jobs.sweep.is_none(), "what fails is not asked for again and again");
    assert_eq!((model.status.text.as_str(), model.status.error), ("a fault", true));
}

#[test]
fn a_source_in_the_background_that_is_read_again_does_not_come_to_the_front() {
    let mut model = opened(&[SeriesKind::Histogram], 3);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    update(&mut model, Message::Opened(Ok(info("other", &[SeriesKind::Histogram], 1))));
    update(
        &mut model,
        Message::Reopened { source: 1, result: Ok(info("other", &[SeriesKind::Histogram], 2)), moved: BTreeMap::new() },
    );
    assert_eq!((model.wanted, model.jobs.load), (Some(EntryId { source: 0, series: 0, step: 2 }), None));
    update(&mut model, Message::Reopened { source: 0, result: Ok(info("run", &[], 0)), moved: BTreeMap::new() });
    assert!(model.current.is_none() && model.wanted.is_none());
}

#[test]
fn an_answer_to_a_question_about_a_save_is_about_that_save() {
    let mut model = opened(&[SeriesKind::Histogram], 2);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    press(&mut model, "S");
    press(&mut model, "out");
    let (ticket, entry, first, _) = saving(&update(&mut model, Message::Key(Key::plain(Code::Enter)))).unwrap();
    press(&mut model, "[");
    load(&mut model, logged([5, 6], [0.0, 1.0, 2.0]));
    update(&mut model, Message::Saved { ticket, result: Err(Error::Exists { what: "out.json".into() }) });
    let (_, again, histogram, to) = saving(&press(&mut model, "o")).unwrap();
    assert_eq!((again, histogram), (entry, first));
    assert_eq!(to, SaveTo::File { path: PathBuf::from("out.json"), overwrite: true });
}

#[test]
fn each_step_is_saved_on_its_own() {
    let mut model = opened(&[SeriesKind::Histogram], 2);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    assert!(saving(&press(&mut model, "s")).is_none(), "as it was logged it is on disk");
    press(&mut model, "+");
    let save = |model: &mut Model| {
        let (ticket, _, histogram, to) = saving(&press(model, "s")).unwrap();
        let original = matches!(to, SaveTo::Back { .. });
        assert!(original || matches!(to, SaveTo::InPlace { .. }));
        let bins = histogram.values().len();
        let saved = Saved { path: "run.jsonl".into(), own: None, lost: Vec::new() };
        update(model, Message::Saved { ticket, result: Ok(saved) });
        assert!(model.status.text.starts_with(&format!("saved {bins} bins to run.jsonl")));
        original
    };
    assert!(!save(&mut model));
    assert!(saving(&press(&mut model, "s")).is_none());
    press(&mut model, "[");
    load(&mut model, logged([5, 6], [0.0, 1.0, 2.0]));
    assert!(!save(&mut model));
    press(&mut model, "o");
    assert!(save(&mut model), "what was read goes back");
}

#[test]
fn work_that_breaks_off_lets_go() {
    let mut model = opened(&[SeriesKind::Histogram], 2);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    press(&mut model, "[");
    let ticket = model.jobs.load.unwrap();
    update(&mut model, Message::Failed { ticket, error: Error::Value("a fault".into()) });
    assert_eq!((model.jobs.load, model.status.text.as_str()), (None, "a fault"));
    assert!(escape(&mut model).is_empty(), "there is nothing left to cancel");
}

#[test]
fn statistics_that_take_long_are_told_and_can_be_left() {
    let mut model = opened(&[SeriesKind::Samples], 1);
    let asked = load(&mut model, raw(0..1000));
    count(&mut model, &asked);
    let ticket = model.jobs.describe.unwrap();
    assert!(escape(&mut model).is_empty(), "what is done in a moment is not told");
    let progress = JobProgress { ticket, done: 10, total: 100, seconds: 1.0, tries: false };
    update(&mut model, Message::Progress(progress));
    assert_eq!(model.progress(), Some(progress));
    assert!(matches!(escape(&mut model).as_slice(), [Effect::Cancel(left)] if *left == ticket));
    update(&mut model, Message::Failed { ticket, error: Error::Cancelled });
    assert_eq!(model.progress(), None);
    assert!(model.status.text.contains("statistics were left"), "{}", model.status.text);
}

#[test]
fn quantiles_of_one_series_do_not_trim_another() {
    let mut model = opened(&[SeriesKind::Samples, SeriesKind::Samples], 1);
    let asked = load(&mut model, raw(0..1000));
    count(&mut model, &asked);
    press(&mut model, "t");
    update(&mut model, Message::Key(Key::plain(Code::Enter)));
    let ticket = model.jobs.trim.unwrap();
    press(&mut model, "j");
    let asked = load(&mut model, raw(0..10));
    count(&mut model, &asked);
    update(&mut model, Message::QuantilesFound { ticket, lo: 10.0, hi: 990.0 });
    assert_eq!(model.spec().unwrap().range, None);
}

#[test]
fn a_step_that_is_pointed_at_is_stayed_at() {
    let mut model = opened(&[SeriesKind::Histogram], 3);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    press(&mut model, "f#1");
    update(&mut model, Message::Key(Key::plain(Code::Enter)));
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    update(&mut model, Message::Grown { source: 0, info: info("run", &[SeriesKind::Histogram], 4) });
    assert_eq!((model.wanted.map(|entry| entry.step), model.following), (Some(1), false));
    press(&mut model, "#3");
    update(&mut model, Message::Key(Key::plain(Code::Enter)));
    press(&mut model, "f");
    update(&mut model, Message::Grown { source: 0, info: info("run", &[SeriesKind::Histogram], 5) });
    assert_eq!(model.wanted.map(|entry| entry.step), Some(4));
}

#[test]
fn a_range_wider_than_any_float_can_be_zoomed() {
    let mut model = opened(&[SeriesKind::Histogram], 1);
    load(&mut model, logged([1, 2], [-f64::MAX, 0.0, f64::MAX]));
    press(&mut model, "z");
    let range = model.spec().unwrap().range.unwrap();
    assert_eq!((range.lo.as_f64(), range.hi.as_f64()), (0.0, f64::MAX));
}
