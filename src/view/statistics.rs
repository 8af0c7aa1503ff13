//! The statistics pane: what is known of all the data, and how surely.

use super::{pane, put, put_right, style};
use crate::app::plot::glyphs;
use crate::app::regions::Regions;
use crate::app::{Current, Model};
use crate::catalog::Content;
use crate::document::Certainty;
use crate::hist::{Quantile, Stats};
use crate::settings::Role;
use crate::text;
use crate::text::{format_among, format_count, format_place, format_short, format_value, plural};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A line: what, how much, and whether it deserves notice.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) value: String,
    /// The same, less exactly, where the value has no room.
    pub(super) brief: Option<String>,
    pub(super) role: Role,
}

fn line(name: impl Into<String>, value: impl Into<String>) -> Line {
    Line { name: name.into(), value: value.into(), brief: None, role: Role::Text }
}

/// Zero is nothing to look at, anything else is.
fn notable(name: &str, count: f64) -> Line {
    let role = if count == 0.0 { Role::Dim } else { Role::Error };
    Line { role, ..line(name, format_count(count, 1)) }
}

pub(super) fn draw(model: &Model, area: Rect, regions: &Regions, buf: &mut Buffer) {
    let inner = pane(model, area, regions.boxed, "statistics", false, buf);
    let inner =
        if regions.boxed { inner } else { Rect { x: inner.x + 1, width: inner.width.saturating_sub(1), ..inner } };
    let Some(current) = &model.current else { return };
    let mut lines = lines(model, current);
    give_way(&mut lines, usize::from(inner.height));
    for (y, line) in (inner.y..inner.bottom()).zip(lines) {
        if line.name.is_empty() {
            continue;
        }
        let x = put(buf, inner, inner.x, y, &line.name, style(model, Role::Dim));
        let room = Rect { x: (x + 1).min(inner.right()), width: inner.right().saturating_sub(x + 1), ..inner };
        let fits = |value: &String| text::width(value) <= usize::from(room.width);
        let value = line.brief.filter(|_| !fits(&line.value)).unwrap_or(line.value);
        // A number is never cut: where its name leaves no room, it takes the whole line.
        put_right(buf, if fits(&value) { room } else { inner }, y, &value, style(model, line.role));
    }
}

/// Takes out what is missed least until the rest fits: gaps, what is zero, the outer quantiles before the inner ones.
fn give_way(lines: &mut Vec<Line>, rows: usize) {
    let least = ["", "below", "above", "nan", "+inf", "-inf", "p1", "p99", "p5", "p95", "zeros", "p25", "p75"];
    for name in least {
        if lines.len() <= rows {
            return;
        }
        lines.retain(|line| line.name != name || line.role == Role::Error);
    }
}

/// What is known, and how many problems there were.
fn lines(model: &Model, current: &Current) -> Vec<Line> {
    let mut lines = known(model, current);
    let problems = model.problems().iter().filter(|problem| !problem.unfinished).count();
    if problems > 0 {
        lines.push(Line { role: Role::Error, ..line("problems", format!("{problems} (!)")) });
    }
    lines
}

/// Everything that is known of the numbers, the most asked for first; a line without a name sets groups apart.
pub(super) fn known(model: &Model, current: &Current) -> Vec<Line> {
    let mut lines = Vec::new();
    let samples = match &current.content {
        Content::Raw(population) if current.state.edited.is_none() && model.proposal().is_none() => Some(population),
        _ => None,
    };
    let stats = model.proposal().map(|proposal| &proposal.stats).or(current.stats.as_ref());
    let spread = stats.map_or(0.0, |stats| stats.std);
    let glyphs = glyphs(model);
    let sign = glyphs.pick("≈ ", "~ ");
    let value = |x: f64| format_among(x, spread);
    let entry = |x: f64| format_place(x, spread);
    match (samples, stats) {
        (Some(population), stats) => {
            let summary = population.summary();
            lines.push(line("n", format_count(summary.n as f64, 0)));
            let known = |of: fn(&Stats) -> f64| stats.as_ref().map_or("…".to_owned(), |stats| value(of(stats)));
            lines.push(line("mean", known(|stats| stats.mean)));
            lines.push(line("std", known(|stats| stats.std)));
            lines.push(line("min", entry(summary.min)));
            lines.push(line("max", entry(summary.max)));
            match stats {
                Some(stats) => lines.extend(stats.quantiles.iter().map(|q| quantile(*q, sign, &entry))),
                None => lines.push(Line { role: Role::Dim, ..line("quantiles", "…") }),
            }
            lines.push(line("zeros", percent(summary.zeros as f64, summary.n as f64)));
            lines.push(Line { role: Role::Text, ..line("", "") });
            lines.push(notable("nan", summary.nan as f64));
            lines.push(notable("+inf", summary.posinf as f64));
            lines.push(notable("-inf", summary.neginf as f64));
            if population.missing() > 0 {
                lines.push(notable("missing", population.missing() as f64));
            }
            if population.bad() > 0 {
                lines.push(notable("no number", population.bad() as f64));
            }
        }
        (None, Some(stats)) => {
            lines.push(line("n", format_count(stats.n, 2)));
            let about = |x: f64| if x.is_nan() { value(x) } else { format!("{sign}{}", value(x)) };
            lines.push(line("mean", about(stats.mean)));
            lines.push(line("std", about(stats.std)));
            lines.push(line(glyphs.pick("min ≥", "min >="), entry(stats.min)));
            lines.push(line(glyphs.pick("max ≤", "max <="), entry(stats.max)));
            lines.extend(stats.quantiles.iter().map(|q| quantile(*q, sign, &entry)));
            let (lo, hi) = stats.zeros;
            let between = format!("{:.1}–{:.1} %", lo * 100.0, hi * 100.0);
            lines.push(line("zeros", if lo.is_nan() { value(lo) } else { between }));
            lines.push(line("", ""));
        }
        (None, None) => {}
    }
    if let Some(shown) = model.shown() {
        lines.push(notable("below", shown.below));
        lines.push(notable("above", shown.above));
        if let Some(max_error) = shown.certainty.max_error() {
            let largest = max_error.iter().copied().fold(0.0, f64::max);
            let error = line("error ≤", format!("{} a bin", format_short(largest.ceil())));
            lines.push(Line { role: Role::Approximate, ..error });
        }
        if let Certainty::Approximate { from, .. } = &shown.certainty {
            lines.push(line("source", plural(*from as u64, "bin")));
        }
    }
    if let Some(population) = samples {
        lines.push(line("type", population.dtype().name()));
    }
    lines
}

/// A quantile, or the bin that holds it.
fn quantile(quantile: Quantile, sign: &str, value: &impl Fn(f64) -> String) -> Line {
    let name = format!("p{}", quantile.p * 100.0);
    if quantile.lo == quantile.hi || quantile.lo.is_nan() {
        return line(name, value(quantile.lo));
    }
    // The ends need no more digits than tell them apart: the quantile may lie anywhere between them.
    let step = (quantile.hi - quantile.lo) / 8.0;
    let between = format!("[{},{}]", format_value(quantile.lo, step), format_value(quantile.hi, step));
    let middle = format!("{sign}{}", format_value(quantile.lo / 2.0 + quantile.hi / 2.0, step));
    Line { brief: Some(middle), ..line(name, between) }
}

fn percent(part: f64, whole: f64) -> String {
    if whole == 0.0 { "–".into() } else { format!("{:.1} %", part / whole * 100.0) }
}
