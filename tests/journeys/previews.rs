//! Previews of edits: the effect, the losses and the old bars.

use crate::fixtures::{Folder, object, read, run};
use crate::screen::{Screen, WIDE};
use ratatui::style::Modifier;

/// Opens a file with five bins over 0 … 5 on a screen of this size. The cursor is on the last bin.
fn five(folder: &Folder, size: (u16, u16)) -> Screen {
    let mut screen = Screen::open(&[&folder.write("h.json", object(&[1, 9, 3, 2, 7]))], size);
    screen.keys("<end>");
    screen
}

#[test]
fn previews_report_losses_on_any_screen() {
    let folder = Folder::new();
    for size in [WIDE, (80, 24), (40, 12)] {
        let mut screen = five(&folder, size);
        screen
            .keys("<home> e {")
            .paste("0.5")
            .says("0.5")
            .says("out of range: 1 below")
            .says("Esc: cancel")
            .keys("<esc>");
        screen.keys("e T").paste("2.5,5.5").says("2.5,5.5").says("discarded 12 below").keys("<esc>");
        screen.keys("e q").says("(quantiles 0.01 to").keys("<esc>");
        // Errors in the typed argument are not cut off either.
        screen.keys("e t").paste("8 9").keys("<enter>").says("no bin overlaps the range [8, 9]").keys("<esc>");
    }
}

#[test]
fn the_outline_of_the_old_bars_is_drawn_where_bars_grow_and_shrink() {
    let folder = Folder::new();
    let mut screen = five(&folder, WIDE);
    // The outline of the old bar begins at its neighbor. If the bar has grown, it continues above the outline.
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
fn typing_replaces_a_proposed_argument() {
    let folder = Folder::new();
    let mut screen = five(&folder, WIDE);
    screen.keys("e ]").says("to: 5");
    let (x, y) = screen.find("to: 5");
    let is_proposed = |screen: &Screen| {
        screen.buffer().cell((x + 4, y)).is_some_and(|cell| cell.modifier.contains(Modifier::REVERSED))
    };
    assert!(is_proposed(&screen));
    screen.keys("6");
    assert!(!is_proposed(&screen));
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
fn edits_without_effect_leave_nothing_unsaved() {
    let folder = Folder::new();
    let mut screen = five(&folder, WIDE);
    for keys in ["e = 7 <enter>", "e * 1 <enter>", "e [ <enter>", "e } <enter>", "e s 0 <enter>"] {
        screen.keys(keys).says("this changes nothing").keys("<esc>").heads("5 bins logged").lacks("unsaved");
    }
    screen.keys("e x <enter> e x").says("this changes nothing").keys("u").lacks("unsaved");
}

#[test]
fn the_prompt_names_the_steps_to_sum() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("e S").paste("-5, 99").keys("<enter>").says("sum 3 steps, 0 to 20?").keys("<esc>");
    screen.keys("e S").paste("5, 15").keys("<enter>").says("sum 1 step, 10?").keys("<esc>");
    screen.keys("e S").paste("0.5, 10").keys("<enter>").says("such as 0, 100");
}

#[test]
fn integers_are_shown_with_all_their_digits() {
    let folder = Folder::new();
    let mut screen = five(&folder, WIDE);
    screen.keys("e = 9007199254740993 <enter>").says("set bin 5 to 9,007,199,254,740,993");
    screen.shows("count 9,007,199,254,740,993").keys("v <left> e m").says("one of 9,007,199,254,740,995");
}

#[test]
fn counts_next_to_nan_are_kept() {
    let folder = Folder::new();
    let text = r#"{"_type": "histogram", "values": [5, NaN, 7, 8, 9], "bins": [0, 1, 2, 3, 4, 5]}"#;
    let path = folder.write("nan.json", text);
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<home> <right> e / 2 <enter> s").says("saved 6 bins");
    let saved = r#""values": [5, NaN, NaN, 7, 8, 9], "bins": [0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0]}"#;
    assert!(read(&path).ends_with(saved), "{}", read(&path));
}

#[test]
fn an_unrepairable_histogram_is_not_reported_as_fine() {
    let folder = Folder::new();
    for bins in [r#", "bins": []"#, ""] {
        let path = folder.write("no.json", format!(r#"{{"_type": "histogram", "values": [1, 2, 3]{bins}}}"#));
        let mut screen = Screen::open(&[&path], WIDE);
        screen.keys("r").lacks("nothing is wrong").says("nothing is open; cannot read");
        screen.keys("!").shows("1 problem").shows("unreadable").keys("<esc>").shows("no readable histograms");
    }
}

#[test]
fn short_labels_in_the_edit_menu_stay_distinguishable() {
    let folder = Folder::new();
    let mut screen = five(&folder, (40, 12));
    screen
        .keys("e")
        .shows("[ l. edge")
        .shows("} r. rebin")
        .shows("T cut")
        .shows("s values +")
        .shows("S sum")
        .lacks("…d");
}
