//! The help: a searchable list of keys, those of the current view first.

use super::help::{FIXED, keys_of};
use super::palette::COMMANDS;
use super::{Focus, Model, View};
use crate::action::{Action, Area};
use crate::pattern::{Hits, Strictness, Words};

/// Heading of the commands that are typed with an argument.
const TYPED: &str = "typed commands";

/// A line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpLine {
    Heading(&'static str),
    Entry(HelpEntry),
}

/// A key or a command, and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpEntry {
    pub keys: String,
    pub help: &'static str,
    /// The action that Enter runs; `None` for the mouse and for typed commands.
    pub action: Option<Action>,
}

/// Lists the lines that contain the typed words. Headings without such a line are left out.
pub fn help_lines(model: &Model, text: &str) -> Vec<HelpLine> {
    let sections = sections(model);
    let mut words = Words::new(text);
    for strictness in Strictness::ALL {
        let mut lines = Vec::new();
        for (title, entries) in &sections {
            let found = entries.iter().filter(|entry| {
                let aliases = entry.action.map_or(&[][..], Action::aliases).iter().copied();
                let names = entry.action.map(Action::name).into_iter().chain(aliases);
                let texts = [entry.keys.as_str(), entry.help, title].into_iter().chain(names);
                let hits = texts.fold(Hits::default(), |hits, text| hits.or(words.find_in_key(text, strictness)));
                words.score(Hits::default(), hits).is_some()
            });
            let mut found = found.peekable();
            if found.peek().is_some() {
                lines.push(HelpLine::Heading(title));
                lines.extend(found.cloned().map(HelpLine::Entry));
            }
        }
        if !lines.is_empty() {
            return lines;
        }
    }
    Vec::new()
}

/// Returns the entries of the help, without headings.
pub fn help_entries(lines: &[HelpLine]) -> impl Iterator<Item = (usize, &HelpEntry)> {
    lines.iter().enumerate().filter_map(|(at, line)| match line {
        HelpLine::Entry(entry) => Some((at, entry)),
        HelpLine::Heading(_) => None,
    })
}

/// Lists the areas with their entries, those of the current view first.
fn sections(model: &Model) -> Vec<(&'static str, Vec<HelpEntry>)> {
    let first = first_areas(model);
    let rest = Area::ALL.iter().filter(|area| !first.contains(area));
    let entries = |area: &Area| {
        let actions = Action::ALL.iter().filter(|action| action.area() == *area);
        let bound = actions.filter_map(|action| {
            let keys = keys_of(&model.settings.keymap, *action)?;
            Some(HelpEntry { keys, help: action.help(), action: Some(*action) })
        });
        let fixed = FIXED.iter().filter(|(of, ..)| of == area);
        let fixed = fixed.map(|(_, keys, help)| HelpEntry { keys: (*keys).into(), help, action: None });
        (area.title(), bound.chain(fixed).collect())
    };
    let typed = COMMANDS.iter().map(|(keys, help)| HelpEntry { keys: (*keys).into(), help, action: None });
    first.iter().chain(rest).map(entries).chain([(TYPED, typed.collect())]).collect()
}

/// Returns the areas whose keys matter most on this screen.
fn first_areas(model: &Model) -> &'static [Area] {
    match (model.focus, model.chart.view) {
        (Focus::Series, _) => &[Area::Series],
        (Focus::Statistics, _) => &[Area::Cursor, Area::View],
        (Focus::Chart, View::Grid) => &[Area::View, Area::Series],
        (Focus::Chart, view) if view.over_steps() => &[Area::Steps, Area::View],
        (Focus::Chart, _) if model.chart.selection.is_some() => &[Area::Range, Area::Edit],
        (Focus::Chart, _) => &[Area::Bins, Area::Range, Area::Cursor],
    }
}
