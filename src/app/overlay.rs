//! Overlays: pages, palettes, lists, prompts and questions. They form a stack; the topmost one receives the keys.

use super::exporting::{ExportKind, ExportScope};
use super::input::Input;
use super::palette::PaletteKind;
use super::values::ValueList;
use super::{PendingWrite, Question};
use crate::pattern::Syntax;

/// The quantiles that the trim prompt proposes.
pub const TRIM: &str = "0.01, 0.99";

/// The percentile that the prompt for quantiles proposes.
pub const QUANTILES: &str = "99.9";

/// An overlay.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// A page to read; `top` is its first visible line.
    Page {
        page: Page,
        top: usize,
    },
    /// A list that typing narrows.
    Palette {
        kind: PaletteKind,
        input: Input,
        selected: usize,
    },
    /// The keys, which typing narrows. `selected` counts lines with keys.
    Help {
        input: Input,
        selected: usize,
    },
    /// The export formats.
    Export {
        selected: usize,
    },
    /// The bins that each rule would choose.
    Adviser {
        selected: usize,
    },
    /// The values of a bin.
    Values(ValueList),
    /// The edit history of the series.
    History {
        selected: usize,
    },
    /// List of findings.
    Findings {
        selected: usize,
        /// The user has moved the selection.
        touched: bool,
        /// The first row is opened as soon as the search ends.
        waiting: bool,
    },
    Prompt(Prompt),
    Question(Question),
}

/// The pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    Settings,
    /// The recent messages.
    Messages,
    /// The current source: its run, state and configuration.
    Source,
    /// The faults of a malformed histogram and their repair.
    Repair,
}

/// A line that is being typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    pub kind: PromptKind,
    pub input: Input,
    /// The write that waits for a file name; `None` to write what the screen shows.
    pub pending: Option<PendingWrite>,
    /// The error that the last Enter caused.
    pub error: Option<String>,
    /// Lines back in the prompt history; 0 is the line being typed.
    pub history_back: usize,
    /// The typed line, while the prompt shows one from the history.
    pub draft: String,
    /// Completions of the typed path.
    pub paths: Vec<String>,
}

/// The input that a prompt expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    /// A bin count.
    Bins,
    /// A step.
    Step,
    /// A range `lo, hi`.
    Range,
    /// Two quantiles.
    Trim,
    /// Percentiles to show in the statistics.
    Quantiles,
    /// The filter of the series list, applied while it is typed.
    Filter,
    /// A file name to save to.
    SaveAs,
    /// A file name to export to.
    Export(ExportKind),
    /// The arguments of an edit, previewed while they are typed.
    Edit,
    /// The first and the last step to sum.
    SumSteps,
    /// The statistic over steps.
    Statistic,
    /// The scalar that is drawn below statistics over steps.
    Scalar,
}

impl Prompt {
    pub fn new(kind: PromptKind, text: impl Into<String>) -> Self {
        Self::with(kind, Input::new(text))
    }

    /// Creates a prompt with a proposal: Enter accepts it, typing replaces it.
    pub fn with_proposal(kind: PromptKind, text: impl Into<String>) -> Self {
        Self::with(kind, Input::with_proposal(text))
    }

    fn with(kind: PromptKind, input: Input) -> Self {
        Self { kind, input, pending: None, error: None, history_back: 0, draft: String::new(), paths: Vec::new() }
    }
}

impl PromptKind {
    /// Returns true if the prompt expects a path.
    pub fn is_path(self) -> bool {
        matches!(self, Self::SaveAs | Self::Export(_))
    }

    /// Returns the label before the typed line.
    pub fn label(self, syntax: Syntax) -> String {
        match self {
            Self::Bins => "bins:".into(),
            Self::Step => "step:".into(),
            Self::Range => "range (lo, hi):".into(),
            Self::Trim => "quantiles (lo, hi):".into(),
            Self::Quantiles => "percentiles:".into(),
            Self::Filter => format!("filter ({}):", syntax.name()),
            Self::SaveAs => "save as:".into(),
            Self::Export(ExportKind { format, scope }) => {
                let of = match scope {
                    ExportScope::Histogram => "",
                    ExportScope::OverSteps => " of all steps",
                    ExportScope::Values => " of the values",
                };
                format!("export {}{of} as:", format.name())
            }
            Self::Edit => "edit:".into(),
            Self::SumSteps => "sum steps (first, last):".into(),
            Self::Statistic => "statistic:".into(),
            Self::Scalar => "scalar:".into(),
        }
    }
}
