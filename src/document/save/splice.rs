//! Replacement of histograms inside a text file. Every other byte of the file stays unchanged.

use super::temp_file::GrowingFile;
use super::{Lost, SaveError, TempFile, describe, target};
use crate::catalog::{FileSpan, Stamp};
use crate::error::Error;
use crate::json;
use crate::wandb::{Form, Histogram};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

/// A file after histograms in it were replaced.
#[derive(Debug, PartialEq, Eq)]
pub struct RewrittenFile {
    /// The histograms that changed, as if they had been replaced one after the other.
    pub changes: Vec<SpanChange>,
    /// New content of the file, without text that was appended after the replacement.
    pub text: Vec<u8>,
    /// Properties of the old file that were lost.
    pub lost: Vec<Lost>,
}

/// The replacement of one histogram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanChange {
    /// Position of the new histogram.
    pub after: FileSpan,
    /// Byte range of the old histogram.
    pub before: Range<usize>,
    /// Text of the old histogram.
    pub old_text: Vec<u8>,
}

/// The content that replaces a histogram.
#[derive(Debug, Clone, Copy)]
pub enum Replacement<'a> {
    /// Another histogram, written in the form of the old one.
    Histogram(&'a Histogram),
    /// The [original text](original_text), byte for byte. `span` is its position in the file when it was first read.
    Original { text: &'a [u8], span: &'a FileSpan },
}

/// New text, and the byte ranges in it of members that are not part of the histogram.
type NewText = (Vec<u8>, Vec<Range<usize>>);

/// Replaces histograms in one file: all of them or none.
///
/// Does not write if nothing would change. Keeps lines that another program appends in the meantime.
///
/// # Errors
/// [`Error::Changed`] if the file no longer begins with the content that was read; otherwise as [`super::write_new`].
pub fn replace(path: &Path, parts: &[(FileSpan, Replacement<'_>)]) -> Result<RewrittenFile, Error> {
    splice(path, parts).map_err(|error| match error {
        SaveError::Io(e) if e.kind() == ErrorKind::NotFound => {
            Error::write_file(path, "the file no longer exists; save under another name")
        }
        error => describe(path, error),
    })
}

fn splice(path: &Path, parts: &[(FileSpan, Replacement<'_>)]) -> Result<RewrittenFile, SaveError> {
    let target = target(path)?;
    // Lock before reading, so that the content that is checked is the content that is replaced.
    let temp = TempFile::create(&target)?;
    let growing = GrowingFile::open(&target)?;
    let file = growing.text();
    let mut known: Vec<Stamp> = Vec::new();
    for (span, _) in parts {
        if !known.contains(&span.stamp) {
            let begins = file.get(..span.stamp.len as usize).is_some_and(|read| Stamp::of(read) == span.stamp);
            known.extend(begins.then_some(span.stamp));
        }
    }
    let mut in_order: Vec<_> = parts.iter().collect();
    in_order.sort_by_key(|(span, _)| span.span.start);
    let (mut content, mut changes, mut copied) = (Vec::with_capacity(file.len()), Vec::new(), 0);
    for (span, replacement) in in_order {
        let bytes = span.span.clone();
        let between = file.get(copied..bytes.start).filter(|_| known.contains(&span.stamp));
        let between = between.ok_or(SaveError::Changed)?;
        let old = file.get(bytes.clone()).ok_or(SaveError::Changed)?;
        let extra: Vec<&[u8]> = span.extra.iter().filter_map(|extra| file.get(extra.clone())).collect();
        let Some((new, extra)) = replacement.text(old, &extra)? else { continue };
        content.extend(between);
        let start = content.len();
        let extra = extra.into_iter().map(|extra| start + extra.start..start + extra.end).collect();
        let after = FileSpan { span: start..start + new.len(), extra, ..span.clone() };
        changes.push(SpanChange { after, before: start..start + bytes.len(), old_text: old.to_vec() });
        content.extend(new);
        copied = bytes.end;
    }
    if changes.is_empty() {
        return Ok(RewrittenFile { changes, text: growing.into_text(), lost: Vec::new() });
    }
    content.extend(&file[copied..]);
    let (text, lost) = temp.commit_growing(content, growing)?;
    let stamp = Stamp::of(&text);
    for change in &mut changes {
        change.after.stamp = stamp;
    }
    Ok(RewrittenFile { changes, text, lost })
}

impl Replacement<'_> {
    /// Returns the text that replaces `old`, or `None` if `old` can stay. `extra` are its members that are not part of
    /// the histogram.
    fn text(&self, old: &[u8], extra: &[&[u8]]) -> Result<Option<NewText>, SaveError> {
        match *self {
            Replacement::Histogram(histogram) => {
                let item = json::parse(old).map_err(|_| SaveError::Changed)?;
                let read = Histogram::read(&item.node).map_err(|_| SaveError::Changed)?;
                let same = read == *histogram && read.check().is_ok();
                Ok((!same).then(|| with_members(histogram, read.form(), extra)))
            }
            Replacement::Original { text, span: FileSpan { span, extra, .. } } => {
                let extra = extra.iter().map(|extra| extra.start - span.start..extra.end - span.start).collect();
                Ok((old != text).then(|| (text.to_vec(), extra)))
            }
        }
    }
}

/// Writes a histogram and appends other members to its object.
fn with_members(histogram: &Histogram, form: Form, extra: &[&[u8]]) -> NewText {
    let mut text = histogram.to_json_as(form).into_bytes();
    if form == Form::Pair || extra.is_empty() {
        return (text, Vec::new());
    }
    text.pop();
    let mut spans = Vec::new();
    for member in extra {
        text.extend(b", ");
        spans.push(text.len()..text.len() + member.len());
        text.extend(*member);
    }
    text.push(b'}');
    (text, spans)
}

/// Returns the current position of a histogram, given the changes of its file since it was read, in order.
pub fn locate(changes: &[SpanChange], span: &FileSpan) -> FileSpan {
    let mut now = changes.iter().fold(span.clone(), |span, change| change.relocate(&span));
    // A histogram that was appended later is not covered by the stamp of the last save.
    let last = changes.last().map(|last| last.after.stamp);
    now.stamp = last.filter(|stamp| now.span.end as u64 <= stamp.len).unwrap_or(span.stamp);
    now
}

/// Returns the text of a histogram before its first change, or `None` if it was never changed.
pub fn original_text<'c>(changes: &'c [SpanChange], span: &FileSpan) -> Option<&'c [u8]> {
    let mut now = span.clone();
    changes.iter().find_map(|change| {
        let found = (change.before == now.span).then_some(&*change.old_text);
        now = change.relocate(&now);
        found
    })
}

impl SpanChange {
    fn relocate(&self, other: &FileSpan) -> FileSpan {
        if other.span == self.before {
            return self.after.clone();
        }
        let relocate = |span: &Range<usize>| self.offset(span.start)..self.offset(span.end);
        let extra = other.extra.iter().map(relocate).collect();
        FileSpan { path: other.path.clone(), span: relocate(&other.span), extra, stamp: other.stamp }
    }

    /// Returns the new offset of a byte outside the histogram.
    pub fn offset(&self, byte: usize) -> usize {
        if byte < self.before.end { byte } else { byte - self.before.len() + self.after.span.len() }
    }
}
