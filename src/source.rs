//! The world: paths, standard input, folders and the embedded demo become [`Source`]s.

use crate::catalog::{Content, SourceInfo};
use crate::engine::{Cancel, Progress};
use crate::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// Something opened that holds series. Content is decoded when it is asked for.
pub trait Source: Send + Sync {
    /// What it holds.
    fn info(&self) -> &SourceInfo;

    /// The content of one entry of one series.
    ///
    /// # Errors
    /// What makes this entry unreadable, with its place.
    fn load(&self, series: usize, step: usize, work: &Work) -> Result<Content, Error>;
}

/// What a worker is given: how to be stopped, where to say how far it is.
#[derive(Debug, Clone, Default)]
pub struct Work {
    pub cancel: Cancel,
    pub progress: Progress,
}

/// What the user asked to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Path(PathBuf),
    Stdin,
    /// The embedded example.
    Demo,
}

/// Opens a file by its content, not by its name.
///
/// # Errors
/// One sentence with file, place and remedy.
pub fn open(input: &Input, work: &Work) -> Result<Arc<dyn Source>, Error> {
    let _ = (input, work);
    todo!()
}

/// What is logged in a folder and its `wandb` folder, in a stable order; empty when nothing is.
pub fn discover(folder: &std::path::Path) -> Vec<Input> {
    let _ = folder;
    todo!()
}
