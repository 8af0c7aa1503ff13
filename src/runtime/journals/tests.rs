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
        step: None,
        change: Change::Edit {
            position: 1,
            name: format!("{bins} bins"),
            index: 0,
            state: State::of_source(BinSpec::count(bins)),
        },
    }
}

/// An edit that follows the first one.
fn next(position: usize, bins: usize) -> JournalEntry {
    let mut next = entry("a", bins);
    if let Change::Edit { position: of_edit, .. } = &mut next.change {
        *of_edit = position;
    }
    next
}

/// Creates journals in a directory that does not exist yet.
fn journals() -> (TempDir, Journals) {
    let folder = tempfile::tempdir().unwrap();
    let journals = Journals::new(folder.path().join("state/unsaved"));
    (folder, journals)
}

fn other_session(journals: &Journals) -> Journals {
    Journals::new(journals.directory.clone())
}

fn files(journals: &Journals) -> Vec<PathBuf> {
    fs::read_dir(&journals.directory).map(|all| all.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

#[test]
fn edits_of_an_ended_session_are_found_until_discarded() {
    let (_folder, mut first) = journals();
    assert_eq!(first.update(vec![entry("a", 1), entry("b", 2)]), None);
    assert_eq!(first.update(vec![entry("a", 3), entry("b", 2)]), None);
    // The session ends without a save.
    drop(first.own.take());
    let mut second = other_session(&first);
    assert_eq!(second.find("a").entries, [entry("a", 3)]);
    assert_eq!(second.find("a").entries, [entry("a", 3)], "the edits stay on disk");
    second.discard("a");
    assert_eq!(second.find("a").entries, []);
    drop(second);
    let mut third = other_session(&first);
    assert_eq!((third.find("a").entries, third.find("b").entries), (Vec::new(), vec![entry("b", 2)]));
    third.discard("b");
    assert_eq!(files(&third), Vec::<PathBuf>::new());
}

#[test]
fn the_journal_is_removed_once_nothing_is_unsaved() {
    let (_folder, mut journals) = journals();
    journals.update(Vec::new());
    assert!(!journals.directory.exists(), "the directory is created on demand");
    journals.update(vec![entry("a", 1)]);
    assert_eq!(files(&journals).len(), 1);
    journals.update(Vec::new());
    assert_eq!(files(&journals), Vec::<PathBuf>::new());
    journals.update(vec![entry("a", 1)]);
    journals.end(Vec::new());
    journals.update(vec![entry("a", 1)]);
    assert_eq!(files(&journals), Vec::<PathBuf>::new(), "updates after the end have no effect");
}

#[test]
fn only_the_user_can_read_journals() {
    let (_folder, mut journals) = journals();
    journals.update(vec![entry("a", 1)]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&journals.directory), mode(&files(&journals)[0])), (0o700, 0o600));
}

#[test]
fn concurrent_edits_of_one_source_are_reported_and_not_recovered() {
    let (_folder, mut first) = journals();
    let mut second = other_session(&first);
    assert_eq!(first.update(vec![entry("/runs/a.json", 1)]), None);
    let matches = second.find("/runs/a.json");
    assert_eq!((matches.entries, matches.other.as_ref()), (Vec::new(), Some(&first.writer)));
    assert_eq!(second.update(vec![entry("/runs/b.json", 1)]), None);
    let notice = second.update(vec![entry("/runs/a.json", 2), entry("/runs/b.json", 1)]).unwrap();
    assert!(
        notice.contains(&format!("process {}", std::process::id()))
            && notice.contains("also has unsaved edits of a.json")
    );
    assert_eq!(second.update(vec![entry("/runs/a.json", 3)]), None, "each conflict is reported once");
    first.end(Vec::new());
    assert!(other_session(&first).find("/runs/a.json").other.is_some());
}

#[test]
fn damaged_journals_are_reported_and_the_rest_is_recovered() {
    let (_folder, mut first) = journals();
    first.update(vec![entry("a", 1), next(2, 2)]);
    let path = first.own.take().unwrap().path;
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() - 10]).unwrap();
    fs::write(path.with_file_name("other.jsonl"), "not a journal").unwrap();
    fs::write(path.with_file_name("interrupted.tmp"), "{").unwrap();
    let mut second = other_session(&first);
    let matches = second.find("a");
    assert_eq!((matches.entries, matches.damaged), (vec![entry("a", 1)], true));
    assert_eq!(matches.problems.len(), 2, "{:?}", matches.problems);
    assert!(matches.problems.iter().any(|problem| problem.contains("are damaged (line 3: the line is damaged)")));
    let unknown = "other.jsonl: the first line does not identify a journal";
    assert!(matches.problems.iter().any(|problem| problem.contains(unknown)));
    assert!(!path.with_file_name("interrupted.tmp").exists());
    second.discard("a");
    assert!(!path.exists() && path.with_extension("damaged").exists(), "the damaged lines are kept");
}

#[test]
fn damage_is_reported_even_if_no_intact_edit_is_of_the_opened_source() {
    let (_folder, mut first) = journals();
    first.update(vec![entry("a", 1)]);
    let path = first.own.take().unwrap().path;
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"bins\": 1", "\"bins\": 2")).unwrap();
    let mut second = other_session(&first);
    let matches = second.find("a");
    assert_eq!((matches.entries.len(), matches.problems.len()), (0, 1), "{:?}", matches.problems);
    assert_eq!(second.find("b").problems.len(), 0, "once is enough");
}

#[test]
fn edits_are_appended_and_the_file_is_compacted() {
    let (_folder, mut journals) = journals();
    journals.update(vec![entry("a", 1)]);
    let path = files(&journals).remove(0);
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();
    let (first, mut replaced) = (inode(&path), 0);
    let mut before = first;
    for edit in 0..3000 {
        assert_eq!(journals.append(vec![next(2, 1 + edit % 500)]), None);
        replaced += usize::from(inode(&path) != before);
        before = inode(&path);
    }
    assert!((1..40).contains(&replaced), "{replaced}");
    assert!(fs::metadata(&path).unwrap().len() < 1 << 18);
    let last = [entry("a", 1), next(2, 1 + 2999 % 500)];
    drop(journals.own.take());
    let found = other_session(&journals).find("a");
    assert_eq!((found.entries.last(), found.problems.len()), (last.last(), 0));
}

#[test]
fn named_pipes_among_the_journals_are_not_opened() {
    let (_folder, mut journals) = journals();
    journals.update(vec![entry("a", 1)]);
    for name in ["pipe.jsonl", "pipe.tmp"] {
        let made = std::process::Command::new("mkfifo").arg(journals.directory.join(name)).status().unwrap();
        assert!(made.success());
    }
    assert!(other_session(&journals).find("a").problems[0].contains("it is a named pipe, not a regular file"));
}

#[test]
fn a_failed_journal_write_is_reported_once() {
    let (folder, _) = journals();
    fs::write(folder.path().join("state"), "in the way").unwrap();
    let mut journals = Journals::new(folder.path().join("state/unsaved"));
    let notice = journals.update(vec![entry("a", 1)]).unwrap();
    assert!(notice.starts_with("cannot write unsaved edits to") && notice.ends_with("lost in a crash"), "{notice}");
    assert_eq!(journals.update(vec![entry("a", 2)]), None);
    fs::remove_file(folder.path().join("state")).unwrap();
    assert_eq!(journals.update(vec![entry("a", 3)]), None);
    assert_eq!(files(&journals).len(), 1);
}
