//! What is on the screen, and how honest it is.

use crate::catalog::{Content, EntryId};
use crate::document::{Basis, Certainty, EvaluatedHistogram, State};
use crate::hist::Stats;
use crate::text::{format_count, format_short};
use std::sync::Arc;

/// What is on the screen.
#[derive(Debug)]
pub struct Current {
    pub entry: EntryId,
    pub content: Content,
    /// The histogram as the document says that it is to be seen; an error says why there is none.
    pub shown: Result<Arc<EvaluatedHistogram>, String>,
    /// How the last histogram that is no stand-in is seen.
    pub state: State,
    /// Statistics, once they are known.
    pub stats: Option<Stats>,
    /// The histogram on the screen is a quick redistribution; the exact one is being counted.
    pub counting: bool,
    /// The last exact histogram, while a stand-in is on the screen.
    pub exact: Option<Arc<EvaluatedHistogram>>,
}

impl Current {
    /// The badge beside the bin count.
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

/// How honest the picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Badge {
    Nothing,
    Exact,
    Logged,
    /// What an edit would make.
    Preview,
    PreviewAbout,
    Edited,
    /// Edited, and some counts are estimates.
    EditedAbout,
    Merged(usize, Basis),
    Approximate(usize, Basis),
    Counting(u64),
}

impl Badge {
    /// As the header shows it.
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
