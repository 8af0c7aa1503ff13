//! Unsaved work is never lost: failed saves name a remedy, and a killed session can be recovered.

use crate::fixtures::{Folder, histogram, histogram_in, object, read, run};
use crate::screen::{Screen, WIDE};
use rebin::catalog::SeriesId;
use rebin::document::{Edit, State};
use rebin::hist::UncertainHistogram;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[test]
fn a_failed_save_keeps_the_changes_until_it_succeeds() {
    let folder = Folder::new();
    fs::create_dir(folder.path("runs")).expect("a new directory");
    let path = folder.write("runs/h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("2 <enter> <home> e = 9 <enter>");

    let saving = File::create(folder.path("runs/.h.json.rebin-0.tmp")).expect("a new file");
    saving.lock().expect("the lock is free");
    screen.keys("s").says("another rebin process is saving it; try again").shows("1 unsaved");
    drop(saving);

    fs::rename(folder.path("runs"), folder.path("moved")).expect("the directory can be renamed");
    screen.keys("s").says("the file no longer exists; save under another name").shows("1 unsaved");
    let other = folder.path("runs/other.json");
    screen.keys("S").paste(&other).keys("<enter>").says("create it or save under another name").shows("1 unsaved");
    fs::rename(folder.path("moved"), folder.path("runs")).expect("the directory can be renamed back");
    screen.keys("s").says("saved 2 bins to").lacks("unsaved");
    assert_eq!(histogram(&path).bins(), 2);
    assert!(!folder.path("runs/.h.json.rebin-0.tmp").exists(), "the temporary file of the other session is removed");
}

#[test]
fn a_refused_save_as_can_be_repeated_under_another_name() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let taken = folder.write("taken.json", "precious");
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("[ S").paste(&taken).hold().keys("<enter>").keys("]");
    screen.release().says("taken.json already exists").heads("step 20").keys("S").says("save as:");
    screen.paste(folder.path("mine")).keys("<enter>").says("saved 8 bins");
    assert_eq!(histogram(&folder.path("mine.json")), histogram_in(&object(&[1, 3, 4, 8, 4, 2, 1, 2])));
    assert_eq!(read(&taken), "precious");
}

#[test]
fn answers_and_remedies_are_visible_on_every_screen() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    for size in [(120, 34), (80, 24), (40, 12), (20, 6)] {
        let mut screen = Screen::open(&[&path], size);
        screen.keys("2 <enter>");
        folder.write("h.json", object(&[9, 9]));
        screen.keys("s").says("o overwrite").says("S save as").says("r reload the file").says("Esc cancel");
        screen.keys("<esc>").keys("S").paste("/no/such/folder/h").keys("<enter>");
        // The end of a message says what to do. What does not fit, a key shows.
        let remedy = if size.0 >= 80 { "it or save under another name" } else { "ame" };
        assert!(screen.foot().contains(remedy), "{}", screen.text());
        screen.says("create it or save under another name").keys("L");
        if size.0 >= 40 {
            screen.shows("cannot write").shows("under");
        }
        screen.keys("<esc>");
        folder.write("h.json", object(&[1, 2, 3, 4]));
    }
}

#[test]
fn saving_warns_about_hard_links_that_keep_the_old_text() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    fs::hard_link(&path, folder.path("other.json")).expect("a hard link");
    Screen::open(&[&path], (160, 34)).keys("2 <enter> s").says("other hard links keep the old content");
}

/// The question about changes of a killed session.
const LEFT: &str = "h.json: 1 histogram unsaved from a session that ended unexpectedly";

/// Kills a session that merged a histogram of four bins into three, then two. Returns the file and the directory of the journals.
fn killed(folder: &Folder) -> (PathBuf, PathBuf) {
    let (path, kept) = (folder.write("h.json", object(&[1, 2, 3, 4])), folder.path("state/unsaved"));
    Screen::keeping(&kept, &[&path])
        .keys("<home> v <right> e m <enter>")
        .heads("3 bins")
        .keys("<home> v <right> e m <enter>")
        .shows("1 unsaved");
    (path, kept)
}

fn journals(kept: &Path) -> usize {
    fs::read_dir(kept).map_or(0, Iterator::count)
}

#[test]
fn changes_of_a_killed_session_are_restored() {
    let folder = Folder::new();
    let (path, kept) = killed(&folder);
    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.heads("4 bins logged").says(LEFT).says("r restore").keys("r");
    screen.heads("2 bins").shows("1 unsaved").says("restored 1 histogram; press u to undo");
    assert_eq!(journals(&kept), 1, "the journal now belongs to this session");
    screen.keys("u").heads("3 bins").keys("u").heads("4 bins logged").lacks("unsaved");
    assert_eq!(journals(&kept), 0);
    screen.keys("<ctrl-r> <ctrl-r>").shows("1 unsaved");
    drop(screen);
    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.says(LEFT).keys("r s").says("saved 2 bins");
    assert_eq!((histogram(&path).bins(), journals(&kept)), (2, 0));
    Screen::keeping(&kept, &[&path]).lacks("unsaved from a session");
}

#[test]
fn each_restored_edit_can_be_undone_and_redone() {
    let folder = Folder::new();
    let (path, kept) = (folder.write("h.json", object(&[1, 2, 4, 8, 4, 2, 1, 2])), folder.path("kept"));
    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.keys("v <right> <right> e m <enter> e c <enter> 3 <enter> u");
    screen.keys("H");
    let history = screen.text();
    drop(screen);
    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.keys("r H");
    let entries = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.contains("merged") || line.contains("cleared"));
        lines.map(|line| line.chars().filter(|c| c.is_alphanumeric()).collect()).collect()
    };
    assert_eq!(entries(&screen.text()), entries(&history));
    screen.keys("<esc> <ctrl-r>").heads("3 bins").keys("u u u").heads("8 bins logged").lacks("unsaved");
}

#[test]
fn damaged_changes_are_reported_and_intact_ones_offered() {
    let folder = Folder::new();
    let (path, kept) = killed(&folder);
    let journal = fs::read_dir(&kept).expect("journals").next().expect("a journal").expect("its name").path();
    let text = read(&journal);
    let cut = text.trim_end().rfind('\n').expect("several lines") + 20;
    fs::write(&journal, &text[..cut]).expect("the journal can be written");
    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.says("1 histogram unsaved from a session that ended unexpectedly; others are damaged").keys("r");
    screen.heads("3 bins");
    assert!(journal.with_extension("damaged").exists());
}

#[test]
fn edits_and_repairs_are_restored_exactly() {
    let folder = Folder::new();
    let kept = folder.path("kept");
    let edited = folder.write("edited.json", object(&[1, 2, 4, 8, 4, 2, 1, 2]));
    Screen::keeping(&kept, &[&edited]).keys("v <right> <right> e m <enter>").heads("6 bins edited");
    fs::write(&edited, read(&edited)).expect("the same text is written again");
    let mut screen = Screen::keeping(&kept, &[&edited]);
    screen
        .says("1 histogram unsaved from a session")
        .lacks("changed")
        .keys("r")
        .heads("6 bins edited")
        .shows("1 unsaved");
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
    screen.says("1 histogram unsaved from a session").keys("r").shows("1 unsaved");
    assert_eq!(screen.header(), repaired);
    screen.keys("s").says("saved 3 bins");
    assert_eq!(read(&broken), object(&[1, 2, 3]));
}

#[test]
fn restored_changes_can_be_saved_before_any_result_arrives() {
    let folder = Folder::new();
    let (path, kept) = killed(&folder);
    Screen::keeping(&kept, &[&path]).hold().keys("r s").release().says("saved 2 bins");
    assert_eq!(histogram(&path).bins(), 2);
}

#[test]
fn recoverable_changes_can_be_discarded_or_postponed() {
    let folder = Folder::new();
    let (path, kept) = killed(&folder);
    Screen::keeping(&kept, &[&path]).says(LEFT).keys("<esc>").lacks("unsaved from a session").heads("4 bins logged");
    Screen::keeping(&kept, &[&path]).says(LEFT).keys("d x").says(LEFT).keys("D").says("discarded");
    assert_eq!(journals(&kept), 0);
    Screen::keeping(&kept, &[&path]).lacks("unsaved from a session").heads("4 bins logged");
    // Another file does not bring up the question.
    let other = folder.write("other.json", object(&[5]));
    Screen::keeping(&kept, &[&path]).keys("e = 9 <enter>");
    Screen::keeping(&kept, &[&other]).lacks("unsaved from a session");
    Screen::keeping(&kept, &[&other, &path]).says(LEFT);
}

#[test]
fn changes_are_restored_to_their_series_and_steps_in_several_sources() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.jsonl", run(3)), folder.write("b.jsonl", run(3)));
    let kept = folder.path("kept");
    let mut screen = Screen::keeping(&kept, &[&a, &b]);
    screen.keys("[ 3 <enter> e = 9 <enter> <down> 5 <enter> e = 9 <enter>").shows("2 unsaved");
    drop(screen);
    // A new first step and a new first series change the positions, but not the names.
    let line = format!("{{\"_step\": -10, \"a\": {}, \"grad/w\": {}}}\n", object(&[7]), object(&[7, 7]));
    fs::write(&a, line + &run(3)).expect("the log is writable");
    let mut screen = Screen::keeping(&kept, &[&a, &b]);
    screen.says("a.jsonl: 2 histograms unsaved from a session that ended unexpectedly; the file has changed").keys("r");
    screen.shows("2 unsaved").heads("step 10").heads("5 bins").keys("<up>").heads("step 10").heads("3 bins");
}

#[test]
fn a_restored_edit_overwrites_a_changed_file_only_after_confirmation() {
    let folder = Folder::new();
    let (path, kept) = (folder.write("h.json", object(&[1, 2, 3, 4])), folder.path("kept"));
    let mut screen = Screen::keeping(&kept, &[&path]);
    let edited = UncertainHistogram::certain(histogram_in(&object(&[40, 2])));
    let document = screen.model.documents.get_mut(&SeriesId { source: 0, series: 0 }).expect("the series is open");
    document.apply(0, Edit::State(State::of_edited(edited), "edited".into()));
    screen.keys("<right>").shows("1 unsaved");
    drop(screen);

    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.says(LEFT).lacks("changed").keys("r").heads("2 bins").shows("1 unsaved");
    drop(screen);
    folder.write("h.json", object(&[9, 9, 9]));
    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.says("the file has changed").keys("r").heads("2 bins").shows("1 unsaved");
    screen.keys("s").says("saving will overwrite the new version").keys("S").says("save as:");
    screen.paste(folder.path("mine")).keys("<enter>").says("saved 2 bins");
    assert_eq!(read(&folder.path("mine.json")), object(&[40, 2]));
    assert_eq!(read(&path), object(&[9, 9, 9]));
    assert_eq!(journals(&kept), 0);
}

#[test]
fn changes_without_a_matching_series_stay_in_the_journal() {
    let folder = Folder::new();
    let (path, kept) = killed(&folder);
    folder.write("h.json", format!("{{\"else\": {}}}", object(&[1])));
    let mut screen = Screen::keeping(&kept, &[&path]);
    screen.keys("r").says("restored 0 histograms").says("1 no longer match this file and remain in");
    assert_eq!(journals(&kept), 1);
}

#[test]
fn two_sessions_on_one_file_warn_each_other_and_keep_their_own_changes() {
    let folder = Folder::new();
    let (path, kept) = (folder.write("h.json", object(&[1, 2, 3, 4])), folder.path("kept"));
    let mut first = Screen::keeping(&kept, &[&path]);
    let mut second = Screen::keeping(&kept, &[&path]);
    first.keys("2 <enter> e = 9 <enter>");
    second.keys("1 <enter> e = 9 <enter>").says("another rebin (process").says("also has unsaved edits of h.json");
    Screen::keeping(&kept, &[&path]).says("another rebin (process").lacks("unsaved from a session");
    // The first session sees the warning with its own next change, and only once.
    first.keys("3 <enter>").says("also has unsaved edits of h.json").keys("2 <enter>").lacks("another rebin");
    first.keys("s").says("saved 2 bins");
    second.keys("s").says("has changed since it was read").keys("<esc>").shows("1 unsaved");
    assert_eq!(histogram(&path).bins(), 2);
}

#[test]
fn the_recovery_question_waits_until_typing_ends() {
    let folder = Folder::new();
    let (path, kept) = killed(&folder);
    let other = folder.write("other.json", object(&[5, 6]));
    let mut screen = Screen::keeping(&kept, &[&other, &path]);
    screen.says(LEFT).keys("<esc>");
    let message = screen.recover(1);
    screen.keys("/").send(message).keys("rD").shows("filter (words): rD").keys("<esc>").says(LEFT);
}
