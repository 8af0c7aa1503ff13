//! Views of all steps of a run, and the state that survives a change of step.

use crate::fixtures::{Folder, drift, object, read, run};
use crate::screen::{Screen, WIDE};
use ratatui::buffer::Cell;
use rebin::app::over_steps;
use rebin::hist::Segment;
use std::fmt::Write as _;

fn drifting(folder: &Folder, steps: i64) -> Screen {
    Screen::open(&[&folder.write("drift.jsonl", drift(steps))], WIDE)
}

#[test]
fn views_of_all_steps_match_their_snapshots() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 40);
    let mut without_header = |keys: &str| screen.keys(keys).lines()[1..].join("\n");
    insta::assert_snapshot!("heat_map", without_header("<alt-2> # 1015 <enter>"));
    insta::assert_snapshot!("ridges", without_header("<alt-3>"));
    insta::assert_snapshot!("bands", without_header("<alt-4>"));
}

#[test]
fn the_heat_map_shows_its_scale_and_its_largest_cell() {
    let folder = Folder::new();
    // All values of a step are equal, so one cell contains them all.
    let mut screen = Screen::open(&[&folder.write("point.jsonl", points())], WIDE);
    screen
        .keys("<alt-2>")
        .shows("over steps")
        .shows("0 to 100.0 % of each step, linear")
        .lacks("averaged")
        .lacks("outliers");
    screen.keys("y").shows("0 to 100.0 % of each step, log").keys("N").says("counts are not normalized");
    screen.shows("0 to 5.000 per cell, log").keys("y").shows("0 to 5.000 per cell, linear");
    screen.keys("N").says("each step is normalized to a total of 1").shows("0 to 100.0 % of each step, linear");
}

#[test]
fn edited_steps_are_drawn_with_their_edits() {
    let folder = Folder::new();
    let path = folder.write("point.jsonl", points());
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("N").shows("0 to 5.000 per cell, linear").keys("e = 40 <enter>");
    screen.shows("0 to 40.00 per cell, linear, 1 step edited").keys("[ [ e = 80 <enter>");
    screen.shows("0 to 80.00 per cell, linear, 2 steps edited").keys("<alt-2>").shows("2 steps edited");
    screen.keys("<alt-3>").shows("1 step per row, 2 steps edited").keys("<alt-4>").shows("87 %, 2 steps edited");
    screen.keys("<alt-7>").shows("edited 3").keys("<alt-1> u").shows("0 to 40.00 per cell, linear, 1 step edited");
    screen.keys("<alt-7>").lacks("edited 3").keys("<alt-1> u").shows("0 to 5.000 per cell, linear").lacks("edited ");
    // So are steps that are read only after the edit.
    screen.keys("p ] ] e = 40 <enter>").lacks("per cell").keys("p").shows("0 to 40.00 per cell, linear, 1 step edited");
    // An exported picture counts the edited steps as well.
    screen.keys("E <end> <up> <enter>").says("export svg of all steps as:").paste(folder.path("all")).keys("<enter>");
    assert!(read(&folder.path("all.svg")).contains("w, 1 step edited"));
}

#[test]
fn the_chosen_step_is_marked_and_a_click_on_a_column_goes_to_its_step() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 10);
    screen.keys("<alt-2>").heads("step 1009");
    let ((first, below), (fourth, _)) = (screen.find("1000 "), screen.find("1003 "));
    // The first step has the lowest values. Its column is blank above them unless the cursor is on it.
    let top = screen.find("over steps").1 + 1;
    assert_eq!(screen.symbol(first, top), " ");
    screen.click(first, below - 5).heads("step 1000 · 1 of 10");
    assert_eq!(screen.symbol(first, top), "│");
    screen.click(fourth, top).heads("step 1003 · 4 of 10");
    assert_eq!((screen.symbol(first, top), screen.symbol(fourth, top)), (" ".into(), "│".into()));
    screen.keys("]").heads("step 1004").keys("<alt-4>").click(fourth, top).heads("step 1003");
    assert_eq!(screen.symbol(fourth, top), "│");
}

#[test]
fn steps_share_columns_if_there_are_too_many_and_the_title_says_so() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 300);
    screen.keys("<alt-2>").shows("up to 4 steps per column (averaged)");
    let labels = screen.line("1000 ");
    assert!(labels.contains("1299"), "{labels}");
    screen.keys("<alt-3>").shows("steps per row, averaged");
    screen.resize(40, 12).keys("<alt-2>");
}

#[test]
fn a_zoomed_range_applies_to_all_views_and_steps() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 10);
    screen.keys("R").paste("6, 10").keys("<enter> <alt-2>");
    let zoomed = Some(Segment { lo: 6.0, hi: 10.0 });
    for keys in ["", "[", "<alt-3>", "<alt-4>", "g", "<alt-2>"] {
        screen.keys(keys);
        assert_eq!(over_steps::view(&screen.model), zoomed, "{keys}");
    }
    screen.heads("step 1000").keys("G <alt-1>");
    assert_eq!(screen.model.spec().and_then(|spec| spec.range).map(|r| r.hi.as_f64()), Some(10.0));
    screen.keys("Z <alt-2>");
    assert_ne!(over_steps::view(&screen.model), zoomed);
}

#[test]
fn the_steps_pane_is_toggled_and_clickable() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 10);
    screen
        .shows("of each step, linear")
        .keys("p")
        .lacks("of each step, linear")
        .keys("p")
        .shows("of each step, linear");
    let (column, row) = screen.find("1004 ");
    screen.click(column, row - 1).heads("step 1004").shows("█");
    // A small screen shows the pane only on request.
    screen.keys("p p").resize(80, 20).shows("of each step").keys("p").lacks("of each step");
    let mut screen = drifting(&folder, 10);
    screen.resize(80, 20).lacks("of each step").keys("p").shows("of each step");
}

#[test]
fn ridges_name_their_steps_and_highlight_the_chosen_one() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 8);
    screen.keys("<alt-3>").shows("ridges over steps").shows("1 step per row");
    let main = screen.lines()[2..].join("\n");
    for step in 1000..1008 {
        assert!(main.contains(&step.to_string()), "{step}:\n{main}");
    }
    let (column, row) = screen.find("1002");
    let style = |screen: &Screen, row| screen.buffer().cell((column, row)).map(Cell::style);
    let plain = style(&screen, row);
    assert_eq!(style(&screen, row + 2), plain);
    screen.click(column + 10, row).heads("step 1002");
    assert_ne!(style(&screen, row), plain);
    assert_eq!(style(&screen, row + 2), plain);
}

#[test]
fn steps_with_nan_are_marked() {
    let folder = Folder::new();
    let mut text = String::new();
    for step in 0..10 {
        let bins = if step < 5 { "0, 1, 2" } else { "NaN, NaN, NaN" };
        let _ = writeln!(
            text,
            "{{\"_step\": {step}, \"w\": {{\"_type\": \"histogram\", \"values\": [3, 1], \"bins\": [{bins}]}}}}"
        );
    }
    let mut screen = Screen::open(&[&folder.write("nan.jsonl", text)], WIDE);
    for view in ["<alt-2>", "<alt-4>"] {
        screen.keys(view).shows("NaN or inf from step 5");
        let strip = screen.line("!!!");
        let marks = strip.matches('!').count();
        assert!((30..60).contains(&marks), "{strip}");
    }
    screen
        .keys("<alt-1> g")
        .heads("2 bins logged")
        .keys("G")
        .heads("step 9")
        .keys("g <alt-2>")
        .shows("▒")
        .lacks("outliers");
}

#[test]
fn a_shared_axis_stays_the_same_at_every_step() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 10);
    screen.keys("p g");
    // Compare the words alone: the labels of the counts differ by step and may be wider.
    let labels = |screen: &Screen| {
        let line = screen.lines().into_iter().rev().nth(5).unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let own = labels(&screen);
    assert_ne!(own, labels(screen.keys("]")));
    screen.keys("X").says("all steps share one value axis");
    let shared = labels(&screen);
    assert!(shared.contains(&"12".to_owned()), "{shared:?}");
    for _ in 0..8 {
        assert_eq!(labels(screen.keys("]")), shared);
    }
    screen.keys("X").says("each step has a separate value axis");
    assert_ne!(labels(&screen), shared);
}

#[test]
fn cursor_and_range_keep_their_values_at_every_step() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 6);
    screen.keys("g 8 <enter> <home> <right> <right> <right> <right> <right> <right>");
    let value = screen.model.chart.cursor.unwrap().value;
    for bin in [4, 2, 0] {
        screen.keys("]");
        assert_eq!(screen.model.chart.cursor.unwrap().value, value);
        assert_eq!(screen.model.cursor_bin(), Some(bin), "{}", screen.text());
    }
    screen.keys("R").paste("3, 4").keys("<enter> ]");
    assert_eq!(screen.model.spec().and_then(|spec| spec.range).map(|r| r.lo.as_f64()), Some(3.0));
    screen.keys("[ u").heads("8 bins");
}

#[test]
fn a_series_with_one_step_has_no_views_of_all_steps() {
    let folder = Folder::new();
    let mut screen = Screen::open(&[&folder.write("h.json", object(&[1, 2, 3]))], WIDE);
    for view in ["<alt-2>", "<alt-3>", "<alt-4>"] {
        screen.keys(view).shows("this series has only one step").click(40, 10);
    }
    screen.keys("<alt-1> p ] X").heads("3 bins");
}

#[test]
fn views_cycle_in_both_directions() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 5);
    let titles =
        ["heat map over steps", "ridges over steps", "percentiles over steps", "cumulative", "· bins", "all series"];
    for title in titles {
        screen.keys("w").shows(title);
    }
    screen.keys("w").lacks("all series").lacks("over steps");
    for title in titles.into_iter().rev() {
        screen.keys("W").shows(title);
    }
}

#[test]
fn every_view_fits_a_small_screen() {
    let folder = Folder::new();
    for (name, text) in [("drift.jsonl", drift(60)), ("run.jsonl", run(25))] {
        let mut screen = Screen::open(&[&folder.write(name, text)], WIDE);
        for (width, height) in [(40, 12), (20, 6), (21, 17), (60, 18)] {
            screen.resize(width, height);
            for view in 1..=7 {
                screen.keys(&format!("<alt-{view}> p X N y"));
                for (column, row) in [(width / 2, height / 2), (0, 2), (width - 1, height - 4)] {
                    screen.click(column, row);
                }
                screen.keys("<alt-1>").shows("█");
            }
        }
    }
}

/// Six steps. All five values of a step are equal.
fn points() -> String {
    let step =
        |step| format!(r#"{{"_step": {step}, "w": {{"_type": "histogram", "values": [5], "bins": [2, 2]}}}}"#) + "\n";
    (0..6).map(step).collect()
}
