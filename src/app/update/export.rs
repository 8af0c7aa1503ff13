//! Exporting the current view: format, file name, result.

use super::{quit, save, steps};
use crate::app::effect::Exported;
use crate::app::exporting::{ExportKind, default_kind, export};
use crate::app::file_names::export_path;
use crate::app::overlay::{Overlay, Prompt, PromptKind};
use crate::app::{Effect, Model, PendingExport, PendingWrite, Question, Ticket};
use crate::error::Error;
use crate::key::{Code, Key};
use crate::text::plural;
use std::sync::Arc;

/// Lists the formats. Starts to load all steps if a format needs them.
pub(super) fn choose(model: &mut Model) -> Vec<Effect> {
    if model.shown().is_none() {
        model.notify("nothing to export");
        return Vec::new();
    }
    model.playing = false;
    let selected = default_kind(model);
    model.overlays.push(Overlay::Export { selected });
    let over_steps = ExportKind::all(model).iter().any(|kind| kind.over_steps());
    over_steps.then(|| steps::load_all_steps(model)).flatten().into_iter().collect()
}

/// Handles a key in the list of formats.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    let kinds = ExportKind::all(model);
    let Some(Overlay::Export { selected }) = model.overlays.last_mut() else { return Vec::new() };
    match key.code {
        Code::Up | Code::Char('k') => *selected = selected.saturating_sub(1),
        Code::Down | Code::Char('j') => *selected = (*selected + 1).min(kinds.len().saturating_sub(1)),
        Code::Home => *selected = 0,
        Code::End => *selected = kinds.len().saturating_sub(1),
        Code::Enter => {
            let chosen = kinds.get(*selected).copied();
            model.overlays.pop();
            if let Some(kind) = chosen {
                model.overlays.push(Overlay::Prompt(Prompt::new(PromptKind::Export(kind), "")));
            }
        }
        Code::Esc => drop(model.overlays.pop()),
        Code::Char('c') if key.mods.ctrl => drop(model.overlays.pop()),
        // A file name that is typed too early must not trigger actions.
        _ => {}
    }
    Vec::new()
}

/// Exports the current view to a typed file name.
///
/// # Errors
/// A sentence that says why the view cannot be exported now.
pub(super) fn export_to(model: &mut Model, kind: ExportKind, typed: &str) -> Result<Vec<Effect>, String> {
    let export = Arc::new(export(model, kind, save::histogram(model))?);
    let path = export_path(model, kind, typed);
    Ok(start(model, PendingExport { export, kind, path, overwrite: false }))
}

/// Writes an export.
pub(super) fn start(model: &mut Model, pending: PendingExport) -> Vec<Effect> {
    let ticket = model.jobs.ticket();
    model.exporting.insert(ticket, pending.clone());
    model.notify("exporting …");
    vec![Effect::Export { ticket, pending }]
}

/// Reports the result of an export, or asks before it overwrites a file.
pub(super) fn exported(model: &mut Model, ticket: Ticket, result: Result<Exported, Error>) -> Vec<Effect> {
    let Some(pending) = model.exporting.remove(&ticket) else { return Vec::new() };
    match result {
        Ok(Exported { path, bytes, lost }) => {
            let mut notes = vec![format!("wrote {}, {}", path.display(), plural(bytes as u64, "byte"))];
            notes.extend(lost.iter().map(ToString::to_string));
            notes.extend(pending.export.font_warning(pending.kind.format));
            model.notify(notes.join("; "));
            if std::mem::take(&mut model.quitting) {
                return quit::request(model);
            }
        }
        Err(error) => {
            model.quitting = false;
            if let Error::Exists { .. } = error {
                let (path, pending) = (pending.path.clone(), PendingWrite::Export(Box::new(pending)));
                model.overlays.push(Overlay::Question(Question::Exists { path, pending }));
            } else {
                model.report_error(error.to_string());
            }
        }
    }
    Vec::new()
}
