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
