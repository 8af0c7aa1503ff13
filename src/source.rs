//! The world: paths, standard input, folders and the embedded demo become [`Source`]s.
//!
//! What something is, its content says; a name only decides where the content leaves it open. Arrays in files are
//! read when they are asked for, text when it is opened. Not here: how any format is decoded (`format`).

mod arrays;
mod decoded;
mod detect;
mod input;
mod text;

use crate::catalog::{Content, SourceInfo};
use crate::engine::{Cancel, Progress};
use crate::error::Error;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
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
    /// In bytes of the file, as it lies on disk.
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

/// Rows of a small training run, as `wandb` logs them.
const DEMO: &[u8] = include_bytes!("../assets/demo.jsonl");

/// How the files that are logged histograms are named, for [`discover`].
const LOGGED: [fn(&str) -> bool; 1] = [|name| name.ends_with(".histogram.json")];

/// Opens a file by its content, not by its name.
///
/// # Errors
/// One sentence with file, place and remedy.
pub fn open(input: &Input, work: &Work) -> Result<Arc<dyn Source>, Error> {
    match input {
        Input::Path(path) => input::open_file(path, work),
        Input::Stdin => input::open_stream("-", Box::new(std::io::stdin().lock()), work),
        Input::Demo => input::open_stream("demo", Box::new(DEMO), work),
    }
}

/// Opens what a pipe brings, as far as it goes.
///
/// # Errors
/// As [`open`].
pub fn open_reader(name: &str, reader: impl Read, work: &Work) -> Result<Arc<dyn Source>, Error> {
    input::open_stream(name, Box::new(reader), work)
}

/// What is logged in a folder and its `wandb` folder, in a stable order; empty when nothing is.
pub fn discover(folder: &Path) -> Vec<Input> {
    let found = [folder.to_owned(), folder.join("wandb")].iter().flat_map(|folder| logged(folder)).collect::<Vec<_>>();
    found.into_iter().map(Input::Path).collect()
}

fn logged(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_logged = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        LOGGED.iter().any(|is| is(&name.to_string_lossy())) && entry.path().is_file()
    };
    let mut paths: Vec<PathBuf> = entries.filter(is_logged).map(|entry| shortest(&entry.path())).collect();
    paths.sort();
    paths
}

/// A place that a source's [`SourceInfo`] does not have.
fn nothing_there(series: usize, step: usize) -> Error {
    Error::Select(format!("there is no entry {step} of series {series}"))
}

/// As people type it: without `./` in front.
fn shortest(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}
