//! Trackio's databases: one SQLite file for each project, with the rows of all its runs.
//!
//! Opening indexes the rows. Histograms are read on demand. The owner of a database sees neither a lock nor a file of
//! ours: `snapshot` reads the file in place without locks, or a private copy if it has a log of newer rows.

mod snapshot;

use super::open_files::OpenFiles;
use super::tail::{logged, series};
use super::{Source, Task};
use crate::catalog::{Content, RunName, ScalarCollector, Scalars, SourceInfo};
use crate::error::Error;
use crate::format::DecodeError;
use crate::format::table_runs::{RunLabel, distinct_names};
use crate::format::trackio::{Settings, TrackioIndex, TrackioRun, histogram, numbers};
use snapshot::{Snapshot, State};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The first bytes of every SQLite database.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// Number of attempts to read a database that changes in the meantime.
const ATTEMPTS: usize = 5;

/// Indexed database, shared by its runs.
struct Database {
    path: PathBuf,
    state: State,
    index: TrackioIndex,
    /// Name of each run in a path, and the position of the run with a name.
    keys: Vec<String>,
    by_key: HashMap<String, usize>,
    /// Settings of the runs, by their ids or else names.
    settings: HashMap<String, Settings>,
    /// Tables that are not read.
    unread: Vec<&'static str>,
    /// The private copy from which the index was read; `None` if it was read in place.
    copy: Option<Mutex<Snapshot>>,
}

/// Run of a database.
struct Run {
    info: Arc<SourceInfo>,
    /// Name as the user typed it.
    name: PathBuf,
    /// Name or id of the run; `None` for the only run of a database.
    key: Option<String>,
    database: Arc<Database>,
    logged: Arc<TrackioRun>,
}

/// Returns the folder of the databases: `$TRACKIO_DIR`, or `trackio` in the cache of Hugging Face.
pub(super) fn folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let directory = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || directory("XDG_CACHE_HOME").or_else(|| Some(directory("HOME")?.join(".cache")));
    let hub = || directory("HF_HOME").or_else(|| Some(cache()?.join("huggingface")));
    directory("TRACKIO_DIR").or_else(|| Some(hub()?.join("trackio")))
}

/// Returns true if a file is an SQLite database.
pub(super) fn is_database(path: &Path) -> bool {
    let mut head = [0; MAGIC.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == MAGIC
}

/// Lists the runs with histograms in a database, as paths: that of the database and the name of the run, or its id if the
/// name is not unique.
///
/// # Errors
/// The file is damaged, or not a database of Trackio.
pub(super) fn runs(path: &Path, task: &Task) -> Result<Vec<PathBuf>, Error> {
    let database = database(path, task)?;
    Ok(database.runs().map(|(key, _)| super::runs::join(path, key)).collect())
}

/// Opens a database with one run.
pub(super) fn open(path: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let database = database(path, task)?;
    let mut runs = database.runs();
    match (runs.next(), runs.next()) {
        (Some((_, run)), None) => Ok(Arc::new(Run::new(path, None, &database, run))),
        (Some((one, _)), Some((two, _))) => {
            let [one, two] = [one, two].map(|run| super::runs::join(path, run));
            Err(super::runs::several(path, &one, &two))
        }
        (None, _) => {
            let problems = database.index.problems();
            let all = database.index.runs().iter().flat_map(|run| run.problems()).chain(problems);
            let first = all.map(|problem| format!("; {problem}")).next().unwrap_or_default();
            Err(Error::read_file(path, format!("the Trackio database has no histograms{first}")))
        }
    }
}

/// Opens a run of a database. `name` is the path that the user typed.
pub(super) fn open_run(name: &Path, path: &Path, key: &str, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let database = database(path, task)?;
    let run = database.find(key).ok_or_else(|| super::runs::missing(path, key))?;
    Ok(Arc::new(Run::new(name, Some(key.to_owned()), &database, run)))
}

impl Database {
    /// Runs with histograms and their names in a path, in the order of their first rows.
    fn runs(&self) -> impl Iterator<Item = (&String, &Arc<TrackioRun>)> {
        self.keys.iter().zip(self.index.runs()).filter(|(_, run)| !run.series().is_empty())
    }

    fn find(&self, key: &str) -> Option<&Arc<TrackioRun>> {
        self.index.runs().get(*self.by_key.get(key)?)
    }

    /// Reads a histogram in the row `id`.
    fn load(&self, id: i64, name: &str, task: &Task) -> Result<Content, DecodeError> {
        self.read(task, |snapshot| snapshot.row(id, |metrics| histogram(metrics, name, &task.memory).map(logged)))
    }

    /// Passes a snapshot to `read`, again if the database was written in the meantime.
    fn read<T>(&self, task: &Task, read: impl Fn(&Snapshot) -> Result<T, DecodeError>) -> Result<T, DecodeError> {
        if let Some(copy) = &self.copy {
            // Only read, so a panic of another worker leaves it intact.
            return read(&copy.lock().unwrap_or_else(PoisonError::into_inner));
        }
        for _ in 0..ATTEMPTS {
            let state = State::of(&self.path)?;
            let snapshot = Snapshot::open(&self.path, &state, state.has_log(), task)?;
            let found = read(&snapshot);
            if snapshot.is_copy() || State::of(&self.path)? == state {
                return found;
            }
        }
        Err(snapshot::busy())
    }
}

static DATABASES: OpenFiles<Database> = OpenFiles::new();

/// Returns the index of a database in its present state. Reads only the rows that were added since it was last read.
fn database(path: &Path, task: &Task) -> Result<Arc<Database>, Error> {
    let failed = |why: DecodeError| task.cancel.check().err().unwrap_or_else(|| Error::read_file(path, why));
    DATABASES.get(
        path,
        |before| Ok(State::of(path).map_err(failed)? == before.state),
        |before| read(path, before, task).map_err(failed),
    )
}

/// Indexes a database, or the rows that were added to it.
fn read(path: &Path, before: Option<&Database>, task: &Task) -> Result<Database, DecodeError> {
    for attempt in 0..ATTEMPTS {
        let state = State::of(path)?;
        // A database that was written while it was read in place is copied.
        let snapshot = Snapshot::open(path, &state, state.has_log() || attempt > 0, task)?;
        let mut index = match before {
            Some(before) if snapshot.extends(&before.index)? => before.index.clone(),
            _ => TrackioIndex::within(task.memory.clone()),
        };
        let added = snapshot.add_rows(&mut index, task);
        let (settings, unread) = (snapshot.settings(task), snapshot.unread());
        if !snapshot.is_copy() && State::of(path)? != state {
            continue;
        }
        added?;
        let settings = settings?;
        let copy = snapshot.is_copy().then(|| Mutex::new(snapshot));
        let label = |run: &Arc<TrackioRun>| RunLabel { name: run.name.clone(), id: run.id.clone() };
        let keys = distinct_names(&index.runs().iter().map(label).collect::<Vec<_>>());
        let by_key = keys.iter().cloned().zip(0..).collect();
        return Ok(Database { path: path.to_owned(), state, index, keys, by_key, settings, unread, copy });
    }
    Err(snapshot::busy())
}

impl Run {
    fn new(name: &Path, key: Option<String>, database: &Arc<Database>, run: &Arc<TrackioRun>) -> Self {
        let project = database.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let shown = if run.name.is_empty() { &run.id } else { &run.name };
        let details = [
            ("name", run.name.clone()),
            ("id", run.id.clone()),
            ("project", project.clone()),
            ("rows", run.rows.to_string()),
            ("not read", run.media().chain(database.unread.iter().copied()).collect::<Vec<_>>().join(", ")),
        ];
        let details = details.into_iter().filter(|(_, value)| !value.is_empty());
        let settings = database.settings.get(if run.id.is_empty() { &run.name } else { &run.id });
        let settings = settings.into_iter().flatten().map(|(name, value)| match name.strip_prefix('_') {
            // Trackio's own.
            Some(own) => (own.to_lowercase(), value.clone()),
            None => (format!("config {name}"), value.clone()),
        });
        let info = SourceInfo {
            name: name.display().to_string(),
            run: RunName::with_id(&run.name, &run.id),
            title: format!("Trackio run {shown} · project {project}"),
            details: details.map(|(name, value)| (name.to_owned(), value)).chain(settings).collect(),
            // Nothing marks the end of a run.
            growing: true,
            series: series(run.series()),
            problems: run.problems().into_iter().chain(database.index.problems()).collect(),
            ..SourceInfo::default()
        };
        let (database, logged) = (Arc::clone(database), Arc::clone(run));
        Self { info: Arc::new(info), name: name.to_owned(), key, database, logged }
    }
}

impl Source for Run {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let missing = || super::no_such_entry(series, step);
        let series = self.logged.series().get(series).ok_or_else(missing)?;
        let row = series.entries.get(step).ok_or_else(missing)?.at.cast_signed();
        let name = series.path.first().map_or("", String::as_str);
        self.database
            .load(row, name, task)
            .map_err(|why| Error::read(self.info.name.clone(), format!("row {row}, under '{name}': {why}")))
    }

    fn scalars(&self, wanted: Option<&str>, task: &Task) -> Result<Scalars, Error> {
        let collected = self.database.read(task, |snapshot| {
            let mut collector = ScalarCollector::new(wanted);
            snapshot.rows_of(&self.logged, task, &mut |step, metrics| {
                match numbers(metrics, &task.memory, &mut |name, value| collector.add(name, step, value)) {
                    // A damaged row is a problem of the run.
                    Err(why) if task.memory.check().is_err() => Err(why),
                    _ => Ok(()),
                }
            })?;
            Ok(collector.finish())
        });
        collected.map_err(|why| Error::read(self.info.name.clone(), why))
    }

    fn watched(&self) -> Option<&Path> {
        Some(&self.database.path)
    }

    fn is_current(&self) -> bool {
        State::of(&self.database.path).is_ok_and(|state| state == self.database.state)
    }

    fn refresh(&self, task: &Task) -> Result<Option<Arc<dyn Source>>, Error> {
        if self.is_current() {
            return Ok(None);
        }
        let database = database(&self.database.path, task)?;
        let run = match &self.key {
            Some(key) => database.find(key),
            None => {
                database.index.runs().iter().find(|run| (&run.id, &run.name) == (&self.logged.id, &self.logged.name))
            }
        };
        let run =
            run.ok_or_else(|| super::runs::missing(&self.database.path, self.key.as_deref().unwrap_or_default()))?;
        let now = Self::new(&self.name, self.key.clone(), &database, run);
        // The rows of other runs change the state, but not this run.
        Ok((now.logged.rows != self.logged.rows).then(|| Arc::new(now) as Arc<dyn Source>))
    }
}

#[cfg(test)]
mod tests {
    use super::folder;
    use std::path::PathBuf;

    #[test]
    fn the_folder_of_the_databases_follows_the_variables_of_trackio() {
        let with = |set: &[(&str, &str)]| {
            folder(|name| set.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).into()))
        };
        assert_eq!(with(&[("HOME", "/h")]), Some(PathBuf::from("/h/.cache/huggingface/trackio")));
        assert_eq!(with(&[("HOME", "/h"), ("HF_HOME", "/hf")]), Some(PathBuf::from("/hf/trackio")));
        assert_eq!(with(&[("HF_HOME", "/hf"), ("TRACKIO_DIR", "/t")]), Some(PathBuf::from("/t")));
        assert_eq!(with(&[]), None);
    }
}
