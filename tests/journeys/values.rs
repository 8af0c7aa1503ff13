//! The values of a bin with their places.

use crate::fixtures::{Folder, normals, npy_f64, object, read};
use crate::screen::{Screen, WIDE};
use rebin::app::{Effect, Message};
use rebin::key::MouseKind;

/// Annoyance 12: an outlier had a value, but no place.
#[test]
fn enter_lists_the_values_of_a_bin_with_their_places() {
    let folder = Folder::new();
    let mut values = normals(3000);
    values[1234] = 9.0;
    let array = folder.write("a.npy", npy_f64(&values));
    let mut screen = Screen::open(&[&array], WIDE);
    screen.keys("<end> <enter>").shows("bin 64 [").shows("1 value, largest magnitude first").shows("9.0  [1234]");
    screen.keys("<esc> <home> v <end> <enter>").shows("bins 1–64 [").shows("3,000 values").shows("1–");
    let top = screen.text();
    screen.keys("<down> <pagedown> <end>").shows("–3000 of 3,000, c copies, E exports");
    assert_ne!(screen.text(), top);
    screen.keys("<home> c");
    let Some(Effect::Copy(text)) = screen.terminal_effects.last() else { panic!("copied") };
    assert!(text.starts_with("9.0\t[1234]\n") && text.lines().count() == 3000);
    screen
        .keys("E")
        .says("export csv of the values as:")
        .paste(folder.path("values.csv"))
        .keys("<enter>")
        .says("wrote");
    let written = read(&folder.path("values.csv"));
    assert!(written.starts_with("value,position\n9.0,\"[1234]\"\n"), "{}", &written[..60]);
    screen.keys("<down>").mouse(MouseKind::WheelDown, 60, 10).keys("<enter>").lacks("largest magnitude");
    // An empty bin has no list.
    screen.keys("<esc> <end> <left> <enter>").says("is empty");
}

#[test]
fn rows_and_lines_count_what_has_no_value() {
    let folder = Folder::new();
    let table = folder.write("t.csv", "a,b\n1,5\n,6\nx,7\n40,8\n");
    let lines = folder.write("t.jsonl", "{\"loss\": 1}\n{\"other\": 2}\n{\"loss\": null}\n{\"loss\": 50}\n");
    let array = folder.write("t.json", "[1, 2, 60]");
    let mut screen = Screen::open(&[&table, &lines, &array], WIDE);
    screen
        .keys("<end> <enter>")
        .shows("40")
        .shows("row 4")
        .keys("<esc> <down> <end> <enter>")
        .shows("8")
        .shows("row 4");
    screen.keys("<esc> <down> <end> <enter>").shows("50").shows("line 4").keys("<esc> <down> <down> <end> <enter>");
    screen.shows("60").shows("[2]");
}

#[test]
fn logged_bins_have_no_values_and_a_search_can_be_cancelled() {
    let folder = Folder::new();
    let logged = folder.write("h.json", object(&[1, 2, 3]));
    let array = folder.write("a.npy", npy_f64(&normals(100)));
    let mut screen = Screen::open(&[&logged, &array], WIDE);
    screen.keys("<enter>").says("only the counts of these bins are stored, not their values").keys("<down> ^");
    screen.hold().keys("<enter>");
    let Some(Effect::FindValues { ticket, .. }) = screen.waiting.back() else { panic!("a search") };
    let ticket = *ticket;
    screen.keys("<esc>");
    assert!(matches!(screen.waiting.back(), Some(Effect::Cancel(cancelled)) if *cancelled == ticket));
    screen.send(Message::Failed { ticket, error: rebin::Error::Cancelled }).says("cancelled");
    screen.release().lacks("largest magnitude");
}
