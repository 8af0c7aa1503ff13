//! Histograms anywhere in a JSON or JSONL text, including the output of `wandb leet inspect`.
//!
//! The parsed tree is part of the result, so that `samples` can read the remaining numbers. Not here: numeric arrays and
//! records (`samples`), and the flattened records of a `.wandb` log (`wandb_log`).

mod find;
mod leet;
mod runs;
mod table;
mod tensorboard;
#[cfg(test)]
mod tests;
mod uhi;

use super::Problems;
use crate::error::{At, Problem};
use crate::json::{self, Item, Node, ReadProgress, SyntaxError, Watch};
use crate::wandb;
use find::Finder;
use memchr::{memchr, memchr_iter};
use std::cell::Cell;
use std::collections::HashSet;
use std::ops::Range;

pub use runs::{DividedLines, divide, has_runs, is_of_run};

pub(super) use find::Trail;
pub(super) use table::table;
pub(super) use tensorboard::scalars;

/// Precedes each value of a JSON text sequence.
const RECORD_SEPARATOR: u8 = 0x1e;

/// A parsed JSON or JSONL text.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonDocument {
    pub layout: JsonLayout,
    pub roots: Vec<Root>,
    /// One series for each path to a histogram, in order of appearance.
    pub series: Vec<JsonSeries>,
    /// Lines that are not JSON.
    pub problems: Vec<Problem>,
    /// True if the members of a histogram are not contiguous in the text, so that it cannot be replaced there.
    pub scattered: bool,
    /// For JSONL: the line from which reading continues when the text grows.
    pub next: Option<NextLine>,
    /// Byte offsets at which histograms start, including malformed ones.
    starts: HashSet<usize>,
}

/// The first line that has not been read completely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextLine {
    /// Byte offset in the text.
    pub byte: usize,
    /// Line number, from 1.
    pub line: u64,
    /// True if the text already contains the start of this line. The last problem of the document reports it.
    pub torn: bool,
}

/// The line at which [`read_lines_watched`] starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinesFrom {
    /// Number of the first line, from 1.
    pub line: u64,
    /// [`JsonDocument::scattered`] of the lines before it.
    pub scattered: bool,
}

impl Default for LinesFrom {
    fn default() -> Self {
        Self { line: 1, scattered: false }
    }
}

/// The arrangement of values in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonLayout {
    /// One value.
    Single,
    /// Several values: one per line (JSONL), or one after another.
    Lines,
}

/// A value at the top level of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Root {
    /// Number of the line on which it starts, from 1.
    pub line: u64,
    pub item: Item,
    /// The member `_step`, or else `step`, if it is an integer.
    pub step: Option<i64>,
}

/// All histograms with the same path.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonSeries {
    /// Member names and array indices from the root; empty for the root itself. In a table, the name of the column.
    pub path: Vec<String>,
    /// In order of appearance. Only JSONL and tables have more than one.
    pub entries: Vec<JsonHistogram>,
    /// Malformed histograms with this path.
    pub problems: Vec<Problem>,
}

/// A histogram and its bytes in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonHistogram {
    pub step: Option<i64>,
    /// Bytes of the object or pair.
    pub span: Range<usize>,
    /// Bytes of each member that is not part of the histogram.
    pub extra: Vec<Range<usize>>,
    pub histogram: wandb::Histogram,
}

impl JsonDocument {
    /// Wraps a value without searching it for histograms.
    pub fn of_numbers(item: Item) -> Self {
        let (series, problems, starts) = (Vec::new(), Vec::new(), HashSet::new());
        Self {
            layout: JsonLayout::Single,
            roots: vec![root(1, item)],
            series,
            problems,
            scattered: true,
            next: None,
            starts,
        }
    }

    /// Returns true if a histogram starts at this value.
    pub fn is_histogram(&self, item: &Item) -> bool {
        self.starts.contains(&item.span.start)
    }
}

impl JsonHistogram {
    /// Shifts all byte ranges by `bytes`, the offset of the text in a larger one.
    pub fn move_by(&mut self, bytes: usize) {
        for range in self.extra.iter_mut().chain([&mut self.span]) {
            *range = range.start + bytes..range.end + bytes;
        }
    }
}

impl JsonSeries {
    /// Returns the logged steps if every entry has one.
    pub fn steps(&self) -> Option<Vec<i64>> {
        self.entries.iter().map(|entry| entry.step).collect()
    }
}

/// Reads a JSON text, or a JSONL text whose malformed lines become problems.
///
/// # Errors
/// The text is neither JSON nor JSONL.
pub fn read(text: &[u8]) -> Result<JsonDocument, SyntaxError> {
    read_watched(text, &|_| true)
}

/// Reads a text like [`read`], and reports progress to `watch`. If `watch` stops the reading of a JSONL text, the
/// remaining lines are missing from the result.
///
/// # Errors
/// Those of [`read`]. Also, `watch` stopped the reading.
pub fn read_watched(text: &[u8], watch: Watch) -> Result<JsonDocument, SyntaxError> {
    let held = Cell::new(0);
    let watch_first = |more: ReadProgress| {
        held.update(|before| before + more.held);
        watch(more)
    };
    let start = usize::from(text.first() == Some(&RECORD_SEPARATOR));
    let first = json::parse_prefix_watched(text, start, &watch_first);
    let is_lines = match &first {
        Ok((item, end)) => {
            !text[item.span.clone()].contains(&b'\n') && blank(line_at(text, *end)) && starts_line(&text[*end..])
        }
        Err(_) => mostly_values(text, watch),
    };
    if is_lines {
        drop(first);
        watch(ReadProgress { read: 0, held: -held.get() });
        return Ok(read_lines_watched(text, LinesFrom::default(), watch));
    }
    let (item, end) = first?;
    let before = &text[..item.span.start];
    let line = before.split(|byte| *byte == b'\n').count() as u64;
    if matches!(text.get(next_value(text, end)), Some(b'{' | b'[')) {
        return Ok(read_sequence(text, item, line, end, watch));
    }
    json::parse_end(text, end)?;
    Ok(find(JsonLayout::Single, vec![root(line, leet::summary(item))], false, watch))
}

/// Reads the values that follow the first one, which ends at `end`. They need no separators, and each may extend over
/// several lines. Reading stops at a malformed value.
fn read_sequence(text: &[u8], first: Item, line: u64, mut end: usize, watch: Watch) -> JsonDocument {
    let (mut counted, mut line) = (first.span.start, line);
    let (mut roots, mut problems) = (vec![root(line, first)], Vec::new());
    loop {
        let next = next_value(text, end);
        if next >= text.len() {
            break;
        }
        line += memchr_iter(b'\n', &text[counted..next]).count() as u64;
        counted = next;
        match json::parse_prefix_watched(text, next, watch) {
            Ok((item, after)) => {
                roots.push(root(line, item));
                end = after;
            }
            Err(error) => {
                let torn = error.byte == text.len();
                let note = if torn { "; the file ends inside this value" } else { "; rebin does not read the rest" };
                let problem = Problem::new(At::LineColumn(error.line, error.column), error.message + note);
                problems.push(Problem { unfinished: torn, ..problem });
                break;
            }
        }
    }
    JsonDocument { problems, ..find(JsonLayout::Lines, roots, false, watch) }
}

/// Returns the offset of the next character that is not blank and does not separate records.
fn next_value(text: &[u8], from: usize) -> usize {
    let separates = |byte: &u8| blank(&[*byte]) || *byte == RECORD_SEPARATOR;
    text[from..].iter().position(|byte| !separates(byte)).map_or(text.len(), |length| from + length)
}

/// Returns true if the rest of a text continues with lines. A bracket alone on a line starts a value that extends over
/// several lines.
fn starts_line(rest: &[u8]) -> bool {
    let next = rest.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
    next.is_some_and(|line| line != b"{" && line != b"[" && !line.starts_with(&[RECORD_SEPARATOR]))
}

/// Reads the lines of a JSONL text that continues another one. If `watch` stops the reading, the remaining lines are
/// missing from the result.
pub fn read_lines_watched(text: &[u8], from: LinesFrom, watch: Watch) -> JsonDocument {
    let (mut roots, mut problems, mut last_problem) = (Vec::new(), Problems::default(), None);
    let stopped = Cell::new(false);
    let watch = |more| {
        stopped.set(!watch(more));
        !stopped.get()
    };
    let mut next =
        NextLine { byte: text.len(), line: from.line + memchr_iter(b'\n', text).count() as u64, torn: false };
    for (line, span) in lines(text, from.line) {
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
                    next = NextLine { byte: start, line, torn };
                }
                let note = if torn { "; the file ends inside this line" } else { "" };
                let problem = Problem::new(At::LineColumn(line, error.column), error.message + note);
                let problem = Problem { unfinished: torn, ..problem };
                // Last, even if there are too many problems to list.
                if torn { last_problem = Some(problem) } else { problems.push(problem) }
            }
        }
    }
    let problems = problems.to_vec().into_iter().chain(last_problem).collect();
    JsonDocument { problems, next: Some(next), ..find(JsonLayout::Lines, roots, from.scattered, &watch) }
}

fn find(layout: JsonLayout, roots: Vec<Root>, scattered: bool, watch: Watch) -> JsonDocument {
    if let (JsonLayout::Single, [root]) = (layout, roots.as_slice())
        && let Some(series) = tensorboard::histograms(&root.item)
    {
        let starts = HashSet::from([root.item.span.start]);
        let (series, problems) = (vec![series], Vec::new());
        // A save cannot replace the rows of another format.
        return JsonDocument { layout, roots, series, problems, scattered: true, next: None, starts };
    }
    let scattered = scattered || leet::are_records(&roots);
    let roots = if scattered { leet::rows(roots) } else { roots };
    let mut finder = Finder::new(layout, watch);
    for root in &roots {
        finder.search(root);
    }
    let (series, starts) = finder.into_parts();
    // rebin writes W&B's form, which has no place for the flow bins and variances of UHI.
    let is_uhi = |entry: &JsonHistogram| entry.histogram.supplement().is_some();
    let scattered = scattered || series.iter().flat_map(|series| &series.entries).any(is_uhi);
    JsonDocument { layout, roots, series, problems: Vec::new(), scattered, next: None, starts }
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

/// Returns true if a text with a malformed first line is still JSONL: at least half of its first 64 lines are complete
/// objects or arrays. The lines of one malformed value are almost never complete, even if it is indented.
fn mostly_values(text: &[u8], watch: Watch) -> bool {
    let first: Vec<_> = lines(text, 1).take(64).collect();
    let held = Cell::new(0);
    let watch_line = |more: ReadProgress| {
        held.update(|before| before + more.held);
        watch(more)
    };
    let is_value = |(line, span): &(u64, Range<usize>)| {
        let item = json::parse_line_watched(text, span.clone(), *line, &watch_line);
        let is_value = item.is_ok_and(|item| matches!(item.node, Node::Object(_) | Node::Array(_) | Node::Numbers(_)));
        watch(ReadProgress { read: 0, held: -held.take() });
        is_value
    };
    first.len() > 1 && first.iter().filter(|line| is_value(line)).count() * 2 >= first.len()
}

/// Iterates over the lines that are not blank, with their numbers.
fn lines(text: &[u8], first: u64) -> impl Iterator<Item = (u64, Range<usize>)> {
    let last = Some(text.len()).filter(|_| text.last().is_some_and(|byte| *byte != b'\n'));
    let mut start = 0;
    let spans = memchr_iter(b'\n', text).map(|at| at + 1).chain(last).map(move |end| {
        let span = start..end;
        start = end;
        span
    });
    (first..).zip(spans).filter(|(_, span)| !blank(&text[span.clone()]))
}

/// Returns the rest of the line that contains the byte `at`.
fn line_at(text: &[u8], at: usize) -> &[u8] {
    let rest = &text[at..];
    &rest[..memchr(b'\n', rest).unwrap_or(rest.len())]
}

fn blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
}
