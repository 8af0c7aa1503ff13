//! The hint bar: which keys are shown where, for the view to draw and the mouse to click.

use super::{Focus, Model};
use crate::action::Action;
use crate::key::Key;
use crate::text;

/// The words of the hint that leads to all edits.
const EDIT: &str = "edit";

/// A hint: keys and words at a column of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub x: u16,
    pub keys: String,
    pub words: &'static str,
    pub does: Does,
}

/// What a click on a hint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    Act(Action),
    /// The same as this key, which others follow.
    Press(Key),
}

impl Hint {
    /// How many columns it takes.
    pub fn width(&self) -> u16 {
        (text::width(&self.keys) + 1 + text::width(self.words)) as u16
    }
}

/// As many hints as fit into `width` columns, the most useful first, help always among them. None while something else
/// stands in their line.
pub fn hints(model: &Model, width: u16) -> Vec<Hint> {
    if !model.status.text.is_empty() || !model.keys.is_empty() || model.progress().is_some() {
        return Vec::new();
    }
    let steps =
        model.current.as_ref().and_then(|current| model.series(current.entry)).is_some_and(|s| s.steps.len() > 1);
    let series = model.list.total > 1;
    let mut wanted: Vec<(&[Action], &'static str)> = vec![(&[Action::BinsFewer, Action::BinsMore], "bins")];
    if model.chart.selection.is_some() {
        wanted = vec![(&[Action::CursorLeft, Action::CursorRight], "extend"), (&[Action::Zoom], "zoom")];
        wanted.push((&[Action::EditMerge], "merge"));
    }
    if model.focus == Focus::Series || series {
        wanted.push((&[Action::SeriesUp, Action::SeriesDown], "series"));
    }
    if steps {
        wanted.push((&[Action::StepPrevious, Action::StepNext], "step"));
    }
    wanted.extend([
        (&[Action::CursorLeft, Action::CursorRight] as &[Action], "bin"),
        (&[Action::RuleNext], "rule"),
        (&[Action::Zoom], "zoom"),
        (&[Action::EditSet], EDIT),
        (&[Action::Save], "save"),
    ]);
    if series {
        wanted.push((&[Action::Filter], "filter"));
    }
    wanted.extend([(&[Action::Undo] as &[Action], "undo"), (&[Action::LogCounts], "log"), (&[Action::Quit], "quit")]);
    let mut seen: Vec<&'static str> = Vec::new();
    wanted.retain(|(_, words)| {
        !seen.contains(words) && {
            seen.push(words);
            true
        }
    });

    let first_key = |action: &Action| model.settings.keymap.shown(*action).into_iter().next();
    let make = |(actions, words): &(&[Action], &'static str)| {
        let action = *actions.last()?;
        // All edits begin with the same key, behind which they are listed.
        let menu = model.settings.keymap.keys(action).find(|keys| *words == EDIT && keys.len() > 1);
        if let Some(key) = menu.and_then(|keys| keys.first()) {
            return Some(Hint { x: 0, keys: key.to_string(), words, does: Does::Press(*key) });
        }
        let keys: Option<Vec<String>> = actions.iter().map(first_key).collect();
        let keys = keys?;
        // A slash between brackets would read as one of the keys.
        let between = if keys.iter().any(|key| "[]{}()/".contains(key.as_str())) { " " } else { "/" };
        Some(Hint { x: 0, keys: keys.join(between), words, does: Does::Act(action) })
    };
    let Some(mut help) = make(&(&[Action::Help], "help")) else { return Vec::new() };
    let mut x = 1;
    let mut placed = Vec::new();
    for mut hint in wanted.iter().filter_map(make) {
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
