use super::*;
use crate::hist::{Bins, Edges, Histogram, Numbers, UncertainHistogram};

fn bins(n: usize) -> Edit {
    Edit::Bins(Some(Bins::Count(n)))
}

fn edited(counts: [i128; 2]) -> Edit {
    let edges = Edges::from_f64(vec![0.0, 1.0, 2.0]).unwrap();
    let histogram = Histogram::new(edges, Numbers::ints(counts)).unwrap();
    Edit::State(State::of_edited(UncertainHistogram::certain(histogram)), format!("made it {counts:?}"))
}

fn said(done: Option<Done>) -> Option<String> {
    done.map(|done| done.said)
}

fn unsaved(document: &Document) -> Vec<usize> {
    document.unsaved().into_iter().collect()
}

#[test]
fn undo_and_redo_walk_through_every_change() {
    let mut document = Document::new(BinSpec::count(64));
    for n in [65, 66, 66] {
        document.apply(0, bins(n));
    }
    assert_eq!(unsaved(&document), [0]);
    assert_eq!(said(document.undo()).as_deref(), Some("65 bins"));
    assert_eq!(said(document.undo()).as_deref(), Some("64 bins"));
    assert_eq!(document.undo(), None);
    assert!(unsaved(&document).is_empty());
    assert_eq!(said(document.redo()).as_deref(), Some("65 bins"));
    document.apply(0, bins(7));
    assert_eq!(document.redo(), None);
}

#[test]
fn what_is_saved_is_known_again_however_it_is_come_back_to() {
    let mut document = Document::new(BinSpec::AS_STORED);
    document.apply(0, bins(10));
    document.mark_saved(0, document.state(0));
    assert!(unsaved(&document).is_empty());
    document.undo();
    assert_eq!(unsaved(&document), [0]);
    document.apply(0, bins(11));
    document.undo();
    assert_eq!(unsaved(&document), [0]);
    document.apply(0, bins(10));
    assert!(unsaved(&document).is_empty());
}

#[test]
fn an_edited_step_goes_its_own_way() {
    let mut document = Document::new(BinSpec::AS_STORED);
    document.apply(3, bins(10));
    document.apply(5, edited([1, 2]));
    // Bins of an edited step are its own, those of all others are not.
    document.apply(5, bins(7));
    document.apply(4, bins(11));
    assert_eq!([3, 4, 5].map(|step| document.spec(step).bins.clone()), [11, 11, 7].map(|n| Some(Bins::Count(n))));
    assert_eq!(unsaved(&document), [3, 4, 5]);
    let names: Vec<_> = document.history().edits().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["10 bins", "made it [1, 2]", "7 bins", "11 bins"]);

    assert_eq!(document.undo(), Some(Done { said: "10 bins".into(), step: None }));
    assert_eq!(document.undo(), Some(Done { said: "bins as edited".into(), step: Some(5) }));
    assert_eq!(document.undo(), Some(Done { said: "made it [1, 2]".into(), step: Some(5) }));
    assert_eq!((document.state(5), document.edited().count()), (document.state(3), 0));
    assert_eq!(document.go_to(3), Some(Done { said: "7 bins".into(), step: Some(5) }));
    assert_eq!(document.spec(5).bins, Some(Bins::Count(7)));
    // The original is one change away, and can be undone.
    document.apply(5, Edit::State(State::of_source(document.base().clone()), "original".into()));
    assert!(document.edited().next().is_none() && unsaved(&document).is_empty());
    document.undo();
    assert_eq!(
        (document.spec(5).bins.clone(), document.spec(3).bins.clone()),
        (Some(Bins::Count(7)), Some(Bins::Count(10)))
    );
}

#[test]
fn every_step_is_saved_on_its_own() {
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
fn the_save_point_is_lost_when_nothing_leads_back_to_it() {
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
fn edits_go_with_their_steps_when_a_source_is_read_again() {
    let mut document = Document::new(BinSpec::AS_STORED);
    document.apply(0, edited([1, 2]));
    document.apply(2, edited([3, 4]));
    document.mark_saved(2, document.state(2));
    let lost = document.reread(|step| step.checked_sub(1));
    assert_eq!((lost, unsaved(&document)), (1, vec![1]));
    document.undo();
    assert!(unsaved(&document).is_empty());
    assert_eq!(document.undo(), None);
}
