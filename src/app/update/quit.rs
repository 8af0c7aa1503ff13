//! Quitting: after running saves and exports, and after a question about unsaved changes.

use crate::app::overlay::Overlay;
use crate::app::{Effect, Model, Question, Status};

/// Quits, or asks first if changes are unsaved. Waits for running saves and exports unless it is requested a second time.
pub(super) fn request(model: &mut Model) -> Vec<Effect> {
    model.status = Status::default();
    let repeated = std::mem::take(&mut model.quitting);
    let writing = !model.saving.is_empty() || !model.exporting.is_empty();
    if writing && !repeated {
        model.quitting = true;
        model.notify("quitting once the file is written …");
    } else if model.unsaved().is_empty() {
        return vec![Effect::Quit];
    } else {
        model.overlays.push(Overlay::Question(Question::Quit));
    }
    Vec::new()
}
