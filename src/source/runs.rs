//! Runs inside one file, such as a database of Trackio. The path of a run is that of the file and the name of the run.

use super::{Source, Task, columnar, text_runs, trackio};
use crate::error::Error;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A kind of file that may contain several runs.
enum Kind {
    Database,
    Columns,
    Text,
}

/// Detects the kind of a file from its start or end. `None` for files without runs.
fn kind_of(path: &Path) -> Option<Kind> {
    if !path.is_file() {
        return None;
    }
    if trackio::is_database(path) {
        return Some(Kind::Database);
    }
    if columnar::is_columnar(path) {
        return columnar::may_have_runs(path).then_some(Kind::Columns);
    }
    text_runs::may_have_runs(path).then_some(Kind::Text)
}

/// Returns true if a file may contain several runs.
pub(super) fn may_have(path: &Path) -> bool {
    kind_of(path).is_some()
}

/// Returns the paths of the runs in a file; the file itself if it is not readable or has no runs.
pub(super) fn of_file(path: &Path) -> Vec<PathBuf> {
    let task = Task::default();
    let runs = kind_of(path).map(|kind| match kind {
        Kind::Database => trackio::runs(path, &task),
        Kind::Columns => columnar::runs(path, &task),
        Kind::Text => text_runs::runs(path, &task),
    });
    match runs {
        Some(Ok(runs)) if !runs.is_empty() => runs,
        // Opening the file reports why.
        _ => vec![path.to_owned()],
    }
}

/// Returns the path of a run.
pub(super) fn join(file: &Path, run: &str) -> PathBuf {
    // `Path::join` would replace the path if the name starts with a slash.
    let mut path = file.as_os_str().to_owned();
    path.push("/");
    path.push(run);
    path.into()
}

/// Splits the path of a run into the file and the name of the run. `None` if no file is at the start of the path.
pub(super) fn split(path: &Path) -> Option<(&Path, String)> {
    let bytes = path.as_os_str().as_bytes();
    let slashes = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    let mut splits = slashes.map(|at| (Path::new(OsStr::from_bytes(&bytes[..at])), &bytes[at + 1..]));
    let (file, run) = splits.rfind(|(file, run)| !run.is_empty() && file.is_file())?;
    Some((file, String::from_utf8_lossy(run).into_owned()))
}

/// Opens the run that a path names, if a file is at its start.
pub(super) fn open(path: &Path, task: &Task) -> Option<Result<Arc<dyn Source>, Error>> {
    let (file, run) = split(path)?;
    Some(match kind_of(file)? {
        Kind::Database => trackio::open_run(path, file, &run, task),
        Kind::Columns => columnar::open_run(path, file, &run, task),
        Kind::Text => text_runs::open_run(path, file, &run, task),
    })
}

/// Returns the error for a file with several runs where one is needed.
pub(super) fn several(file: &Path, one: &Path, two: &Path) -> Error {
    let why = format!("the file contains several runs; pass one of them: {}, {}, …", one.display(), two.display());
    Error::read_file(file, why)
}

/// Returns the error for a run that a file does not contain.
pub(super) fn missing(file: &Path, run: &str) -> Error {
    Error::read_file(file, format!("the file contains no run '{run}'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_path_of_a_run_splits_into_file_and_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.db");
        fs::write(&file, "x").unwrap();
        for run in ["a", "a/b", "/a", "../a", ".", "a//b", "ü"] {
            let path = join(&file, run);
            assert_eq!(split(&path), Some((file.as_path(), run.to_owned())), "{run}");
            assert!(!path.exists());
        }
        assert_eq!(split(&file), None);
        assert_eq!(split(&folder.path().join("none/a")), None);
    }
}
