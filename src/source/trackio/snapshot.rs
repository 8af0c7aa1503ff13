//! Snapshots of an SQLite database: the file in place, read without locks, or a private copy of it and of its log.

use super::super::Task;
use super::super::reading::watched;
use crate::format::DecodeError;
use crate::format::trackio::{self, Row, Settings, TrackioIndex, TrackioRun};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Bytes of the header of a log. A log without frames has no rows.
const LOG_HEADER: u64 = 32;

/// Maximum size of a database that is copied.
const MAX_COPIED: u64 = 8 << 30;

/// Maximum length of a row. SQLite's own limit is a billion bytes.
const MAX_ROW: i32 = 1 << 28;

/// Length and time of the last change of a file; zeros if it does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct FileState {
    len: u64,
    modified: (i64, i64),
    inode: u64,
}

impl FileState {
    fn of(path: &Path) -> io::Result<Self> {
        let at = fs::metadata(path)?;
        Ok(Self { len: at.len(), modified: (at.mtime(), at.mtime_nsec()), inode: at.ino() })
    }
}

/// State of a database and of its logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    database: FileState,
    /// The write-ahead log, with the header that identifies its generation.
    log: FileState,
    generation: Vec<u8>,
    /// The rollback journal of a transaction that is being written, or was interrupted.
    journal: FileState,
}

impl State {
    pub(super) fn of(path: &Path) -> Result<Self, DecodeError> {
        let log = with_suffix(path, "-wal");
        let mut generation = Vec::new();
        if let Ok(file) = File::open(&log) {
            file.take(LOG_HEADER).read_to_end(&mut generation)?;
        }
        Ok(Self {
            database: FileState::of(path)?,
            log: FileState::of(&log).unwrap_or_default(),
            generation,
            journal: FileState::of(&with_suffix(path, "-journal")).unwrap_or_default(),
        })
    }

    /// Returns true if the database alone is not complete.
    pub(super) fn has_log(&self) -> bool {
        self.log.len > LOG_HEADER || self.journal.len > 0
    }

    /// Returns true if a copy made between both states is consistent: only the log may have grown.
    fn is_same_generation(&self, later: &Self) -> bool {
        (self.database, &self.generation, self.journal) == (later.database, &later.generation, later.journal)
            && self.log.len <= later.log.len
    }
}

/// Returns the path of a file that SQLite keeps next to a database.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Returns the error for a database that was written during every attempt to read it.
pub(super) fn busy() -> DecodeError {
    DecodeError::new("the database changes while it is read; try again")
}

/// Callback for the step and the metrics of each row.
type RowVisitor<'v> = &'v mut dyn FnMut(i64, &[u8]) -> Result<(), DecodeError>;

/// Open snapshot.
pub(super) struct Snapshot {
    connection: Connection,
    is_copy: bool,
}

impl Snapshot {
    /// Opens a snapshot of a database in this state. `copy` requests a private copy.
    pub(super) fn open(path: &Path, state: &State, copy: bool, task: &Task) -> Result<Self, DecodeError> {
        if !copy {
            return Ok(Self { connection: connect(path, true)?, is_copy: false });
        }
        if state.database.len > MAX_COPIED {
            let why = "the database is in use and too large to copy; close the program that writes it";
            return Err(DecodeError::new(why));
        }
        // Readable only by the user, and deleted when this function returns. SQLite keeps the files open.
        let private =
            tempfile::Builder::new().prefix("rebin-").permissions(fs::Permissions::from_mode(0o700)).tempdir()?;
        for _ in 0..super::ATTEMPTS {
            let before = State::of(path)?;
            let to = private.path().join("copy.db");
            // The log first: later frames would not fit an earlier database.
            for suffix in ["-wal", "-journal", ""] {
                copy_file(&with_suffix(path, suffix), &with_suffix(&to, suffix), task)?;
            }
            if before.is_same_generation(&State::of(path)?) {
                let connection = connect(&to, false)?;
                // Reads the log into the index of the connection.
                let check = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
                check.map_err(|error| describe(&error))?;
                return Ok(Self { connection, is_copy: true });
            }
        }
        Err(busy())
    }

    /// Returns true if it is a private copy, which nobody else changes.
    pub(super) fn is_copy(&self) -> bool {
        self.is_copy
    }

    /// Returns true if the rows of an index are still the first ones.
    pub(super) fn extends(&self, index: &TrackioIndex) -> Result<bool, DecodeError> {
        let (rows, Some(last)) = index.extent() else { return Ok(false) };
        let count = "SELECT count(*), max(rowid) FROM main.metrics WHERE rowid <= ?1";
        let found =
            self.connection.query_row(count, [last], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)));
        let (count, latest) = found.map_err(|error| describe(&error))?;
        Ok(u64::try_from(count) == Ok(rows) && latest == Some(last))
    }

    /// Adds the rows after the last one of an index. If some rows are readable and later ones are damaged, the index has a
    /// problem.
    pub(super) fn add_rows(&self, index: &mut TrackioIndex, task: &Task) -> Result<(), DecodeError> {
        let sql = self.select()?;
        let (before, _) = index.extent();
        let added = self.add_selected(&sql, index, task);
        match added {
            Err(why) if index.extent().0 > before && task.cancel.check().is_ok() && task.memory.check().is_ok() => {
                index.note(&format!("the rest of the database cannot be read: {why}"));
                Ok(())
            }
            added => added,
        }
    }

    fn add_selected(&self, sql: &str, index: &mut TrackioIndex, task: &Task) -> Result<(), DecodeError> {
        let failed = |error: rusqlite::Error| describe(&error);
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let last = index.extent().1.unwrap_or(i64::MIN);
        let mut rows = statement.query([last]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            task.cancel.check().map_err(|error| DecodeError::new(error.to_string()))?;
            let text = |column: usize| match row.get_ref(column) {
                Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => Some(bytes),
                _ => None,
            };
            let integer = |column: usize| match row.get_ref(column) {
                Ok(ValueRef::Integer(integer)) => Some(integer),
                _ => None,
            };
            let name = |column: usize| text(column).map(String::from_utf8_lossy);
            let (run_id, run_name, metrics) = (name(1), name(2), text(4));
            task.progress.add(metrics.map_or(0, |bytes| bytes.len() as u64));
            index.add(&Row {
                id: integer(0).unwrap_or_default(),
                run_id: run_id.as_deref(),
                run_name: run_name.as_deref(),
                step: integer(3),
                metrics,
            })?;
        }
        Ok(())
    }

    /// Passes the metrics of a row to `read`.
    pub(super) fn row<T>(&self, id: i64, read: impl FnOnce(&[u8]) -> Result<T, DecodeError>) -> Result<T, DecodeError> {
        let failed = |error: rusqlite::Error| describe(&error);
        let mut statement =
            self.connection.prepare("SELECT metrics FROM main.metrics WHERE rowid = ?1").map_err(failed)?;
        let mut rows = statement.query([id]).map_err(failed)?;
        let row = rows.next().map_err(failed)?.ok_or_else(|| DecodeError::new("the row no longer exists; reload"))?;
        match row.get_ref(0).map_err(failed)? {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => read(bytes),
            _ => Err(DecodeError::new("the metrics are not a text")),
        }
    }

    /// Passes the step and the metrics of each row of a run to `each`. Rows that cannot be read are skipped.
    pub(super) fn rows_of(&self, run: &TrackioRun, task: &Task, each: RowVisitor<'_>) -> Result<(), DecodeError> {
        let failed = |error: rusqlite::Error| describe(&error);
        let columns = self.columns("metrics")?.unwrap_or_default();
        let (column, value) = if run.id.is_empty() { ("run_name", &run.name) } else { ("run_id", &run.id) };
        if !columns.iter().any(|other| other == column) {
            return Ok(());
        }
        let sql = format!("SELECT step, metrics FROM main.metrics WHERE {column} = ?1");
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let mut rows = statement.query([value]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            task.cancel.check().map_err(|error| DecodeError::new(error.to_string()))?;
            if let (Ok(ValueRef::Integer(step)), Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes))) =
                (row.get_ref(0), row.get_ref(1))
            {
                task.progress.add(bytes.len() as u64);
                each(step, bytes)?;
            }
        }
        Ok(())
    }

    /// Returns the settings of the runs, by their ids or else names. Damaged settings are missing.
    pub(super) fn settings(&self, task: &Task) -> Result<HashMap<String, Settings>, DecodeError> {
        let mut all = HashMap::new();
        let columns = self.columns("configs").ok().flatten().unwrap_or_default();
        let has = |name: &str| columns.iter().any(|column| column == name);
        let run = if has("run_id") { "run_id" } else { "run_name" };
        if !has(run) || !has("config") {
            return Ok(all);
        }
        let sql = format!("SELECT {run}, config FROM main.configs ORDER BY rowid");
        let Ok(mut statement) = self.connection.prepare(&sql) else { return Ok(all) };
        let Ok(mut rows) = statement.query([]) else { return Ok(all) };
        while let Ok(Some(row)) = rows.next() {
            task.cancel.check().map_err(|error| DecodeError::new(error.to_string()))?;
            if let (Ok(ValueRef::Text(run)), Ok(ValueRef::Text(config) | ValueRef::Blob(config))) =
                (row.get_ref(0), row.get_ref(1))
            {
                all.insert(String::from_utf8_lossy(run).into_owned(), trackio::settings(config, &task.memory)?);
            }
        }
        Ok(all)
    }

    /// Returns the tables with rows that rebin does not read.
    pub(super) fn unread(&self) -> Vec<&'static str> {
        let tables = [
            ("system_metrics", "system metrics"),
            ("traces", "traces"),
            ("alerts", "alerts"),
            ("artifacts", "artifacts"),
        ];
        let has_rows = |table: &str| {
            let sql = format!("SELECT 1 FROM main.{table} LIMIT 1");
            matches!(self.columns(table), Ok(Some(_))) && self.connection.query_row(&sql, [], |_| Ok(())).is_ok()
        };
        tables.into_iter().filter(|(table, _)| has_rows(table)).map(|(_, name)| name).collect()
    }

    /// Returns the columns of a plain table; `None` if there is no such table. A view or a generated column could run code
    /// of the file.
    fn columns(&self, table: &str) -> Result<Option<Vec<String>>, DecodeError> {
        let kind = "SELECT type, rootpage FROM sqlite_schema WHERE name = ?1";
        let found =
            self.connection.query_row(kind, [table], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)));
        match found {
            Ok((kind, root)) if kind == "table" && root > 0 => {}
            Ok(_) | Err(rusqlite::Error::QueryReturnedNoRows) => return Ok(None),
            Err(error) => return Err(describe(&error)),
        }
        let mut columns = Vec::new();
        let sql = format!("PRAGMA main.table_xinfo({table})");
        let mut statement = self.connection.prepare(&sql).map_err(|error| describe(&error))?;
        let mut rows = statement.query([]).map_err(|error| describe(&error))?;
        while let Some(row) = rows.next().map_err(|error| describe(&error))? {
            let column = (row.get::<_, String>(1), row.get::<_, i64>(6));
            let (Ok(name), Ok(0)) = column else { return Ok(None) };
            columns.push(name);
        }
        Ok(Some(columns))
    }

    /// Returns the query for the rows after an id.
    fn select(&self) -> Result<String, DecodeError> {
        let foreign = || DecodeError::new("an SQLite database of another program; rebin reads those of Trackio");
        let columns = self.columns("metrics")?.ok_or_else(foreign)?;
        let has = |name: &str| columns.iter().any(|column| column == name);
        if !has("metrics") || !has("step") || !(has("run_id") || has("run_name")) {
            return Err(foreign());
        }
        let column = |name| if has(name) { name } else { "NULL" };
        let (id, name) = (column("run_id"), column("run_name"));
        Ok(format!("SELECT rowid, {id}, {name}, step, metrics FROM main.metrics WHERE rowid > ?1 ORDER BY rowid"))
    }
}

/// Copies a file, if it exists.
fn copy_file(from: &Path, to: &Path, task: &Task) -> Result<(), DecodeError> {
    let file = match File::open(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A log that is gone since the last attempt.
            let _ = fs::remove_file(to);
            return Ok(());
        }
        file => file?,
    };
    io::copy(&mut watched(file, task), &mut File::create(to)?)?;
    Ok(())
}

/// Opens a database for reading. In place, SQLite takes no lock and creates no file.
fn connect(path: &Path, in_place: bool) -> Result<Connection, DecodeError> {
    let mut uri = "file:".to_owned();
    let path = fs::canonicalize(path)?;
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            // Writing to a string never fails.
            byte => _ = write!(uri, "%{byte:02X}"),
        }
    }
    uri += if in_place { "?mode=ro&immutable=1" } else { "?mode=ro" };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(&uri, flags)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_ROW)?;
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    };
    open().map_err(|error| describe(&error))
}

/// Describes an error of SQLite.
fn describe(error: &rusqlite::Error) -> DecodeError {
    let text = match error {
        rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
        other => other.to_string(),
    };
    DecodeError::new(format!("damaged or unsupported SQLite database ({text})"))
}
