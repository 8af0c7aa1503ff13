//! The bin adviser.

use super::bins::{self, edit};
use crate::app::advice::{Advice, Choice, binned, choices, rules};
use crate::app::overlay::Overlay;
use crate::app::{Effect, Model, Ticket};
use crate::catalog::Content;
use crate::document::{BinSpec, Edit};
use crate::error::Error;
use crate::hist::scale::Scale;
use crate::hist::{Bins, Rule};
use crate::key::{Code, Key};

/// Opens the adviser. Rules for samples are computed one after the other.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let Some(spec) = model.spec().cloned() else {
        model.notify("nothing is open");
        return Vec::new();
    };
    let known = rules().map(|rule| (rule, binned(model, rule))).collect();
    let selected = match &spec.bins {
        Some(Bins::Rule(rule)) => rules().position(|known| known == *rule).map_or(0, |at| at + 1),
        _ => 0,
    };
    model.advice = Some(Advice { ticket: None, spec, rules: known });
    model.overlays.push(Overlay::Adviser { selected });
    request_next(model)
}

/// Requests the first rule that is not known yet.
fn request_next(model: &mut Model) -> Vec<Effect> {
    let Some(content) = model.current.as_ref().map(|current| current.content.clone()) else { return Vec::new() };
    let ticket = model.jobs.ticket();
    let Some(advice) = &mut model.advice else { return Vec::new() };
    let next = advice.rules.iter().find(|(_, known)| known.is_none()).map(|(rule, _)| *rule);
    let (Some(rule), Content::Raw(_)) = (next, &content) else { return Vec::new() };
    advice.ticket = Some(ticket);
    vec![Effect::ApplyRule { ticket, content, rule, span: advice.spec.span() }]
}

/// Receives the number of bins of a rule.
pub(super) fn found(model: &mut Model, ticket: Ticket, rule: Rule, bins: Result<u64, Error>) -> Vec<Effect> {
    let is_open = model.overlays.iter().any(|overlay| matches!(overlay, Overlay::Adviser { .. }));
    let Some(advice) = model.advice.as_mut().filter(|advice| advice.ticket == Some(ticket) && is_open) else {
        return Vec::new();
    };
    advice.ticket = None;
    if let Some((_, known)) = advice.rules.iter_mut().find(|(known, _)| *known == rule) {
        *known = Some(bins.map_err(|error| error.to_string()));
    }
    request_next(model)
}

/// Handles a key in the adviser.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    let all = choices(model);
    let Some(Overlay::Adviser { selected }) = model.overlays.last_mut() else { return Vec::new() };
    let last = all.len().saturating_sub(1);
    *selected = match key.code {
        Code::Up | Code::Char('k') => selected.saturating_sub(1),
        Code::Down | Code::Char('j') => *selected + 1,
        Code::Home => 0,
        Code::End => last,
        Code::Enter => {
            let chosen = all.into_iter().nth(*selected).map(|(choice, ..)| choice);
            let mut effects = close(model);
            effects.extend(chosen.map_or_else(Vec::new, |choice| apply(model, choice)));
            return effects;
        }
        Code::Esc | Code::Char('q' | 'B') => return close(model),
        Code::Char('c') if key.mods.ctrl => return close(model),
        _ => *selected,
    }
    .min(last);
    Vec::new()
}

/// Closes the adviser, and cancels its job.
fn close(model: &mut Model) -> Vec<Effect> {
    model.overlays.pop();
    let ticket = model.advice.take().and_then(|advice| advice.ticket);
    ticket.map(Effect::Cancel).into_iter().collect()
}

fn apply(model: &mut Model, choice: Choice) -> Vec<Effect> {
    match choice {
        Choice::Current => Vec::new(),
        Choice::Rule(rule) => bins::set_rule(model, rule),
        Choice::Grid { bins, range, .. } => {
            model.notify(format!("{bins} bins between the values, over {range}"));
            let spec = BinSpec { bins: Some(Bins::Count(bins)), range: Some(range), spacing: Scale::Linear };
            edit(model, Edit::BinSpec(spec))
        }
    }
}
