//! Databases of Trackio.

use super::{FOLDER, check, find, open};
use rebin::catalog::Content;
use rebin::engine::MemoryLimit;
use rebin::source::{self, Input, Source, Task};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[test]
fn runs_have_the_histograms_and_steps_of_sqlite() {
    assert_eq!(check("trackio"), (7, 14));
    let sources = open(&Path::new(FOLDER).join("trackio/strange_rows_reed.db")).unwrap();
    let steps: Vec<i64> = (0..3).filter_map(|index| sources[0].info().series[0].steps.number(index)).collect();
    assert_eq!(steps, [0, -5, 1 << 62]);
    assert!(sources[0].info().problems.len() > 4, "{:?}", sources[0].info().problems);
}

/// Names, lengths and contents of the files in a folder.
fn listing(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

#[test]
fn the_owner_of_a_database_sees_no_file_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["wal_cedar.db", "wal_cedar.db-wal", "old_schema_falcon.db"] {
        fs::copy(Path::new(FOLDER).join("trackio").join(name), folder.path().join(name)).unwrap();
    }
    let before = listing(folder.path());
    for name in ["wal_cedar.db", "old_schema_falcon.db"] {
        for source in open(&folder.path().join(name)).unwrap() {
            source.load(0, 0, &Task::default()).unwrap();
            assert_eq!(listing(folder.path()), before);
        }
    }
}

const CREATE: &str = "PRAGMA journal_mode = WAL; CREATE TABLE metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, \
    run_id TEXT NOT NULL, timestamp TEXT, run_name TEXT, step INTEGER, metrics TEXT, log_id TEXT, space_id TEXT);";

/// Logs a histogram with one bin.
fn log(owner: &Connection, run: &str, step: i64, count: i64) {
    let metrics = format!(r#"{{"w":{{"_type":"trackio.histogram","bins":[0.0,1.0],"values":[{count}]}}}}"#);
    let sql = "INSERT INTO metrics(run_id, run_name, step, metrics) VALUES (?1, ?1, ?2, ?3)";
    owner.execute(sql, (run, step, metrics.as_bytes())).unwrap();
}

fn counts(source: &dyn Source) -> Vec<f64> {
    let entries = 0..source.info().series[0].steps.len();
    let count = |step| match source.load(0, step, &Task::default()).unwrap() {
        Content::Logged(logged) => logged.histogram.values().as_f64()[0],
        Content::Raw(_) => panic!("samples"),
    };
    entries.map(count).collect()
}

#[test]
fn rows_that_are_logged_while_a_run_is_open_are_added() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.db");
    let owner = Connection::open(&path).unwrap();
    owner.execute_batch(CREATE).unwrap();
    log(&owner, "a", 0, 10);
    let sources = open(&path).unwrap();
    let [a] = sources.as_slice() else { panic!("one run") };
    assert_eq!(counts(&**a), [10.0]);
    assert!(a.refresh(&Task::default()).unwrap().is_none() && a.is_current());
    assert_eq!(a.watched(), Some(path.as_path()));
    // In the log, while another transaction is open.
    log(&owner, "a", 1, 11);
    log(&owner, "b", 0, 20);
    owner.execute_batch("BEGIN IMMEDIATE").unwrap();
    log(&owner, "a", 2, 12);
    let more = a.refresh(&Task::default()).unwrap().unwrap();
    assert!(more.info().continues(a.info()));
    assert_eq!(counts(&*more), [10.0, 11.0]);
    assert_eq!(source::expand(&path).0.len(), 2, "a new run");
    owner.execute_batch("COMMIT").unwrap();
    // Moved from the log into the database.
    owner.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    assert_eq!(counts(&*more.refresh(&Task::default()).unwrap().unwrap()), [10.0, 11.0, 12.0]);
    assert_eq!(counts(&*more), [10.0, 11.0], "an older state still loads");
    // The rows of another run change nothing.
    let now = more.refresh(&Task::default()).unwrap().unwrap();
    log(&owner, "b", 1, 21);
    assert!(now.refresh(&Task::default()).unwrap().is_none());
    drop(owner);
    assert_eq!(listing(folder.path()).len(), 1);
}

#[test]
fn deleted_rows_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.db");
    let owner = Connection::open(&path).unwrap();
    owner.execute_batch(CREATE).unwrap();
    for step in 0..3 {
        log(&owner, "a", step, step);
    }
    let run: Arc<dyn Source> = open(&path).unwrap().remove(0);
    owner.execute_batch("DELETE FROM metrics WHERE step = 1").unwrap();
    log(&owner, "a", 3, 3);
    log(&owner, "a", 4, 4);
    assert_eq!(counts(&*run.refresh(&Task::default()).unwrap().unwrap()), [0.0, 2.0, 3.0, 4.0]);
}

#[test]
fn tables_that_could_run_code_of_the_file_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in [
        (
            "view.db",
            "CREATE TABLE t(x); CREATE VIEW metrics AS SELECT 1 AS run_id, 1 AS run_name, 1 AS step, x AS metrics FROM t;",
        ),
        ("generated.db", "CREATE TABLE metrics(run_id, run_name, step, x, metrics AS (hex(zeroblob(100000000))));"),
        ("other.db", "CREATE TABLE metrics(run, value);"),
        ("rowid.db", "CREATE TABLE metrics(run_id PRIMARY KEY, run_name, step, metrics) WITHOUT ROWID;"),
    ] {
        let path = folder.path().join(name);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let why = open(&path).err().unwrap();
        assert!(why.contains("SQLite database") && !why.contains('\n'), "{name}: {why}");
    }
}

#[test]
fn an_index_is_charged_to_the_memory_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.db");
    let owner = Connection::open(&path).unwrap();
    owner.execute_batch(CREATE).unwrap();
    owner.execute_batch("BEGIN").unwrap();
    for run in 0..200 {
        log(&owner, &format!("run-{run}"), 0, 1);
    }
    owner.execute_batch("COMMIT").unwrap();
    drop(owner);
    let task = Task { memory: MemoryLimit(64 << 10).into(), ..Task::default() };
    let why = source::open(&Input::Path(path.join("run-3")), &task).err().unwrap().to_string();
    assert!(why.contains("memory"), "{why}");
    assert_eq!(open(&path).unwrap().len(), 200);
}

#[test]
fn a_run_is_opened_by_the_path_of_its_database_and_its_name() {
    let path = PathBuf::from(FOLDER).join("trackio/wal_cedar.db");
    let run = source::open(&Input::Path(path.join("quartz")), &Task::default()).unwrap();
    assert_eq!(run.info().run.as_ref().map(|run| run.name.as_str()), Some("quartz"));
    assert_eq!(source::run_name(&Input::Path(path.join("quartz"))).unwrap().name, "quartz");
    let why = |name: &Path| source::open(&Input::Path(name.into()), &Task::default()).err().unwrap().to_string();
    assert!(why(&path.join("none")).ends_with("the file contains no run 'none'"));
    assert!(why(&path).contains("several runs; pass one of them"));
    let opened = open(&path).unwrap();
    let record = serde_json::json!({"path": ["quartz", "weights"], "run_name": "quartz"});
    assert!(find(&opened, &record).is_some());
}

#[test]
fn an_export_is_divided_into_its_runs() {
    let path = PathBuf::from(FOLDER).join("trackio/proj-quill.parquet");
    let sources = open(&path).unwrap();
    let names: Vec<&str> = sources.iter().map(|source| source.info().run.as_ref().unwrap().name.as_str()).collect();
    assert_eq!(names, ["sorrel", "quartz"]);
    let loss = |source: &dyn Source| {
        let index = source.info().series.iter().position(|series| series.key() == "loss").unwrap();
        let Content::Raw(population) = source.load(index, 0, &Task::default()).unwrap() else { panic!("samples") };
        population.samples().unwrap()
    };
    // Database rows 1 to 6 and 7 to 12.
    let both: Vec<_> = sources.iter().map(|source| loss(&**source)).collect();
    assert!(both[0] != both[1] && both[0].len() == both[1].len(), "{both:?}");
    let bytes = fs::read(&path).unwrap();
    let piped = source::open_reader("-", bytes.as_slice(), &Task::default()).unwrap();
    let keys: Vec<String> = piped.info().series.iter().map(|series| series.path.join("|")).collect();
    assert!(keys.contains(&"sorrel|weights".to_owned()) && keys.contains(&"quartz|weights".to_owned()), "{keys:?}");
    let why = source::open(&Input::Path(path.clone()), &Task::default()).err().unwrap().to_string();
    assert!(why.contains("several runs"), "{why}");
    let why = source::open(&Input::Path(path.join("none")), &Task::default()).err().unwrap().to_string();
    assert!(why.contains("no run 'none'"), "{why}");
}

#[test]
fn scalars_and_settings_belong_to_their_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.db");
    let owner = Connection::open(&path).unwrap();
    owner.execute_batch(CREATE).unwrap();
    owner
        .execute_batch(
            "CREATE TABLE configs(id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, config TEXT, created_at TEXT);
             CREATE TABLE system_metrics(id INTEGER PRIMARY KEY, metrics TEXT);
             INSERT INTO system_metrics(metrics) VALUES ('{}');
             INSERT INTO configs(run_id, config) VALUES ('a', '{\"lr\": 0.1, \"_Group\": null, \"_Username\": \"me\"}'),
                ('b', 'broken');",
        )
        .unwrap();
    for (run, step, loss) in [("a", 1, "0.5"), ("b", 1, "0.25"), ("a", 2, "\"NaN\""), ("a", 3, "\"text\"")] {
        log(&owner, run, step, 1);
        let metrics =
            format!(r#"{{"loss":{loss},"val":{{"loss":7}},"im":{{"_type":"trackio.image","file_path":"x"}}}}"#);
        let sql = "INSERT INTO metrics(run_id, run_name, step, metrics) VALUES (?1, ?1, ?2, ?3)";
        owner.execute(sql, (run, step, metrics)).unwrap();
    }
    let sources = open(&path).unwrap();
    let [a, b] = sources.as_slice() else { panic!("two runs") };
    let scalars = a.scalars(None, &Task::default()).unwrap();
    assert_eq!((scalars.name.as_str(), scalars.names), ("loss", vec!["loss".to_owned(), "val/loss".to_owned()]));
    assert!(matches!(scalars.points[..], [(1, 0.5), (2, x)] if x.is_nan()), "{:?}", scalars.points);
    assert_eq!(b.scalars(Some("val/loss"), &Task::default()).unwrap().points, [(1, 7.0)]);
    let details: Vec<String> = a.info().details.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let expected = [
        "name: a",
        "id: a",
        "project: p",
        "rows: 6",
        "not read: trackio.image, system metrics",
        "config lr: 0.1",
        "username: me",
    ];
    assert_eq!(details, expected);
}
