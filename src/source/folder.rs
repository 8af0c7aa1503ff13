//! Folders of logs: which of their files and folders are sources.
//!
//! A folder with event files is one source, and so is the folder of a W&B run. Links to folders are not followed: the
//! SDK's `latest-run` is one, and the run it names is found anyway.

use super::{Source, Work, run, tb};
use crate::error::Error;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How deep folders are searched.
const MAX_DEPTH: usize = 16;

/// Opens the one log at or below a folder.
pub(super) fn open(folder: &Path, work: &Work) -> Result<Arc<dyn Source>, Error> {
    if !event_files(folder).is_empty() {
        return tb::open(folder, work);
    }
    match &sources(folder)[..] {
        [] => Err(Error::read_file(folder, "it is a folder without logged histograms; name a file in it")),
        [one] if one == folder || one.is_file() => run::open(one, work),
        [one] => open(one, work),
        [one, .., last] => {
            let (one, last) = (one.display(), last.display());
            Err(Error::read_file(folder, format!("it is a folder of several runs, {one} to {last}; name one of them")))
        }
    }
}

/// The logs at and below a folder, in the order of their names.
pub(super) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    search(folder, MAX_DEPTH, &mut found);
    found
}

fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let (events, logs) = (event_files(folder), logs(folder));
    if !events.is_empty() {
        found.push(folder.to_owned());
    }
    if events.is_empty() && (logs.len() == 1 || (logs.is_empty() && run_file(folder).is_some())) {
        found.push(folder.to_owned());
        return;
    }
    found.extend(logs);
    if depth > 0 {
        let below =
            entries(folder, |name, entry| !name.starts_with('.') && entry.file_type().is_ok_and(|t| t.is_dir()));
        for folder in below {
            search(&folder, depth - 1, found);
        }
    }
}

/// The event files of a folder, in the order in which they are one stream.
pub(super) fn event_files(folder: &Path) -> Vec<PathBuf> {
    let empty = |name: &str| name.ends_with(".profile-empty") || name.ends_with(".sagemaker-uploaded");
    entries(folder, |name, entry| name.contains("tfevents") && !empty(name) && entry.path().is_file())
}

/// The transaction logs of W&B in a folder.
pub(super) fn logs(folder: &Path) -> Vec<PathBuf> {
    let log = Some(OsStr::new("wandb"));
    entries(folder, |name, entry| Path::new(name).extension() == log && entry.path().is_file())
}

/// What holds the histograms of a run's folder without a log: the history of old SDKs, or the summary.
pub(super) fn run_file(folder: &Path) -> Option<PathBuf> {
    let names = ["wandb-history.jsonl", "files/wandb-history.jsonl", "files/wandb-summary.json", "wandb-summary.json"];
    names.into_iter().map(|name| folder.join(name)).find(|file| file.is_file())
}

/// The entries of a folder that are wanted, sorted; none if it cannot be read.
fn entries(folder: &Path, wanted: impl Fn(&str, &DirEntry) -> bool) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> =
        all.filter(|entry| wanted(&entry.file_name().to_string_lossy(), entry)).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
