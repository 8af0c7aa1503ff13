//! The statistics pane: known digits, any quantile, scrolling.

use crate::fixtures::{Folder, normals, npy_f64, object};
use crate::screen::{Screen, WIDE};
use rebin::app::Focus;
use rebin::key::MouseKind;

/// Annoyance 12: p99.9 was a dead end.
#[test]
fn any_quantile_stays_in_the_statistics_and_moves_the_cursor() {
    let folder = Folder::new();
    let values: Vec<f64> = (0..=1000).map(f64::from).collect();
    let array = folder.write("line.npy", npy_f64(&values));
    let logged = folder.write("h.json", object(&[1, 2, 4, 8, 4, 2, 1, 2]));
    let mut screen = Screen::open(&[&array, &logged], WIDE);
    screen.keys("%").says("percentiles: 99.9").says("go to the last").keys("101 <enter>").says("from 0 to 100");
    screen.keys("<ctrl-u>").paste("0.1, 99.9").keys("<enter>").says("p99.9 is 999, in bin 64").shows("p0.1");
    assert_eq!(screen.line("p99.9").split_whitespace().last(), Some("999│"));
    assert_eq!(screen.model.chart.cursor.map(|cursor| cursor.value), Some(999.0));
    // An empty line accepts the proposal; known quantiles are found at once.
    screen.keys("<home> % <enter>").says("p99.9 is 999");
    assert_eq!(screen.model.cursor_bin(), Some(63));
    screen.keys("% 50 <enter>").says("p50 is 500, in bin 33");
    // Bins give an interval, and other series show the same quantiles.
    screen.keys("<down>").heads("8 bins logged").shows("p99.9").shows("[7.0,8.0]").keys("% 12.5 <enter>");
    screen.says("p12.5 is in [1, 3]").shows("p12.5");
    screen.keys("R 0,2 <enter> % 99 <enter>").says("p99 is in [7, 8], out of the range on the screen");
    screen.keys("<up>").shows("p12.5").shows("125");
}

/// The message named bin 3, and the cursor went to it, although only bins 2 and 5 have values.
#[test]
fn a_quantile_of_bins_may_be_in_several_of_them() {
    let folder = Folder::new();
    let mut screen = Screen::open(&[&folder.write("h.json", object(&[0, 2, 0, 0, 2, 0]))], WIDE);
    screen.keys("% 50 <enter>").says("p50 is in [1, 5], in bins 2–5");
    assert!(matches!(screen.model.cursor_bin(), Some(1 | 4)), "{:?}", screen.model.cursor_bin());
}

#[test]
fn the_statistics_scroll_with_the_wheel_and_with_keys() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(1000)));
    let mut screen = Screen::open(&[&path], (120, 20));
    screen.shows("1–").lacks("L2 norm");
    screen.keys("<tab> <tab>");
    assert_eq!(screen.model.focus, Focus::Statistics);
    screen.keys("<end>").shows("L2 norm").shows("type").lacks("mean  ");
    let end = screen.model.statistics_top;
    screen.keys("<down>");
    assert_eq!(screen.model.statistics_top, end, "scrolling ends at the last line");
    screen.keys("<up> <home>").shows("mean  ").keys("<pagedown>").shows("L2 norm").keys("<esc>");
    assert_eq!(screen.model.focus, Focus::Chart);
    screen.mouse(MouseKind::WheelUp, 110, 5).mouse(MouseKind::WheelUp, 110, 5).mouse(MouseKind::WheelUp, 110, 5);
    screen.mouse(MouseKind::WheelUp, 110, 5).shows("mean  ").heads("64 bins");
    // Hiding the pane gives its keys back to the chart.
    screen.keys("<tab> <tab> i <home> <right>").shows("bin 2 ");
    assert_eq!(screen.model.focus, Focus::Chart);
    // A large screen shows everything at once.
    screen.keys("i").resize(200, 50).shows("skewness").shows("kurtosis").shows("mean |x|").shows("L2 norm");
    screen.shows("type").lacks(" of 19 ");
}

/// The pane showed digits beyond the bounds.
#[test]
fn statistics_of_bins_have_no_unknown_digit() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 4, 8, 4, 2, 1, 2]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen
        .shows("mean       ≈ 4 [3.3,4.3]│")
        .shows("std    ≈ 1.7 [1.37,2.13]│")
        .resize(80, 24)
        .shows("mean ≈ 4")
        .resize(200, 50)
        .shows("mean |x|")
        .shows("[3.");
}
