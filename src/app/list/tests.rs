//! Rows, folding, filtering and scrolling of the series list.

use super::*;
use crate::catalog::{Series, SeriesKind, Steps};

fn source(name: &str, keys: &[&[&str]]) -> Arc<SourceInfo> {
    let series = keys.iter().map(|path| Series {
        path: path.iter().map(ToString::to_string).collect(),
        kind: SeriesKind::Histogram,
        steps: Steps::Unknown(1),
        problems: Vec::new(),
    });
    Arc::new(SourceInfo { name: name.into(), series: series.collect(), ..SourceInfo::default() })
}

fn drawn(list: &List) -> Vec<String> {
    let sign = |row: &Row| match &row.node {
        Node::Branch { folded: true, .. } => '+',
        Node::Branch { .. } => '-',
        Node::Leaf(_) => ' ',
    };
    list.rows.iter().map(|row| format!("{}{}{}", "  ".repeat(row.depth), sign(row), row.label)).collect()
}

#[test]
fn keys_with_a_common_prefix_form_a_branch() {
    let sources = [source("run", &[&["acts/relu.1"], &["grad/w1"], &["grad/w2"], &["layer1", "grad"]])];
    let mut list = List::default();
    list.rebuild(&sources);
    assert_eq!(drawn(&list), [" acts/relu.1", "-grad", "   w1", "   w2", " layer1.grad"]);
    assert_eq!(list.series(), Some(SeriesId { source: 0, series: 0 }));
    list.move_by(1);
    assert!(list.toggle(&sources));
    assert_eq!(drawn(&list), [" acts/relu.1", "+grad", " layer1.grad"]);
    list.filter.text = "w2".into();
    list.rebuild(&sources);
    assert_eq!((drawn(&list), list.shown, list.total), (vec![" grad/w2".to_string()], 1, 4));
}

#[test]
fn equal_names_and_equal_keys_get_separate_rows() {
    let sources = [source("a", &[&["w"], &["w"], &["w", "x"]]), source("a", &[&[]])];
    let mut list = List::default();
    list.rebuild(&sources);
    let leaves: Vec<_> = list.rows.iter().filter(|row| matches!(row.node, Node::Leaf(_))).collect();
    assert_eq!(leaves.len(), 4, "{:?}", drawn(&list));
    assert_eq!(list.total, 4);
}

#[test]
fn the_common_directory_of_sources_is_hidden() {
    let sources = [source("runs/é/one.npy", &[&[]]), source("runs/é/two.npy", &[&[]])];
    let mut list = List::default();
    list.rebuild(&sources);
    assert_eq!(drawn(&list), [" one.npy", " two.npy"]);
}

#[test]
fn very_deep_keys_become_one_row() {
    let key = "a/".repeat(100_000);
    let mut list = List::default();
    list.rebuild(&[source("run", &[&[&key], &["a/b"]])]);
    let leaves: Vec<_> = list.rows.iter().filter(|row| matches!(row.node, Node::Leaf(_))).collect();
    assert_eq!(leaves.len(), 2);
}

#[test]
fn scrolling_keeps_the_selected_row_visible() {
    let keys: Vec<Vec<String>> = (0..50).map(|i| vec![format!("k{i}")]).collect();
    let keys: Vec<Vec<&str>> = keys.iter().map(|k| k.iter().map(String::as_str).collect()).collect();
    let keys: Vec<&[&str]> = keys.iter().map(Vec::as_slice).collect();
    let sources = [source("run", &keys)];
    let mut list = List::default();
    list.rebuild(&sources);
    list.move_by(30);
    list.scroll_into_view(10);
    assert_eq!(list.top, 21);
    list.move_by(-30);
    list.scroll_into_view(10);
    assert_eq!(list.top, 0);
    list.move_by(1000);
    list.scroll_into_view(10);
    assert_eq!((list.selected, list.top), (49, 40));
}
