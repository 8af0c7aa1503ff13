//! The world: paths, standard input, folders and the embedded demo become [`Source`]s.
//!
//! What something is, its content says; a name only decides where the content leaves it open. Arrays in files are
//! read when they are asked for, text when it is opened. Not here: how any format is decoded (`format`).

mod arrays;
mod checkpoint;
mod columnar;
mod detect;
mod folder;
mod gzip;
mod in_memory;
mod input;
mod key;
mod lines;
mod on_disk;
mod pipe;
mod pool;
mod positioned_file;
mod run;
mod run_details;
mod tables;
mod tail;
mod tensorboard;
mod text;
mod unpacked;

use crate::catalog::{Content, SourceInfo};
use crate::error::Error;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::engine::Task;
pub use key::{Found, NO_KEY, find, labels_text};
pub use pool::{Pool, Require};

/// Something opened that holds series. Content is decoded when it is asked for.
pub trait Source: Send + Sync {
    /// What it holds.
    fn info(&self) -> &SourceInfo;

    /// The content of one entry of one series.
    ///
    /// # Errors
    /// What makes this entry unreadable, with its place.
    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error>;

    /// About how many bytes are read to load a series; 0 where that takes no time to speak of.
    fn weight(&self, series: usize) -> u64 {
        let _ = series;
        0
    }

    /// The file or folder that more may be logged to; `None` if nothing more can come.
    fn watched(&self) -> Option<&Path> {
        None
    }

    /// The same source with what was logged since it was opened; `None` if nothing was. Series and entries keep their
    /// places unless the log was replaced or its writer started again.
    ///
    /// # Errors
    /// As [`open`].
    fn refresh(&self, task: &Task) -> Result<Option<Arc<dyn Source>>, Error> {
        let _ = task;
        Ok(None)
    }

    /// The same source after histograms were replaced in its file, so that it goes on with what is logged to that; `None`
    /// if nothing more can come. `text` is what the file holds now, `at` says where a byte of it stands now. Its entries
    /// keep the spans that they had.
    fn rewritten(&self, text: &[u8], at: &dyn Fn(usize) -> usize) -> Option<Arc<dyn Source>> {
        let _ = (text, at);
        None
    }
}

/// Rung when more has come.
pub type Notify = Box<dyn Fn() + Send>;

/// What the user asked to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Path(PathBuf),
    Stdin,
    /// The embedded example.
    Demo,
    /// The samples of one series in several files, as one.
    Pool(Pool),
}

impl Input {
    /// As the user typed it.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "-".into(),
            Self::Demo => "demo".into(),
            Self::Pool(pool) => pool.inputs.iter().map(Self::name).collect::<Vec<_>>().join(" "),
        }
    }
}

/// Rows of a small training run, as `wandb` logs them.
const DEMO: &[u8] = include_bytes!("../assets/demo.jsonl");

/// How the files that are logged histograms are named, for [`discover`].
const LOGGED: [fn(&str) -> bool; 1] = [|name| name.ends_with(".histogram.json")];

/// Opens a file by its content, not by its name.
///
/// # Errors
/// One sentence with file, place and remedy.
pub fn open(input: &Input, task: &Task) -> Result<Arc<dyn Source>, Error> {
    match input {
        Input::Path(path) => input::open_file(path, task),
        Input::Stdin => input::open_stream("-", Box::new(std::io::stdin().lock()), task),
        Input::Demo => input::open_stream("demo", Box::new(DEMO), task),
        Input::Pool(pool) => pool::open(pool, task),
    }
}

/// Opens a pipe to be looked at while more comes; whoever is to [refresh](Source::refresh) it hears the bell.
///
/// # Errors
/// As [`open`].
pub fn open_pipe(
    name: &str,
    reader: impl Read + Send + 'static,
    notify: Notify,
    task: &Task,
) -> Result<Arc<dyn Source>, Error> {
    pipe::open(name, reader, notify, task)
}

/// Opens what a pipe brings, as far as it goes.
///
/// # Errors
/// As [`open`].
pub fn open_reader(name: &str, reader: impl Read, task: &Task) -> Result<Arc<dyn Source>, Error> {
    input::open_stream(name, Box::new(reader), task)
}

/// What is logged in a folder and its `wandb` folder, in a stable order; empty when nothing is.
pub fn discover(folder: &Path) -> Vec<Input> {
    let wandb = folder.join("wandb");
    let mut found = [logged(folder), folder::logs(folder)].concat();
    if !folder::event_files(folder).is_empty() {
        found.push(folder.to_owned());
    }
    found.extend([logged(&wandb), folder::search(&wandb).paths].concat());
    found.iter().map(|path| Input::Path(shortest(path))).collect()
}

/// What is logged at and below a folder, in a stable order; the path itself if it is no folder or nothing is. With it a
/// sentence if the folder was too large to search all of it.
pub fn expand(path: &Path) -> (Vec<Input>, Option<String>) {
    let folder::Found { paths, cut, .. } = folder::search(path);
    let mut found = [logged(path), paths].concat();
    let cut = cut.filter(|_| !found.is_empty()).map(|cut| format!("{}: {cut}", path.display()));
    if found.is_empty() {
        found.push(path.to_owned());
    }
    (found.into_iter().map(Input::Path).collect(), cut)
}

fn logged(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_logged = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        LOGGED.iter().any(|is| is(&name.to_string_lossy())) && entry.path().is_file()
    };
    let mut paths: Vec<PathBuf> = entries.filter(is_logged).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// A place that a source's [`SourceInfo`] does not have.
fn nothing_there(series: usize, step: usize) -> Error {
    Error::Select(format!("there is no entry {step} of series {series}"))
}

/// As people type it: without `./` in front.
fn shortest(path: &Path) -> PathBuf {
    path.strip_prefix(".").ok().filter(|rest| *rest != Path::new("")).unwrap_or(path).to_owned()
}
