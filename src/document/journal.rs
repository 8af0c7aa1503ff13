//! The journal format: unsaved edits as JSON lines, for recovery after a crash.
//!
//! The first line identifies the writer. Each further line is one unsaved entry. An edited histogram is written as W&B
//! logs it, so rebin can open a journal like any other file. Not here: where and when journals are written (`runtime`).

#[cfg(test)]
mod tests;

use super::{BinSpec, State};
use crate::catalog::SeriesKind;
use crate::error::{At, Error, Problem};
use crate::hist::{Bins, Edges, Histogram, MAX_BINS, Number, Numbers, Range, Rule, UncertainHistogram};
use crate::json::{self, Item, Node};
use crate::wandb::{number_text, numbers_text};
use std::fmt;
use std::sync::Arc;

/// Version of the format, in the first line.
const VERSION: i128 = 1;

/// The process that writes a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    pub process: u32,
    pub host: String,
}

/// Identity of a file's content at the time it was read, cheap to determine for files of any size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Length in bytes.
    pub len: u64,
    /// Nanoseconds since 1970.
    pub modified: i128,
    /// Checksum of the first and last bytes. A log that has only grown still has them at the same offsets.
    pub ends: u32,
}

/// One entry of a series with unsaved edits.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// Absolute path, or an identifier for sources that are not files.
    pub source: String,
    /// `None` if the source is not a file.
    pub version: Option<Version>,
    /// Unjoined labels of the key.
    pub series: Vec<String>,
    pub kind: SeriesKind,
    /// Index in the series.
    pub index: usize,
    /// Logged step number, if known.
    pub step: Option<i64>,
    pub state: State,
}

/// The content of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    pub writer: Writer,
    pub entries: Vec<JournalEntry>,
    /// Lines that could not be read, such as a last line that a power failure cut off.
    pub problems: Vec<Problem>,
}

/// Writes `process 4711 on node3`.
impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.process, self.host)
    }
}

/// Encodes a journal of at most `limit` bytes. Returns the text, and the number of entries that did not fit.
pub fn encode(writer: &Writer, entries: &[JournalEntry], limit: usize) -> (String, usize) {
    let Writer { process, host } = writer;
    let mut text = format!("{{\"rebin\": {VERSION}, \"process\": {process}, \"host\": {}}}\n", quoted(host));
    let mut skipped = 0;
    for entry in entries {
        let line = line(entry);
        if text.len() + line.len() <= limit {
            text.push_str(&line);
        } else {
            skipped += 1;
        }
    }
    (text, skipped)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn line(entry: &JournalEntry) -> String {
    let JournalEntry { source, version, series, kind, index, step, state } = entry;
    let or_null = |value: Option<String>| value.unwrap_or_else(|| "null".into());
    let version = version.map(|Version { len, modified, ends }| format!("[{len}, {modified}, {ends}]"));
    let series: Vec<String> = series.iter().map(|label| quoted(label)).collect();
    let range = state.spec.range.map(|range| numbers_text(&[range.lo, range.hi].into_iter().collect()));
    format!(
        "{{\"source\": {}, \"version\": {}, \"series\": [{}], \"kind\": \"{}\", \"entry\": {index}, \"step\": {}, \
         \"bins\": {}, \"range\": {}, \"edited\": {}}}\n",
        quoted(source),
        or_null(version),
        series.join(", "),
        name(*kind),
        or_null(step.map(|step| step.to_string())),
        bins_text(state.spec.bins.as_ref()),
        or_null(range),
        or_null(state.edited.as_deref().map(edited_text)),
    )
}

fn name(kind: SeriesKind) -> &'static str {
    match kind {
        SeriesKind::Histogram => "histogram",
        SeriesKind::Samples => "samples",
    }
}

fn bins_text(bins: Option<&Bins>) -> String {
    match bins {
        None => "\"logged\"".into(),
        Some(Bins::Count(n)) => n.to_string(),
        Some(Bins::Rule(rule)) => format!("\"{}\"", rule.name()),
        Some(Bins::Edges(edges)) => numbers_text(edges),
    }
}

fn edited_text(edited: &UncertainHistogram) -> String {
    let UncertainHistogram { histogram, max_error, below, above } = edited;
    format!(
        "{{\"_type\": \"histogram\", \"values\": {}, \"bins\": {}, \"errors\": {}, \"below\": {}, \"above\": {}}}",
        numbers_text(histogram.counts()),
        numbers_text(histogram.edges().numbers()),
        numbers_text(&Numbers::floats(max_error.clone())),
        number_text(Number::Float(*below)),
        number_text(Number::Float(*above)),
    )
}

/// Decodes a journal. Each malformed line becomes a problem.
///
/// # Errors
/// [`Error::Value`] if the first line is malformed, or of another version.
pub fn decode(text: &[u8]) -> Result<Journal, Error> {
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').scan(0, |at, line| {
        let from = std::mem::replace(at, *at + line.len());
        Some(from..*at)
    });
    let first = lines.next().and_then(|span| json::parse_line(text, span, 1).ok());
    let writer = first.and_then(|item| writer(&item.node)).ok_or_else(|| {
        Error::Value("the first line does not identify a journal that this version of rebin can read".into())
    })?;
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    for (number, span) in (2..).zip(lines) {
        let read = json::parse_line(text, span, number).map_err(|e| e.to_string());
        match read.and_then(|item| entry(&item.node)) {
            Ok(entry) => entries.push(entry),
            Err(why) => problems.push(Problem::new(At::Line(number), why)),
        }
    }
    Ok(Journal { writer, entries, problems })
}

fn writer(node: &Node) -> Option<Writer> {
    let version: i128 = int(node, "rebin").ok()?;
    let process = int(node, "process").ok()?;
    let host = text(node, "host").ok()?.to_owned();
    (version == VERSION).then_some(Writer { process, host })
}

fn entry(node: &Node) -> Result<JournalEntry, String> {
    let version = match &member(node, "version")?.node {
        Node::Null => None,
        list => {
            let list: Vec<Number> = numbers(list, "version")?.iter().collect();
            let [len, modified, ends] = list[..] else { return Err(wrong("version")) };
            let (len, modified) = (as_int(len, "version")?, as_int(modified, "version")?);
            Some(Version { len, modified, ends: as_int(ends, "version")? })
        }
    };
    let Node::Array(labels) = &member(node, "series")?.node else { return Err(wrong("series")) };
    let label = |label: &Item| match &label.node {
        Node::Text(label) => Ok(label.clone()),
        _ => Err(wrong("series")),
    };
    let kinds = [SeriesKind::Histogram, SeriesKind::Samples];
    let kind = text(node, "kind")?;
    let step = match &member(node, "step")?.node {
        Node::Null => None,
        _ => Some(int(node, "step")?),
    };
    let range = match &member(node, "range")?.node {
        Node::Null => None,
        pair => Some(range(&numbers(pair, "range")?)?),
    };
    let edited = match &member(node, "edited")?.node {
        Node::Null => None,
        edited => Some(Arc::new(self::edited(edited)?)),
    };
    Ok(JournalEntry {
        source: text(node, "source")?.to_owned(),
        version,
        series: labels.iter().map(label).collect::<Result<_, _>>()?,
        kind: kinds.into_iter().find(|known| name(*known) == kind).ok_or_else(|| wrong("kind"))?,
        index: int(node, "entry")?,
        step,
        state: State { spec: BinSpec { bins: bins(&member(node, "bins")?.node)?, range }, edited },
    })
}

fn bins(node: &Node) -> Result<Option<Bins>, String> {
    match node {
        Node::Text(name) if name == "logged" => Ok(None),
        Node::Text(name) => Rule::parse(name).map(|rule| Some(Bins::Rule(rule))).map_err(|e| e.to_string()),
        Node::Number(n) => match as_int(*n, "bins")? {
            n if (1..=MAX_BINS).contains(&n) => Ok(Some(Bins::Count(n))),
            _ => Err(wrong("bins")),
        },
        edges => {
            let edges = numbers(edges, "bins")?;
            Edges::new(edges.clone()).map_err(|e| e.to_string())?;
            Ok(Some(Bins::Edges(edges)))
        }
    }
}

fn range(pair: &Numbers) -> Result<Range, String> {
    let range = pair.get(0).zip(pair.get(1)).map(|(lo, hi)| Range { lo, hi });
    let is_valid = |range: &Range| {
        let (lo, hi) = (range.lo.as_f64(), range.hi.as_f64());
        lo.is_finite() && hi.is_finite() && lo <= hi
    };
    range.filter(is_valid).ok_or_else(|| wrong("range"))
}

fn edited(node: &Node) -> Result<UncertainHistogram, String> {
    let edges = Edges::new(numbers(&member(node, "bins")?.node, "bins")?).map_err(|e| e.to_string())?;
    let counts = numbers(&member(node, "values")?.node, "values")?;
    let histogram = Histogram::new(edges, counts).map_err(|e| e.to_string())?;
    let max_error = numbers(&member(node, "errors")?.node, "errors")?.as_f64().to_vec();
    if max_error.len() != histogram.bins() || max_error.iter().any(|error| error.is_nan() || *error < 0.0) {
        return Err(wrong("errors"));
    }
    let outside = |name| match member(node, name)?.node {
        Node::Number(n) => Ok(n.as_f64()),
        _ => Err(wrong(name)),
    };
    Ok(UncertainHistogram { histogram, max_error, below: outside("below")?, above: outside("above")? })
}

fn wrong(name: &str) -> String {
    format!("`{name}` is invalid")
}

fn member<'n>(node: &'n Node, name: &str) -> Result<&'n Item, String> {
    node.get(name).ok_or_else(|| format!("`{name}` is missing"))
}

fn text<'n>(node: &'n Node, name: &str) -> Result<&'n str, String> {
    match &member(node, name)?.node {
        Node::Text(text) => Ok(text),
        _ => Err(wrong(name)),
    }
}

fn int<T: TryFrom<i128>>(node: &Node, name: &str) -> Result<T, String> {
    match member(node, name)?.node {
        Node::Number(number) => as_int(number, name),
        _ => Err(wrong(name)),
    }
}

fn as_int<T: TryFrom<i128>>(number: Number, name: &str) -> Result<T, String> {
    match number {
        Number::Int(n) => T::try_from(n).map_err(|_| wrong(name)),
        Number::Float(_) => Err(wrong(name)),
    }
}

/// Returns a list of numbers, which may be empty.
fn numbers(node: &Node, name: &str) -> Result<Numbers, String> {
    match node {
        Node::Numbers(numbers) => Ok(Numbers::clone(numbers)),
        Node::Array(items) if items.is_empty() => Ok(Numbers::default()),
        _ => Err(wrong(name)),
    }
}
