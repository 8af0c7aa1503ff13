pub(super) mod faults;

use super::replace as replace_all;
use super::{
    Flush, Lost, Overwrite, Replacement, RewrittenFile, SaveError, SpanChange, TempFile, locate, open_regular,
    original_text, write_new,
};
use crate::catalog::{FileSpan, Stamp};
use crate::error::Error;
use crate::format::document;
use crate::hist::Numbers;
use crate::wandb::Histogram;
use rustix::fs::{XattrFlags, getxattr, setxattr};
use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const SMALL: &str = r#"{"_type": "histogram", "values": [1, 2], "bins": [0.0, 0.5, 1.0]}"#;
const EDITED: &str = r#"{"_type": "histogram", "values": [40, 2], "bins": [0.0, 0.5, 1.0]}"#;

/// Creates a directory with one file.
fn file(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.json");
    fs::write(&path, text).unwrap();
    (folder, path)
}

/// Returns the spans of all histograms in a file.
fn spans(path: &Path) -> Vec<FileSpan> {
    let text = fs::read(path).unwrap();
    let entries = document::read(&text).unwrap().series.into_iter().flat_map(|series| series.entries);
    let span = |entry: document::JsonHistogram| FileSpan {
        path: path.to_owned(),
        span: entry.span,
        extra: entry.extra,
        stamp: Stamp::of(&text),
    };
    entries.map(span).collect()
}

fn edited() -> Histogram {
    Histogram::from_np_histogram(Numbers::ints([40, 2]), Numbers::floats(vec![0.0, 0.5, 1.0])).unwrap()
}

/// Replaces one histogram of a file.
fn replace(span: &FileSpan, histogram: &Histogram) -> Result<Vec<SpanChange>, Error> {
    replace_all(&span.path, &[(span.clone(), Replacement::Histogram(histogram))]).map(|rewritten| rewritten.changes)
}

/// Replaces histogram `index` of a file and returns the new text.
fn spliced(text: &str, index: usize) -> String {
    let (_folder, path) = file(text);
    replace(&spans(&path)[index], &edited()).unwrap();
    fs::read_to_string(path).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_new_file_is_complete_and_no_temporary_file_remains() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.json");
    write_new(&path, b"[1]\n", Overwrite::Refuse).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"[1]\n");
    assert_eq!(names(folder.path()), ["new.json"]);
    let plain = folder.path().join("plain");
    File::create(&plain).unwrap();
    assert_eq!(mode(&path), mode(&plain), "the umask applies, as for any new file");
}

#[test]
fn an_existing_file_is_kept_unless_overwriting_is_allowed() {
    let (_folder, path) = file("old");
    assert_eq!(write_new(&path, b"new", Overwrite::Refuse), Err(Error::Exists { what: path.display().to_string() }));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    write_new(&path, b"new", Overwrite::Allow).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn the_mode_is_preserved() {
    let (_folder, path) = file("old");
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    write_new(&path, b"new", Overwrite::Allow).unwrap();
    assert_eq!(mode(&path), 0o640);
}

#[test]
fn a_symbolic_link_stays_and_its_target_is_written() {
    let (folder, path) = file("old");
    fs::create_dir(folder.path().join("links")).unwrap();
    let link = folder.path().join("links/latest.json");
    symlink("../h.json", &link).unwrap();
    write_new(&link, b"new", Overwrite::Allow).unwrap();
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("../h.json"));
    assert_eq!(fs::read(&path).unwrap(), b"new");
    fs::remove_file(&path).unwrap();
    write_new(&link, b"again", Overwrite::Refuse).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"again");
    assert_eq!(names(&folder.path().join("links")), ["latest.json"]);
}

#[test]
fn write_errors_have_a_remedy() {
    let (folder, path) = file("old");
    let error = |path: &Path| write_new(path, b"new", Overwrite::Allow).unwrap_err().to_string();
    let gone = folder.path().join("gone/h.json");
    let expected = format!(
        "cannot write {}: directory {} does not exist; create it or save under another name",
        gone.display(),
        gone.parent().unwrap().display()
    );
    assert_eq!(error(&gone), expected);
    assert!(error(folder.path()).ends_with("it is a directory, not a regular file; choose another name"));
    assert!(error(&path.join("x.json")).ends_with("h.json is not a directory; save under another name"));
    let long = folder.path().join("n".repeat(300));
    assert!(error(&long).ends_with("the name is too long; choose another name"));
    assert_eq!(names(folder.path()), ["h.json"]);
}

#[test]
fn a_symbolic_link_loop_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    symlink("b", &a).unwrap();
    symlink("a", &b).unwrap();
    let error = write_new(&a, b"new", Overwrite::Allow).unwrap_err().to_string();
    assert!(error.ends_with("a: symbolic link loop; save under another name"), "{error}");
}

#[test]
fn other_hard_links_keep_the_old_text_and_are_reported() {
    let (folder, path) = file("old");
    assert_eq!(write_new(&path, b"new", Overwrite::Allow), Ok(Vec::new()));
    let other = folder.path().join("other.json");
    fs::hard_link(&path, &other).unwrap();
    assert_eq!(write_new(&path, b"newer", Overwrite::Allow), Ok(vec![Lost::HardLinks]));
    assert_eq!((fs::read(&path).unwrap(), fs::read(&other).unwrap()), (b"newer".to_vec(), b"new".to_vec()));
}

#[test]
fn extended_attributes_and_access_control_lists_are_preserved() {
    let (_folder, path) = file("old");
    // Owner rw, user 65534 r, group r, mask r, everyone else nothing.
    let entry =
        |tag: u16, mode: u16, id: u32| [&tag.to_le_bytes()[..], &mode.to_le_bytes(), &id.to_le_bytes()].concat();
    let entries = [(1, 6, u32::MAX), (2, 4, 65534), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)];
    let list = entries
        .iter()
        .fold(2_u32.to_le_bytes().to_vec(), |list, (tag, mode, id)| [list, entry(*tag, *mode, *id)].concat());
    for (name, value) in [("user.origin", b"run 7".as_slice()), ("system.posix_acl_access", &list)] {
        if let Err(error) = setxattr(&path, name, value, XattrFlags::empty()) {
            println!("skipped {name}: {error}");
            continue;
        }
        assert_eq!(write_new(&path, b"new", Overwrite::Allow), Ok(Vec::new()));
        let mut copied = [0; 100];
        let n = getxattr(&path, name, &mut copied).unwrap();
        assert_eq!(&copied[..n], value);
    }
}

#[test]
fn concurrent_saves_of_one_file_exclude_each_other() {
    let (folder, path) = file(SMALL);
    let first = TempFile::create(&path).unwrap();
    let busy = Err(Error::write_file(&path, "another rebin process is saving it; try again"));
    assert_eq!(write_new(&path, b"second", Overwrite::Allow), busy);
    assert_eq!(replace(&spans(&path)[0], &edited()).map(|_| Vec::new()), busy);
    write_new(&folder.path().join("other"), b"another file", Overwrite::Refuse).unwrap();
    first.commit(b"first", Overwrite::Allow, Flush::Now).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"first");
    write_new(&path, b"second", Overwrite::Allow).unwrap();
    assert_eq!(names(folder.path()), ["h.json", "other"]);
}

#[test]
fn changes_by_other_programs_during_a_save_are_detected() {
    let (folder, path) = file("old");
    let stamp = Stamp::of(b"old");
    let temp = TempFile::create(&path).unwrap();
    fs::write(&path, "other").unwrap();
    assert!(matches!(temp.commit(b"new", Overwrite::IfStill(stamp), Flush::Now), Err(SaveError::Changed)));
    let changed = Err(Error::Changed { what: path.display().to_string() });
    assert_eq!(write_new(&path, b"new", Overwrite::IfStill(stamp)), changed);
    let taken = folder.path().join("taken");
    let temp = TempFile::create(&taken).unwrap();
    fs::write(&taken, "other").unwrap();
    assert!(matches!(temp.commit(b"new", Overwrite::Refuse, Flush::Now), Err(SaveError::Exists)));
    assert_eq!(names(folder.path()), ["h.json", "taken"]);
    write_new(&path, b"new", Overwrite::IfStill(Stamp::of(b"other"))).unwrap();
    fs::remove_file(&path).unwrap();
    write_new(&path, b"new", Overwrite::IfStill(stamp)).unwrap();
}

#[test]
fn only_temporary_files_of_interrupted_saves_are_removed() {
    let (folder, path) = file("old");
    let precious = folder.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    symlink("precious", folder.path().join(".h.json.rebin-0.tmp")).unwrap();
    fs::create_dir(folder.path().join(".h.json.rebin-1.tmp")).unwrap();
    fs::write(folder.path().join(".h.json.rebin-2.tmp"), "interrupted").unwrap();
    write_new(&path, b"new", Overwrite::Allow).unwrap();
    assert_eq!(fs::read(&precious).unwrap(), b"precious");
    let remaining = [".h.json.rebin-0.tmp", ".h.json.rebin-1.tmp", "h.json", "precious"];
    assert_eq!(names(folder.path()), remaining);
}

#[test]
fn only_regular_files_are_written_also_through_links() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, socket, link) = (folder.path().join("pipe"), folder.path().join("socket"), folder.path().join("link"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    symlink(&pipe, &link).unwrap();
    let cases = [
        (&pipe, "a named pipe"),
        (&link, "a named pipe"),
        (&socket, "a socket"),
        (&PathBuf::from("/dev/null"), "a device"),
        (&folder.path().to_owned(), "a directory"),
    ];
    for (path, kind) in cases {
        for overwrite in [Overwrite::Refuse, Overwrite::Allow, Overwrite::IfStill(Stamp::of(b""))] {
            let error = write_new(path, b"new", overwrite).unwrap_err().to_string();
            let expected =
                format!("cannot write {}: it is {kind}, not a regular file; choose another name", path.display());
            assert_eq!(error, expected);
        }
        assert!(open_regular(path, OpenOptions::new().read(true)).is_err());
    }
    assert_eq!(names(folder.path()), ["link", "pipe", "socket"]);
}

#[test]
fn a_file_that_became_a_pipe_is_not_opened_and_not_replaced() {
    let (folder, path) = file("old");
    let temp = TempFile::create(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let Err(SaveError::Io(error)) = temp.commit(b"new", Overwrite::Allow, Flush::Now) else { panic!("no error") };
    assert_eq!(error.to_string(), "it is a named pipe, not a regular file");
    assert_eq!(names(folder.path()), ["h.json"]);
    let span = FileSpan { path: path.clone(), span: 0..3, extra: Vec::new(), stamp: Stamp::of(b"old") };
    let original = Replacement::Original { text: b"new", span: &span };
    let error = replace_all(&path, &[(span.clone(), original)]).unwrap_err().to_string();
    assert!(error.ends_with("it is a named pipe, not a regular file; choose another name"), "{error}");
}

#[test]
fn bytes_around_the_histogram_are_unchanged() {
    let around = |h: &str| format!("\u{FEFF}{{\r\n\t\"é\" :[ 1.50,1e3 ] ,\"w\":{h}\r\n, \"z\":  null}}\r\n\r\n");
    assert_eq!(spliced(&around(SMALL), 0), around(EDITED));
}

#[test]
fn only_one_of_many_lines_is_rewritten() {
    let lines = |h: &str| format!("{{\"w\":{SMALL},\"_step\":0}}\n{{\"w\":{h},\"_step\":1}}\nbroken\n{{\"w\": [1");
    assert_eq!(spliced(&lines(SMALL), 1), lines(EDITED));
}

#[test]
fn the_form_of_the_histogram_is_preserved() {
    let trackio =
        |values: &str| format!(r#"{{"_type": "trackio.histogram", "bins": [0.0, 0.5, 1.0], "values": {values}}}"#);
    assert_eq!(spliced(&trackio("[1, 2]"), 0), trackio("[40, 2]"));
    let packed = |values: &str| {
        format!(
            r#"{{"_type": "histogram", "values": {values}, "packedBins": {{"min": 0.0, "size": 0.5, "count": 2}}}}"#
        )
    };
    assert_eq!(spliced(&packed("[1, 2]"), 0), packed("[40, 2]"));
    assert_eq!(spliced("[[1,2],[0,0.5,1]]\n", 0), "[[40, 2], [0.0, 0.5, 1.0]]\n");
}

#[test]
fn other_members_are_preserved() {
    let text = r#"{"unit" : "s","bins":[0,1],"_type":"histogram","n":{"a":[ 1 ]},"values":[3]}"#;
    let expected = format!(r#"{}, "unit" : "s", "n":{{"a":[ 1 ]}}}}"#, &EDITED[..EDITED.len() - 1]);
    assert_eq!(spliced(text, 0), expected);
}

#[test]
fn an_unchanged_histogram_is_not_rewritten() {
    let text = r#"{"bins":[0.0,5e-1,1.0],"values":[40,2],"_type":"histogram"}"#;
    let (_folder, path) = file(text);
    let span = spans(&path).remove(0);
    assert_eq!(replace(&span, &edited()), Ok(Vec::new()));
    assert_eq!(fs::read_to_string(path).unwrap(), text);
}

#[test]
fn a_file_that_has_changed_is_not_written() {
    let (_folder, path) = file(SMALL);
    let span = spans(&path).remove(0);
    fs::write(&path, SMALL.replace("2]", "3]")).unwrap();
    assert_eq!(replace(&span, &edited()), Err(Error::Changed { what: path.display().to_string() }));
    fs::remove_file(&path).unwrap();
    let error = replace(&span, &edited()).unwrap_err().to_string();
    assert!(error.ends_with("the file no longer exists; save under another name"), "{error}");
}

#[test]
fn histograms_of_one_file_can_be_saved_in_sequence() {
    let other = r#"{"_type": "histogram", "values": [1, 2], "bins": [0.0, 0.5, 1.0], "unit": "s"}"#;
    let (_folder, path) = file(&format!("[{other}, {SMALL}, {other}]"));
    let mut spans = spans(&path);
    for index in [1, 2, 0, 1] {
        let changes = replace(&spans[index], &edited()).unwrap();
        spans = spans.iter().map(|span| locate(&changes, span)).collect();
    }
    let other = other.replace("[1,", "[40,");
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("[{other}, {EDITED}, {other}]"));
    assert_eq!(spans, self::spans(&path));
}

#[test]
fn replaced_text_is_restored_byte_for_byte() {
    let unusual = r#"{"unit" : "s","bins":[0,1e0],"_type":"histogram", "values":[ 3]}"#;
    let broken = r#"{"values":[3, "4"], "_type": "histogram", "n": 1, "bins": [0, 1, 2]}"#;
    let text = format!("[{unusual}, {broken},\n {unusual}]\n");
    let (_folder, path) = file(&text);
    let first = spans(&path);
    let mut changes: Vec<SpanChange> = Vec::new();
    for index in [1, 0, 2] {
        changes.extend(replace(&locate(&changes, &first[index]), &edited()).unwrap());
    }
    assert_eq!(fs::read_to_string(&path).unwrap().matches(r#""values": [40, 2]"#).count(), 3);
    // One at first, then two at once.
    for some in [&first[..1], &first[1..]] {
        let original = |span| {
            (locate(&changes, span), Replacement::Original { text: original_text(&changes, span).unwrap(), span })
        };
        let originals: Vec<_> = some.iter().map(original).collect();
        let restored = replace_all(&path, &originals).unwrap().changes;
        changes.extend(restored);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(first.iter().map(|span| locate(&changes, span)).collect::<Vec<_>>(), first);
}

#[test]
fn several_histograms_of_a_file_are_replaced_at_once() {
    let other = r#"{"_type": "histogram", "values": [1, 2], "bins": [0.0, 0.5, 1.0], "unit": "s"}"#;
    let (_folder, path) = file(&format!("[{other}, {SMALL}, {other}, {SMALL}]"));
    let (mut spans, edited) = (spans(&path), edited());
    let chosen: Vec<_> = [3, 0, 2].map(|index| (spans[index].clone(), Replacement::Histogram(&edited))).into();
    let RewrittenFile { changes, text, .. } = replace_all(&path, &chosen).unwrap();
    let new = other.replace("[1,", "[40,");
    let expected = format!("[{new}, {SMALL}, {new}, {EDITED}]");
    assert_eq!((fs::read_to_string(&path).unwrap(), text), (expected.clone(), expected.into_bytes()));
    spans = spans.iter().map(|span| locate(&changes, span)).collect();
    assert_eq!(spans, self::spans(&path));

    // If one histogram is missing, none is written.
    let missing = FileSpan { span: 3..9, ..spans[0].clone() };
    let chosen = [(spans[1].clone(), Replacement::Histogram(&edited)), (missing, Replacement::Histogram(&edited))];
    assert_eq!(replace_all(&path, &chosen), Err(Error::Changed { what: path.display().to_string() }));
    assert_eq!(self::spans(&path), spans);
}

#[test]
fn appended_lines_are_kept() {
    let (_folder, path) = file(&format!("{SMALL}\n"));
    let span = spans(&path).remove(0);
    fs::write(&path, format!("{SMALL}\n{SMALL}\n{{\"half")).unwrap();
    let changes = replace(&span, &edited()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{EDITED}\n{SMALL}\n{{\"half"));

    // A histogram in an appended line moves with the others, and is still checked against the text that was read.
    let text = format!("{SMALL}\n{SMALL}\n{SMALL}\n");
    let seen = FileSpan { span: SMALL.len() + 1..2 * SMALL.len() + 1, stamp: Stamp::of(text.as_bytes()), ..span };
    let now = locate(&changes, &seen);
    assert_eq!(now.span, EDITED.len() + 1..EDITED.len() + 1 + SMALL.len());
    replace(&now, &edited()).unwrap();
    let later = FileSpan { span: 10_000..10_009, ..seen.clone() };
    assert_eq!(locate(&changes, &later).stamp, seen.stamp);
}
