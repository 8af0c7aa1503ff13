//! Saving: the bytes that change, the bytes that do not, and the questions before a loss.

use crate::fixtures::{Folder, histogram, histogram_in, normals, npy_f64, object, read, run};
use crate::screen::{Screen, WIDE};
use rebin::app::{Effect, Message};
use rebin::error::Error;
use rebin::hist::Number;
use std::fs;

/// Surrounds two histograms with text that saving must not change.
fn around(a: &str, b: &str) -> String {
    format!(
        "{{\"note\" : \"caf\\u00e9 \u{e9}\",\r\n  \"runs\":[ {{\"grad\":{a} }},\t1e5, {{\"w\":  {b}, \"z\": null}} ] }}\n\n"
    )
}

#[test]
fn saving_replaces_one_histogram_and_nothing_else() {
    let folder = Folder::new();
    let (a, b) = (object(&[1, 2, 3, 4]), object(&[8, 8]));
    let path = folder.write("doc.json", around(&a, &b));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("2 <enter> s").says("saved 2 bins").lacks("unsaved");
    let merged = r#"{"_type": "histogram", "values": [3, 7], "bins": [0.0, 2.0, 4.0]}"#;
    assert_eq!(read(&path), around(merged, &b));

    // The second histogram is now at another position.
    screen.keys("<down> * s").says("saved 4 bins");
    let halves = r#"{"_type": "histogram", "values": [4, 4, 4, 4], "bins": [0.0, 0.5, 1.0, 1.5, 2.0]}"#;
    assert_eq!(read(&path), around(merged, halves));

    // The bins are only a way of looking, but they can be saved, and so can undoing them.
    screen.keys("u").lacks("unsaved").keys("s").says("saved 2 bins");
    assert_eq!(read(&path), around(merged, &b));
    screen.keys("s").says("nothing to save");
    screen.keys("<up> u s").says("saved 4 bins");
    assert_eq!(read(&path), around(&a, &b));
}

#[test]
fn out_of_range_counts_are_deleted_only_after_confirmation() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[4, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    let asked = "saving will delete 7 out-of-range counts from h.json";
    screen.keys("R 0,2").keys("<enter> s").says(asked).says("y save only the range").keys("<esc>");
    assert_eq!(read(&path), object(&[4, 2, 3, 4]));
    // Saving under another name leaves the file alone and reports the counts that the new file lacks.
    screen.keys("s S").says("7 out-of-range counts are not saved").paste(folder.path("copy")).keys("<enter>");
    screen.says("saved 2 bins to").says("left out 7 out-of-range counts").lacks("unsaved");
    assert_eq!(read(&path), object(&[4, 2, 3, 4]));

    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<home> e = 40 <enter> R 0,2").keys("<enter> q s").says(asked).keys("<esc>").shows("1 unsaved");
    assert!(!screen.quits());
    screen.keys("s y").says("saved 2 bins").lacks("unsaved");
    assert_eq!(read(&path), object(&[40, 2]));
    // Counts that are already deleted cause no second question.
    screen.keys("1 <enter> s").says("saved 1 bin").keys("o s").says("saved 4 bins");
    assert_eq!(read(&path), object(&[4, 2, 3, 4]));
}

#[test]
fn all_losses_are_confirmed_with_one_question() {
    let folder = Folder::new();
    let all = |a: &[i64], b: &[i64], c: &[i64]| {
        format!("{{\"a\": {}, \"b\": {}, \"c\": {}}}", object(a), object(b), object(c))
    };
    let before = all(&[4, 2, 3, 4], &[1, 1, 1, 1], &[5, 6]);
    let path = folder.write("doc.json", &before);
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<home> e = 40 <enter> R 0,2").keys("<enter> <down> <home> e = 7 <enter> R 1,3");
    screen.keys("<enter> <down> <home> e = 4 <enter> 1 <enter>").shows("3 unsaved");
    let asked = "saving will delete 15 out-of-range counts from 2 of 3 histograms";
    screen.keys("<ctrl-s>").says(asked).lacks("save as").keys("S").says(asked).keys("<esc>").shows("3 unsaved");
    assert_eq!(read(&path), before);
    screen.keys("<ctrl-s> y").says("saved 3 histograms").lacks("unsaved");
    let cut = object(&[1, 1]).replace("[0.0, 1.0, 2.0]", "[1.0, 2.0, 3.0]");
    assert_eq!(read(&path), all(&[40, 2], &[1, 1], &[10]).replace(&object(&[1, 1]), &cut).replace("1.0]}}", "2.0]}}"));
}

#[test]
fn a_growing_log_is_edited_in_place_and_still_followed() {
    let folder = Folder::new();
    let (short, long) = (run(3), run(5));
    let path = folder.write("run.jsonl", &short);
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("4 <enter>");
    folder.write("run.jsonl", &long);
    screen.keys("s").says("saved 4 bins").lacks("unsaved");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(&long), lines(&read(&path)));
    assert!(before[..2] == after[..2] && before[2] != after[2] && before[3..] == after[3..], "{after:?}");

    // New steps are shown and can be edited, and so can the old ones.
    screen
        .keys("f")
        .refresh()
        .heads("step 40 · 5 of 5")
        .keys("e x <enter> s")
        .says("saved 4 bins")
        .keys("[")
        .heads("step 30");
    fs::write(&path, read(&path) + lines(&run(6)).last().map_or("", |line| line) + "\n").expect("the log is writable");
    screen.keys("2 <enter> s").says("saved 2 bins").keys("f").refresh().heads("step 50 · 6 of 6");
    screen.keys("{ 1 <enter> s").says("saved 1 bin to");
    let now = lines(&read(&path));
    assert_eq!((now.len(), &now[1]), (6, &before[1]));
    assert!(now[0].contains("[0.0, 8.0]") && now[3].contains("[0.0, 4.0, 8.0]"), "{now:?}");
    assert!(now.iter().all(|line| rebin::json::parse(line.as_bytes()).is_ok()), "{now:?}");
}

#[test]
fn saving_one_step_of_a_log_leaves_the_other_steps() {
    let folder = Folder::new();
    let text = run(3);
    let path = folder.write("run.jsonl", &text);
    let mut screen = Screen::open(&[&path], WIDE);
    screen.heads("step 20").keys("4 <enter> s").says("saved 4 bins");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(&text), lines(&read(&path)));
    assert_eq!(before[..2], after[..2]);
    let old = object(&[1, 4, 4, 8, 4, 2, 1, 2]);
    let new = r#"{"_type": "histogram", "values": [5, 12, 6, 3], "bins": [0.0, 2.0, 4.0, 6.0, 8.0]}"#;
    assert_eq!(after[2], before[2].replace(&old, new));

    // Another step has its own histogram, also with the same bins.
    screen.keys("[").heads("step 10").heads("4 bins").keys("s").says("saved 4 bins");
    let lines = lines(&read(&path));
    assert_eq!(lines[1].matches("\"bins\": [0.0, 2.0, 4.0, 6.0, 8.0]").count(), 1);
    assert_eq!(lines[0], before[0]);
}

#[test]
fn saving_another_step_does_not_overwrite_an_earlier_save_as() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("4 <enter> S").paste(folder.path("last")).keys("<enter>").says("saved 4 bins to");
    let last = read(&folder.path("last.json"));
    screen.keys("[ + s");
    assert_eq!(read(&folder.path("last.json")), last, "{}", screen.text());
}

#[test]
fn an_existing_file_is_overwritten_only_after_confirmation() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(100)));
    let taken = folder.write("taken.json", "precious");
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("S").paste(folder.path("taken")).keys("<enter>").says("taken.json already exists").keys("<esc>");
    assert_eq!(read(&taken), "precious");
    screen
        .keys("S")
        .paste(&taken)
        .keys("<enter>")
        .says("o overwrite")
        .keys("x")
        .says("exists")
        .keys("S")
        .says("save as:");
    screen.paste(folder.path("free")).keys("<enter>").says("saved 64 bins");
    assert_eq!(histogram(&folder.path("free.json")).bins(), 64);
    screen.keys("S").paste(&taken).keys("<enter> o").says("saved 64 bins");
    assert_eq!(histogram(&taken).bins(), 64);
    // After saving under a name, s saves to that file.
    screen.keys("7 <enter> s").says("saved 7 bins to").says("taken.json");
    assert_eq!(histogram(&taken).bins(), 7);
}

#[test]
fn confirming_saves_the_step_that_was_shown_when_saving_began() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let taken = folder.write("taken.json", "precious");
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("[ S").paste(&taken).hold().keys("<enter>").keys("]");
    screen.release().says("taken.json already exists").heads("step 20").keys("o").says("saved 8 bins");
    assert_eq!(histogram(&taken), histogram_in(&object(&[1, 3, 4, 8, 4, 2, 1, 2])));
}

#[test]
fn a_file_that_changed_on_disk_is_not_overwritten_silently() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    folder.write("h.json", object(&[9, 9]));
    screen.keys("2 <enter> s").says("has changed since it was read").keys("<esc>").says("not saved");
    assert_eq!(read(&path), object(&[9, 9]));
    screen.keys("s S").says("save as:").paste(folder.path("mine")).keys("<enter>").says("saved 2 bins");
    assert_eq!(histogram(&folder.path("mine.json")).total(), Number::Int(10));

    let mut screen = Screen::open(&[&path], WIDE);
    folder.write("h.json", object(&[1, 1, 1, 1]));
    // Bins survive a reload, because they apply to the new content as well.
    screen.keys("1 <enter> s r").says("reloaded").heads("1 bin ").shows("count 4");
    screen.keys("o").heads("4 bins logged").keys("2 <enter> s").says("saved 2 bins");

    folder.write("h.json", "gone");
    screen.keys("1 <enter> s o").says("saved 1 bin to").lacks("unsaved");
    assert_eq!(histogram(&path).bins(), 1);
}

#[test]
fn an_edit_of_an_old_version_overwrites_a_new_one_only_after_confirmation() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<end> e = 200 <enter>");
    folder.write("h.json", object(&[9, 9, 9, 9]));
    screen
        .keys("s")
        .says("has changed")
        .keys("r")
        .says("reloaded")
        .keys("s")
        .says("will overwrite the new version")
        .keys("<esc>");
    assert_eq!(read(&path), object(&[9, 9, 9, 9]));
    screen
        .keys("u s")
        .says("nothing to save")
        .keys("<ctrl-r> s")
        .says("will overwrite the new version")
        .keys("o")
        .says("saved 4 bins");
    assert_eq!(read(&path), object(&[1, 2, 3, 200]));
    screen.keys("<home> e = 7 <enter> s").says("saved 4 bins").lacks("unsaved");
}

#[test]
fn edits_follow_list_elements_that_moved() {
    let folder = Folder::new();
    let (a, b, c) = (object(&[1, 2, 3, 4]), object(&[8, 8]), object(&[5]));
    let path = folder.write("list.json", format!("[{a}, {b}, {c}]"));
    let mut screen = Screen::open(&[&path], WIDE);
    // The first and the second are edited. Then another program moves the third to the front and changes the second.
    screen.keys("<end> e = 40 <enter> <down> <home> e = 80 <enter>").shows("2 unsaved");
    let new = object(&[9, 9, 9]);
    folder.write("list.json", format!("[{c}, {new}, {a}]"));
    screen
        .keys("s")
        .says("has changed")
        .keys("r")
        .says("1 edit moved to new positions")
        .says("stays at 1")
        .shows("2 unsaved");
    screen
        .keys("s")
        .says("will overwrite the new version")
        .keys("<esc> <down>")
        .shows("[3.0, 4.0]")
        .keys("s")
        .says("saved 4 bins");
    assert_eq!(read(&path), format!("[{c}, {new}, {}]", object(&[1, 2, 3, 40])));
    // Equal elements cannot be distinguished.
    folder.write("list.json", format!("[{b}, {b}, {c}]"));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("e = 80 <enter>");
    folder.write("list.json", format!("[{c}, {b}, {b}]"));
    screen.keys("s r").says("the edit stays at 0").keys("s").says("will overwrite the new version");
    // Members of an object keep their edits by name.
    let named = |a: &str, b: &str| format!("{{\"a\": {a}, \"b\": {b}}}");
    let path = folder.write("named.json", named(&a, &b));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<home> e = 7 <enter>");
    folder.write("named.json", named(&b, &a));
    screen.keys("s r").says("reloaded").heads("4 bins edited").keys("s").says("will overwrite the new version");
    let mut screen = Screen::open(&[&path], WIDE);
    folder.write("named.json", named(&b, &c));
    screen.keys("<home> e = 7 <enter> s r s").says("saved 2 bins");
    assert_eq!(read(&path), named(&object(&[7, 8]), &c));
}

#[test]
fn a_document_is_never_replaced_by_one_of_its_histograms() {
    let folder = Folder::new();
    let (a, b) = (object(&[1, 2, 3, 4]), object(&[8, 8]));
    let path = folder.write("doc.json", around(&a, &b));
    let mut screen = Screen::open(&[&path], WIDE);
    let merged = r#"{"_type": "histogram", "values": [3, 7], "bins": [0.0, 2.0, 4.0]}"#;
    screen.keys("2 <enter> S").paste(&path).keys("<enter>").says("saved 2 bins").lacks("unsaved");
    assert_eq!(read(&path), around(merged, &b));
    let other = folder.path("other.json");
    std::os::unix::fs::symlink(&path, &other).unwrap();
    screen.keys("1 <enter> S").paste(&other).keys("<enter>").says("contains more than this histogram");
    assert_eq!(read(&path), around(merged, &b));
}

#[test]
fn an_unsavable_histogram_does_not_stop_the_rest_from_being_saved() {
    let folder = Folder::new();
    let broken = r#"{"_type": "histogram", "values": [1, 2, 3], "bins": [0, 1, 2]}"#;
    let text = format!("{{\"a\": {broken}, \"b\": {}, \"c\": {}}}", object(&[1, 2]), object(&[3, 4]));
    let path = folder.write("doc.json", text);
    let mut screen = Screen::open(&[&path], WIDE);
    // After saving to another file, undo leads to a broken histogram that cannot be saved there.
    screen.keys("r <enter> S").paste(folder.path("fixed")).keys("<enter>").says("saved");
    screen.keys("u s").says("no histogram to save");
    screen.keys("<down> e = 70 <enter> <down> e = 80 <enter>").heads("3 unsaved");
    screen.keys("<ctrl-s>").heads("1 unsaved");
    assert!(read(&path).contains("[1, 70]") && read(&path).contains("[3, 80]"), "{}", read(&path));
    screen.keys("q y").says("quit without saving");
}

#[test]
fn a_changed_document_is_never_replaced_by_one_histogram() {
    let folder = Folder::new();
    let path = folder.write("two.json", format!("[{}, {}]", object(&[1, 2, 3, 4]), object(&[5])));
    let mut screen = Screen::open(&[&path], WIDE);
    folder.write("two.json", "[1, 2, 3]");
    screen.keys("2 <enter> s").says("has changed").lacks("o overwrite").keys("o").says("has changed").keys("r");
    assert_eq!(read(&path), "[1, 2, 3]");
}

#[test]
fn saving_without_a_file_prompts_for_a_name() {
    let folder = Folder::new();
    let mut screen = Screen::demo();
    screen.keys("+ s").says("save as:").paste(folder.path("piped")).keys("<enter>").says("saved 65 bins");
    assert_eq!(histogram(&folder.path("piped.json")).bins(), 65);
}

#[test]
fn a_missing_directory_or_a_cancelled_prompt_keeps_the_changes_unsaved() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(100)));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("+ e = 5 <enter> S <esc>").heads("65 bins").shows("1 unsaved");
    screen
        .keys("S")
        .paste(folder.path("no/such/place"))
        .keys("<enter>")
        .says("does not exist; create it")
        .shows("1 unsaved");
}

#[test]
fn paths_are_completed() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(100)));
    folder.write("normals-copy.npy", "");
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("S").paste(folder.path("nor")).keys("<tab>").says("normals").says("normals-copy.npy");
    screen.keys("zzz <tab>").says("no matching path").keys("<ctrl-u> <tab>").says("save as: normals");
}

#[test]
fn quitting_with_unsaved_changes_needs_confirmation() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("2 <enter> <home> e = 5 <enter> q").says("1 histogram unsaved").keys("<esc>").heads("2 bins");
    assert!(!screen.quits());
    assert!(screen.keys("q s").quits());
    assert_eq!(histogram(&path).bins(), 2);
    let mut screen = Screen::open(&[&path], WIDE);
    assert!(screen.keys("1 <enter> e = 9 <enter> <ctrl-c> q").quits());
}

/// Annoyance 6: bins, rules, zooms and scales counted as unsaved work.
#[test]
fn looking_is_never_unsaved_work() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let array = folder.write("normals.npy", npy_f64(&normals(100)));
    for path in [&path, &array] {
        let kept = folder.path("kept");
        let mut screen = Screen::keeping(&kept, &[path]);
        screen.keys("+ 9 <enter> a z y x n X R 0,2").keys("<enter> t <enter> o 3 <enter>").lacks("unsaved");
        assert!(!kept.exists() || fs::read_dir(&kept).is_ok_and(|mut files| files.next().is_none()));
        screen.keys("<ctrl-s>").says("nothing to save");
        assert!(screen.keys("q").quits());
        Screen::keeping(&kept, &[path]).lacks("unsaved from a session");
    }
    // What is shown can be saved, and an edit stays saved, in all bins.
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<home> e = 5 <enter>").shows("1 unsaved").keys("2 <enter>").shows("1 unsaved").keys("s");
    screen.says("saved 2 bins").lacks("unsaved").keys("+ +").lacks("unsaved").keys("s").says("saved 4 bins");
    screen.keys("u u u").heads("4 bins edited").lacks("unsaved").keys("u").heads("4 bins logged").shows("1 unsaved");
}

#[test]
fn quitting_can_save_every_change_first() {
    let folder = Folder::new();
    let two = folder.write("two.json", format!("{{\"a\": {}, \"b\": {}}}", object(&[1, 2, 3, 4]), object(&[4, 3])));
    let raw = folder.write("normals.npy", npy_f64(&normals(100)));
    let mut screen = Screen::open(&[&two, &raw], WIDE);
    screen
        .keys("2 <enter> <home> e = 5 <enter> <down> 1 <enter> e = 8 <enter> <down> 7 <enter> e = 9 <enter>")
        .shows("3 unsaved")
        .keys("q")
        .says("3 histograms unsaved");
    // Raw samples need a file name. If the prompt is cancelled, they stay unsaved and the program stays open.
    screen.keys("s").heads("normals.npy").says("save as:").keys("<esc>").says("saved 2 histograms; 1 still unsaved");
    assert!(!screen.quits() && read(&two).contains("[5, 7]") && read(&two).contains("[8]"));
    screen.keys("<up> q s").says("save as:").paste(folder.path("out")).keys("<enter>");
    assert!(screen.quits());
    assert_eq!(histogram(&folder.path("out.json")).bins(), 7);
}

#[test]
fn save_all_saves_each_changed_step_and_returns_to_the_current_one() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<home> e = 9 <enter>").shows("1 unsaved").keys("s").lacks("unsaved").keys("[").lacks("unsaved");
    screen.keys("e = 77 <enter> ] e = 88 <enter> [ 3 <enter>").shows("2 unsaved").keys("<ctrl-s>").heads("step 10");
    screen.says("saved 2 histograms").lacks("unsaved");
    let text = read(&path);
    let lines: Vec<&str> = text.lines().collect();
    assert!(!lines[0].contains("2.6666666666666665") && lines[1].contains("2.6666666666666665"), "{text}");
    assert!(lines[2].contains("[88, 4, 4"), "{text}");
    screen.keys("<ctrl-s>").says("nothing to save");
}

#[test]
fn save_all_reports_a_failed_save_and_completes_the_rest() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.json", object(&[1, 2, 3, 4])), folder.write("b.json", object(&[1, 2])));
    let mut screen = Screen::open(&[&a, &b], WIDE);
    screen.keys("2 <enter> e = 9 <enter> <down> 1 <enter> e = 9 <enter>").shows("2 unsaved");
    fs::remove_file(&a).unwrap();
    screen.keys("q s").says("a.json").shows("1 unsaved");
    assert_eq!(histogram(&b).bins(), 1);
    assert!(!screen.quits());
}

#[test]
fn quitting_waits_for_a_running_save() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(100)));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.hold().keys("S").paste(folder.path("out")).keys("<enter> q");
    assert!(!screen.quits());
    screen.release();
    assert!(screen.quits() && folder.path("out.json").exists());
}

#[test]
fn quitting_again_does_not_wait_for_a_save_that_never_ends() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(100)));
    for last in ["q", "<ctrl-c>"] {
        let mut screen = Screen::open(&[&path], WIDE);
        screen.hold().keys("S").paste(folder.path("out")).keys("<enter> q").says("still writing");
        screen.says("out.json; quit again to stop waiting");
        let quits = |screen: &Screen| screen.waiting.iter().any(|effect| matches!(effect, Effect::Quit));
        assert!(!quits(&screen) && quits(screen.keys(last)));
        let [notice] = &screen.model.unwritten()[..] else { panic!("one file is not written") };
        assert!(notice.ends_with("out.json was saved; open the source again to recover the changes"), "{notice}");
    }
}

#[test]
fn save_all_does_not_wait_for_a_save_that_never_ends() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.npy", npy_f64(&normals(100))), folder.write("b.npy", npy_f64(&normals(100))));
    let mut screen = Screen::open(&[&a, &b], WIDE);
    screen.keys("S").paste(folder.path("one")).keys("<enter> 2 <enter> e = 9 <enter> <down>");
    screen.keys("S").paste(folder.path("two")).keys("<enter> 3 <enter> e = 9 <enter>").shows("2 unsaved");
    screen.hold().keys("q s");
    let is_stuck =
        |effect: &Effect| matches!(effect, Effect::Save { pending, .. } if pending[0].to.path().ends_with("one.json"));
    let is_next = |effect: &Effect| {
        matches!(effect, Effect::Load { .. } | Effect::Count { .. } | Effect::Save { .. }) && !is_stuck(effect)
    };
    while screen.waiting.iter().any(is_next) {
        screen.answer(is_next);
    }
    assert!(screen.waiting.iter().any(is_stuck));
    assert_eq!(histogram(&folder.path("two.json")).bins(), 3);
    screen.release();
    assert!(screen.quits());
}

#[test]
fn repeating_a_save_that_has_not_ended_queues_it_once() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("2 <enter>").hold().keys("s s s").says("still saving");
    assert_eq!(screen.waiting.iter().filter(|effect| matches!(effect, Effect::Save { .. })).count(), 1);
    screen.release().lacks("unsaved");
}

#[test]
fn a_failed_save_cancels_a_pending_quit() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(100)));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.hold().keys("S").paste(folder.path("no/out")).keys("<enter> q").release().says("does not exist; create it");
    assert!(!screen.quits());
}

#[test]
fn two_concurrent_saves_both_count_as_saved() {
    let folder = Folder::new();
    let path = folder.write("two.json", format!("{{\"a\": {}, \"b\": {}}}", object(&[1, 2, 3, 4]), object(&[4, 3])));
    let mut screen = Screen::open(&[&path], WIDE);
    screen
        .keys("2 <enter> <home> e = 5 <enter> <down> 1 <enter> e = 8 <enter> <up>")
        .shows("2 unsaved")
        .hold()
        .keys("s <down>");
    screen.answer(|effect| matches!(effect, Effect::Load { .. })).keys("s").release().lacks("unsaved");
    assert!(read(&path).contains("[5, 7]") && read(&path).contains("[8]"));
}

#[test]
fn a_change_made_during_a_save_stays_unsaved() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<home> e = 9 <enter>").hold().keys("s e = 90 <enter>").release().shows("1 unsaved").keys("s");
    assert_eq!(read(&path), object(&[90, 2, 3, 4]));
}

#[test]
fn a_result_with_an_unknown_ticket_is_discarded() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("2 <enter>");
    let before = screen.text();
    let ticket = rebin::app::Ticket(99);
    screen.send(Message::Saved { ticket, result: Err(Error::Exists { what: "x".into() }) });
    assert_eq!(screen.text(), before);
}

#[test]
fn the_chart_and_the_json_are_copied() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("c").says("c …").keys("j");
    assert!(
        matches!(&screen.terminal_effects[..], [Effect::Copy(text)] if *text == object(&[1, 2, 3, 4])),
        "{:?}",
        screen.terminal_effects
    );
    screen.keys("c c c <esc>").lacks("not bound").keys("c x").says("c x is not bound");
    assert!(matches!(screen.terminal_effects.last(), Some(Effect::CopyChart)));
    let chart = rebin::view::chart_text(&screen.model);
    assert!(chart.contains("4 bins logged") && chart.contains('█'), "{chart}");
}
