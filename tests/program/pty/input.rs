//! Keys that arrive while the program is busy, and floods of them.

use super::terminal::Terminal;
use crate::fixtures::{Folder, normals, npy_f64, object};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Resident memory of a process, in bytes.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("kilobytes") << 10
}

#[test]
fn keys_pressed_while_sources_are_opening_are_handled_in_order() {
    let folder = Folder::new();
    let rows: Vec<String> =
        (0..3000).map(|step| format!("{{\"_step\": {step}, \"w\": {}}}", object(&[1, 2, 3]))).collect();
    let text = rows.join("\n");
    let runs: Vec<PathBuf> = (0..100).map(|run| folder.write(&format!("run{run}.jsonl"), text.as_bytes())).collect();
    let runs: Vec<&Path> = runs.iter().map(PathBuf::as_path).collect();
    let mut terminal = Terminal::start(&runs, (100, 30));
    terminal.until("the alternate screen", |terminal| terminal.screen().alternate_screen());
    terminal.press("++7\r+").shows("8 bins").press("uuuu").shows("3 bins logged").press("qq").ended();
}

#[test]
fn a_flood_of_keys_stays_within_bounds_and_no_key_is_lost() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(2000)));
    let mut terminal = Terminal::start(&[&path], (80, 24));
    terminal.shows("64 bins exact");
    let before = resident(terminal.pid());
    let (plus, minus) = ("+".repeat(1000), "-".repeat(407));
    let mut peak = before;
    for _ in 0..200 {
        peak = peak.max(resident(terminal.pid()));
        terminal.press(&plus);
    }
    terminal.press(&minus);
    terminal.until("105 bins", |terminal| {
        std::thread::sleep(Duration::from_millis(1));
        terminal.screen().contents().contains("105 bins")
    });
    peak = peak.max(resident(terminal.pid()));
    assert!(peak - before < 16 << 20, "{before} {peak}");
    terminal.press("qq").ended();
}
