//! Statistics over steps: lines of several runs, their statistic, axis and steps.

use crate::fixtures::{Folder, drift, object, read, run};
use crate::screen::{Screen, WIDE};
use rebin::app::{Effect, Message};
use rebin::key::MouseKind;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A run whose histogram `w` widens with each of `steps` steps.
fn widening(steps: i64, by: i64) -> String {
    let mut text = String::new();
    for step in 0..steps {
        let wide = object(&[2, 2])
            .replace("1.0", &(1 + step * by).to_string())
            .replace("2.0", &(2 + 2 * step * by).to_string());
        let _ = writeln!(text, "{{\"_step\": {}, \"w\": {wide}}}", step * 10);
    }
    text
}

fn open(folder: &Folder, runs: usize) -> Screen {
    let paths: Vec<PathBuf> =
        (0..runs).map(|at| folder.write(&format!("run{at}.jsonl"), widening(30, at as i64 + 1))).collect();
    Screen::open(&paths.iter().map(PathBuf::as_path).collect::<Vec<&Path>>(), WIDE)
}

#[test]
fn all_runs_with_the_key_are_lines_with_a_legend() {
    let folder = Folder::new();
    let mut screen = open(&folder, 3);
    screen.keys("b <alt-8>").shows("std over steps").shows("● run0").shows("■ run1").shows("▲ run2");
    // The line below names the values at the current step.
    let info = screen.lines().into_iter().skip(1).find(|line| line.contains("step 290 ")).unwrap_or_default();
    assert!(["run0", "run1", "run2"].iter().all(|run| info.contains(run)), "{info}");
    screen.keys("g").shows("step 0 ").keys("<alt-1>").lacks("over steps");
    insta::assert_snapshot!("lines", screen.keys("<alt-8> # 100 <enter>").lines()[1..].join("\n"));
}

#[test]
fn keys_and_commands_choose_the_statistic() {
    let folder = Folder::new();
    let mut screen = open(&folder, 1);
    screen
        .keys("'")
        .says("press Alt-8 first")
        .keys("<alt-8> '")
        .says("skewness over steps")
        .keys("; ;")
        .shows("mean over steps");
    screen.keys(":").paste("stat p2.5").keys("<enter>").shows("p2.5 over steps").lacks("not known");
    screen
        .keys(":")
        .paste("stat quantile")
        .keys("<enter>")
        .shows("enter a statistic of rebin stats")
        .keys("<esc> <esc>");
    // Bins do not know the number of NaN.
    screen.keys(":").paste("stat nan").keys("<enter>").shows("nan is not known for these steps");
    screen.keys("'").lacks("nan over").keys("w").lacks("over steps").keys("W").shows("over steps");
    screen.keys(":").paste("lines").keys("<enter>").shows("over steps");
}

#[test]
fn a_click_goes_to_the_step_and_steps_zoom() {
    let folder = Folder::new();
    let mut screen = open(&folder, 2);
    screen.keys("b i <alt-8>").shows("step 290 ");
    screen.click(60, 12).shows("step 1").lacks("step 290 ");
    screen.keys("g").shows("step 0 ").keys("z").says("steps 0–").shows("std over steps 0–").keys("Z").says("all steps");
    screen.mouse(MouseKind::WheelUp, 60, 12).says("steps ").keys("G").shows("step 290 ");
    screen.keys("y").says("logarithmic").keys("y").says("linear axis");
}

/// Annoyance 34: the loss was nowhere.
#[test]
fn the_loss_is_drawn_below_and_other_scalars_can_be_chosen() {
    let folder = Folder::new();
    let rows: Vec<String> = widening(30, 1)
        .lines()
        .enumerate()
        .map(|(at, row)| row.replacen('{', &format!("{{\"loss\": {}, \"lr\": 0.5, ", 900 - at), 1))
        .collect();
    let mut screen = Screen::open(&[&folder.write("run.jsonl", rows.join("\n"))], WIDE);
    screen.keys("b <alt-8>").shows("std over steps").shows("loss").shows("900");
    screen.keys(":").paste("scalar lr").keys("<enter>").shows("lr").lacks("900");
    screen.keys(":").paste("scalar nothing").keys("<enter>").shows("or none: loss, lr").keys("<esc> <esc>");
    screen.keys(":").paste("scalar none").keys("<enter>").lacks(" lr ");
    // Without room, only the statistic is drawn.
    screen.keys(":").paste("scalar loss").keys("<enter>").shows("900").resize(60, 14).lacks("900");
}

/// Annoyance 9: one bad step of thousands vanished.
#[test]
fn one_bad_step_of_many_is_visible() {
    let folder = Folder::new();
    let mut text = String::new();
    for step in 0..2000 {
        let object = if step == 1234 { object(&[1, 1]).replace("2.0", "900.0") } else { object(&[1, 1]) };
        let _ = writeln!(text, "{{\"_step\": {step}, \"w\": {object}}}");
    }
    let mut screen = Screen::open(&[&folder.write("run.jsonl", text)], (80, 24));
    screen.keys("b <alt-8> :").paste("stat max").keys("<enter> <esc> g");
    let rows: Vec<String> = screen.lines()[2..18].to_vec();
    let spikes = rows.iter().filter(|row| row.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c))).count();
    assert!(spikes > 10, "{}", screen.text());
}

#[test]
fn many_runs_are_limited_and_the_screen_says_so() {
    let folder = Folder::new();
    let mut screen = open(&folder, 20);
    screen.keys("b <alt-8>").shows("14 of 20 runs").shows("more");
    // The filter chooses among them.
    screen.keys("/").paste("run1").keys("<enter> <alt-8>").lacks(" of 20 runs").shows("● 1.…");
}

#[test]
fn runs_arrive_one_by_one_and_esc_cancels() {
    let folder = Folder::new();
    let mut screen = open(&folder, 3);
    let is_load = |effect: &Effect| matches!(effect, Effect::LoadStepStatistics { .. });
    screen.hold().keys("b <alt-8>").shows("reading all steps");
    screen.answer(is_load).shows("1 of 3 runs read").answer(is_load).shows("2 of 3 runs read");
    let ticket = screen.waiting.iter().find_map(|effect| match effect {
        Effect::LoadStepStatistics { ticket, .. } => Some(*ticket),
        _ => None,
    });
    let ticket = ticket.expect("a load is queued");
    screen.keys("<esc>");
    assert!(screen.waiting.iter().any(|effect| matches!(effect, Effect::Cancel(found) if *found == ticket)));
    screen.send(Message::Failed { ticket, error: rebin::Error::Cancelled }).says("cancelled");
    assert!(!screen.waiting.iter().skip(1).any(is_load), "{:?}", screen.waiting);
}

#[test]
fn new_steps_extend_the_lines() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", drift(20));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("f <alt-8> :").paste("stat mean").keys("<enter>").shows("step 1,019 ");
    folder.write("run.jsonl", drift(25));
    screen.refresh().shows("step 1,024 ").lacks("reading");
}

#[test]
fn the_lines_are_exported_as_a_table_and_as_a_picture() {
    let folder = Folder::new();
    let mut screen = open(&folder, 2);
    screen.keys("<alt-8> E").shows("this statistic of all steps and runs").shows("the lines of all runs");
    let (csv, picture) = (folder.path("out.csv"), folder.path("out.svg"));
    screen.keys("<end> <up> <up> <enter>").paste(&csv).keys("<enter>").says("wrote");
    let table = read(&csv);
    assert!(table.starts_with("run,series,step,std,std_lo,std_hi\n\"run0"), "{table}");
    assert_eq!(table.lines().count(), 61);
    screen.keys("E <end> <up> <enter>").paste(&picture).keys("<enter>").says("wrote");
    let svg = read(&picture);
    assert!(["w · std", "run0", "run1", "steps 0–290"].iter().all(|words| svg.contains(words)), "{svg}");
}

#[test]
fn the_lines_fit_small_and_large_screens() {
    let folder = Folder::new();
    let mut screen = open(&folder, 3);
    screen.keys("<alt-8>");
    for (width, height) in [(20, 6), (40, 12), (80, 24), (200, 50)] {
        screen.resize(width, height).mouse(MouseKind::Press, width - 4, 3).mouse(MouseKind::Release, width - 4, 3);
    }
    screen.shows("std over steps");
    let path = folder.write("other.jsonl", run(1));
    Screen::open(&[&path], (80, 24)).keys("<alt-8>").shows("only one step");
}
