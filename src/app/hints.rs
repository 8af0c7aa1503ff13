//! The hint bar: its keys and their positions, shared by drawing and the mouse.

use super::{Focus, Model, View};
use crate::action::Action;
use crate::document::Document;
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

/// A hint before it has a place.
type Candidate = (&'static [Action], &'static str);

/// Hints that a beginner needs in every view, in the order of the bar.
const ALWAYS: [Candidate; 5] = [
    (&[Action::ViewNext], "view"),
    (&[Action::Filter], "find"),
    (&[Action::Palette], "commands"),
    (&[Action::Quit], "quit"),
    (&[Action::Help], "help"),
];

/// Returns the hints that fit into `width` columns: first those of the view and the selection, then those that every view
/// has. Returns no hints while the line shows a status, a key sequence or progress.
pub fn hints(model: &Model, width: u16) -> Vec<Hint> {
    if !model.status.text.is_empty() || !model.pending_keys.is_empty() || model.progress().is_some() {
        return Vec::new();
    }
    let several = model.list.total > 1;
    // The table replaces the view.
    let always_shown = |text: &str| text != "view" || !model.series_table.is_open;
    let here = of_view(model, several);
    // Help and quit come first, so that nobody is lost; then the most useful of the rest.
    let always = |text: &str| ALWAYS.iter().find(|(_, known)| *known == text && always_shown(known)).copied();
    let mut by_use: Vec<Candidate> = ["help", "quit"].into_iter().filter_map(always).collect();
    // With a selection, its keys matter most.
    let first = if model.chart.selection.is_some() { 4 } else { 1 };
    by_use.extend(here.iter().take(first));
    by_use.extend(always("view"));
    by_use.extend(always("find").filter(|_| several));
    by_use.extend(always("commands"));
    by_use.extend(here.iter().skip(first));
    let mut free = width.saturating_sub(1);
    let mut kept: Vec<(&'static str, Hint)> = Vec::new();
    for (text, hint) in by_use.iter().filter_map(|candidate| Some((candidate.1, make(model, candidate)?))) {
        let taken = hint.width() + if kept.is_empty() { 0 } else { 2 };
        if taken <= free && !kept.iter().any(|(known, _)| *known == text) {
            free -= taken;
            kept.push((text, hint));
        }
    }
    let mut x = 1;
    let order = here.iter().chain(&ALWAYS).map(|(_, text)| *text);
    let mut placed: Vec<Hint> = Vec::new();
    for text in order {
        let Some(at) = kept.iter().position(|(known, _)| *known == text) else { continue };
        let (_, mut hint) = kept.remove(at);
        hint.x = x;
        x += hint.width() + 2;
        placed.push(hint);
    }
    placed
}

/// Returns the hints of the selection, the view and the series, the most useful first.
fn of_view(model: &Model, several: bool) -> Vec<Candidate> {
    let mut hints: Vec<Candidate> = Vec::new();
    let mut add = |is_useful: bool, actions: &'static [Action], text: &'static str| {
        if is_useful {
            hints.push((actions, text));
        }
    };
    if model.series_table.is_open {
        add(true, &[Action::CursorLeft, Action::CursorRight], "sort by");
        add(true, &[Action::Open], "open");
        add(true, &[Action::Play], "reverse");
        add(true, &[Action::Back], "back");
        add(model.step_count() > 1, &[Action::StepPrevious, Action::StepNext], "step");
        return hints;
    }
    let bars = matches!(model.chart.view, View::Bars | View::Cumulative | View::Table);
    let selecting = model.chart.selection.is_some() && bars;
    add(selecting, &[Action::CursorLeft, Action::CursorRight], "extend");
    add(selecting, &[Action::Zoom], "zoom");
    add(selecting, &[Action::EditMerge], "merge");
    add(selecting, &[Action::Back], "clear");
    let listed = model.focus == Focus::Series;
    add(listed, &[Action::Open], "open");
    add(!model.findings.is_empty(), &[Action::Problems], "findings");
    let steps = model.step_count() > 1;
    if model.chart.view == View::Grid {
        add(true, &[Action::SeriesPrevious, Action::SeriesNext], "panel");
        add(steps, &[Action::StepPrevious, Action::StepNext], "step");
        add(true, &[Action::GridColumnsFewer, Action::GridColumnsMore], "columns");
        add(true, &[Action::GridRowsFewer, Action::GridRowsMore], "rows");
        add(true, &[Action::ShareAxis], "one axis");
        add(true, &[Action::PageDown], "page");
        return hints;
    }
    let lines = model.chart.view == View::Lines;
    add(lines, &[Action::StatisticPrevious, Action::StatisticNext], "statistic");
    add(bars, &[Action::BinsFewer, Action::BinsMore], "bins");
    add(steps, &[Action::StepPrevious, Action::StepNext], "step");
    add(listed || several, &[Action::SeriesPrevious, Action::SeriesNext], "series");
    add(true, &[Action::Zoom], "zoom");
    add(bars, &[Action::CursorLeft, Action::CursorRight], "bin");
    add(bars, &[Action::RuleNext], "rule");
    add(true, &[Action::EditSet], EDIT);
    add(true, &[Action::Save], "save");
    add(true, &[Action::LogCounts], "log");
    add(true, &[Action::PaneStatistics], "statistics");
    add(model.document().is_some_and(Document::can_undo), &[Action::Undo], "undo");
    hints
}

/// Creates a hint, without a place. `None` if an action has no key.
fn make(model: &Model, (actions, text): &Candidate) -> Option<Hint> {
    let keymap = &model.settings.keymap;
    let action = *actions.last()?;
    // All edits start with the same key, which opens a menu of them.
    let menu = keymap.keys(action).find(|keys| *text == EDIT && keys.len() > 1);
    if let Some(key) = menu.and_then(|keys| keys.first()) {
        return Some(Hint { x: 0, keys: key.to_string(), text, click: Click::Press(*key) });
    }
    let keys: Option<Vec<String>> = actions.iter().map(|action| keymap.shown(*action).into_iter().next()).collect();
    let keys = keys?;
    // A slash between these keys would look like another key.
    let separator = if keys.iter().any(|key| "[]{}()/".contains(key.as_str())) { " " } else { "/" };
    Some(Hint { x: 0, keys: keys.join(separator), text, click: Click::Perform(action) })
}
