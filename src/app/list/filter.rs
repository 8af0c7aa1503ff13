//! The filter: which series match, and which of them best.
//!
//! Runs mostly log the same keys. Words are therefore searched once in each distinct key and once in each name of a run,
//! and a series matches if the two together have every word.

use super::layout::Found;
use super::{List, Rows, Shape, Slot};
use crate::catalog::SeriesId;
use crate::pattern::{Hits, Pattern, Strictness, Syntax, Words};
use std::collections::HashMap;
use std::sync::Arc;

/// The filter for series.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub text: String,
    pub syntax: Syntax,
    /// The error in the pattern. An invalid pattern matches everything.
    pub error: Option<String>,
}

/// The matching rows of a source, its best series, and the rank of that.
type Match = Option<(Arc<Rows>, usize, u32)>;

impl List {
    /// Applies the filter. Returns `None` if everything matches.
    pub(super) fn find(&mut self) -> Option<Found> {
        self.filter.error = None;
        let text = self.filter.text.trim();
        if text.is_empty() {
            return None;
        }
        let pattern = match self.filter.syntax {
            Syntax::Words => {
                let mut words = Words::new(text);
                return (!words.is_empty()).then(|| self.find_words(&mut words));
            }
            Syntax::Regex => Pattern::regex(text),
            Syntax::Glob => Pattern::glob(text),
        };
        match pattern {
            Ok(pattern) => Some(self.find_pattern(&pattern)),
            Err(error) => {
                self.filter.error = Some(error);
                None
            }
        }
    }

    /// Finds words. Relaxes the match only if nothing matches.
    fn find_words(&self, words: &mut Words) -> Found {
        for strictness in Strictness::ALL {
            let found = self.find_words_as(words, strictness);
            if found.best.is_some() || strictness == Strictness::Scattered {
                return found;
            }
        }
        Found { rows: Vec::new(), best: None }
    }

    fn find_words_as(&self, words: &mut Words, strictness: Strictness) -> Found {
        let name = |words: &mut Words, slot: &Slot| {
            self.names(slot).fold(Hits::default(), |hits, name| hits.or(words.find_in_name(name, strictness)))
        };
        let names: Vec<Hits> = self.slots.iter().map(|slot| name(words, slot)).collect();
        let any_name = names.iter().fold(Hits::default(), |hits, name| hits.or(*name));
        let mut keys: HashMap<usize, Vec<Hits>> = HashMap::new();
        let mut known: HashMap<(usize, (u64, u64)), Match> = HashMap::new();
        let mut rows = vec![None; self.slots.len()];
        let mut best: Option<(u32, SeriesId)> = None;
        for source in &self.order {
            let slot = &self.slots[*source];
            let shape = &self.shapes[slot.shape];
            let hits = keys.entry(slot.shape).or_insert_with(|| {
                (0..shape.len()).map(|series| words.find_in_key_of(any_name, shape.key(series), strictness)).collect()
            });
            let name = names[*source];
            // The rank of the name is the same for all series of the source.
            let bits = name.unranked();
            let found = known.entry((slot.shape, name.bits())).or_insert_with(|| {
                let scores: Vec<Option<u32>> = hits.iter().map(|key| words.score(bits, *key)).collect();
                matching(shape, &scores)
            });
            let Some((matching, series, score)) = found else { continue };
            rows[*source] = Some(Arc::clone(matching));
            let id = SeriesId { source: *source, series: *series };
            let score = *score + name.score;
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, id));
            }
        }
        // Of equally good matches, the series on the screen stays.
        if let Some((most, _)) = best
            && let Some(chosen) = self.chosen
            && let Some(slot) = self.slots.get(chosen.source)
            && let Some(key) = keys.get(&slot.shape).and_then(|keys| keys.get(chosen.series))
        {
            let name = names[chosen.source];
            if words.score(name, *key).is_some_and(|score| score >= most) {
                best = Some((most, chosen));
            }
        }
        Found { rows, best: best.map(|(_, id)| id) }
    }

    /// Lists the names in which words are searched. A single source needs none.
    fn names<'l>(&self, slot: &'l Slot) -> impl Iterator<Item = &'l str> + use<'l> {
        let shape = &self.shapes[slot.shape];
        let is_searched = self.slots.len() > 1 || (shape.len() > 0 && shape.key(0).is_empty());
        let names = [slot.run.as_deref(), slot.id.as_deref(), Some(slot.name.as_str())];
        names.into_iter().flatten().filter(move |_| is_searched)
    }

    /// Finds a regular expression or a glob in the keys, and in the name of a run together with the key.
    fn find_pattern(&self, pattern: &Pattern) -> Found {
        let mut keys: HashMap<usize, Vec<bool>> = HashMap::new();
        let mut all: HashMap<usize, Match> = HashMap::new();
        let mut rows = vec![None; self.slots.len()];
        let mut best = None;
        for source in &self.order {
            let slot = &self.slots[*source];
            let shape = &self.shapes[slot.shape];
            let series = || 0..shape.len();
            let in_key = keys
                .entry(slot.shape)
                .or_insert_with(|| series().map(|series| pattern.matches(shape.key(series))).collect());
            let named = self.names(slot).any(|name| pattern.matches(name));
            let label = slot.run.as_deref().unwrap_or(&slot.name);
            let with_name = |series: usize| match shape.key(series) {
                "" => named,
                key => self.slots.len() > 1 && pattern.matches(&format!("{label}/{key}")),
            };
            let mut is_same = true;
            let scores: Vec<Option<u32>> = series()
                .map(|series| {
                    let named = !in_key[series] && with_name(series);
                    is_same &= !named;
                    (in_key[series] || named).then_some(0)
                })
                .collect();
            // Runs in which only keys match share their rows.
            let found = if is_same {
                all.entry(slot.shape).or_insert_with(|| matching(shape, &scores)).clone()
            } else {
                matching(shape, &scores)
            };
            let Some((matching, series, _)) = found else { continue };
            best = best.or(Some(SeriesId { source: *source, series }));
            rows[*source] = Some(matching);
        }
        let stays = |id: &SeriesId| {
            rows.get(id.source)
                .and_then(Option::as_ref)
                .is_some_and(|rows: &Arc<Rows>| rows.position(id.series).is_some())
        };
        Found { best: self.chosen.filter(stays).or(best), rows }
    }
}

/// Returns the rows of the series with a score, and the first of those with the largest.
fn matching(shape: &Shape, scores: &[Option<u32>]) -> Match {
    let rows = if scores.iter().all(Option::is_some) {
        Arc::clone(&shape.rows)
    } else {
        Arc::new(shape.rows_of(|series| scores[series].is_some()))
    };
    let ranked = rows.leaves.iter().rev().filter_map(|row| rows.all[*row as usize].series());
    let best = ranked.max_by_key(|series| scores[*series])?;
    Some((rows, best, scores[best]?))
}
