//! Exporting what is shown: the choice of a format, the name, the answer.

use super::{action, save, sweep};
use crate::action::Action;
use crate::app::exporting::{ExportKind, Exporting, export, nearest, path_of};
use crate::app::overlay::{Overlay, Prompt, PromptKind, Question, Writing};
use crate::app::{Effect, Model, Ticket, effect::Exported};
use crate::error::Error;
use crate::key::{Code, Key};
use crate::text::plural;
use std::sync::Arc;

/// Offers the formats; pictures over steps need all steps, which are asked for already.
pub(super) fn choose(model: &mut Model) -> Vec<Effect> {
    if model.shown().is_none() {
        model.say("there is nothing to export");
        return Vec::new();
    }
    model.playing = false;
    let selected = nearest(model);
    model.overlays.push(Overlay::Export { selected });
    let over = ExportKind::all(model).iter().any(|kind| kind.over_steps);
    over.then(|| sweep::sweep(model)).flatten().into_iter().collect()
}

/// A key while the formats are offered.
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
        // What is typed too early must not run as commands.
        _ => {}
    }
    Vec::new()
}

/// Has the file written that was named.
///
/// # Errors
/// Why there is nothing to write.
pub(super) fn named(model: &mut Model, kind: ExportKind, typed: &str) -> Result<Vec<Effect>, String> {
    let export = Arc::new(export(model, kind, save::histogram(model))?);
    let path = path_of(model, kind, typed);
    Ok(start(model, Exporting { export, kind, path, overwrite: false }))
}

/// Has it written.
pub(super) fn start(model: &mut Model, exporting: Exporting) -> Vec<Effect> {
    let ticket = model.jobs.ticket();
    model.exporting.insert(ticket, exporting.clone());
    model.say("exporting …");
    vec![Effect::Export { ticket, exporting }]
}

/// It was written, or not.
pub(super) fn exported(model: &mut Model, ticket: Ticket, result: Result<Exported, Error>) -> Vec<Effect> {
    let Some(exporting) = model.exporting.remove(&ticket) else { return Vec::new() };
    match result {
        Ok(Exported { path, bytes, lost }) => {
            let mut said = vec![format!("wrote {}, {}", path.display(), plural(bytes as u64, "byte"))];
            said.extend(lost.iter().map(ToString::to_string));
            said.extend(exporting.export.lacks(exporting.kind.format));
            model.say(said.join("; "));
            if std::mem::take(&mut model.quitting) {
                return action::perform(model, Action::Quit);
            }
        }
        Err(error) => {
            model.quitting = false;
            if let Error::Exists { .. } = error {
                let (path, writing) = (exporting.path.clone(), Writing::Export(Box::new(exporting)));
                model.overlays.push(Overlay::Question(Question::Exists { path, writing }));
            } else {
                model.complain(error.to_string());
            }
        }
    }
    Vec::new()
}
