//! The first line: run, series, step, number of bins and accuracy badge.

use super::{put, put_right, style};
use crate::app::{Badge, Current, Model};
use crate::hist::Bins;
use crate::hist::scale::Scale;
use crate::settings::Role;
use crate::text;
use crate::text::plural;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Returns the current step, such as `step 59 · 60 of 200`. `None` for a single step without a number.
fn step(model: &Model) -> Option<String> {
    steps(model).into_iter().next()
}

/// Returns descriptions of the current step, the longest first.
fn steps(model: &Model) -> Vec<String> {
    let Some(entry) = model.current.as_ref().map(|current| current.entry) else { return Vec::new() };
    let Some(steps) = model.series(entry).map(|series| &series.steps) else { return Vec::new() };
    let position = format!("{} of {}", entry.index + 1, steps.len());
    match steps.number(entry.index) {
        Some(number) if steps.len() > 1 => {
            // `#` is the key that goes to a step.
            vec![format!("step {number} · {position}"), format!("step {number}"), format!("#{number}")]
        }
        Some(number) => vec![format!("step {number}")],
        None if steps.len() > 1 => vec![position],
        None => Vec::new(),
    }
}

/// Returns the number of bins, the rule that chose it and the spacing, such as `64 bins · fd · log`.
fn bins(model: &Model) -> String {
    let bins = plural(model.bins() as u64, "bin");
    let Some(spec) = model.spec().filter(|_| model.editing.is_none()) else { return bins };
    let rule = if let Some(Bins::Rule(rule)) = &spec.bins { format!(" · {}", rule.name()) } else { String::new() };
    let spacing = if spec.spacing == Scale::Linear { String::new() } else { format!(" · {}", spec.spacing.name()) };
    format!("{bins}{rule}{spacing}")
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
    let dim = style(model, Role::Dim);
    let Some(current) = &model.current else {
        let x = put(buf, area, area.x, area.y, " rebin", style(model, Role::Title));
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
    let searching = model.findings.is_searching();
    match (model.findings.len(), searching) {
        (0, false) => {}
        (0, true) if area.width < 100 => {}
        (0, true) => take(&format!("  checking {}", model.findings.progress(model.sources.len())), Role::Dim),
        (n, false) => take(&format!("  ! {n}"), Role::Error),
        (n, true) => take(&format!("  ! {n} …"), Role::Error),
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
    let noun =
        if matches!(badge, Badge::Approximate(..) | Badge::Merged(..)) && area.width >= 100 { " bins" } else { "" };
    take(&format!(" {shown}{noun}"), role(badge));
    take(&format!("  {}", bins(model)), Role::Title);

    let mut x = area.x + 1;
    if area.width >= 100 {
        x = put(buf, rest, x, area.y, "rebin", dim) + 2;
    }
    names(model, current, Rect { x, width: rest.right().saturating_sub(x), ..rest }, buf);
}

/// Draws the run, the series and the step. Without a run, the file is dim and only shown if there is room.
fn names(model: &Model, current: &Current, area: Rect, buf: &mut Buffer) {
    let dim = style(model, Role::Dim);
    let clean = |name: String| text::visible(&name).into_owned();
    let source = model.sources.get(current.entry.source).map(|source| source.name.clone()).unwrap_or_default();
    let run = match model.source_label(current.entry) {
        _ if model.is_demo && source == "demo" => Some("demo (nothing to open here)".to_owned()),
        label => label.map(|label| clean(label.to_string())),
    };
    let is_run = run.is_some();
    let mut source = run.unwrap_or_else(|| clean(source));
    let mut key = clean(model.series(current.entry).map(crate::catalog::Series::key).unwrap_or_default());
    if key.is_empty() {
        key = std::mem::take(&mut source);
    }
    // Show only the name of the file that saves go to; the source may be a long path.
    let own = model.saved_file().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
    let own = own.map(|name| format!(" → {}", clean(name))).unwrap_or_default();

    let room = usize::from(area.width);
    let shortened =
        |to: (usize, usize)| text::width(&key).min(to.0) + if is_run { text::width(&source).min(to.1) + 2 } else { 0 };
    let whole = text::width(&key) + if is_run { text::width(&source) + 2 } else { 0 };
    let gap = |step: &str| if step.starts_with('#') { 1 } else { 3 };
    // The position among the steps is only shown if the names need not be shortened for it, and the names are shortened more
    // if the step has no room otherwise.
    let least = |step: &str| shortened(if step.starts_with('#') { (6, 4) } else { (16, 8) });
    let steps = steps(model);
    let fits = |step: &&str| {
        let names = if step.contains('·') { whole } else { least(step) };
        names + gap(step) + text::width(step) <= room
    };
    let step = steps.iter().map(String::as_str).find(fits);
    let least = least(step.unwrap_or_default());
    let taken = step.map_or(0, |step| text::width(step) + gap(step));
    let mut free = room.saturating_sub(taken);
    let mut x = area.x;
    let wanted = if is_run { 4 } else { text::width(&key) + text::width(&own) + 12 };
    if !source.is_empty() && free >= wanted.min(least) && (is_run || free >= wanted) {
        let most =
            free.saturating_sub(text::width(&key) + text::width(&own) + 2).max(if is_run { free / 3 } else { 0 });
        let source = text::clip_middle(&source, most);
        x = put(buf, area, x, area.y, &source, if is_run { style(model, Role::Title) } else { dim }) + 2;
        free = free.saturating_sub(text::width(&source) + 2);
    }
    x = put(buf, area, x, area.y, &text::clip_middle(&key, free), style(model, Role::Text));
    if let Some(step) = step {
        x = put(buf, area, x + gap(step) as u16, area.y, step, dim);
    }
    put(buf, area, x, area.y, &own, dim);
}
