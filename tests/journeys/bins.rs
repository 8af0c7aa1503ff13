//! Bins, range, undo, the cursor and the mouse.

use crate::fixtures::{Folder, expected_json, histogram, normals, npy_f64, object, read};
use crate::screen::{Screen, WIDE};
use rebin::app::RememberedViews;
use rebin::document::views::Views;
use rebin::hist::scale::Scale;
use rebin::hist::{Measure, Number};
use rebin::key::MouseKind;

#[test]
fn an_array_is_rebinned_saved_and_reopened() {
    let folder = Folder::new();
    let values = normals(20_000);
    let path = folder.write("normals.npy", npy_f64(&values));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.heads("64 bins exact").keys("+").heads("65 bins exact").keys("+ + -").heads("66 bins");
    screen.keys("512").says("bins: 512").keys("<enter>").heads("512 bins exact");

    let out = folder.path("out");
    screen.keys("S").says("save as: normals").paste(&out).says("out.json with 512 bins").keys("<enter>");
    screen.says("saved 512 bins to").heads("512 bins exact").lacks("unsaved");
    let written = folder.path("out.json");
    assert_eq!(read(&written), expected_json(&values, 512));

    let mut again = Screen::open(&[&written], WIDE);
    again.heads("512 bins logged").keys("50 <enter>").heads("50 bins ≈ from 512 logged");
    again.keys("s").says("saved 50 bins to").lacks("unsaved");
    let reopened = histogram(&written);
    assert_eq!((reopened.bins(), reopened.total()), (50, Number::Int(20_000)));
}

#[test]
fn bin_counts_are_halved_doubled_and_clamped() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(1000)));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("_").heads("32 bins").keys("* *").heads("128 bins").keys("* * * *").heads("512 bins");
    screen.says("512 bins is the maximum").keys("+").heads("512 bins").says("512 bins is the maximum");
    screen.keys("1 <enter>").heads("1 bin exact").keys("-").heads("1 bin exact").says("1 bin is the minimum");
    screen.keys("_").heads("1 bin exact").says("1 bin is the minimum").keys("=").heads("2 bins");
}

#[test]
fn invalid_bin_counts_are_rejected_and_can_be_corrected() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(100)));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("0 <enter>").says("enter a number from 1 to 512").heads("64 bins");
    screen.keys("<ctrl-u> 513 <enter>").says("enter a number from 1 to 512");
    screen.keys("<backspace> x <enter>").says("enter a number from 1 to 512");
    screen.keys("<ctrl-w> 99999999999999999999999 <enter>").says("enter a number from 1 to 512");
    screen.keys("<ctrl-u> 7 <enter>").heads("7 bins");
    screen.keys("9 <esc>").heads("7 bins").keys("9 <backspace> <backspace>").heads("7 bins").says("bins");
    screen.keys("8 <ctrl-u> <up> <enter>").heads("7 bins").keys("+ 3 <up> <up> <down> <enter>").heads("3 bins");
}

#[test]
fn rules_cycle_and_report_that_they_are_capped() {
    let folder = Folder::new();
    let mut values = normals(20_000);
    let path = folder.write("normals.npy", npy_f64(&values));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("a").says("rule: auto").keys("a").says("rule: fd").keys("A A").says("rule: sqrt").heads("142 bins");
    screen.keys("o").says("reset to 64 bins").heads("64 bins");
    // With one distant outlier, the rule of Freedman and Diaconis needs millions of bins.
    values.push(1e6);
    let path = folder.write("far.npy", npy_f64(&values));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("a a").heads("512 bins").says("showing 512");
    // The next step starts at the capped number.
    screen.keys("-").heads("511 bins");
}

#[test]
fn undo_and_redo_cover_every_change_of_each_series() {
    let folder = Folder::new();
    let path = folder.write("two.json", format!("{{\"a\": {}, \"b\": {}}}", object(&[1, 2, 3, 4]), object(&[4, 3])));
    let mut screen = Screen::open(&[&path], WIDE);
    let first = screen.text();
    screen.keys("+ 9 <enter> v <right> z a o").keys("<down>").heads("b").heads("2 bins logged").keys("7 <enter>");
    screen.keys("u").says("undone: bins as logged").keys("u").says("nothing to undo");
    screen.keys("<ctrl-r>").heads("7 bins").keys("<ctrl-r>").says("nothing to redo").keys("u");
    screen.keys("<up>").heads("4 bins logged").keys("u").says("undone: rule").keys("u").says("undone: 9 bins over");
    screen.keys("u").says("undone: 9 bins").heads("9 bins").keys("u").heads("5 bins").keys("u").heads("4 bins logged");
    screen.keys("u").says("nothing to undo").keys("<esc> <home>");
    screen.model.status = rebin::app::Status::default();
    screen.model.chart.cursor = None;
    let mut fresh = Screen::open(&[&path], WIDE);
    fresh.model.chart.cursor = None;
    assert_ne!(first, fresh.text(), "the first frame had a cursor");
    assert_eq!(screen.text(), fresh.text());
}

/// Annoyance 6: bins and scales are remembered for each series, without a question.
#[test]
fn each_series_remembers_its_bins_and_scales() {
    let folder = Folder::new();
    let path = folder.write("two.json", format!("{{\"a\": {}, \"b\": {}}}", object(&[1, 2, 3, 4]), object(&[4, 3])));
    let mut screen = Screen::open(&[&path], WIDE);
    // A series without a choice of its own is drawn with the scales of the last one.
    screen.keys("8 <enter> y").keys("<down>").heads("2 bins logged");
    assert!(screen.model.chart.log_counts);
    screen.keys("y n x <up>").heads("8 bins").keys("<down>");
    let scales = screen.model.chart.scales();
    assert_eq!((scales.log_counts, scales.measure, scales.values), (false, Measure::Density, Scale::Symlog));
    screen.keys("<up>");
    assert!(screen.model.chart.log_counts && screen.model.chart.value_scale == Scale::Linear);

    // The next session starts with the same views.
    screen.keys("R 1,3").keys("<enter>");
    let mut views = Views::default();
    for (key, view) in screen.model.views_to_keep() {
        views.set(key, view);
    }
    let again = |path: &std::path::Path| {
        let views = Views::decode(views.encode().as_bytes());
        Screen::open_after(&[path], |model| model.remembered = RememberedViews::new(views, "/elsewhere".into()))
    };
    let mut screen = again(&path);
    screen.heads("8 bins").says("zoomed as in the last session").lacks("unsaved").keys("u").says("nothing to undo");
    assert!(screen.model.chart.log_counts);
    assert_eq!(screen.model.views_to_keep(), []);
    screen.keys("<down>").heads("2 bins logged");
    assert_eq!(screen.model.chart.scales(), scales);
    screen.keys("<up> o").heads("4 bins logged");
    assert_eq!(screen.model.views_to_keep().len(), 1);
    // A range without any value of the new content is dropped.
    folder.write("two.json", r#"{"a": {"_type": "histogram", "values": [1, 2], "bins": [50, 60, 70]}}"#);
    again(&path).heads("8 bins").lacks("zoomed");
    // Another file has its own views.
    let other = folder.write("other.json", format!("{{\"a\": {}}}", object(&[1, 2, 3, 4])));
    again(&other).heads("4 bins logged");
}

#[test]
fn the_range_is_zoomed_panned_typed_and_trimmed() {
    let folder = Folder::new();
    let values: Vec<f64> = (0..1000).map(f64::from).collect();
    let path = folder.write("line.npy", npy_f64(&values));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("10 <enter> <home> <right> <right> v").says("selecting bins");
    screen.keys("<right> <right>").shows("bins 3–5").keys("z").says("zoomed").heads("10 bins exact");
    assert_eq!(screen.model.visible().map(|v| (v.lo, v.hi)), Some((199.8, 499.5)));
    screen.shows("below").keys("Z").says("full range");
    assert_eq!(screen.model.visible().map(|v| (v.lo, v.hi)), Some((0.0, 999.0)));
    screen.keys("<").says("zoom in first");

    screen.keys("R").says("range (lo, hi):").keys("5 <enter>").says("enter two numbers");
    screen.paste("5,1").keys("<ctrl-u>").paste("9, 1").keys("<enter>").says("larger");
    screen.keys("<ctrl-u>").paste("100, 200").keys("<enter>").heads("10 bins exact");
    assert_eq!(screen.model.visible().map(|v| (v.lo, v.hi)), Some((100.0, 200.0)));
    screen.keys(">").keys("< <");
    assert_eq!(screen.model.visible().map(|v| (v.lo, v.hi)), Some((75.0, 175.0)));
    screen.keys("< < < <").says("already at the end of the data");
    assert_eq!(screen.model.visible().map(|v| (v.lo, v.hi)), Some((0.0, 100.0)));
    // Rebinning keeps the zoom.
    screen.keys("+ +").heads("12 bins");
    assert_eq!(screen.model.visible().map(|v| (v.lo, v.hi)), Some((0.0, 100.0)));

    screen.keys("t").says("0.01, 0.99").keys("<enter>").heads("12 bins exact");
    assert_eq!(screen.model.visible().map(|v| (v.lo, v.hi)), Some((9.99, 989.01)));
    screen.keys("t").paste("0.5 2").keys("<enter>").says("two quantiles between 0 and 1").keys("<esc>");
    screen.keys("o").heads("64 bins");
    // Without a selection, z keeps half of the visible range, around the cursor.
    screen.keys("<home> z");
    assert_eq!(screen.model.visible().map(|v| (v.lo, v.hi)), Some((0.0, 499.5)));
}

#[test]
fn zooming_into_logged_bins_keeps_whole_bins() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 4, 8, 4, 2, 1, 2]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<home> <right> v <right> <right> z").heads("3 bins logged");
    screen.keys("s y").says("saved 3 bins").says("left out 10 out-of-range counts");
    assert_eq!(histogram(&path).total(), Number::Int(14));
    screen.keys("Z").heads("8 bins logged").keys("R").paste("100, 200").keys("<enter>");
    screen.shows("contains no bin").heads("0 bins").keys("s").lacks("saved 0 bins").keys("u").heads("8 bins logged");
}

#[test]
fn cursor_and_selection_stay_at_their_values() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(5000)));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<home> <right> <right> <right>");
    let cursor = screen.model.chart.cursor.unwrap().value;
    for keys in ["+", "512 <enter>", "3 <enter>", "a", "*"] {
        screen.keys(keys);
        assert_eq!(screen.model.chart.cursor.unwrap().value, cursor);
        let bin = screen.model.shown().unwrap().histogram.edges().find(cursor);
        assert_eq!(screen.model.cursor_bin(), bin);
    }
    screen.keys("10 <enter> <end> v <left>").shows("bins 9–10").keys("20 <enter>").shows("bins 17–20");
    screen.keys("<esc>").says("selection cleared").keys("<home>").shows("bin 1 ").keys("h").shows("bin 1 ");
    screen.keys("l l").shows("bin 3 ").keys("^");
    let counts = screen.model.shown().unwrap().histogram.counts().as_f64().to_vec();
    let highest = counts.iter().copied().fold(0.0, f64::max);
    assert_eq!(counts[screen.model.cursor_bin().unwrap()], highest);
}

#[test]
fn the_mouse_drags_the_slider_and_selects_bins() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(5000)));
    let mut screen = Screen::open(&[&path], WIDE);
    let slider = (screen.model.size.height) - 2;
    screen.mouse(MouseKind::Press, 100, slider).mouse(MouseKind::Drag, 119, slider).heads("512 bins");
    screen.mouse(MouseKind::Drag, 0, 0).heads("1 bin ").mouse(MouseKind::Release, 0, 0);
    screen.mouse(MouseKind::Drag, 50, slider).heads("1 bin ");
    screen.mouse(MouseKind::WheelUp, 50, slider).heads("2 bins").mouse(MouseKind::WheelDown, 50, slider);
    screen.heads("1 bin ");
    screen.keys("8 <enter>").mouse(MouseKind::Press, 40, 10).mouse(MouseKind::Drag, 60, 10);
    screen.mouse(MouseKind::Release, 60, 10).says("click the selection to zoom");
    let (first, last) = screen.model.selected_bins().unwrap();
    assert!(first < last);
    screen.click(50, 10).says("zoomed").heads("8 bins").mouse(MouseKind::PressRight, 50, 10).says("full range");
    // A hint can be clicked as long as it is shown.
    screen.keys("<esc>");
    let at =
        |screen: &Screen, hint: &str| screen.foot().find(hint).map(|at| screen.foot()[..at].chars().count() as u16);
    let edit = at(&screen, "e edit").unwrap();
    screen.click(edit, 33).shows("m merge").shows("set the counts of").keys("<esc>").lacks("m merge");
    let help = at(&screen, "? help").unwrap();
    screen.click(help, 33).shows("halve the number of bins").click(5, 5).lacks("halve the number of bins");
    screen.keys("u").says("undone").click(help, 33).lacks("halve the number of bins");
}
