//! Input while the first histogram is opened: which of it is handled at once, and which waits.

use super::overlay::Overlay;
use super::{Message, Model, Question};
use crate::action::Action;
use crate::settings::Match;

impl Model {
    /// Returns true if input is handled now. `held` is true if earlier input already waits.
    ///
    /// While the first histogram is opened, keys wait for it, because most of them apply to the histogram on the screen.
    /// Keys that show something else are handled at once, and quitting never waits.
    pub fn accepts(&self, input: &Message, held: bool) -> bool {
        match input {
            _ if !held && self.is_ready() => true,
            _ if !self.overlays.is_empty() => true,
            Message::Key(key) => match self.settings.keymap.look_up(&[*key]) {
                Match::Action(Action::Quit) => true,
                Match::Action(action) => !held && !needs_histogram(action),
                Match::Prefix | Match::Nothing => false,
            },
            Message::Mouse(_) | Message::Paste(_) => false,
            _ => true,
        }
    }

    /// Returns true if input that waited can be handled.
    ///
    /// A question that opened in the meantime must not be answered by keys that were pressed before it.
    pub fn is_ready(&self) -> bool {
        let asks = matches!(self.overlays.last(), Some(Overlay::Question(Question::RecoverableSession { .. })));
        !asks && !self.opens_first()
    }

    /// Returns true while the first histogram is being opened, loaded or counted.
    fn opens_first(&self) -> bool {
        let opening = self.opening > 0 && self.requested.is_none();
        self.current.is_none() && (opening || self.jobs.count_or_load().is_some())
    }
}

/// Returns false for actions that do something else than to show or change a histogram.
fn needs_histogram(action: Action) -> bool {
    !matches!(
        action,
        Action::Help
            | Action::Problems
            | Action::Settings
            | Action::Palette
            | Action::Redraw
            | Action::Suspend
            | Action::Back
    )
}
