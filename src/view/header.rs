//! The first line: what is open, where in it, how many bins, how honest.

use super::{put, put_right, style};
use crate::app::plot::glyphs;
use crate::app::{Badge, Model};
use crate::settings::Role;
use crate::text;
use crate::text::plural;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The step of what is shown, as `step 59 · 60 of 200`; `None` for a series of one step without a number.
fn step(model: &Model) -> Option<String> {
    let entry = model.current.as_ref()?.entry;
    let steps = &model.series(entry)?.steps;
    let position = format!("{} of {}", entry.step + 1, steps.len());
    match steps.number(entry.step) {
        Some(number) if steps.len() > 1 => Some(format!("step {number} · {position}")),
        Some(number) => Some(format!("step {number}")),
        None => (steps.len() > 1).then_some(position),
    }
}

/// `64 bins`, always.
fn bins(model: &Model) -> String {
    plural(model.bins() as u64, "bin")
}

/// What is shown, in words, for a copy of the chart.
pub(super) fn title(model: &Model) -> String {
    let Some(current) = &model.current else { return String::new() };
    let mut parts = vec![text::visible(&model.name(current.entry)).into_owned()];
    parts.extend(step(model));
    parts.push(format!("{} {}", bins(model), model.badge().text()));
    parts.join(" · ")
}

/// The role of a badge.
fn role(badge: Badge) -> Role {
    match badge {
        Badge::Approximate(..) | Badge::EditedAbout | Badge::Preview | Badge::PreviewAbout | Badge::Counting(_) => {
            Role::Approximate
        }
        Badge::Exact | Badge::Logged | Badge::Edited | Badge::Merged(..) | Badge::Nothing => Role::Exact,
    }
}

/// Why there is no picture.
fn nothing(model: &Model) -> String {
    let words = match (model.wanted, model.sources.as_slice()) {
        _ if model.opening > 0 || model.jobs.load.or(model.jobs.look).is_some() => "opening …".into(),
        (Some(entry), _) => format!("{} cannot be read", model.name(entry)),
        (None, sources) if sources.iter().any(|source| source.growing) => "waiting for what is logged …".into(),
        (None, []) => "nothing is open".into(),
        (None, [one]) => format!("{}: {} series, none of them is shown", one.name, one.series.len()),
        (None, several) => format!("{} sources are open, none of them is shown", several.len()),
    };
    text::visible(&words).into_owned()
}

pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let name = style(model, Role::Title);
    let dim = style(model, Role::Dim);
    let Some(current) = &model.current else {
        let x = put(buf, area, area.x, area.y, " rebin", name);
        put(buf, area, x, area.y, &format!("  {}", nothing(model)), dim);
        return;
    };
    // From the right: unsaved changes, the badge, the number of bins; what is open has the rest of the line.
    let mut rest = area;
    let mut take = |words: &str, role: Role| {
        let x = put_right(buf, rest, area.y, words, style(model, role));
        rest.width = x - rest.x;
    };
    take(" ", Role::Text);
    match model.unsaved().len() {
        0 => {}
        n if area.width >= 70 => take(&format!("   {n} unsaved"), Role::Approximate),
        n => take(&format!(" {n}*"), Role::Approximate),
    }
    let badge = model.badge();
    let narrow = area.width < 70;
    if model.is_live() {
        let dot = if model.settings.glyphs == crate::settings::Glyphs::Ascii { "*" } else { "●" };
        take(&if narrow { format!(" {dot}") } else { format!("  {dot} live") }, Role::Exact);
    }
    let shown = match badge {
        Badge::Approximate(..) | Badge::Counting(_) if narrow => "≈".into(),
        Badge::Merged(..) if narrow => "exact".into(),
        badge => badge.text(),
    };
    let shown = if model.settings.glyphs == crate::settings::Glyphs::Ascii { shown.replace('≈', "~") } else { shown };
    take(&format!(" {shown}"), role(badge));
    take(&format!("  {}", bins(model)), Role::Title);

    let mut x = area.x;
    if area.width >= 60 {
        x = put(buf, rest, x, area.y, " rebin ", name);
    }
    let source = model.sources.get(current.entry.source);
    let source = source.map(|source| text::visible(&source.name).into_owned()).unwrap_or_default();
    let key = model.series(current.entry).map(crate::catalog::Series::key).unwrap_or_default();
    // Where it is saved is told by name; the source may be a long path.
    let own = model.own_file().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
    let own = own.map(|name| format!(" {} {}", glyphs(model).pick("→", ">"), text::visible(&name))).unwrap_or_default();
    let (key, source) =
        if key.is_empty() { (source, String::new()) } else { (text::visible(&key).into_owned(), source) };
    // What does not fit gives way: first the source, then the step; the key is only shortened.
    let room = usize::from(rest.right().saturating_sub(x + 1));
    let mut used = text::width(&key);
    let step = step(model).filter(|step| used + text::width(step) + 3 <= room);
    used += step.as_ref().map_or(0, |step| text::width(step) + 3);
    used += text::width(&own);
    if !source.is_empty() && used + 10 <= room {
        let source = text::clip_middle(&source, room - used - 2).into_owned();
        x = put(buf, rest, x, area.y, &format!(" {source} "), dim);
    }
    x = put(buf, rest, x + 1, area.y, &text::clip_middle(&key, room), style(model, Role::Text));
    if let Some(step) = step {
        x = put(buf, rest, x + 3, area.y, &step, dim);
    }
    put(buf, rest, x, area.y, &own, dim);
}
