//! Search for everything readable in a directory and below it.
//!
//! One source is a directory with event files, the directory of a W&B run, or a checkpoint in several files. All other
//! readable files are sources of their own, W&B tables included. The search does not follow links to directories: the
//! SDK's `latest-run` is such a link, and the search finds its target anyway. Hidden directories and caches are skipped.

use super::checkpoint::{INDEX_SUFFIXES, SUFFIXES, is_index, is_shard, model_of_shard};
use super::detect::PIECES;
use super::distributed::is_distributed;
use super::folder::{RUN_FILES, is_event_file};
use super::sniff::{Class, by_name, classify};
use super::{Input, runs, trackio};
use crate::format::TABLE_SUFFIX;
use std::collections::{HashSet, VecDeque};
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// Limits of the search: higher than years of runs need, and lower than the size of a disk.
const MAX_DEPTH: usize = 16;
const MAX_ENTRIES: usize = 1_000_000;

/// Maximum number of tables to find. A run may log a table at every step.
const MAX_TABLES: usize = 200;

/// Maximum number of directories that are remembered.
const MAX_SEARCHED: usize = 1024;

/// The folder of W&B tables in the folder of a run.
const TABLES: &str = "files/media/table";

/// Directories that the SDK of W&B creates in the directory of a run.
const OF_RUN: [&str; 4] = ["files", "logs", "tmp", "media"];

/// Directories of a model in the cache of Hugging Face's hub. The files of its snapshots are links to blobs.
const HUB: [&str; 2] = [SNAPSHOTS, "blobs"];
const SNAPSHOTS: &str = "snapshots";

/// Starts of the names of directories in the cache of Hugging Face's hub.
const HUB_NAMES: [&str; 3] = ["models--", "datasets--", "spaces--"];

/// Maximum size of an index that is searched for the names of its files.
const MAX_INDEX: u64 = 64 << 20;

/// File in directories of caches. See <https://bford.info/cachedir/>.
const CACHE_TAG: &str = "CACHEDIR.TAG";

/// Maximum number of names in a notice.
const MAX_NAMED: usize = 3;

/// Iterator over the inputs in a directory and its subdirectories, in the order of their paths: the files of a directory,
/// and then its subdirectories. Reads one directory at a time.
#[derive(Debug)]
pub struct Finder {
    /// Directories to visit, the next one last, with their depths.
    folders: Vec<(PathBuf, usize)>,
    found: VecDeque<PathBuf>,
    entries: usize,
    tables: usize,
    /// Message if the search stopped at a limit.
    stopped: Option<String>,
    /// Directories in which new sources may appear.
    searched: Vec<PathBuf>,
    /// Files that were left out, by reason.
    left_out: Vec<(&'static str, LeftOut)>,
}

/// Files that were left out for one reason.
#[derive(Debug, Default)]
struct LeftOut {
    count: usize,
    /// The first few.
    names: Vec<String>,
}

/// Entries of one directory.
#[derive(Default)]
struct Listing {
    files: Vec<String>,
    folders: Vec<String>,
    /// Links to nothing.
    broken: Vec<String>,
}

impl Finder {
    /// Creates a search that has not read anything yet.
    pub fn new(folder: &Path) -> Self {
        Self {
            folders: vec![(folder.to_owned(), 0)],
            found: VecDeque::new(),
            entries: 0,
            tables: 0,
            stopped: None,
            searched: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Returns the first directories that were read and are not runs. New sources may appear in them.
    pub fn into_searched(self) -> Vec<PathBuf> {
        self.searched
    }

    /// Describes what was left out so far, and why.
    pub fn notices(&self) -> Vec<String> {
        let reasons = self.left_out.iter().map(|(why, LeftOut { count, names })| {
            let more = count - names.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more} ({why})", names.join(", "))
        });
        let reasons: Vec<String> = reasons.collect();
        let left_out = (!reasons.is_empty()).then(|| format!("left out {}", reasons.join("; ")));
        self.stopped.iter().cloned().chain(left_out).collect()
    }

    fn leave_out(&mut self, path: &Path, why: &'static str) {
        let at = self.left_out.iter().position(|(other, _)| *other == why).unwrap_or(self.left_out.len());
        if at == self.left_out.len() {
            self.left_out.push((why, LeftOut::default()));
        }
        let files = &mut self.left_out[at].1;
        files.count += 1;
        if files.names.len() < MAX_NAMED {
            files.names.push(path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned());
        }
    }

    /// Adds the sources in a directory, and its subdirectories for later.
    fn visit(&mut self, folder: &Path, depth: usize) {
        if depth == 0 && folder.is_file() {
            self.found.extend(runs::of_file(folder));
            return;
        }
        let Ok(listing) = Listing::read(folder) else {
            self.leave_out(folder, "cannot be read");
            return;
        };
        self.entries += listing.files.len() + listing.folders.len();
        // By convention, this file marks directories that can be created again, such as those of build tools.
        let is_hub = listing.folders.iter().any(|name| HUB_NAMES.iter().any(|start| name.starts_with(start)));
        if depth > 0 && !is_hub && listing.files.iter().any(|name| name == CACHE_TAG) {
            return;
        }
        let named = |suffix: &str| listing.files.iter().filter(|name| name.ends_with(suffix)).collect::<Vec<_>>();
        let (logs, tables) = (named(".wandb"), named(TABLE_SUFFIX));
        let has_events = listing.files.iter().any(|name| is_event_file(name));
        if has_events {
            self.found.push_back(folder.to_owned());
        } else if listing.is_run(folder) {
            self.found.push_back(folder.to_owned());
            self.add_tables(folder, &tables);
            let tables = folder.join(TABLES);
            if listing.folders.iter().any(|name| name == "files") && tables.is_dir() {
                self.folders.push((tables, depth + 1));
            }
            // W&B writes no other files next to a log, but users may put some there.
            if !logs.is_empty() {
                let is_own = |name: &str| is_log(name) || name.ends_with(TABLE_SUFFIX) || RUN_FILES.contains(&name);
                let others = listing.files.iter().filter(|name| !is_own(name) && !name.starts_with('.'));
                self.add_files(folder, others);
            }
            return;
        }
        if self.searched.len() < MAX_SEARCHED {
            self.searched.push(folder.to_owned());
        }
        let histograms = named(".histogram.json");
        self.found.extend(histograms.iter().map(|name| folder.join(name)));
        // A directory can be one source only.
        let mut is_source = has_events;
        let distributed = is_distributed(&listing.files);
        if distributed && !is_source {
            self.found.push_back(folder.to_owned());
            is_source = true;
        }
        for (suffix, index_suffix) in SUFFIXES.into_iter().zip(INDEX_SUFFIXES) {
            let shards: Vec<_> = listing.files.iter().filter(|name| is_shard(name, suffix)).collect();
            match (named(index_suffix).as_slice(), shards.as_slice()) {
                ([], [_, _, ..]) if !is_source => {
                    self.found.push_back(folder.to_owned());
                    is_source = true;
                }
                ([], shards) => self.found.extend(shards.iter().map(|name| folder.join(name))),
                (indexes, shards) => {
                    self.found.extend(indexes.iter().map(|name| folder.join(name)));
                    let listed = |name: &str| indexes.iter().any(|index| lists(&folder.join(index), name));
                    self.found.extend(shards.iter().filter(|name| !listed(name)).map(|name| folder.join(name)));
                }
            }
        }
        self.found.extend(logs.iter().map(|name| folder.join(name)));
        self.add_tables(folder, &tables);
        let is_known = |name: &&String| {
            [".wandb", TABLE_SUFFIX, ".histogram.json"].iter().any(|end| name.ends_with(end))
                || is_index(name)
                || SUFFIXES.iter().any(|suffix| is_shard(name, suffix))
                || (distributed && name.ends_with(PIECES))
                || is_event_file(name)
                || name.starts_with('.')
        };
        self.add_files(folder, listing.files.iter().filter(|name| !is_known(name)));
        if depth == MAX_DEPTH && !listing.folders.is_empty() {
            self.stopped = Some(format!("searched only {MAX_DEPTH} levels of directories; pass a subdirectory"));
            return;
        }
        for name in listing.broken.iter().filter(|name| matches!(by_name(name), None | Some(Class::Data))) {
            self.leave_out(&folder.join(name), "links to files that do not exist");
        }
        let is_model = HUB.iter().all(|part| listing.folders.iter().any(|name| name == part));
        let current = current_snapshot(folder).filter(|current| listing.folders.contains(current));
        for name in listing.folders.iter().rev() {
            if name.starts_with('.') || (is_model && name == HUB[1]) {
                continue;
            }
            if current.as_ref().is_some_and(|current| name != current) {
                self.leave_out(&folder.join(name), "other snapshots; pass the directory of one to open it");
                continue;
            }
            self.folders.push((folder.join(name), depth + 1));
        }
    }

    /// Adds the files with data among these of a directory.
    fn add_files<'a>(&mut self, folder: &Path, names: impl Iterator<Item = &'a String>) {
        // The first shard of each model stands for all of them.
        let mut models = HashSet::new();
        for name in names {
            if model_of_shard(name).is_some_and(|model| !models.insert(model)) {
                continue;
            }
            let path = folder.join(name);
            match classify(name, &path) {
                Class::Data if runs::may_have(&path) => self.add_runs(&path),
                Class::Data => self.found.push_back(path),
                Class::LeftOut(why) => self.leave_out(&path, why),
                Class::Other => {}
            }
        }
    }

    /// Adds the runs in a file of a directory. A database of another program is left out.
    fn add_runs(&mut self, path: &Path) {
        match runs::of_file(path).as_slice() {
            [only] if only == path && trackio::is_database(path) => {
                self.leave_out(path, "a database without histograms");
            }
            runs => self.found.extend(runs.iter().cloned()),
        }
    }

    /// Adds the tables in a directory.
    fn add_tables(&mut self, folder: &Path, tables: &[&String]) {
        let room = MAX_TABLES - self.tables;
        if tables.len() > room {
            let why = format!("opened only the first {MAX_TABLES} tables; pass the other files or a subdirectory");
            self.stopped = Some(why);
        }
        let before = self.found.len();
        self.found.extend(tables.iter().take(room).map(|name| folder.join(name)));
        self.tables += self.found.len() - before;
    }
}

impl Iterator for Finder {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        while self.found.is_empty() {
            let (folder, depth) = self.folders.pop()?;
            if self.entries > MAX_ENTRIES {
                self.folders.clear();
                self.stopped = Some(format!("searched only the first {MAX_ENTRIES} entries; pass a subdirectory"));
                return None;
            }
            self.visit(&folder, depth);
        }
        self.found.pop_front().map(|path| Input::Path(without_dot(&path)))
    }
}

impl Listing {
    fn read(folder: &Path) -> io::Result<Self> {
        let mut listing = Self::default();
        for entry in fs::read_dir(folder)?.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                listing.folders.push(name);
            } else if kind.is_file() || (kind.is_symlink() && entry.path().is_file()) {
                listing.files.push(name);
            } else if kind.is_symlink() && entry.path().metadata().is_err_and(|why| why.kind() == ErrorKind::NotFound) {
                listing.broken.push(name);
            }
        }
        listing.broken.sort_unstable();
        listing.files.sort_unstable();
        listing.folders.sort_unstable();
        Ok(listing)
    }

    /// Returns true for the directory of one W&B run: one log, or the history or the summary of an old SDK, and nothing
    /// else that could be opened.
    fn is_run(&self, folder: &Path) -> bool {
        let logs = self.files.iter().filter(|name| is_log(name)).count();
        if logs == 0 {
            let has_files = self.folders.iter().any(|name| name == "files");
            let exists = |name: &&str| match name.strip_prefix("files/") {
                Some(_) => has_files && folder.join(name).is_file(),
                None => self.files.iter().any(|file| file == name),
            };
            return RUN_FILES.iter().any(exists);
        }
        let is_own =
            |name: &String| is_log(name) || name.ends_with(TABLE_SUFFIX) || !matches!(classify_name(name), Class::Data);
        let own_folders = |name: &String| OF_RUN.contains(&name.as_str()) || name.starts_with('.');
        logs == 1 && self.files.iter().all(is_own) && self.folders.iter().all(own_folders)
    }
}

/// Returns true if an index contains the name of a file. An index that is too large counts as if it did.
fn lists(index: &Path, name: &str) -> bool {
    let read = || -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        fs::File::open(index)?.take(MAX_INDEX).read_to_end(&mut text)?;
        Ok(text)
    };
    let Ok(text) = read() else { return true };
    text.len() as u64 == MAX_INDEX || memchr::memmem::find(&text, format!("\"{name}\"").as_bytes()).is_some()
}

/// Returns the name of the snapshot that the main branch of a model refers to. `folder` contains the snapshots of the model.
fn current_snapshot(folder: &Path) -> Option<String> {
    if folder.file_name()? != SNAPSHOTS {
        return None;
    }
    let mut name = String::new();
    fs::File::open(folder.parent()?.join("refs/main")).ok()?.take(256).read_to_string(&mut name).ok()?;
    Some(name.trim().to_owned())
}

/// Returns true for the name of a W&B log.
fn is_log(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "wandb")
}

/// Classifies a file by its name alone.
fn classify_name(name: &str) -> Class {
    by_name(name).unwrap_or(Class::Other)
}

/// Removes a leading `./`.
fn without_dot(path: &Path) -> PathBuf {
    path.strip_prefix(".").ok().filter(|rest| *rest != Path::new("")).unwrap_or(path).to_owned()
}
