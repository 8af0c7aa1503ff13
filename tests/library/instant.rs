//! Once the first picture of many samples is there, every other number of bins is there at once.

use rebin::app::{Effect, Message, Model, Size, update};
use rebin::catalog::Content;
use rebin::document::Certainty;
use rebin::hist::{Bins, histogram};
use rebin::key::Key;
use rebin::runtime::Workspace;
use rebin::settings::{Depth, Settings};
use rebin::source::{Input, Task};
use std::io::Write;

/// A .npy file of so many doubles.
fn array(values: &[f64]) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".npy").tempfile().unwrap();
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({},), }}", values.len());
    let header = format!("{header:<117}\n");
    file.write_all(b"\x93NUMPY\x01\x00").unwrap();
    file.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    for x in values {
        file.write_all(&x.to_le_bytes()).unwrap();
    }
    file
}

/// Takes a message in and does all work that follows from it; the names of the effects that were work.
fn settle(workspace: &Workspace, model: &mut Model, message: Message) -> Vec<&'static str> {
    let mut names = Vec::new();
    let mut messages = vec![message];
    while let Some(message) = messages.pop() {
        for effect in update(model, message) {
            names.push(match &effect {
                Effect::Count { .. } => "look",
                Effect::BuildTable { .. } => "prepare",
                _ => "other",
            });
            messages.extend(workspace.perform(effect, &Task::default()));
        }
    }
    names
}

/// A model that shows so many samples that a table is worth while, and the work that led there.
fn opened() -> (Workspace, Model, Vec<&'static str>) {
    let file = array(&(0..120_000).map(|i| f64::from(i * 7919 % 10_007)).collect::<Vec<_>>());
    let (settings, _) = Settings::load(None, Depth::True);
    let (workspace, mut model) = (Workspace::default(), Model::new(Size { width: 100, height: 30 }, settings, 1));
    let message = workspace.open(&Input::Path(file.path().to_owned()), &Task::default());
    let task = settle(&workspace, &mut model, message);
    (workspace, model, task)
}

/// Presses a key; the work that followed.
fn press(workspace: &Workspace, model: &mut Model, key: &str) -> Vec<&'static str> {
    settle(workspace, model, Message::Key(Key::parse(key).unwrap()))
}

#[test]
fn a_key_press_counts_nothing_once_a_table_is_there() {
    let (workspace, mut model, first) = opened();
    assert!(first.contains(&"look") && first.contains(&"prepare"), "{first:?}");

    let bins = model.bins();
    for _ in 0..5 {
        let task = press(&workspace, &mut model, "+");
        assert!(!task.contains(&"look") && !task.contains(&"prepare"), "{task:?}");
    }
    let shown = model.shown().unwrap();
    assert_eq!((shown.histogram.bins(), &shown.certainty), (bins + 5, &Certainty::Exact));
    let Content::Raw(population) = &model.current.as_ref().unwrap().content else {
        unreachable!("an array is samples")
    };
    assert_eq!(shown.histogram, histogram(&population.samples().unwrap(), &Bins::Count(bins + 5), None).unwrap());
}

#[test]
fn every_range_is_counted_once_and_the_way_back_is_free() {
    let (workspace, mut model, _) = opened();
    let zoomed = press(&workspace, &mut model, "z");
    assert!(zoomed.contains(&"look") && zoomed.contains(&"prepare"), "{zoomed:?}");
    for key in ["+", "u", "Z"] {
        assert!(!press(&workspace, &mut model, key).contains(&"look"), "{key}");
    }
}
