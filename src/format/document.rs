//! Histograms anywhere in a JSON or JSONL text, in what `wandb leet inspect` prints too.
//!
//! The whole tree is handed on with them, so that what else it holds can be read as raw data. Not here: numeric arrays
//! and records, and the flattened records of the `.wandb` log.

mod find;
mod leet;
mod table;
#[cfg(test)]
mod tests;
mod trail;

use crate::error::{At, Problem};
use crate::json::{self, Item, Node, SyntaxError, Told, Watch};
use crate::wandb;
use find::Finder;
use memchr::memchr_iter;
use std::cell::Cell;
use std::collections::HashSet;
use std::ops::Range;

pub(super) use table::table;
pub(super) use trail::Trail;

/// A text that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub layout: Layout,
    pub roots: Vec<Root>,
    /// One for every path at which a histogram stands, in order of appearance.
    pub series: Vec<Series>,
    /// Lines that are not JSON.
    pub problems: Vec<Problem>,
    /// Whether a histogram's members stand apart in the text, so that it cannot be replaced there.
    pub in_pieces: bool,
    /// Of a text of lines: where reading goes on once there is more.
    pub next: Option<Next>,
    /// Where the histograms start, the bad ones too.
    starts: HashSet<usize>,
}

/// The line behind those that are done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    pub byte: usize,
    /// From 1.
    pub line: u64,
    /// Whether what is there already is the beginning of a line, of which the last problem tells.
    pub torn: bool,
}

/// How a text holds its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One value.
    Single,
    /// One value a line.
    Lines,
}

/// A value at the top of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Root {
    /// The line it starts on, from 1.
    pub line: u64,
    pub item: Item,
    /// Its member `_step`, else `step`, if that is an integer.
    pub step: Option<i64>,
}

/// All histograms under one path.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Names of members and indices of elements from the root on; empty for the root. In a table, the name of the column.
    pub path: Vec<String>,
    /// In order of appearance; more than one only in JSONL and in tables.
    pub entries: Vec<Entry>,
    /// The histograms of this path that cannot be taken as such.
    pub problems: Vec<Problem>,
}

/// A histogram and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub step: Option<i64>,
    /// The bytes of the object or pair.
    pub span: Range<usize>,
    /// The bytes of each member that is not part of the histogram.
    pub extra: Vec<Range<usize>>,
    pub histogram: wandb::Histogram,
}

impl Document {
    /// A value in which no histogram is looked for.
    pub fn of_numbers(item: Item) -> Self {
        let (series, problems, starts) = (Vec::new(), Vec::new(), HashSet::new());
        Self {
            layout: Layout::Single,
            roots: vec![root(1, item)],
            series,
            problems,
            in_pieces: true,
            next: None,
            starts,
        }
    }

    /// Whether a histogram starts at this value, which is then no raw data.
    pub fn is_histogram(&self, item: &Item) -> bool {
        self.starts.contains(&item.span.start)
    }
}

impl Entry {
    /// Stands so many bytes further on: the text it was found in is a part of another.
    pub fn move_by(&mut self, bytes: usize) {
        for range in self.extra.iter_mut().chain([&mut self.span]) {
            *range = range.start + bytes..range.end + bytes;
        }
    }
}

impl Series {
    /// The logged steps, if every entry has one.
    pub fn steps(&self) -> Option<Vec<i64>> {
        self.entries.iter().map(|entry| entry.step).collect()
    }
}

/// Reads a JSON text, or a JSONL text whose bad lines become problems.
///
/// # Errors
/// The text is neither.
pub fn read(text: &[u8]) -> Result<Document, SyntaxError> {
    read_watched(text, &|_| true)
}

/// As [`read`], watched: of a text of lines that is stopped, those that come after are missing.
///
/// # Errors
/// As [`read`], and having been stopped.
pub fn read_watched(text: &[u8], watch: Watch) -> Result<Document, SyntaxError> {
    let held = Cell::new(0);
    let watch_first = |told: Told| {
        held.update(|before| before + told.held);
        watch(told)
    };
    let first = json::parse_prefix_watched(text, 0, &watch_first);
    let is_lines = match &first {
        Ok((item, end)) => {
            !text[item.span.clone()].contains(&b'\n') && blank(line_at(text, *end)) && !blank(&text[*end..])
        }
        Err(_) => mostly_values(text, watch),
    };
    if is_lines {
        drop(first);
        watch(Told { read: 0, held: -held.get() });
        return Ok(read_lines_watched(text, (1, false), watch));
    }
    let (item, end) = first?;
    json::parse_end(text, end)?;
    let before = &text[..item.span.start];
    let line = before.split(|byte| *byte == b'\n').count() as u64;
    Ok(find(Layout::Single, vec![root(line, leet::summary(item))], false))
}

/// Reads lines, of which the first has this number and stands behind others, which were `in_pieces` or not. What comes
/// after it was stopped is missing.
pub fn read_lines_watched(text: &[u8], (first, in_pieces): (u64, bool), watch: Watch) -> Document {
    let (mut roots, mut problems) = (Vec::new(), Vec::new());
    let stopped = Cell::new(false);
    let watch = |told| {
        stopped.set(!watch(told));
        !stopped.get()
    };
    let mut next = Next { byte: text.len(), line: first + memchr_iter(b'\n', text).count() as u64, torn: false };
    for (line, span) in lines(text, first) {
        if stopped.get() {
            break;
        }
        let start = span.start;
        let last = span.end == text.len();
        match json::parse_line_watched(text, span, line, &watch) {
            Err(_) if stopped.get() => break,
            Ok(item) => roots.push(root(line, item)),
            Err(error) => {
                let torn = last && error.byte == text.len();
                if torn {
                    next = Next { byte: start, line, torn };
                }
                let note = if torn { "; the file ends within this line" } else { "" };
                let problem = Problem::new(At::LineColumn(line, error.column), error.message + note);
                problems.push(Problem { unfinished: torn, ..problem });
            }
        }
    }
    Document { problems, next: Some(next), ..find(Layout::Lines, roots, in_pieces) }
}

fn find(layout: Layout, roots: Vec<Root>, in_pieces: bool) -> Document {
    let in_pieces = in_pieces || leet::are_records(&roots);
    let roots = if in_pieces { leet::rows(roots) } else { roots };
    let mut finder = Finder::new(layout);
    for root in &roots {
        finder.search(root);
    }
    let (series, starts) = finder.into_parts();
    Document { layout, roots, series, problems: Vec::new(), in_pieces, next: None, starts }
}

fn root(line: u64, item: Item) -> Root {
    Root { line, step: step(&item), item }
}

fn step(row: &Item) -> Option<i64> {
    integer(&row.node, "_step").or_else(|| integer(&row.node, "step"))
}

fn integer(node: &Node, name: &str) -> Option<i64> {
    match node.get(name)?.node {
        Node::Number(crate::hist::Number::Int(number)) => i64::try_from(number).ok(),
        _ => None,
    }
}

/// Whether a text whose first line is broken is JSONL all the same: of its first lines at least half are whole objects
/// or arrays. The lines of one broken value, however it is indented, hardly ever are.
fn mostly_values(text: &[u8], watch: Watch) -> bool {
    let first: Vec<_> = lines(text, 1).take(64).collect();
    let held = Cell::new(0);
    let watch_line = |told: Told| {
        held.update(|before| before + told.held);
        watch(told)
    };
    let whole = |(line, span): &(u64, Range<usize>)| {
        let item = json::parse_line_watched(text, span.clone(), *line, &watch_line);
        let whole = item.is_ok_and(|item| matches!(item.node, Node::Object(_) | Node::Array(_) | Node::Numbers(_)));
        watch(Told { read: 0, held: -held.take() });
        whole
    };
    first.len() > 1 && first.iter().filter(|line| whole(line)).count() * 2 >= first.len()
}

/// The lines that are not blank, with their numbers.
fn lines(text: &[u8], first: u64) -> impl Iterator<Item = (u64, Range<usize>)> {
    let mut start = 0;
    let spans = text.split_inclusive(|byte| *byte == b'\n').map(move |line| {
        let span = start..start + line.len();
        start = span.end;
        span
    });
    (first..).zip(spans).filter(|(_, span)| !blank(&text[span.clone()]))
}

/// What is left of the line from `at` on.
fn line_at(text: &[u8], at: usize) -> &[u8] {
    text[at..].split(|byte| *byte == b'\n').next().unwrap_or_default()
}

fn blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
}
