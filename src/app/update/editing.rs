//! Edits of the histogram on the screen: begun, told what they need, shown, made or left.

use super::{answers, bins};
use crate::action::Action;
use crate::app::editing::{Editing, Operation, Proposal};
use crate::app::input::Input;
use crate::app::overlay::{Offer, Overlay, Prompt, PromptKind, two_numbers};
use crate::app::{Effect, Model, Status, Ticket, grid};
use crate::catalog::{EntryId, SeriesId};
use crate::document::{Certainty, Edit, EvaluatedHistogram, State};
use crate::error::Error;
use crate::hist::edit::{Change, How, Span};
use crate::hist::{Number, Stats, UncertainHistogram};
use crate::text::plural;
use crate::wandb::Repair;
use std::sync::Arc;

/// Begins what an action asks for.
pub(super) fn begin(model: &mut Model, action: Action) -> Vec<Effect> {
    let how = match action {
        Action::EditAdd => How::Add,
        Action::EditSubtract => How::Subtract,
        Action::EditAverage => How::Average,
        Action::EditSum => {
            if ready(model).is_some() {
                sum(model);
            }
            return Vec::new();
        }
        _ => {
            if let (Some(operation), true) = (Operation::of(action), ready(model).is_some()) {
                ask(model, operation);
            }
            return Vec::new();
        }
    };
    if ready(model).is_none() {
        return Vec::new();
    }
    match &model.reference {
        Some(reference) => {
            let (other, name) = (Arc::new(estimate(&reference.shown)), reference.name.clone());
            ask(model, Operation::With(Change::Combine { how, other, name }));
        }
        None => {
            let offer = Offer::Operand(how);
            model.overlays.push(Overlay::Palette { offer, input: Input::default(), selected: 0 });
        }
    }
    Vec::new()
}

/// The place whose histogram can be edited now; says why there is none.
fn ready(model: &mut Model) -> Option<EntryId> {
    let current = model.current.as_ref()?;
    let coming = current.counting || model.jobs.load.or(model.jobs.look).is_some();
    let empty = current.shown.as_ref().map_or(true, |shown| shown.histogram.bins() == 0);
    let entry = current.entry;
    if coming {
        model.say("still reading: edit it when it is there");
    } else if empty {
        model.say("there is no histogram to edit");
    }
    (!coming && !empty).then_some(entry)
}

/// What is shown, with what is known of it.
fn estimate(shown: &EvaluatedHistogram) -> UncertainHistogram {
    let certain = UncertainHistogram::certain(shown.histogram.clone());
    let max_error = shown.certainty.max_error().map_or_else(|| certain.max_error.clone(), <[f64]>::to_vec);
    UncertainHistogram { max_error, below: shown.below, above: shown.above, ..certain }
}

/// Opens the prompt of an operation, with what it would do so far.
fn ask(model: &mut Model, operation: Operation) {
    let (Some(current), Some(shown)) = (&model.current, model.shown()) else { return };
    let cursor = model.cursor_bin().unwrap_or(0);
    let (first, last) = model.selected_bins().unwrap_or((cursor, cursor));
    let base = Arc::new(estimate(shown));
    let editing = Editing { operation, entry: current.entry, base, span: Span { first, last }, proposal: None };
    let text = editing.first_text();
    let asks = editing.operation.asks();
    (model.playing, model.following) = (false, false);
    model.editing = Some(editing);
    match propose(model, &text) {
        // Nothing that is typed could make it possible.
        Err(why) if !asks => {
            model.editing = None;
            model.say(why);
        }
        _ => model.overlays.push(Overlay::Prompt(Prompt::proposing(PromptKind::Edit, text))),
    }
}

/// Shows what an edit would do, if it is told enough.
///
/// # Errors
/// One sentence on why it cannot be done.
pub(super) fn propose(model: &mut Model, text: &str) -> Result<(), String> {
    let rounding = model.settings.rounding;
    let Some(editing) = &mut model.editing else { return Ok(()) };
    editing.proposal = None;
    let change = editing.change(text.trim())?;
    let edited = change.apply(&editing.base, rounding).map_err(|error| error.to_string())?;
    let estimate = edited.estimate;
    let shown = Arc::new(EvaluatedHistogram {
        histogram: estimate.histogram.clone(),
        certainty: Certainty::Edited { max_error: estimate.max_error.clone() },
        below: estimate.below,
        above: estimate.above,
        notice: None,
    });
    let stats = Stats::of_histogram(&estimate.histogram);
    editing.proposal = Some(Proposal { shown, estimate, stats, said: edited.said });
    Ok(())
}

/// Makes the edit that is shown.
pub(super) fn make(model: &mut Model) -> Vec<Effect> {
    let Some(Editing { entry, proposal: Some(proposal), .. }) = model.editing.take() else { return Vec::new() };
    if model.current.as_ref().map(|current| current.entry) != Some(entry) {
        model.complain("what was to be edited is not on the screen any more");
        return Vec::new();
    }
    model.chart.selection = None;
    said(model, &proposal.said);
    bins::edit(model, Edit::State(State::of_edited(proposal.estimate), proposal.said))
}

/// Accepts what a broken histogram would be if it were put right.
pub(super) fn repair(model: &mut Model) -> Vec<Effect> {
    let Some(Repair { histogram, faults }) = model.repair() else { return Vec::new() };
    let faults: Vec<String> = faults.into_iter().map(|fault| fault.what).collect();
    let name = format!("repaired: {}", faults.join(", "));
    said(model, &name);
    bins::edit(model, Edit::State(State::of_edited(UncertainHistogram::certain(histogram)), name))
}

/// Says what was done, and how to undo it.
fn said(model: &mut Model, what: &str) {
    let undo = model.settings.keymap.shown(Action::Undo).into_iter().next();
    model.say(undo.map_or_else(|| what.to_owned(), |key| format!("{what}, {key} undoes it")));
}

/// Asks which steps to add up, if there are several.
fn sum(model: &mut Model) {
    let steps = model.current.as_ref().and_then(|current| Some(&model.series(current.entry)?.steps));
    let Some(steps) = steps.filter(|steps| steps.len() > 1) else {
        model.say("this series has one step: there is nothing to add up");
        return;
    };
    let last = steps.len() - 1;
    let ends = steps.number(0).zip(steps.number(last)).unwrap_or((0, last as i64));
    let text = format!("{}, {}", ends.0, ends.1);
    model.overlays.push(Overlay::Prompt(Prompt::proposing(PromptKind::Sum, text)));
}

/// The steps to add up were typed.
///
/// # Errors
/// One sentence on what is expected.
pub(super) fn sum_of(model: &mut Model, text: &str) -> Result<Vec<Effect>, String> {
    let whole = |number: Number| match number {
        Number::Int(i) => i64::try_from(i).ok(),
        Number::Float(_) => None,
    };
    let typed = two_numbers(text).ok().and_then(|range| whole(range.lo).zip(whole(range.hi)));
    let (lo, hi) = typed.ok_or("two steps are expected, whole numbers such as 0, 100")?;
    let Some(entry) = model.current.as_ref().map(|current| current.entry) else { return Ok(Vec::new()) };
    let Some(series) = model.series(entry) else { return Ok(Vec::new()) };
    let number = |step: usize| series.steps.number(step).unwrap_or(step as i64);
    let steps = (0..series.steps.len()).filter(|step| (lo..=hi).contains(&number(*step)));
    let entries: Vec<EntryId> = steps.map(|step| EntryId { step, ..entry }).collect();
    // Those that are there, whatever was typed around them.
    let numbers = || entries.iter().map(|entry| number(entry.step));
    let name = match (numbers().min(), numbers().max()) {
        (Some(first), Some(last)) if first < last => {
            format!("{}, {first} to {last}", plural(entries.len() as u64, "step"))
        }
        (Some(only), _) => format!("{}, {only}", plural(entries.len() as u64, "step")),
        _ => return Err(format!("there is no step from {lo} to {hi}")),
    };
    Ok(gather(model, entries, Wanted::Sum(name)))
}

/// What other histograms were asked for.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::app) enum Wanted {
    Combine(How, String),
    Sum(String),
}

/// Asks for the histograms of other places, samples in the bins on the screen.
fn gather(model: &mut Model, entries: Vec<EntryId>, wanted: Wanted) -> Vec<Effect> {
    let Some(edges) = model.shown().map(|shown| shown.histogram.edges().clone()) else { return Vec::new() };
    let ticket = model.jobs.ticket();
    model.jobs.gather = Some(ticket);
    model.gathering = Some((entries.clone(), wanted));
    model.say("reading …");
    vec![Effect::LoadHistograms { ticket, entries, edges, policy: model.policy() }]
}

/// Another series was chosen as the operand, at the step on the screen or the last one before it.
pub(super) fn operand(model: &mut Model, how: How, id: SeriesId) -> Vec<Effect> {
    let Some(step) = grid::same_step(model, id) else { return Vec::new() };
    let entry = id.at(step);
    let name = model.entry_name(entry);
    gather(model, vec![entry], Wanted::Combine(how, name))
}

/// The other histograms are there. Those that were edited are taken as they were edited.
pub(super) fn gathered(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Vec<UncertainHistogram>, Error>,
) -> Vec<Effect> {
    if !answers(&mut model.jobs.gather, ticket) {
        return Vec::new();
    }
    let Some((entries, wanted)) = model.gathering.take() else { return Vec::new() };
    let mut parts: Vec<Arc<UncertainHistogram>> = match result {
        Ok(parts) => parts.into_iter().map(Arc::new).collect(),
        Err(error) => {
            model.complain(error.to_string());
            return Vec::new();
        }
    };
    for (part, entry) in parts.iter_mut().zip(&entries) {
        let document = model.documents.get(&entry.series_id());
        if let Some(edited) = document.and_then(|document| document.state(entry.step).edited) {
            *part = edited;
        }
    }
    if !model.overlays.is_empty() || ready(model).is_none() {
        return Vec::new();
    }
    model.status = Status::default();
    let change = match wanted {
        Wanted::Sum(name) => Some(Change::Sum { parts, name }),
        Wanted::Combine(how, name) => parts.pop().map(|other| Change::Combine { how, other, name }),
    };
    if let Some(change) = change {
        ask(model, Operation::With(change));
    }
    Vec::new()
}
