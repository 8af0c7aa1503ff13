//! What is on the screen, and how honest it is.

use crate::catalog::{Content, Place};
use crate::document::{Certainty, Lens, Shown};
use crate::hist::Stats;
use crate::hist::scale::{format_count, format_short};
use std::sync::Arc;

/// What is on the screen.
#[derive(Debug)]
pub struct Open {
    pub place: Place,
    pub content: Content,
    /// The histogram under the document's lens; an error says why there is none.
    pub shown: Result<Arc<Shown>, String>,
    /// The lens of the last histogram that is no stand-in.
    pub lens: Lens,
    /// Statistics, once they are known.
    pub stats: Option<Stats>,
    /// The histogram on the screen is a quick redistribution; the exact one is being counted.
    pub counting: bool,
    /// The last exact histogram, while a stand-in is on the screen.
    pub exact: Option<Arc<Shown>>,
}

impl Open {
    /// The badge beside the bin count.
    pub fn badge(&self) -> Badge {
        match (&self.shown, &self.content) {
            (Err(_), _) => Badge::Nothing,
            (Ok(_), Content::Raw(population)) if self.counting => Badge::Counting(population.samples().len() as u64),
            (Ok(shown), _) => match &shown.certainty {
                Certainty::Exact => Badge::Exact,
                Certainty::Logged => Badge::Logged,
                Certainty::Merged { from } => Badge::Merged(*from),
                Certainty::Approximate { from, .. } => Badge::Approximate(*from),
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
    Merged(usize),
    Approximate(usize),
    Counting(u64),
}

impl Badge {
    /// As the header shows it.
    pub fn text(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Exact => "exact".into(),
            Self::Logged => "logged".into(),
            Self::Merged(n) => format!("exact from {} logged", format_count(n as f64, 0)),
            Self::Approximate(n) => format!("≈ from {} logged", format_count(n as f64, 0)),
            Self::Counting(n) => format!("≈ counting {}", format_short(n as f64)),
        }
    }
}
