//! The table of all series: sorting, steps, filter, and loading in the background.

use crate::fixtures::{Folder, npy_f64, object, run};
use crate::screen::{Screen, WIDE};
use rebin::app::{Effect, Message};
use rebin::key::MouseKind;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Opens a run with `quiet`, which stays the same, `grows`, which becomes wider, and `loses`, which loses values.
fn training(folder: &Folder) -> Screen {
    let mut text = String::new();
    for step in 0..5_i64 {
        let wide = |by: i64| {
            object(&[1, 1]).replace("1.0", &(1 + by * 10).to_string()).replace("2.0", &(2 + by * 20).to_string())
        };
        let rows = [("quiet", object(&[3, 4])), ("grows", wide(step)), ("loses", object(&[9 - step, 9]))];
        let rows: Vec<String> = rows.iter().map(|(key, object)| format!("\"{key}\": {object}")).collect();
        let _ = writeln!(text, "{{\"_step\": {}, {}}}", step * 10, rows.join(", "));
    }
    Screen::open(&[&folder.write("run.jsonl", text)], WIDE)
}

/// The end of a path.
fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

/// The names in the first column, from the top.
fn names(screen: &Screen) -> Vec<String> {
    let rows = screen.lines().into_iter().skip(3).take_while(|line| !line.starts_with('└'));
    let name = |line: String| line.trim_start_matches(['│', ' ', '›']).split_whitespace().next().map(file_name);
    rows.filter_map(name).filter(|name| name != "│").collect()
}

#[test]
fn the_series_that_changed_most_is_first_and_enter_opens_it() {
    let folder = Folder::new();
    let mut screen = training(&folder);
    screen.keys("T").shows("1 of 3 series").shows("↓change");
    assert_eq!(names(&screen), ["grows", "loses", "quiet"]);
    // A number of values that differs from that of the first step is marked.
    assert_ne!(screen.style("14 ").fg, screen.style("7 ").fg);
    screen
        .keys("<enter>")
        .heads("grows")
        .lacks("↓change")
        .keys("T <esc>")
        .lacks("↓change")
        .keys("T T")
        .lacks("↓change");
}

#[test]
fn arrows_choose_the_column_space_reverses_and_a_click_sorts() {
    let folder = Folder::new();
    let mut screen = training(&folder);
    screen.keys("T <space>").shows("↑change");
    assert_eq!(names(&screen), ["quiet", "loses", "grows"]);
    screen.keys("<left>").shows("↓|max|");
    assert_eq!(names(&screen)[0], "grows");
    // n is the first statistic, and names are before it.
    screen.keys("1").shows("↓n");
    assert_eq!(names(&screen), ["loses", "quiet", "grows"]);
    screen.keys("0").shows("↑series");
    assert_eq!(names(&screen), ["quiet", "grows", "loses"]);
    screen.keys("<left> <left>").shows("↑series");
    let (column, row) = screen.find(" std");
    screen.click(column + 1, row).shows("↓std");
    assert_eq!(names(&screen)[0], "grows");
    screen.click(column + 1, row).shows("↑std");
    // A click selects a row, and a second one opens it.
    let (column, row) = screen.find("grows");
    screen.click(column, row).shows("› grows").click(column, row).heads("grows").lacks("↑std");
}

#[test]
fn steps_change_the_values_and_earlier_steps_are_marked() {
    let folder = Folder::new();
    let mut text = run(3);
    let _ = writeln!(text, "{{\"_step\": 90, \"act\": {}}}", object(&[1, 1]));
    let mut screen = Screen::open(&[&folder.write("run.jsonl", text)], WIDE);
    screen.keys("T 1 g").shows("step 0").lacks("@");
    screen.keys("# 90 <enter>").shows("@20").keys("[").shows("step 10").lacks("@");
}

#[test]
fn the_filter_applies_and_other_keys_leave_the_hidden_chart_alone() {
    let folder = Folder::new();
    let mut screen = training(&folder);
    screen.keys("T /").paste("o").keys("<enter>").shows("filter o").shows("1 of 2 series").lacks("quiet ");
    screen.keys("+").says("no effect in the table").keys("e").says("no effect").keys("<esc>").heads("2 bins");
    screen.keys("T").shows("of 2 series");
    // A view replaces the table.
    screen.keys("<alt-6>").lacks("of 2 series").shows("· bins");
    screen.keys("<esc> T : ").paste("cumulative").keys("<enter>").lacks("of 3 series").shows("cumulative");
}

#[test]
fn unknown_values_are_last_in_both_directions() {
    let folder = Folder::new();
    let nan = npy_f64(&[f64::NAN, 1.0, 2.0]);
    let paths = [
        folder.write("a.npy", npy_f64(&[1.0, 5.0])),
        folder.write("b.npy", nan),
        folder.write("c.json", object(&[1, 2])),
    ];
    let mut screen = Screen::open(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>(), WIDE);
    // Without steps, the table starts in the order of the list.
    screen.keys("T").shows("↑series").keys("2").shows("↓nan/inf");
    assert_eq!(names(&screen), ["b.npy", "a.npy", "c.json"]);
    screen.keys("<space>");
    assert_eq!(names(&screen), ["a.npy", "b.npy", "c.json"]);
    let row = |name: &str| screen.lines().into_iter().skip(3).find(|line| line.contains(name)).unwrap_or_default();
    assert!(row("c.json").contains('–') && row("b.npy").contains("  1 "), "{}", screen.text());
    // Bins only bound the share of zeros; samples know it.
    assert!(row("c.json").contains('≤') && row("a.npy").contains("0.0 %"), "{}", screen.text());
}

#[test]
fn rows_arrive_in_batches_and_the_selected_series_stays_in_place() {
    let folder = Folder::new();
    let series: Vec<String> = (0..200).map(|at| format!("\"s{at}\": {}", object(&[at + 1, 1]))).collect();
    let mut screen = Screen::open(&[&folder.write("many.json", format!("{{{}}}", series.join(", ")))], (80, 24));
    screen.hold().keys("T").shows("reading 200 more");
    let is_rows = |effect: &Effect| matches!(effect, Effect::LoadRows { .. });
    // Rows on the screen come first.
    let first = screen.waiting.iter().find_map(|effect| match effect {
        Effect::LoadRows { rows, .. } => Some(rows.len()),
        _ => None,
    });
    assert_eq!(first, Some(19));
    screen.answer(is_rows).shows("reading 181 more").keys("1").keys("<down> <down>");
    let chosen = screen.line("›");
    let row = screen.find("›").1;
    screen.answer(is_rows);
    assert_eq!((screen.line("›"), screen.find("›").1), (chosen.clone(), row), "{}", screen.text());
    // The best of all rows are at the top, although they were loaded last.
    screen.release().keys("<home>").shows("s199").lacks("more …");
    assert!(!chosen.contains("s199"));
}

#[test]
fn closing_the_table_cancels_its_load_and_results_are_kept() {
    let folder = Folder::new();
    let mut screen = training(&folder);
    screen.hold().keys("T");
    let ticket = screen.waiting.iter().rev().find_map(|effect| match effect {
        Effect::LoadRows { ticket, .. } => Some(*ticket),
        _ => None,
    });
    screen.keys("<esc>");
    let cancels = |effect: &Effect| matches!(effect, Effect::Cancel(found) if Some(*found) == ticket);
    assert!(screen.waiting.iter().any(cancels), "{:?}", screen.waiting);
    screen.release().keys("T").shows("grows").hold().keys("<esc> T");
    assert!(!screen.waiting.iter().any(|effect| matches!(effect, Effect::LoadRows { .. })), "{:?}", screen.waiting);
    let failed = ticket.map(|ticket| Message::Failed { ticket, error: rebin::Error::Cancelled });
    screen.send(failed.expect("a ticket")).shows("grows");
}

#[test]
fn the_table_fits_small_and_large_screens() {
    let folder = Folder::new();
    let mut screen = training(&folder);
    screen.keys("T");
    insta::assert_snapshot!("series_table", screen.lines()[1..].join("\n"));
    for (width, height) in [(20, 6), (40, 12), (80, 24), (200, 50)] {
        screen
            .resize(width, height)
            .shows("change")
            .shows("grows")
            .mouse(MouseKind::WheelDown, 5, 3)
            .keys("<end> <home>");
    }
    // The column that rows are sorted by is always on the screen.
    screen.resize(40, 12).keys("6").shows("kurtosis").keys("5").shows("std");
}
