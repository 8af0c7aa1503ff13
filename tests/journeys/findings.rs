//! Findings: `!`, badges, and the way to the first bad step.

use crate::fixtures::Folder;
use crate::npy::npy_f64;
use crate::screen::{Screen, WIDE};
use rebin::app::Effect;
use std::path::Path;

/// Rows of a run. From step `from` on, some layers have fewer values.
fn run(layers: usize, sick: &[usize], from: usize) -> String {
    let row = |step: usize| {
        let cells = (0..layers).map(|layer| {
            let (k, last) = ((step + layer) % 3, if sick.contains(&layer) && 10 * step >= from { 5 } else { 8 });
            let values = format!("[3, {}, {}, 9, {last}]", 12 + k, 20 - k);
            format!(r#""grad/layer{layer}": {{"_type": "histogram", "values": {values}, "bins": [0, 1, 2, 3, 4, 5]}}"#)
        });
        format!("{{\"_step\": {}, {}}}\n", 10 * step, cells.collect::<Vec<_>>().join(", "))
    };
    (0..16).map(row).collect()
}

/// Opens a healthy run and a sick one.
fn two_runs(folder: &Folder, sick: &[usize], size: (u16, u16)) -> Screen {
    let base = folder.write("base.jsonl", run(12, &[], 0));
    let hot = folder.write("hot.jsonl", run(12, sick, 110));
    Screen::open(&[&base, &hot], size)
}

/// Annoyance 4: the user had to watch `n` in every series to find the bad step.
#[test]
fn two_keys_lead_to_the_first_bad_step() {
    let folder = Folder::new();
    for size in [WIDE, (80, 24), (200, 50), (40, 12)] {
        let mut screen = two_runs(&folder, &[5], size);
        screen.keys("! <enter>");
        let entry = screen.model.current.as_ref().unwrap().entry;
        assert_eq!((entry.source, entry.series, entry.index), (1, 5, 11));
        screen.says("count-changed: 49 values, 3 fewer than before");
    }
}

#[test]
fn the_list_describes_each_finding_and_marks_its_series() {
    let folder = Folder::new();
    let mut screen = two_runs(&folder, &[5], WIDE);
    screen.heads("! 1").says("findings");
    screen.keys("!").shows("1 of 24 series need attention").shows("count-changed").shows("hot.jsonl");
    let line = screen.line("› count-changed");
    assert!(line.contains("grad/layer5 110") && line.contains("49 values, 3 fewer than before"), "{line}");
    screen.shows("hot.jsonl · grad/layer5 · step 110: count-changed: 49 values").keys("! \\");
    // The badge of a folded run, and of the series in it.
    assert!(screen.line("▸ hot.jsonl").contains('!') && !screen.line("▸ base.jsonl").contains('!'));
    screen.keys("\\ / layer5 <enter>");
    let badges: Vec<bool> =
        screen.lines().iter().filter(|line| line.contains("layer5 ")).map(|line| line.contains('!')).collect();
    assert!(badges.contains(&true) && badges.contains(&false), "{}", screen.text());
    screen.keys("G <down>").says("! count-changed at step 110: 49 values").says("! lists all");
}

#[test]
fn equal_findings_are_grouped() {
    let folder = Folder::new();
    let sick: Vec<usize> = (2..12).collect();
    let mut screen = two_runs(&folder, &sick, (80, 24));
    screen.keys("!").shows("10 of 24 series").shows("grad/layer2").shows("7 more").lacks("grad/layer7");
    screen.keys("<end>").keys("<enter>").shows("grad/layer7").lacks("7 more").keys("<home> <down> <enter>");
    screen.heads("grad/layer3");
}

#[test]
fn a_healthy_run_has_no_findings_and_the_demo_neither() {
    let folder = Folder::new();
    let mut screen = two_runs(&folder, &[], WIDE);
    assert!(screen.model.findings.is_empty());
    screen.keys("!").shows("no problems found in 24 series").keys("<enter>").shows("no problems found").keys("q");
    let mut screen = Screen::demo();
    assert!(screen.model.findings.is_empty());
    screen.keys("!").shows("no problems found");
}

/// B7: `!` reported that there were no problems while the data held NaN.
#[test]
fn nan_of_files_that_were_not_looked_at_is_found() {
    let folder = Folder::new();
    let a = folder.write("a.npy", npy_f64(&[1.0, 2.0]));
    let b = folder.write("b.npy", npy_f64(&[1.0, f64::NAN, f64::NAN]));
    let mut screen = Screen::open(&[&a, &b], WIDE);
    screen.heads("a.npy").keys("!").lacks("no problems found").shows("2 NaN; the first is at [1]").keys("<enter>");
    screen.heads("b.npy").says("nan: 2 NaN");
}

#[test]
fn the_list_shows_progress_and_enter_waits_for_the_worst() {
    let folder = Folder::new();
    let path = folder.write("hot.jsonl", run(6, &[3], 110));
    let mut screen = Screen::open_after(&[&path], |_| ());
    screen.hold();
    let effects = rebin::app::update(&mut screen.model, reopen(&path));
    screen.waiting.extend(effects);
    screen
        .keys("!")
        .shows("searching")
        .lacks("no problems found")
        .keys("<enter>")
        .shows("opens the worst when the search ends");
    let is_search = |effect: &Effect| matches!(effect, Effect::Search { .. });
    screen.answer(is_search).release();
    let entry = screen.model.current.as_ref().unwrap().entry;
    assert_eq!((entry.series, entry.index), (3, 11));
}

/// The message after a reload of the only source.
fn reopen(path: &Path) -> rebin::app::Message {
    let source = rebin::source::open(&rebin::source::Input::Path(path.to_owned()), &rebin::source::Task::default());
    let info = source.expect("a readable file").info().clone();
    rebin::app::Message::Reopened { source: 0, result: Ok(info), moved: std::collections::BTreeMap::new() }
}

#[test]
fn escape_stops_the_search_and_the_list_continues_it() {
    let folder = Folder::new();
    let path = folder.write("hot.jsonl", run(6, &[3], 110));
    let mut screen = Screen::open_after(&[&path], |_| ());
    screen.hold();
    let effects = rebin::app::update(&mut screen.model, reopen(&path));
    screen.waiting.extend(effects);
    screen.answer(|effect| matches!(effect, Effect::Load { .. })).keys("<esc>").says("stopped searching for problems");
    screen.waiting.retain(|effect| !matches!(effect, Effect::Search { .. }));
    assert!(screen.model.findings.is_stopped());
    screen.release().keys("!").shows("grad/layer3").shows("1 of 6 series");
}

#[test]
fn a_log_that_grows_is_checked_further() {
    let folder = Folder::new();
    let all = run(6, &[3], 110);
    let lines: Vec<&str> = all.lines().collect();
    let path = folder.write("hot.jsonl", lines[..10].join("\n") + "\n");
    let mut screen = Screen::open(&[&path], WIDE);
    assert!(screen.model.findings.is_empty());
    folder.write("hot.jsonl", &all);
    screen.refresh();
    assert_eq!(screen.model.findings.len(), 1);
    screen.keys("! <enter>").heads("step 110");
}
