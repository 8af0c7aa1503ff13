//! Directories as sources: event files of TensorBoard, the directory of a W&B run, or a checkpoint in several files.

use super::checkpoint::{INDEX_SUFFIXES, SUFFIXES, is_shard};
use super::finder::Finder;
use super::{Input, Source, Task, checkpoint, distributed, run, tensorboard};
use crate::error::Error;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Opens the one source in a directory and its subdirectories.
pub(super) fn open(folder: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    if !event_files(folder).is_empty() {
        return tensorboard::open(folder, task);
    }
    let names: Vec<String> = entries(folder, |_, _| true).iter().filter_map(|path| name_of(path)).collect();
    if distributed::is_distributed(&names) {
        return distributed::open(folder, task);
    }
    for (suffix, index_suffix) in SUFFIXES.into_iter().zip(INDEX_SUFFIXES) {
        let shards = entries(folder, |name, entry| is_shard(name, suffix) && entry.path().is_file());
        if shards.len() > 1 && files_named(folder, index_suffix).is_empty() {
            return checkpoint::open_folder(folder, &shards, task);
        }
    }
    let mut finder = Finder::new(folder);
    let mut inputs = finder.by_ref().filter_map(|input| if let Input::Path(path) = input { Some(path) } else { None });
    match (inputs.next(), inputs.next()) {
        // A run. Its tables are separate sources.
        (Some(one), _) if one == folder => run::open(&one, task),
        (Some(one), None) => super::open(&Input::Path(one), task),
        (Some(one), Some(two)) => {
            let (one, two) = (one.display(), two.display());
            let why = format!("the directory contains several sources, such as {one} and {two}; pass one of them");
            Err(Error::read_file(folder, why))
        }
        (None, _) => {
            let notices = finder.notices();
            let why = "the directory contains nothing to open".to_owned();
            let details = if notices.is_empty() { String::new() } else { format!(": {}", notices.join("; ")) };
            Err(Error::read_file(folder, why + &details))
        }
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

/// Returns true for a directory with the logs of a run.
pub(super) fn is_run(folder: &Path) -> bool {
    !event_files(folder).is_empty() || !logs(folder).is_empty() || run_file(folder).is_some()
}

/// Transaction logs of W&B in a directory.
pub(super) fn logs(folder: &Path) -> Vec<PathBuf> {
    let log = Some(OsStr::new("wandb"));
    entries(folder, |name, entry| Path::new(name).extension() == log && entry.path().is_file())
}

fn name_of(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_owned())
}

fn files_named(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    entries(folder, |name, entry| name.ends_with(suffix) && entry.path().is_file())
}

/// Files with the histograms of a run without a log: the history of an old SDK, or the summary.
pub(super) const RUN_FILES: [&str; 4] =
    ["wandb-history.jsonl", "files/wandb-history.jsonl", "files/wandb-summary.json", "wandb-summary.json"];

/// Returns the file with the histograms of a run without a log.
pub(super) fn run_file(folder: &Path) -> Option<PathBuf> {
    RUN_FILES.into_iter().map(|name| folder.join(name)).find(|file| file.is_file())
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
