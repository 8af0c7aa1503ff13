//! W&B's joined and partitioned tables: JSON files that refer to tables in the same artifact.
//!
//! The parts of a partitioned table form one table. Joined tables have the rows of a full outer join (`join`). If the
//! tables cannot be joined, every column is loaded as it was logged.

mod join;

use super::in_memory::InMemory;
use super::reading::{ReadContext, read_all, watched};
use super::text::read_document;
use crate::catalog::SourceInfo;
use crate::error::{At, Error, Problem};
use crate::format::column::Column;
use crate::format::document::{self, JsonDocument, JsonLayout};
use crate::format::{DecodeError, Problems, TABLE_SUFFIX, lfs, samples};
use crate::json::{Item, Node};
use crate::text::plural;
use join::{Matched, Side, join};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

/// Maximum number of levels between the file and the root of its artifact.
const MAX_UP: usize = 3;

/// Maximum number of parts of a table that are read.
const MAX_PARTS: usize = 10_000;

/// Number of columns that a problem lists.
const LISTED: usize = 3;

/// Problem of a reference inside another one.
const NESTED: &str = "refers to other tables; nested references are not followed";

/// Reference to tables in other files. Paths are relative to the root of the artifact.
pub(super) enum Reference {
    Joined { tables: [Option<String>; 2], keys: Vec<String>, artifact: Option<String> },
    Partitioned { parts: Option<String>, artifact: Option<String> },
}

/// Returns the reference in a JSON text; `None` if the text is not a reference.
pub(super) fn reference(document: &JsonDocument) -> Option<Reference> {
    let [root] = document.roots.as_slice() else { return None };
    let text = |name: &str| match &root.item.node.get(name)?.node {
        Node::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let artifact = text("artifact_path");
    match text("_type")?.as_str() {
        _ if document.layout == JsonLayout::Lines => None,
        "joined-table" => {
            let tables = [text("table1").or_else(|| text("table")), text("table2")];
            let keys = root.item.node.get("join_key").map_or_else(Vec::new, |key| names(&key.node));
            Some(Reference::Joined { tables, keys, artifact })
        }
        "partitioned-table" => Some(Reference::Partitioned { parts: text("parts_path"), artifact }),
        _ => None,
    }
}

/// Opens the tables that a reference names. Tables that cannot be read are problems.
pub(super) fn open(context: ReadContext, reference: &Reference, problems: Vec<Problem>) -> Result<InMemory, Error> {
    let (kind, paths, artifact) = match reference {
        Reference::Joined { tables, artifact, .. } => ("joined table", tables.as_slice(), artifact),
        Reference::Partitioned { parts, artifact } => ("partitioned table", std::slice::from_ref(parts), artifact),
    };
    if paths.iter().all(Option::is_none) {
        return Err(context.error(match artifact {
            Some(artifact) => format!("the tables are in the artifact {artifact:?}; download it first"),
            None => format!("the {kind} does not name its tables"),
        }));
    }
    let Some(path) = context.path else {
        return Err(context.error(format!(
            "a {kind} refers to other files, so it cannot be read from a pipe or a compressed file; pass the file itself"
        )));
    };
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(|error| context.failed(error))?;
    // The total is unknown until the tables are found.
    context.task.progress.set_total(0);
    let mut tables = Tables::new(context, folder);
    for problem in problems {
        tables.problems.push(problem);
    }
    match reference {
        Reference::Joined { tables: paths, keys, .. } => tables.add_joined(paths, keys)?,
        Reference::Partitioned { parts, .. } => tables.add_parts(parts.as_deref().unwrap_or_default(), &[])?,
    }
    let mut details = Vec::new();
    if let Reference::Joined { keys, .. } = reference
        && !keys.is_empty()
    {
        details.push(("joined by".to_owned(), keys.join(" = ")));
    }
    if let Some(Matched { pairs, left, right }) = tables.matched {
        let rows = format!("{pairs} joined, {left} only in the first table, {right} only in the second");
        details.push(("rows".to_owned(), rows));
    }
    let title = format!("W&B {kind}, {}", plural(tables.read, "table file"));
    Ok(tables.finish(SourceInfo { name: context.name.to_owned(), title, details, ..SourceInfo::default() }))
}

/// Columns of all tables read so far.
struct Tables<'c> {
    context: ReadContext<'c>,
    /// Directory of the file with the reference.
    folder: PathBuf,
    columns: Vec<(Column, Problems)>,
    /// Index in `columns` of each path.
    indices: HashMap<Vec<String>, usize>,
    histograms: Vec<document::JsonSeries>,
    problems: Problems,
    /// Number of files read.
    read: u64,
    /// Tables to join.
    sides: Vec<Side>,
    matched: Option<Matched>,
}

impl<'c> Tables<'c> {
    fn new(context: ReadContext<'c>, folder: PathBuf) -> Self {
        let (columns, indices, histograms) = (Vec::new(), HashMap::new(), Vec::new());
        let problems = Problems::default();
        Self { context, folder, columns, indices, histograms, problems, read: 0, sides: Vec::new(), matched: None }
    }

    fn add_joined(&mut self, paths: &[Option<String>; 2], keys: &[String]) -> Result<(), Error> {
        let stems = paths.each_ref().map(|path| path.as_deref().map(stem));
        // A table joined with itself is read once.
        let sides = if paths[0] == paths[1] { 1 } else { 2 };
        for (i, (path, stem)) in paths.iter().zip(stems).take(sides).enumerate() {
            let (Some(path), Some(stem)) = (path, stem) else {
                self.note(&format!("table{}", i + 1), "the path is missing");
                continue;
            };
            // Tables with the same name are labeled with their paths.
            let label = if sides == 2 && stems[0] == stems[1] { path } else { stem };
            self.sides.push(Side { label: label.to_owned(), parts: Vec::new() });
            self.add_table(path, label)?;
        }
        if let ([left, right], [key] | [key, _]) = (&self.sides[..], keys)
            && ![left, right].iter().any(|side| side.parts.is_empty())
        {
            let joined = join([left, right], [key, keys.last().unwrap_or(key)], &self.context.task.memory);
            self.context.check()?;
            match joined {
                Ok((document, matched)) => self.replace_samples(&document, matched),
                Err(why) => self.note("join_key", why),
            }
        }
        Ok(())
    }

    /// Replaces the samples of the tables by those of the joined rows. The problems of the tables stay.
    fn replace_samples(&mut self, document: &JsonDocument, matched: Matched) {
        self.matched = Some(matched);
        for Column { path, samples, missing, bad, first, .. } in
            samples::read(document, &self.context.task.memory).unwrap_or_default()
        {
            let column = self.indices.get(&path).and_then(|index| self.columns.get_mut(*index));
            if let Some((column, _)) = column {
                (column.samples, column.missing, column.bad, column.rows) = (samples, missing, bad, None);
                column.first = first.map(|at| at.map(|at| At::Path(format!("joined rows: {at}"))));
            }
        }
    }

    /// Adds one side of a join. It may be partitioned, but not joined, so that references cannot form a cycle.
    fn add_table(&mut self, path: &str, label: &str) -> Result<(), Error> {
        let label = [label.to_owned()];
        let found = self.find(path);
        let Some(document) = self.read(path, found)? else { return Ok(()) };
        match reference(&document) {
            None => {
                if self.add(path, &label, document).is_empty() {
                    self.note(path, "no column contains numbers");
                }
            }
            Some(Reference::Partitioned { parts: Some(parts), .. }) => self.add_parts(&parts, &label)?,
            Some(_) => self.note(path, NESTED),
        }
        Ok(())
    }

    /// Adds the tables in a directory as one.
    fn add_parts(&mut self, path: &str, labels: &[String]) -> Result<(), Error> {
        let found = self.find(path).and_then(|folder| Ok((self.parts(path, &folder)?, folder)));
        self.context.task.cancel.check()?;
        let (names, folder) = match found {
            Ok(found) => found,
            Err(why) => {
                self.note(path, why);
                return Ok(());
            }
        };
        let first = self.columns.len();
        let mut parts = Vec::new();
        for name in names {
            let at = format!("{}/{}", path.trim_end_matches('/'), name.display());
            let Some(document) = self.read(&at, Ok(folder.join(&name)))? else { continue };
            if reference(&document).is_some() {
                self.note(&at, NESTED);
                continue;
            }
            let columns = self.add(&at, labels, document);
            parts.push((at, columns));
        }
        for (at, columns) in parts {
            let missing = (first..self.columns.len()).filter(|index| !columns.contains(index));
            let missing: Vec<String> =
                missing.map(|index| self.columns[index].0.path[labels.len()..].join(".")).collect();
            let shown = missing.iter().take(LISTED).map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            let more = missing.len().saturating_sub(LISTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            if !missing.is_empty() {
                self.note(&at, format!("no numbers for {shown}{more}"));
            }
        }
        Ok(())
    }

    /// Names of the tables in a directory and its subdirectories, sorted. Does not follow links to directories.
    fn parts(&mut self, path: &str, folder: &Path) -> Result<BTreeSet<PathBuf>, DecodeError> {
        let (mut names, mut skipped, mut other_files) = (BTreeSet::new(), 0, 0);
        let mut pending = vec![PathBuf::new()];
        while let Some(inner) = pending.pop() {
            for entry in fs::read_dir(folder.join(&inner))? {
                self.context.task.cancel.check().map_err(|error| DecodeError::new(error.to_string()))?;
                let entry = entry?;
                let name = inner.join(entry.file_name());
                if entry.file_type()?.is_dir() {
                    pending.push(name);
                    continue;
                }
                if !name.to_string_lossy().ends_with(TABLE_SUFFIX) {
                    other_files += 1;
                    continue;
                }
                names.insert(name);
                if names.len() > MAX_PARTS {
                    names.pop_last();
                    skipped += 1;
                }
            }
        }
        if skipped > 0 {
            self.note(path, format!("read only the first {MAX_PARTS} tables; skipped {skipped}"));
        }
        if other_files > 0 {
            self.note(path, format!("skipped {} not named *{TABLE_SUFFIX}", plural(other_files, "file")));
        }
        if names.is_empty() {
            self.note(path, format!("the directory contains no *{TABLE_SUFFIX} file"));
        }
        Ok(names)
    }

    /// Finds a path of the artifact on disk. Nothing marks the root of the artifact, so the path is tried in the directory
    /// of the file and in its parents.
    fn find(&self, path: &str) -> Result<PathBuf, String> {
        let path = Path::new(path);
        let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !inside {
            return Err("the path leaves the artifact and is not followed".to_owned());
        }
        let roots = self.folder.ancestors().take(1 + MAX_UP);
        let mut found = roots.map(|root| root.join(path)).filter(|path| path.exists());
        found.next().ok_or_else(|| format!("not found in the directory of the file or up to {MAX_UP} levels above it"))
    }

    /// Reads a file, or adds a problem.
    fn read(&mut self, at: &str, path: Result<PathBuf, String>) -> Result<Option<JsonDocument>, Error> {
        let document = path.and_then(|path| self.document(&path));
        self.context.check()?;
        match document {
            Ok(document) => {
                self.read += 1;
                Ok(Some(document))
            }
            Err(why) => {
                self.note(at, why);
                Ok(None)
            }
        }
    }

    fn document(&self, path: &Path) -> Result<JsonDocument, String> {
        // Opening a pipe would wait for a writer.
        if !path.metadata().map_err(DecodeError::from)?.is_file() {
            return Err("not a regular file".to_owned());
        }
        let file = File::open(path).map_err(DecodeError::from)?;
        let why = |error| match error {
            Error::Read { why, .. } => why,
            other => other.to_string(),
        };
        let (text, _reserved) = read_all(self.context, &mut watched(file, self.context.task)).map_err(why)?;
        if lfs::starts_with_pointer(&text) {
            return Err(lfs::message());
        }
        let (document, reserved) = read_document(self.context, &text).map_err(why)?;
        // The rows stay in memory until the tables are joined.
        reserved.keep();
        Ok(document)
    }

    /// Adds the content of a table. Returns the indices of its columns.
    fn add(&mut self, at: &str, labels: &[String], document: JsonDocument) -> HashSet<usize> {
        let mut indices = HashSet::new();
        for mut column in samples::read(&document, &self.context.task.memory).unwrap_or_default() {
            column.path.splice(..0, labels.iter().cloned());
            let problems = std::mem::take(&mut column.problems);
            column.first = column.first.map(|first| first.map(|first| within(at, Problem::new(first, "")).at));
            let index = self.indices.get(&column.path).copied().unwrap_or(self.columns.len());
            indices.insert(index);
            if let Some((existing, _)) = self.columns.get_mut(index) {
                existing.append(column);
            } else {
                self.indices.insert(column.path.clone(), index);
                self.columns.push((column, Problems::default()));
            }
            for problem in problems {
                self.columns[index].1.push(within(at, problem));
            }
        }
        for mut series in document.series {
            series.path.splice(..0, labels.iter().cloned());
            series.problems = series.problems.into_iter().map(|problem| within(at, problem)).collect();
            match self.histograms.iter_mut().find(|existing| existing.path == series.path) {
                Some(existing) => {
                    existing.entries.append(&mut series.entries);
                    existing.problems.append(&mut series.problems);
                }
                None => self.histograms.push(series),
            }
        }
        for problem in document.problems {
            self.problems.push(within(at, problem));
        }
        if let Some(side) = self.sides.last_mut() {
            side.parts.extend(document.roots.into_iter().map(|root| root.item));
        }
        indices
    }

    fn note(&mut self, at: &str, why: impl Into<String>) {
        self.problems.push(Problem::new(At::Path(at.to_owned()), why));
    }

    fn finish(self, info: SourceInfo) -> InMemory {
        // Without a file to save to: the content is in other files than the opened one.
        let mut source = InMemory::new(SourceInfo { problems: self.problems.to_vec(), ..info }, None);
        for series in self.histograms {
            source.add_histograms(series);
        }
        for (column, problems) in self.columns {
            source.add_column(Column { problems: problems.to_vec(), ..column });
        }
        source
    }
}

/// Returns `b` for `a/b.table.json`.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".json").unwrap_or(name);
    name.strip_suffix(".table").or_else(|| name.strip_suffix(".partitioned-table")).unwrap_or(name)
}

/// Prefixes the location of a problem with its file.
fn within(file: &str, problem: Problem) -> Problem {
    let at = match problem.at {
        At::Whole => file.to_owned(),
        at => format!("{file}: {at}"),
    };
    Problem::new(At::Path(at), problem.message)
}

/// Key columns of a join: one name, or one for each table.
fn names(key: &Node) -> Vec<String> {
    match key {
        Node::Text(name) => vec![name.clone()],
        Node::Array(items) => {
            let text = |item: &Item| if let Node::Text(name) = &item.node { Some(name.clone()) } else { None };
            items.iter().filter_map(text).collect()
        }
        _ => Vec::new(),
    }
}
