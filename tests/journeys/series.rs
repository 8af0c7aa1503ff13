//! The list of series and the steps of one.

use crate::fixtures::{Folder, drift, object, run};
use crate::screen::{Screen, WIDE};
use rebin::app::{Effect, Message};

fn opened(folder: &Folder, steps: i64) -> Screen {
    Screen::open(&[&folder.write("run.jsonl", run(steps))], WIDE)
}

#[test]
fn keys_move_between_steps() {
    let folder = Folder::new();
    let mut screen = opened(&folder, 25);
    screen.heads("step 240 · 25 of 25").keys("]").says("already at the last step");
    screen
        .keys("[")
        .heads("step 230 · 24 of 25")
        .keys("{")
        .heads("step 130 · 14 of 25")
        .keys("g")
        .heads("step 0 · 1 of 25");
    screen.keys("[").says("already at the first step").keys("} ]").heads("step 110").keys("G").heads("step 240");
    screen.keys("#").says("step:").keys("55 <enter>").says("no step 55; showing the nearest, 50").heads("step 50 ");
    screen.keys("# 56 <enter>").says("nearest, 60").keys("# 99999 <enter>").says("nearest, 240").heads("25 of 25");
    screen.keys("# x <enter>").says("enter a step").keys("<ctrl-u> 50 <enter>").heads("step 50 · 6 of 25");
    // The chosen bins apply to every step.
    screen.keys("2 <enter>").heads("2 bins").keys("]").heads("step 60").heads("2 bins");
}

/// B2: choosing another series lost the step.
#[test]
fn all_series_and_runs_share_one_step() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.jsonl", run(25)), folder.write("b.jsonl", run(40)));
    let mut screen = Screen::open(&[&a, &b], WIDE);
    // Until a step is chosen, each series shows its newest one.
    screen.heads("step 240 ").keys("j j j j").heads("step 390 ").keys("k k k k").heads("step 240 ");
    screen.keys("# 70 <enter>").heads("step 70 ").keys("j").heads("grad/b").heads("step 70 ");
    screen.keys("j j j").heads("grad/w").heads("step 70 ").heads("8 of 40").keys("[").heads("step 60 ");
    screen.keys("k k k k").heads("grad/w").heads("step 60 ").heads("7 of 25");
    // The panels follow, too, and each of them names its step.
    screen.keys("<alt-7>");
    assert!(screen.text().matches(" 60").count() >= 4, "{}", screen.text());
    // Views over steps and comparisons name the run.
    screen.keys("<alt-2>").shows("a.jsonl · grad/w · heat map").keys("<alt-1> m").says("marked a.jsonl · grad/w");
    screen.keys("j j j j").shows("b.jsonl vs. a.jsonl · grad/w · step 60").keys("Mx k k k k");
    screen.keys("<alt-1> G").heads("step 240 ").keys("j j j j").heads("step 390 ");
}

#[test]
fn a_series_without_the_chosen_step_shows_the_nearest_earlier_one() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.jsonl", drift(3)), folder.write("b.jsonl", run(40)));
    let mut screen = Screen::open(&[&b, &a], WIDE);
    screen.keys("# 77 <enter>").says("no step 77; showing the nearest, 80").heads("step 80 ").keys("j j j j");
    screen.heads("step 1000 ").says("no step 77 in this series; showing its first step, 1000");
    screen.keys("]").heads("step 1001 ").keys("k k").heads(" act").heads("step 390 ");
    screen.says("no step 1001 in this series; showing its nearest earlier step, 390");
}

#[test]
fn playback_stops_at_the_last_step_and_restarts_from_the_first() {
    let folder = Folder::new();
    let mut screen = opened(&folder, 4);
    screen.keys("<space>").heads("step 0 ").tick().heads("step 10 ").tick().heads("step 20 ").tick().heads("step 30 ");
    assert!(!screen.model.playing);
    let timers = screen.timers();
    screen.keys("<space>").tick().heads("step 10 ").keys("<space>");
    assert!(!screen.model.playing);
    // A timer that was started before the pause changes nothing.
    let last = *screen.timers().last().unwrap();
    screen.send(Message::TimerElapsed(last)).send(Message::TimerElapsed(timers[0])).heads("step 10 ");
    screen.keys("<space>").tick().heads("step 20 ").keys("<esc>").send(Message::TimerElapsed(last)).heads("step 20 ");
    assert!(!screen.model.playing);
}

#[test]
fn keys_and_clicks_select_fold_and_unfold_series() {
    let folder = Folder::new();
    let mut screen = opened(&folder, 3);
    screen
        .shows("series 4")
        .heads("grad/w")
        .keys("<down>")
        .heads("grad/b")
        .keys("j")
        .heads(" act")
        .keys("j j")
        .heads(" loss");
    screen.keys("k k k k").heads("grad/w");
    screen.keys("<tab> <up>").keys("<enter>").lacks("  b").keys("<enter>").shows("  b").keys("<tab> <tab>");
    screen.keys("<pagedown>").heads(" loss").keys("<pageup>").heads("grad/w").keys("<enter>");
    // Clicks on a series and on the branch above it.
    let row = screen.lines().iter().position(|line| line.contains(" b ")).unwrap() as u16;
    screen
        .click(6, row)
        .heads("grad/b")
        .click(6, row - 2)
        .lacks(" b ")
        .click(6, row - 2)
        .click(6, row + 1)
        .heads(" act");
}

#[test]
fn the_filter_narrows_the_list_during_typing() {
    let folder = Folder::new();
    let mut screen = opened(&folder, 3);
    screen.keys("/").says("filter (words):").says("4 of 4").keys("gw").says("1 of 4").heads("grad/w").keys("<enter>");
    screen.shows("series 1/4 gw").keys("<esc>").says("filter cleared").shows("series 4");
    screen
        .keys("/ <tab>")
        .says("filter (regex):")
        .keys("^(g")
        .says("without closing")
        .keys("rad|act)/?b?$ <enter>")
        .heads("grad/b");
    screen.keys("/ <ctrl-u> <tab>").says("filter (glob):").keys("*t <enter>").heads(" act").keys("/ <ctrl-u> zzz");
    screen.says("0 of 4").shows("no series matches").keys("<esc>").shows("series 4").heads(" act");
}

#[test]
fn several_files_share_one_list_and_a_missing_one_is_reported() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.json", object(&[1, 2])), folder.write("b.json", object(&[3])));
    let missing = folder.path("missing.npy");
    let mut screen = Screen::open(&[&a, &missing, &b], WIDE);
    screen.says("missing.npy").heads("2 bins").keys("<down>").heads("1 bin ");
}

#[test]
fn the_list_keeps_the_chosen_series_in_view_when_the_screen_shrinks() {
    let folder = Folder::new();
    let series: Vec<String> = (0..60).map(|i| format!("\"k{i:02}\": {}", object(&[i, 1]))).collect();
    let path = folder.write("many.json", format!("{{{}}}", series.join(", ")));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<pagedown>");
    let chosen = screen.model.name(screen.model.current.as_ref().unwrap().entry);
    screen.resize(100, 18).line(&format!("› {chosen}"));
    screen.keys("<pagedown> <pagedown> <pagedown> <pagedown> <pagedown> <pagedown>").heads("k59").line("› k59");
}

#[test]
fn thumbnails_are_requested_once_and_only_for_visible_rows() {
    let folder = Folder::new();
    let series: Vec<String> = (0..60).map(|i| format!("\"k{i:02}\": {}", object(&[i, 1]))).collect();
    let path = folder.write("many.json", format!("{{{}}}", series.join(", ")));
    let mut screen = Screen::open(&[&path], (120, 20));
    let loaded = screen.model.thumbnails.len();
    assert!((10..30).contains(&loaded), "{loaded}");
    screen.hold().keys("<pagedown> <pagedown>");
    let requests =
        |screen: &Screen| screen.waiting.iter().filter(|effect| matches!(effect, Effect::LoadThumbnail { .. })).count();
    let paged = requests(&screen);
    assert!(paged > 0 && paged <= 2 * loaded, "{paged}");
    screen.keys("<up> <up>");
    assert_eq!(requests(&screen), paged);
}

#[test]
fn rows_show_the_number_of_steps_and_the_last_step_if_there_is_room() {
    let folder = Folder::new();
    let mut screen = opened(&folder, 25);
    screen.shows(" steps last ┐").line(" 25 240│");
    let mut screen = Screen::demo();
    screen.line(" 60 2950│");
    screen.resize(100, 30).shows(" steps ┐").lacks(" 60 2950│").line(" 60│");
    screen.resize(40, 12).lacks(" steps ");
}
