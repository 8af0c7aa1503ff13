//! W&B's joined and partitioned tables: JSON files that only name the tables, which lie in the same artifact.
//!
//! The parts of a partitioned table are one table. Joined tables have the rows that belong together, and those that have no
//! other (`join`); where they cannot be joined, every column is there as it was logged.

mod join;

use super::in_memory::Decoded;
use super::input::{ReadContext, read_all, watched};
use super::text::read_document;
use crate::catalog::SourceInfo;
use crate::error::{At, Error, Problem};
use crate::format::column::Column;
use crate::format::document::{self, Document, Layout};
use crate::format::{DecodeError, Problems, samples};
use crate::json::{Item, Node};
use crate::text::plural;
use join::{Matched, Side, join};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

/// How far above the file the root of its artifact may be.
const MAX_UP: usize = 3;

/// The most parts of a table that are read.
const MAX_PARTS: usize = 10_000;

/// How many columns a problem names.
const NAMED: usize = 3;

const SUFFIX: &str = ".table.json";

/// What a file says instead of holding a table. Paths are relative to the root of the artifact.
pub(super) enum Reference {
    Joined { tables: [Option<String>; 2], keys: Vec<String>, artifact: Option<String> },
    Partitioned { parts: Option<String>, artifact: Option<String> },
}

/// What a text refers to, if it is no table itself.
pub(super) fn reference(document: &Document) -> Option<Reference> {
    let [root] = document.roots.as_slice() else { return None };
    let text = |name: &str| match &root.item.node.get(name)?.node {
        Node::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let artifact = text("artifact_path");
    match text("_type")?.as_str() {
        _ if document.layout == Layout::Lines => None,
        "joined-table" => {
            let tables = [text("table1").or_else(|| text("table")), text("table2")];
            let keys = root.item.node.get("join_key").map_or_else(Vec::new, |key| names(&key.node));
            Some(Reference::Joined { tables, keys, artifact })
        }
        "partitioned-table" => Some(Reference::Partitioned { parts: text("parts_path"), artifact }),
        _ => None,
    }
}

/// Reads whatever can be read of the tables that a file refers to.
pub(super) fn open(origin: ReadContext, reference: &Reference, problems: Vec<Problem>) -> Result<Decoded, Error> {
    let (what, named, artifact) = match reference {
        Reference::Joined { tables, artifact, .. } => ("joined table", tables.as_slice(), artifact),
        Reference::Partitioned { parts, artifact } => ("partitioned table", std::slice::from_ref(parts), artifact),
    };
    if named.iter().all(Option::is_none) {
        return Err(origin.failed(match artifact {
            Some(artifact) => format!("its tables are in the artifact {artifact:?}, which is not here; download that"),
            None => format!("it is a {what} that does not say where its tables are"),
        }));
    }
    let Some(path) = origin.path else {
        return Err(
            origin.failed(format!("it is a {what}, whose tables are other files; name the file itself, unpacked"))
        );
    };
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(|error| origin.failed(DecodeError::from(error)))?;
    // How much there is to read is not known before the tables are.
    origin.task.progress.set_total(0);
    let mut tables = Tables::new(origin, folder);
    for problem in problems {
        tables.problems.push(problem);
    }
    match reference {
        Reference::Joined { tables: named, keys, .. } => tables.add_joined(named, keys)?,
        Reference::Partitioned { parts, .. } => tables.add_parts(parts.as_deref().unwrap_or_default(), &[])?,
    }
    let mut details = Vec::new();
    if let Reference::Joined { keys, .. } = reference
        && !keys.is_empty()
    {
        details.push(("joined by".to_owned(), keys.join(" = ")));
    }
    if let Some(Matched { pairs, left, right }) = tables.matched {
        let words = format!("{pairs} joined, {left} only in the first table, {right} only in the second");
        details.push(("rows".to_owned(), words));
    }
    let title = format!("W&B {what}, {}", plural(tables.read, "table file"));
    Ok(tables.finish(SourceInfo { name: origin.name.to_owned(), title, details, ..SourceInfo::default() }))
}

/// The columns of all tables that were read.
struct Tables<'o> {
    origin: ReadContext<'o>,
    /// Where the file that refers to them is.
    folder: PathBuf,
    columns: Vec<(Column, Problems)>,
    /// Where in `columns` a path is.
    places: HashMap<Vec<String>, usize>,
    histograms: Vec<document::Series>,
    problems: Problems,
    /// How many files were read.
    read: u64,
    /// The tables that were read, to be joined.
    sides: Vec<Side>,
    matched: Option<Matched>,
}

impl<'o> Tables<'o> {
    fn new(origin: ReadContext<'o>, folder: PathBuf) -> Self {
        let (columns, places, histograms) = (Vec::new(), HashMap::new(), Vec::new());
        let problems = Problems::default();
        Self { origin, folder, columns, places, histograms, problems, read: 0, sides: Vec::new(), matched: None }
    }

    fn add_joined(&mut self, named: &[Option<String>; 2], keys: &[String]) -> Result<(), Error> {
        let stems = named.each_ref().map(|named| named.as_deref().map(stem));
        // A table that is joined with itself is read once.
        let sides = if named[0] == named[1] { 1 } else { 2 };
        for (i, (named, stem)) in named.iter().zip(stems).take(sides).enumerate() {
            let (Some(named), Some(stem)) = (named, stem) else {
                self.note(&format!("table{}", i + 1), "it is not named");
                continue;
            };
            // Tables of one name are told apart by their folders.
            let label = if sides == 2 && stems[0] == stems[1] { named } else { stem };
            self.sides.push(Side { label: label.to_owned(), parts: Vec::new() });
            self.add_table(named, label)?;
        }
        if let ([left, right], [key] | [key, _]) = (&self.sides[..], keys)
            && ![left, right].iter().any(|side| side.parts.is_empty())
        {
            let joined = join([left, right], [key, keys.last().unwrap_or(key)]);
            self.origin.task.cancel.check()?;
            match joined {
                Ok((document, matched)) => self.take_joined(&document, matched),
                Err(why) => self.note("join_key", why),
            }
        }
        Ok(())
    }

    /// Puts the numbers of the joined rows where those of the tables are. What was wrong with them is known from there.
    fn take_joined(&mut self, document: &Document, matched: Matched) {
        self.matched = Some(matched);
        for Column { path, samples, missing, bad, .. } in samples::read(document) {
            let place = self.places.get(&path).and_then(|place| self.columns.get_mut(*place));
            if let Some((column, _)) = place {
                (column.samples, column.missing, column.bad) = (samples, missing, bad);
            }
        }
    }

    /// Adds one side of a join, which may be partitioned, but not joined: so nothing recurs.
    fn add_table(&mut self, named: &str, label: &str) -> Result<(), Error> {
        let label = [label.to_owned()];
        let path = self.find(named);
        let Some(document) = self.read(named, path)? else { return Ok(()) };
        match reference(&document) {
            None => {
                if self.add(named, &label, document).is_empty() {
                    self.note(named, "it has no column of numbers");
                }
            }
            Some(Reference::Partitioned { parts: Some(parts), .. }) => self.add_parts(&parts, &label)?,
            Some(_) => self.note(named, "it is not a table but refers to others, which are not followed from here"),
        }
        Ok(())
    }

    /// Adds the tables in a folder as one.
    fn add_parts(&mut self, named: &str, labels: &[String]) -> Result<(), Error> {
        let found = self.find(named).and_then(|folder| Ok((self.parts(named, &folder)?, folder)));
        self.origin.task.cancel.check()?;
        let (names, folder) = match found {
            Ok(found) => found,
            Err(why) => {
                self.note(named, why);
                return Ok(());
            }
        };
        let first = self.columns.len();
        let mut parts = Vec::new();
        for name in names {
            let at = format!("{}/{}", named.trim_end_matches('/'), name.display());
            let Some(document) = self.read(&at, Ok(folder.join(&name)))? else { continue };
            if reference(&document).is_some() {
                self.note(&at, "it is not a table but refers to others, which are not followed from here");
                continue;
            }
            let columns = self.add(&at, labels, document);
            parts.push((at, columns));
        }
        for (at, columns) in parts {
            let lacks = (first..self.columns.len()).filter(|place| !columns.contains(place));
            let lacks: Vec<String> = lacks.map(|place| self.columns[place].0.path[labels.len()..].join(".")).collect();
            let shown = lacks.iter().take(NAMED).map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            let more = lacks.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            if !lacks.is_empty() {
                self.note(&at, format!("it has no numbers for {shown}{more}"));
            }
        }
        Ok(())
    }

    /// The names of the tables in and below a folder, sorted. Links to folders are not followed.
    fn parts(&mut self, named: &str, folder: &Path) -> Result<BTreeSet<PathBuf>, DecodeError> {
        let (mut names, mut beyond, mut others) = (BTreeSet::new(), 0, 0);
        let mut below = vec![PathBuf::new()];
        while let Some(inner) = below.pop() {
            for entry in fs::read_dir(folder.join(&inner))? {
                self.origin.task.cancel.check().map_err(|error| DecodeError::new(error.to_string()))?;
                let entry = entry?;
                let name = inner.join(entry.file_name());
                if entry.file_type()?.is_dir() {
                    below.push(name);
                    continue;
                }
                if !name.to_string_lossy().ends_with(SUFFIX) {
                    others += 1;
                    continue;
                }
                names.insert(name);
                if names.len() > MAX_PARTS {
                    names.pop_last();
                    beyond += 1;
                }
            }
        }
        if beyond > 0 {
            self.note(named, format!("only its first {MAX_PARTS} tables were read, and {beyond} left unread"));
        }
        if others > 0 {
            self.note(named, format!("left unread: {} not named *{SUFFIX}", plural(others, "file")));
        }
        if names.is_empty() {
            self.note(named, format!("it is a folder without a file named *{SUFFIX}"));
        }
        Ok(names)
    }

    /// What a path in the artifact is here: the root of the artifact is not marked, so it is looked for upward.
    fn find(&self, named: &str) -> Result<PathBuf, String> {
        let path = Path::new(named);
        let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !inside {
            return Err("it is not a path inside the artifact, and is not followed".to_owned());
        }
        let roots = self.folder.ancestors().take(1 + MAX_UP);
        let mut found = roots.map(|root| root.join(path)).filter(|path| path.exists());
        found.next().ok_or_else(|| format!("it is neither beside the file nor up to {MAX_UP} folders above it"))
    }

    /// Reads a file, or notes why it cannot be read.
    fn read(&mut self, at: &str, path: Result<PathBuf, String>) -> Result<Option<Document>, Error> {
        let document = path.and_then(|path| self.document(&path));
        self.origin.go_on()?;
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

    fn document(&self, path: &Path) -> Result<Document, String> {
        // Opening a pipe would wait for its writer.
        if !path.metadata().map_err(DecodeError::from)?.is_file() {
            return Err("it is not a regular file".to_owned());
        }
        let file = File::open(path).map_err(DecodeError::from)?;
        let why = |error| match error {
            Error::Read { why, .. } => why,
            other => other.to_string(),
        };
        let (text, _held) = read_all(self.origin, &mut watched(file, self.origin.task)).map_err(why)?;
        let (document, held) = read_document(self.origin, &text).map_err(why)?;
        // The rows are joined once all are there.
        held.keep();
        Ok(document)
    }

    /// Adds what a table holds, and returns the places of its columns.
    fn add(&mut self, at: &str, labels: &[String], document: Document) -> HashSet<usize> {
        let mut places = HashSet::new();
        for mut column in samples::read(&document) {
            column.path.splice(..0, labels.iter().cloned());
            let problems = std::mem::take(&mut column.problems);
            let place = self.places.get(&column.path).copied().unwrap_or(self.columns.len());
            places.insert(place);
            if let Some((whole, _)) = self.columns.get_mut(place) {
                whole.append(column);
            } else {
                self.places.insert(column.path.clone(), place);
                self.columns.push((column, Problems::default()));
            }
            for problem in problems {
                self.columns[place].1.push(within(at, problem));
            }
        }
        for mut series in document.series {
            series.path.splice(..0, labels.iter().cloned());
            series.problems = series.problems.into_iter().map(|problem| within(at, problem)).collect();
            match self.histograms.iter_mut().find(|whole| whole.path == series.path) {
                Some(whole) => {
                    whole.entries.append(&mut series.entries);
                    whole.problems.append(&mut series.problems);
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
        places
    }

    fn note(&mut self, at: &str, why: impl Into<String>) {
        self.problems.push(Problem::new(At::Path(at.to_owned()), why));
    }

    fn finish(self, info: SourceInfo) -> Decoded {
        // They are in other files than the one that was opened, so there is none that could be written to.
        let mut source = Decoded::new(SourceInfo { problems: self.problems.to_vec(), ..info }, None);
        for series in self.histograms {
            source.add_histograms(series);
        }
        for (column, problems) in self.columns {
            source.add_column(Column { problems: problems.to_vec(), ..column });
        }
        source
    }
}

/// `a/b.table.json` is called `b`.
fn stem(named: &str) -> &str {
    let name = named.rsplit('/').next().unwrap_or(named);
    let name = name.strip_suffix(".json").unwrap_or(name);
    name.strip_suffix(".table").or_else(|| name.strip_suffix(".partitioned-table")).unwrap_or(name)
}

/// A problem of a table, with the table's place before its own.
fn within(file: &str, problem: Problem) -> Problem {
    let at = match problem.at {
        At::Whole => file.to_owned(),
        at => format!("{file}: {at}"),
    };
    Problem::new(At::Path(at), problem.message)
}

/// The columns by which tables are joined: one name, or one for each table.
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
