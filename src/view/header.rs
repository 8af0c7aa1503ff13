//! The first line: open file, series, step, number of bins and accuracy badge.

use super::{put, put_right, style};
use crate::app::{Badge, Model};
use crate::settings::Role;
use crate::text;
use crate::text::plural;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Returns the current step, such as `step 59 · 60 of 200`. `None` for a single step without a number.
fn step(model: &Model) -> Option<String> {
    let entry = model.current.as_ref()?.entry;
    let steps = &model.series(entry)?.steps;
    let position = format!("{} of {}", entry.index + 1, steps.len());
    match steps.number(entry.index) {
        Some(number) if steps.len() > 1 => Some(format!("step {number} · {position}")),
        Some(number) => Some(format!("step {number}")),
        None => (steps.len() > 1).then_some(position),
    }
}

/// Returns the number of bins, such as `64 bins`.
fn bins(model: &Model) -> String {
    plural(model.bins() as u64, "bin")
}

/// Returns the title of a copied or printed chart: run, series, step, bins and badge.
pub(super) fn title(model: &Model) -> String {
    let Some(current) = &model.current else { return String::new() };
    let run = model.source_label(current.entry).map(|label| label.to_string());
    let names = run.into_iter().chain([model.name(current.entry)]);
    let mut parts: Vec<String> = names.map(|name| text::visible(&name).into_owned()).collect();
    parts.extend(step(model));
    parts.push(format!("{} {}", bins(model), model.badge().text()));
    parts.join(" · ")
}

/// Returns the role of a badge.
fn role(badge: Badge) -> Role {
    match badge {
        Badge::Approximate(..) | Badge::EditedAbout | Badge::Preview | Badge::PreviewAbout | Badge::Counting(_) => {
            Role::Approximate
        }
        Badge::Exact | Badge::Logged | Badge::Edited | Badge::Merged(..) | Badge::Nothing => Role::Exact,
    }
}

/// Explains why no histogram is shown.
fn explanation(model: &Model) -> String {
    let words = match (model.requested, model.sources.as_slice()) {
        _ if model.opening > 0 || model.jobs.load.or(model.jobs.count).is_some() => "opening …".into(),
        (Some(entry), _) => format!("cannot read {}", model.name(entry)),
        (None, sources) if sources.iter().any(|source| source.growing) => "waiting for data …".into(),
        (None, []) => "no file is open".into(),
        (None, [one]) => format!("{}: no series selected, {} in the list", one.name, one.series.len()),
        (None, several) => format!("no series selected, {} files open", several.len()),
    };
    text::visible(&words).into_owned()
}

/// Draws the first line. Parts without room are dropped, first the file, then the step; long names are shortened.
pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let name = style(model, Role::Title);
    let dim = style(model, Role::Dim);
    let Some(current) = &model.current else {
        let x = put(buf, area, area.x, area.y, " rebin", name);
        put(buf, area, x, area.y, &format!("  {}", explanation(model)), dim);
        return;
    };
    // Draw unsaved changes, the badge and the bins at the right. The names get the rest of the line.
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
        take(if narrow { " ●" } else { "  ● live" }, Role::Exact);
    }
    let shown = match badge {
        Badge::Approximate(..) | Badge::Counting(_) if narrow => "≈".into(),
        Badge::Merged(..) if narrow => "exact".into(),
        badge => badge.text(),
    };
    take(&format!(" {shown}"), role(badge));
    take(&format!("  {}", bins(model)), Role::Title);

    let mut x = area.x;
    if area.width >= 60 {
        x = put(buf, rest, x, area.y, " rebin ", name);
    }
    let source = model.sources.get(current.entry.source);
    let source = source.map(|source| text::visible(&source.name).into_owned()).unwrap_or_default();
    let key = model.series(current.entry).map(crate::catalog::Series::key).unwrap_or_default();
    // Show only the name of the file that saves go to; the source may be a long path.
    let own = model.saved_file().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
    let own = own.map(|name| format!(" → {}", text::visible(&name))).unwrap_or_default();
    let (key, source) =
        if key.is_empty() { (source, String::new()) } else { (text::visible(&key).into_owned(), source) };
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
