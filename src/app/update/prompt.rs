//! Lines that are typed: bins, steps, ranges, quantiles, the filter, names.

use super::{bins, editing, export, range, save, series};
use crate::app::exporting::Exporting;
use crate::app::overlay::{Overlay, Prompt, PromptKind, TRIM, Writing, two_numbers, two_quantiles};
use crate::app::{Effect, Model, SaveTo, Saving, exporting, naming};
use crate::hist::{MAX_BINS, Number, Range};
use crate::key::{Code, Key};

fn top(model: &mut Model) -> Option<&mut Prompt> {
    match model.overlays.last_mut() {
        Some(Overlay::Prompt(prompt)) => Some(prompt),
        _ => None,
    }
}

/// One key while a line is typed.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(kind) = top(model).map(|prompt| prompt.kind) else { return Vec::new() };
    match key.code {
        Code::Esc => {
            model.overlays.pop();
            if kind == PromptKind::Filter {
                model.list.filter.text.clear();
                model.list.rebuild(&model.sources);
            }
            Vec::new()
        }
        Code::Char('c') if key.mods.ctrl => {
            model.overlays.pop();
            Vec::new()
        }
        Code::Enter => accept(model, kind),
        _ if !asks(model, kind) => Vec::new(),
        Code::Tab if kind == PromptKind::Filter => {
            model.list.filter.syntax = model.list.filter.syntax.next();
            changed(model)
        }
        Code::Tab if kind.is_path() => {
            let typed = top(model).map(|prompt| prompt.input.text().to_owned()).unwrap_or_default();
            if typed.is_empty() {
                let proposed = match kind {
                    PromptKind::Export(kind) => exporting::proposed(model, kind),
                    _ => naming::proposed_name(model),
                };
                if let Some(prompt) = top(model) {
                    prompt.input.insert(&proposed);
                }
                return Vec::new();
            }
            vec![Effect::Complete { typed }]
        }
        Code::Up | Code::Down if kind == PromptKind::Filter => {
            series::step(model, if key.code == Code::Up { -1 } else { 1 })
        }
        Code::Up | Code::Down => {
            recall(model, key.code == Code::Up);
            changed(model)
        }
        _ => {
            // An emptied line and one more Backspace: the prompt goes, as a digit's prompt must.
            let empty = top(model).is_some_and(|prompt| prompt.input.text().is_empty());
            if key.code == Code::Backspace && empty {
                model.overlays.pop();
                return Vec::new();
            }
            let took = top(model).is_some_and(|prompt| prompt.input.key(key));
            if took { changed(model) } else { Vec::new() }
        }
    }
}

/// Whether there is anything to be typed: some edits only wait for Enter.
fn asks(model: &Model, kind: PromptKind) -> bool {
    kind != PromptKind::Edit || model.editing.as_ref().is_some_and(|editing| editing.operation.asks())
}

/// A text that is pasted into the line.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let kind = top(model).map(|prompt| prompt.kind);
    if !kind.is_some_and(|kind| asks(model, kind)) {
        return Vec::new();
    }
    if let Some(prompt) = top(model) {
        prompt.input.insert(text.trim());
    }
    changed(model)
}

/// What follows from every change of the line.
pub(super) fn changed(model: &mut Model) -> Vec<Effect> {
    let Some(prompt) = top(model) else { return Vec::new() };
    prompt.error = None;
    prompt.paths.clear();
    let text = prompt.input.text().to_owned();
    match prompt.kind {
        PromptKind::Filter => {
            model.list.filter.text = text;
            model.list.rebuild(&model.sources);
            return series::show_chosen(model);
        }
        // What is not yet all typed is no mistake.
        PromptKind::Edit => drop(editing::propose(model, &text)),
        _ => {}
    }
    Vec::new()
}

/// Up and Down go through what was typed before.
fn recall(model: &mut Model, back: bool) {
    let history = model.history.clone();
    let Some(prompt) = top(model) else { return };
    if prompt.back == 0 {
        prompt.draft = prompt.input.text().to_owned();
    }
    prompt.back = if back { (prompt.back + 1).min(history.len()) } else { prompt.back.saturating_sub(1) };
    let line = history.len().checked_sub(prompt.back).and_then(|at| history.get(at));
    prompt.input = crate::app::input::Input::new(line.unwrap_or(&prompt.draft));
}

/// Enter.
fn accept(model: &mut Model, kind: PromptKind) -> Vec<Effect> {
    let Some(text) = top(model).map(|prompt| prompt.input.text().trim().to_owned()) else { return Vec::new() };
    let done = match kind {
        PromptKind::Filter => Ok(Vec::new()),
        PromptKind::Bins => match text.parse::<usize>() {
            Ok(n) if (1..=MAX_BINS).contains(&n) => Ok(bins::set(model, n)),
            _ => Err(format!("a histogram has 1 to {MAX_BINS} bins")),
        },
        PromptKind::Step => match text.parse::<i64>() {
            Ok(number) => series::to_number(model, number),
            Err(_) => Err("a step number is expected".into()),
        },
        PromptKind::Range => two_numbers(&text).and_then(|range| {
            let (lo, hi) = (range.lo.as_f64(), range.hi.as_f64());
            if lo == hi && lo.is_finite() {
                // As numpy makes room around a single value.
                let [lo, hi] = [lo - 0.5, hi + 0.5].map(Number::Float);
                Ok(range::typed(model, Range { lo, hi }))
            } else if lo < hi && lo.is_finite() && hi.is_finite() {
                Ok(range::typed(model, range))
            } else {
                Err("the second number must be the larger one, and both finite".into())
            }
        }),
        PromptKind::Trim => {
            let text = if text.is_empty() { TRIM } else { &text };
            two_quantiles(text).map(|(lo, hi)| range::trim(model, lo, hi))
        }
        PromptKind::Edit => editing::propose(model, &text).map(|()| editing::make(model)),
        PromptKind::Sum => editing::sum_of(model, &text),
        PromptKind::SaveAs => {
            let path = naming::path_of(model, &text);
            Ok(match top(model).and_then(|prompt| prompt.writing.take()) {
                Some(Writing::Save(saving)) => {
                    let to = SaveTo::File { path, overwrite: false };
                    save::start(model, vec![Saving { to, ..*saving }])
                }
                _ => save::write(model, save::named(model, path)),
            })
        }
        PromptKind::Export(kind) => match top(model).and_then(|prompt| prompt.writing.take()) {
            Some(Writing::Export(exporting)) => {
                let path = exporting::path_of(model, kind, &text);
                Ok(export::start(model, Exporting { path, ..*exporting }))
            }
            _ => export::named(model, kind, &text),
        },
    };
    match done {
        Ok(effects) => {
            // The filter's own line is not the topmost overlay's any more once a series is shown; it is always this one.
            model.overlays.pop();
            if !text.is_empty() && model.history.last() != Some(&text) {
                model.history.push(text);
            }
            effects
        }
        Err(error) => {
            if let Some(prompt) = top(model) {
                prompt.error = Some(error);
            }
            Vec::new()
        }
    }
}

/// Paths that continue what was typed: their common beginning is filled in, several are listed.
pub(super) fn completed(model: &mut Model, typed: &str, paths: Vec<String>) -> Vec<Effect> {
    let Some(prompt) = top(model).filter(|prompt| prompt.input.text() == typed) else { return Vec::new() };
    let Some(first) = paths.first() else {
        prompt.error = Some("no path begins so".into());
        return Vec::new();
    };
    let mut common = first.as_str();
    for path in &paths[1..] {
        let same = common
            .char_indices()
            .zip(path.chars())
            .find(|((_, a), b)| a != b)
            .map_or_else(|| common.len().min(path.len()), |((at, _), _)| at);
        common = &common[..same];
    }
    if common.len() > typed.len() {
        prompt.input = crate::app::input::Input::new(common);
    }
    prompt.paths = if paths.len() > 1 { paths } else { Vec::new() };
    Vec::new()
}
