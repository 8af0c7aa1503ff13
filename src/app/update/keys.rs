//! Keys. They go to the topmost overlay; without overlays, to the key map.

use super::action::perform;
use super::{advice, editing, export, findings, history, journal, prompt, quit, save, save_all, series_table, values};
use crate::action::Action;
use crate::app::help_search::{help_entries, help_lines};
use crate::app::menu::menu;
use crate::app::overlay::{Overlay, Page, Prompt, PromptKind};
use crate::app::palette::{Command, PaletteChoice, PaletteKind, palette_items};
use crate::app::regions::page_height;
use crate::app::{Effect, Model, PendingExport, PendingSave, PendingWrite, Question, Status, help};
use crate::key::{Code, Key};
use crate::settings::Match;

/// Handles a key.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    match model.overlays.last() {
        Some(Overlay::Prompt(_)) => prompt::key(model, key),
        Some(Overlay::Palette { .. }) => palette_key(model, key),
        Some(Overlay::Export { .. }) => export::key(model, key),
        Some(Overlay::Help { .. }) => help_key(model, key),
        Some(Overlay::Page { .. }) => page_key(model, key),
        Some(Overlay::History { .. }) => history::key(model, key),
        Some(Overlay::Findings { .. }) => findings::key(model, key),
        Some(Overlay::Adviser { .. }) => advice::key(model, key),
        Some(Overlay::Values(_)) => values::key(model, key),
        Some(Overlay::Question(question)) => {
            let question = question.clone();
            question_key(model, &question, key)
        }
        None if model.series_table.is_open => series_table::key(model, key),
        None => map_key(model, key),
    }
}

/// Handles a paste. Only text inputs accept it.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    match model.overlays.last_mut() {
        Some(Overlay::Prompt(_)) => prompt::paste(model, text),
        Some(Overlay::Palette { input, selected, .. } | Overlay::Help { input, selected }) => {
            input.insert(text.trim());
            *selected = 0;
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn map_key(model: &mut Model, key: Key) -> Vec<Effect> {
    if let (true, Some(digit @ '0'..='9')) = (model.pending_keys.is_empty(), key.typed()) {
        model.status = Status::default();
        model.overlays.push(Overlay::Prompt(Prompt::new(PromptKind::Bins, digit)));
        return Vec::new();
    }
    if let Some(effects) = menu_key(model, key) {
        return effects;
    }
    if model.pending_keys.is_empty() {
        model.menu_selected = 0;
    }
    model.pending_keys.push(key);
    match model.settings.keymap.look_up(&model.pending_keys) {
        Match::Prefix => Vec::new(),
        Match::Action(action) => {
            model.pending_keys.clear();
            perform(model, action)
        }
        Match::Nothing => {
            let in_sequence = model.pending_keys.len() > 1;
            let keys: Vec<String> = std::mem::take(&mut model.pending_keys).iter().map(Key::to_string).collect();
            // Esc cancels an unfinished sequence without a notice.
            if !(in_sequence && key == Key::plain(Code::Esc)) {
                model.notify(format!("{} is not bound; press ? for help", keys.join(" ")));
            }
            Vec::new()
        }
    }
}

/// Handles the arrows and Enter in the menu of a sequence, unless they continue the sequence.
fn menu_key(model: &mut Model, key: Key) -> Option<Vec<Effect>> {
    let menu = menu(model)?;
    let typed: Vec<Key> = model.pending_keys.iter().copied().chain([key]).collect();
    if model.settings.keymap.look_up(&typed) != Match::Nothing {
        return None;
    }
    let (last, rows) = (menu.entries.len().saturating_sub(1), usize::from(menu.rows));
    let at = model.menu_selected;
    model.menu_selected = match key.code {
        Code::Up => at.saturating_sub(1),
        Code::Down => at + 1,
        Code::Left => at.checked_sub(rows).unwrap_or(at),
        Code::Right if at + rows <= last => at + rows,
        Code::Right => at,
        Code::Home => 0,
        Code::End => last,
        Code::Enter => {
            model.pending_keys.clear();
            return Some(menu.entry(at).map_or_else(Vec::new, |action| perform(model, action)));
        }
        _ => return None,
    }
    .min(last);
    Some(Vec::new())
}

/// Handles a key in the help: it moves the selection, runs the selected line, or narrows the list.
pub(super) fn help_key(model: &mut Model, key: Key) -> Vec<Effect> {
    let page = page_height(model);
    let Some(Overlay::Help { input, .. }) = model.overlays.last() else { return Vec::new() };
    let lines = help_lines(model, input.text());
    let entries: Vec<Option<Action>> = help_entries(&lines).map(|(_, entry)| entry.action).collect();
    let opens = key.typed().is_some() && model.settings.keymap.look_up(&[key]) == Match::Action(Action::Help);
    let last = entries.len().saturating_sub(1);
    let Some(Overlay::Help { input, selected }) = model.overlays.last_mut() else { return Vec::new() };
    *selected = match key.code {
        Code::Esc => {
            model.overlays.pop();
            return Vec::new();
        }
        Code::Char('c') if key.mods.ctrl => {
            model.overlays.pop();
            return Vec::new();
        }
        // The key that opens the help also closes it.
        _ if opens && input.text().is_empty() => {
            model.overlays.pop();
            return Vec::new();
        }
        Code::Enter => {
            let Some(Some(action)) = entries.get(*selected).copied() else { return Vec::new() };
            model.overlays.clear();
            return perform(model, action);
        }
        Code::Up => selected.saturating_sub(1),
        Code::Down => *selected + 1,
        Code::PageUp => selected.saturating_sub(page),
        Code::PageDown => *selected + page,
        Code::Home => 0,
        Code::End => last,
        _ if input.key(key) => 0,
        _ => *selected,
    }
    .min(last);
    Vec::new()
}

fn question_key(model: &mut Model, question: &Question, key: Key) -> Vec<Effect> {
    let bound = model.settings.keymap.look_up(&[key]);
    let quits = bound == Match::Action(Action::Quit);
    let answer = key.typed();
    let close = |model: &mut Model| {
        model.overlays.pop();
    };
    match (question, answer) {
        _ if key.code == Code::Esc => close(model),
        (Question::Quit, _) if quits => return vec![Effect::Quit],
        (Question::Quit, Some('s')) => {
            close(model);
            return save_all::start(model, true);
        }
        (Question::RecoverableSession { source }, Some('r' | 'y')) => {
            close(model);
            return journal::restore(model, *source);
        }
        (Question::RecoverableSession { source }, Some('D')) => {
            close(model);
            return journal::discard(model, *source);
        }
        (Question::Exists { pending: PendingWrite::Export(pending), .. }, Some('o' | 'y')) => {
            close(model);
            return export::start(model, PendingExport { overwrite: true, ..PendingExport::clone(pending) });
        }
        (Question::Exists { pending: PendingWrite::Export(export), .. }, Some('S' | 'a')) => {
            close(model);
            let pending = Some(PendingWrite::Export(export.clone()));
            let prompt = Prompt { pending, ..Prompt::new(PromptKind::Export(export.kind), "") };
            model.overlays.push(Overlay::Prompt(prompt));
        }
        (Question::Exists { path, pending: PendingWrite::Save(save) }, Some('o' | 'y')) => {
            close(model);
            return save::overwrite(model, path.clone(), PendingSave::clone(save));
        }
        (Question::Changed { overwrite: Some(path), pending, .. }, Some('o' | 'y')) => {
            close(model);
            return pending.iter().flat_map(|save| save::overwrite(model, path.clone(), save.clone())).collect();
        }
        (Question::OutOfRange(pending), Some('y')) => {
            close(model);
            return save::start_all(model, pending.clone());
        }
        (Question::StaleEdit(to), Some('o' | 'y')) => {
            close(model);
            return save::save_to(model, to.clone());
        }
        (Question::Reduce(to), Some('s' | 'y')) => {
            close(model);
            return save::write(model, to.clone());
        }
        (Question::Reduce(_) | Question::StaleEdit(_), Some('S' | 'a')) => {
            close(model);
            return save::save_as(model);
        }
        (Question::Exists { pending: PendingWrite::Save(save), .. }, Some('S' | 'a')) => {
            close(model);
            save::prompt_name_for(model, PendingSave::clone(save));
        }
        (Question::Changed { pending, .. } | Question::OutOfRange(pending), Some('S' | 'a')) => {
            if let [save] = &pending[..] {
                close(model);
                save::prompt_name_for(model, save.clone());
            }
        }
        (Question::Changed { pending, .. }, Some('r')) => {
            close(model);
            return pending.first().map(|save| Effect::Reopen { source: save.entry.source }).into_iter().collect();
        }
        (_, Some('n')) => close(model),
        // This question opens unprompted, so it must not keep the user from quitting.
        (Question::RecoverableSession { .. }, _) if quits => {
            close(model);
            return quit::request(model);
        }
        _ if bound == Match::Action(Action::Help) => return perform(model, Action::Help),
        _ => {}
    }
    Vec::new()
}

pub(super) fn page_key(model: &mut Model, key: Key) -> Vec<Effect> {
    let page = page_height(model);
    let Some(Overlay::Page { page: shown, .. }) = model.overlays.last() else { return Vec::new() };
    let shown = *shown;
    if (shown, key.code) == (Page::Repair, Code::Enter) {
        model.overlays.pop();
        return editing::repair(model);
    }
    let last = help::lines(shown, model).len().saturating_sub(page);
    let Some(Overlay::Page { top, .. }) = model.overlays.last_mut() else { return Vec::new() };
    let to = match key.code {
        Code::Up | Code::Char('k') => top.saturating_sub(1),
        Code::Down | Code::Char('j') => *top + 1,
        Code::PageUp => top.saturating_sub(page),
        Code::PageDown | Code::Char(' ') => *top + page,
        Code::Home | Code::Char('g') => 0,
        Code::End | Code::Char('G') => last,
        Code::Esc | Code::Enter | Code::Char('q') => {
            model.overlays.pop();
            return Vec::new();
        }
        Code::Char('c') if key.mods.ctrl => {
            model.overlays.pop();
            return Vec::new();
        }
        // Other keys are ignored, so that none of them reaches the program by mistake. The key of the page closes it.
        _ => {
            let own = match shown {
                Page::Settings => Action::Settings,
                Page::Messages => Action::Messages,
                Page::Source => Action::Source,
                Page::Repair => Action::Repair,
            };
            if model.settings.keymap.look_up(&[key]) == Match::Action(own) {
                model.overlays.pop();
            }
            return Vec::new();
        }
    };
    *top = to.min(last);
    Vec::new()
}

fn palette_key(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(Overlay::Palette { kind, input, .. }) = model.overlays.last() else { return Vec::new() };
    let (kind, found) = (*kind, palette_items(model, *kind, input.text()));
    let Some(Overlay::Palette { input, selected, .. }) = model.overlays.last_mut() else { return Vec::new() };
    match key.code {
        Code::Esc => {
            model.overlays.pop();
        }
        Code::Up => *selected = selected.saturating_sub(1),
        Code::Down => *selected = (*selected + 1).min(found.len().saturating_sub(1)),
        Code::Enter => {
            // Nothing matches: keep the text, so that it can be corrected.
            let Some(choice) = found.into_iter().nth(*selected).map(|item| item.choice) else { return Vec::new() };
            model.overlays.pop();
            return match (choice, kind) {
                (PaletteChoice::Command(command), _) => run(model, command),
                (PaletteChoice::Series(id), PaletteKind::Operand(how)) => editing::load_operand(model, how, id),
                (PaletteChoice::Series(_), PaletteKind::Commands) => Vec::new(),
            };
        }
        _ => {
            if input.key(key) {
                *selected = 0;
            }
        }
    }
    Vec::new()
}

/// Runs a command of the palette.
fn run(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::Action(action) => perform(model, action),
        Command::Prompt(kind, text) => {
            model.status = Status::default();
            model.overlays.push(Overlay::Prompt(Prompt::new(kind, text)));
            prompt::answer(model, kind)
        }
        Command::SaveAndQuit => save_all::start(model, true),
        Command::QuitWithoutSaving => vec![Effect::Quit],
    }
}
