//! The statistics pane.

use super::{pane, put, put_right, style};
use crate::app::plot::glyphs;
use crate::app::regions::Regions;
use crate::app::{Current, Model};
use crate::catalog::Content;
use crate::document::Certainty;
use crate::error::At;
use crate::hist::{Quantile, Stats};
use crate::settings::Role;
use crate::text::{self, Notation, format_count, format_short, plural, statistic_resolution};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A statistic. An empty name separates groups.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) value: String,
    /// Shorter form of the value, for a narrow pane.
    pub(super) brief: Option<String>,
    pub(super) role: Role,
}

fn line(name: impl Into<String>, value: impl Into<String>) -> Line {
    Line { name: name.into(), value: value.into(), brief: None, role: Role::Text }
}

/// A count that should be zero. Any other value is drawn as an error.
fn expected_zero(name: &str, count: f64) -> Line {
    let role = if count == 0.0 { Role::Dim } else { Role::Error };
    Line { role, ..line(name, format_count(count, 1)) }
}

/// The number of values that are not finite, with the location of the first one if there is room.
fn not_finite(name: &str, count: u64, first: Option<&At>) -> Line {
    let short = expected_zero(name, count as f64);
    match first.filter(|at| **at != At::Whole) {
        Some(at) => Line {
            value: format!("{}, first {}", short.value, text::visible(&at.to_string())),
            brief: Some(short.value),
            ..short
        },
        None => short,
    }
}

/// Draws the pane.
pub(super) fn draw(model: &Model, area: Rect, regions: &Regions, buf: &mut Buffer) {
    let inner = pane(model, area, regions.bordered, "statistics", false, buf);
    let inner =
        if regions.bordered { inner } else { Rect { x: inner.x + 1, width: inner.width.saturating_sub(1), ..inner } };
    let Some(current) = &model.current else { return };
    let mut lines = lines(model, current);
    drop_least_important(&mut lines, usize::from(inner.height));
    for (y, line) in (inner.y..inner.bottom()).zip(lines) {
        if line.name.is_empty() {
            continue;
        }
        let x = put(buf, inner, inner.x, y, &line.name, style(model, Role::Dim));
        let room = Rect { x: (x + 1).min(inner.right()), width: inner.right().saturating_sub(x + 1), ..inner };
        let fits = |value: &String| text::width(value) <= usize::from(room.width);
        let value = line.brief.filter(|_| !fits(&line.value)).unwrap_or(line.value);
        // Never clip a number: if it does not fit next to its name, it overwrites the name.
        put_right(buf, if fits(&value) { room } else { inner }, y, &value, style(model, line.role));
    }
}

/// Statistics for a single line, the most useful first, by name.
const BRIEF: [&str; 12] =
    ["n", "nan", "+inf", "-inf", "mean", "std", "p50", "p99", "min", "max", "zeros", "below range"];

/// Draws the most useful statistics that fit into the line under the chart.
pub(super) fn draw_summary(model: &Model, area: Rect, buf: &mut Buffer) {
    let Some(current) = model.current.as_ref().filter(|_| !area.is_empty()) else { return };
    let lines = lines(model, current);
    let mut x = area.x + u16::from(area.width > 60);
    for name in BRIEF {
        // The bounds of logged histograms have a sign after their name.
        let found = lines.iter().find(|line| line.name.split(' ').next() == Some(name) || line.name == name);
        let Some(line) = found.filter(|line| line.role != Role::Dim || name == "n") else { continue };
        let value = line.brief.as_ref().unwrap_or(&line.value);
        let width = text::width(&line.name) + 1 + text::width(value);
        if usize::from(area.right().saturating_sub(x)) < width {
            continue;
        }
        let end = put(buf, area, x, area.y, &line.name, style(model, Role::Dim));
        x = put(buf, area, end + 1, area.y, value, style(model, line.role)) + 2;
    }
}

/// Removes lines until the rest fits: gaps first, then counts that are zero, then quantiles from the outside in.
fn drop_least_important(lines: &mut Vec<Line>, rows: usize) {
    let least = ["", "nan", "p1", "p99", "p5", "p95", "zeros", "p25", "p75"];
    for name in least {
        if lines.len() <= rows {
            return;
        }
        lines.retain(|line| line.name != name || line.role == Role::Error);
    }
}

/// All statistics, and the number of problems in the source.
fn lines(model: &Model, current: &Current) -> Vec<Line> {
    let mut lines = statistics(model, current);
    let problems = model.problems().iter().filter(|problem| !problem.unfinished).count();
    if problems > 0 {
        lines.push(Line { role: Role::Error, ..line("problems", format!("{problems} (!)")) });
    }
    lines
}

/// All statistics of the values, the most important first.
pub(super) fn statistics(model: &Model, current: &Current) -> Vec<Line> {
    let mut lines = Vec::new();
    let samples = match &current.content {
        Content::Raw(population) if current.state.edited.is_none() && model.proposal().is_none() => Some(population),
        _ => None,
    };
    let stats = model.proposal().map(|proposal| &proposal.stats).or(current.stats.as_ref());
    let spread = stats.map_or(0.0, |stats| stats.std);
    let glyphs = glyphs(model);
    let sign = "≈ ";
    let resolution = |x: f64| statistic_resolution(x, spread);
    let extremes = samples.into_iter().flat_map(|population| [population.summary().min, population.summary().max]);
    let known = stats.into_iter().flat_map(|stats| [stats.mean, stats.std, stats.min, stats.max]);
    let quantiles = || stats.into_iter().flat_map(|stats| &stats.quantiles);
    let exact = quantiles().filter(|quantile| quantile.lo == quantile.hi).map(|quantile| quantile.lo);
    let bounds = quantiles().filter(|quantile| quantile.lo < quantile.hi).flat_map(bounds);
    let notation = Notation::of(extremes.chain(known).chain(exact).map(|x| (x, resolution(x))).chain(bounds));
    let value = |x: f64| if x.is_nan() { "–".into() } else { notation.format(x, resolution(x)) };
    match (samples, stats) {
        (Some(population), stats) => {
            let summary = population.summary();
            lines.push(line("n", format_count(summary.finite() as f64, 0)));
            let computed = |of: fn(&Stats) -> f64| stats.as_ref().map_or("…".to_owned(), |stats| value(of(stats)));
            lines.push(line("mean", computed(|stats| stats.mean)));
            lines.push(line("std", computed(|stats| stats.std)));
            lines.push(line("min", value(summary.min)));
            lines.push(line("max", value(summary.max)));
            match stats {
                Some(stats) => lines.extend(stats.quantiles.iter().map(|q| quantile(*q, sign, spread, notation))),
                None => lines.push(Line { role: Role::Dim, ..line("quantiles", "…") }),
            }
            lines.push(line("zeros", percent(summary.zeros as f64, summary.finite() as f64)));
            lines.push(line("", ""));
            let first = population.first_non_finite();
            lines.push(not_finite("nan", summary.nan, first.nan.as_ref()));
            if summary.posinf > 0 {
                lines.push(not_finite("+inf", summary.posinf, first.posinf.as_ref()));
            }
            if summary.neginf > 0 {
                lines.push(not_finite("-inf", summary.neginf, first.neginf.as_ref()));
            }
            if population.missing() > 0 {
                lines.push(expected_zero("missing", population.missing() as f64));
            }
            if population.bad() > 0 {
                lines.push(expected_zero("not a number", population.bad() as f64));
            }
        }
        (None, Some(stats)) => {
            lines.push(line("n", format_count(stats.n, 2)));
            let approximate = |x: f64| if x.is_nan() { value(x) } else { format!("{sign}{}", value(x)) };
            lines.push(line("mean", approximate(stats.mean)));
            lines.push(line("std", approximate(stats.std)));
            lines.push(line(glyphs.pick("min ≥", "min >="), value(stats.min)));
            lines.push(line(glyphs.pick("max ≤", "max <="), value(stats.max)));
            lines.extend(stats.quantiles.iter().map(|q| quantile(*q, sign, spread, notation)));
            let (lo, hi) = stats.zeros;
            let range = format!("{:.1}–{:.1} %", lo * 100.0, hi * 100.0);
            lines.push(line("zeros", if lo.is_nan() { value(lo) } else { range }));
        }
        (None, None) => {}
    }
    if let Some(shown) = model.shown() {
        let outside = [("below range", shown.below), ("above range", shown.above)];
        lines.extend(outside.into_iter().filter(|(_, count)| *count != 0.0).map(|(name, n)| expected_zero(name, n)));
        if let Some(max_error) = shown.certainty.max_error() {
            let largest = max_error.iter().copied().fold(0.0, f64::max);
            let most = glyphs.pick("≤", "<=");
            let error = line("error of a bin", format!("{most} {}", format_short(largest.ceil())));
            lines.push(Line { role: Role::Approximate, ..error });
        }
        if let Certainty::Approximate { from, .. } = &shown.certainty {
            lines.push(line("rebinned from", plural(*from as u64, "bin")));
        }
    }
    if let Some(population) = samples {
        lines.push(line("type", population.dtype().name()));
    }
    lines
}

/// A quantile, or the range that contains it if only counts are known.
fn quantile(quantile: Quantile, sign: &str, spread: f64, notation: Notation) -> Line {
    let name = format!("p{}", quantile.p * 100.0);
    let Quantile { lo, hi, .. } = quantile;
    if lo.is_nan() {
        return line(name, "–");
    }
    if lo == hi {
        return line(name, notation.format(lo, statistic_resolution(lo, spread)));
    }
    let [lo, hi, middle] = bounds(&quantile).map(|(x, resolution)| notation.format(x, resolution));
    Line { brief: Some(format!("{sign}{middle}")), ..line(name, format!("[{lo},{hi}]")) }
}

/// Returns the bounds of a quantile and their middle, each with its resolution. A few digits are enough: the quantile may be
/// anywhere between the ends.
fn bounds(quantile: &Quantile) -> [(f64, f64); 3] {
    let Quantile { lo, hi, .. } = *quantile;
    let step = (hi - lo) / 8.0;
    [lo, hi, lo / 2.0 + hi / 2.0].map(|x| (x, if x == 0.0 { step } else { step.min(x.abs() / 10.0) }))
}

fn percent(part: f64, total: f64) -> String {
    if total == 0.0 { "–".into() } else { format!("{:.1} %", part / total * 100.0) }
}
