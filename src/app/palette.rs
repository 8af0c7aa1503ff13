//! The search in palettes: actions in the command palette, series for edits that combine two histograms.

use super::Model;
use crate::action::Action;
use crate::catalog::{EntryId, SeriesId};
use crate::hist::edit::Combination;
use crate::pattern::{Pattern, Syntax};

/// The items that a palette lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaletteKind {
    /// All actions.
    Actions,
    /// The series that can be added, subtracted or averaged.
    Operand(Combination),
}

/// A line of a palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaletteItem {
    /// The keys of an action, or the source of a series.
    pub keys: String,
    pub text: String,
    pub choice: PaletteChoice,
}

/// The result of choosing a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaletteChoice {
    Action(Action),
    Series(SeriesId),
}

/// Lists the items that match the typed text, exact matches first.
pub fn palette_items(model: &Model, kind: PaletteKind, text: &str) -> Vec<PaletteItem> {
    let action = |action: Action| PaletteItem {
        keys: model.settings.keymap.shown(action).join(" "),
        text: action.help().to_owned(),
        choice: PaletteChoice::Action(action),
    };
    if kind == PaletteKind::Actions {
        return matching_actions(text).into_iter().map(action).collect();
    }
    let Ok(pattern) = Pattern::new(text, Syntax::Fuzzy) else { return Vec::new() };
    let all = model
        .sources
        .iter()
        .enumerate()
        .flat_map(|(source, info)| (0..info.series.len()).map(move |series| EntryId { source, series, index: 0 }));
    let item = |entry: EntryId| {
        let source = &model.sources.get(entry.source)?.name;
        let text = model.name(entry);
        let keys = if model.sources.len() > 1 && text != *source { source.clone() } else { String::new() };
        Some(PaletteItem { keys, text, choice: PaletteChoice::Series(entry.series_id()) })
    };
    let lower = text.to_lowercase();
    let found = all.filter_map(item).filter(|item| pattern.matches(&item.text));
    let (mut exact, fuzzy): (Vec<_>, Vec<_>) = found.partition(|item| item.text.to_lowercase().contains(&lower));
    exact.extend(fuzzy);
    exact
}

/// Lists the actions whose name or help matches the typed text: exact matches first, each group in help order.
fn matching_actions(text: &str) -> Vec<Action> {
    let Ok(pattern) = Pattern::new(text, Syntax::Fuzzy) else { return Vec::new() };
    let lower = text.to_lowercase();
    let is_exact = |action: &&Action| action.name().contains(&lower) || action.help().contains(&lower);
    let is_match = |action: &&Action| pattern.matches(action.name()) || pattern.matches(action.help());
    let (mut exact, fuzzy): (Vec<Action>, Vec<Action>) =
        Action::ALL.iter().filter(is_match).partition(|action| is_exact(action));
    exact.extend(fuzzy);
    exact
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_matches_precede_fuzzy_ones() {
        assert_eq!(matching_actions("undo")[0], Action::Undo);
        assert_eq!(matching_actions("zoom")[0], Action::Zoom);
        assert!(matching_actions("").len() == Action::ALL.len());
        assert!(matching_actions("qqqq").is_empty());
    }
}
