//! A screen of 80×24 or less: the line of statistics, the key bar, the header and long messages.

use crate::fixtures::{Folder, normals, npy_f64, object, run};
use crate::screen::Screen;
use rebin::app::{Effect, Message};
use rebin::error::Error;
use std::path::Path;

const SMALL: (u16, u16) = (80, 24);

fn normal(folder: &Folder, size: (u16, u16)) -> Screen {
    Screen::open(&[&folder.write("normals.npy", npy_f64(&normals(5000)))], size)
}

/// Annoyance 15: neither statistics nor a hint of them were on a screen of 80×24.
#[test]
fn a_line_of_statistics_replaces_the_hidden_pane() {
    let folder = Folder::new();
    let mut screen = normal(&folder, SMALL);
    let line = screen.line("n 5,000  mean");
    assert!(["std", "p50", "p99", "min"].iter().all(|name| line.contains(name)), "{line}");
    screen.keys("i").lacks("n 5,000  mean").shows("─ statistics").keys("i").shows("n 5,000  mean");
    // A problem is more important than the mean.
    let mut values = normals(100);
    values.push(f64::NAN);
    let mut screen = Screen::open(&[&folder.write("nan.npy", npy_f64(&values))], SMALL);
    screen.shows("n 100  nan 1");
    // B15: too small for the pane, which was not explained.
    screen.resize(40, 12).shows("n 100").keys("i").says("the statistics need 50 columns");
    screen.resize(20, 6).lacks("n 100").shows("█");
}

/// Annoyance 15: the key bar left out the filter, the views, the commands and how to quit.
#[test]
fn the_key_bar_shows_what_a_beginner_needs() {
    let folder = Folder::new();
    let mut screen = Screen::open(&[&folder.write("run.jsonl", run(20))], SMALL);
    for hint in ["-/+ bins", "[ ] step", "↑/↓ series", "w view", "/ find", ": commands", "q quit", "? help"] {
        screen.says(hint);
    }
    screen.keys("v").keys("<right>").says("←/→ extend").says("z zoom").says("e m merge").says("Esc clear");
    screen.keys("<esc>").resize(40, 12);
    screen.model.status = rebin::app::Status::default();
    screen.says("q quit").says("? help").says("w view");
    screen.resize(20, 6).says("q quit").says("? help");
    // A single array has no series to find.
    assert!(!normal(&folder, SMALL).foot().contains("/ find"));
}

/// Annoyance 24: a long message covered the sliders, and its first half was often missed.
#[test]
fn long_messages_are_shortened_and_a_key_shows_all_of_them() {
    let folder = Folder::new();
    let mut screen = normal(&folder, SMALL);
    let words = "the first part of a message that needs more than eighty columns, and the end that is shown on demand";
    screen.send(Message::Notice(words.into())).says("the first part of a message").says("L shows all");
    let lines = screen.lines();
    assert!(lines[lines.len() - 2].starts_with(" bins 1 "), "{}", screen.text());
    screen.lacks("more than eighty").keys("L").shows("on demand").keys("<esc>").keys("+").keys("L").shows("on demand");
    let mut fresh = normal(&folder, SMALL);
    fresh.keys("L").shows("no messages yet");
}

/// Annoyance 25: the rule was only visible for a second.
#[test]
fn the_header_shows_the_rule_next_to_the_number_of_bins() {
    let folder = Folder::new();
    let mut screen = normal(&folder, SMALL);
    screen.keys("a a").heads("bins · fd exact").keys("+").keys("-");
    assert!(!screen.header().contains("fd"), "{}", screen.header());
}

#[test]
fn the_header_shortens_names_and_drops_the_position_before_the_step() {
    let folder = Folder::new();
    let key = "a.rather.long.key.of.a.histogram.in.a.layer";
    let text = format!("{{\"_step\": 5, \"{key}\": {0}}}\n{{\"_step\": 9, \"{key}\": {0}}}\n", object(&[1, 2]));
    let mut screen = Screen::open(&[&folder.write("run.jsonl", text)], (120, 24));
    screen.heads(key).heads("step 9 · 2 of 2").resize(74, 24).heads(key).heads("step 9");
    assert!(!screen.header().contains("2 of 2"), "{}", screen.header());
    screen.resize(50, 16).heads("a.rather").heads("layer").heads("…").heads("step 9").heads("2 bins");
}

/// B15: statistics could not be started again after Esc.
#[test]
fn cancelled_statistics_can_be_started_again_without_their_pane() {
    let folder = Folder::new();
    let path = folder.write("other.npy", npy_f64(&normals(50)));
    let mut screen = Screen::open(&[&folder.write("first.npy", npy_f64(&normals(60))), &path], SMALL);
    screen.hold().keys("<down>").answer(|effect| matches!(effect, Effect::Load { .. }));
    screen.answer(|effect| matches!(effect, Effect::Count { .. }));
    let computes =
        |effect: &Effect| if let Effect::ComputeStatistics { ticket, .. } = effect { Some(*ticket) } else { None };
    let ticket = screen.waiting.iter().find_map(computes).expect("statistics are requested");
    screen.waiting.clear();
    screen
        .send(Message::Failed { ticket, error: Error::Cancelled })
        .says("statistics cancelled; press i to compute them");
    screen.shows("mean …").keys("i").says("computing the statistics").release().lacks("mean …");
}

#[test]
fn the_step_slider_shows_step_numbers() {
    let folder = Folder::new();
    let screen = Screen::open(&[&folder.write("run.jsonl", run(20))], SMALL);
    let slider = screen.line(" step 0 ▕");
    assert!(slider.ends_with("▏ 190"), "{slider}");
}

/// Annoyance 21: with linear shares, the cumulative view says nothing about the tail.
#[test]
fn the_cumulative_view_shows_the_tail_on_a_logarithmic_axis() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[900, 90, 9, 1]));
    let mut screen = Screen::open(&[&path], SMALL);
    screen.keys("<alt-5>").shows("h.json · cumulative").keys("y").shows("share at or above each bin");
    screen.shows("share above, logarithmic").shows("0.001");
}

/// At 40 columns the step was nowhere on the screen.
#[test]
fn the_step_stays_in_a_narrow_header() {
    let folder = Folder::new();
    let runs: Vec<_> = (0..2).map(|seed| folder.write(&format!("run-with-a-name-{seed}.jsonl"), run(100))).collect();
    let paths: Vec<&Path> = runs.iter().map(AsRef::as_ref).collect();
    let mut screen = Screen::open(&paths, (40, 12));
    screen.keys("[").heads("#980");
    screen.resize(60, 12).heads("step 980").lacks("#980");
}
