//! Places that the user names: inputs, and folders that are searched while their first sources are already open.

use super::{Finder, Input, folder, model_of_shards, runs};
use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};

/// Place to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Input(Input),
    /// Everything readable in a folder and below it, or all runs in one file.
    Folder(PathBuf),
    /// Folder that is searched only if the places before it contain no runs.
    Fallback(PathBuf),
}

/// Event of a search through places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// An input that was named.
    Named(Input),
    /// An input in a folder.
    InFolder(Input),
    /// A folder was searched.
    Searched(SearchedFolder),
}

/// Result of the search in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchedFolder {
    pub path: PathBuf,
    /// Number of inputs in it.
    pub inputs: usize,
    /// Descriptions of what was left out.
    pub notices: Vec<String>,
    /// Directories in which new sources may appear.
    pub directories: Vec<PathBuf>,
}

/// Iterator over everything in places, in their order.
#[derive(Debug)]
pub struct Places {
    rest: VecDeque<Place>,
    /// The folder that is searched, and the number of inputs in it.
    folder: Option<(PathBuf, Finder, usize)>,
    /// True once there was a run, or an input that was named.
    has_runs: bool,
}

impl Place {
    /// Returns the place that a path names.
    pub fn of(path: &Path) -> Self {
        if path == Path::new("-") {
            Self::Input(Input::Stdin)
        } else if path.is_dir() || runs::may_have(path) {
            Self::Folder(path.to_owned())
        } else {
            Self::Input(Input::Path(path.to_owned()))
        }
    }
}

impl Places {
    /// Creates a search that has not read anything yet. Shards of one model count as one place.
    pub fn new(mut places: Vec<Place>) -> Self {
        let mut models = HashSet::new();
        places.retain(|place| match place {
            Place::Input(Input::Path(path)) => model_of_shards(path).is_none_or(|model| models.insert(model)),
            _ => true,
        });
        Self { rest: places.into(), folder: None, has_runs: false }
    }
}

impl Iterator for Places {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        if let Some((_, finder, inputs)) = &mut self.folder
            && let Some(input) = finder.next()
        {
            *inputs += 1;
            self.has_runs = self.has_runs || is_run(&input);
            return Some(Found::InFolder(input));
        }
        if let Some((path, finder, inputs)) = self.folder.take() {
            let (notices, directories) = (finder.notices(), finder.into_searched());
            return Some(Found::Searched(SearchedFolder { path, inputs, notices, directories }));
        }
        match self.rest.pop_front()? {
            Place::Input(input) => {
                self.has_runs = true;
                Some(Found::Named(input))
            }
            Place::Fallback(_) if self.has_runs => self.next(),
            Place::Folder(path) | Place::Fallback(path) => {
                let finder = Finder::new(&path);
                self.folder = Some((path, finder, 0));
                self.next()
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let is_input = |place: &Place| matches!(place, Place::Input(_));
        let is_exact = self.folder.is_none() && self.rest.iter().all(is_input);
        (self.rest.len(), is_exact.then_some(self.rest.len()))
    }
}

/// Returns true for a run in a folder, and false for arrays, checkpoints and other files without steps.
fn is_run(input: &Input) -> bool {
    let Input::Path(path) = input else { return false };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_log = name.ends_with(".wandb") || folder::is_event_file(&name) || runs::split(path).is_some();
    is_log || (path.is_dir() && folder::is_run(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(places: Vec<Place>) -> Vec<String> {
        let name = |found| match found {
            Found::Named(input) | Found::InFolder(input) => Some(input.name().rsplit('/').next().unwrap().to_owned()),
            Found::Searched(_) => None,
        };
        Places::new(places).filter_map(name).collect()
    }

    #[test]
    fn a_fallback_is_added_to_a_folder_without_runs() {
        let (here, tracked) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(tracked.path().join("a.csv"), "x\n1\n2\n").unwrap();
        let places = || vec![Place::Folder(here.path().to_owned()), Place::Fallback(tracked.path().to_owned())];
        assert_eq!(names(places()), ["a.csv"]);
        fs::write(here.path().join("own.csv"), "x\n1\n2\n").unwrap();
        assert_eq!(names(places()), ["own.csv", "a.csv"]);
        fs::write(here.path().join("events.out.tfevents.1.host"), "").unwrap();
        assert!(!names(places()).contains(&"a.csv".to_owned()));
    }
}
