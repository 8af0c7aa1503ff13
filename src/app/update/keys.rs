//! Keys: the topmost overlay takes them, then a sequence that has begun, then the key map.

use super::action::perform;
use super::export;
use super::prompt;
use super::{editing, history, journal, save, save_all};
use crate::action::Action;
use crate::app::exporting::Exporting;
use crate::app::overlay::{Chosen, Offer, Overlay, Page, Prompt, PromptKind, Question, Writing, offered};
use crate::app::regions::page_height;
use crate::app::{Effect, Model, Saving, Status, help};
use crate::key::{Code, Key};
use crate::settings::Match;

/// One key.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    match model.overlays.last() {
        Some(Overlay::Prompt(_)) => prompt::key(model, key),
        Some(Overlay::Palette { .. }) => palette_key(model, key),
        Some(Overlay::Export { .. }) => export::key(model, key),
        Some(Overlay::Page { .. }) => page_key(model, key),
        Some(Overlay::History { .. }) => history::key(model, key),
        Some(Overlay::Question(question)) => {
            let question = question.clone();
            question_key(model, &question, key)
        }
        None => map_key(model, key),
    }
}

/// A paste goes where text is typed, and nowhere else.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    match model.overlays.last_mut() {
        Some(Overlay::Prompt(_)) => prompt::paste(model, text),
        Some(Overlay::Palette { input, selected, .. }) => {
            input.insert(text.trim());
            *selected = 0;
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn map_key(model: &mut Model, key: Key) -> Vec<Effect> {
    if let (true, Some(digit @ '0'..='9')) = (model.keys.is_empty(), key.typed()) {
        model.status = Status::default();
        model.overlays.push(Overlay::Prompt(Prompt::new(PromptKind::Bins, digit)));
        return Vec::new();
    }
    model.keys.push(key);
    match model.settings.keymap.look_up(&model.keys) {
        Match::Prefix => Vec::new(),
        Match::Action(action) => {
            model.keys.clear();
            perform(model, action)
        }
        Match::Nothing => {
            let began = model.keys.len() > 1;
            let shown: Vec<String> = std::mem::take(&mut model.keys).iter().map(Key::to_string).collect();
            // Esc drops a sequence that has begun; any other key that means nothing says where the keys are told.
            if !(began && key == Key::plain(Code::Esc)) {
                model.say(format!("{} means nothing here, ? shows the keys", shown.join(" ")));
            }
            Vec::new()
        }
    }
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
            return save_all::begin(model, true);
        }
        (Question::RecoverableSession { source }, Some('r' | 'y')) => {
            close(model);
            return journal::restore(model, *source);
        }
        (Question::RecoverableSession { source }, Some('D')) => {
            close(model);
            return journal::discard(model, *source);
        }
        (Question::Exists { writing: Writing::Export(exporting), .. }, Some('o' | 'y')) => {
            close(model);
            return export::start(model, Exporting { overwrite: true, ..Exporting::clone(exporting) });
        }
        (Question::Exists { writing: Writing::Export(exporting), .. }, Some('S' | 'a')) => {
            close(model);
            let writing = Some(Writing::Export(exporting.clone()));
            let prompt = Prompt { writing, ..Prompt::new(PromptKind::Export(exporting.kind), "") };
            model.overlays.push(Overlay::Prompt(prompt));
        }
        (Question::Exists { path, writing: Writing::Save(saving) }, Some('o' | 'y')) => {
            close(model);
            return save::over(model, path.clone(), Saving::clone(saving));
        }
        (Question::Changed { over: Some(path), savings, .. }, Some('o' | 'y')) => {
            close(model);
            return savings.iter().flat_map(|saving| save::over(model, path.clone(), saving.clone())).collect();
        }
        (Question::TrimPolicy(savings), Some('y')) => {
            close(model);
            return save::start_all(model, savings.clone());
        }
        (Question::StaleEdit(to), Some('o' | 'y')) => {
            close(model);
            return save::into(model, to.clone());
        }
        (Question::Reduce(to), Some('s' | 'y')) => {
            close(model);
            return save::write(model, to.clone());
        }
        (Question::Reduce(_) | Question::StaleEdit(_), Some('S' | 'a')) => {
            close(model);
            return save::save_as(model);
        }
        (Question::Exists { writing: Writing::Save(saving), .. }, Some('S' | 'a')) => {
            close(model);
            save::ask_name_for(model, Saving::clone(saving));
        }
        (Question::Changed { savings, .. } | Question::TrimPolicy(savings), Some('S' | 'a')) => {
            if let [saving] = &savings[..] {
                close(model);
                save::ask_name_for(model, saving.clone());
            }
        }
        (Question::Changed { savings, .. }, Some('r')) => {
            close(model);
            return savings.first().map(|saving| Effect::Reopen { source: saving.entry.source }).into_iter().collect();
        }
        (_, Some('n')) => close(model),
        // Nobody has asked for this question, so it does not hold up who wants to go.
        (Question::RecoverableSession { .. }, _) if quits => {
            close(model);
            return perform(model, Action::Quit);
        }
        _ if bound == Match::Action(Action::Help) => return perform(model, Action::Help),
        _ => {}
    }
    Vec::new()
}

pub(super) fn page_key(model: &mut Model, key: Key) -> Vec<Effect> {
    let page = page_height(model);
    let Some(Overlay::Page { page: shown, .. }) = model.overlays.last() else { return Vec::new() };
    if (*shown, key.code) == (Page::Repair, Code::Enter) {
        model.overlays.pop();
        return editing::repair(model);
    }
    let last = help::lines(*shown, model).len().saturating_sub(page);
    let Some(Overlay::Page { top, .. }) = model.overlays.last_mut() else { return Vec::new() };
    let to = match key.code {
        Code::Up | Code::Char('k') => top.saturating_sub(1),
        Code::Down | Code::Char('j') => *top + 1,
        Code::PageUp => top.saturating_sub(page),
        Code::PageDown | Code::Char(' ') => *top + page,
        Code::Home | Code::Char('g') => 0,
        Code::End | Code::Char('G') => last,
        _ => {
            model.overlays.pop();
            return Vec::new();
        }
    };
    *top = to.min(last);
    Vec::new()
}

fn palette_key(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(Overlay::Palette { offer, input, .. }) = model.overlays.last() else { return Vec::new() };
    let (offer, found) = (*offer, offered(model, *offer, input.text()));
    let Some(Overlay::Palette { input, selected, .. }) = model.overlays.last_mut() else { return Vec::new() };
    match key.code {
        Code::Esc => {
            model.overlays.pop();
        }
        Code::Up => *selected = selected.saturating_sub(1),
        Code::Down => *selected = (*selected + 1).min(found.len().saturating_sub(1)),
        Code::Enter => {
            let chosen = found.get(*selected).map(|offered| offered.what);
            model.overlays.pop();
            return match (chosen, offer) {
                (Some(Chosen::Action(action)), _) => perform(model, action),
                (Some(Chosen::Series(id)), Offer::Operand(how)) => editing::operand(model, how, id),
                _ => Vec::new(),
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
