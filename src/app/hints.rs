//! The hint bar: its keys and their positions, shared by drawing and the mouse.

use super::{Focus, Model};
use crate::action::Action;
use crate::key::Key;
use crate::text;

/// The text of the hint for the edit menu.
const EDIT: &str = "edit";

/// A hint at a column of the hint bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub x: u16,
    pub keys: String,
    pub text: &'static str,
    pub click: Click,
}

/// The effect of a click on a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Click {
    Perform(Action),
    /// Presses the first key of a sequence.
    Press(Key),
}

impl Hint {
    /// Width in columns.
    pub fn width(&self) -> u16 {
        (text::width(&self.keys) + 1 + text::width(self.text)) as u16
    }
}

/// Returns the hints that fit into `width` columns: the most useful first, help last. Returns no hints while the line
/// shows a status, a key sequence or progress.
pub fn hints(model: &Model, width: u16) -> Vec<Hint> {
    if !model.status.text.is_empty() || !model.pending_keys.is_empty() || model.progress().is_some() {
        return Vec::new();
    }
    let series = model.list.total > 1;
    let mut candidates: Vec<(&[Action], &'static str)> = vec![(&[Action::BinsFewer, Action::BinsMore], "bins")];
    if model.chart.selection.is_some() {
        candidates = vec![(&[Action::CursorLeft, Action::CursorRight], "extend"), (&[Action::Zoom], "zoom")];
        candidates.push((&[Action::EditMerge], "merge"));
    }
    if model.focus == Focus::Series || series {
        candidates.push((&[Action::SeriesPrevious, Action::SeriesNext], "series"));
    }
    if model.step_count() > 1 {
        candidates.push((&[Action::StepPrevious, Action::StepNext], "step"));
    }
    candidates.extend([
        (&[Action::CursorLeft, Action::CursorRight] as &[Action], "bin"),
        (&[Action::RuleNext], "rule"),
        (&[Action::Zoom], "zoom"),
        (&[Action::EditSet], EDIT),
        (&[Action::Save], "save"),
    ]);
    if series {
        candidates.push((&[Action::Filter], "filter"));
    }
    candidates.extend([
        (&[Action::Undo] as &[Action], "undo"),
        (&[Action::LogCounts], "log"),
        (&[Action::Quit], "quit"),
    ]);
    let mut seen: Vec<&'static str> = Vec::new();
    candidates.retain(|(_, text)| {
        !seen.contains(text) && {
            seen.push(text);
            true
        }
    });

    let first_key = |action: &Action| model.settings.keymap.shown(*action).into_iter().next();
    let make = |(actions, text): &(&[Action], &'static str)| {
        let action = *actions.last()?;
        // All edits start with the same key, which opens a menu of them.
        let menu = model.settings.keymap.keys(action).find(|keys| *text == EDIT && keys.len() > 1);
        if let Some(key) = menu.and_then(|keys| keys.first()) {
            return Some(Hint { x: 0, keys: key.to_string(), text, click: Click::Press(*key) });
        }
        let keys: Option<Vec<String>> = actions.iter().map(first_key).collect();
        let keys = keys?;
        // A slash between these keys would look like another key.
        let separator = if keys.iter().any(|key| "[]{}()/".contains(key.as_str())) { " " } else { "/" };
        Some(Hint { x: 0, keys: keys.join(separator), text, click: Click::Perform(action) })
    };
    let Some(mut help) = make(&(&[Action::Help], "help")) else { return Vec::new() };
    let mut x = 1;
    let mut placed = Vec::new();
    for mut hint in candidates.iter().filter_map(make) {
        if x + hint.width() + 2 + help.width() > width {
            break;
        }
        hint.x = x;
        x += hint.width() + 2;
        placed.push(hint);
    }
    if x + help.width() <= width {
        help.x = x;
        placed.push(help);
    }
    placed
}
