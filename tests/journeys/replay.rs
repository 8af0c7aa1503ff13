//! Answers that come late, or for something else: what is shown is always what was asked for last.

use crate::data::{Folder, normals, npy_f64, object};
use crate::screen::{Screen, WIDE};
use rebin::app::{Badge, Effect, JobProgress, Message};
use rebin::error::Error;

fn is_look(effect: &Effect) -> bool {
    matches!(effect, Effect::Count { .. })
}

fn normal(folder: &Folder) -> Screen {
    Screen::open(&[&folder.write("normals.npy", npy_f64(&normals(5000)))], WIDE)
}

#[test]
fn the_newest_count_wins_and_a_stand_in_is_marked_until_then() {
    let folder = Folder::new();
    let mut screen = normal(&folder);
    screen.hold().keys("+").heads("65 bins ≈ counting 5k").keys("+").heads("66 bins ≈ counting");
    // The first answer is to a question that is not asked any more.
    screen.answer(is_look).heads("66 bins ≈ counting").answer(is_look).heads("66 bins exact");
    assert_eq!(screen.model.shown().unwrap().histogram.bins(), 66);
}

#[test]
fn the_stand_in_is_not_saved() {
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
fn a_cancelled_count_leaves_what_was_there() {
    let folder = Folder::new();
    let mut screen = normal(&folder);
    let before = screen.model.shown().unwrap().clone();
    screen.hold().keys("512 <enter>").heads("512 bins ≈ counting").keys("+ 300 <enter>").keys("<esc>");
    let Some(Effect::Cancel(ticket)) = screen.asked.last().or(screen.waiting.back()) else {
        panic!("{:?}", screen.waiting)
    };
    let ticket = *ticket;
    screen.waiting.clear();
    screen.send(Message::Counted { ticket, result: Err(Error::Cancelled) }).says("cancelled").heads("64 bins exact");
    assert_eq!(*screen.model.shown().unwrap(), before);
    // And it can be worked on as if nothing had been asked.
    screen.release().keys("+").heads("65 bins exact");
}

#[test]
fn a_cancelled_opening_of_another_series_leaves_the_first() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.npy", npy_f64(&normals(50))), folder.write("b.npy", npy_f64(&normals(60))));
    let mut screen = Screen::open(&[&a, &b], WIDE);
    screen.heads("a.npy").hold().keys("<down>").answer(|effect| matches!(effect, Effect::Load { .. })).heads("a.npy");
    screen.keys("<esc>");
    let Some(Effect::Count { ticket, .. }) = screen.waiting.iter().find(|effect| is_look(effect)) else { panic!() };
    let ticket = *ticket;
    screen.waiting.clear();
    screen.send(Message::Counted { ticket, result: Err(Error::Cancelled) }).says("cancelled").heads("a.npy");
    screen.release().keys("+").heads("a.npy").heads("65 bins").keys("<down>").heads("b.npy");
}

#[test]
fn statistics_and_quantiles_of_one_series_are_not_shown_for_another() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.npy", npy_f64(&normals(50))), folder.write("b.json", object(&[1, 2, 3])));
    let mut screen = Screen::open(&[&b, &a], WIDE);
    screen.hold().keys("<down>").answer(|effect| matches!(effect, Effect::Load { .. })).answer(is_look).heads("a.npy");
    screen.keys("t <enter> <up>").answer(|effect| matches!(effect, Effect::Load { .. })).heads("b.json");
    let before = (screen.model.current.as_ref().unwrap().stats.clone(), screen.text());
    screen
        .answer(|effect| matches!(effect, Effect::ComputeStatistics { .. }))
        .answer(|effect| matches!(effect, Effect::FindQuantiles { .. }));
    assert_eq!((screen.model.current.as_ref().unwrap().stats.clone(), screen.text()), before);
}

#[test]
fn a_series_that_cannot_be_loaded_leaves_what_was_there() {
    let folder = Folder::new();
    let (a, b) = (folder.write("a.npy", npy_f64(&normals(50))), folder.write("b.npy", npy_f64(&normals(60))));
    let mut screen = Screen::open(&[&a, &b], WIDE);
    std::fs::remove_file(&b).unwrap();
    screen.keys("<down>").says("cannot read").heads("a.npy").keys("+").heads("65 bins").heads("a.npy");
}

#[test]
fn progress_is_shown_for_what_is_waited_for() {
    let folder = Folder::new();
    let mut screen = normal(&folder);
    screen.hold().keys("+");
    let ticket = screen.waiting.iter().find_map(Effect::ticket).unwrap();
    let progress =
        |ticket, done| Message::Progress(JobProgress { ticket, done, total: 5000, seconds: 2.0, tries: false });
    screen.send(progress(ticket, 1000)).says("counting").says("20 %").says("Esc cancels").says("8 s left");
    screen.send(progress(rebin::app::Ticket(0), 4000)).says("20 %");
    screen.release().lacks("20 %").lacks("Esc cancels");
    assert_eq!(screen.model.current.as_ref().unwrap().badge(), Badge::Exact);
}

#[test]
fn what_is_being_opened_shows_how_far_it_is() {
    let folder = Folder::new();
    let mut screen = normal(&folder);
    screen.model.opening = 1;
    let progress = JobProgress { ticket: rebin::app::Ticket(0), done: 25, total: 100, seconds: 1.0, tries: false };
    screen.send(Message::Progress(progress)).says("reading").says("25 %");
}

#[test]
fn a_long_paste_is_taken_without_delay() {
    let folder = Folder::new();
    let mut screen = normal(&folder);
    screen.keys("S").paste("x".repeat(400_000)).shows("xxx");
}
