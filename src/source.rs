//! Sources: files, directories, standard input and the embedded demo.
//!
//! The content of a file determines its format. The name decides only if the content is ambiguous. Arrays and logs are
//! read on demand, text when it is opened. Not here: decoding of formats (`format`).

mod arrays;
mod checkpoint;
mod closed_log;
mod columnar;
mod counts;
mod decoded;
mod decompress;
mod detect;
mod distributed;
mod finder;
mod folder;
mod hdf5;
mod in_memory;
mod in_order;
mod key;
mod lines;
mod log_scan;
mod on_disk;
mod onnx;
mod open;
mod open_files;
mod pipe;
mod places;
mod pool;
mod positioned_file;
mod reading;
mod run;
mod run_details;
mod runs;
mod scan;
mod sniff;
mod tables;
mod tail;
mod tensorboard;
mod tensors;
mod text;
mod text_runs;
mod trackio;

use crate::catalog::{Content, RunName, Scalars, SourceInfo};
use crate::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::engine::Task;
pub use finder::Finder;
pub use in_order::{Attempt, in_order};
pub use key::{KeyMatches, NO_KEY, find, keys, labels_text, listed_keys, no_series};
pub use places::{Found, Place, Places, SearchedFolder};
pub use pool::{Pool, Require};
pub use scan::Scan;
use scan::summary;

/// Open source of series. Entries are decoded on demand.
pub trait Source: Send + Sync {
    /// Returns the description and the series of the source.
    fn info(&self) -> &Arc<SourceInfo>;

    /// Loads one entry of a series, by position.
    ///
    /// # Errors
    /// The entry does not exist or cannot be read, with its location.
    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error>;

    /// Reads the scalars that were logged next to the series, such as the loss, in one pass. Returns the values of the
    /// `wanted` one, or else of the one that is most likely the loss. Empty for sources without scalars.
    ///
    /// # Errors
    /// The source cannot be read.
    fn scalars(&self, wanted: Option<&str>, task: &Task) -> Result<Scalars, Error> {
        let _ = (wanted, task);
        Ok(Scalars::default())
    }

    /// Estimates the bytes that loading a series reads; 0 if loading takes negligible time.
    fn weight(&self, series: usize) -> u64 {
        let _ = series;
        0
    }

    /// Passes all entries that `scan` has not seen to its rules. Logs are read in the order of the file. Calls `pulse` from
    /// time to time.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or a log that cannot be read. An entry that cannot be read is a finding.
    fn scan(&self, scan: &mut Scan, task: &Task, pulse: &mut dyn FnMut(&Scan)) -> Result<(), Error> {
        scan::entry_by_entry(self, scan, task, pulse)
    }

    /// Returns the file or directory to watch for more content; `None` if the source cannot grow.
    fn watched(&self) -> Option<&Path> {
        None
    }

    /// Returns true if its files are certainly as they were read, so that a reload would change nothing.
    fn is_current(&self) -> bool {
        false
    }

    /// Returns the source with the content logged since it was opened; `None` if there is nothing new. Series and entries
    /// keep their positions, unless the log was replaced or its writer started again.
    ///
    /// # Errors
    /// The same as [`open()`].
    fn refresh(&self, task: &Task) -> Result<Option<Arc<dyn Source>>, Error> {
        let _ = task;
        Ok(None)
    }

    /// Returns the source after a save replaced histograms in its file, so that it can keep growing; `None` if it cannot
    /// grow. `text` is the new content, and `at` maps old byte offsets to new ones. Entries keep their old spans.
    fn rewritten(&self, text: &[u8], at: &dyn Fn(usize) -> usize) -> Option<Arc<dyn Source>> {
        let _ = (text, at);
        None
    }
}

/// Callback for a pipe with new content.
pub type Notify = Box<dyn Fn() + Send>;

/// Input that a source is opened from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Path(PathBuf),
    Stdin,
    /// The embedded demo.
    Demo,
    /// Samples of one series in several files, combined.
    Pool(Pool),
}

impl Input {
    /// Returns the name as the user typed it.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "-".into(),
            Self::Demo => "demo".into(),
            Self::Pool(pool) => pool.inputs.iter().map(Self::name).collect::<Vec<_>>().join(" "),
        }
    }
}

/// Rows of a small training run, in the format of `wandb`.
const DEMO: &[u8] = include_bytes!("../assets/demo.jsonl");

/// Opens an input. The content determines the format, not the name.
///
/// ```
/// use rebin::catalog::Content;
/// use rebin::source::{self, Input, Task};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("metrics.csv");
/// std::fs::write(&path, "loss,accuracy\n0.5,0.8\n0.25,0.9\n")?;
///
/// let task = Task::default();
/// let source = source::open(&Input::Path(path), &task)?;
/// assert_eq!(source.info().title, "CSV, 2 columns, 2 rows");
/// assert_eq!(source.info().series[1].key(), "accuracy");
/// let Content::Raw(samples) = source.load(1, 0, &task)? else { panic!("expected samples") };
/// assert_eq!(samples.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The input cannot be read or its format is not supported. The message names the input, the cause and a remedy.
pub fn open(input: &Input, task: &Task) -> Result<Arc<dyn Source>, Error> {
    match input {
        Input::Path(path) => open::open_file(path, task),
        Input::Stdin => open::open_stream("-", Box::new(std::io::stdin().lock()), task),
        Input::Demo => open::open_stream("demo", Box::new(DEMO), task),
        Input::Pool(pool) => pool::open(pool, task),
    }
}

/// Opens a pipe without waiting for its end. `notify` is called whenever [`Source::refresh`] would return new content.
///
/// # Errors
/// The same as [`open()`].
pub fn open_pipe(
    name: &str,
    reader: impl Read + Send + 'static,
    notify: Notify,
    task: &Task,
) -> Result<Arc<dyn Source>, Error> {
    pipe::open(name, reader, notify, task)
}

/// Opens a stream and reads it to its end.
///
/// ```
/// use rebin::source::{self, Task};
///
/// let source = source::open_reader("-", &b"[1, 2, 3]"[..], &Task::default())?;
/// assert_eq!(source.info().title, "JSON, 3 numbers");
/// # Ok::<(), rebin::Error>(())
/// ```
///
/// # Errors
/// The same as [`open()`].
pub fn open_reader(name: &str, reader: impl Read, task: &Task) -> Result<Arc<dyn Source>, Error> {
    open::open_stream(name, Box::new(reader), task)
}

/// Opens a stream, and passes it to `each`. An Arrow stream is passed in segments of bounded size, in order, so that it need
/// not fit in memory.
///
/// # Errors
/// The same as [`open()`], a truncated stream, and the errors of `each`.
pub fn open_in_segments(
    name: &str,
    reader: impl Read,
    task: &Task,
    each: &mut dyn FnMut(Arc<dyn Source>) -> Result<(), Error>,
) -> Result<(), Error> {
    open::open_in_segments(name, reader, task, each)
}

/// Returns the name of the run that an input contains, from the start of its log. `None` for inputs that are not runs.
pub fn run_name(input: &Input) -> Option<RunName> {
    let Input::Path(path) = input else { return None };
    if runs::split(path).is_some() {
        return open(input, &Task::default()).ok()?.info().run.clone();
    }
    let is_log = path.extension().is_some_and(|extension| extension == "wandb");
    if is_log || (path.is_dir() && folder::event_files(path).is_empty()) {
        return run::name(path);
    }
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    (path.is_dir() || folder::is_event_file(&file)).then(|| tensorboard::run_name(path)).flatten()
}

/// Finds everything readable in a directory and its subdirectories, in the order of the paths, and describes what it leaves
/// out. Returns the runs of a file with several runs. Returns the path itself if it is another file or contains nothing to
/// open.
pub fn expand(path: &Path) -> (Vec<Input>, Vec<String>) {
    if !path.is_dir() && !runs::may_have(path) {
        return (vec![Input::Path(path.to_owned())], Vec::new());
    }
    let mut finder = Finder::new(path);
    let inputs: Vec<Input> = finder.by_ref().collect();
    // Opening the path reports what is left out.
    if inputs.is_empty() { (vec![Input::Path(path.to_owned())], Vec::new()) } else { (inputs, finder.notices()) }
}

/// Returns the name that the shards of a model share, if opening one of them opens all. Returns `None` for other files.
pub fn model_of_shards(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy();
    let (start, end) = checkpoint::model_of_shard(&name)?;
    Some(path.with_file_name(format!("{start}-*-of-{end}")))
}

/// Returns the folder in which Trackio keeps its databases, if it exists.
pub fn tracker_folder() -> Option<PathBuf> {
    trackio::folder(|name| std::env::var_os(name)).filter(|folder| folder.is_dir())
}

/// Returns the error for an entry that a source does not have.
fn no_such_entry(series: usize, step: usize) -> Error {
    Error::Select(format!("series {series} has no entry {step}"))
}
