//! Background jobs: late results, cancellation and progress. The screen always shows the newest request.

use crate::fixtures::{Folder, normals, npy_f64, object};
use crate::screen::{Screen, WIDE};
use rebin::app::overlay::Overlay;
use rebin::app::{Badge, Effect, JobProgress, Message};
use rebin::error::Error;

fn is_count(effect: &Effect) -> bool {
    matches!(effect, Effect::Count { .. })
}

fn normal(folder: &Folder) -> Screen {
    Screen::open(&[&folder.write("normals.npy", npy_f64(&normals(5000)))], WIDE)
}

#[test]
fn the_newest_count_wins_and_a_stand_in_is_marked_as_counting() {
    let folder = Folder::new();
    let mut screen = normal(&folder);
    screen.hold().keys("+").heads("65 bins ≈ counting 5k").keys("+").heads("66 bins ≈ counting");
    // The first result is outdated.
    screen.answer(is_count).heads("66 bins ≈ counting").answer(is_count).heads("66 bins exact");
    assert_eq!(screen.model.shown().unwrap().histogram.bins(), 66);
}

#[test]
fn a_stand_in_is_not_saved() {
    let folder = Folder::new();
    let mut screen = normal(&folder);
    screen
        .hold()
        .keys("+ S")
        .paste(folder.path("out"))
        .keys("<enter>")
        .says("still counting")
        .release()
        .heads("65 bins exact");
    assert!(!folder.path("out.json").exists());
}

#[test]
fn cancelling_a_count_restores_the_last_histogram() {
    let folder = Folder::new();
    let mut screen = normal(&folder);
    let before = screen.model.shown().unwrap().clone();
    screen.hold().keys("512 <enter>").heads("512 bins ≈ counting").keys("+ 300 <enter>").keys("<esc>");
    let Some(Effect::Cancel(ticket)) = screen.terminal_effects.last().or(screen.waiting.back()) else {
        panic!("{:?}", screen.waiting)
    };
    let ticket = *ticket;
    screen.waiting.clear();
    screen.send(Message::Counted { ticket, result: Err(Error::Cancelled) }).says("cancelled").heads("64 bins exact");
    assert_eq!(*screen.model.shown().unwrap(), before);
    // Work continues as if the count had never been requested.
    screen.release().keys("+").heads("65 bins exact");
}

#[test]
fn cancelling_the_load_of_another_series_keeps_the_first() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.npy", npy_f64(&normals(50))), folder.write("b.npy", npy_f64(&normals(60))));
    let mut screen = Screen::open(&[&a, &b], WIDE);
    screen.heads("a.npy").hold().keys("<down>").answer(|effect| matches!(effect, Effect::Load { .. })).heads("a.npy");
    screen.keys("<esc>");
    let Some(Effect::Count { ticket, .. }) = screen.waiting.iter().find(|effect| is_count(effect)) else { panic!() };
    let ticket = *ticket;
    screen.waiting.clear();
    screen.send(Message::Counted { ticket, result: Err(Error::Cancelled) }).says("cancelled").heads("a.npy");
    screen.release().keys("+").heads("a.npy").heads("65 bins").keys("<down>").heads("b.npy");
}

#[test]
fn late_statistics_of_another_series_are_discarded() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.npy", npy_f64(&normals(50))), folder.write("b.json", object(&[1, 2, 3])));
    let mut screen = Screen::open(&[&b, &a], WIDE);
    screen.hold().keys("<down>").answer(|effect| matches!(effect, Effect::Load { .. })).answer(is_count).heads("a.npy");
    screen.keys("t <enter> <up>").answer(|effect| matches!(effect, Effect::Load { .. })).heads("b.json");
    let before = (screen.model.current.as_ref().unwrap().stats.clone(), screen.text());
    screen
        .answer(|effect| matches!(effect, Effect::ComputeStatistics { .. }))
        .answer(|effect| matches!(effect, Effect::FindQuantiles { .. }));
    assert_eq!((screen.model.current.as_ref().unwrap().stats.clone(), screen.text()), before);
}

#[test]
fn a_failed_load_keeps_the_current_series() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.npy", npy_f64(&normals(50))), folder.write("b.npy", npy_f64(&normals(60))));
    let mut screen = Screen::open(&[&a, &b], WIDE);
    std::fs::remove_file(&b).unwrap();
    screen.keys("<down>").says("cannot read").heads("a.npy").keys("+").heads("65 bins").heads("a.npy");
}

#[test]
fn progress_is_shown_for_the_running_job_only() {
    let folder = Folder::new();
    let mut screen = normal(&folder);
    screen.hold().keys("+");
    let ticket = screen.waiting.iter().find_map(Effect::ticket).unwrap();
    let progress =
        |ticket, done| Message::Progress(JobProgress { ticket, done, total: 40_000, seconds: 2.0, searching: false });
    screen.send(progress(ticket, 8000)).says("counting").says("20 %").says("Esc cancels").says("8 s left");
    screen.send(progress(rebin::app::Ticket(0), 4000)).says("20 %");
    // A second pass reads the same bytes again.
    screen.send(progress(ticket, 48_000)).says("counting, pass 2").says("20 %").says("of 40kB");
    screen.release().lacks("20 %").lacks("Esc cancels");
    assert_eq!(screen.model.current.as_ref().unwrap().badge(), Badge::Exact);
}

#[test]
fn opening_shows_its_progress() {
    let folder = Folder::new();
    let mut screen = normal(&folder);
    screen.model.opening = 1;
    let progress = JobProgress { ticket: rebin::app::Ticket(0), done: 25, total: 100, seconds: 1.0, searching: false };
    screen.send(Message::Progress(progress)).says("reading").says("25 %");
}

#[test]
fn a_long_paste_is_one_change_without_effects_and_its_end_is_shown() {
    const PASTED: usize = 400_000;
    let folder = Folder::new();
    let mut screen = normal(&folder);
    screen.keys("S").hold().paste("x".repeat(PASTED) + "yz");
    assert!(screen.waiting.is_empty(), "{:?}", screen.waiting);
    let Some(Overlay::Prompt(prompt)) = screen.model.overlays.last() else { panic!("{}", screen.text()) };
    assert_eq!(prompt.input.text().len(), PASTED + 2);
    let last = screen.lines().pop().unwrap();
    assert!(last.ends_with("xxyz"), "{last}");
}
