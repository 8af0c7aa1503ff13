//! Work is never lost: what cannot be saved stays, and is told with a remedy.

use crate::data::{Folder, histogram, histogram_in, object, read, run};
use crate::screen::{Screen, WIDE};
use rebin::catalog::SeriesId;
use rebin::document::{Edit, State};
use rebin::hist::UncertainHistogram;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

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
    let other = folder.path("runs/other.json");
    screen.keys("S").paste(&other).keys("<enter>").says("create it or save under another name").shows("1 unsaved");
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
fn a_remedy_and_the_answers_to_a_question_are_in_sight_on_every_screen() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    for size in [(120, 34), (80, 24), (40, 12), (20, 6)] {
        let mut screen = Screen::open(&[&path], size);
        screen.keys("2 <enter>");
        folder.write("h.json", object(&[9, 9]));
        screen.keys("s").says("o overwrite").says("S another name").says("r read it again").says("Esc leave it");
        screen.keys("<esc>").keys("S").paste("/no/such/folder/h").keys("<enter>");
        assert!(screen.foot().replace(' ', "").contains("createitorsaveunderanothername"), "{}", screen.text());
        folder.write("h.json", object(&[1, 2, 3, 4]));
    }
}

#[test]
fn what_a_file_could_not_keep_is_said() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    fs::hard_link(&path, folder.path("other.json")).expect("another name");
    Screen::open(&[&path], (160, 34)).keys("2 <enter> s").says("its other hard links keep the old text");
}

const LEFT: &str = "h.json: 1 histogram left unsaved when rebin broke off";

/// A histogram of four bins that was seen in two when the session broke off, and the folder of what is kept.
fn broken_off(folder: &Folder) -> (PathBuf, PathBuf) {
    let (path, kept) = (folder.write("h.json", object(&[1, 2, 3, 4])), folder.path("state/unsaved"));
    Screen::keeping(&kept, &[&path]).keys("3 <enter> 2 <enter>").shows("1 unsaved");
    (path, kept)
}

fn journals(kept: &Path) -> usize {
    fs::read_dir(kept).map_or(0, Iterator::count)
}

#[test]
fn what_a_session_that_broke_off_left_is_restored() {
    let folder = Folder::new();
    let (path, kept) = broken_off(&folder);
    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.heads("4 bins logged").says(LEFT).says("r restore").keys("r");
    screen.heads("2 bins").shows("1 unsaved").says("restored 1 unsaved histogram, u takes it back");
    assert_eq!(journals(&kept), 1, "it is this session's now");
    screen.keys("u").heads("4 bins logged").lacks("unsaved");
    assert_eq!(journals(&kept), 0);
    screen.keys("<ctrl-r>").shows("1 unsaved");
    drop(screen);
    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.says(LEFT).keys("r s").says("saved 2 bins");
    assert_eq!((histogram(&path).bins(), journals(&kept)), (2, 0));
    Screen::keeping(&kept, &[&path]).lacks("left unsaved");
}

#[test]
fn edits_and_repairs_come_back_as_they_were() {
    let folder = Folder::new();
    let kept = folder.path("kept");
    let edited = folder.write("edited.json", object(&[1, 2, 4, 8, 4, 2, 1, 2]));
    Screen::keeping(&kept, &[&edited]).keys("v <right> <right> e m <enter>").heads("6 bins edited");
    fs::write(&edited, read(&edited)).expect("it is written again, as it was");
    let mut screen = Screen::keeping(&kept, &[&edited]);
    screen.says("1 histogram left unsaved").lacks("changed").keys("r").heads("6 bins edited").shows("1 unsaved");
    screen.keys("u").heads("8 bins logged").keys("<ctrl-r> s").says("saved 6 bins");
    let merged =
        r#"{"_type": "histogram", "values": [1, 2, 4, 14, 1, 2], "bins": [0.0, 1.0, 2.0, 3.0, 6.0, 7.0, 8.0]}"#;
    assert_eq!(read(&edited), merged);

    let broken = folder.write("broken.json", object(&[1, 2, 3]).replace("[1, 2, 3]", "[1, \"2\", 3]"));
    let mut screen = Screen::keeping(&kept, &[&broken]);
    screen.keys("r <enter>").shows("1 unsaved");
    let repaired = screen.header();
    drop(screen);
    let mut screen = Screen::keeping(&kept, &[&broken]);
    screen.says("1 histogram left unsaved").keys("r").shows("1 unsaved");
    assert_eq!(screen.header(), repaired);
    screen.keys("s").says("saved 3 bins");
    assert_eq!(read(&broken), object(&[1, 2, 3]));
}

#[test]
fn what_is_restored_is_saved_however_fast() {
    let folder = Folder::new();
    let (path, kept) = broken_off(&folder);
    Screen::keeping(&kept, &[&path]).hold().keys("r s").release().says("saved 2 bins");
    assert_eq!(histogram(&path).bins(), 2);
}

#[test]
fn what_was_left_can_be_discarded_or_left_for_later() {
    let folder = Folder::new();
    let (path, kept) = broken_off(&folder);
    Screen::keeping(&kept, &[&path]).says(LEFT).keys("<esc>").lacks("left unsaved").heads("4 bins logged");
    Screen::keeping(&kept, &[&path]).says(LEFT).keys("d x").says(LEFT).keys("D").says("discarded");
    assert_eq!(journals(&kept), 0);
    Screen::keeping(&kept, &[&path]).lacks("left unsaved").heads("4 bins logged");
    // Nothing is asked of another file.
    let other = folder.write("other.json", object(&[5]));
    Screen::keeping(&kept, &[&path]).keys("2 <enter>");
    Screen::keeping(&kept, &[&other]).lacks("left unsaved");
    Screen::keeping(&kept, &[&other, &path]).says(LEFT);
}

#[test]
fn steps_and_series_of_several_sources_are_restored_where_they_were() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.jsonl", run(3)), folder.write("b.jsonl", run(3)));
    let kept = folder.path("kept");
    let mut screen = Screen::keeping(&kept, &[&a, &b]);
    screen.keys("[ 3 <enter> <down> 5 <enter>").shows("2 unsaved");
    drop(screen);
    // A step before the others, and a series: their places move, their names stay.
    let line = format!("{{\"_step\": -10, \"a\": {}, \"grad/w\": {}}}\n", object(&[7]), object(&[7, 7]));
    fs::write(&a, line + &run(3)).expect("it is written");
    let mut screen = Screen::keeping(&kept, &[&a, &b]);
    screen.says("a.jsonl: 2 histograms left unsaved when rebin broke off, and it has changed since").keys("r");
    screen.shows("2 unsaved").heads("step 20").heads("5 bins").keys("<up> [").heads("step 10").heads("3 bins");
}

#[test]
fn an_edited_histogram_does_not_replace_another_than_it_was_made_of() {
    let folder = Folder::new();
    let (path, kept) = (folder.write("h.json", object(&[1, 2, 3, 4])), folder.path("kept"));
    let mut screen = Screen::keeping(&kept, &[&path]);
    let edited = UncertainHistogram::certain(histogram_in(&object(&[40, 2])));
    let document = screen.model.documents.get_mut(&SeriesId { source: 0, series: 0 }).expect("it is open");
    document.apply(0, Edit::State(State::of_edited(edited), "edited".into()));
    screen.keys("<right>").shows("1 unsaved");
    drop(screen);

    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.says(LEFT).lacks("changed").keys("r").heads("2 bins").shows("1 unsaved");
    drop(screen);
    folder.write("h.json", object(&[9, 9, 9]));
    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.says("and it has changed since").keys("r").heads("2 bins").shows("1 unsaved");
    screen.keys("s").says("what stands there now would be lost").keys("S").says("save as:");
    screen.paste(folder.path("mine")).keys("<enter>").says("saved 2 bins");
    assert_eq!(read(&folder.path("mine.json")), object(&[40, 2]));
    assert_eq!(read(&path), object(&[9, 9, 9]));
    assert_eq!(journals(&kept), 0);
}

#[test]
fn what_belongs_to_what_is_gone_stays_where_it_is_kept() {
    let folder = Folder::new();
    let (path, kept) = broken_off(&folder);
    folder.write("h.json", format!("{{\"else\": {}}}", object(&[1])));
    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.keys("r").says("restored 0 unsaved histograms").says("1 belong to what is gone and stay in");
    assert_eq!(journals(&kept), 1);
}

#[test]
fn a_second_program_is_told_of_the_first_and_takes_nothing_from_it() {
    let folder = Folder::new();
    let (path, kept) = (folder.write("h.json", object(&[1, 2, 3, 4])), folder.path("kept"));
    let mut first = Screen::keeping(&kept, &[&path]);
    let mut second = Screen::keeping(&kept, &[&path]);
    first.keys("2 <enter>");
    second.keys("1 <enter>").says("another rebin (process").says("has unsaved changes of h.json too");
    Screen::keeping(&kept, &[&path]).says("another rebin (process").lacks("left unsaved");
    // The first hears of the second when it changes something itself, once.
    first.keys("3 <enter>").says("has unsaved changes of h.json too").keys("2 <enter>").lacks("another rebin");
    first.keys("s").says("saved 2 bins");
    second.keys("s").says("it has changed since it was read").keys("<esc>").shows("1 unsaved");
    assert_eq!(histogram(&path).bins(), 2);
}

#[test]
fn the_question_waits_for_what_is_being_typed() {
    let folder = Folder::new();
    let (path, kept) = broken_off(&folder);
    let other = folder.write("other.json", object(&[5, 6]));
    let mut screen = Screen::keeping(&kept, &[&other, &path]);
    screen.says(LEFT).keys("<esc>");
    let message = screen.recover(1);
    screen.keys("/").send(message).keys("rD").shows("filter (fuzzy): rD").keys("<esc>").says(LEFT);
}
