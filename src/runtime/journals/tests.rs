use super::*;
use crate::catalog::SeriesKind;
use crate::document::{BinSpec, State};
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;

fn entry(source: &str, bins: usize) -> JournalEntry {
    JournalEntry {
        source: source.into(),
        version: None,
        series: vec!["w".into()],
        kind: SeriesKind::Histogram,
        step: 0,
        number: None,
        state: State::of_source(BinSpec::count(bins)),
    }
}

/// A folder that is not there yet, and journals in it.
fn journals() -> (TempDir, Journals) {
    let folder = tempfile::tempdir().unwrap();
    let journals = Journals::new(folder.path().join("state/unsaved"));
    (folder, journals)
}

fn another(journals: &Journals) -> Journals {
    Journals::new(journals.folder.clone())
}

fn files(journals: &Journals) -> Vec<PathBuf> {
    fs::read_dir(&journals.folder).map(|all| all.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

#[test]
fn what_a_session_that_is_gone_left_is_found_until_it_is_settled() {
    let (_folder, mut first) = journals();
    assert_eq!(first.keep(&[entry("a", 1), entry("b", 2)]), None);
    assert_eq!(first.keep(&[entry("a", 3), entry("b", 2)]), None);
    // It is gone without a word.
    drop(first.own.take());
    let mut second = another(&first);
    assert_eq!(second.find("a").entries, [entry("a", 3)]);
    assert_eq!(second.find("a").entries, [entry("a", 3)], "it is still there");
    second.settle("a");
    assert_eq!(second.find("a").entries, []);
    drop(second);
    let mut third = another(&first);
    assert_eq!((third.find("a").entries, third.find("b").entries), (Vec::new(), vec![entry("b", 2)]));
    third.settle("b");
    assert_eq!(files(&third), Vec::<PathBuf>::new());
}

#[test]
fn nothing_is_left_once_nothing_is_unsaved() {
    let (_folder, mut journals) = journals();
    journals.keep(&[]);
    assert!(!journals.folder.exists(), "nothing is made before it is needed");
    journals.keep(&[entry("a", 1)]);
    assert_eq!(files(&journals).len(), 1);
    journals.keep(&[]);
    assert_eq!(files(&journals), Vec::<PathBuf>::new());
    journals.keep(&[entry("a", 1)]);
    journals.end(&[]);
    journals.keep(&[entry("a", 1)]);
    assert_eq!(files(&journals), Vec::<PathBuf>::new(), "what comes after the end is void");
}

#[test]
fn nobody_else_can_read_it() {
    let (_folder, mut journals) = journals();
    journals.keep(&[entry("a", 1)]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&journals.folder), mode(&files(&journals)[0])), (0o700, 0o600));
}

#[test]
fn two_who_change_the_same_source_are_told_of_each_other_and_do_not_take_from_each_other() {
    let (_folder, mut first) = journals();
    let mut second = another(&first);
    assert_eq!(first.keep(&[entry("/runs/a.json", 1)]), None);
    let found = second.find("/runs/a.json");
    assert_eq!((found.entries, found.other.as_ref()), (Vec::new(), Some(&first.writer)));
    assert_eq!(second.keep(&[entry("/runs/b.json", 1)]), None);
    let told = second.keep(&[entry("/runs/a.json", 2), entry("/runs/b.json", 1)]).unwrap();
    assert!(
        told.contains(&format!("process {}", std::process::id())) && told.contains("unsaved changes of a.json too")
    );
    assert_eq!(second.keep(&[entry("/runs/a.json", 3)]), None, "once is enough");
    first.end(&[]);
    assert!(another(&first).find("/runs/a.json").other.is_some());
}

#[test]
fn damage_is_told_and_the_rest_is_offered() {
    let (_folder, mut first) = journals();
    first.keep(&[entry("a", 1), entry("a", 2)]);
    let path = first.own.take().unwrap().path;
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() - 10]).unwrap();
    fs::write(path.with_file_name("other.jsonl"), "no journal").unwrap();
    fs::write(path.with_file_name("broken-off.tmp"), "{").unwrap();
    let found = another(&first).find("a");
    assert_eq!(found.entries, [entry("a", 1)]);
    assert_eq!(found.problems.len(), 2, "{:?}", found.problems);
    assert!(found.problems.iter().any(|told| told.contains("line 3")));
    assert!(found.problems.iter().any(|told| told.contains("other.jsonl: the first line is not that of a journal")));
    assert!(!path.with_file_name("broken-off.tmp").exists());
}

#[test]
fn what_cannot_be_kept_is_said_once() {
    let (folder, _) = journals();
    fs::write(folder.path().join("state"), "in the way").unwrap();
    let mut journals = Journals::new(folder.path().join("state/unsaved"));
    let told = journals.keep(&[entry("a", 1)]).unwrap();
    assert!(told.starts_with("unsaved changes cannot be kept in") && told.ends_with("save often"), "{told}");
    assert_eq!(journals.keep(&[entry("a", 2)]), None);
    fs::remove_file(folder.path().join("state")).unwrap();
    assert_eq!(journals.keep(&[entry("a", 3)]), None);
    assert_eq!(files(&journals).len(), 1);
}
