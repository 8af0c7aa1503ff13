//! Work is never lost: what cannot be saved stays, and is told with a remedy.

use crate::data::{Folder, histogram, histogram_in, object, read, run};
use crate::screen::{Screen, WIDE};
use std::fs::{self, File};

#[test]
fn what_cannot_be_saved_stays_unsaved_until_it_can() {
    let folder = Folder::new();
    fs::create_dir(folder.path("runs")).expect("a folder");
    let path = folder.write("runs/h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("2 <enter>");

    let saving = File::create(folder.path("runs/.h.json.rebin-0.tmp")).expect("a file");
    saving.lock().expect("a lock");
    screen.keys("s").says("another rebin is writing it at this moment; save again").shows("1 unsaved");
    drop(saving);

    fs::rename(folder.path("runs"), folder.path("moved")).expect("another name");
    screen.keys("s").says("it is gone since it was read; save under another name").shows("1 unsaved");
    screen.keys("S").paste(&path).keys("<enter>").says("create it or save under another name").shows("1 unsaved");
    fs::rename(folder.path("moved"), folder.path("runs")).expect("its name");
    screen.keys("s").says("saved 2 bins to").lacks("unsaved");
    assert_eq!(histogram(&path).bins(), 2);
    assert!(!folder.path("runs/.h.json.rebin-0.tmp").exists(), "what the other one left is swept away");
}

#[test]
fn another_name_saves_what_was_refused_whatever_is_on_the_screen_by_then() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let taken = folder.write("taken.json", "precious");
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("[ S").paste(&taken).hold().keys("<enter>").keys("]");
    screen.release().says("taken.json exists").heads("step 20").keys("S").says("save as:");
    screen.paste(folder.path("mine")).keys("<enter>").says("saved 8 bins");
    assert_eq!(histogram(&folder.path("mine.json")), histogram_in(&object(&[1, 3, 4, 8, 4, 2, 1, 2])));
    assert_eq!(read(&taken), "precious");
}

#[test]
fn what_a_file_could_not_keep_is_said() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    fs::hard_link(&path, folder.path("other.json")).expect("another name");
    Screen::open(&[&path], (160, 34)).keys("2 <enter> s").says("its other hard links keep the old text");
}
