//! The last lines: sliders, and below them the hints, the status, the progress or a prompt.

use super::message::{self, Message};
use super::{put, put_right, style};
use crate::action::Action;
use crate::app::editing::PendingEdit;
use crate::app::file_names::{export_path, proposed_export_name, proposed_name, save_path};
use crate::app::hints::hints;
use crate::app::menu::menu;
use crate::app::overlay::{Overlay, Prompt, PromptKind, QUANTILES, TRIM};
use crate::app::plot::{bin_slider, glyphs, step_slider};
use crate::app::regions::Regions;
use crate::app::{JobProgress, Model};
use crate::hist::MAX_BINS;
use crate::settings::Role;
use crate::text;
use crate::text::{format_count, format_short, plural};
use crate::widget::{Slider, SliderStyles};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::widgets::Widget;

/// Draws the sliders of bins and steps.
pub(super) fn sliders(model: &Model, regions: &Regions, buf: &mut Buffer) {
    let styles = SliderStyles {
        label: style(model, Role::Dim),
        track: style(model, Role::Border),
        knob: style(model, Role::Cursor),
    };
    let mut draw = |slider: Slider, area: Rect| (&Slider { styles, ..slider }).render(area, buf);
    if !regions.slider.is_empty() {
        draw(bin_slider(model), regions.slider);
    }
    if let Some((area, slider)) = regions.steps.zip(step_slider(model)) {
        draw(slider, area);
    }
}

/// Draws the last line. Returns the position of the terminal's cursor if text is being typed.
pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    if let Some(Overlay::Prompt(prompt)) = model.overlays.last() {
        return Some(typing(model, prompt, area, buf));
    }
    if let Some(Overlay::Question(question)) = model.overlays.last() {
        let (words, answers) = question.text(model);
        message::draw(model, *buf.area(), &Message { text: &words, role: Role::Error, answers }, buf);
        return None;
    }
    // A status message is more important than the progress of statistics.
    let quiet =
        |progress: &JobProgress| Some(progress.ticket) == model.jobs.statistics && !model.status.text.is_empty();
    if let Some(progress) = model.progress().filter(|progress| !quiet(progress)) {
        running(model, progress, area, buf);
        return None;
    }
    if !model.pending_keys.is_empty() {
        let keys: Vec<String> = model.pending_keys.iter().map(ToString::to_string).collect();
        let x = put(buf, area, area.x + 1, area.y, &format!("{} …", keys.join(" ")), style(model, Role::Dim));
        let menu = menu(model).filter(|menu| !menu.described);
        if let Some(action) = menu.and_then(|menu| menu.entry(model.menu_selected)) {
            put(buf, area, x + 2, area.y, action.help(), style(model, Role::Text));
        }
        return None;
    }
    if !model.status.text.is_empty() {
        status(model, area, buf);
        return None;
    }
    for hint in hints(model, area.width) {
        let x = put(buf, area, area.x + hint.x, area.y, &hint.keys, style(model, Role::Text));
        put(buf, area, x + 1, area.y, hint.text, style(model, Role::Dim));
    }
    None
}

/// Draws the status in one line, so that the sliders stay visible. A longer one ends with the key that shows all of it.
fn status(model: &Model, area: Rect, buf: &mut Buffer) {
    let role = if model.status.error { Role::Error } else { Role::Text };
    let words = text::visible(&model.status.text);
    let room = usize::from(area.width.saturating_sub(2));
    if text::width(&words) <= room {
        put(buf, area, area.x + 1, area.y, &words, style(model, role));
        return;
    }
    let key = model.settings.keymap.shown(Action::Messages).into_iter().next();
    let verb = if area.width >= 60 { " shows" } else { ":" };
    let more = key.map(|key| format!("{key}{verb} all ")).unwrap_or_default();
    // The start says what happened, the end what to do.
    let words = text::clip_middle(&words, room.saturating_sub(text::width(&more)));
    put(buf, area, area.x + 1, area.y, &words, style(model, role));
    put_right(buf, area, area.y, &more, style(model, Role::Dim));
}

/// Draws a prompt: its label, the typed text, and an explanation or an error. Returns the position of the cursor.
fn typing(model: &Model, prompt: &Prompt, area: Rect, buf: &mut Buffer) -> (u16, u16) {
    let editing = model.editing.as_ref().filter(|_| prompt.kind == PromptKind::Edit);
    let label = editing.map_or_else(|| prompt.kind.label(model.list.filter.syntax), PendingEdit::label);
    // A long label leaves half of the line to the typed text.
    let label = text::clip(&label, usize::from(area.width) / 2);
    let x = put(buf, area, area.x + 1, area.y, &label, style(model, Role::Focus)) + 1;
    let (before, after) = prompt.input.split();
    let (before, after) = (text::visible(before), text::visible(after));
    // Scroll long text so that the cursor is visible.
    let room = usize::from(area.right().saturating_sub(x + 1));
    let mut look = style(model, Role::Text);
    if prompt.input.is_proposed() {
        look = look.add_modifier(Modifier::REVERSED);
    }
    let cursor = put(buf, area, x, area.y, text::tail(&before, room), look);
    let mut end = put(buf, area, cursor, area.y, &after, look);
    let empty = before.is_empty() && after.is_empty();
    let (proposal, explanation) = proposal(model, prompt);
    if empty && !proposal.is_empty() {
        end = put(buf, area, end, area.y, &proposal, style(model, Role::Dim));
    }
    let (words, role) = match &prompt.error {
        Some(error) => (error.clone(), Role::Error),
        None => (explanation, Role::Dim),
    };
    let fits = usize::from(area.right().saturating_sub(end + 3)) >= text::width(&words);
    // Lists may be clipped at the end, sentences may not.
    let list = prompt.kind == PromptKind::Filter || !prompt.paths.is_empty();
    if fits || (list && prompt.error.is_none()) {
        put(buf, area, end + 3, area.y, &words, style(model, role));
    } else {
        let above = Rect { height: area.y.saturating_sub(buf.area().y), ..*buf.area() };
        message::draw(model, above, &Message { text: &words, role, answers: &[] }, buf);
    }
    (cursor.min(area.right().saturating_sub(1)), area.y)
}

/// Returns the text that Enter accepts on an empty line, and an explanation of what Enter does.
fn proposal(model: &Model, prompt: &Prompt) -> (String, String) {
    let typed = prompt.input.text();
    match prompt.kind {
        PromptKind::Bins => (String::new(), format!("Enter: use this many bins (1–{MAX_BINS})")),
        PromptKind::Step => (String::new(), "Enter: go to this step".into()),
        PromptKind::Range => (String::new(), "Enter: show only this range".into()),
        PromptKind::Trim => (TRIM.into(), "Enter: show only values between these quantiles".into()),
        PromptKind::Quantiles => (QUANTILES.into(), "Enter: show these percentiles and go to the last".into()),
        PromptKind::Filter => match &model.list.filter.error {
            Some(error) => (String::new(), error.clone()),
            None => {
                let found = format!(
                    "{} of {}",
                    format_count(model.list.shown as f64, 0),
                    format_count(model.list.total as f64, 0)
                );
                let next = model.list.filter.syntax.next().name();
                (String::new(), format!("{found}   Tab: {next}   Esc: show all"))
            }
        },
        PromptKind::Edit => {
            let said = model.proposal().map(|proposal| format!("Enter: {}   Esc: cancel", proposal.summary));
            (String::new(), said.unwrap_or_default())
        }
        PromptKind::Scalar => (String::new(), "Enter: draw this scalar below the statistics; none hides it".into()),
        PromptKind::Statistic => {
            (String::new(), "Enter: show this statistic over steps (mean, std, max_abs, p99.9 …)".into())
        }
        PromptKind::SumSteps => (String::new(), "Enter: show the sum of these steps".into()),
        kind if kind.is_path() && !prompt.paths.is_empty() => {
            let name = |path: &String| path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).to_owned();
            (String::new(), prompt.paths.iter().map(name).collect::<Vec<_>>().join("  "))
        }
        PromptKind::Export(kind) => {
            let path = export_path(model, kind, typed);
            (proposed_export_name(model, kind), format!("Enter: write {}, {}", path.display(), kind.help(model)))
        }
        PromptKind::SaveAs => {
            let path = save_path(model, model.entry_to_save(prompt), typed);
            let words = match model.reduction() {
                Some(reduction) => format!("{reduction} in {}", path.display()),
                None => format!("Enter: write {} with {}", path.display(), plural(model.bins() as u64, "bin")),
            };
            let words = match model.out_of_range(prompt) {
                0.0 => words,
                outside => format!("{words}; {} out-of-range counts are not saved", format_count(outside, 1)),
            };
            (proposed_name(model, model.entry_to_save(prompt)), words)
        }
    }
}

/// Draws the progress of a job and the key that cancels it, in as much detail as fits.
fn running(model: &Model, progress: JobProgress, area: Rect, buf: &mut Buffer) {
    const STOP: &str = "Esc cancels ";
    let words = progress_texts(model, progress);
    let fits = |words: &&String| text::width(words) + STOP.len() + 3 <= usize::from(area.width);
    let words = words.iter().find(fits).or(words.last()).map_or("", String::as_str);
    let x = put(buf, area, area.x + 1, area.y, words, style(model, Role::Text));
    let rest = Rect { x, width: area.right().saturating_sub(x), ..area };
    put_right(buf, rest, area.y, STOP, style(model, Role::Dim));
}

/// Returns texts such as `reading ████░░░░ 45 % of 206MB  80MB/s  3 s left`, the longest first.
fn progress_texts(model: &Model, progress: JobProgress) -> Vec<String> {
    let JobProgress { ticket, seconds, searching, .. } = progress;
    let rate = progress.done as f64 / seconds.max(1e-3);
    let (pass, done, total) = match model.pass_size(ticket).filter(|_| !searching) {
        // The samples decide how often they are read, so the number of passes is unknown.
        Some(size) => (progress.done / size + 1, progress.done % size, size),
        None => (1, progress.done, progress.total),
    };
    let (read, whole) = (format_short(done as f64), format_short(total as f64));
    let pace = format!("{}B/s", format_short(rate));
    let pass = if pass > 1 { format!(", pass {pass}") } else { String::new() };
    if [model.jobs.statistics, model.jobs.quantiles].contains(&Some(ticket)) {
        let part = format!("{:.0} %", (done as f64 / (total as f64).max(1.0)).min(1.0) * 100.0);
        return vec![
            format!("statistics{pass}: {part} of {whole}B  {pace}"),
            format!("statistics{pass}: {part}"),
            "statistics".into(),
        ];
    }
    let values = model.jobs.values.as_ref().map(|(ticket, _)| *ticket);
    let what = match Some(ticket) {
        ticket if model.jobs.count == ticket => "counting",
        ticket if model.jobs.others == ticket || model.jobs.distances == ticket => "comparing",
        ticket if values == ticket => "finding values",
        _ => "reading",
    };
    let what = format!("{what}{pass}");
    if total == 0 {
        return vec![format!("{what} {read}B")];
    }
    let part = (done as f64 / total as f64).clamp(0.0, 1.0);
    let (full, empty) = glyphs(model).pick(("█", "░"), ("#", "."));
    let cells = (part * 20.0) as usize;
    let bar = full.repeat(cells) + &empty.repeat(20 - cells);
    let part = format!("{:.0} %", part * 100.0);
    let left = format!("{} s left", (total.saturating_sub(done) as f64 / rate.max(1e-9)).ceil());
    match (searching, done) {
        (true, 0) => vec!["sorting values".into()],
        (true, _) => {
            vec![format!("trying bin counts {bar} {part}  {left}"), format!("trying bin counts {part}")]
        }
        (false, _) => vec![
            format!("{what} {bar} {part} of {whole}B  {pace}  {left}"),
            format!("{what} {part} of {whole}B  {pace}  {left}"),
            format!("{what} {part}  {left}"),
        ],
    }
}
