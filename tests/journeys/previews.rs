//! What is seen of an edit before it is made: what it would do, what would be lost, what there was.

use crate::data::{Folder, object, read, run};
use crate::screen::{Screen, WIDE};
use ratatui::style::Modifier;

/// A screen of this size on a file with five bins over 0 … 5, the cursor on the last.
fn five(folder: &Folder, size: (u16, u16)) -> Screen {
    let mut screen = Screen::open(&[&folder.write("h.json", object(&[1, 9, 3, 2, 7]))], size);
    screen.keys("<end>");
    screen
}

#[test]
fn what_would_be_lost_is_said_on_any_screen() {
    let folder = Folder::new();
    for size in [WIDE, (80, 24), (40, 12)] {
        let mut screen = five(&folder, size);
        screen.keys("<home> e {").paste("0.5").says("0.5").says("1 below lie").says("Esc: leave it").keys("<esc>");
        screen.keys("e T").paste("2.5,5.5").says("2.5,5.5").says("12 below were dropped").keys("<esc>");
        screen.keys("e q").says("(quantiles 0.01 to").keys("<esc>");
        // What is wrong with what was typed is not cut off either.
        screen.keys("e t").paste("8 9").keys("<enter>").says("the range [8, 9] holds no bin").keys("<esc>");
    }
}

#[test]
fn the_old_shape_is_seen_where_bars_grow_and_where_they_shrink() {
    let folder = Folder::new();
    let mut screen = five(&folder, WIDE);
    // Above the outline of the old bar, which begins beside its neighbour, the bar goes on or does not.
    let above = |screen: &mut Screen| {
        let (x, y) = screen.find("█──");
        screen.symbol(x + 1, y - 1)
    };
    screen.lacks("█──").keys("<left> <left> e = 9");
    assert_eq!(above(&mut screen), "█");
    screen.keys("<esc> e x");
    assert_eq!(above(&mut screen), " ");
    screen.keys("<esc> <alt-6> e = 9").shows("before").says("set bin 3 to 9");
    screen.shows("2.0          3.0            3            9");
    screen.keys("<esc>").lacks("before").keys("v <right> e m").shows("before").shows("–");
    screen.resize(40, 12).shows("before").keys("<esc>").lacks("before");
}

#[test]
fn what_is_typed_replaces_a_proposal() {
    let folder = Folder::new();
    let mut screen = five(&folder, WIDE);
    screen.keys("e ]").says("to: 5");
    let (x, y) = screen.find("to: 5");
    let shown = |screen: &Screen| {
        screen.buffer().cell((x + 4, y)).is_some_and(|cell| cell.modifier.contains(Modifier::REVERSED))
    };
    assert!(shown(&screen));
    screen.keys("6");
    assert!(!shown(&screen));
    screen.says("to: 6 ").says("moved edge 6 from 5 to 6").keys("<esc>");
    screen.keys("e ] <backspace> 8").says("to: 8 ").keys("<esc> e ] <home> 1").says("to: 15 ").keys("<esc>");
    screen.keys("e ]").paste("7").says("to: 7 ").keys("<esc> e q").paste("20%, 80%").says("(quantiles 0.2 to 0.8)");
    screen
        .keys("<esc> e q 5 <enter>")
        .says("such as 0.01, 0.99 or 1%, 99%")
        .keys("<esc> t")
        .paste("0%,50%")
        .keys("<enter>");
    screen.heads("≈ from 5 logged");
}

#[test]
fn what_changes_nothing_leaves_the_file_as_it_is() {
    let folder = Folder::new();
    let mut screen = five(&folder, WIDE);
    for keys in ["e = 7 <enter>", "e * 1 <enter>", "e [ <enter>", "e } <enter>", "e s 0 <enter>"] {
        screen.keys(keys).says("this changes nothing").keys("<esc>").heads("5 bins logged").lacks("unsaved");
    }
    screen.keys("e x <enter> e x").says("this changes nothing").keys("u").lacks("unsaved");
}

#[test]
fn the_steps_that_are_added_up_are_named() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("e S").paste("-5, 99").keys("<enter>").says("add up 3 steps, 0 to 20?").keys("<esc>");
    screen.keys("e S").paste("5, 15").keys("<enter>").says("add up 1 step, 10?").keys("<esc>");
    screen.keys("e S").paste("0.5, 10").keys("<enter>").says("whole numbers such as 0, 100");
}

#[test]
fn integers_are_told_with_all_their_digits() {
    let folder = Folder::new();
    let mut screen = five(&folder, WIDE);
    screen.keys("e = 9007199254740993 <enter>").says("set bin 5 to 9,007,199,254,740,993");
    screen.shows("count 9,007,199,254,740,993").keys("v <left> e m").says("one of 9,007,199,254,740,995");
}

#[test]
fn counts_beside_one_that_is_no_number_are_kept() {
    let folder = Folder::new();
    let text = r#"{"_type": "histogram", "values": [5, NaN, 7, 8, 9], "bins": [0, 1, 2, 3, 4, 5]}"#;
    let path = folder.write("nan.json", text);
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<home> <right> e / 2 <enter> s").says("saved 6 bins");
    let saved = r#""values": [5, NaN, NaN, 7, 8, 9], "bins": [0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0]}"#;
    assert!(read(&path).ends_with(saved), "{}", read(&path));
}

#[test]
fn what_cannot_be_repaired_is_not_called_sound() {
    let folder = Folder::new();
    for bins in [r#", "bins": []"#, ""] {
        let path = folder.write("no.json", format!(r#"{{"_type": "histogram", "values": [1, 2, 3]{bins}}}"#));
        let mut screen = Screen::open(&[&path], WIDE);
        screen.keys("r").lacks("nothing is wrong").says("nothing is open that could be repaired; cannot read");
        screen.keys("!").shows("problems").shows("cannot read").keys("<esc>").shows("it holds no histogram");
    }
}

#[test]
fn every_edit_of_the_menu_can_be_told_apart() {
    let folder = Folder::new();
    let mut screen = five(&folder, (40, 12));
    screen
        .keys("e")
        .shows("[ l. edge")
        .shows("} r. spread")
        .shows("T cut")
        .shows("s values +")
        .shows("S sum")
        .lacks("…d");
}
