pub(super) mod faults;

use super::replace as replace_all;
use super::{Flush, Lost, Overwrite, Pending, Put, Replaced, Rewritten, SaveError, first_text, follow, write_new};
use crate::catalog::{FileSpan, Stamp};
use crate::error::Error;
use crate::format::document;
use crate::hist::Numbers;
use crate::wandb::Histogram;
use rustix::fs::{XattrFlags, getxattr, setxattr};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SMALL: &str = r#"{"_type": "histogram", "values": [1, 2], "bins": [0.0, 0.5, 1.0]}"#;
const EDITED: &str = r#"{"_type": "histogram", "values": [40, 2], "bins": [0.0, 0.5, 1.0]}"#;

/// A folder with one file of this text.
fn file(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.json");
    fs::write(&path, text).unwrap();
    (folder, path)
}

/// Every histogram of a file.
fn origins(path: &Path) -> Vec<FileSpan> {
    let text = fs::read(path).unwrap();
    let entries = document::read(&text).unwrap().series.into_iter().flat_map(|series| series.entries);
    let origin = |entry: document::Entry| FileSpan {
        path: path.to_owned(),
        span: entry.span,
        extra: entry.extra,
        stamp: Stamp::of(&text),
    };
    entries.map(origin).collect()
}

fn edited() -> Histogram {
    Histogram::from_np_histogram(Numbers::ints([40, 2]), Numbers::floats(vec![0.0, 0.5, 1.0])).unwrap()
}

/// Writes a histogram over one of a file.
fn replace(origin: &FileSpan, histogram: &Histogram) -> Result<Vec<Replaced>, Error> {
    replace_all(&origin.path, &[(origin.clone(), Put::Histogram(histogram))]).map(|rewritten| rewritten.replaced)
}

/// The text of a file after its `index`th histogram was replaced.
fn spliced(text: &str, index: usize) -> String {
    let (_folder, path) = file(text);
    replace(&origins(&path)[index], &edited()).unwrap();
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
fn a_new_file_is_whole_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.json");
    write_new(&path, b"[1]\n", Overwrite::Refuse).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"[1]\n");
    assert_eq!(names(folder.path()), ["new.json"]);
    let plain = folder.path().join("plain");
    File::create(&plain).unwrap();
    assert_eq!(mode(&path), mode(&plain), "the process's mask decides, as for any new file");
}

#[test]
fn an_existing_file_is_refused_until_overwriting_is_asked_for() {
    let (_folder, path) = file("old");
    assert_eq!(write_new(&path, b"new", Overwrite::Refuse), Err(Error::Exists { what: path.display().to_string() }));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    write_new(&path, b"new", Overwrite::Allow).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn the_mode_is_kept() {
    let (_folder, path) = file("old");
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    write_new(&path, b"new", Overwrite::Allow).unwrap();
    assert_eq!(mode(&path), 0o640);
}

#[test]
fn a_link_stays_and_its_target_is_written() {
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
fn what_forbids_writing_is_a_sentence_with_a_remedy() {
    let (folder, path) = file("old");
    let told = |path: &Path| write_new(path, b"new", Overwrite::Allow).unwrap_err().to_string();
    let gone = folder.path().join("gone/h.json");
    let expected = format!(
        "cannot write {}: there is no folder {}; create it or save under another name",
        gone.display(),
        gone.parent().unwrap().display()
    );
    assert_eq!(told(&gone), expected);
    assert!(told(folder.path()).ends_with("it is not a file; choose another name"));
    assert!(told(&path.join("x.json")).ends_with("h.json is not a folder; save under another name"));
    let long = folder.path().join("n".repeat(300));
    assert!(told(&long).ends_with("the name is too long; choose another"));
    assert_eq!(names(folder.path()), ["h.json"]);
}

#[test]
fn links_that_lead_in_a_circle_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    symlink("b", &a).unwrap();
    symlink("a", &b).unwrap();
    let told = write_new(&a, b"new", Overwrite::Allow).unwrap_err().to_string();
    assert!(told.ends_with("a: it is a symbolic link that leads round in a circle; save under another name"), "{told}");
}

#[test]
fn other_names_of_a_file_keep_the_old_text_and_it_is_said() {
    let (folder, path) = file("old");
    assert_eq!(write_new(&path, b"new", Overwrite::Allow), Ok(Vec::new()));
    let other = folder.path().join("other.json");
    fs::hard_link(&path, &other).unwrap();
    assert_eq!(write_new(&path, b"newer", Overwrite::Allow), Ok(vec![Lost::HardLinks]));
    assert_eq!((fs::read(&path).unwrap(), fs::read(&other).unwrap()), (b"newer".to_vec(), b"new".to_vec()));
}

#[test]
fn extended_attributes_and_access_control_lists_are_kept() {
    let (_folder, path) = file("old");
    // Owner rw, user 65534 r, group r, mask r, others nothing.
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
        let mut kept = [0; 100];
        let n = getxattr(&path, name, &mut kept).unwrap();
        assert_eq!(&kept[..n], value);
    }
}

#[test]
fn two_who_save_the_same_file_at_once_do_not_mix() {
    let (folder, path) = file(SMALL);
    let first = Pending::beside(&path).unwrap();
    let busy = Err(Error::write_file(&path, "another rebin is writing it at this moment; save again"));
    assert_eq!(write_new(&path, b"second", Overwrite::Allow), busy);
    assert_eq!(replace(&origins(&path)[0], &edited()).map(|_| Vec::new()), busy);
    write_new(&folder.path().join("other"), b"another file", Overwrite::Refuse).unwrap();
    first.commit(b"first", Overwrite::Allow, Flush::Now).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"first");
    write_new(&path, b"second", Overwrite::Allow).unwrap();
    assert_eq!(names(folder.path()), ["h.json", "other"]);
}

#[test]
fn what_someone_else_writes_while_it_is_saved_is_seen() {
    let (folder, path) = file("old");
    let stamp = Stamp::of(b"old");
    let pending = Pending::beside(&path).unwrap();
    fs::write(&path, "other").unwrap();
    assert!(matches!(pending.commit(b"new", Overwrite::IfStill(stamp), Flush::Now), Err(SaveError::Changed)));
    let changed = Err(Error::Changed { what: path.display().to_string() });
    assert_eq!(write_new(&path, b"new", Overwrite::IfStill(stamp)), changed);
    let taken = folder.path().join("taken");
    let pending = Pending::beside(&taken).unwrap();
    fs::write(&taken, "other").unwrap();
    assert!(matches!(pending.commit(b"new", Overwrite::Refuse, Flush::Now), Err(SaveError::Exists)));
    assert_eq!(names(folder.path()), ["h.json", "taken"]);
    write_new(&path, b"new", Overwrite::IfStill(Stamp::of(b"other"))).unwrap();
    fs::remove_file(&path).unwrap();
    write_new(&path, b"new", Overwrite::IfStill(stamp)).unwrap();
}

#[test]
fn what_stands_where_the_temporary_file_would_is_not_touched_unless_it_was_left_by_a_save() {
    let (folder, path) = file("old");
    let precious = folder.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    symlink("precious", folder.path().join(".h.json.rebin-0.tmp")).unwrap();
    fs::create_dir(folder.path().join(".h.json.rebin-1.tmp")).unwrap();
    fs::write(folder.path().join(".h.json.rebin-2.tmp"), "left behind").unwrap();
    write_new(&path, b"new", Overwrite::Allow).unwrap();
    assert_eq!(fs::read(&precious).unwrap(), b"precious");
    let left = [".h.json.rebin-0.tmp", ".h.json.rebin-1.tmp", "h.json", "precious"];
    assert_eq!(names(folder.path()), left);
}

#[test]
fn devices_are_written_to_and_not_replaced() {
    write_new(Path::new("/dev/null"), b"new", Overwrite::Refuse).unwrap();
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn every_byte_around_the_histogram_stays() {
    let around = |h: &str| format!("\u{FEFF}{{\r\n\t\"é\" :[ 1.50,1e3 ] ,\"w\":{h}\r\n, \"z\":  null}}\r\n\r\n");
    assert_eq!(spliced(&around(SMALL), 0), around(EDITED));
}

#[test]
fn one_line_of_many_is_rewritten() {
    let lines = |h: &str| format!("{{\"w\":{SMALL},\"_step\":0}}\n{{\"w\":{h},\"_step\":1}}\nbroken\n{{\"w\": [1");
    assert_eq!(spliced(&lines(SMALL), 1), lines(EDITED));
}

#[test]
fn each_form_is_written_as_it_was() {
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
fn other_members_are_kept_as_they_stand() {
    let text = r#"{"unit" : "s","bins":[0,1],"_type":"histogram","n":{"a":[ 1 ]},"values":[3]}"#;
    let expected = format!(r#"{}, "unit" : "s", "n":{{"a":[ 1 ]}}}}"#, &EDITED[..EDITED.len() - 1]);
    assert_eq!(spliced(text, 0), expected);
}

#[test]
fn the_same_histogram_gives_the_same_file() {
    let text = r#"{"bins":[0.0,5e-1,1.0],"values":[40,2],"_type":"histogram"}"#;
    let (_folder, path) = file(text);
    let origin = origins(&path).remove(0);
    assert_eq!(replace(&origin, &edited()), Ok(Vec::new()));
    assert_eq!(fs::read_to_string(path).unwrap(), text);
}

#[test]
fn a_file_that_changed_meanwhile_is_refused() {
    let (_folder, path) = file(SMALL);
    let origin = origins(&path).remove(0);
    fs::write(&path, SMALL.replace("2]", "3]")).unwrap();
    assert_eq!(replace(&origin, &edited()), Err(Error::Changed { what: path.display().to_string() }));
    fs::remove_file(&path).unwrap();
    let error = replace(&origin, &edited()).unwrap_err().to_string();
    assert!(error.ends_with("it is gone since it was read; save under another name"), "{error}");
}

#[test]
fn histograms_of_one_file_are_saved_one_after_another() {
    let other = r#"{"_type": "histogram", "values": [1, 2], "bins": [0.0, 0.5, 1.0], "unit": "s"}"#;
    let (_folder, path) = file(&format!("[{other}, {SMALL}, {other}]"));
    let mut origins = origins(&path);
    for index in [1, 2, 0, 1] {
        let replaced = replace(&origins[index], &edited()).unwrap();
        origins = origins.iter().map(|origin| follow(&replaced, origin)).collect();
    }
    let other = other.replace("[1,", "[40,");
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("[{other}, {EDITED}, {other}]"));
    assert_eq!(origins, self::origins(&path));
}

#[test]
fn what_was_replaced_is_put_back_as_it_stood() {
    let odd = r#"{"unit" : "s","bins":[0,1e0],"_type":"histogram", "values":[ 3]}"#;
    let broken = r#"{"values":[3, "4"], "_type": "histogram", "n": 1, "bins": [0, 1, 2]}"#;
    let text = format!("[{odd}, {broken},\n {odd}]\n");
    let (_folder, path) = file(&text);
    let first = origins(&path);
    let mut done: Vec<Replaced> = Vec::new();
    for index in [1, 0, 2] {
        done.extend(replace(&follow(&done, &first[index]), &edited()).unwrap());
    }
    assert_eq!(fs::read_to_string(&path).unwrap().matches(r#""values": [40, 2]"#).count(), 3);
    // One alone, then two at once.
    for some in [&first[..1], &first[1..]] {
        let back = |first| (follow(&done, first), Put::Back { text: first_text(&done, first).unwrap(), first });
        let back: Vec<_> = some.iter().map(back).collect();
        let replaced = replace_all(&path, &back).unwrap().replaced;
        done.extend(replaced);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(first.iter().map(|origin| follow(&done, origin)).collect::<Vec<_>>(), first);
}

#[test]
fn all_histograms_of_a_file_are_replaced_at_once() {
    let other = r#"{"_type": "histogram", "values": [1, 2], "bins": [0.0, 0.5, 1.0], "unit": "s"}"#;
    let (_folder, path) = file(&format!("[{other}, {SMALL}, {other}, {SMALL}]"));
    let (mut origins, edited) = (origins(&path), edited());
    let chosen: Vec<_> = [3, 0, 2].map(|index| (origins[index].clone(), Put::Histogram(&edited))).into();
    let Rewritten { replaced, text, .. } = replace_all(&path, &chosen).unwrap();
    let new = other.replace("[1,", "[40,");
    let expected = format!("[{new}, {SMALL}, {new}, {EDITED}]");
    assert_eq!((fs::read_to_string(&path).unwrap(), text), (expected.clone(), expected.into_bytes()));
    origins = origins.iter().map(|origin| follow(&replaced, origin)).collect();
    assert_eq!(origins, self::origins(&path));

    // One that is not there keeps all others from being written.
    let gone = FileSpan { span: 3..9, ..origins[0].clone() };
    let chosen = [(origins[1].clone(), Put::Histogram(&edited)), (gone, Put::Histogram(&edited))];
    assert_eq!(replace_all(&path, &chosen), Err(Error::Changed { what: path.display().to_string() }));
    assert_eq!(self::origins(&path), origins);
}

#[test]
fn lines_that_were_appended_stay_behind() {
    let (_folder, path) = file(&format!("{SMALL}\n"));
    let origin = origins(&path).remove(0);
    fs::write(&path, format!("{SMALL}\n{SMALL}\n{{\"half")).unwrap();
    let replaced = replace(&origin, &edited()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{EDITED}\n{SMALL}\n{{\"half"));

    // What was read of them before it was written is where it is looked for, and must still be what was read.
    let text = format!("{SMALL}\n{SMALL}\n{SMALL}\n");
    let seen = FileSpan { span: SMALL.len() + 1..2 * SMALL.len() + 1, stamp: Stamp::of(text.as_bytes()), ..origin };
    let now = follow(&replaced, &seen);
    assert_eq!(now.span, EDITED.len() + 1..EDITED.len() + 1 + SMALL.len());
    replace(&now, &edited()).unwrap();
    let later = FileSpan { span: 10_000..10_009, ..seen.clone() };
    assert_eq!(follow(&replaced, &later).stamp, seen.stamp);
}
