//! One histogram of a text file is replaced; every other byte stays.

use super::{Lost, Overwrite, Pending, Refusal, refused, target};
use crate::catalog::{Origin, Stamp};
use crate::error::Error;
use crate::json;
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
    /// What stood on them.
    pub text: Vec<u8>,
    /// What the file could not keep.
    pub lost: Vec<Lost>,
}

/// What takes the place of a histogram, and the members in it that are none of its own.
type New = (Vec<u8>, Vec<Range<usize>>);

/// Writes a histogram over the one at `origin`, in the form that stands there. Nothing is written if it is the same.
///
/// # Errors
/// [`Error::Changed`] if the file is no longer the one that was read; otherwise as [`super::write_new`].
pub fn replace(origin: &Origin, histogram: &Histogram) -> Result<Replaced, Error> {
    splice(origin, |old, extra| {
        let item = json::parse(old).ok()?;
        let read = Histogram::read(&item.node).ok()?;
        let same = read == *histogram && read.check().is_ok();
        Some((!same).then(|| text(histogram, read.form(), extra)))
    })
}

/// Writes back, byte for byte, what was [replaced](Replaced::text), which was read at `first` and stands at `origin` now.
///
/// # Errors
/// As [`replace`].
pub fn restore(origin: &Origin, text: &[u8], first: &Origin) -> Result<Replaced, Error> {
    let extra = first.extra.iter().map(|extra| extra.start - first.span.start..extra.end - first.span.start).collect();
    splice(origin, |old, _| Some((old != text).then(|| (text.to_vec(), extra))))
}

/// Has `new` replace what stands at `origin`, given that and its members that are none of a histogram's. `None` where it
/// is not what was read, nothing within where it can stay.
fn splice(origin: &Origin, new: impl FnOnce(&[u8], &[&[u8]]) -> Option<Option<New>>) -> Result<Replaced, Error> {
    spliced(origin, new).map_err(|refusal| match refusal {
        Refusal::Io(e) if e.kind() == ErrorKind::NotFound => {
            Error::write_file(&origin.path, "it is gone since it was read; save under another name")
        }
        refusal => refused(&origin.path, refusal),
    })
}

fn spliced(origin: &Origin, new: impl FnOnce(&[u8], &[&[u8]]) -> Option<Option<New>>) -> Result<Replaced, Refusal> {
    let target = target(&origin.path)?;
    // Before the file is read: what is checked must be what is replaced.
    let pending = Pending::beside(&target)?;
    let file = fs::read(&target)?;
    if Stamp::of(&file) != origin.stamp {
        return Err(Refusal::Changed);
    }
    let before = origin.span.clone();
    let text = file.get(before.clone()).ok_or(Refusal::Changed)?.to_vec();
    let extra: Vec<&[u8]> = origin.extra.iter().filter_map(|extra| file.get(extra.clone())).collect();
    let Some((new, extra)) = new(&text, &extra).ok_or(Refusal::Changed)? else {
        return Ok(Replaced { origin: origin.clone(), before, text, lost: Vec::new() });
    };
    let content = [&file[..before.start], &new, &file[before.end..]].concat();
    let lost = pending.commit(&content, Overwrite::IfStill(origin.stamp))?;
    let origin = Origin {
        path: origin.path.clone(),
        span: before.start..before.start + new.len(),
        extra: extra.into_iter().map(|extra| before.start + extra.start..before.start + extra.end).collect(),
        stamp: Stamp::of(&content),
    };
    Ok(Replaced { origin, before, text, lost })
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
