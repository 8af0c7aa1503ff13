//! Projects of Trackio and histograms of UHI: browsing runs and steps, and following a project that is being written.

use crate::fixtures::Folder;
use crate::screen::Screen;
use rusqlite::Connection;
use std::fs;
use std::path::Path;

const SAMPLES: &str = "tests/samples/stores";

#[test]
fn the_runs_of_a_project_are_browsed_by_step() {
    let folder = Folder::new();
    for name in ["wal_cedar.db", "wal_cedar.db-wal"] {
        fs::copy(Path::new(SAMPLES).join("trackio").join(name), folder.path(name)).unwrap();
    }
    let mut screen = Screen::folder(Path::new(&folder.path("wal_cedar.db")));
    screen.shows("sorrel").shows("quartz").shows("weights").heads("step");
    let first = screen.keys("g").header();
    let last = screen.keys("G").header();
    assert_ne!(first, last);
    insta::assert_snapshot!("project", screen.lines()[..8].join("\n"));
    // The log is only read.
    let mut left: Vec<_> = fs::read_dir(folder.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["wal_cedar.db", "wal_cedar.db-wal"]);
}

const CREATE: &str = "PRAGMA journal_mode = WAL; CREATE TABLE metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, \
    run_id TEXT NOT NULL, timestamp TEXT, run_name TEXT, step INTEGER, metrics TEXT, log_id TEXT, space_id TEXT);";

fn log(owner: &Connection, run: &str, step: i64) {
    let metrics = format!(
        r#"{{"w":{{"_type":"trackio.histogram","bins":[0.0,1.0,2.0],"values":[{step},1]}},"loss":{}.5}}"#,
        700 - step
    );
    let sql = "INSERT INTO metrics(run_id, run_name, step, metrics) VALUES (?1, ?1, ?2, ?3)";
    owner.execute(sql, (run, step, metrics.as_bytes())).expect("a row");
}

#[test]
fn a_project_is_followed_while_it_is_written() {
    let folder = Folder::new();
    let path = folder.path("live.db");
    let owner = Connection::open(&path).unwrap();
    owner.execute_batch(CREATE).unwrap();
    (1..=3).for_each(|step| log(&owner, "ash", step * 10));
    let mut screen = Screen::folder(Path::new(&path));
    screen.heads("step 30 · 3 of 3");
    // The owner keeps the database open, so the rows are in its log.
    log(&owner, "ash", 40);
    screen.refresh().heads("step 40 · 4 of 4");
    log(&owner, "birch", 5);
    screen.search_again().shows("birch");
    screen.keys("b <alt-8>").shows("std over steps").shows("loss").shows("680");
}

#[test]
fn a_histogram_of_uhi_shows_its_flow_bins_and_is_exported_again() {
    let folder = Folder::new();
    let path = folder.path("named.json");
    fs::copy(Path::new(SAMPLES).join("uhi/named_wicker.json"), &path).unwrap();
    let mut screen = Screen::open(&[Path::new(&path)], crate::screen::WIDE);
    screen.keys("/").paste("regular").keys("<enter>").shows("below range").shows("above range");
    let name = folder.path("again.uhi.json");
    screen.keys("E").keys(&"j".repeat(7)).keys("<enter>").paste(&name).keys("<enter>").says("wrote");
    let [all, again] = [&path, &name].map(|path| {
        let text = fs::read_to_string(path).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    });
    let key = all.as_object().unwrap().keys().find(|key| all[*key]["storage"] == again["storage"]);
    assert!(key.is_some_and(|key| key.starts_with("regular")), "{again}");
}
