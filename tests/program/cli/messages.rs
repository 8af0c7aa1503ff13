//! Messages about wrong keys, wrong values of options, and failed writes: they name the cause and the remedy.

use super::room::{Room, npy};
use std::fs;

fn array(room: &Room, name: &str, values: &[f64]) {
    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    fs::write(room.path(name), npy("<f8", &bytes)).unwrap();
}

/// Runs, and returns the exit code with the lines of stderr. Nothing may reach stdout.
fn failure(room: &Room, arguments: &[&str]) -> (i32, Vec<String>) {
    let done = room.run(arguments);
    assert_eq!(done.out, "", "{arguments:?}");
    (done.code, done.err.lines().map(|line| line.trim_start_matches("rebin: ").to_owned()).collect())
}

#[test]
fn a_wrong_key_names_the_file_and_its_keys() {
    let room = Room::new();
    array(&room, "a.npy", &[1.0, 2.0]);
    room.write("t.csv", "x,y\n1,2\n3,4\n");
    let bare = "a.npy has no series 'nope'; its only series has no key, so omit --key";
    let table = "t.csv has no series 'nope'; available: 'x', 'y'";
    for arguments in [
        &["show", "-k", "nope"][..],
        &["show", "--pool", "-k", "nope"],
        &["-k", "nope"],
        &["export", "-k", "nope"],
        &["count", "-k", "nope"],
        &["stats", "-k", "nope"],
        &["ls", "-k", "nope"],
    ] {
        for (file, message) in [("a.npy", bare), ("t.csv", table)] {
            assert_eq!(failure(&room, &[arguments, &[file]].concat()), (1, vec![message.to_owned()]), "{arguments:?}");
        }
    }
}

#[test]
fn values_out_of_range_name_the_range() {
    let room = Room::new();
    for (command, option, value, most) in [
        ("show", "--width", "0", 2000),
        ("show", "--width", "2001", 2000),
        ("show", "--height", "-1", 1000),
        ("export", "--width", "wide", 4000),
        ("export", "--height", "0", 4000),
    ] {
        let (code, lines) = failure(&room, &[command, option, value, "missing.npy"]);
        let message =
            format!("invalid value '{value}' for '{option} <N>': expected 1 to {most}; see rebin {command} --help");
        assert_eq!((code, lines), (2, vec![message]));
    }
    let (code, lines) = failure(&room, &["--memory", "-1", "missing.npy"]);
    assert_eq!(code, 2);
    assert!(lines[0].starts_with("invalid value '-1' for '--memory <SIZE>': expected "), "{lines:?}");
}

#[test]
fn empty_paths_and_names_are_rejected() {
    let room = Room::new();
    for arguments in [&["show", ""][..], &[""], &["export", ""], &["count", ""], &["merge", ""], &["ls", "a", ""]] {
        let (code, lines) = failure(&room, arguments);
        assert!(code == 2 && lines[0].starts_with("invalid value '' for '"), "{arguments:?}: {lines:?}");
        assert!(lines.len() == 1 && lines[0].contains("...': must not be empty; see rebin "), "{lines:?}");
    }
    let (_, lines) = failure(&room, &["diff", "a.npy", ""]);
    assert_eq!(lines, ["invalid value '' for '<B>': must not be empty; see rebin diff --help"]);
    let (_, lines) = failure(&room, &["count", "--part", "", "a.npy"]);
    assert_eq!(lines, ["invalid value '' for '--part <ID>': must not be empty; see rebin count --help"]);
    let (code, lines) = failure(&room, &["help", "foo"]);
    assert_eq!((code, lines), (2, vec!["no command 'foo'; see rebin --help".to_owned()]));
}

#[test]
fn a_rule_with_too_many_bins_names_the_remedy() {
    let room = Room::new();
    array(&room, "far.npy", &[0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 1e16]);
    let remedy = "bins; the maximum length of a histogram is 512; use --bins N or --range LO,HI";
    for command in ["show", "export"] {
        let (code, lines) = failure(&room, &[command, "-b", "fd", "far.npy"]);
        assert_eq!((code, lines), (1, vec![format!("far.npy: fd asks for 1.04e16 {remedy}")]));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_failed_write_has_a_reason_without_a_number() {
    let room = Room::new();
    array(&room, "a.npy", &[1.0, 2.0]);
    let (code, lines) = failure(&room, &["export", "-o", "/dev/full", "--format", "csv", "a.npy"]);
    assert_eq!((code, lines), (1, vec!["cannot write /dev/full: No space left on device".to_owned()]));
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let done = room.run_into(&["ls", "a.npy"], full);
    assert_eq!((done.code, &*done.err), (1, "rebin: cannot write stdout: No space left on device\n"));
}

#[test]
fn lines_of_the_long_help_fit_in_80_columns() {
    let room = Room::new();
    for command in ["show", "export", "ls", "stats", "check", "diff", "count", "merge", "completions", "man"] {
        let help = room.run_with(&[command, "--help"], "", &[("COLUMNS", "80")]).out;
        // A line that was too long for the terminal continues with a short one.
        let about: Vec<&str> = help.split("\nUsage:").next().unwrap().lines().collect();
        for pair in about.windows(2) {
            let next = pair[1].split_whitespace().next();
            let has_room = next.is_some_and(|word| pair[0].chars().count() + word.chars().count() < 60);
            let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
            assert!(!(has_room && is_prose(pair[0]) && is_prose(pair[1])), "{command}: {pair:?}");
        }
    }
    let keys = room.run_with(&["--help"], "", &[("COLUMNS", "80")]).out;
    let keys = keys.split("\nKeys:\n").nth(1).unwrap();
    for line in keys.lines().filter(|line| line.starts_with("    ")) {
        assert!(line.chars().count() <= 80 && line.chars().nth(26) == Some(' '), "{line}");
        assert!(line.chars().nth(27).is_some_and(|c| c != ' '), "{line}");
    }
    assert!(room.run(&["completions", "--help"]).out.contains("Shell to generate completions for"));
}
