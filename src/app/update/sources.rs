//! Sources that are opened, read again, or have grown.

use super::go;
use crate::app::overlay::{Overlay, PromptKind};
use crate::app::{Effect, Model, Status};
use crate::catalog::{Kind, Place, SeriesId, SourceInfo};
use crate::error::Error;
use crate::hist::scale::counted;

/// A source was opened, or could not be.
pub(super) fn opened(model: &mut Model, result: Result<SourceInfo, Error>) -> Vec<Effect> {
    model.opening = model.opening.saturating_sub(1);
    model.jobs.progress = None;
    match result {
        Ok(info) => {
            let source = model.sources.len();
            let problems = info.problems.iter().filter(|problem| !problem.unfinished).count();
            let unfinished = info.problems.len() > problems;
            let (name, empty, growing) = (info.name.clone(), info.series.is_empty(), info.growing);
            model.sources.push(info);
            model.list.rebuild(&model.sources);
            if empty && growing {
                model.say(format!("nothing is logged to {name} yet; it is waited for"));
            } else if empty {
                model.complain(format!("{name} holds no histogram and no numbers"));
            } else if problems > 0 {
                model.complain(format!("{name}: {} while reading, ! shows them", counted(problems as u64, "problem")));
            } else if unfinished {
                model.say(format!("{name}: its last entry is not whole yet, ! shows where"));
            }
            let mut effects = vec![Effect::Recover { source }];
            if model.wanted.is_none() && !empty {
                let id = SeriesId { source, series: 0 };
                model.list.choose(id);
                effects.extend(first(model, id));
            }
            effects
        }
        Err(error) => {
            let why = error.to_string();
            model.complain(why.clone());
            // Who stops it knows why.
            if error != Error::Cancelled {
                model.unopened.push(why);
            }
            Vec::new()
        }
    }
}

/// A source was read again. How its series are looked at is kept, by their keys; nothing else that was known of it
/// holds any more.
pub(super) fn reopened(model: &mut Model, source: usize, result: Result<SourceInfo, Error>) -> Vec<Effect> {
    let info = match result {
        Ok(info) => info,
        Err(error) => {
            model.complain(error.to_string());
            return Vec::new();
        }
    };
    let Some(slot) = model.sources.get_mut(source) else { return Vec::new() };
    let (name, last) = (info.name.clone(), info.series.len().checked_sub(1));
    let before = std::mem::replace(slot, info);
    let now = |series: usize| {
        let old = before.series.get(series)?;
        slot.series.iter().position(|new| new.path == old.path && new.kind == old.kind)
    };
    let mut lost = 0;
    let documents = std::mem::take(&mut model.documents).into_iter();
    model.documents = documents
        .filter_map(|(id, mut document)| {
            if id.source != source {
                return Some((id, document));
            }
            let Some(new) = now(id.series) else {
                lost += document.edited().count();
                return None;
            };
            let (before, after) = (&before.series.get(id.series)?.steps, &slot.series.get(new)?.steps);
            lost += document.reread(|step| match before.number(step) {
                Some(number) => after.find(number),
                None => Some(step).filter(|step| *step < after.len()),
            });
            Some((SeriesId { series: new, ..id }, document))
        })
        .collect();
    let same = model.wanted.filter(|place| place.source == source).and_then(|place| now(place.series));
    model.sparks.retain(|place, _| place.source != source);
    model.saved_as.retain(|place, _| place.source != source);
    // What was edited was another file's: it replaces nothing of this one without being told to.
    model.kept.elsewhere.retain(|place| place.source != source);
    let edited = model
        .documents
        .iter()
        .filter(|(id, _)| id.source == source)
        .flat_map(|(id, document)| document.edited().map(|(step, _)| id.at(step)));
    model.kept.elsewhere.extend(edited);
    model.over.take_if(|over| over.of.source == source);
    model.jobs.sweep.take_if(|(_, of)| of.source == source);
    if model.next.take_if(|(place, _)| place.source == source).is_some() {
        model.jobs.look = None;
    }
    // What was to be edited may be another histogram now.
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::Prompt(prompt) if prompt.kind == PromptKind::Edit));
    model.list.rebuild(&model.sources);
    match lost {
        0 => model.say(format!("read {name} again")),
        lost => model.complain(format!(
            "read {name} again; {} went with what is gone from it",
            counted(lost as u64, "edited histogram")
        )),
    }
    match (model.wanted, last) {
        (Some(place), Some(last)) if place.source == source => {
            let series = same.unwrap_or(place.series.min(last));
            let steps = model.sources[source].series[series].steps.len();
            let step = place.step.min(steps.saturating_sub(1));
            let id = SeriesId { source, series };
            model.list.choose(id);
            go(model, id.at(step))
        }
        (Some(place), None) if place.source == source => {
            (model.open, model.wanted, model.jobs.load) = (None, None, None);
            model.complain(format!("{name} holds no histogram and no numbers any more"));
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Goes to the last step of a series.
pub(super) fn first(model: &mut Model, id: SeriesId) -> Vec<Effect> {
    let steps = model.series(id).map_or(0, |series| series.steps.len());
    go(model, id.at(steps.saturating_sub(1)))
}

/// A source has grown: what is shown stays, the newest step is gone to while following.
pub(super) fn grown(model: &mut Model, source: usize, info: SourceInfo) -> Vec<Effect> {
    let Some(slot) = model.sources.get_mut(source) else { return Vec::new() };
    *slot = info;
    model.list.rebuild(&model.sources);
    match model.wanted {
        Some(place) if model.following && place.source == source => {
            let Some(series) = model.series(place) else { return Vec::new() };
            let (last, kind) = (series.steps.len().saturating_sub(1), series.kind);
            // Samples get more within their one step.
            if last == place.step && kind == Kind::Histogram {
                return Vec::new();
            }
            go(model, Place { step: last, ..place })
        }
        None if !model.sources[source].series.is_empty() => {
            model.status = Status::default();
            first(model, SeriesId { source, series: 0 })
        }
        None if !model.sources[source].growing => {
            model.complain(format!("{} ended without a histogram or numbers", model.sources[source].name));
            Vec::new()
        }
        _ => Vec::new(),
    }
}
