use super::*;
use crate::catalog::{Content, Logged};
use crate::engine::Task;
use crate::error::Error;
use crate::hist::{Bins, Edges, Histogram, Numbers, Rounding, UncertainHistogram};
use crate::wandb;
use std::sync::Arc;

fn bins(n: usize) -> Edit {
    Edit::Bins(Some(Bins::Count(n)))
}

fn edited(counts: [i128; 2]) -> Edit {
    let edges = Edges::from_f64(vec![0.0, 1.0, 2.0]).unwrap();
    let histogram = Histogram::new(edges, Numbers::ints(counts)).unwrap();
    Edit::State(State::of_edited(UncertainHistogram::certain(histogram)), format!("set {counts:?}"))
}

fn description(moved: Option<HistoryMove>) -> Option<String> {
    moved.map(|moved| moved.description)
}

fn unsaved(document: &Document) -> Vec<usize> {
    document.unsaved().into_iter().collect()
}

#[test]
fn undo_and_redo_walk_through_every_edit() {
    let mut document = Document::new(BinSpec::count(64));
    for n in [65, 66, 66] {
        document.apply(0, bins(n));
    }
    assert!(unsaved(&document).is_empty(), "bins are a way of looking");
    assert_eq!(description(document.undo()).as_deref(), Some("65 bins"));
    assert_eq!(description(document.undo()).as_deref(), Some("64 bins"));
    assert_eq!(document.undo(), None);
    assert_eq!(description(document.redo()).as_deref(), Some("65 bins"));
    document.apply(0, bins(7));
    assert_eq!(document.redo(), None);
}

#[test]
fn a_saved_edit_is_recognized_after_undo_and_new_edits() {
    let mut document = Document::new(BinSpec::AS_STORED);
    document.apply(0, edited([1, 2]));
    assert_eq!(unsaved(&document), [0]);
    document.mark_saved(0, document.state(0));
    assert!(unsaved(&document).is_empty());
    // Other bins can be saved, but are not work.
    document.apply(0, bins(7));
    assert!(unsaved(&document).is_empty() && !document.is_on_disk(0));
    document.undo();
    assert!(document.is_on_disk(0));
    document.undo();
    assert_eq!(unsaved(&document), [0]);
    document.apply(0, edited([3, 4]));
    document.undo();
    assert_eq!(unsaved(&document), [0]);
    document.apply(0, edited([1, 2]));
    assert!(unsaved(&document).is_empty());
}

#[test]
fn an_edited_entry_has_its_own_bins() {
    let mut document = Document::new(BinSpec::AS_STORED);
    document.apply(3, bins(10));
    document.apply(5, edited([1, 2]));
    // Bins of an edited entry are its own. All other entries share theirs.
    document.apply(5, bins(7));
    document.apply(4, bins(11));
    assert_eq!([3, 4, 5].map(|index| document.spec(index).bins.clone()), [11, 11, 7].map(|n| Some(Bins::Count(n))));
    assert_eq!(unsaved(&document), [5]);
    let names: Vec<_> = document.history().edits().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["10 bins", "set [1, 2]", "7 bins", "11 bins"]);

    assert_eq!(document.undo(), Some(HistoryMove { description: "10 bins".into(), index: None }));
    assert_eq!(document.undo(), Some(HistoryMove { description: "bins as edited".into(), index: Some(5) }));
    assert_eq!(document.undo(), Some(HistoryMove { description: "set [1, 2]".into(), index: Some(5) }));
    assert_eq!((document.state(5), document.edited().count()), (document.state(3), 0));
    assert_eq!(document.go_to(3), Some(HistoryMove { description: "7 bins".into(), index: Some(5) }));
    assert_eq!(document.spec(5).bins, Some(Bins::Count(7)));
    // Going back to the original is an edit that can be undone.
    document.apply(5, Edit::State(State::of_source(document.base().clone()), "original".into()));
    assert!(document.edited().next().is_none() && unsaved(&document).is_empty());
    document.undo();
    assert_eq!(
        (document.spec(5).bins.clone(), document.spec(3).bins.clone()),
        (Some(Bins::Count(7)), Some(Bins::Count(10)))
    );
}

#[test]
fn entries_are_saved_independently() {
    let mut document = Document::new(BinSpec::AS_STORED);
    document.apply(1, edited([1, 2]));
    let written = document.state(1);
    document.apply(2, edited([3, 4]));
    document.mark_saved(1, written);
    assert_eq!((unsaved(&document), document.history().saved()), (vec![2], Some(2)));
    document.apply(1, edited([5, 6]));
    assert_eq!(unsaved(&document), [1, 2]);
    document.undo();
    assert_eq!(unsaved(&document), [2]);
}

#[test]
fn the_save_position_is_lost_once_it_cannot_be_reached() {
    let mut document = Document::new(BinSpec::AS_STORED);
    assert_eq!(document.history().saved(), Some(0));
    document.apply(0, bins(10));
    document.mark_saved(0, document.state(0));
    document.undo();
    assert_eq!((document.history().saved(), document.history().position()), (Some(1), 0));
    document.apply(0, bins(11));
    assert_eq!(document.history().saved(), None);
}

#[test]
fn edits_move_with_their_entries_when_a_source_is_reloaded() {
    let mut document = Document::new(BinSpec::AS_STORED);
    document.apply(0, edited([1, 2]));
    document.apply(2, edited([3, 4]));
    document.mark_saved(2, document.state(2));
    let lost = document.relocate(|index| index.checked_sub(1));
    assert_eq!((lost, unsaved(&document)), (1, vec![1]));
    document.undo();
    assert!(unsaved(&document).is_empty());
    assert_eq!(document.undo(), None);
}

#[test]
fn entries_that_cannot_be_evaluated_are_gaps() {
    let edges = Numbers::floats(vec![0.0, 1.0]);
    let logged = |index: usize| {
        let values = Numbers::ints([index as i128]);
        let histogram = Arc::new(wandb::Histogram::from_np_histogram(values, edges.clone()).unwrap());
        Content::Logged(Logged { histogram, origin: None })
    };
    let load = |index: usize, _: &Task| if index == 2 { Err(Error::read("w", "")) } else { Ok(logged(index)) };
    let (task, policy) = (Task::default(), Policy { rounding: Rounding::Integers, cap_rules: true });
    let evaluate = || evaluate_entries(1..4, load, &BinSpec::AS_STORED, policy, &task);
    let counts = evaluate().unwrap().into_iter().map(|histogram| Some(histogram?.counts().as_f64().to_vec()));
    assert_eq!(counts.collect::<Vec<_>>(), [Some(vec![1.0]), None, Some(vec![3.0])]);
    assert_eq!(task.progress.get(), (3, 3));
    task.cancel.cancel();
    assert_eq!(evaluate(), Err(Error::Cancelled));
}
