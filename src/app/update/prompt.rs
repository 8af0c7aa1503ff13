//! Prompts: typed bins, steps, ranges, quantiles, edits, filters and file names.

use super::{bins, editing, export, lines, quantiles, range, save, series, series_table, steps};
use crate::app::file_names::{export_path, proposed_export_name, proposed_name, save_path};
use crate::app::input::Input;
use crate::app::overlay::{Overlay, Prompt, PromptKind, QUANTILES, TRIM};
use crate::app::parse::{percentiles, two_numbers, two_quantiles};
use crate::app::{Effect, Model, PendingExport, PendingSave, PendingWrite, SaveTo};
use crate::catalog::EntryId;
use crate::hist::{MAX_BINS, Number, Range, Rule};
use crate::key::{Code, Key};

/// Returns the topmost overlay, if it is a prompt.
fn top(model: &mut Model) -> Option<&mut Prompt> {
    match model.overlays.last_mut() {
        Some(Overlay::Prompt(prompt)) => Some(prompt),
        _ => None,
    }
}

/// Handles a key in the prompt.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(kind) = top(model).map(|prompt| prompt.kind) else { return Vec::new() };
    match key.code {
        Code::Esc => {
            model.overlays.pop();
            if kind == PromptKind::Filter {
                model.list.filter.text.clear();
                model.list.refilter();
            }
            Vec::new()
        }
        Code::Char('c') if key.mods.ctrl => {
            model.overlays.pop();
            Vec::new()
        }
        Code::Enter => accept(model, kind),
        _ if !accepts_text(model, kind) => Vec::new(),
        Code::Tab if kind == PromptKind::Filter => {
            model.list.filter.syntax = model.list.filter.syntax.next();
            changed(model)
        }
        Code::Tab if kind.is_path() => {
            let typed = top(model).map(|prompt| prompt.input.text().to_owned()).unwrap_or_default();
            if typed.is_empty() {
                let proposed = match kind {
                    PromptKind::Export(kind) => proposed_export_name(model, kind),
                    _ => proposed_name(model, prompted_entry(model)),
                };
                if let Some(prompt) = top(model) {
                    prompt.input.insert(&proposed);
                }
                return Vec::new();
            }
            vec![Effect::Complete { typed }]
        }
        Code::Up | Code::Down if kind == PromptKind::Filter && model.series_table.is_open => {
            series_table::move_by(model, if key.code == Code::Up { -1 } else { 1 });
            Vec::new()
        }
        Code::Up | Code::Down if kind == PromptKind::Filter => {
            series::move_by(model, if key.code == Code::Up { -1 } else { 1 })
        }
        Code::Up | Code::Down => {
            recall(model, key.code == Code::Up);
            changed(model)
        }
        _ => {
            // Backspace in an empty line closes the prompt, which a digit typed by mistake may have opened.
            let empty = top(model).is_some_and(|prompt| prompt.input.text().is_empty());
            if key.code == Code::Backspace && empty {
                model.overlays.pop();
                return Vec::new();
            }
            let handled = top(model).is_some_and(|prompt| prompt.input.key(key));
            if handled { changed(model) } else { Vec::new() }
        }
    }
}

/// Returns the entry whose file name is being typed.
fn prompted_entry(model: &Model) -> Option<EntryId> {
    match model.overlays.last() {
        Some(Overlay::Prompt(prompt)) => model.entry_to_save(prompt),
        _ => None,
    }
}

/// Returns false for edits without an argument, whose prompt only waits for Enter.
fn accepts_text(model: &Model, kind: PromptKind) -> bool {
    kind != PromptKind::Edit || model.editing.as_ref().is_some_and(|editing| editing.operation.has_argument())
}

/// Pastes text into the prompt.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let kind = top(model).map(|prompt| prompt.kind);
    if !kind.is_some_and(|kind| accepts_text(model, kind)) {
        return Vec::new();
    }
    if let Some(prompt) = top(model) {
        prompt.input.insert(text.trim());
    }
    changed(model)
}

/// Applies a change of the typed text to the filter or the preview.
pub(super) fn changed(model: &mut Model) -> Vec<Effect> {
    let Some(prompt) = top(model) else { return Vec::new() };
    prompt.error = None;
    prompt.paths.clear();
    let text = prompt.input.text().to_owned();
    match prompt.kind {
        PromptKind::Filter => {
            model.list.filter.text = text;
            model.list.refilter();
            return series::show_selected(model);
        }
        // Errors are shown after Enter. Until then the argument may be incomplete.
        PromptKind::Edit => drop(editing::propose(model, &text)),
        _ => {}
    }
    Vec::new()
}

/// Shows an older or a newer line of the prompt history.
fn recall(model: &mut Model, older: bool) {
    let history = model.prompt_history.clone();
    let Some(prompt) = top(model) else { return };
    if prompt.history_back == 0 {
        prompt.draft = prompt.input.text().to_owned();
    }
    let back = prompt.history_back;
    prompt.history_back = if older { (back + 1).min(history.len()) } else { back.saturating_sub(1) };
    let line = history.len().checked_sub(prompt.history_back).and_then(|at| history.get(at));
    prompt.input = Input::new(line.unwrap_or(&prompt.draft));
}

/// Answers a prompt that was opened with its text. An error stays on the screen, next to the text.
pub(super) fn answer(model: &mut Model, kind: PromptKind) -> Vec<Effect> {
    let mut effects = changed(model);
    effects.extend(accept(model, kind));
    effects
}

/// Handles Enter.
fn accept(model: &mut Model, kind: PromptKind) -> Vec<Effect> {
    let Some(text) = top(model).map(|prompt| prompt.input.text().trim().to_owned()) else { return Vec::new() };
    let done = match kind {
        PromptKind::Filter => Ok(Vec::new()),
        PromptKind::Bins => match text.parse::<usize>() {
            Ok(n) if (1..=MAX_BINS).contains(&n) => Ok(bins::set(model, n)),
            Ok(_) => Err(format!("enter a number from 1 to {MAX_BINS}")),
            Err(_) => match Rule::parse(&text) {
                Ok(rule) => Ok(bins::set_rule(model, rule)),
                Err(_) => Err(format!("enter a number from 1 to {MAX_BINS}, or a rule such as fd")),
            },
        },
        PromptKind::Step => match text.parse::<i64>() {
            Ok(number) => steps::go_to_number(model, number),
            Err(_) => Err("enter a step, such as 100".into()),
        },
        PromptKind::Range => two_numbers(&text).and_then(|range| {
            let (lo, hi) = (range.lo.as_f64(), range.hi.as_f64());
            if lo == hi && lo.is_finite() {
                // numpy widens an empty range by 0.5 on each side.
                let [lo, hi] = [lo - 0.5, hi + 0.5].map(Number::Float);
                Ok(range::set_typed(model, Range { lo, hi }))
            } else if lo < hi && lo.is_finite() && hi.is_finite() {
                Ok(range::set_typed(model, range))
            } else {
                Err("both numbers must be finite, and the second must be the larger one".into())
            }
        }),
        PromptKind::Trim => {
            let text = if text.is_empty() { TRIM } else { &text };
            two_quantiles(text).map(|(lo, hi)| range::trim(model, lo, hi))
        }
        PromptKind::Quantiles => {
            let text = if text.is_empty() { QUANTILES } else { &text };
            percentiles(text).map(|probabilities| quantiles::show(model, &probabilities))
        }
        PromptKind::Edit => editing::propose(model, &text).map(|()| editing::apply(model)),
        PromptKind::SumSteps => editing::sum_steps(model, &text),
        PromptKind::Statistic => lines::choose_statistic(model, &text),
        PromptKind::Scalar => lines::choose_scalar(model, &text),
        PromptKind::SaveAs => {
            let path = save_path(model, prompted_entry(model), &text);
            Ok(match top(model).and_then(|prompt| prompt.pending.take()) {
                Some(PendingWrite::Save(save)) => {
                    let to = SaveTo::NewFile { path, overwrite: false };
                    save::start(model, vec![PendingSave { to, ..*save }])
                }
                _ => save::write(model, save::target_for(model, path)),
            })
        }
        PromptKind::Export(kind) => match top(model).and_then(|prompt| prompt.pending.take()) {
            Some(PendingWrite::Export(export)) => {
                let path = export_path(model, kind, &text);
                Ok(export::start(model, PendingExport { path, ..*export }))
            }
            _ => export::export_to(model, kind, &text),
        },
    };
    match done {
        Ok(effects) => {
            model.overlays.pop();
            if !text.is_empty() && model.prompt_history.last() != Some(&text) {
                model.prompt_history.push(text);
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

/// Completes the typed path to the common prefix of the matching paths, and lists them if there are several.
pub(super) fn completed(model: &mut Model, typed: &str, paths: Vec<String>) -> Vec<Effect> {
    let Some(prompt) = top(model).filter(|prompt| prompt.input.text() == typed) else { return Vec::new() };
    let Some(first) = paths.first() else {
        prompt.error = Some("no matching path".into());
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
        prompt.input = Input::new(common);
    }
    prompt.paths = if paths.len() > 1 { paths } else { Vec::new() };
    Vec::new()
}
