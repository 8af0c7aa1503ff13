//! The two sides of a comparison: their paths, sources and series, and the pairs of series.

use crate::catalog::{Series, SourceInfo};
use crate::cli::args::{Select, Step};
use crate::cli::exit::{report, report_all};
use crate::cli::{expand, series, warnings};
use crate::error::Error;
use crate::source::{self, Source, in_order};
use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One side: its sources, and the step to compare.
pub(super) struct Side {
    path: PathBuf,
    step: Step,
    sources: Vec<Arc<dyn Source>>,
    /// True if something could not be read. The error has been reported.
    pub(super) failed: bool,
}

/// An entry of a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) source: usize,
    pub(super) series: usize,
    pub(super) entry: usize,
}

/// Entries with the same key on both sides, or on one of them.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) a: Option<Place>,
    pub(super) b: Option<Place>,
}

/// Source and series.
type Id = (usize, usize);

/// Splits `PATH:STEP`. A file whose name contains the colon wins.
pub(super) fn split(argument: &Path, default: Step) -> (PathBuf, Step) {
    let whole = (argument.to_owned(), default);
    if argument.exists() {
        return whole;
    }
    let Some((path, step)) = argument.to_str().and_then(|text| text.rsplit_once(':')) else { return whole };
    match step.parse() {
        Ok(step) if !path.is_empty() => (path.into(), step),
        _ => whole,
    }
}

impl Side {
    /// Opens everything that a path names, on all cores. Reports what cannot be read.
    pub(super) fn open(argument: &Path, default: Step) -> Self {
        let (path, step) = split(argument, default);
        let mut notices = Vec::new();
        let inputs = expand(&path, &mut notices);
        report_all(&notices);
        let mut side = Self { path, step, sources: Vec::new(), failed: false };
        in_order(inputs.into_iter(), None, series::open_in_batch, |opened| {
            match opened {
                Some(Ok(source)) => {
                    warnings::report_problems(source.info());
                    side.failed |= source.info().incomplete;
                    side.sources.push(source);
                }
                Some(Err(error)) => {
                    report(&error.to_string());
                    side.failed = true;
                }
                None => {}
            }
            ControlFlow::Continue(())
        });
        side
    }

    pub(super) fn source(&self, place: Place) -> Option<&Arc<dyn Source>> {
        self.sources.get(place.source)
    }

    /// Returns true if nothing of the side could be read.
    pub(super) fn is_unreadable(&self) -> bool {
        self.failed && self.sources.is_empty()
    }

    pub(super) fn has_several_sources(&self) -> bool {
        self.sources.len() > 1
    }

    fn info(&self, source: usize) -> Option<&SourceInfo> {
        self.sources.get(source).map(|source| &**source.info())
    }

    /// Returns the series that match a key, and true if there are any. A series without a key, a bare array, is always among
    /// them.
    fn matching(&self, key: Option<&str>) -> Result<(Vec<Id>, bool), Error> {
        let (mut found, mut any) = (Vec::new(), false);
        for (index, source) in self.sources.iter().enumerate() {
            let info = source.info();
            let bare = || (0..info.series.len()).filter(|index| info.series[*index].path.is_empty()).collect();
            let series = match source::find(info, key)?.series {
                none if none.is_empty() => bare(),
                some => {
                    any = true;
                    some
                }
            };
            found.extend(series.into_iter().map(|series| (index, series)));
        }
        Ok((found, any))
    }

    fn key(&self, (source, series): Id) -> String {
        self.info(source).and_then(|info| info.series.get(series)).map(Series::key).unwrap_or_default()
    }

    /// Name that distinguishes a source from the others of its side: of its run, or its path below that of the side.
    fn label(&self, source: usize) -> String {
        let info = self.info(source).filter(|_| self.sources.len() > 1);
        let below = |name: &str| {
            let path = Path::new(name);
            path.strip_prefix(&self.path).unwrap_or(path).to_string_lossy().into_owned()
        };
        info.map(|info| info.run.as_ref().map_or_else(|| below(&info.name), |run| run.name.clone())).unwrap_or_default()
    }

    /// Returns the selected entry of a series; all of them if every step is selected. Reports a missing step.
    fn entries(&mut self, (source, series): Id) -> Vec<usize> {
        let Some(info) = self.info(source) else { return Vec::new() };
        match series::entries(info, series, self.step) {
            Ok(entries) => entries.collect(),
            Err(error) => {
                report(&error.to_string());
                self.failed = true;
                Vec::new()
            }
        }
    }

    /// Step number of an entry, or its index if the steps have no numbers.
    fn step_of(&self, (source, series): Id, entry: usize) -> i64 {
        let series = self.info(source).and_then(|info| info.series.get(series));
        series.and_then(|series| series.steps.number(entry)).unwrap_or(entry as i64)
    }
}

/// Pairs the entries of two sides.
///
/// # Errors
/// A malformed glob, or a key that neither side has.
pub(super) fn pairs(a: &mut Side, b: &mut Side, select: &Select) -> Result<Vec<Pair>, Error> {
    let key = select.key.as_deref();
    let ((of_a, a_has_key), (of_b, b_has_key)) = (a.matching(key)?, b.matching(key)?);
    if let (false, false, Some(key)) = (a_has_key, b_has_key, key)
        && !(a.sources.is_empty() || b.sources.is_empty())
    {
        let (a, b) = (a.path.display(), b.path.display());
        return Err(Error::Select(format!("neither {a} nor {b} has a series '{key}'")));
    }
    let mut pairs = Vec::new();
    for (a_id, b_id) in pair_series(a, b, &of_a, &of_b) {
        let key = [a_id.map(|id| a.key(id)), b_id.map(|id| b.key(id))];
        let key = key.into_iter().flatten().find(|key| !key.is_empty()).unwrap_or_default();
        let place = |(source, series): Id, entry| Some(Place { source, series, entry });
        let a_entries = a_id.map_or_else(Vec::new, |id| a.entries(id));
        let b_entries = b_id.map_or_else(Vec::new, |id| b.entries(id));
        let mut push = |a, b| pairs.push(Pair { key: key.clone(), a, b });
        match (a_id, b_id) {
            (Some(x), Some(y)) if a.step == Step::All || b.step == Step::All => {
                // A step that was logged twice counts once, with its last entry.
                let mut others: HashMap<i64, usize> =
                    b_entries.iter().map(|entry| (b.step_of(y, *entry), *entry)).collect();
                for entry in a_entries {
                    push(place(x, entry), others.remove(&a.step_of(x, entry)).and_then(|other| place(y, other)));
                }
                let mut rest: Vec<usize> = others.into_values().collect();
                rest.sort_unstable();
                for entry in rest {
                    push(None, place(y, entry));
                }
            }
            (Some(x), Some(y)) => {
                if let (Some(a), Some(b)) = (a_entries.first(), b_entries.first()) {
                    push(place(x, *a), place(y, *b));
                }
            }
            (Some(x), None) => a_entries.into_iter().for_each(|entry| push(place(x, entry), None)),
            (None, y) => {
                let places = b_entries.into_iter().filter_map(|entry| y.map(|id| place(id, entry)));
                places.for_each(|b| push(None, b));
            }
        }
    }
    Ok(pairs)
}

/// Pairs series by their keys. If a key occurs several times, the sources decide.
fn pair_series(a: &Side, b: &Side, of_a: &[Id], of_b: &[Id]) -> Vec<(Option<Id>, Option<Id>)> {
    // A bare array has no key, so it pairs with the only series of the other side.
    if let ([x], [y]) = (of_a, of_b)
        && (a.key(*x).is_empty() || b.key(*y).is_empty())
    {
        return vec![(Some(*x), Some(*y))];
    }
    let mut keys: HashMap<String, (Vec<Id>, Vec<Id>)> = HashMap::new();
    let mut order: Vec<String> = Vec::new();
    for (side, ids, is_a) in [(a, of_a, true), (b, of_b, false)] {
        for id in ids {
            let key = side.key(*id);
            if !keys.contains_key(&key) {
                order.push(key.clone());
            }
            let (of_a, of_b) = keys.entry(key).or_default();
            if is_a { of_a.push(*id) } else { of_b.push(*id) }
        }
    }
    let labels = |side: &Side| (0..side.sources.len()).map(|source| side.label(source)).collect::<Vec<_>>();
    let (a_labels, b_labels) = (labels(a), labels(b));
    let mut pairs = Vec::new();
    for key in order {
        let Some((of_a, of_b)) = keys.remove(&key) else { continue };
        match (&of_a[..], &of_b[..]) {
            ([x], [y]) => pairs.push((Some(*x), Some(*y))),
            // One source is compared with each of several.
            ([x], several) if !a.has_several_sources() && b.has_several_sources() && several.len() > 1 => {
                pairs.extend(several.iter().map(|y| (Some(*x), Some(*y))));
            }
            (several, [y]) if a.has_several_sources() && !b.has_several_sources() && several.len() > 1 => {
                pairs.extend(several.iter().map(|x| (Some(*x), Some(*y))));
            }
            _ => {
                let mut others: HashMap<&str, VecDeque<Id>> = HashMap::new();
                for id in &of_b {
                    others.entry(&b_labels[id.0]).or_default().push_back(*id);
                }
                for id in &of_a {
                    let other = others.get_mut(&*a_labels[id.0]).and_then(VecDeque::pop_front);
                    pairs.push((Some(*id), other));
                }
                let mut rest: Vec<Id> = others.into_values().flatten().collect();
                rest.sort_unstable();
                pairs.extend(rest.into_iter().map(|id| (None, Some(id))));
            }
        }
    }
    pairs
}
