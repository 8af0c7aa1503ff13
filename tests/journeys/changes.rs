//! The strip of changes over steps, and jumps to the largest of them.

use crate::fixtures::Folder;
use crate::screen::{Screen, WIDE};
use std::fmt::Write as _;

/// A run of `steps` steps: 0, 10, 20 … At step 200, the values move by 5 and stay; at step 300 only, by 1.
fn jumps(steps: i64) -> String {
    let mut text = String::new();
    for index in 0..steps {
        let at = if index >= 20 { 5.0 } else { 0.0 } + if index == 30 { 1.0 } else { 0.0 };
        let edges: Vec<String> = (0..=4).map(|edge| (at + f64::from(edge)).to_string()).collect();
        let _ = writeln!(
            text,
            "{{\"_step\": {}, \"w\": {{\"_type\": \"histogram\", \"values\": [1, 4, 4, 1], \"bins\": [{}]}}}}",
            index * 10,
            edges.join(", ")
        );
    }
    text
}

fn opened(folder: &Folder, size: (u16, u16)) -> Screen {
    Screen::open(&[&folder.write("run.jsonl", jumps(40))], size)
}

#[test]
fn the_strip_shows_the_distance_from_the_first_the_previous_or_a_chosen_step() {
    let folder = Folder::new();
    for size in [(80, 24), WIDE, (200, 50)] {
        let mut screen = opened(&folder, size);
        screen.lacks("since").keys("D").says("W1 / pooled std since the first step").shows("at step 300");
        screen.keys("D").shows("W1 / pooled std since the previous step").shows("at step 200");
        screen.keys("# 300 <enter> D").shows("since step 300").shows("at step 0");
        screen.keys("Ms").says("changes: KS").shows("KS since step 300 · largest 1 at step 0");
        screen.keys("D").says("changes hidden").lacks("since");
    }
    // A low screen has the strip without its title, a tiny one no strip.
    let mut screen = opened(&folder, (40, 14));
    screen.keys("D").lacks("largest");
    screen.resize(20, 6).keys("]");
}

#[test]
fn keys_jump_to_the_largest_change_and_to_the_next() {
    let folder = Folder::new();
    let mut screen = opened(&folder, WIDE);
    screen
        .keys("d")
        .heads("step 200 ")
        .says("change 1 of 2: step 200, W1 / pooled std ")
        .says("since the previous step");
    screen.keys("d").heads("step 300 ").says("change 2 of 2").keys("d").heads("step 200 ").says("change 1 of 2");
    // From another step, the largest change is next.
    screen.keys("d").heads("step 300 ").keys("g d").heads("step 200 ");
    // A jump waits until the changes are computed.
    let mut screen = opened(&folder, WIDE);
    screen.hold().keys("d").says("computing the changes").heads("step 390 ").release().heads("step 200 ");
}

#[test]
fn a_click_on_the_strip_goes_to_the_largest_change_there() {
    let folder = Folder::new();
    let mut screen = opened(&folder, (80, 24));
    screen.keys("D D");
    let (_, y) = screen.find("since the previous");
    let row = screen.lines()[usize::from(y) + 1].clone();
    let column = row.chars().position(|c| c == '█').expect("a full cell");
    screen.click(column as u16, y + 1).heads("step 200 ");
}

#[test]
fn a_series_with_one_step_has_no_changes() {
    let folder = Folder::new();
    let mut screen = Screen::open(&[&folder.write("one.jsonl", jumps(1))], WIDE);
    screen.keys("D").says("this series has only one step").keys("d").says("this series has only one step");
}
