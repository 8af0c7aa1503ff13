//! W&B's joined and partitioned tables, which refer to other files of their artifact.

use super::{HISTOGRAM, open, population, why};
use rebin::catalog::{SeriesKind, SourceInfo};
use rebin::hist::Samples;
use rebin::source::{self, Input, Task};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A directory with these files, as an artifact has.
fn artifact(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn table(columns: &str, data: &str) -> String {
    format!(r#"{{"_type": "table", "columns": {columns}, "data": {data}}}"#)
}

fn keys(info: &SourceInfo) -> Vec<String> {
    info.series.iter().map(|series| series.path.join("/")).collect()
}

fn problems(info: &SourceInfo) -> Vec<String> {
    info.problems.iter().map(ToString::to_string).collect()
}

fn refused(path: PathBuf) -> String {
    source::open(&Input::Path(path), &Task::default()).err().unwrap().to_string()
}

const PARTS: &str = r#"{"_type": "partitioned-table", "parts_path": "all/parts"}"#;

#[test]
fn the_parts_of_a_table_are_read_in_the_order_of_their_names() {
    let folder = artifact(&[
        ("t.partitioned-table.json", PARTS),
        ("all/parts/b.table.json", &table(r#"["loss", "n"]"#, "[[0.5, 3], [null, 4]]")),
        ("all/parts/a.table.json", &table(r#"["n", "loss"]"#, "[[1, 2], [2, 1]]")),
    ]);
    let source = open(&folder.path().join("t.partitioned-table.json"));
    assert_eq!(source.info().title, "W&B partitioned table, 2 table files");
    assert_eq!((keys(source.info()), problems(source.info())), (vec!["n".to_owned(), "loss".to_owned()], vec![]));
    assert_eq!(population(&*source, 0).samples().unwrap(), Samples::I64(vec![1, 2, 3, 4]));
    let loss = population(&*source, 1);
    assert_eq!((loss.samples(), loss.missing()), (Ok(Samples::F64(vec![2.0, 1.0, 0.5])), 1));
}

#[test]
fn damaged_or_incomplete_parts_are_reported_and_the_rest_is_read() {
    let folder = artifact(&[
        ("t.json", PARTS),
        ("all/parts/a.table.json", &table(r#"["n", "loss"]"#, r#"[[1, 0.5], ["x", 1.5]]"#)),
        ("all/parts/b.table.json", "{\"columns\": ["),
        ("all/parts/c.table.json", &table(r#"["n"]"#, "[[2]]")),
        ("all/parts/d.table.json/within", ""),
        ("all/parts/e.table.json", PARTS),
        ("all/parts/notes.txt", "x"),
    ]);
    let source = open(&folder.path().join("t.json"));
    assert_eq!(population(&*source, 0).samples().unwrap(), Samples::I64(vec![1, 2]));
    assert_eq!(population(&*source, 1).samples().unwrap(), Samples::F64(vec![0.5, 1.5]));
    let found = problems(source.info());
    let expected = [
        "all/parts: skipped 2 files not named *.table.json",
        "all/parts/b.table.json: line 1, column 14",
        "all/parts/e.table.json: refers to other tables",
        "all/parts/c.table.json: no numbers for 'loss'",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (problem, expected) in found.iter().zip(expected) {
        assert!(problem.starts_with(expected), "{problem}");
    }
    let within = &source.info().series[0].problems[0];
    assert_eq!(within.to_string(), "all/parts/a.table.json: data[1][0]: the string \"x\" is not a number");
}

#[test]
fn no_more_than_ten_thousand_parts_are_read() {
    let folder = artifact(&[("t.json", PARTS), ("all/parts/99999.table.json", &table(r#"["x"]"#, "[[-1]]"))]);
    for i in 0..10_000 {
        fs::write(folder.path().join(format!("all/parts/{i:05}.table.json")), table(r#"["x"]"#, "[[1]]")).unwrap();
    }
    let source = open(&folder.path().join("t.json"));
    assert_eq!(population(&*source, 0).samples().unwrap(), Samples::I64(vec![1; 10_000]));
    assert_eq!(problems(source.info()), ["all/parts: read only the first 10000 tables; skipped 1"]);
}

#[test]
fn joined_tables_are_found_in_parent_directories_and_name_their_series() {
    let joined = r#"{"_type": "joined-table", "table1": "left.table.json", "table2": "sub/right.table.json",
        "join_key": ["id", "key"]}"#;
    let right = table(r#"["key", "x", "grad"]"#, &format!("[[1, 7, {HISTOGRAM}]]"));
    let folder = artifact(&[
        ("a/b/c/j.joined-table.json", joined),
        ("a/b/c/d/j.joined-table.json", joined),
        ("left.table.json", &table(r#"["id", "x"]"#, "[[1, 0.5]]")),
        ("sub/right.table.json", &right),
    ]);
    let source = open(&folder.path().join("a/b/c/j.joined-table.json"));
    let info = source.info();
    assert_eq!(keys(info), ["right/grad", "left/id", "left/x", "right/key", "right/x"]);
    let rows = "1 joined, 0 only in the first table, 0 only in the second";
    let details = [("joined by", "id = key"), ("rows", rows)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!((problems(info), &info.details[..]), (vec![], &details[..]));
    assert_eq!(population(&*source, 2).samples().unwrap(), Samples::F64(vec![0.5]));
    let deeper = refused(folder.path().join("a/b/c/d/j.joined-table.json"));
    assert!(
        deeper.contains("left.table.json: not found in the directory of the file or up to 3 levels above it"),
        "{deeper}"
    );
}

#[test]
fn a_side_of_a_join_may_be_partitioned_missing_or_a_namesake() {
    let numbers = table(r#"["x"]"#, "[[1]]");
    let folder = artifact(&[
        ("j.json", r#"{"_type": "joined-table", "table": "p.partitioned-table.json", "table2": "gone.table.json"}"#),
        ("same.json", r#"{"_type": "joined-table", "table1": "a/t.table.json", "table2": "b/t.table.json"}"#),
        ("self.json", r#"{"_type": "joined-table", "table1": "a/t.table.json", "table2": "a/t.table.json"}"#),
        ("half.json", r#"{"_type": "joined-table", "table1": "a/t.table.json"}"#),
        ("p.partitioned-table.json", PARTS),
        ("all/parts/0.table.json", &numbers),
        ("a/t.table.json", &numbers),
        ("b/t.table.json", &numbers),
    ]);
    let source = open(&folder.path().join("j.json"));
    assert_eq!(keys(source.info()), ["p/x"]);
    assert!(problems(source.info())[0].starts_with("gone.table.json: not found in the directory"));
    assert_eq!(keys(open(&folder.path().join("same.json")).info()), ["a/t.table.json/x", "b/t.table.json/x"]);
    let source = open(&folder.path().join("self.json"));
    assert_eq!((keys(source.info()), population(&*source, 0).len()), (vec!["t/x".to_owned()], 1));
    assert_eq!(problems(open(&folder.path().join("half.json")).info()), ["table2: the path is missing"]);
}

#[test]
fn rows_with_equal_keys_are_joined_and_unmatched_rows_are_kept() {
    let joined = r#"{"_type": "joined-table", "table1": "left.table.json", "table2": "p.partitioned-table.json",
        "join_key": "id"}"#;
    let folder = artifact(&[
        ("j.joined-table.json", joined),
        ("left.table.json", &table(r#"["id", "x"]"#, r#"[["a", 1], ["b", 2], [null, 3], ["b", 4]]"#)),
        ("p.partitioned-table.json", PARTS),
        ("all/parts/0.table.json", &table(r#"["y", "id"]"#, r#"[[10, "b"], [20, "c"]]"#)),
        ("all/parts/more/1.table.json", &table(r#"["id", "y"]"#, r#"[["b", 30]]"#)),
    ]);
    let source = open(&folder.path().join("j.joined-table.json"));
    let info = source.info();
    assert_eq!((keys(info), problems(info)), (["left/x", "p/y"].map(str::to_owned).to_vec(), vec![]));
    assert_eq!(info.details[1].1, "4 joined, 2 only in the first table, 1 only in the second");
    let column = |series| (population(&*source, series).samples().unwrap(), population(&*source, series).missing());
    assert_eq!(column(0), (Samples::I64(vec![1, 2, 2, 3, 4, 4]), 1));
    assert_eq!(column(1), (Samples::I64(vec![10, 30, 10, 30, 20]), 2));
    let other = joined.replace("\"id\"", "[\"id\", \"key\"]");
    fs::write(folder.path().join("j.joined-table.json"), other).unwrap();
    let source = open(&folder.path().join("j.joined-table.json"));
    assert_eq!(problems(source.info()), ["join_key: p has no column 'key'"]);
    assert_eq!(population(&*source, 0).samples().unwrap(), Samples::I64(vec![1, 2, 3, 4]));
}

#[test]
fn tables_written_by_the_sdk_are_joined_and_concatenated() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples/wandb/artifacts");
    let source = open(&folder.join("joined/both.joined-table.json"));
    let info = source.info();
    // The first table has histograms in its rows.
    let first = &info.series[0];
    assert_eq!((first.kind, first.steps.len()), (SeriesKind::Histogram, 4));
    let expected = vec![first.path.join("/"), "left/x".to_owned(), "right/y".to_owned()];
    assert!(expected[0].starts_with("left/"), "{expected:?}");
    assert_eq!((keys(info), problems(info)), (expected, vec![]));
    assert_eq!(info.details[1].1, "3 joined, 2 only in the first table, 1 only in the second");
    assert_eq!(population(&*source, 1).samples().unwrap(), Samples::F64(vec![0.0, 1.0, 1.0, 2.0, 3.0]));
    assert_eq!(population(&*source, 2).samples().unwrap(), Samples::F64(vec![10.0, 10.0, 30.0, 70.0]));
    let parts = open(&folder.join("parts/all.partitioned-table.json"));
    assert_eq!((keys(parts.info()), problems(parts.info())), (vec!["x".to_owned()], vec![]));
    assert_eq!(population(&*parts, 0).samples().unwrap().len(), 9);
}

#[test]
fn nothing_outside_the_artifact_is_read() {
    let numbers = table(r#"["x"]"#, "[[1]]");
    let folder = artifact(&[("up.table.json", &numbers), ("a/in.table.json", &numbers)]);
    let absolute = folder.path().join("up.table.json");
    for outside in ["../up.table.json", "in/../../up.table.json", absolute.to_str().unwrap()] {
        let path = folder.path().join("a/j.json");
        let named = serde_json::json!({"_type": "joined-table", "table1": "in.table.json", "table2": outside});
        fs::write(&path, named.to_string()).unwrap();
        let source = open(&path);
        assert_eq!(keys(source.info()), ["in/x"]);
        assert_eq!(problems(source.info()), [format!("{outside}: the path leaves the artifact and is not followed")]);
        let named = serde_json::json!({"_type": "partitioned-table", "parts_path": outside});
        fs::write(&path, named.to_string()).unwrap();
        assert!(refused(path).contains("the path leaves the artifact"));
    }
}

#[test]
fn a_table_in_another_artifact_causes_an_error_that_names_it() {
    let logged = r#"{"_type": "joined-table", "artifact_path": "wandb-client-artifact://x/j.joined-table.json"}"#;
    let folder = artifact(&[("j.json", logged), ("p.json", r#"{"_type": "partitioned-table"}"#)]);
    let elsewhere = refused(folder.path().join("j.json"));
    assert!(elsewhere.contains("in the artifact \"wandb-client-artifact://x/j.joined-table.json\""), "{elsewhere}");
    assert!(refused(folder.path().join("p.json")).contains("does not name its tables"));
    assert!(why(PARTS.as_bytes()).contains("pass the file itself"));
}

#[test]
fn tables_in_the_directory_of_a_run_are_separate_sources() {
    let numbers = table(r#"["x"]"#, "[[1]]");
    let folder = artifact(&[
        ("run/files/media/table/val/t_0_ab.table.json", &numbers),
        ("run/own.table.json", &numbers),
        ("run/wandb-summary.json", r#"{"h": {"_type": "histogram", "values": [1], "bins": [0, 1]}}"#),
        ("lone/t.table.json", &numbers),
    ]);
    let (found, cut) = source::expand(folder.path());
    let expected = ["lone/t.table.json", "run", "run/own.table.json", "run/files/media/table/val/t_0_ab.table.json"];
    assert_eq!((found, cut), (expected.map(|path| Input::Path(folder.path().join(path))).to_vec(), Vec::new()));
    assert_eq!(keys(open(&folder.path().join("run")).info()), ["h"]);
    assert_eq!(keys(open(&folder.path().join("lone")).info()), ["x"]);
}

#[test]
fn no_more_tables_are_found_than_can_be_opened() {
    let folder = artifact(&[]);
    for step in 0..250 {
        fs::write(folder.path().join(format!("t_{step:03}.table.json")), "{}").unwrap();
    }
    let (found, cut) = source::expand(folder.path());
    assert_eq!(found.len(), 200);
    assert!(cut[0].ends_with("opened only the first 200 tables; pass the other files or a subdirectory"));
}
