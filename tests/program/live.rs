//! Logs that grow while they are open: complete records are shown, half-written ones stay unread until the rest arrives.

mod pipe;
mod terminal;

use super::log_writer::{event, event_record, tagged_histogram, two_buckets, wandb_log, wandb_row};
use super::protobuf::Message as Fields;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rebin::app::{Effect, Message, Model, Size, update};
use rebin::catalog::{Content, EntryId};
use rebin::key::Key;
use rebin::runtime::Workspace;
use rebin::settings::{Depth, Settings};
use rebin::source::{Input, Task};
use rebin::view;
use std::fs;
use std::path::Path;

/// A kind of log: a file name, and the content of the file after a number of rows. Row `n` is step `n`.
type Kind = (&'static str, fn(u64) -> Vec<u8>);

const KINDS: [Kind; 3] = [("run-x.wandb", run), ("events.out.tfevents.1", events), ("wandb-history.jsonl", history)];

fn run(rows: u64) -> Vec<u8> {
    wandb_log(&(0..rows).map(wandb_row).collect::<Vec<_>>(), 0)
}

fn events(rows: u64) -> Vec<u8> {
    let record = |step| event_record(event(step).bytes(5, tagged_histogram("w", two_buckets())));
    (0..rows).flat_map(record).collect()
}

fn history(rows: u64) -> Vec<u8> {
    let row = |step| {
        format!(r#"{{"w": {{"_type": "histogram", "values": [{step}, 2], "bins": [0, 1, 2]}}, "_step": {step}}}"#)
            + "\n"
    };
    (0..rows).map(row).collect::<String>().into_bytes()
}

/// The program without its threads: effects run at once.
struct Program {
    workspace: Workspace,
    model: Model,
}

impl Program {
    fn open(path: &Path) -> Self {
        let (settings, problems) = Settings::load(None, Depth::None);
        assert!(problems.is_empty(), "{problems:?}");
        let model = Model::new(Size { width: 100, height: 30 }, settings, 1);
        let mut program = Self { workspace: Workspace::default(), model };
        program.send(program.workspace.open(&Input::Path(path.to_owned()), &Task::default()));
        program
    }

    fn send(&mut self, message: Message) {
        let mut messages = vec![message];
        while let Some(message) = messages.pop() {
            let effects = update(&mut self.model, message);
            messages.extend(effects.into_iter().filter_map(|effect| self.workspace.perform(effect, &Task::default())));
        }
    }

    fn press(&mut self, key: &str) {
        self.send(Message::Key(Key::parse(key).unwrap()));
    }

    /// Reads new rows. Returns, for each source that has grown, the number of steps of its first series.
    fn refresh(&mut self) -> Vec<usize> {
        let messages = self.workspace.refresh(1, &Task::default());
        let steps = messages.iter().map(|message| match message {
            Message::Grown { info, .. } => info.series.first().map_or(0, |series| series.steps.len()),
            other => panic!("{other:?}"),
        });
        let steps = steps.collect();
        for message in messages {
            self.send(message);
        }
        steps
    }

    /// The position of the current step, and its first count.
    fn shown(&self) -> (usize, f64) {
        let open = self.model.current.as_ref().unwrap();
        let Content::Logged(logged) = &open.content else { panic!("not logged") };
        (open.entry.index, logged.histogram.values().get(0).unwrap().as_f64())
    }

    fn header(&self) -> String {
        let area = Rect::new(0, 0, 100, 30);
        let mut buf = Buffer::empty(area);
        view::render(&self.model, area, &mut buf);
        (0..100).map(|x| buf[(x, 0)].symbol()).collect()
    }
}

#[test]
fn half_written_records_stay_unread_and_the_newest_step_is_followed() {
    for (name, file) in KINDS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let count = |step: usize| if name.contains("tfevents") { 4.0 } else { step as f64 };
        fs::write(&path, file(2)).unwrap();
        let mut program = Program::open(&path);
        assert_eq!(program.shown(), (1, count(1)), "{name}");
        assert_eq!(program.refresh(), [0; 0], "{name}: the file has not changed");
        assert!(!program.header().contains("live"));
        program.press("f");
        assert!(program.header().contains("● live"), "{name}: {}", program.header());
        for rows in 2..6 {
            let (before, after) = (file(rows).len(), file(rows + 1));
            // Half of a row, then all of it but nine bytes, then all but two.
            for cut in [before.midpoint(after.len()), after.len() - 9, after.len() - 2] {
                fs::write(&path, &after[..cut]).unwrap();
                assert!(program.refresh().iter().all(|steps| *steps == rows as usize), "{name} cut at {cut}");
                assert_eq!(program.shown(), (rows as usize - 1, count(rows as usize - 1)), "{name} cut at {cut}");
                let [torn] = &program.model.sources[0].problems[..] else { panic!("{name} cut at {cut}") };
                assert!(torn.unfinished, "{name} cut at {cut}");
            }
            fs::write(&path, &after).unwrap();
            assert_eq!(program.refresh(), [rows as usize + 1], "{name}");
            assert_eq!(program.shown(), (rows as usize, count(rows as usize)), "{name}");
            assert_eq!(program.model.sources[0].problems, [], "{name}");
        }
    }
}

#[test]
fn the_newest_step_is_shown_until_another_one_is_chosen() {
    for (name, file) in KINDS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, file(3)).unwrap();
        let mut program = Program::open(&path);
        assert!(!program.header().contains("live"), "{name}: it has not grown yet");
        fs::write(&path, file(6)).unwrap();
        assert_eq!(program.refresh(), [6], "{name}");
        assert_eq!(program.shown().0, 5, "{name}");
        assert!(program.header().contains("● live"), "{name}: {}", program.header());
        program.press("[");
        fs::write(&path, file(9)).unwrap();
        assert_eq!(program.refresh(), [9], "{name}");
        assert_eq!(program.shown().0, 4, "{name}");
        assert!(program.header().contains("5 of 9"), "{name}: {}", program.header());
        program.press("f");
        assert_eq!(program.shown().0, 8, "{name}");
    }
}

#[test]
fn a_heat_map_stays_until_the_one_with_the_new_steps_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wandb-history.jsonl");
    fs::write(&path, history(5)).unwrap();
    let mut program = Program::open(&path);
    program.press("alt-2");
    let steps = |program: &Program| program.model.all_steps.as_ref().map(|over| over.logged.len());
    assert_eq!(steps(&program), Some(5));
    fs::write(&path, history(7)).unwrap();
    let Some(grown) = program.workspace.refresh(1, &Task::default()).pop() else {
        panic!("the new rows are not noticed")
    };
    let effects = update(&mut program.model, grown);
    assert_eq!(steps(&program), Some(5));
    let known = effects
        .iter()
        .find_map(|effect| if let Effect::LoadAllSteps { known, .. } = effect { Some(known.len()) } else { None });
    assert_eq!(known, Some(5), "the known steps are reused");
    for effect in effects {
        if let Some(answer) = program.workspace.perform(effect, &Task::default()) {
            program.send(answer);
        }
    }
    assert_eq!(steps(&program), Some(7));
    let last =
        program.model.all_steps.as_ref().map(|over| over.logged.get(6).map(|h| h.counts().get(0).unwrap().as_f64()));
    assert_eq!(last, Some(Some(6.0)));
}

#[test]
fn a_finished_run_is_no_longer_watched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run-x.wandb");
    fs::write(&path, run(2)).unwrap();
    let mut program = Program::open(&path);
    program.press("f");
    assert_eq!(program.workspace.watched(), std::slice::from_ref(&path));
    let exit = Fields::default().bytes(18, Fields::default());
    let records: Vec<_> = (0..3).map(wandb_row).chain([exit]).collect();
    fs::write(&path, wandb_log(&records, 0)).unwrap();
    assert_eq!(program.refresh(), [3]);
    assert_eq!(program.shown().0, 2);
    assert!(program.workspace.watched().is_empty());
    assert!(!program.header().contains("live"), "{}", program.header());
}

#[test]
fn a_log_that_starts_over_is_read_again() {
    for (name, file) in &KINDS[..2] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, file(5)).unwrap();
        let mut program = Program::open(&path);
        fs::write(&path, file(2)).unwrap();
        let messages = program.workspace.refresh(1, &Task::default());
        assert!(matches!(messages[..], [Message::Reopened { .. }]), "{name}: {messages:?}");
        for message in messages {
            program.send(message);
        }
        assert_eq!(program.shown().0, 1, "{name}");
    }
}

#[test]
fn edited_rows_do_not_count_as_growth() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.jsonl");
    fs::write(&path, history(3)).unwrap();
    let mut program = Program::open(&path);
    fs::write(&path, String::from_utf8(history(4)).unwrap().replacen("\"bins\": [0, 1", "\"bins\": [0, 1.5", 1))
        .unwrap();
    assert_eq!(program.refresh(), [0; 0]);
    assert_eq!(program.shown(), (2, 2.0));
}

#[test]
fn a_key_that_first_appears_later_is_appended_to_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.jsonl");
    let row = r#"{"a": {"_type": "histogram", "values": [1], "bins": [0, 1]}, "loss": [1, 2], "_step": 0}"#;
    fs::write(&path, format!("{row}\n")).unwrap();
    let mut program = Program::open(&path);
    fs::write(&path, format!("{row}\n{}\n", row.replace("\"a\"", "\"b\""))).unwrap();
    assert_eq!(program.refresh(), [1]);
    let keys: Vec<_> = program.model.sources[0].series.iter().map(rebin::catalog::Series::key).collect();
    assert_eq!(keys, ["a", "loss", "b"]);
    let entry = |series| EntryId { source: 0, series, index: 0 };
    assert!(matches!(
        program.model.series(entry(1)).map(|series| series.kind),
        Some(rebin::catalog::SeriesKind::Samples)
    ));
}
