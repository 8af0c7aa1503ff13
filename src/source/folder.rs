//! Directories of logs: finds the sources in them.
//!
//! One source is a directory with event files, the directory of a W&B run, or a checkpoint in several files. W&B tables
//! are separate sources, next to the run that logged them. The search does not follow links to directories: the SDK's
//! `latest-run` is such a link, and the search finds its target anyway.

use super::{Input, Source, Task, checkpoint, run, tensorboard};
use crate::error::Error;
use crate::format::TABLE_SUFFIX;
use crate::format::safetensors::{INDEX_SUFFIX, SUFFIX};
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Limits of the search: higher than years of runs need, and lower than the size of a disk.
const MAX_DEPTH: usize = 16;
const MAX_ENTRIES: usize = 100_000;

/// Maximum number of tables to find. A run may log a table at every step.
const MAX_TABLES: usize = 200;

/// The folder of W&B tables in the folder of a run.
const TABLES: &str = "files/media/table";

/// Result of a search.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// Paths of the sources, in the order of their names.
    pub(super) paths: Vec<PathBuf>,
    /// Message if the search stopped at a limit.
    pub(super) stopped: Option<String>,
    entries: usize,
    tables: usize,
}

/// Opens the one log in a directory and its subdirectories.
pub(super) fn open(folder: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    if !event_files(folder).is_empty() {
        return tensorboard::open(folder, task);
    }
    if let [shard, ..] = &*checkpoints(folder)
        && shard == folder
    {
        return checkpoint::open_folder(folder, &files_named(folder, SUFFIX), task);
    }
    let Search { paths, stopped, .. } = search(folder);
    match (&paths[..], stopped) {
        ([], Some(why)) => Err(Error::read_file(folder, why)),
        ([], None) => Err(Error::read_file(folder, "the directory contains no logged histograms; pass a file in it")),
        // A run. Its tables are separate sources.
        ([one, ..], _) if one == folder => run::open(one, task),
        ([one], _) => super::open(&Input::Path(one.clone()), task),
        ([one, .., last], _) => {
            let (one, last) = (one.display(), last.display());
            let why = format!("the directory contains several runs, {one} to {last}; pass one of them");
            Err(Error::read_file(folder, why))
        }
    }
}

/// Finds the logs in a directory and its subdirectories.
pub(super) fn search(folder: &Path) -> Search {
    let mut search = Search::default();
    search.visit(folder, 0);
    search
}

impl Search {
    fn visit(&mut self, folder: &Path, depth: usize) {
        let (events, logs) = (event_files(folder), logs(folder));
        if !events.is_empty() {
            self.paths.push(folder.to_owned());
        }
        if events.is_empty() && (logs.len() == 1 || (logs.is_empty() && run_file(folder).is_some())) {
            self.paths.push(folder.to_owned());
            self.add_tables(folder);
            self.visit(&folder.join(TABLES), depth + 1);
            return;
        }
        let checkpoints = checkpoints(folder);
        // A directory can be one source only.
        if !events.is_empty() && checkpoints.iter().any(|path| path == folder) {
            self.paths.extend(files_named(folder, SUFFIX));
        } else {
            self.paths.extend(checkpoints);
        }
        self.paths.extend(logs);
        self.add_tables(folder);
        let subfolders = entries(folder, |name, entry| {
            self.entries += 1;
            !name.starts_with('.') && entry.file_type().is_ok_and(|kind| kind.is_dir())
        });
        for folder in subfolders {
            if self.entries > MAX_ENTRIES {
                self.stopped = Some(format!("searched only the first {MAX_ENTRIES} entries; pass a subdirectory"));
                return;
            }
            if depth == MAX_DEPTH {
                self.stopped = Some(format!("searched only {MAX_DEPTH} levels of directories; pass a subdirectory"));
                return;
            }
            self.visit(&folder, depth + 1);
        }
    }

    /// Adds the tables in a directory.
    fn add_tables(&mut self, folder: &Path) {
        let tables = files_named(folder, TABLE_SUFFIX);
        let room = MAX_TABLES - self.tables;
        if tables.len() > room {
            let why = format!("opened only the first {MAX_TABLES} tables; pass the other files or a subdirectory");
            self.stopped = Some(why);
        }
        let before = self.paths.len();
        self.paths.extend(tables.into_iter().take(room));
        self.tables += self.paths.len() - before;
    }
}

/// Event files of a directory, in the order of the stream that they form.
pub(super) fn event_files(folder: &Path) -> Vec<PathBuf> {
    entries(folder, |name, entry| is_event_file(name) && entry.path().is_file())
}

/// Returns true for names that TensorBoard's writers give, `tfevents.` and a time, and for copies without a time.
pub(super) fn is_event_file(name: &str) -> bool {
    let empty = name.ends_with(".profile-empty") || name.ends_with(".sagemaker-uploaded");
    let timed = name.split("tfevents.").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    !empty && (timed || name.ends_with("tfevents"))
}

/// Transaction logs of W&B in a directory.
pub(super) fn logs(folder: &Path) -> Vec<PathBuf> {
    let log = Some(OsStr::new("wandb"));
    entries(folder, |name, entry| Path::new(name).extension() == log && entry.path().is_file())
}

/// Paths that open the tensors in a directory: the indexes of their files, the only file, or the directory itself.
fn checkpoints(folder: &Path) -> Vec<PathBuf> {
    let indexes = files_named(folder, INDEX_SUFFIX);
    if !indexes.is_empty() {
        return indexes;
    }
    let files = files_named(folder, SUFFIX);
    if files.len() > 1 { vec![folder.to_owned()] } else { files }
}

fn files_named(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    entries(folder, |name, entry| name.ends_with(suffix) && entry.path().is_file())
}

/// File with the histograms of a run without a log: the history of an old SDK, or the summary.
pub(super) fn run_file(folder: &Path) -> Option<PathBuf> {
    let names = ["wandb-history.jsonl", "files/wandb-history.jsonl", "files/wandb-summary.json", "wandb-summary.json"];
    names.into_iter().map(|name| folder.join(name)).find(|file| file.is_file())
}

/// Selected entries of a directory, sorted. Empty if the directory cannot be read.
fn entries(folder: &Path, mut select: impl FnMut(&str, &DirEntry) -> bool) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> =
        all.filter(|entry| select(&entry.file_name().to_string_lossy(), entry)).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::is_event_file;

    #[test]
    fn event_files_are_recognized_by_name() {
        for name in ["events.out.tfevents.1700000000.host.1.0.v2", "events.out.tfevents.1", "copy.tfevents", "tfevents"]
        {
            assert!(is_event_file(name), "{name}");
        }
        for name in ["tfevents.py", "read_tfevents.txt", "x.tfevents.1.profile-empty", "tfevents_1", "events.out.1"] {
            assert!(!is_event_file(name), "{name}");
        }
    }
}
