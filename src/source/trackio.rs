//! Trackio's databases: one SQLite file for each project, with the rows of all its runs.
//!
//! Opening indexes the rows. Histograms are read on demand. The owner of a database sees neither a lock nor a file of
//! ours: `snapshot` reads the file in place without locks, or a private copy if it has a log of newer rows.

mod snapshot;

use super::tail::{logged, series};
use super::{Source, Task};
use crate::catalog::{Content, RunName, SourceInfo};
use crate::error::Error;
use crate::format::DecodeError;
use crate::format::trackio::{TrackioIndex, TrackioRun, histogram};
use snapshot::{Snapshot, State};
use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The first bytes of every SQLite database.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// Number of databases whose index stays in memory without an open run: between the search for runs and their opening.
const RECENT: usize = 4;

/// Number of attempts to read a database that changes in the meantime.
const ATTEMPTS: usize = 5;

/// Indexed database, shared by its runs.
struct Database {
    path: PathBuf,
    state: State,
    index: TrackioIndex,
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
    Ok(database.runs().map(|run| super::runs::join(path, database.key(run))).collect())
}

/// Opens a database with one run.
pub(super) fn open(path: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let database = database(path, task)?;
    let mut runs = database.runs();
    match (runs.next(), runs.next()) {
        (Some(run), None) => Ok(Arc::new(Run::new(path, None, &database, run))),
        (Some(one), Some(two)) => {
            let [one, two] = [one, two].map(|run| super::runs::join(path, database.key(run)));
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
    /// Runs with histograms, in the order of their first rows.
    fn runs(&self) -> impl Iterator<Item = &Arc<TrackioRun>> {
        self.index.runs().iter().filter(|run| !run.series().is_empty())
    }

    /// Name of a run in a path.
    fn key<'r>(&'r self, run: &'r TrackioRun) -> &'r str {
        let same = self.index.runs().iter().filter(|other| other.name == run.name || other.id == run.name).count();
        if same == 1 || run.id.is_empty() { &run.name } else { &run.id }
    }

    fn find(&self, key: &str) -> Option<&Arc<TrackioRun>> {
        self.index.runs().iter().find(|run| self.key(run) == key)
    }

    /// Reads a histogram in the row `id`.
    fn load(&self, id: i64, name: &str, task: &Task) -> Result<Content, DecodeError> {
        let decode = |metrics: &[u8]| histogram(metrics, name, &task.memory).map(logged);
        if let Some(copy) = &self.copy {
            // Only read, so a panic of another worker leaves it intact.
            return copy.lock().unwrap_or_else(PoisonError::into_inner).row(id, decode);
        }
        for _ in 0..ATTEMPTS {
            let state = State::of(&self.path)?;
            let snapshot = Snapshot::open(&self.path, &state, state.has_log(), task)?;
            let content = snapshot.row(id, decode);
            if snapshot.is_copy() || State::of(&self.path)? == state {
                return content;
            }
        }
        Err(snapshot::busy())
    }
}

/// Databases by their paths. The lock of one serializes its readers, so that the rows are indexed once for all runs.
static KNOWN: Mutex<Known> = Mutex::new(Known { by_path: None, recent: VecDeque::new() });

struct Known {
    by_path: Option<HashMap<PathBuf, Arc<Mutex<Weak<Database>>>>>,
    recent: VecDeque<Arc<Database>>,
}

fn known() -> MutexGuard<'static, Known> {
    // Every change is a single step, so a panic of another thread leaves the lists intact.
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the index of a database in its present state. Reads only the rows that were added since it was last read.
fn database(path: &Path, task: &Task) -> Result<Arc<Database>, Error> {
    let failed = |why: DecodeError| Error::read_file(path, why);
    let slot = {
        let mut known = known();
        let by_path = known.by_path.get_or_insert_default();
        by_path.retain(|other, slot| other == path || Arc::strong_count(slot) > 1 || has_database(slot));
        Arc::clone(by_path.entry(path.to_owned()).or_default())
    };
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    let before = slot.upgrade();
    if let Some(before) = &before
        && State::of(path).map_err(failed)? == before.state
    {
        return Ok(Arc::clone(before));
    }
    let database =
        read(path, before.as_deref(), task).map_err(|why| task.cancel.check().err().unwrap_or_else(|| failed(why)))?;
    let database = Arc::new(database);
    *slot = Arc::downgrade(&database);
    let mut known = known();
    known.recent.push_back(Arc::clone(&database));
    // A database is dropped without the lock, since it may delete its copy.
    let dropped = if known.recent.len() > RECENT { known.recent.pop_front() } else { None };
    drop(known);
    drop(dropped);
    Ok(database)
}

fn has_database(slot: &Mutex<Weak<Database>>) -> bool {
    // A locked slot is in use.
    slot.try_lock().map_or(true, |database| database.strong_count() > 0)
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
        if !snapshot.is_copy() && State::of(path)? != state {
            continue;
        }
        added?;
        let copy = snapshot.is_copy().then(|| Mutex::new(snapshot));
        return Ok(Database { path: path.to_owned(), state, index, copy });
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
        ];
        let details = details.into_iter().filter(|(_, value)| !value.is_empty());
        let info = SourceInfo {
            name: name.display().to_string(),
            run: RunName::with_id(&run.name, &run.id),
            title: format!("Trackio run {shown} · project {project}"),
            details: details.map(|(name, value)| (name.to_owned(), value)).collect(),
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
