//! Folders: what is opened in them, and what appears while they are open.

use crate::fixtures::{Folder, npy_f64, object};
use crate::screen::Screen;
use rebin::hist::Number;
use std::fs;

/// A row of a file starts with its name, so that the reason is visible at 80 columns.
#[test]
fn files_that_cannot_be_opened_are_listed_with_their_reasons() {
    let folder = Folder::new();
    folder.write("h.json", object(&[1, 2, 3]));
    folder.write("step_1000.pt", b"PK\x03\x04\x14\0");
    folder.write("w.npy", b"\x93NUMPY\x07\0");
    let mut screen = Screen::folder(&folder.path(""));
    screen.keys("!").shows("2 problems");
    for (name, why) in [("step_1000.pt", "zip archive"), ("w.npy", ".npy version 7.0")] {
        let line = screen.line(name);
        assert!(line.contains("unreadable") && line.contains(why), "{line}");
    }
}

/// B6.
#[test]
fn a_folder_opens_its_files_and_names_what_it_leaves_out() {
    let folder = Folder::new();
    folder.write("h.json", object(&[1, 2, 3]));
    folder.write("w.npy", npy_f64(&[1.0, 2.0]));
    folder.write("table.csv", "loss\n1\n2\n");
    folder.write("model.pt", "PK");
    folder.write("README.md", "# 1 2 3");
    let mut screen = Screen::folder(&folder.path(""));
    let names: Vec<_> =
        screen.model.sources.iter().map(|source| source.name.rsplit('/').next().expect("a name")).collect();
    assert_eq!(names, ["h.json", "table.csv", "w.npy"]);
    assert_eq!(screen.model.opening, 0);
    let text = screen.text();
    assert!(text.contains("left out model.pt (not a PyTorch checkpoint)"), "{text}");
    assert!(!text.contains("demo"), "{text}");
    // The notice stays on the page of problems.
    screen.keys("j ]").lacks("model.pt").keys("!").shows("left out model.pt (not a PyTorch checkpoint)");
}

/// B6.
#[test]
fn the_demo_opens_only_in_a_folder_without_data_and_says_so() {
    let folder = Folder::new();
    folder.write("README.md", "# 1 2 3");
    let mut screen = Screen::folder(&folder.path(""));
    let text = screen.text();
    assert!(text.contains("this directory contains nothing to open; showing the demo"), "{text}");
    screen.heads("demo (nothing to open here)").keys("j").heads("demo (nothing to open here)");
    screen.resize(80, 24).heads("demo (nothing to open here)");
    // A requested demo needs no excuse.
    Screen::demo().lacks("nothing to open");
}

/// Annoyance 16.
#[test]
fn new_files_appear_while_the_folder_is_open() {
    let folder = Folder::new();
    folder.write("a.csv", "loss\n1\n2\n");
    let mut screen = Screen::folder(&folder.path(""));
    assert_eq!(screen.model.sources.len(), 1);
    screen.search_again();
    assert_eq!(screen.model.sources.len(), 1);
    fs::create_dir(folder.path("run2")).expect("a folder");
    let new = folder.write("run2/b.csv", "accuracy\n1\n2\n");
    screen.search_again();
    assert!(screen.text().contains("run2"), "{}", screen.text());
    screen.search_again();
    assert_eq!((screen.model.sources.len(), screen.model.opening), (2, 0));

    // A file that is still being written is tried again.
    let part = folder.write("run2/part.npy", &npy_f64(&[1.0, 2.0])[..20]);
    screen.search_again();
    assert_eq!((screen.model.sources.len(), screen.model.open_errors.len()), (2, 0));
    fs::write(part, npy_f64(&[1.0, 2.0])).expect("the file is writable");
    screen.search_again();
    assert_eq!(screen.model.sources.len(), 3);
    fs::remove_file(new).expect("the file exists");
    screen.search_again();
    assert_eq!(screen.model.sources.len(), 3);
}

#[test]
fn reloading_deleted_files_says_how_many_are_gone() {
    let folder = Folder::new();
    let files: Vec<_> = (0..3).map(|i| folder.write(&format!("{i}.json"), object(&[1, 2, i]))).collect();
    let mut screen = Screen::folder(&folder.path(""));
    files.iter().take(2).for_each(|file| fs::remove_file(file).expect("the file exists"));
    screen.keys("<f5>").says("2 sources cannot be reloaded; first: cannot read").shows("2.json");
    assert_eq!(screen.model.sources.len(), 3);
}

#[test]
fn reloading_reads_changed_files_opens_new_ones_and_keeps_edits() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3]));
    folder.write("w.csv", "loss\n1\n2\n");
    let mut screen = Screen::folder(&folder.path(""));
    screen.keys("<f5>");
    assert!(screen.text().contains("nothing has changed"), "{}", screen.text());
    fs::write(&path, object(&[7, 8, 9])).expect("the file is writable");
    folder.write("x.csv", "gain\n1\n2\n");
    screen.keys("<f5>");
    assert!(screen.text().contains("reloaded 1 source, opened 1 new"), "{}", screen.text());
    assert!(screen.text().contains("x.csv"), "{}", screen.text());
    let shown = screen.model.shown().expect("a histogram");
    assert_eq!(shown.histogram.counts().iter().map(Number::as_f64).collect::<Vec<_>>(), [7.0, 8.0, 9.0]);
}
