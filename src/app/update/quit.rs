//! Quitting: after running saves and exports, and after a question about unsaved changes.

use crate::app::overlay::Overlay;
use crate::app::{Effect, Model, Question, Status};
use crate::text::plural;
use std::path::Path;

/// Quits, or asks first if changes are unsaved. Waits for running saves and exports. If it is requested again while
/// they run, quits without waiting, because their disk may never respond.
pub(super) fn request(model: &mut Model) -> Vec<Effect> {
    model.status = Status::default();
    let repeated = std::mem::take(&mut model.quitting);
    let writing: Vec<&Path> = model.writing().collect();
    if let [first, more @ ..] = &writing[..] {
        if repeated {
            return vec![Effect::Quit];
        }
        let more =
            if more.is_empty() { String::new() } else { format!(" and {}", plural(more.len() as u64, "more file")) };
        let notice = format!("still writing {}{more}; quit again to stop waiting", first.display());
        model.quitting = true;
        model.notify(notice);
    } else if model.unsaved().is_empty() {
        return vec![Effect::Quit];
    } else {
        model.overlays.push(Overlay::Question(Question::Quit));
    }
    Vec::new()
}
