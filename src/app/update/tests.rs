//! Message orders that a fast user and slow jobs can produce.

use super::update;
use crate::app::effect::Saved;
use crate::app::findings::{SearchResult, SearchState};
use crate::app::help::lines;
use crate::app::overlay::Page;
use crate::app::{Badge, Effect, Following, JobProgress, Message, Model, PendingSave, SaveTo, Size, Ticket};
use crate::catalog::{Content, EntryId, FileSpan, Logged, Series, SeriesId, SeriesKind, SourceInfo, Stamp, Steps};
use crate::document::{EvaluatedHistogram, evaluate};
use crate::engine::{Population, Task};
use crate::error::{At, Error, Problem};
use crate::hist::{Bins, EntryStats, Numbers, Omitted, PROBABILITIES, Quantile, Samples, StepStack};
use crate::key::{Code, Key};
use crate::settings::{Depth, Settings};
use crate::wandb;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Returns a model with one series per kind, each with this many steps.
fn opened(kinds: &[SeriesKind], steps: usize) -> Model {
    let mut model = Model::new(Size { width: 120, height: 34 }, Settings::load(None, Depth::None).0, 1);
    update(&mut model, Message::Opened(vec![Ok(info("run", kinds, steps))]));
    let result = SearchResult { state: SearchState::Ended, ..SearchResult::default() };
    update(&mut model, Message::Searched { source: 0, result });
    model
}

fn info(name: &str, kinds: &[SeriesKind], steps: usize) -> Arc<SourceInfo> {
    let series = kinds.iter().enumerate().map(|(i, kind)| Series {
        path: [format!("w{i}")].into(),
        kind: *kind,
        steps: Steps::Unknown(steps),
        problems: Vec::new(),
    });
    Arc::new(SourceInfo { name: name.into(), series: series.collect(), ..SourceInfo::default() })
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

/// Answers the last load.
fn load(model: &mut Model, content: Content) -> Vec<Effect> {
    let (ticket, entry) = (model.jobs.load.unwrap(), model.requested.unwrap());
    update(model, Message::Loaded { ticket, entry, result: Ok(content) })
}

/// Performs and answers the last count.
fn count(model: &mut Model, effects: &[Effect]) -> Vec<Effect> {
    let result = effects.iter().rev().find_map(|effect| match effect {
        Effect::Count { ticket, content, spec, policy } => {
            Some((*ticket, evaluate(content, spec, *policy, &Task::default())))
        }
        _ => None,
    });
    let (ticket, result) = result.unwrap();
    update(model, Message::Counted { ticket, result })
}

fn statistics_ticket(effects: &[Effect]) -> Option<Ticket> {
    effects.iter().find_map(|effect| match effect {
        Effect::ComputeStatistics { ticket, .. } => Some(*ticket),
        _ => None,
    })
}

/// Returns the lines of a page, with their two columns joined.
fn page_lines(model: &Model, page: Page) -> Vec<String> {
    lines(page, model).into_iter().map(|(a, b)| format!("{a} {b}").trim_end().to_owned()).collect()
}

fn save_effect(effects: &[Effect]) -> Option<(Ticket, EntryId, Arc<wandb::Histogram>, SaveTo)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Save { ticket, pending } => {
            let PendingSave { entry, histogram, to, .. } = pending.first()?.clone();
            Some((*ticket, entry, histogram, to))
        }
        _ => None,
    })
}

fn bins(model: &Model) -> Option<Bins> {
    model.spec().unwrap().bins.clone()
}

fn shown(model: &Model) -> &EvaluatedHistogram {
    model.shown().unwrap()
}

#[test]
fn a_cancelled_count_restores_the_previous_bins() {
    let mut model = opened(&[SeriesKind::Samples], 1);
    let effects = load(&mut model, raw(0..1000));
    count(&mut model, &effects);
    press(&mut model, "+++");
    assert_eq!((model.bins(), model.current.as_ref().unwrap().badge()), (67, Badge::Counting(1000)));
    assert!(matches!(escape(&mut model)[..], [Effect::Cancel(ticket)] if model.jobs.count == Some(ticket)));
    let ticket = model.jobs.count.unwrap();
    update(&mut model, Message::Counted { ticket, result: Err(Error::Cancelled) });
    assert_eq!((bins(&model), shown(&model).histogram.bins()), (Some(Bins::Count(64)), 64));
    assert_eq!((model.unsaved().len(), model.current.as_ref().unwrap().badge()), (0, Badge::Exact));
    let effects = press(&mut model, "u");
    count(&mut model, &effects);
    assert_eq!(model.bins(), 67, "a cancelled count can be repeated");
}

#[test]
fn statistics_of_other_samples_are_discarded() {
    let mut model = opened(&[SeriesKind::Samples, SeriesKind::Histogram], 1);
    let effects = load(&mut model, raw(0..1000));
    let ticket = statistics_ticket(&count(&mut model, &effects)).unwrap();
    let effects = press(&mut model, "+");
    assert_eq!(statistics_ticket(&count(&mut model, &effects)), None, "they are being computed already");

    press(&mut model, "j");
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    let stats = EntryStats::of_histogram(&shown(&model).histogram, &PROBABILITIES);
    let other = EntryStats { omitted: Some(Omitted::default()), ..stats.clone() };
    update(&mut model, Message::StatisticsComputed { ticket, stats: Box::new(other), lattice: None });
    assert_eq!(model.current.unwrap().stats, Some(stats));
}

#[test]
fn reloaded_samples_get_new_statistics() {
    let mut model = opened(&[SeriesKind::Samples], 1);
    let effects = load(&mut model, raw(0..10));
    let ticket = statistics_ticket(&count(&mut model, &effects)).unwrap();
    let stats = EntryStats::of_histogram(&shown(&model).histogram, &PROBABILITIES);
    update(&mut model, Message::StatisticsComputed { ticket, stats: Box::new(stats), lattice: None });
    update(
        &mut model,
        Message::Reopened { source: 0, result: Ok(info("run", &[SeriesKind::Samples], 1)), moved: BTreeMap::new() },
    );
    let effects = load(&mut model, raw(0..20));
    assert!(statistics_ticket(&count(&mut model, &effects)).is_some());
    assert_eq!(model.current.unwrap().stats, None);
}

#[test]
fn reloading_and_growth_reload_all_steps() {
    let mut model = opened(&[SeriesKind::Histogram], 3);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    let load_steps = |model: &mut Model| {
        let ticket = model.jobs.all_steps.unwrap().0;
        update(
            model,
            Message::AllStepsLoaded {
                ticket,
                series: SeriesId { source: 0, series: 0 },
                result: Ok(StepStack::new(vec![None; 3])),
            },
        )
    };
    load_steps(&mut model);
    assert!(model.jobs.all_steps.is_none() && model.all_steps.is_some());
    update(
        &mut model,
        Message::Reopened { source: 0, result: Ok(info("run", &[SeriesKind::Histogram], 3)), moved: BTreeMap::new() },
    );
    assert!(model.all_steps.is_none());
    update(&mut model, Message::Grown { source: 0, info: info("run", &[SeriesKind::Histogram], 4) });
    load_steps(&mut model);
    let ticket = model.jobs.all_steps.expect("new steps are loaded").0;
    let error = Error::Value("a fault".into());
    let effects = update(&mut model, Message::Failed { ticket, error });
    assert!(effects.is_empty() && model.jobs.all_steps.is_none(), "a failed load is not repeated");
    assert_eq!((model.status.text.as_str(), model.status.error), ("a fault", true));
}

#[test]
fn reloading_another_source_keeps_the_current_entry() {
    let mut model = opened(&[SeriesKind::Histogram], 3);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    update(&mut model, Message::Opened(vec![Ok(info("other", &[SeriesKind::Histogram], 1))]));
    update(
        &mut model,
        Message::Reopened { source: 1, result: Ok(info("other", &[SeriesKind::Histogram], 2)), moved: BTreeMap::new() },
    );
    assert_eq!((model.requested, model.jobs.load), (Some(EntryId { source: 0, series: 0, index: 2 }), None));
    update(&mut model, Message::Reopened { source: 0, result: Ok(info("run", &[], 0)), moved: BTreeMap::new() });
    assert!(model.current.is_none() && model.requested.is_none());
}

#[test]
fn overwriting_writes_the_save_that_was_refused() {
    let mut model = opened(&[SeriesKind::Histogram], 2);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    press(&mut model, "S");
    press(&mut model, "out");
    let (ticket, entry, first, _) = save_effect(&update(&mut model, Message::Key(Key::plain(Code::Enter)))).unwrap();
    press(&mut model, "[");
    load(&mut model, logged([5, 6], [0.0, 1.0, 2.0]));
    update(&mut model, Message::Saved { ticket, result: Err(Error::Exists { what: "out.json".into() }) });
    let (_, again, histogram, to) = save_effect(&press(&mut model, "o")).unwrap();
    assert_eq!((again, histogram), (entry, first));
    assert_eq!(to, SaveTo::NewFile { path: PathBuf::from("out.json"), overwrite: true });
}

#[test]
fn steps_are_saved_separately() {
    let mut model = opened(&[SeriesKind::Histogram], 2);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    assert!(save_effect(&press(&mut model, "s")).is_none(), "an unchanged histogram needs no save");
    press(&mut model, "+");
    let save = |model: &mut Model| {
        let (ticket, _, histogram, to) = save_effect(&press(model, "s")).unwrap();
        let original = matches!(to, SaveTo::Restore { .. });
        assert!(original || matches!(to, SaveTo::InPlace { .. }));
        let bins = histogram.values().len();
        let saved = Saved { path: "run.jsonl".into(), stamp: None, lost: Vec::new() };
        update(model, Message::Saved { ticket, result: Ok(saved) });
        assert!(model.status.text.starts_with(&format!("saved {bins} bins to run.jsonl")));
        original
    };
    assert!(!save(&mut model));
    assert!(save_effect(&press(&mut model, "s")).is_none());
    press(&mut model, "[");
    load(&mut model, logged([5, 6], [0.0, 1.0, 2.0]));
    assert!(!save(&mut model));
    press(&mut model, "o");
    assert!(save(&mut model), "resetting the bins restores the original");
}

#[test]
fn failed_jobs_are_over() {
    let mut model = opened(&[SeriesKind::Histogram], 2);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    press(&mut model, "[");
    let ticket = model.jobs.load.unwrap();
    update(&mut model, Message::Failed { ticket, error: Error::Value("a fault".into()) });
    assert_eq!((model.jobs.load, model.status.text.as_str()), (None, "a fault"));
    assert!(escape(&mut model).is_empty(), "no job is left to cancel");
}

#[test]
fn slow_statistics_show_progress_and_can_be_cancelled() {
    let mut model = opened(&[SeriesKind::Samples], 1);
    let effects = load(&mut model, raw(0..1000));
    count(&mut model, &effects);
    let ticket = model.jobs.statistics.unwrap();
    assert!(escape(&mut model).is_empty(), "fast jobs report no progress");
    let progress = JobProgress { ticket, done: 10, total: 100, seconds: 1.0, searching: false };
    update(&mut model, Message::Progress(progress));
    assert_eq!(model.progress(), Some(progress));
    assert!(matches!(escape(&mut model).as_slice(), [Effect::Cancel(left)] if *left == ticket));
    update(&mut model, Message::Failed { ticket, error: Error::Cancelled });
    assert_eq!(model.progress(), None);
    assert_eq!(model.status.text, "statistics cancelled; press i to compute them");
    assert!(statistics_ticket(&press(&mut model, "l")).is_none(), "nothing else restarts them");
    let again = statistics_ticket(&press(&mut model, "i"));
    assert!(again.is_some() && again != Some(ticket));
}

#[test]
fn statistics_are_computed_only_while_they_are_visible() {
    // B15: without room for a line of them, nothing shows them.
    let mut model = opened(&[SeriesKind::Samples], 1);
    update(&mut model, Message::Resize(Size { width: 80, height: 9 }));
    let effects = load(&mut model, raw(0..1000));
    assert_eq!(statistics_ticket(&count(&mut model, &effects)), None);
    let ticket = statistics_ticket(&press(&mut model, "i")).expect("the pane is visible");
    assert!(matches!(press(&mut model, "i")[..], [Effect::Cancel(left)] if left == ticket));
    update(&mut model, Message::Failed { ticket, error: Error::Cancelled });
    assert_eq!(model.status.text, "", "the user did not cancel them");
    let resized = update(&mut model, Message::Resize(Size { width: 80, height: 24 }));
    assert!(statistics_ticket(&resized).is_some(), "the line under the chart shows them");
}

#[test]
fn a_live_log_shows_what_is_logged_during_its_opening() {
    let growing = |steps| {
        Arc::new(SourceInfo { growing: true, ..SourceInfo::clone(&info("live", &[SeriesKind::Histogram], steps)) })
    };
    let mut model = Model::new(Size { width: 120, height: 34 }, Settings::load(None, Depth::None).0, 1);
    update(&mut model, Message::Opened(vec![Ok(growing(14))]));
    assert_eq!((model.is_live(), model.status.text.as_str()), (false, ""));
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    update(&mut model, Message::Grown { source: 0, info: growing(17) });
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    assert_eq!((model.current.as_ref().map(|current| current.entry.index), model.is_live()), (Some(16), true));
    // Growth before the first histogram is loaded.
    let mut model = Model::new(Size { width: 120, height: 34 }, Settings::load(None, Depth::None).0, 1);
    update(&mut model, Message::Opened(vec![Ok(growing(14))]));
    update(&mut model, Message::Grown { source: 0, info: growing(17) });
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    assert_eq!(model.current.as_ref().map(|current| current.entry.index), Some(16));
    press(&mut model, "[");
    update(&mut model, Message::Grown { source: 0, info: growing(20) });
    assert_eq!(model.requested.map(|entry| entry.index), Some(15), "an earlier step stays on the screen");
}

#[test]
fn an_unfinished_last_record_of_a_live_log_is_not_a_problem() {
    let mut model = Model::new(Size { width: 120, height: 34 }, Settings::load(None, Depth::None).0, 1);
    let problems = vec![Problem::unfinished(At::Byte(98304), "the record is incomplete")];
    let live = info("live", &[SeriesKind::Histogram], 2);
    let live = Arc::new(SourceInfo { growing: true, problems, ..SourceInfo::clone(&live) });
    update(&mut model, Message::Opened(vec![Ok(live)]));
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    assert_eq!(model.status.text, "");
    let result = SearchResult { state: SearchState::Ended, ..SearchResult::default() };
    update(&mut model, Message::Searched { source: 0, result });
    press(&mut model, "!");
    let rows: Vec<String> = model.findings.rows().iter().map(|row| model.finding_cells(row).message).collect();
    assert_eq!(rows, ["being written: byte 98304: the record is incomplete"]);
    assert_eq!(model.findings_summary(), "no problems found in 1 series");
    let source = page_lines(&model, Page::Source).join("\n");
    assert!(source.contains("being written byte 98304: the record is incomplete"), "{source}");
}

#[test]
fn quantiles_of_another_series_are_discarded() {
    let mut model = opened(&[SeriesKind::Samples, SeriesKind::Samples], 1);
    let effects = load(&mut model, raw(0..1000));
    count(&mut model, &effects);
    press(&mut model, "t");
    update(&mut model, Message::Key(Key::plain(Code::Enter)));
    let ticket = model.jobs.trim.unwrap();
    press(&mut model, "j");
    let effects = load(&mut model, raw(0..10));
    count(&mut model, &effects);
    let quantile = |at: f64| Quantile { p: 0.5, lo: at, hi: at };
    update(&mut model, Message::QuantilesFound { ticket, quantiles: vec![quantile(10.0), quantile(990.0)] });
    assert_eq!(model.spec().unwrap().range, None);
}

#[test]
fn going_to_an_earlier_step_stops_following() {
    let mut model = opened(&[SeriesKind::Histogram], 3);
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    press(&mut model, "f#1");
    update(&mut model, Message::Key(Key::plain(Code::Enter)));
    load(&mut model, logged([1, 2], [0.0, 1.0, 2.0]));
    update(&mut model, Message::Grown { source: 0, info: info("run", &[SeriesKind::Histogram], 4) });
    assert_eq!((model.requested.map(|entry| entry.index), model.following), (Some(1), Following::Off));
    press(&mut model, "#3");
    update(&mut model, Message::Key(Key::plain(Code::Enter)));
    press(&mut model, "f");
    update(&mut model, Message::Grown { source: 0, info: info("run", &[SeriesKind::Histogram], 5) });
    assert_eq!(model.requested.map(|entry| entry.index), Some(4));
}

#[test]
fn a_range_wider_than_the_largest_float_can_be_zoomed() {
    let mut model = opened(&[SeriesKind::Histogram], 1);
    load(&mut model, logged([1, 2], [-f64::MAX, 0.0, f64::MAX]));
    press(&mut model, "z");
    let range = model.spec().unwrap().range.unwrap();
    assert_eq!((range.lo.as_f64(), range.hi.as_f64()), (0.0, f64::MAX));
}
