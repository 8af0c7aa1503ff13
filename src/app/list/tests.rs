//! Rows, order, folding, filtering and scrolling of the series list.

use super::*;
use crate::catalog::{RunName, SeriesKind, Steps};

fn source(name: &str, keys: &[&[&str]]) -> Arc<SourceInfo> {
    let series = keys.iter().map(|path| Series {
        path: path.iter().map(ToString::to_string).collect(),
        kind: SeriesKind::Histogram,
        steps: Steps::Unknown(1),
        problems: Vec::new(),
    });
    Arc::new(SourceInfo { name: name.into(), series: series.collect(), ..SourceInfo::default() })
}

fn run(folder: &str, name: &str, id: &str, keys: &[&[&str]]) -> Arc<SourceInfo> {
    let info = SourceInfo::clone(&source(folder, keys));
    Arc::new(SourceInfo { run: RunName::with_id(name, id), ..info })
}

fn list(sources: &[Arc<SourceInfo>]) -> List {
    let mut list = List::default();
    list.opened(sources);
    list
}

fn drawn(list: &List) -> Vec<String> {
    let draw = |row: Row<'_>| {
        let sign = match &row.node {
            Node::Branch { folded: true, .. } => '+',
            Node::Branch { .. } => '-',
            Node::Leaf(_) => ' ',
        };
        let detail = if row.detail.is_empty() { String::new() } else { format!("  {}", row.detail) };
        format!("{}{sign}{}{detail}", "  ".repeat(row.depth), row.label)
    };
    (0..list.len()).filter_map(|at| list.row(at)).map(draw).collect()
}

fn filtered(list: &mut List, text: &str) -> Vec<String> {
    list.filter.text = text.into();
    list.refilter();
    drawn(list)
}

#[test]
fn keys_with_a_common_prefix_form_a_branch() {
    let sources = [source("run", &[&["acts/relu.1"], &["grad/w1"], &["grad/w2"], &["layer1", "grad"]])];
    let mut list = list(&sources);
    assert_eq!(drawn(&list), [" acts/relu.1", "-grad", "   w1", "   w2", " layer1.grad"]);
    assert_eq!(list.series(), Some(SeriesId { source: 0, series: 0 }));
    list.move_by(1);
    assert!(list.toggle());
    assert_eq!(drawn(&list), [" acts/relu.1", "+grad", " layer1.grad"]);
    assert_eq!(filtered(&mut list, "w2"), [" grad/w2"]);
    assert_eq!((list.shown, list.total), (1, 4));
}

#[test]
fn names_are_in_natural_order_or_as_logged() {
    let sources = [source("run", &[&["layer10"], &["layer2"], &["a/x10"], &["a/x9"], &["layer1"]])];
    let mut list = list(&sources);
    assert_eq!(drawn(&list), ["-a", "   x9", "   x10", " layer1", " layer2", " layer10"]);
    list.choose(SeriesId { source: 0, series: 1 });
    assert!(!list.switch_order(&sources));
    assert_eq!(drawn(&list), [" layer10", " layer2", "-a", "   x10", "   x9", " layer1"]);
    assert_eq!(list.series(), Some(SeriesId { source: 0, series: 1 }));
    assert!(list.switch_order(&sources));
}

/// B12: run1, run10, run11, run2.
#[test]
fn runs_are_named_and_sorted_by_their_display_names() {
    let w: &[&[&str]] = &[&["w"], &["x"]];
    let sources = [
        run("wandb/offline-run-3", "run10", "id3", w),
        run("wandb/offline-run-1", "run2", "id1", w),
        run("wandb/offline-run-2", "run1", "id2", w),
    ];
    let mut list = list(&sources);
    list.fold_all();
    assert_eq!(drawn(&list), ["+run1  offline-run-2", "+run2  offline-run-1", "+run10  offline-run-3"]);
    list.switch_order(&sources);
    assert_eq!(drawn(&list), ["+run10  offline-run-3", "+run2  offline-run-1", "+run1  offline-run-2"]);
}

#[test]
fn runs_of_the_same_name_show_their_ids() {
    let sources = [
        run("wandb/a-k1", "hot", "k1", &[&["w"], &["x"]]),
        run("wandb/b-k2", "hot", "k2", &[&["w"], &["x"]]),
        run("wandb/c-k3", "base", "k3", &[&["w"], &["x"]]),
    ];
    let mut list = list(&sources);
    list.fold_all();
    assert_eq!(drawn(&list), ["+base  c-k3", "+hot  k1", "+hot  k2"]);
    assert!(list.row(1).unwrap().ambiguous && !list.row(0).unwrap().ambiguous);
}

#[test]
fn sources_are_grouped_by_folder() {
    let w: &[&[&str]] = &[&["w"], &["x"]];
    let sources = [
        run("exp/tb/hot", "hot", "", w),
        run("exp/tb/base", "base", "", w),
        source("exp/step10.npy", &[&[]]),
        source("exp/step9.npy", &[&[]]),
        run("exp/wandb/offline-1", "cool", "c", w),
    ];
    let mut list = list(&sources);
    list.fold_all();
    assert_eq!(drawn(&list), [" step9.npy", " step10.npy", "+tb", "+cool  wandb/offline-1"]);
    list.select(2);
    list.toggle();
    assert_eq!(drawn(&list)[2..], ["-tb", "  +base", "  +hot", "+cool  wandb/offline-1"]);
    list.select(2);
    assert_eq!(list.contents(2).count(), 4);
    assert_eq!(list.branch(), Some(Branch::Folder("exp/tb".into())));
    // Series in a folded folder have an order, too.
    list.toggle();
    assert_eq!(list.ordinal(SeriesId { source: 0, series: 0 }), Some(4));
    assert_eq!(list.series_at(4), Some(SeriesId { source: 0, series: 0 }));
    list.choose(SeriesId { source: 0, series: 0 });
    assert_eq!(list.selected, 2);
}

#[test]
fn equal_names_and_equal_keys_get_separate_rows() {
    let sources = [source("a", &[&["w"], &["w"], &["w", "x"]]), source("a", &[&[]])];
    let list = list(&sources);
    assert_eq!(drawn(&list), ["-a", "   w", "   w", "   w.x", " a"]);
    assert_eq!(list.total, 4);
}

#[test]
fn the_common_directory_of_sources_is_hidden() {
    let sources = [source("runs/é/one.npy", &[&[]]), source("runs/é/two.npy", &[&[]])];
    assert_eq!(drawn(&list(&sources)), [" one.npy", " two.npy"]);
}

#[test]
fn very_deep_keys_become_one_row() {
    let key = "a/".repeat(100_000);
    let list = list(&[source("run", &[&[&key], &["a/b"]])]);
    assert_eq!(list.shown, 2);
    assert_eq!((0..list.len()).filter(|at| matches!(list.row(*at).unwrap().node, Node::Leaf(_))).count(), 2);
}

/// B5: blanks were literal, names of runs were not searched, and `seed3` found other seeds.
#[test]
fn words_search_keys_and_names_of_runs() {
    let keys: &[&[&str]] = &[&["grad/layer3.w"], &["grad/layer0.w"], &["act"]];
    let sources: Vec<Arc<SourceInfo>> = (0..12)
        .map(|at| {
            let name = format!("lr{}.0e-0{}-seed{}", at % 3 + 1, at % 3, at % 6);
            run(&format!("wandb/offline-run-2026_{at:03}-id{at}"), &name, &format!("id{at}"), keys)
        })
        .collect();
    let mut list = list(&sources);
    let rows = filtered(&mut list, "seed3");
    assert_eq!(list.shown, 6);
    assert!(rows.iter().all(|row| !row.contains("seed") || row.contains("seed3")), "{rows:?}");
    assert_eq!(filtered(&mut list, "seed3 layer0").len(), 2, "one row per run");
    assert_eq!(filtered(&mut list, "seed3/act"), [" lr1.0e-00-seed3  id3 act", " lr1.0e-00-seed3  id9 act"]);
    assert_eq!(filtered(&mut list, "^lr1 act$ !seed3").len(), 2);
    assert_eq!(filtered(&mut list, "id7 act").len(), 1);
    // No run has seed 9, and its digits do not scatter.
    assert_eq!(filtered(&mut list, "seed9").len(), 0);
    // Abbreviations match if nothing contains the words.
    assert_eq!(filtered(&mut list, "gl0w").len(), 12);
    assert_eq!(filtered(&mut list, "").len(), list.len());
}

#[test]
fn the_best_match_is_selected_and_a_match_on_the_screen_stays() {
    let sources = [source("run", &[&["weight"], &["other/w"], &["w"]])];
    let mut list = list(&sources);
    filtered(&mut list, "w");
    assert_eq!(list.series(), Some(SeriesId { source: 0, series: 2 }));
    list.filter.text = "o".into();
    list.refilter();
    assert_eq!(list.series(), Some(SeriesId { source: 0, series: 1 }));
}

#[test]
fn rows_stay_selected_when_sources_arrive_before_them() {
    let w: &[&[&str]] = &[&["w"], &["x"]];
    let mut sources = vec![source("d/m", w), source("d/z", w)];
    let mut list = list(&sources);
    list.select(4);
    list.top = 2;
    assert_eq!(list.series(), Some(SeriesId { source: 1, series: 0 }));
    sources.extend([source("d/a", w), source("d/n", w)]);
    list.opened(&sources);
    assert_eq!(list.series(), Some(SeriesId { source: 1, series: 0 }));
    assert_eq!((list.selected, list.top), (10, 8));
    assert_eq!(drawn(&list).iter().filter(|row| row.starts_with('-')).cloned().collect::<String>(), "-a-m-n-z");
    // The keys of a growing source keep their rows and folds.
    list.fold();
    list.fold();
    sources[1] = source("d/z", &[&["w"], &["x"], &["b"]]);
    list.changed(&sources, 1);
    assert_eq!((drawn(&list).len(), list.total), (10, 9));
}

#[test]
fn movement_by_series_passes_through_folded_branches() {
    let sources = [source("run", &[&["a/x"], &["a/y"], &["b"]])];
    let mut list = list(&sources);
    list.fold_all();
    assert_eq!(drawn(&list), ["+a", " b"]);
    let id = |series| Some(SeriesId { source: 0, series });
    list.choose(SeriesId { source: 0, series: 0 });
    assert_eq!(list.move_by_series(1), id(1));
    assert_eq!((list.selected, list.series()), (0, None));
    assert_eq!(list.move_by_series(1), id(2));
    assert_eq!(list.selected, 1);
    assert_eq!(list.move_by_series(-2), id(0));
    assert!(!list.fold_all());
    assert_eq!(list.series(), id(0));
}

#[test]
fn left_and_right_fold_unfold_and_move_between_levels() {
    let sources = [source("run", &[&["a/x"], &["a/y"], &["b"]])];
    let mut list = list(&sources);
    list.select(1);
    list.fold();
    assert_eq!(list.selected, 0);
    list.fold();
    assert_eq!(drawn(&list), ["+a", " b"]);
    list.unfold();
    assert_eq!((drawn(&list).len(), list.selected), (4, 0));
    list.unfold();
    assert_eq!(list.selected, 1);
}

#[test]
fn scrolling_keeps_the_selected_row_visible() {
    let keys: Vec<Vec<String>> = (0..50).map(|i| vec![format!("k{i}")]).collect();
    let keys: Vec<Vec<&str>> = keys.iter().map(|k| k.iter().map(String::as_str).collect()).collect();
    let keys: Vec<&[&str]> = keys.iter().map(Vec::as_slice).collect();
    let mut list = list(&[source("run", &keys)]);
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

#[test]
fn runs_with_the_same_keys_share_one_tree() {
    let sources: Vec<Arc<SourceInfo>> = (0..2000).map(|at| source(&format!("d/r{at}"), &[&["w"], &["x"]])).collect();
    let mut list = List::default();
    for opened in (0..=sources.len()).step_by(100) {
        list.opened(&sources[..opened]);
    }
    assert_eq!((list.shapes.len(), list.len(), list.shown), (1, 6000, 4000));
    assert_eq!(list.row(3).unwrap().label, "r1");
    for at in (0..list.shown).step_by(97) {
        assert_eq!(list.ordinal(list.series_at(at).unwrap()), Some(at));
    }
    for at in 0..list.len() {
        let item = list.item(at).unwrap();
        assert_eq!(list.position(&item), Some(at), "{item:?}");
    }
}

#[test]
fn the_branches_above_the_selected_row_stay_visible() {
    let mut list = list(&[source("run", &[&["a/b/x"], &["a/b/y"], &["a/c/z"], &["a/c/w"]])]);
    list.choose(SeriesId { source: 0, series: 0 });
    list.top = 2;
    list.scroll_into_view(4);
    assert_eq!((list.selected, list.top), (2, 0));
    list.move_by(4);
    list.scroll_into_view(2);
    assert_eq!((list.selected, list.top), (6, 5));
}
