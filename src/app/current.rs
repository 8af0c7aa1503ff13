//! The current entry and its accuracy badge.

use crate::catalog::{Content, EntryId};
use crate::document::{Basis, Certainty, EvaluatedHistogram, State};
use crate::hist::{EntryStats, Lattice, Quantile};
use crate::text::{format_count, format_short};
use std::sync::Arc;

/// The entry on the screen.
#[derive(Debug)]
pub struct Current {
    pub entry: EntryId,
    pub content: Content,
    /// The histogram with the bins and edits of the document, or an error for the user.
    pub shown: Result<Arc<EvaluatedHistogram>, String>,
    /// The document state of the last histogram that was not an estimate.
    pub state: State,
    /// Statistics, once they are computed.
    pub stats: Option<EntryStats>,
    /// The grid that contains all samples, once it is known that there is one.
    pub lattice: Option<Lattice>,
    /// Quantiles that the user requested, while `stats` are not computed yet.
    pub(super) quantiles: Vec<Quantile>,
    /// `shown` is an estimate while the exact histogram is being counted.
    pub counting: bool,
    /// The last exact histogram, while `shown` is an estimate.
    pub exact: Option<Arc<EvaluatedHistogram>>,
}

impl Current {
    /// Creates an entry with a histogram that is not an estimate.
    pub fn new(
        entry: EntryId,
        content: Content,
        shown: Result<Arc<EvaluatedHistogram>, String>,
        state: State,
        stats: Option<EntryStats>,
    ) -> Self {
        Self { entry, content, shown, state, stats, lattice: None, quantiles: Vec::new(), counting: false, exact: None }
    }

    /// Returns a quantile, if it is known.
    pub(super) fn quantile(&self, p: f64) -> Option<Quantile> {
        let known = self.stats.iter().flat_map(|stats| &stats.stats.quantiles).chain(&self.quantiles);
        known.copied().find(|quantile| quantile.p == p)
    }

    /// Adds quantiles to the statistics, or keeps them until there are any.
    pub(super) fn add_quantiles(&mut self, quantiles: Vec<Quantile>) {
        match &mut self.stats {
            Some(stats) => stats.add_quantiles(&quantiles),
            None => self.quantiles.extend(quantiles),
        }
    }

    /// Returns the accuracy badge.
    pub fn badge(&self) -> Badge {
        match (&self.shown, &self.content) {
            (Err(_), _) => Badge::Nothing,
            (Ok(_), Content::Raw(population)) if self.counting => Badge::Counting(population.len()),
            (Ok(shown), _) => match &shown.certainty {
                Certainty::Exact => Badge::Exact,
                Certainty::Logged => Badge::Logged,
                Certainty::Edited { .. } if shown.certainty.max_error().is_some() => Badge::EditedAbout,
                Certainty::Edited { .. } => Badge::Edited,
                Certainty::Merged { from, of } => Badge::Merged(*from, *of),
                Certainty::Approximate { from, of, .. } => Badge::Approximate(*from, *of),
            },
        }
    }
}

/// The accuracy of the histogram on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Badge {
    Nothing,
    Exact,
    Logged,
    /// The preview of an edit.
    Preview,
    /// The preview of an edit, with some estimated counts.
    PreviewAbout,
    Edited,
    /// Edited, with some estimated counts.
    EditedAbout,
    /// Exact, merged from this many bins.
    Merged(usize, Basis),
    /// Redistributed from this many bins.
    Approximate(usize, Basis),
    /// An estimate, while this many samples are counted.
    Counting(u64),
}

impl Badge {
    /// Returns the text in the header.
    pub fn text(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Exact => "exact".into(),
            Self::Logged => "logged".into(),
            Self::Preview => "preview".into(),
            Self::PreviewAbout => "≈ preview".into(),
            Self::Edited => "edited".into(),
            Self::EditedAbout => "≈ edited".into(),
            Self::Merged(n, of) => format!("exact from {} {}", format_count(n as f64, 0), of.name()),
            Self::Approximate(n, of) => format!("≈ from {} {}", format_count(n as f64, 0), of.name()),
            Self::Counting(n) => format!("≈ counting {}", format_short(n as f64)),
        }
    }
}
