//! Histograms of a text file are replaced, all of them at once; every other byte stays.

use super::temp_file::Growing;
use super::{Lost, Pending, SaveError, refused, target};
use crate::catalog::{FileSpan, Stamp};
use crate::error::Error;
use crate::json;
use crate::wandb::{Form, Histogram};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

/// A file in which histograms were replaced.
#[derive(Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// Those that were another before, as if one had been replaced after the other.
    pub replaced: Vec<Replaced>,
    /// What the file holds now, as far as it was there when it was replaced.
    pub text: Vec<u8>,
    /// What it could not keep.
    pub lost: Vec<Lost>,
}

/// What became of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Where the histogram stands now.
    pub origin: FileSpan,
    /// The bytes it stood on before.
    pub before: Range<usize>,
    /// What stood on them.
    pub text: Vec<u8>,
}

/// What takes the place of a histogram.
#[derive(Debug, Clone, Copy)]
pub enum Put<'a> {
    /// Another one, in the form that stands there.
    Histogram(&'a Histogram),
    /// The text that was [replaced](Replaced::text), byte for byte, which was read at `first`.
    Back { text: &'a [u8], first: &'a FileSpan },
}

/// What is written, and the members in it that are none of a histogram's own.
type New = (Vec<u8>, Vec<Range<usize>>);

/// Writes over the histograms at their origins in one file: over all of them or none. Nothing is written where it is the
/// same. Lines that another program appends meanwhile are kept.
///
/// # Errors
/// [`Error::Changed`] if the file no longer begins with what was read; otherwise as [`super::write_new`].
pub fn replace(path: &Path, parts: &[(FileSpan, Put<'_>)]) -> Result<Rewritten, Error> {
    splice(path, parts).map_err(|refusal| match refusal {
        SaveError::Io(e) if e.kind() == ErrorKind::NotFound => {
            Error::write_file(path, "it is gone since it was read; save under another name")
        }
        refusal => refused(path, refusal),
    })
}

fn splice(path: &Path, parts: &[(FileSpan, Put<'_>)]) -> Result<Rewritten, SaveError> {
    let target = target(path)?;
    // Before the file is read: what is checked must be what is replaced.
    let pending = Pending::beside(&target)?;
    let growing = Growing::open(&target)?;
    let file = growing.text();
    let mut known: Vec<Stamp> = Vec::new();
    for (origin, _) in parts {
        if !known.contains(&origin.stamp) {
            let begins = file.get(..origin.stamp.len as usize).is_some_and(|read| Stamp::of(read) == origin.stamp);
            known.extend(begins.then_some(origin.stamp));
        }
    }
    let mut in_order: Vec<_> = parts.iter().collect();
    in_order.sort_by_key(|(origin, _)| origin.span.start);
    let (mut content, mut replaced, mut done) = (Vec::with_capacity(file.len()), Vec::new(), 0);
    for (origin, put) in in_order {
        let span = origin.span.clone();
        let before = file.get(done..span.start).filter(|_| known.contains(&origin.stamp)).ok_or(SaveError::Changed)?;
        let old = file.get(span.clone()).ok_or(SaveError::Changed)?;
        let extra: Vec<&[u8]> = origin.extra.iter().filter_map(|extra| file.get(extra.clone())).collect();
        let Some((new, extra)) = put.over(old, &extra)? else { continue };
        content.extend(before);
        let at = content.len();
        let extra = extra.into_iter().map(|extra| at + extra.start..at + extra.end).collect();
        let origin = FileSpan { span: at..at + new.len(), extra, ..origin.clone() };
        replaced.push(Replaced { origin, before: at..at + span.len(), text: old.to_vec() });
        content.extend(new);
        done = span.end;
    }
    if replaced.is_empty() {
        return Ok(Rewritten { replaced, text: growing.into_text(), lost: Vec::new() });
    }
    content.extend(&file[done..]);
    let (text, lost) = pending.commit_growing(content, growing)?;
    let stamp = Stamp::of(&text);
    for replaced in &mut replaced {
        replaced.origin.stamp = stamp;
    }
    Ok(Rewritten { replaced, text, lost })
}

impl Put<'_> {
    /// What is written over a text, given its members that are none of a histogram's; `None` where it can stay.
    fn over(&self, old: &[u8], extra: &[&[u8]]) -> Result<Option<New>, SaveError> {
        match *self {
            Put::Histogram(histogram) => {
                let item = json::parse(old).map_err(|_| SaveError::Changed)?;
                let read = Histogram::read(&item.node).map_err(|_| SaveError::Changed)?;
                let same = read == *histogram && read.check().is_ok();
                Ok((!same).then(|| text(histogram, read.form(), extra)))
            }
            Put::Back { text, first: FileSpan { span, extra, .. } } => {
                let extra = extra.iter().map(|extra| extra.start - span.start..extra.end - span.start).collect();
                Ok((old != text).then(|| (text.to_vec(), extra)))
            }
        }
    }
}

/// The histogram with members of its object that are none of its own, and where in the text those stand.
fn text(histogram: &Histogram, form: Form, extra: &[&[u8]]) -> New {
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

/// Where a histogram stands in a file in which others were replaced since it was read, one after the other.
pub fn follow(replaced: &[Replaced], origin: &FileSpan) -> FileSpan {
    let mut now = replaced.iter().fold(origin.clone(), |origin, earlier| earlier.moved(&origin));
    // What was appended later is not part of what was written; it was seen in a file that goes on further.
    let last = replaced.last().map(|last| last.origin.stamp);
    now.stamp = last.filter(|stamp| now.span.end as u64 <= stamp.len).unwrap_or(origin.stamp);
    now
}

/// What stood at the origin of a histogram before it was replaced for the first time.
pub fn first_text<'r>(replaced: &'r [Replaced], origin: &FileSpan) -> Option<&'r [u8]> {
    let mut now = origin.clone();
    replaced.iter().find_map(|earlier| {
        let found = (earlier.before == now.span).then_some(&*earlier.text);
        now = earlier.moved(&now);
        found
    })
}

impl Replaced {
    fn moved(&self, other: &FileSpan) -> FileSpan {
        if other.span == self.before {
            return self.origin.clone();
        }
        let moved = |span: &Range<usize>| self.at(span.start)..self.at(span.end);
        let extra = other.extra.iter().map(moved).collect();
        FileSpan { path: other.path.clone(), span: moved(&other.span), extra, stamp: other.stamp }
    }

    /// Where a byte stands now that stood outside the histogram.
    pub fn at(&self, byte: usize) -> usize {
        if byte < self.before.end { byte } else { byte - self.before.len() + self.origin.span.len() }
    }
}
