//! Folders: everything readable in them is found, and everything else that looks like data is named. B6.

use super::HISTOGRAM;
use crate::npy::npy;
use rebin::source::{Finder, Input};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use tempfile::TempDir;

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// Returns the paths that the search finds, and its notices.
fn found(folder: &Path) -> (Vec<String>, Vec<String>) {
    let mut finder = Finder::new(folder);
    let inputs = finder.by_ref().map(|input| match input {
        Input::Path(path) => path.strip_prefix(folder).unwrap_or(&path).display().to_string(),
        other => panic!("{other:?}"),
    });
    (inputs.collect(), finder.notices())
}

#[test]
fn a_folder_opens_every_kind_of_data_in_it_and_below() {
    let array = npy("<f8", "(1,)", &1.0_f64.to_le_bytes());
    let folder = folder(&[
        ("arrays/w.npy", &array),
        ("arrays/w.txt", b"1 2\n3 4\n"),
        ("h.json", HISTOGRAM.as_bytes()),
        ("list.json", b"[1, 2, 3]"),
        ("log.csv", b"a\n1\n"),
        ("tb/run/events.out.tfevents.1", b""),
        ("tb/run/notes.csv", b"a\n1\n"),
        ("x.parquet", b"PAR1"),
    ]);
    let expected =
        ["h.json", "list.json", "log.csv", "x.parquet", "arrays/w.npy", "arrays/w.txt", "tb/run", "tb/run/notes.csv"];
    assert_eq!(found(folder.path()), (expected.map(str::to_owned).to_vec(), Vec::new()));
}

#[test]
fn texts_code_and_settings_are_not_opened() {
    let folder = folder(&[
        ("README.md", b"1 2 3"),
        ("train.py", b"[1]"),
        ("wandb-metadata.json", br#"{"cpu_count": 2, "gpu": "none"}"#),
        ("tokenizer.json", br#"{"vocab": {"\"_type\"": 1, "histogram": 2}}"#),
        ("config.json", br#"{"hidden_size": 3}"#),
        ("requirements.txt", b"numpy\n"),
        (".hidden/x.csv", b"a\n1\n"),
        (".x.csv", b"a\n1\n"),
        ("target/CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55"),
        ("target/x.csv", b"a\n1\n"),
    ]);
    let (inputs, notices) = found(folder.path());
    assert_eq!(inputs, [""; 0]);
    let expected =
        "left out config.json, requirements.txt, tokenizer.json and 1 more (no histograms or numbers)".to_owned();
    assert_eq!(notices, [expected]);
}

#[test]
fn unreadable_formats_are_named_with_the_reason() {
    let folder = folder(&[
        ("a.csv", b"a\n1\n"),
        ("m.pt", b"PK"),
        ("old.mat", b"MATLAB 5.0"),
        ("x.json", b"{}"),
        ("sub/n.tflite", b""),
    ]);
    let (inputs, notices) = found(folder.path());
    assert_eq!(inputs, ["a.csv"]);
    let expected = "left out m.pt (not a PyTorch checkpoint); old.mat, n.tflite (this format cannot be read yet); \
         x.json (no histograms or numbers)";
    assert_eq!(notices, [expected]);
}

#[test]
fn links_to_folders_are_not_followed_and_links_to_files_are() {
    let folder = folder(&[("data/x.csv", b"a\n1\n")]);
    symlink("data", folder.path().join("link")).unwrap();
    symlink("data/x.csv", folder.path().join("y.csv")).unwrap();
    symlink("..", folder.path().join("data/up")).unwrap();
    assert_eq!(found(folder.path()).0, ["y.csv", "data/x.csv"]);
}

#[test]
fn a_folder_that_cannot_be_read_is_named() {
    let folder = folder(&[("a.csv", b"a\n1\n"), ("closed/x.csv", b"a\n1\n")]);
    let closed = folder.path().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let (inputs, notices) = found(folder.path());
    // The superuser can read every folder.
    if fs::read_dir(&closed).is_err() {
        assert_eq!((inputs, notices), (vec!["a.csv".into()], vec!["left out closed (cannot be read)".into()]));
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn the_folder_of_a_run_is_one_source_but_data_next_to_a_log_is_found() {
    let log = include_bytes!("../../samples/wandb/tbl.wandb");
    let folder = folder(&[
        ("run/run-a.wandb", log),
        ("run/files/config.yaml", b""),
        ("run/files/wandb-metadata.json", b"{}"),
        ("run/logs/debug.log", b"x"),
        ("mixed/run-a.wandb", log),
        ("mixed/w.csv", b"a\n1\n"),
    ]);
    let expected = ["mixed/run-a.wandb", "mixed/w.csv", "run"];
    assert_eq!(found(folder.path()), (expected.map(str::to_owned).to_vec(), Vec::new()));
}

#[test]
fn files_next_to_the_log_of_a_run_are_found() {
    let folder = folder(&[
        ("run-1/run-1.wandb", b":W&B\xe1\xbe\0"),
        ("run-1/files/config.json", b"{}"),
        ("run-1/checkpoint.pt", b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."),
        ("run-1/notes.txt", b"good"),
        ("run-1/weights.json", br#"{"_type":"histogram","values":[1],"bins":[0,1]}"#),
    ]);
    let (inputs, notices) = found(folder.path());
    assert_eq!(inputs, ["run-1", "run-1/checkpoint.pt", "run-1/weights.json"]);
    assert_eq!(notices, ["left out notes.txt (no histograms or numbers)"]);
}
