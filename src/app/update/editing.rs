//! Edits of the current histogram: prompt, preview and application.

use super::{bins, compare, finish};
use crate::action::Action;
use crate::app::editing::{Operation, PendingEdit, Proposal};
use crate::app::input::Input;
use crate::app::overlay::{Overlay, Prompt, PromptKind};
use crate::app::palette::PaletteKind;
use crate::app::parse::two_numbers;
use crate::app::{Effect, Following, Model, Status, StepCursor, Ticket};
use crate::catalog::{EntryId, SeriesId};
use crate::document::{Certainty, Edit, EvaluatedHistogram, State};
use crate::error::Error;
use crate::hist::edit::{Change, Combination, Span};
use crate::hist::{EntryStats, Number, UncertainHistogram};
use crate::text::plural;
use crate::wandb::Repair;
use std::sync::Arc;

/// Starts the edit of an action.
pub(super) fn begin(model: &mut Model, action: Action) -> Vec<Effect> {
    let how = match action {
        Action::EditAdd => Combination::Add,
        Action::EditSubtract => Combination::Subtract,
        Action::EditAverage => Combination::Average,
        Action::EditSumSteps => {
            if ready(model).is_some() {
                prompt_steps(model);
            }
            return Vec::new();
        }
        _ => {
            if let (Some(operation), true) = (Operation::for_action(action), ready(model).is_some()) {
                start(model, operation);
            }
            return Vec::new();
        }
    };
    if ready(model).is_none() {
        return Vec::new();
    }
    if let Some(entry) = compare::operand(model) {
        let name = model.entry_name(entry).to_string();
        return load_operands(model, vec![entry], Purpose::Combine { how, name });
    }
    let kind = PaletteKind::Operand(how);
    model.overlays.push(Overlay::Palette { kind, input: Input::default(), selected: 0 });
    Vec::new()
}

/// Returns the current entry if its histogram can be edited; otherwise notifies the user.
fn ready(model: &mut Model) -> Option<EntryId> {
    let current = model.current.as_ref()?;
    let loading = current.counting || model.jobs.count_or_load().is_some();
    let empty = current.shown.as_ref().map_or(true, |shown| shown.histogram.bins() == 0);
    let entry = current.entry;
    if loading {
        model.notify("still loading; edit the histogram when it is shown");
    } else if empty {
        model.notify("no histogram to edit");
    }
    (!loading && !empty).then_some(entry)
}

/// Returns a histogram with the error bounds of its counts.
fn estimate(shown: &EvaluatedHistogram) -> UncertainHistogram {
    let certain = UncertainHistogram::certain(shown.histogram.clone());
    let max_error = shown.certainty.max_error().map_or_else(|| certain.max_error.clone(), <[f64]>::to_vec);
    UncertainHistogram { max_error, below: shown.below, above: shown.above, ..certain }
}

/// Opens the prompt of an operation, with a preview.
fn start(model: &mut Model, operation: Operation) {
    let (Some(current), Some(shown)) = (&model.current, model.shown()) else { return };
    let cursor = model.cursor_bin().unwrap_or(0);
    let (first, last) = model.selected_bins().unwrap_or((cursor, cursor));
    let base = Arc::new(estimate(shown));
    let editing = PendingEdit { operation, entry: current.entry, base, span: Span { first, last }, proposal: None };
    let text = editing.initial_text();
    let has_argument = editing.operation.has_argument();
    (model.playing, model.following) = (false, Following::Off);
    model.editing = Some(editing);
    match propose(model, &text) {
        // No argument can make the operation possible.
        Err(why) if !has_argument => {
            model.editing = None;
            model.notify(why);
        }
        _ => model.overlays.push(Overlay::Prompt(Prompt::with_proposal(PromptKind::Edit, text))),
    }
}

/// Updates the preview of the pending edit.
///
/// # Errors
/// A sentence that says why the edit is not possible.
pub(super) fn propose(model: &mut Model, text: &str) -> Result<(), String> {
    let (rounding, probabilities) = (model.settings.rounding, model.probabilities());
    let Some(editing) = &mut model.editing else { return Ok(()) };
    editing.proposal = None;
    let change = editing.change(text.trim())?;
    let edited = change.apply(&editing.base, rounding).map_err(|error| error.to_string())?;
    let estimate = edited.histogram;
    let shown = Arc::new(EvaluatedHistogram {
        histogram: estimate.histogram.clone(),
        certainty: Certainty::Edited { max_error: estimate.max_error.clone() },
        below: estimate.below,
        above: estimate.above,
        notice: None,
    });
    let stats = EntryStats::of_histogram(&estimate.histogram, &probabilities);
    editing.proposal = Some(Proposal { shown, estimate, stats, summary: edited.summary });
    Ok(())
}

/// Applies the pending edit.
pub(super) fn apply(model: &mut Model) -> Vec<Effect> {
    let Some(PendingEdit { entry, proposal: Some(proposal), .. }) = model.editing.take() else { return Vec::new() };
    if model.current.as_ref().map(|current| current.entry) != Some(entry) {
        model.report_error("the edit was cancelled: its histogram is no longer on the screen");
        return Vec::new();
    }
    model.chart.selection = None;
    notify_done(model, &proposal.summary);
    bins::edit(model, Edit::State(State::of_edited(proposal.estimate), proposal.summary))
}

/// Applies the repair of a malformed histogram.
pub(super) fn repair(model: &mut Model) -> Vec<Effect> {
    let Some(Repair { histogram, faults }) = model.repair() else { return Vec::new() };
    let faults: Vec<String> = faults.into_iter().map(|fault| fault.what).collect();
    let name = format!("repaired: {}", faults.join(", "));
    notify_done(model, &name);
    bins::edit(model, Edit::State(State::of_edited(UncertainHistogram::certain(histogram)), name))
}

/// Reports an applied edit and the key to undo it.
fn notify_done(model: &mut Model, what: &str) {
    let undo = model.settings.keymap.shown(Action::Undo).into_iter().next();
    model.notify(undo.map_or_else(|| what.to_owned(), |key| format!("{what}; press {key} to undo")));
}

/// Opens the prompt for the steps to sum.
fn prompt_steps(model: &mut Model) {
    let steps = model.current.as_ref().and_then(|current| Some(&model.series(current.entry)?.steps));
    let Some(steps) = steps.filter(|steps| steps.len() > 1) else {
        model.notify("this series has only one step");
        return;
    };
    let last = steps.len() - 1;
    let ends = steps.number(0).zip(steps.number(last)).unwrap_or((0, last as i64));
    let text = format!("{}, {}", ends.0, ends.1);
    model.overlays.push(Overlay::Prompt(Prompt::with_proposal(PromptKind::SumSteps, text)));
}

/// Loads the typed steps in order to sum them.
///
/// # Errors
/// A sentence that describes the expected steps.
pub(super) fn sum_steps(model: &mut Model, text: &str) -> Result<Vec<Effect>, String> {
    let whole = |number: Number| match number {
        Number::Int(i) => i64::try_from(i).ok(),
        Number::Float(_) => None,
    };
    let typed = two_numbers(text).ok().and_then(|range| whole(range.lo).zip(whole(range.hi)));
    let (lo, hi) = typed.ok_or("enter two steps, such as 0, 100")?;
    let Some(entry) = model.current.as_ref().map(|current| current.entry) else { return Ok(Vec::new()) };
    let Some(series) = model.series(entry) else { return Ok(Vec::new()) };
    let number = |index: usize| series.steps.number(index).unwrap_or(index as i64);
    let found = (0..series.steps.len()).filter(|index| (lo..=hi).contains(&number(*index)));
    let entries: Vec<EntryId> = found.map(|index| EntryId { index, ..entry }).collect();
    // The name states the steps that exist, not the typed range.
    let numbers = || entries.iter().map(|entry| number(entry.index));
    let name = match (numbers().min(), numbers().max()) {
        (Some(first), Some(last)) if first < last => {
            format!("{}, {first} to {last}", plural(entries.len() as u64, "step"))
        }
        (Some(only), _) => format!("{}, {only}", plural(entries.len() as u64, "step")),
        _ => return Err(format!("this series has no steps from {lo} to {hi}")),
    };
    Ok(load_operands(model, entries, Purpose::Sum { name }))
}

/// Histograms that are being loaded for an edit.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::app) struct Operands {
    entries: Vec<EntryId>,
    purpose: Purpose,
}

/// The edit that needs other histograms, with a display name for them.
#[derive(Debug, Clone, PartialEq)]
enum Purpose {
    Combine { how: Combination, name: String },
    Sum { name: String },
}

/// Loads the histograms of other entries. Samples are counted in the bins on the screen.
fn load_operands(model: &mut Model, entries: Vec<EntryId>, purpose: Purpose) -> Vec<Effect> {
    let Some(edges) = model.shown().map(|shown| shown.histogram.edges().clone()) else { return Vec::new() };
    let ticket = model.jobs.ticket();
    model.jobs.histograms = Some(ticket);
    model.operands = Some(Operands { entries: entries.clone(), purpose });
    model.notify("loading …");
    vec![Effect::LoadHistograms { ticket, entries, edges, policy: model.policy() }]
}

/// Loads the chosen series as the operand, at the step on the screen or the last one logged before it.
pub(super) fn load_operand(model: &mut Model, how: Combination, id: SeriesId) -> Vec<Effect> {
    let shown = model.current.as_ref().map(|current| current.entry);
    let cursor = shown.and_then(|entry| Some(StepCursor::at(&model.series(entry)?.steps, entry.index)));
    let steps = model.series(id).map(|series| &series.steps);
    let Some(index) = steps.and_then(|steps| cursor?.index_in(steps)) else { return Vec::new() };
    let entry = id.at(index);
    let name = model.entry_name(entry);
    load_operands(model, vec![entry], Purpose::Combine { how, name: name.to_string() })
}

/// Starts the edit that waited for these histograms. Edited entries replace the loaded ones.
pub(super) fn histograms_loaded(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Vec<UncertainHistogram>, Error>,
) -> Vec<Effect> {
    if !finish(&mut model.jobs.histograms, ticket) {
        return Vec::new();
    }
    let Some(Operands { entries, purpose }) = model.operands.take() else { return Vec::new() };
    let mut parts: Vec<Arc<UncertainHistogram>> = match result {
        Ok(parts) => parts.into_iter().map(Arc::new).collect(),
        Err(error) => {
            model.report_error(error.to_string());
            return Vec::new();
        }
    };
    for (part, entry) in parts.iter_mut().zip(&entries) {
        let document = model.documents.get(&entry.series_id());
        if let Some(edited) = document.and_then(|document| document.state(entry.index).edited) {
            *part = edited;
        }
    }
    if !model.overlays.is_empty() || ready(model).is_none() {
        return Vec::new();
    }
    model.status = Status::default();
    let change = match purpose {
        Purpose::Sum { name } => Some(Change::Sum { parts, name }),
        Purpose::Combine { how, name } => parts.pop().map(|other| Change::Combine { how, other, name }),
    };
    if let Some(change) = change {
        start(model, Operation::With(change));
    }
    Vec::new()
}
