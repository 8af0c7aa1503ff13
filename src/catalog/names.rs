//! Short names that keep the open sources apart.

use super::SourceInfo;
use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// Name of the run that a source contains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunName {
    /// Display name. The id of a W&B run without one, and the name of the folder of a TensorBoard run.
    pub name: String,
    /// Id of a W&B run, unless it is the name.
    pub id: Option<String>,
    /// Path of the folder that names the run. Its parents distinguish it from runs in folders of the same name.
    pub folder: Option<String>,
}

/// Name of a source among all open sources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceLabel {
    /// Name of the run, or the last parts of the path. Contains as many parts as are needed to be distinct.
    pub name: String,
    /// Id of the run, or a number, if other sources have the same name; otherwise empty.
    pub detail: String,
}

/// Names of sources, and how often each occurs. Adding, removing and naming a source takes constant time.
#[derive(Debug, Clone, Default)]
pub struct SourceNames {
    /// Number of sources by the hash of each of their names. A clash of hashes makes a label longer than needed.
    times: HashMap<u64, u32>,
    sources: usize,
}

/// Maximum number of path parts in a name.
const MAX_PARTS: usize = 4;

impl RunName {
    /// Creates the name of a run that has an id, and may have a display name.
    pub fn with_id(name: &str, id: &str) -> Option<Self> {
        let (name, id) = if name.is_empty() { (id, None) } else { (name, (!id.is_empty()).then(|| id.to_owned())) };
        (!name.is_empty()).then(|| Self { name: name.to_owned(), id, folder: None })
    }

    /// Creates the name of a run that is named by its folder.
    pub fn of_folder(folder: &str) -> Option<Self> {
        let name = tail(folder, 1);
        (!name.is_empty()).then(|| Self { name: name.to_owned(), id: None, folder: Some(folder.to_owned()) })
    }
}

impl SourceLabel {
    /// Returns true if the name alone does not identify the source.
    pub fn is_ambiguous(&self) -> bool {
        !self.detail.is_empty()
    }
}

impl fmt::Display for SourceLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.detail.is_empty() { f.write_str(&self.name) } else { write!(f, "{} ({})", self.name, self.detail) }
    }
}

impl SourceNames {
    /// Creates the names of these sources.
    pub fn of<'s>(sources: impl IntoIterator<Item = &'s SourceInfo>) -> Self {
        let mut names = Self::default();
        sources.into_iter().for_each(|source| names.add(source));
        names
    }

    /// Number of sources.
    pub fn len(&self) -> usize {
        self.sources
    }

    pub fn is_empty(&self) -> bool {
        self.sources == 0
    }

    /// Adds a source.
    pub fn add(&mut self, source: &SourceInfo) {
        self.sources += 1;
        for name in names(source) {
            *self.times.entry(hash(&name)).or_default() += 1;
        }
    }

    /// Removes a source that was added.
    pub fn remove(&mut self, source: &SourceInfo) {
        self.sources = self.sources.saturating_sub(1);
        for name in names(source) {
            if let Some(times) = self.times.get_mut(&hash(&name)) {
                *times = times.saturating_sub(1);
            }
        }
    }

    /// Returns the shortest label that no other source has. `index` is the position of the source, which is used only if
    /// the same path is open twice.
    pub fn label(&self, index: usize, source: &SourceInfo) -> SourceLabel {
        let is_distinct = |name: &Candidate| self.times.get(&hash(name)).is_none_or(|times| *times <= 1);
        let label = |name: &str, detail| SourceLabel { name: name.to_owned(), detail };
        let names = names(source);
        match (names.iter().find(|name| is_distinct(name)), &source.run) {
            (Some(found), _) => label(found.name, String::new()),
            (None, Some(RunName { name, id: Some(id), .. })) => label(name, id.clone()),
            (None, Some(RunName { name, folder: None, .. })) => label(name, source.name.clone()),
            (None, _) => label(names.last().map_or("", |whole| whole.name), format!("#{}", index + 1)),
        }
    }
}

/// Name that a source can have.
#[derive(Hash)]
struct Candidate<'s> {
    name: &'s str,
    /// True if the name is the complete path, which may be the end of another path.
    is_whole: bool,
}

/// Returns the names that a source can have, from the shortest to the longest.
fn names(source: &SourceInfo) -> Vec<Candidate<'_>> {
    let part = |name| Candidate { name, is_whole: false };
    let path = match &source.run {
        Some(RunName { folder: Some(folder), .. }) => folder,
        Some(run) => return vec![part(&run.name)],
        None => &source.name,
    };
    let whole = Candidate { name: path, is_whole: true };
    if source.is_pool {
        return vec![whole];
    }
    let mut names: Vec<_> = (1..=MAX_PARTS).map(|parts| part(tail(path, parts))).collect();
    names.dedup_by_key(|candidate| candidate.name);
    names.push(whole);
    names
}

/// Returns the last parts of a path.
fn tail(path: &str, parts: usize) -> &str {
    let path = path.trim_end_matches('/');
    let start = path.rmatch_indices('/').nth(parts - 1).map_or(0, |(slash, _)| slash + 1);
    &path[start..]
}

fn hash(name: &Candidate) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, id: &str) -> SourceInfo {
        SourceInfo { name: format!("wandb/{id}"), run: RunName::with_id(name, id), ..SourceInfo::default() }
    }

    fn folder(path: &str) -> SourceInfo {
        SourceInfo { name: path.into(), run: RunName::of_folder(path), ..SourceInfo::default() }
    }

    fn file(path: &str) -> SourceInfo {
        SourceInfo { name: path.into(), ..SourceInfo::default() }
    }

    fn labels(sources: &[SourceInfo]) -> Vec<String> {
        let names = SourceNames::of(sources);
        sources.iter().enumerate().map(|(index, source)| names.label(index, source).to_string()).collect()
    }

    #[test]
    fn equal_run_names_show_their_ids() {
        let runs = [run("base", "a1"), run("hot", "b2"), run("base", "c3"), run("", "d4")];
        assert_eq!(labels(&runs), ["base (a1)", "hot", "base (c3)", "d4"]);
    }

    #[test]
    fn equal_folder_and_file_names_show_their_parents() {
        let sources =
            [folder("tb/one/train"), folder("tb/two/train"), folder("tb/two/val"), file("x/w.npy"), file("w.npy")];
        assert_eq!(labels(&sources), ["one/train", "two/train", "val", "x/w.npy", "w.npy"]);
    }

    #[test]
    fn a_source_that_is_open_twice_shows_its_position() {
        assert_eq!(labels(&[file("a.csv"), file("a.csv")]), ["a.csv (#1)", "a.csv (#2)"]);
        assert_eq!(labels(&[run("x", ""), run("x", "")]), ["x (wandb/)", "x (wandb/)"]);
    }

    #[test]
    fn a_removed_source_frees_its_name() {
        let (one, two) = (run("base", "a1"), run("base", "c3"));
        let mut names = SourceNames::of([&one, &two]);
        names.remove(&two);
        assert_eq!(names.label(0, &one).to_string(), "base");
    }
}
