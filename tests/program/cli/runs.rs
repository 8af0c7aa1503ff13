//! Runs: their names in `ls`, `show` and the names of exported files.

use super::room::Room;
use crate::log_writer::wandb_log;
use crate::protobuf::Message;
use serde_json::Value;
use std::fs;

/// Log of a run with an id, a display name, and a histogram `w` in three steps.
fn named_run(id: &str, name: &str) -> Vec<u8> {
    let item = |label: &str, json: &str| Message::default().bytes(2, "w").bytes(2, label).bytes(16, json);
    let row = |step| {
        let history = Message::default()
            .bytes(1, item("_type", "\"histogram\""))
            .bytes(1, item("bins", "[0,1,2]"))
            .bytes(1, item("values", "[1,2]"))
            .bytes(2, Message::default().varint(1, step));
        Message::default().bytes(2, history)
    };
    let run = Message::default().bytes(17, Message::default().bytes(1, id).bytes(8, name));
    wandb_log(&[run, row(0), row(1), row(2)], 0)
}

/// Two runs named `base`, and one named `hot`, as offline runs of W&B.
fn room() -> Room {
    let room = Room::new();
    for (id, name) in [("a1", "base"), ("b2", "hot"), ("c3", "base")] {
        let folder = room.path(&format!("wandb/offline-run-20261130_000242-{id}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("run-{id}.wandb")), named_run(id, name)).unwrap();
    }
    room
}

#[test]
fn ls_shows_the_names_of_runs() {
    let room = room();
    fs::write(room.path("x.csv"), "a\n1\n").unwrap();
    let done = room.run(&["ls", "wandb", "x.csv"]);
    let runs: Vec<Vec<&str>> = done.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(runs[0][..3], ["source", "run", "key"], "{}", done.out);
    assert_eq!(runs[1][1], "base");
    assert_eq!(runs[2][1], "hot");

    let done = room.run(&["ls", "--json", "wandb", "x.csv"]);
    let json: Value = serde_json::from_str(&done.out).unwrap();
    let runs: Vec<&Value> = json.as_array().unwrap().iter().map(|series| &series["run"]).collect();
    assert_eq!(runs, [&Value::from("base"), &Value::from("hot"), &Value::from("base"), &Value::Null]);
}

#[test]
fn ls_without_runs_has_no_column_for_them() {
    let room = Room::new();
    fs::write(room.path("x.csv"), "a\n1\n").unwrap();
    assert!(room.run(&["ls", "x.csv"]).out.starts_with("source  key"));
}

/// B11.
#[test]
fn show_names_each_of_several_sources() {
    let room = room();
    let titles = |paths: &[&str]| -> Vec<String> {
        let done = room.run(&[&["show", "--height", "6"], paths].concat());
        let titles = done.out.lines().filter(|line| line.contains("logged") || line.contains("exact"));
        titles.map(|title| title.split(" · ").next().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(&["wandb"]), ["base (a1)", "hot", "base (c3)"]);
    assert_eq!(titles(&["wandb/offline-run-20261130_000242-a1"]), ["base"]);
    fs::write(room.path("x.csv"), "a\n1\n").unwrap();
    fs::create_dir(room.path("y")).unwrap();
    fs::write(room.path("y/x.csv"), "a\n1\n").unwrap();
    assert_eq!(titles(&["x.csv", "y/x.csv"]), ["x.csv", "y/x.csv"]);
    assert_eq!(titles(&["x.csv"]), ["a"]);
}

#[test]
fn tensorboard_runs_are_named_after_their_folders() {
    let room = Room::new();
    let log = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/tb/tensorboardx_raw.tfevents")).unwrap();
    for run in ["train", "val"] {
        fs::create_dir_all(room.path(&format!("tb/{run}"))).unwrap();
        fs::write(room.path(&format!("tb/{run}/events.out.tfevents.1.host")), &log).unwrap();
    }
    let done = room.run(&["ls", "--json", "tb"]);
    let json: Value = serde_json::from_str(&done.out).unwrap();
    let mut runs: Vec<&str> = json.as_array().unwrap().iter().map(|series| series["run"].as_str().unwrap()).collect();
    runs.dedup();
    assert_eq!(runs, ["train", "val"]);
    let here = room.run(&["ls", "--json", "tb/val/../train/."]);
    assert!(here.out.contains(r#""run": "train""#), "{}{}", here.out, here.err);
}

#[test]
fn exported_files_can_contain_the_name_of_the_run() {
    let room = room();
    let done = room.run(&["export", "-o", "out/{run}.{key}.csv", "wandb/offline-run-20261130_000242-b2"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(room.path("out/hot.w.csv").is_file(), "{}", done.err);
}

/// B6.
#[test]
fn a_folder_lists_the_same_with_and_without_its_name() {
    let room = room();
    fs::write(room.path("x.csv"), "a\n1\n").unwrap();
    fs::write(room.path("model.pt"), "PK").unwrap();
    let (bare, dot) = (room.run(&["ls"]), room.run(&["ls", "."]));
    assert_eq!(bare.out, dot.out);
    assert!(bare.out.contains("\nx.csv ") && bare.out.contains("\nwandb/"), "{}", bare.out);
    assert_eq!(bare.err, "rebin: left out model.pt (not a PyTorch checkpoint)\n");
    assert_eq!((bare.code, dot.code), (0, 0));
    let folder = room.run(&["ls", "wandb"]);
    assert!(!folder.out.contains("demo"), "{}", folder.out);
}

/// B6.
#[test]
fn the_demo_appears_only_without_data_and_says_so() {
    let room = Room::new();
    fs::write(room.path("notes.md"), "1 2").unwrap();
    let done = room.run(&["ls"]);
    assert!(done.out.contains("\ndemo "), "{}", done.out);
    assert_eq!(done.err, "rebin: this directory contains nothing to open; showing the demo\n");
    fs::write(room.path("w.csv"), "a\n1\n").unwrap();
    assert!(!room.run(&["ls"]).out.contains("demo"));
    // In a clone of its own repository, `cargo run` shows the demo instead of samples for tests.
    let clone = room.path("").canonicalize().unwrap().display().to_string();
    let clone = clone.trim_end_matches('/');
    let cargo = [("CARGO_PKG_NAME", "rebin"), ("CARGO_MANIFEST_DIR", clone)];
    let done = room.run_with(&["ls"], "", &cargo);
    assert!(done.out.contains("\ndemo ") && done.err.is_empty(), "{}{}", done.out, done.err);
    assert!(room.run_with(&["ls", "."], "", &cargo).out.contains("w.csv"));
}

#[test]
fn each_run_is_exported_on_its_own() {
    let room = room();
    let done = room.run(&["export", "-s", "all", "-o", "out/{run}/{key}.{step}.csv", "wandb"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.starts_with("rebin: wrote 9 files, "), "{}", done.err);
    for run in ["base-a1", "hot", "base-c3"] {
        assert!((0..3).all(|step| room.path(&format!("out/{run}/w.{step}.csv")).is_file()), "{run}");
    }
    // Files that are not runs are named after themselves. Two of the same name are refused before anything is written.
    for folder in ["x", "y"] {
        fs::create_dir(room.path(folder)).unwrap();
        fs::write(room.path(&format!("{folder}/t.csv")), "a\n1\n").unwrap();
    }
    let clash = room.run(&["export", "-o", "two/{run}.json", "x/t.csv", "y/t.csv"]);
    assert_eq!(clash.code, 1);
    assert!(clash.err.contains("a and a would both be written to two/t.json"), "{}", clash.err);
    assert!(!room.path("two").exists());
    let one = room.run(&["export", "-o", "one/{key}.json", "wandb"]);
    assert_eq!(one.code, 1);
    assert!(one.err.ends_with("; or add {run} to NAME to export each\n"), "{}", one.err);
    let gone = room.run(&["export", "-o", "three/{run}.json", "x/t.csv", "gone.csv"]);
    assert_eq!(gone.code, 1);
    assert!(gone.err.contains("cannot read gone.csv") && room.path("three/t.json").is_file(), "{}", gone.err);
}

#[test]
fn stats_and_show_name_the_runs_in_the_order_of_their_paths() {
    let room = room();
    for command in
        [&["stats", "--json", "wandb"][..], &["show", "--json", "wandb"], &["stats", "--json", "-s", "all", "wandb"]]
    {
        let done = room.run(command);
        let rows: Vec<Value> = serde_json::from_str(&done.out).unwrap();
        let mut runs: Vec<(&str, &str)> =
            rows.iter().map(|row| (row["source"].as_str().unwrap(), row["run"].as_str().unwrap())).collect();
        runs.dedup();
        assert_eq!(runs.iter().map(|(_, run)| *run).collect::<Vec<_>>(), ["base", "hot", "base"], "{}", done.err);
        assert!(runs.is_sorted());
    }
    let missing = room.run(&["stats", "-s", "7", "wandb"]);
    assert_eq!((missing.code, missing.err.lines().count()), (1, 3), "{}", missing.err);
}
