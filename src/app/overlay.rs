//! What lies over the screen: help, palette, prompts, questions. A stack; the topmost takes the keys.

use super::exporting::{ExportKind, Exporting};
use super::input::Input;
use super::{Model, SaveTo, Saving};
use crate::action::Action;
use crate::catalog::{EntryId, SeriesId};
use crate::error::Error;
use crate::hist::edit::How;
use crate::hist::{Number, Range};
use crate::pattern::{Pattern, Syntax};
use crate::text;
use crate::text::{format_count, plural};
use ratatui::layout::Rect;
use std::path::PathBuf;

/// The quantiles that trimming proposes.
pub const TRIM: &str = "0.01, 0.99";

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// Something to read; scrolled by so many lines.
    Page {
        page: Page,
        top: usize,
    },
    /// Something to choose from, narrowed by what is typed.
    Palette {
        offer: Offer,
        input: Input,
        selected: usize,
    },
    /// The formats to export in.
    Export {
        selected: usize,
    },
    /// The changes of the series, to go back and forth among.
    History {
        selected: usize,
    },
    Prompt(Prompt),
    Question(Question),
}

/// What a palette offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Everything that can be done.
    Actions,
    /// The series that can be added, subtracted or averaged with.
    Operand(How),
}

/// A line of a palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub keys: String,
    pub words: String,
    pub what: Chosen,
}

/// What choosing a line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    Action(Action),
    Series(SeriesId),
}

/// What there is to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The keys.
    Help,
    /// What was wrong while reading.
    Problems,
    /// The settings in force and the file they can be changed in.
    Settings,
    /// What is known of the source: the run, its state, its configuration.
    Source,
    /// What is wrong with a histogram, and what it would be if that were put right.
    Repair,
}

/// A line that is being typed, and what for.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    pub kind: PromptKind,
    pub input: Input,
    /// What is written under the name that is typed, where it is not what is on the screen by then.
    pub writing: Option<Writing>,
    /// What is wrong with what was typed, after Enter.
    pub error: Option<String>,
    /// How far back in the history Up has gone, and what was typed before.
    pub back: usize,
    pub draft: String,
    /// Completions of a path.
    pub paths: Vec<String>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    /// A number of bins.
    Bins,
    /// A step.
    Step,
    /// A range `lo, hi`.
    Range,
    /// Two quantiles.
    Trim,
    /// The filter of the list; applied while it is typed.
    Filter,
    SaveAs,
    /// The name of a file to export.
    Export(ExportKind),
    /// The numbers of an edit; its effect is shown while they are typed.
    Edit,
    /// The steps to add up.
    Sum,
}

/// What a question holds back from being written.
#[derive(Debug, Clone, PartialEq)]
pub enum Writing {
    Save(Box<Saving>),
    Export(Box<Exporting>),
}

/// A question with a few keys for answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Quit with unsaved changes?
    Quit,
    /// There are more bins than are saved; write fewer?
    Reduce(SaveTo),
    /// A session that broke off has left something of a source; go on with it?
    RecoverableSession { source: usize },
    /// What it is saved into was read again since this was edited.
    StaleEdit(SaveTo),
    /// The file exists; overwrite it?
    Exists { path: PathBuf, writing: Writing },
    /// Some counts are outside the range, and would be gone from the file they came from.
    TrimPolicy(Vec<Saving>),
    /// The file is not what was read any more.
    /// `over` can be written anew all the same.
    Changed { savings: Vec<Saving>, error: Error, over: Option<PathBuf> },
}

impl Question {
    /// The question and the keys that answer it.
    pub fn text(&self, model: &Model) -> (String, &'static [(&'static str, &'static str)]) {
        match self {
            Self::Reduce(_) => {
                let words = model.reduction().unwrap_or_else(|| "save it?".into());
                (words, &[("s", "save"), ("S", "another name"), ("Esc", "leave it")])
            }
            Self::StaleEdit(_) => (
                "this was edited before the file changed; what stands there now would be lost".into(),
                &[("o", "overwrite"), ("S", "another name"), ("Esc", "leave it")],
            ),
            Self::RecoverableSession { source } => {
                let name = model.sources.get(*source).map(|source| source.name.as_str()).unwrap_or_default();
                let recoverable = model.recovery.recoverable.get(source);
                let count = plural(recoverable.map_or(0, |left| left.entries.len() as u64), "histogram");
                let changed =
                    if recoverable.is_some_and(|left| left.changed) { ", and it has changed since" } else { "" };
                let what = format!("{name}: {count} left unsaved when rebin broke off{changed}");
                (what, &[("r", "restore"), ("D", "discard"), ("Esc", "later")])
            }
            Self::Quit => {
                let what = format!("{} unsaved", plural(model.unsaved().len() as u64, "histogram"));
                (what, &[("q", "quit without saving"), ("s", "save all and quit"), ("Esc", "stay")])
            }
            Self::Exists { path, .. } => (
                format!("{} exists", path.display()),
                &[("o", "overwrite"), ("S", "another name"), ("Esc", "leave it")],
            ),
            Self::TrimPolicy(savings) => outside(savings),
            Self::Changed { error, over: Some(_), .. } => (
                error.to_string(),
                &[("o", "overwrite"), ("S", "another name"), ("r", "read it again"), ("Esc", "leave it")],
            ),
            Self::Changed { savings, error, over: None } => {
                let keys: &[_] = &[("S", "another name"), ("r", "read it again"), ("Esc", "leave it")];
                (error.to_string(), if savings.len() == 1 { keys } else { &keys[1..] })
            }
        }
    }
}

/// What would be gone, and the answers to that.
fn outside(savings: &[Saving]) -> (String, &'static [(&'static str, &'static str)]) {
    let losing = savings.iter().filter(|saving| saving.outside != 0.0).count();
    let counts = format_count(savings.iter().map(|saving| saving.outside).sum(), 1);
    let answers: &[_] = &[("y", "write the range alone"), ("S", "another name"), ("Esc", "go back")];
    match savings {
        [one] => {
            let file = one.to.path().file_name().unwrap_or_default().to_string_lossy();
            (format!("outside the range are {counts}, which would be gone from {file}"), answers)
        }
        _ => {
            let of = plural(savings.len() as u64, "histogram");
            let what = format!("{losing} of {of} would lose what is outside their ranges, {counts} in all");
            (what, &[("y", "write the ranges alone"), ("Esc", "go back")])
        }
    }
}

impl Prompt {
    pub fn new(kind: PromptKind, text: impl Into<String>) -> Self {
        Self::with(kind, Input::new(text))
    }

    /// With a text that is taken by Enter, and replaced by what is typed.
    pub fn proposing(kind: PromptKind, text: impl Into<String>) -> Self {
        Self::with(kind, Input::proposing(text))
    }

    fn with(kind: PromptKind, input: Input) -> Self {
        Self { kind, input, writing: None, error: None, back: 0, draft: String::new(), paths: Vec::new() }
    }
}

impl PromptKind {
    /// Whether a path is typed.
    pub fn is_path(self) -> bool {
        matches!(self, Self::SaveAs | Self::Export(_))
    }

    /// What stands before the line.
    pub fn label(self, syntax: Syntax) -> String {
        match self {
            Self::Bins => "bins:".into(),
            Self::Step => "step:".into(),
            Self::Range => "range (lo, hi):".into(),
            Self::Trim => "trim to quantiles (lo, hi):".into(),
            Self::Filter => format!("filter ({}):", syntax.name()),
            Self::SaveAs => "save as:".into(),
            Self::Export(ExportKind { format, over_steps: false }) => format!("export {}:", format.extension()),
            Self::Export(ExportKind { format, over_steps: true }) => {
                format!("export {} of all steps:", format.extension())
            }
            Self::Edit => "edit:".into(),
            Self::Sum => "add up steps (from, to):".into(),
        }
    }
}

/// The lines that a palette shows for what was typed.
pub fn offered(model: &Model, offer: Offer, text: &str) -> Vec<Offered> {
    let action = |action: Action| Offered {
        keys: model.settings.keymap.shown(action).join(" "),
        words: action.help().to_owned(),
        what: Chosen::Action(action),
    };
    if offer == Offer::Actions {
        return palette(text).into_iter().map(action).collect();
    }
    let Ok(pattern) = Pattern::new(text, Syntax::Fuzzy) else { return Vec::new() };
    let all = model
        .sources
        .iter()
        .enumerate()
        .flat_map(|(source, info)| (0..info.series.len()).map(move |series| EntryId { source, series, step: 0 }));
    let line = |entry: EntryId| {
        let source = &model.sources.get(entry.source)?.name;
        let words = model.name(entry);
        let keys = if model.sources.len() > 1 && words != *source { source.clone() } else { String::new() };
        Some(Offered { keys, words, what: Chosen::Series(entry.series_id()) })
    };
    let lower = text.to_lowercase();
    let found = all.filter_map(line).filter(|line| pattern.matches(&line.words));
    let (mut first, rest): (Vec<_>, Vec<_>) = found.partition(|line| line.words.to_lowercase().contains(&lower));
    first.extend(rest);
    first
}

/// The actions that the palette shows for what was typed: by name or help, in the order of the help.
pub fn palette(text: &str) -> Vec<Action> {
    let Ok(pattern) = Pattern::new(text, Syntax::Fuzzy) else { return Vec::new() };
    let lower = text.to_lowercase();
    let whole = |action: &&Action| action.name().contains(&lower) || action.help().contains(&lower);
    let fuzzy = |action: &&Action| pattern.matches(action.name()) || pattern.matches(action.help());
    let (mut first, rest): (Vec<Action>, Vec<Action>) =
        Action::ALL.iter().filter(fuzzy).partition(|action| whole(action));
    first.extend(rest);
    first
}

/// Two numbers separated by a comma or spaces, integers kept as such.
///
/// # Errors
/// One sentence on what is expected.
pub fn two_numbers(text: &str) -> Result<Range, String> {
    let mut pieces = text.split([',', ' ']).filter(|piece| !piece.is_empty());
    match (pieces.next().and_then(number), pieces.next().and_then(number), pieces.next()) {
        (Some(lo), Some(hi), None) => Ok(Range { lo, hi }),
        _ => Err("two numbers are expected, such as -1, 2.5".into()),
    }
}

/// Two quantiles, the smaller first, as shares or in percent: `0.01, 0.99`, `1%, 99%`.
///
/// # Errors
/// One sentence on what is expected.
pub fn two_quantiles(text: &str) -> Result<(f64, f64), String> {
    let share = |piece: &str| match piece.strip_suffix('%') {
        Some(percent) => Some(number(percent)?.as_f64() / 100.0),
        None => Some(number(piece)?.as_f64()),
    };
    let text = text.replace(" %", "%");
    let pieces: Vec<&str> = text.split([',', ' ']).filter(|piece| !piece.is_empty()).collect();
    match pieces[..].iter().map(|piece| share(piece)).collect::<Vec<_>>()[..] {
        [Some(lo), Some(hi)] if 0.0 <= lo && lo < hi && hi <= 1.0 => Ok((lo, hi)),
        _ => Err("two quantiles between 0 and 1 are expected, such as 0.01, 0.99 or 1%, 99%".into()),
    }
}

/// The frame of a window in the middle of the screen with room for so much inside, or as much of it as there is.
pub fn frame(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.saturating_add(4).max(24).min(area.width);
    let height = height.saturating_add(2).min(area.height.saturating_sub(2)).max(3);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height.saturating_sub(height)) / 2,
        width,
        height: height.min(area.height),
    }
}

/// The frame of the list of changes, and the first of them that it shows.
pub fn history_frame(area: Rect, lines: &[(String, String)], selected: usize) -> (Rect, usize) {
    let widest = lines.iter().map(|(_, name)| text::width(name)).max().unwrap_or(0);
    let frame = frame(area, (widest as u16).saturating_add(14), lines.len() as u16);
    (frame, (selected + 1).saturating_sub(usize::from(frame.height.saturating_sub(2))))
}

/// A number, an integer kept as such; `None` for what is none.
pub fn number(text: &str) -> Option<Number> {
    let float = || text.parse::<f64>().ok().filter(|x| !x.is_nan()).map(Number::Float);
    text.parse::<i128>().ok().map(Number::Int).or_else(float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_finds_by_words_first() {
        assert_eq!(palette("undo")[0], Action::Undo);
        assert_eq!(palette("zoom")[0], Action::Zoom);
        assert!(palette("").len() == Action::ALL.len());
        assert!(palette("qqqq").is_empty());
    }

    #[test]
    fn quantiles_are_typed_as_shares_or_in_percent() {
        for text in ["0.05, 0.95", "5%,95%", "5 % 95 %", "0.05 95%"] {
            assert_eq!(two_quantiles(text), Ok((0.05, 0.95)), "{text}");
        }
        for text in ["", "0.5", "5, 95", "95%, 5%", "0.1 0.2 0.3", "-1%, 50%", "%, 5%", "0, 101%"] {
            assert!(two_quantiles(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ranges_are_typed_with_comma_or_space() {
        let range = two_numbers(" 0, 2.5").unwrap();
        assert_eq!((range.lo, range.hi), (Number::Int(0), Number::Float(2.5)));
        assert!(two_numbers("1").is_err());
        assert!(two_numbers("1 2 3").is_err());
        assert!(two_numbers("nan, 1").is_err());
    }
}
