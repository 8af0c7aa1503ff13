//! TensorBoard's event files: one, or all of a folder as one stream.
//!
//! They are indexed when they are opened; a histogram is read when it is asked for.

use super::tail::{read_on, read_row};
use super::{Source, Task, folder, run};
use crate::catalog::{Content, Logged, SourceInfo};
use crate::error::{At, Error, Problem};
use crate::format::DecodeError;
use crate::format::tfevents::{self, Index};
use crate::text::plural;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Indexed event files of one run.
struct Events {
    info: SourceInfo,
    /// What was opened: a file or a folder.
    path: PathBuf,
    /// By the numbers that the index gives them.
    files: Vec<File>,
    index: Index,
    /// Files that are no event files, and why.
    refused: Vec<(File, String)>,
}

#[derive(Clone, PartialEq)]
struct File {
    path: PathBuf,
    /// Length when it was indexed.
    len: u64,
}

/// Opens one event file, or the event files of a folder in the order of their names; at least one must be readable.
pub(super) fn open(path: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let mut events = Events {
        info: SourceInfo::default(),
        path: path.to_owned(),
        files: Vec::new(),
        index: Index::default(),
        refused: Vec::new(),
    };
    events.read_new(task)?;
    if events.files.is_empty() {
        return Err(match events.refused.first() {
            Some((_, why)) => Error::read_file(path, why),
            None => Error::read_file(path, "it is a folder without event files"),
        });
    }
    Ok(Arc::new(events.described()))
}

impl Events {
    /// Reads what the files got since they were read, and new files. False if there was nothing.
    fn read_new(&mut self, task: &Task) -> Result<bool, Error> {
        let paths = if self.path.is_dir() { folder::event_files(&self.path) } else { vec![self.path.clone()] };
        let mut found = Vec::new();
        for path in paths {
            let len = path.metadata().map_err(|error| Error::read_file(&path, DecodeError::from(error)))?.len();
            let known = self.files.iter().position(|file| file.path == path);
            let file = File { path, len };
            if !self.files.contains(&file) && !self.refused.iter().any(|(refused, _)| *refused == file) {
                found.push((file, known));
            }
        }
        run::expect_more(found.iter().map(|(file, _)| file.len).sum(), task);
        let any = !found.is_empty();
        for (file, known) in found {
            self.read_file(file, known, task)?;
        }
        Ok(any)
    }

    fn read_file(&mut self, file: File, known: Option<usize>, task: &Task) -> Result<(), Error> {
        let mut number = known.map(|number| number as u32);
        let from = number.map_or(0, |number| self.index.offset(number));
        let index = &mut self.index;
        let read = read_on(&file.path, from, task, &mut |window| {
            let number = match number {
                Some(number) => number,
                None => *number.insert(index.start(window)?),
            };
            Ok(index.extend(number, window))
        });
        match (read, number) {
            (Ok(rest), Some(number)) => {
                self.index.end(number, &rest);
                self.refused.retain(|(refused, _)| refused.path != file.path);
                match self.files.get_mut(number as usize) {
                    Some(old) => *old = file,
                    None => self.files.push(file),
                }
            }
            (Err(Error::Read { why, .. }), None) => {
                self.refused.retain(|(refused, _)| refused.path != file.path);
                self.refused.push((file, why));
            }
            (read, _) => _ = read?,
        }
        Ok(())
    }

    /// With what the catalog says of it.
    fn described(mut self) -> Self {
        let refused = self.refused.iter();
        let mut problems: Vec<_> =
            refused.map(|(file, why)| Problem::new(At::Whole, format!("{}: {why}", name(&file.path)))).collect();
        for (number, file) in self.files.iter().enumerate() {
            let of_file = self.index.problems(number as u32).into_iter();
            problems.extend(of_file.map(|problem| match self.files.len() {
                1 => problem,
                _ => Problem { message: format!("{}: {}", name(&file.path), problem.message), ..problem },
            }));
        }
        let folder = if self.path.is_dir() { Some(&*self.path) } else { self.path.parent() };
        let folder = folder.and_then(|folder| folder.canonicalize().ok()).map(|folder| name(&folder));
        let files = plural(self.files.len() as u64, "file");
        let title = format!("TensorBoard log {} · {files}", folder.unwrap_or_default());
        let series = self.index.series().iter().map(run::series).collect();
        self.info = SourceInfo {
            name: self.path.display().to_string(),
            title,
            // Nothing in them says that the writer is done.
            growing: true,
            series,
            problems,
            ..SourceInfo::default()
        };
        self
    }
}

impl Source for Events {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn load(&self, series: usize, step: usize, _: &Task) -> Result<Content, Error> {
        let nothing = || super::nothing_there(series, step);
        let series = self.index.series().get(series).ok_or_else(nothing)?;
        let row = *series.rows.get(step).ok_or_else(nothing)?;
        let file = self.files.get(row.file as usize).ok_or_else(nothing)?;
        let bytes = read_row(&file.path, row)?;
        let histogram = tfevents::decode(row, &bytes, &series.path).map_err(|why| {
            let what = file.path.display().to_string();
            Error::Entry { what, at: At::Byte(row.at), key: series.path.join("."), why: why.to_string() }
        })?;
        Ok(Content::Logged(Logged { histogram: Arc::new(histogram), origin: None }))
    }

    fn watched(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn refresh(&self, task: &Task) -> Result<Option<Arc<dyn Source>>, Error> {
        let shrunk = self.files.iter().any(|file| file.path.metadata().is_ok_and(|now| now.len() < file.len));
        if shrunk {
            return open(&self.path, task).map(Some);
        }
        let mut events = Self {
            info: SourceInfo::default(),
            path: self.path.clone(),
            files: self.files.clone(),
            index: self.index.clone(),
            refused: self.refused.clone(),
        };
        Ok(if events.read_new(task)? { Some(Arc::new(events.described())) } else { None })
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
