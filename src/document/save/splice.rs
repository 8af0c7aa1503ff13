//! One histogram of a text file is replaced; every other byte stays.

use super::{Lost, Overwrite, Pending, Refusal, refused, target};
use crate::catalog::{Origin, Stamp};
use crate::error::Error;
use crate::json::{self, Item};
use crate::wandb::{Form, Histogram};
use std::fs;
use std::io::ErrorKind;
use std::ops::Range;

/// What became of a file in which one histogram was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Where the histogram stands now.
    pub origin: Origin,
    /// The bytes it stood on before.
    pub before: Range<usize>,
    /// What the file could not keep.
    pub lost: Vec<Lost>,
}

/// Writes a histogram over the one at `origin`, in the form that stands there. Nothing is written if it is the same.
///
/// # Errors
/// [`Error::Changed`] if the file is no longer the one that was read; otherwise as [`super::write_new`].
pub fn replace(origin: &Origin, histogram: &Histogram) -> Result<Replaced, Error> {
    splice(origin, histogram).map_err(|refusal| match refusal {
        Refusal::Io(e) if e.kind() == ErrorKind::NotFound => {
            Error::write_file(&origin.path, "it is gone since it was read; save under another name")
        }
        refusal => refused(&origin.path, refusal),
    })
}

fn splice(origin: &Origin, histogram: &Histogram) -> Result<Replaced, Refusal> {
    let target = target(&origin.path)?;
    // Before the file is read: what is checked must be what is replaced.
    let pending = Pending::beside(&target)?;
    let file = fs::read(&target)?;
    if Stamp::of(&file) != origin.stamp {
        return Err(Refusal::Changed);
    }
    let span = origin.span.clone();
    let old = file.get(span.clone()).and_then(|old| json::parse(old).ok());
    let old = old.and_then(|Item { node, .. }| match Histogram::from_json(&node, None) {
        Ok(old) => Some(old),
        Err(why) => Histogram::broken(&node, &why),
    });
    let old = old.ok_or(Refusal::Changed)?;
    if old == *histogram && old.check().is_ok() {
        return Ok(Replaced { origin: origin.clone(), before: span, lost: Vec::new() });
    }
    let extra: Vec<&[u8]> = origin.extra.iter().filter_map(|extra| file.get(extra.clone())).collect();
    let (text, extra) = text(histogram, old.form(), &extra);
    let new = [&file[..span.start], &text, &file[span.end..]].concat();
    let lost = pending.commit(&new, Overwrite::IfStill(origin.stamp))?;
    let origin = Origin {
        path: origin.path.clone(),
        span: span.start..span.start + text.len(),
        extra: extra.into_iter().map(|extra| span.start + extra.start..span.start + extra.end).collect(),
        stamp: Stamp::of(&new),
    };
    Ok(Replaced { origin, before: span, lost })
}

/// The histogram with members of its object that are none of its own, and where in the text those stand.
fn text(histogram: &Histogram, form: Form, extra: &[&[u8]]) -> (Vec<u8>, Vec<Range<usize>>) {
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

impl Replaced {
    /// Where another histogram of the same file stands now, so that it can be replaced as well.
    #[must_use]
    pub fn moved(&self, other: &Origin) -> Origin {
        if other.span == self.before {
            return self.origin.clone();
        }
        let moved = |span: &Range<usize>| {
            if span.start < self.before.end {
                return span.clone();
            }
            let shift = |at: usize| at - self.before.len() + self.origin.span.len();
            shift(span.start)..shift(span.end)
        };
        Origin {
            path: other.path.clone(),
            span: moved(&other.span),
            extra: other.extra.iter().map(moved).collect(),
            stamp: self.origin.stamp,
        }
    }
}
