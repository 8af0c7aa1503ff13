//! The journal format: unsaved edits as JSON lines, for recovery after a crash.
//!
//! The first line identifies the writer. Each further line is one edit, undo or redo of a series, with everything needed to
//! read it alone. Every line has a number and a checksum, so damaged and missing lines are found. An edited histogram is
//! written as W&B logs it, so rebin can open a journal like any other file. Not here: where and when journals are written
//! (`runtime`).

mod line;
#[cfg(test)]
mod tests;

use super::{Change, members};
use crate::catalog::SeriesKind;
use crate::error::{At, Error, Problem};
use crate::json::{self, Node};
use crate::text::{json_string, plural};
use std::collections::BTreeMap;
use std::fmt;

/// Version of the format, in the first line.
const VERSION: i128 = 2;
/// The version without checksums, which had one line for each unsaved entry.
const WITHOUT_CHECKSUMS: i128 = 1;
/// Text before the checksum at the end of a line. The checksum covers everything before it.
const CHECKSUM: &str = ", \"crc\": ";

/// The process that writes a journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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

/// One change of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// Absolute path, or an identifier for sources that are not files.
    pub source: String,
    /// `None` if the source is not a file.
    pub version: Option<Version>,
    /// Unjoined labels of the key.
    pub series: Vec<String>,
    pub kind: SeriesKind,
    /// Logged step number of the entry that was edited, if known.
    pub step: Option<i64>,
    pub change: Change,
}

/// The content of a journal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Journal {
    pub writer: Writer,
    pub entries: Vec<JournalEntry>,
    /// Damaged and missing lines, such as a last line that a power failure cut off.
    pub problems: Vec<Problem>,
}

/// Writes `process 4711 on node3`.
impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.process, self.host)
    }
}

/// Returns the first line of a journal.
pub fn first_line(writer: &Writer) -> String {
    let Writer { process, host } = writer;
    framed(1, &format!("\"rebin\": {VERSION}, \"process\": {process}, \"host\": {}", json_string(host)))
}

/// Returns the line of an entry. The first line of a journal has the number 1.
pub fn line(number: usize, entry: &JournalEntry) -> String {
    framed(number, &line::members(entry))
}

fn framed(number: usize, members: &str) -> String {
    let text = format!("{{\"line\": {number}, {members}");
    let checksum = crc32fast::hash(text.as_bytes());
    format!("{text}{CHECKSUM}{checksum}}}\n")
}

/// Encodes a journal of at most `limit` bytes. Returns the text, and the number of entries that did not fit.
pub fn encode(writer: &Writer, entries: &[JournalEntry], limit: usize) -> (String, usize) {
    let (mut text, mut number, mut skipped) = (first_line(writer), 1, 0);
    for entry in entries {
        let line = line(number + 1, entry);
        if text.len() + line.len() <= limit {
            text.push_str(&line);
            number += 1;
        } else {
            skipped += 1;
        }
    }
    (text, skipped)
}

/// Returns the number of entries that these changes leave with an edited histogram. Bins and range alone do not count.
pub fn count_edited(entries: &[JournalEntry]) -> usize {
    /// Source and labels of a series.
    type Name<'a> = (&'a str, &'a [String]);
    /// The entry of each change, and true if it then has an edited histogram.
    type States = Vec<(usize, bool)>;
    let mut edits: BTreeMap<Name<'_>, (States, usize)> = BTreeMap::new();
    for JournalEntry { source, series, change, .. } in entries {
        let (states, in_effect) = edits.entry((source, series)).or_default();
        match change {
            Change::Edit { position, index, state, .. } => {
                states.truncate(position.saturating_sub(1));
                states.push((*index, state.edited.is_some()));
                *in_effect = states.len();
            }
            Change::Position(position) => *in_effect = (*position).min(states.len()),
        }
    }
    let edited = |(states, in_effect): &(States, usize)| {
        let last: BTreeMap<usize, bool> = states.iter().take(*in_effect).copied().collect();
        last.values().filter(|edited| **edited).count()
    };
    edits.values().map(edited).sum()
}

/// Decodes a journal. Each damaged line and each gap between lines becomes a problem.
///
/// # Errors
/// [`Error::Value`] if no line is one of a journal, or if the journal is of another version.
pub fn decode(text: &[u8]) -> Result<Journal, Error> {
    let unknown =
        || Error::Value("the first line does not identify a journal that this version of rebin can read".into());
    let (mut journal, mut expected, mut is_journal) = (Journal::default(), 1, false);
    let mut from = 0;
    let mut old_positions: BTreeMap<(String, Vec<String>), usize> = BTreeMap::new();
    let mut has_checksums = true;
    for (at, bytes) in (1..).zip(text.split_inclusive(|byte| *byte == b'\n')) {
        let span = from..from + bytes.len();
        from = span.end;
        let parsed = json::parse_line(text, span, at).map(|item| item.node).map_err(|error| error.to_string());
        if at == 1
            && let Ok(node) = &parsed
            && let Some((version, writer)) = writer(node)
        {
            if version != VERSION && version != WITHOUT_CHECKSUMS {
                return Err(unknown());
            }
            has_checksums = version == VERSION;
            if !has_checksums {
                (journal.writer, is_journal) = (writer, true);
                continue;
            }
        }
        let mut damaged = |why: String| journal.problems.push(Problem::new(At::Line(at), why));
        if !has_checksums {
            let entry = parsed.and_then(|node| line::entry(&node, 1));
            match entry {
                Ok(mut entry) => {
                    let position = old_positions.entry((entry.source.clone(), entry.series.clone())).or_default();
                    *position += 1;
                    if let Change::Edit { position: of_edit, .. } = &mut entry.change {
                        *of_edit = *position;
                    }
                    journal.entries.push(entry);
                }
                Err(why) => damaged(why),
            }
            continue;
        }
        let checked = if is_intact(bytes) { parsed } else { Err("the line is damaged".into()) };
        let numbered = checked.and_then(|node| Ok((members::int::<usize>(&node, "line")?, node)));
        let (number, node) = match numbered {
            Ok(numbered) => numbered,
            Err(why) => {
                damaged(why);
                expected += 1;
                continue;
            }
        };
        if number < expected {
            damaged(format!("the line repeats line {number} of the journal"));
            continue;
        }
        if number > expected {
            let lines = plural((number - expected) as u64, "line");
            damaged(format!("{lines} missing before this line"));
        }
        expected = number.saturating_add(1);
        match writer(&node) {
            Some((_, writer)) if number == 1 => (journal.writer, is_journal) = (writer, true),
            _ => match line::entry(&node, 1) {
                Ok(entry) => {
                    is_journal = true;
                    journal.entries.push(entry);
                }
                Err(why) => damaged(why),
            },
        }
    }
    if is_journal { Ok(journal) } else { Err(unknown()) }
}

/// Returns true if a line has the right checksum.
fn is_intact(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let Some(line) = line.strip_suffix(b"}") else { return false };
    let digits = line.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (rest, digits) = line.split_at(line.len() - digits);
    let Some(content) = rest.strip_suffix(CHECKSUM.as_bytes()) else { return false };
    let checksum = crc32fast::hash(content).to_string();
    digits == checksum.as_bytes()
}

fn writer(node: &Node) -> Option<(i128, Writer)> {
    let version = members::int(node, "rebin").ok()?;
    let process = members::int(node, "process").ok()?;
    let host = members::text(node, "host").ok()?.to_owned();
    Some((version, Writer { process, host }))
}
