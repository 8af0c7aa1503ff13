//! Folders of logs: which of their files and folders are sources.
//!
//! A folder with event files is one source, and so are the folder of a W&B run and a checkpoint in several files. W&B's
//! tables are sources of their own, beside the run that logged them. Links
//! to folders are not followed: the SDK's `latest-run` is one, and the run it names is found anyway.

use super::{Input, Source, Task, checkpoint, run, tensorboard};
use crate::error::Error;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How deep folders are searched, and how many entries are looked at on the way: more than years of runs have, less
/// than a disk does.
const MAX_DEPTH: usize = 16;
const MAX_ENTRIES: usize = 100_000;

/// The most tables that are found: one may be logged at every step of a run.
const MAX_TABLES: usize = 200;

/// How W&B names its tables, and where a run's folder has them.
const TABLE: &str = ".table.json";
const TABLES: &str = "files/media/table";

/// What a search came upon.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The sources, in the order of their names.
    pub(super) paths: Vec<PathBuf>,
    /// Why not everything was looked at, as a sentence.
    pub(super) cut: Option<String>,
    entries: usize,
    tables: usize,
}

/// Opens the one log at or below a folder.
pub(super) fn open(folder: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    if !event_files(folder).is_empty() {
        return tensorboard::open(folder, task);
    }
    if let [shard, ..] = &*checkpoints(folder)
        && shard == folder
    {
        return checkpoint::open_folder(folder, &files_named(folder, checkpoint::SUFFIX), task);
    }
    let found = search(folder);
    match (&found.paths[..], found.cut) {
        ([], Some(cut)) => Err(Error::read_file(folder, cut)),
        ([], None) => Err(Error::read_file(folder, "it is a folder without logged histograms; name a file in it")),
        // A run, whose tables are other sources.
        ([one, ..], _) if one == folder => run::open(one, task),
        ([one], _) => super::open(&Input::Path(one.clone()), task),
        ([one, .., last], _) => {
            let (one, last) = (one.display(), last.display());
            Err(Error::read_file(folder, format!("it is a folder of several runs, {one} to {last}; name one of them")))
        }
    }
}

/// The logs at and below a folder.
pub(super) fn search(folder: &Path) -> Found {
    let mut found = Found::default();
    found.search(folder, 0);
    found
}

impl Found {
    fn search(&mut self, folder: &Path, depth: usize) {
        let (events, logs) = (event_files(folder), logs(folder));
        if !events.is_empty() {
            self.paths.push(folder.to_owned());
        }
        if events.is_empty() && (logs.len() == 1 || (logs.is_empty() && run_file(folder).is_some())) {
            self.paths.push(folder.to_owned());
            self.add_tables(folder);
            self.search(&folder.join(TABLES), depth + 1);
            return;
        }
        let checkpoints = checkpoints(folder);
        // A folder can be one source only.
        if !events.is_empty() && checkpoints.iter().any(|path| path == folder) {
            self.paths.extend(files_named(folder, checkpoint::SUFFIX));
        } else {
            self.paths.extend(checkpoints);
        }
        self.paths.extend(logs);
        self.add_tables(folder);
        let below = entries(folder, |name, entry| {
            self.entries += 1;
            !name.starts_with('.') && entry.file_type().is_ok_and(|kind| kind.is_dir())
        });
        for folder in below {
            if self.entries > MAX_ENTRIES {
                self.cut = Some(format!("only its first {MAX_ENTRIES} entries were searched; name a folder in it"));
                return;
            }
            if depth == MAX_DEPTH {
                self.cut = Some(format!("only {MAX_DEPTH} levels of folders were searched; name a folder in it"));
                return;
            }
            self.search(&folder, depth + 1);
        }
    }

    /// Adds the tables that lie in a folder.
    fn add_tables(&mut self, folder: &Path) {
        let tables = files_named(folder, TABLE);
        let room = MAX_TABLES - self.tables;
        if tables.len() > room {
            self.cut = Some(format!("only its first {MAX_TABLES} tables are opened; name others, or a folder in it"));
        }
        let before = self.paths.len();
        self.paths.extend(tables.into_iter().take(room));
        self.tables += self.paths.len() - before;
    }
}

/// The event files of a folder, in the order in which they are one stream.
pub(super) fn event_files(folder: &Path) -> Vec<PathBuf> {
    entries(folder, |name, entry| is_event_file(name) && entry.path().is_file())
}

/// Whether TensorBoard's writers name their files so: `tfevents.` with the time behind it. Without anything behind it
/// is how people name copies.
fn is_event_file(name: &str) -> bool {
    let empty = name.ends_with(".profile-empty") || name.ends_with(".sagemaker-uploaded");
    let timed = name.split("tfevents.").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    !empty && (timed || name.ends_with("tfevents"))
}

/// The transaction logs of W&B in a folder.
pub(super) fn logs(folder: &Path) -> Vec<PathBuf> {
    let log = Some(OsStr::new("wandb"));
    entries(folder, |name, entry| Path::new(name).extension() == log && entry.path().is_file())
}

/// What the tensors in a folder are opened by: the index of their files, their one file, or the folder itself.
fn checkpoints(folder: &Path) -> Vec<PathBuf> {
    let indexes = files_named(folder, checkpoint::INDEX);
    if !indexes.is_empty() {
        return indexes;
    }
    let files = files_named(folder, checkpoint::SUFFIX);
    if files.len() > 1 { vec![folder.to_owned()] } else { files }
}

fn files_named(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    entries(folder, |name, entry| name.ends_with(suffix) && entry.path().is_file())
}

/// What holds the histograms of a run's folder without a log: the history of old SDKs, or the summary.
pub(super) fn run_file(folder: &Path) -> Option<PathBuf> {
    let names = ["wandb-history.jsonl", "files/wandb-history.jsonl", "files/wandb-summary.json", "wandb-summary.json"];
    names.into_iter().map(|name| folder.join(name)).find(|file| file.is_file())
}

/// The entries of a folder that are wanted, sorted; none if it cannot be read.
fn entries(folder: &Path, mut wanted: impl FnMut(&str, &DirEntry) -> bool) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> =
        all.filter(|entry| wanted(&entry.file_name().to_string_lossy(), entry)).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::is_event_file;

    #[test]
    fn event_files_are_told_by_the_names_that_writers_give_them() {
        for name in ["events.out.tfevents.1700000000.host.1.0.v2", "events.out.tfevents.1", "copy.tfevents", "tfevents"]
        {
            assert!(is_event_file(name), "{name}");
        }
        for name in ["tfevents.py", "read_tfevents.txt", "x.tfevents.1.profile-empty", "tfevents_1", "events.out.1"] {
            assert!(!is_event_file(name), "{name}");
        }
    }
}
