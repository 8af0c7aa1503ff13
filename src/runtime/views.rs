//! The file with the views of earlier sessions. Errors are ignored, because a view is not work.

use crate::document::save::{Overwrite, open_regular, write_new};
use crate::document::views::{MAX_SIZE, SeriesView, ViewKey, Views};
use std::fs::{DirBuilder, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// Reads the views.
pub(super) fn read(path: &Path) -> Views {
    let mut text = Vec::new();
    let file = open_regular(path, OpenOptions::new().read(true));
    let read = file.and_then(|file| file.take(MAX_SIZE as u64).read_to_end(&mut text));
    if read.is_err() { Views::default() } else { Views::decode(&text) }
}

/// Adds views to those that other sessions have written since.
pub(super) fn write(path: &Path, new: Vec<(ViewKey, SeriesView)>) {
    if new.is_empty() {
        return;
    }
    let mut views = read(path);
    for (key, view) in new {
        views.set(key, view);
    }
    if let Some(directory) = path.parent() {
        // A failure also makes the next line fail.
        let _ = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    }
    let _ = write_new(path, views.encode().as_bytes(), Overwrite::Allow);
}
