//! Unsaved changes as lines of JSON, which outlive the program that they were made in.
//!
//! The first line says who wrote the others, each of which is one changed place. A line with an edited histogram holds it
//! as W&B logs it, so that rebin itself can open a journal. Where journals are kept, and when, the runtime knows.

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

/// What the first line says of how the others are written.
const VERSION: i128 = 1;

/// Who writes a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    pub process: u32,
    pub host: String,
}

/// What a file was like when its content was read, as far as that can be known without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Length in bytes.
    pub len: u64,
    /// Nanoseconds since 1970.
    pub modified: i128,
    /// A checksum of its first and last bytes, which a log that has only grown still has at their places.
    pub ends: u32,
}

/// One place that was changed and not saved.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// The path from the root, or what stands for a source without one.
    pub source: String,
    /// `None` where there is no file.
    pub version: Option<Version>,
    /// The unjoined labels of the key.
    pub series: Vec<String>,
    pub kind: SeriesKind,
    /// The position in the series.
    pub step: usize,
    /// The logged step number, where it is known.
    pub number: Option<i64>,
    pub state: State,
}

/// A journal that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    pub writer: Writer,
    pub entries: Vec<JournalEntry>,
    /// Lines that could not be read, the torn last one of a power cut among them.
    pub problems: Vec<Problem>,
}

/// `process 4711 on node3`
impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.process, self.host)
    }
}

/// The text of a journal with as many of the entries as there is room for. Returns how many are left out.
pub fn encode(writer: &Writer, entries: &[JournalEntry], room: usize) -> (String, usize) {
    let Writer { process, host } = writer;
    let mut text = format!("{{\"rebin\": {VERSION}, \"process\": {process}, \"host\": {}}}\n", quoted(host));
    let mut left_out = 0;
    for entry in entries {
        let line = line(entry);
        if text.len() + line.len() <= room {
            text.push_str(&line);
        } else {
            left_out += 1;
        }
    }
    (text, left_out)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn line(entry: &JournalEntry) -> String {
    let JournalEntry { source, version, series, kind, step, number, state } = entry;
    let or_null = |value: Option<String>| value.unwrap_or_else(|| "null".into());
    let version = version.map(|Version { len, modified, ends }| format!("[{len}, {modified}, {ends}]"));
    let series: Vec<String> = series.iter().map(|label| quoted(label)).collect();
    let range = state.spec.range.map(|range| numbers_text(&[range.lo, range.hi].into_iter().collect()));
    format!(
        "{{\"source\": {}, \"version\": {}, \"series\": [{}], \"kind\": \"{}\", \"entry\": {step}, \"step\": {}, \
         \"lens\": {}, \"range\": {}, \"edited\": {}}}\n",
        quoted(source),
        or_null(version),
        series.join(", "),
        name(*kind),
        or_null(number.map(|number| number.to_string())),
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

/// Reads a journal. A line that is none is a problem of its own.
///
/// # Errors
/// When the first line is not that of a journal.
pub fn decode(text: &[u8]) -> Result<Journal, Error> {
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').scan(0, |at, line| {
        let from = std::mem::replace(at, *at + line.len());
        Some(from..*at)
    });
    let first = lines.next().and_then(|span| json::parse_line(text, span, 1).ok());
    let writer = first
        .and_then(|item| writer(&item.node))
        .ok_or_else(|| Error::Value("the first line is not that of a journal this version of rebin can read".into()))?;
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
    let number = match &member(node, "step")?.node {
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
        step: int(node, "entry")?,
        number,
        state: State { spec: BinSpec { bins: bins(&member(node, "lens")?.node)?, range }, edited },
    })
}

fn bins(node: &Node) -> Result<Option<Bins>, String> {
    match node {
        Node::Text(name) if name == "logged" => Ok(None),
        Node::Text(name) => Rule::parse(name).map(|rule| Some(Bins::Rule(rule))).map_err(|e| e.to_string()),
        Node::Number(n) => match as_int(*n, "lens")? {
            n if (1..=MAX_BINS).contains(&n) => Ok(Some(Bins::Count(n))),
            _ => Err(wrong("lens")),
        },
        edges => {
            let edges = numbers(edges, "lens")?;
            Edges::new(edges.clone()).map_err(|e| e.to_string())?;
            Ok(Some(Bins::Edges(edges)))
        }
    }
}

fn range(pair: &Numbers) -> Result<Range, String> {
    let range = pair.get(0).zip(pair.get(1)).map(|(lo, hi)| Range { lo, hi });
    let sound = |range: &Range| {
        let (lo, hi) = (range.lo.as_f64(), range.hi.as_f64());
        lo.is_finite() && hi.is_finite() && lo <= hi
    };
    range.filter(sound).ok_or_else(|| wrong("range"))
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
    format!("`{name}` is not what a journal has there")
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

/// A list of numbers, which may be empty.
fn numbers(node: &Node, name: &str) -> Result<Numbers, String> {
    match node {
        Node::Numbers(numbers) => Ok(Numbers::clone(numbers)),
        Node::Array(items) if items.is_empty() => Ok(Numbers::default()),
        _ => Err(wrong(name)),
    }
}
