//! Listing the values of a bin.

use super::finish_named;
use crate::app::exporting::{ExportKind, ExportScope};
use crate::app::overlay::{Overlay, Prompt, PromptKind};
use crate::app::regions::page_height;
use crate::app::values::{MAX_VALUES, ValueList, bin_name};
use crate::app::{Effect, Model, PendingExport, PendingWrite, Ticket};
use crate::catalog::Content;
use crate::engine::BinValues;
use crate::export::Format;
use crate::hist::Segment;
use crate::key::{Code, Key};
use std::path::PathBuf;
use std::sync::Arc;

/// Finds the values of the selected bins, or of the bin under the cursor.
pub(super) fn find(model: &mut Model) -> Vec<Effect> {
    let bins = model.selected_bins().or_else(|| model.cursor_bin().map(|bin| (bin, bin)));
    let (Some(current), Some((first, last))) = (&model.current, bins) else { return Vec::new() };
    let is_samples = matches!(current.content, Content::Raw(_)) && current.state.edited.is_none();
    if !is_samples {
        model.notify("only the counts of these bins are stored, not their values");
        return Vec::new();
    }
    let (Some(name), Some(shown)) = (bin_name(model, first, last), model.shown()) else { return Vec::new() };
    let edges = shown.histogram.edges();
    let Some((from, to)) = edges.bin(first).zip(edges.bin(last)) else { return Vec::new() };
    let (bin, closed) = (Segment { lo: from.lo, hi: to.hi }, last + 1 == edges.bins());
    let content = current.content.clone();
    let ticket = model.jobs.ticket();
    model.jobs.values = Some((ticket, name));
    vec![Effect::FindValues { ticket, content, bin, closed, limit: MAX_VALUES }]
}

/// Shows the values that were found.
pub(super) fn found(model: &mut Model, ticket: Ticket, values: BinValues) {
    let Some(name) = finish_named(&mut model.jobs.values, ticket) else { return };
    let Some(Content::Raw(population)) = model.current.as_ref().map(|current| &current.content) else { return };
    if values.total == 0 {
        model.notify(format!("{name} is empty"));
        return;
    }
    let list = ValueList::new(name, values, population.dtype());
    model.overlays.push(Overlay::Values(list));
}

/// Handles a key in the list.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    let page = page_height(model);
    let Some(Overlay::Values(list)) = model.overlays.last_mut() else { return Vec::new() };
    let last = list.lines.len().saturating_sub(page);
    let to = match key.code {
        Code::Up | Code::Char('k') => list.top.saturating_sub(1),
        Code::Down | Code::Char('j') => list.top + 1,
        Code::PageUp => list.top.saturating_sub(page),
        Code::PageDown | Code::Char(' ') => list.top + page,
        Code::Home | Code::Char('g') => 0,
        Code::End | Code::Char('G') => last,
        Code::Char('c') if key.mods.ctrl => {
            model.overlays.pop();
            return Vec::new();
        }
        Code::Char('c') => {
            let (text, n) = (list.text(), list.lines.len() as u64);
            model.notify(format!("copied {}", crate::text::plural(n, "value")));
            return vec![Effect::Copy(text)];
        }
        Code::Char('E') => {
            export(model);
            return Vec::new();
        }
        Code::Esc | Code::Enter | Code::Char('q') => {
            model.overlays.pop();
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    list.top = to.min(last);
    Vec::new()
}

/// Opens the prompt for the name of a CSV file.
fn export(model: &mut Model) {
    let Some(Overlay::Values(list)) = model.overlays.last() else { return };
    let export = Arc::new(list.export(list.bin.clone()));
    let kind = ExportKind { format: Format::Csv, scope: ExportScope::Values };
    let pending = PendingExport { export, kind, path: PathBuf::new(), overwrite: false };
    let prompt = Prompt::new(PromptKind::Export(kind), "");
    model.overlays.push(Overlay::Prompt(Prompt { pending: Some(PendingWrite::Export(Box::new(pending))), ..prompt }));
}
