//! Bins that are equally spaced on the axis of the values.

use crate::fixtures::{Folder, histogram, normals, npy_f64, object, read};
use crate::screen::{Screen, WIDE};
use rebin::app::RememberedViews;
use rebin::app::plot::plot;
use rebin::document::views::Views;
use rebin::hist::scale::Scale;
use rebin::hist::{Measure, Number};

fn lognormal(n: usize) -> Vec<f64> {
    normals(n).into_iter().map(|x| (2.0 * x).exp()).collect()
}

/// Annoyance 11: with equal-width bins, a heavy tail was one block on a logarithmic axis.
#[test]
fn a_heavy_tail_has_a_shape_in_logarithmic_bins() {
    let folder = Folder::new();
    let path = folder.write("heavy.npy", npy_f64(&lognormal(5000)));
    let mut screen = Screen::open(&[&path], WIDE);
    let share = |screen: &Screen| {
        let counts = screen.model.shown().unwrap().histogram.counts().as_f64().to_vec();
        counts.iter().copied().fold(0.0, f64::max) / counts.iter().sum::<f64>()
    };
    assert!(share(&screen) > 0.7);
    screen.keys("x").says("values on a logarithmic axis; press V for log bins");
    screen.keys("V").heads("64 bins · log exact").says("log bins, equally wide on a log axis");
    assert!(share(&screen) < 0.1);
    // Bins of equal width on the axis show counts, not densities.
    assert_eq!(plot(&screen.model).map(|plot| plot.measure), Some(Measure::Count));
    // The first lines contain the path.
    insta::assert_snapshot!("log_bins", screen.keys("<esc>").lines()[2..31].join("\n"));
    screen.keys("+ +").heads("66 bins · log exact").keys("a a").heads(" · fd · log exact").keys("8 <enter>");
    screen.heads("8 bins · log exact").keys("V").heads("8 bins · symlog exact").keys("V").heads("8 bins exact");
    assert_eq!(screen.model.chart.value_scale, Scale::Linear);
    screen
        .keys("u")
        .says("undone: 8 bins on a symlog axis")
        .keys("u")
        .says("undone: 8 bins on a log axis")
        .keys("u u u");
    screen.heads("66 bins · log").keys("x").lacks("press V").keys("x").says("press V for symlog bins");

    // The original bins return with their axis.
    screen.keys("V o").heads("64 bins exact").says("reset to 64 bins").keys("u");
    assert_eq!(screen.model.chart.value_scale, Scale::Linear);
    screen.keys("V V").heads("66 bins · log");

    // Saved as ordinary edges, and remembered.
    let out = folder.path("out");
    screen.keys("S").paste(&out).keys("<enter>").says("saved 66 bins");
    let saved = histogram(&folder.path("out.json"));
    assert_eq!((saved.bins(), saved.total()), (66, Number::Int(5000)));
    assert_eq!(saved.edges(), screen.model.shown().unwrap().histogram.edges());
    let mut views = Views::default();
    for (key, view) in screen.model.views_to_keep() {
        views.set(key, view);
    }
    let views = Views::decode(views.encode().as_bytes());
    let remember = |model: &mut rebin::app::Model| model.remembered = RememberedViews::new(views, "/elsewhere".into());
    Screen::open_after(&[&path], remember).heads("66 bins · log exact").keys("o").heads("64 bins exact");
    // The script has the same edges, bit for bit.
    screen.keys("E").keys("<end> <up> <enter>").paste(folder.path("h.py")).keys("<enter>").says("wrote");
    let script = read(&folder.path("h.py"));
    let edges = saved.edges().as_f64().iter().all(|edge| script.contains(&format!("{edge:?}")));
    assert!(edges, "{script}");
}

#[test]
fn values_up_to_zero_are_below_logarithmic_bins() {
    let folder = Folder::new();
    let mut values = normals(1000);
    values.extend([0.0; 50]);
    let path = folder.write("both.npy", npy_f64(&values));
    let below = values.iter().filter(|x| **x <= 0.0).count();
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("V").heads("64 bins · symlog exact").keys("V").heads("64 bins · log exact");
    screen.says("values up to zero are below the bins").shows(&format!("below range {below}"));
    // All values are negative: only symlog bins are possible.
    let path = folder.write("negative.npy", npy_f64(&[-1.0, -2.0, -300.0]));
    Screen::open(&[&path], WIDE).keys("V").heads("· symlog").keys("V").heads("64 bins exact");
}

#[test]
fn logged_bins_are_redistributed_over_spaced_bins() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[8, 4, 2, 1, 1, 0, 0, 1]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("V").heads("8 bins · symlog ≈ from 8 logged").keys("V").heads("8 bins · log ≈").shows("below range 8");
    screen.keys("V").heads("8 bins logged").keys("u").heads("· log").keys("o").heads("8 bins logged");
}
