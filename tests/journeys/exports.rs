//! Exporting what is shown: the formats, the name, what is asked first.

use crate::data::{Folder, histogram, npy_f64, object, read, run};
use crate::screen::{Screen, WIDE};
use rebin::app::Effect;
use std::fs;

#[test]
fn a_format_and_a_name_are_chosen_and_what_is_written_is_said_before() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("E").shows("export as").shows("a table: left, right, count").shows("a heat map of all steps");
    screen.keys("j <enter>").says("export csv:").says("writes").says("a table");
    screen.paste(folder.path("table")).says("table.csv").keys("<enter>").says("wrote").says("table.csv");
    let table = read(&folder.path("table.csv"));
    assert!(table.starts_with("left,right,count\n0.0,1.0,1\n"), "{table}");

    // The same at another number of bins, as a picture and as JSON.
    screen.keys("4 <enter> E jj <enter>").paste(folder.path("picture.svg")).keys("<enter>").says("wrote");
    assert!(read(&folder.path("picture.svg")).contains("4 bins exact from 8 logged"));
    screen.keys("E <enter>").paste(folder.path("four")).keys("<enter>").says("four.json");
    assert_eq!(histogram(&folder.path("four.json")).bins(), 4);
}

#[test]
fn every_format_is_written() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    let formats = ["json", "csv", "svg", "png", "md", "txt", "py", "svg", "png"];
    for (index, format) in formats.iter().enumerate() {
        let name = folder.path(&format!("{index}.{format}"));
        screen.keys("E").keys(&"j".repeat(index)).keys("<enter>").paste(&name).keys("<enter>").says("wrote");
        assert!(!fs::read(&name).unwrap().is_empty(), "{format}");
    }
    assert!(read(&folder.path("7.svg")).contains("3 steps"));
    assert!(read(&folder.path("2.svg")).contains("step 20"));
}

#[test]
fn a_picture_looks_as_the_screen_does() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("y n E jj <enter>").paste(folder.path("look")).keys("<enter>");
    assert!(read(&folder.path("look.svg")).contains("density, log scale"), "{}", screen.text());
}

#[test]
fn what_is_marked_is_an_outline_in_the_picture() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("m [ E jj <enter>").paste(folder.path("both")).keys("<enter>").says("wrote");
    let picture = read(&folder.path("both.svg"));
    assert!(picture.contains("step 10<") && picture.contains("outline: grad/w step 20<"), "{picture}");
}

#[test]
fn an_existing_file_is_overwritten_only_after_a_question() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let taken = folder.write("taken.csv", "precious");
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("E j <enter>").paste(&taken).keys("<enter>").says("taken.csv exists").keys("<esc>");
    assert_eq!(read(&taken), "precious");
    screen.keys("E j <enter>").paste(&taken).keys("<enter> S").says("export csv:").keys("<esc>");
    assert_eq!(read(&taken), "precious");
    screen.keys("E j <enter>").paste(&taken).keys("<enter> o").says("wrote");
    assert!(read(&taken).starts_with("left,right"));
    screen.keys("E j <enter>").paste(folder.path("no/such.csv")).keys("<enter>").says("there is no folder");
}

#[test]
fn names_are_proposed_and_completed() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    folder.write("notes-1.csv", "");
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("E j <enter> <tab>").says(".20.csv").keys("<ctrl-u>").paste(folder.path("no")).keys("<tab>");
    screen.says("notes-1.csv").keys("<esc>");
    screen
        .keys("E <end> <enter>")
        .says("export png of all steps:")
        .says(".steps.png")
        .keys("<esc> E <esc>")
        .lacks("export");
}

#[test]
fn what_is_not_there_yet_is_not_exported() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], (100, 16));
    screen.hold().keys("E <end> <enter>").paste(folder.path("all")).keys("<enter>").says("still being read");
    screen.release().keys("<enter>").says("wrote");
    let samples = folder.write("a.npy", npy_f64(&[1.0, 2.0, 5.0]));
    let mut screen = Screen::open(&[&samples], WIDE);
    screen.keys("E").lacks("all steps").keys("<esc>");
}

#[test]
fn quitting_waits_for_what_is_being_written() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.hold().keys("E <enter>").paste(folder.path("out")).keys("<enter> q").says("as soon as it is written");
    assert!(!screen.quits() && screen.waiting.iter().any(|effect| matches!(effect, Effect::Export { .. })));
    screen.release();
    assert!(screen.quits() && folder.path("out.json").exists());
}

#[test]
fn what_is_on_the_screen_is_offered_first_and_what_has_no_picture_is_said() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<alt-2> E <enter>").says("export svg of all steps:").says("a heat map of all steps").keys("<esc>");
    screen
        .keys("<alt-3> E")
        .shows("ridges have no picture of their own")
        .keys("<enter>")
        .says("a heat map of all steps");
    screen.keys("<esc> <alt-6> E <enter>").says("export csv:").keys("<esc>");
    screen.keys("<alt-7> E").shows("export one series as").keys("<esc> <alt-1> E <enter>").says("export json:");
}

#[test]
fn what_is_typed_too_early_runs_no_command() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("E <ctrl-u> ex2/o.png").shows("export as").lacks("unsaved").keys("<enter>").says("export json:");
    screen.keys("<esc> E <ctrl-c>").lacks("export as");
}

#[test]
fn a_folder_gets_a_file_of_the_proposed_name() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    fs::create_dir(folder.path("out")).expect("a folder");
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("E j <enter>").paste(folder.path("out/")).keys("<enter>").says("h.csv");
    screen.keys("S").paste(folder.path("out/")).keys("<enter>").says("saved 4 bins to").heads("→ h.json");
    assert_eq!(histogram(&folder.path("out/h.json")).bins(), 4);
}
