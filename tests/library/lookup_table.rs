//! The table of counts: after the first count of many samples, every other number of bins is a lookup.

use super::npy::npy_f64;
use rebin::app::{Effect, Message, Model, Size, update};
use rebin::catalog::Content;
use rebin::document::Certainty;
use rebin::hist::{Bins, histogram};
use rebin::key::Key;
use rebin::runtime::Workspace;
use rebin::settings::{Depth, Settings};
use rebin::source::{Input, Task};

/// Handles a message and runs all effects that follow. Returns their names.
fn send(workspace: &Workspace, model: &mut Model, message: Message) -> Vec<&'static str> {
    let mut names = Vec::new();
    let mut messages = vec![message];
    while let Some(message) = messages.pop() {
        for effect in update(model, message) {
            names.push(match &effect {
                Effect::Count { .. } => "count",
                Effect::BuildTable { .. } => "build table",
                _ => "other",
            });
            messages.extend(workspace.perform(effect, &Task::default()));
        }
    }
    names
}

/// Opens enough samples for a table. Returns the workspace, the model and the names of the effects.
fn open() -> (Workspace, Model, Vec<&'static str>) {
    let file = tempfile::Builder::new().suffix(".npy").tempfile().unwrap();
    let values: Vec<f64> = (0..120_000).map(|i| f64::from(i * 7919 % 10_007)).collect();
    std::fs::write(&file, npy_f64(&values)).unwrap();
    let (settings, _) = Settings::load(None, Depth::True);
    let (workspace, mut model) = (Workspace::default(), Model::new(Size { width: 100, height: 30 }, settings, 1));
    let message = workspace.open(&Input::Path(file.path().to_owned()), &Task::default());
    let effects = send(&workspace, &mut model, message);
    (workspace, model, effects)
}

/// Presses a key. Returns the names of the effects that follow.
fn press(workspace: &Workspace, model: &mut Model, key: &str) -> Vec<&'static str> {
    send(workspace, model, Message::Key(Key::parse(key).unwrap()))
}

#[test]
fn once_the_table_is_built_other_bin_counts_are_looked_up() {
    let (workspace, mut model, first) = open();
    assert!(first.contains(&"count") && first.contains(&"build table"), "{first:?}");

    let bins = model.bins();
    for _ in 0..5 {
        let effects = press(&workspace, &mut model, "+");
        assert!(!effects.contains(&"count") && !effects.contains(&"build table"), "{effects:?}");
    }
    let shown = model.shown().unwrap();
    assert_eq!((shown.histogram.bins(), &shown.certainty), (bins + 5, &Certainty::Exact));
    let Content::Raw(population) = &model.current.as_ref().unwrap().content else {
        unreachable!("an array contains samples")
    };
    assert_eq!(shown.histogram, histogram(&population.samples().unwrap(), &Bins::Count(bins + 5), None).unwrap());
}

#[test]
fn each_range_is_counted_only_once() {
    let (workspace, mut model, _) = open();
    let zoomed = press(&workspace, &mut model, "z");
    assert!(zoomed.contains(&"count") && zoomed.contains(&"build table"), "{zoomed:?}");
    for key in ["+", "u", "Z"] {
        assert!(!press(&workspace, &mut model, key).contains(&"count"), "{key}");
    }
}
