//! The menu of keys that can continue a sequence, such as the edit menu.

use super::Model;
use crate::action::Action;
use crate::text;

/// Width of the short names, with a gap after them.
const NAME: u16 = 11;
/// Minimum number of lines on a screen for the description in the menu.
const WITH_DESCRIPTION: u16 = 16;

/// The entries of the menu and their layout, column by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// The keys that are left to type, and the action.
    pub entries: Vec<(String, Action)>,
    pub rows: u16,
    pub columns: u16,
    /// Width of a column.
    pub width: u16,
    /// The description of the selected entry is in the menu, not in the last line of the screen.
    pub described: bool,
}

/// Returns the menu while a sequence of keys is typed.
pub fn menu(model: &Model) -> Option<Menu> {
    if model.pending_keys.is_empty() || !model.overlays.is_empty() {
        return None;
    }
    let entries = model.settings.keymap.following(&model.pending_keys);
    let keys = entries.iter().map(|(keys, _)| text::width(keys)).max()? as u16;
    let described = model.size.height >= WITH_DESCRIPTION;
    let lines = model.size.height.saturating_sub(if described { 6 } else { 4 }).max(1);
    let room = model.size.width.saturating_sub(4).max(1);
    let count = entries.len() as u16;
    let columns = (room / (keys + 1 + NAME)).clamp(1, 4).min(count.div_ceil(6)).max(count.div_ceil(lines)).max(1);
    let width = (keys + 1 + NAME).min(room / columns).max(1);
    Some(Menu { entries, rows: count.div_ceil(columns), columns, width, described })
}

impl Menu {
    /// Returns the entry at a position, or the last one.
    pub fn entry(&self, selected: usize) -> Option<Action> {
        self.entries.get(selected).or(self.entries.last()).map(|(_, action)| *action)
    }
}
