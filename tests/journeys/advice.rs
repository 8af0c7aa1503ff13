//! The bin adviser, grids of integers and quantized values, and warnings about bins that hide structure.

use crate::fixtures::{Folder, normals, npy_f64, object};
use crate::screen::{Screen, WIDE};

#[test]
fn the_adviser_lists_what_each_rule_would_choose() {
    let folder = Folder::new();
    let array = folder.write("a.npy", npy_f64(&normals(20_000)));
    let logged = folder.write("h.json", object(&[1, 2, 3, 9, 9, 3, 2, 1]));
    let mut screen = Screen::open(&[&array, &logged], WIDE);
    screen.keys("B").shows("now").shows("64 bins").shows("sqrt").shows("142 bins").shows("stone").lacks("…");
    screen.keys("<down> <down> <enter>").says("bin rule: fd").heads(" · fd exact").keys("B").shows("› fd");
    screen.keys("<esc>").lacks("sturges").keys("u").heads("64 bins exact");
    screen.keys("<down> B").shows("sturges").keys("<end> <enter>").heads(" · stone").keys("o").heads("8 bins logged");
    // A rule that needs too many bins says so.
    let mut far = normals(2000);
    far.push(1e6);
    let far = folder.write("far.npy", npy_f64(&far));
    Screen::open(&[&far], WIDE).keys("B").shows("more than the maximum of 512");
}

/// Bins that cut across a grid show a comb that is not in the data.
#[test]
fn combing_is_reported_and_the_adviser_has_bins_that_fit() {
    let folder = Folder::new();
    let lengths: Vec<f64> = normals(4000).into_iter().map(|x| (x * 30.0).round()).collect();
    let lengths = folder.write("lengths.npy", npy_f64(&lengths));
    let weights: Vec<f64> = normals(4000).into_iter().map(|x| (x * 40.0).round() * 0.007_812_5).collect();
    let weights = folder.write("weights.npy", npy_f64(&weights));
    let mut screen = Screen::open(&[&lengths, &weights], WIDE);
    screen.shows("integers").shows(" integers; B: bins that fit ").keys("B").shows("grid").shows("values in each");
    screen.keys("<end> <enter>").says("bins between the values").lacks(" integers; B: bins that fit ");
    let histogram = screen.model.shown().unwrap().histogram.clone();
    assert_eq!(histogram.edges().as_f64()[0].fract().abs(), 0.5);
    assert_eq!(histogram.total().as_f64(), 4000.0);
    screen.keys("u").shows(" integers; B: bins that fit ").keys("<down>").shows("multiples of").shows("0.0078125");
}

#[test]
fn a_bin_with_most_of_the_values_is_reported_with_the_key_that_helps() {
    let folder = Folder::new();
    let heavy: Vec<f64> = normals(5000).into_iter().map(|x| (2.0 * x).exp()).collect();
    let heavy = folder.write("heavy.npy", npy_f64(&heavy));
    let zeros: Vec<f64> = normals(2000).into_iter().chain(vec![0.0; 3000]).collect();
    let zeros = folder.write("zeros.npy", npy_f64(&zeros));
    let constant = folder.write("constant.npy", npy_f64(&[0.25; 500]));
    let mut screen = Screen::open(&[&heavy, &zeros, &constant], WIDE);
    screen.shows("% in one bin; V: log bins").keys("x").shows("V: log bins").keys("V").lacks("in one bin");
    // Equal values always share a bin.
    screen.keys("x x <down>").heads("zeros").lacks("in one bin").keys("<down>").heads("constant").lacks("in one bin");
    // The share is that of the bin, as above.
    let spike: Vec<f64> = normals(2000).into_iter().chain(vec![0.0; 1000]).chain([1000.0]).collect();
    let mut screen = Screen::open(&[&folder.write("spike.npy", npy_f64(&spike))], WIDE);
    screen.shows("99 % in one bin (33 % are equal); V: symlog bins");
}
