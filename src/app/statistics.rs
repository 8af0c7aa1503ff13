//! The statistics of the current histogram as lines of text, shared by drawing and scrolling.

use super::compare::distances;
use super::plot::glyphs;
use super::regions::{Regions, inside};
use super::{Current, Model};
use crate::catalog::Content;
use crate::document::Certainty;
use crate::engine::Population;
use crate::error::At;
use crate::hist::{Bounded, EntryStats, Quantile, Statistic};
use crate::settings::Role;
use crate::text::{self, Notation, format_count, format_short, plural, statistic_resolution};

/// A statistic. An empty name separates groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatisticLine {
    pub name: String,
    pub value: String,
    /// Shorter form of the value, for a narrow pane.
    pub brief: Option<String>,
    pub role: Role,
    /// Shown in the pane only.
    pub is_detail: bool,
}

fn line(name: impl Into<String>, value: impl Into<String>) -> StatisticLine {
    StatisticLine { name: name.into(), value: value.into(), brief: None, role: Role::Text, is_detail: false }
}

fn detail(name: &str, value: impl Into<String>) -> StatisticLine {
    StatisticLine { is_detail: true, ..line(name, value) }
}

/// A count that should be zero. Any other value is drawn as an error.
fn expected_zero(name: &str, count: f64) -> StatisticLine {
    let role = if count == 0.0 { Role::Dim } else { Role::Error };
    StatisticLine { role, ..line(name, format_count(count, 1)) }
}

/// The number of values that are not finite, with the location of the first one if there is room.
fn not_finite(name: &str, count: u64, first: Option<&At>) -> StatisticLine {
    let short = expected_zero(name, count as f64);
    match first.filter(|at| **at != At::Whole) {
        Some(at) => StatisticLine {
            value: format!("{}, first {}", short.value, text::visible(&at.to_string())),
            brief: Some(short.value),
            ..short
        },
        None => short,
    }
}

/// Lines that the pane shows at once, and the index of the first one on the screen.
pub fn visible_lines(model: &Model, regions: &Regions) -> (Vec<StatisticLine>, usize) {
    let (Some(current), Some(pane)) = (&model.current, regions.statistics) else { return (Vec::new(), 0) };
    let height = usize::from(if regions.bordered { inside(pane) } else { pane }.height);
    let mut lines = all_lines(model, current);
    if lines.len() > height {
        lines.retain(|line| !line.name.is_empty());
    }
    let last = lines.len().saturating_sub(height);
    (lines, model.statistics_top.min(last))
}

/// All statistics, and the number of problems in the source.
pub fn all_lines(model: &Model, current: &Current) -> Vec<StatisticLine> {
    let mut lines = statistics(model, current);
    lines.extend(distances::lines(model));
    let problems = model.problems().iter().filter(|problem| !problem.unfinished).count();
    if problems > 0 {
        lines.push(StatisticLine { role: Role::Error, ..line("problems", format!("{problems} (!)")) });
    }
    lines
}

/// All statistics of the values, the most important first.
pub fn statistics(model: &Model, current: &Current) -> Vec<StatisticLine> {
    let samples = match &current.content {
        Content::Raw(population) if current.state.edited.is_none() && model.proposal().is_none() => Some(population),
        _ => None,
    };
    let stats = model.proposal().map(|proposal| &proposal.stats).or(current.stats.as_ref());
    let format = Format::new(model, samples.map(|population| &**population), stats);
    let mut lines = match (samples, stats) {
        (Some(population), stats) => of_samples(population, stats, &format),
        (None, Some(stats)) => of_bins(stats, &format),
        (None, None) => Vec::new(),
    };
    if let Some(shown) = model.shown() {
        let outside = [("below range", shown.below), ("above range", shown.above)];
        lines.extend(outside.into_iter().filter(|(_, count)| *count != 0.0).map(|(name, n)| expected_zero(name, n)));
        if let Some(max_error) = shown.certainty.max_error() {
            let largest = max_error.iter().copied().fold(0.0, f64::max);
            let most = glyphs(model).pick("≤", "<=");
            let error = line("error of a bin", format!("{most} {}", format_short(largest.ceil())));
            lines.push(StatisticLine { role: Role::Approximate, ..error });
        }
        if let Certainty::Approximate { from, .. } = &shown.certainty {
            lines.push(line("rebinned from", plural(*from as u64, "bin")));
        }
    }
    if let Some(population) = samples {
        if let Some(lattice) = current.lattice {
            lines.push(detail("values", lattice.describe()));
        }
        lines.push(line("type", population.dtype().name()));
    }
    lines
}

/// Lines of samples, whose statistics may not be computed yet.
fn of_samples(population: &Population, stats: Option<&EntryStats>, format: &Format) -> Vec<StatisticLine> {
    let summary = population.summary();
    let n = summary.finite() as f64;
    let computed = |of: Statistic| {
        stats.map_or_else(|| "…".into(), |stats| format.for_unit_of(of).bounded(of.of(stats)).unwrap_or("–".into()))
    };
    let mut lines = vec![
        line("n", format_count(n, 0)),
        line("mean", computed(Statistic::Mean)),
        line("std", computed(Statistic::Std)),
        line("min", format.value(summary.min)),
        line("max", format.value(summary.max)),
    ];
    match stats {
        Some(stats) => lines.extend(stats.stats.quantiles.iter().map(|q| format.quantile(*q))),
        None => lines.push(StatisticLine { role: Role::Dim, ..line("quantiles", "…") }),
    }
    lines.push(zeros(summary.zeros as f64, n));
    lines.extend(details().map(|(name, of)| detail(name, computed(of))));
    lines.push(line("", ""));
    let first = population.first_non_finite();
    lines.push(not_finite("nan", summary.nan, first.nan.as_ref()));
    if summary.posinf > 0 {
        lines.push(not_finite("+inf", summary.posinf, first.posinf.as_ref()));
    }
    if summary.neginf > 0 {
        lines.push(not_finite("-inf", summary.neginf, first.neginf.as_ref()));
    }
    let skipped = [("missing", population.missing()), ("not a number", population.bad())];
    lines.extend(skipped.into_iter().filter(|(_, n)| *n > 0).map(|(name, n)| expected_zero(name, n as f64)));
    lines
}

/// Lines of bins: estimates, with the digits that the bins allow, and bounds.
fn of_bins(stats: &EntryStats, format: &Format) -> Vec<StatisticLine> {
    let estimate = |name: &str, of: Statistic| {
        let (format, bounded) = (format.for_unit_of(of), of.of(stats));
        let Some(brief) = format.bounded(bounded) else { return line(name, format.bounds(bounded)) };
        let value = if bounded.lo < bounded.hi { format!("{brief} {}", format.bounds(bounded)) } else { brief.clone() };
        StatisticLine { brief: Some(brief), ..line(name, value) }
    };
    let bounds = &stats.stats;
    let mut lines = vec![
        line("n", format_count(bounds.n, 2)),
        estimate("mean", Statistic::Mean),
        estimate("std", Statistic::Std),
        line(format.least, format.value(bounds.min)),
        line(format.most, format.value(bounds.max)),
    ];
    lines.extend(bounds.quantiles.iter().map(|q| format.quantile(*q)));
    let (lo, hi) = bounds.zeros;
    lines.push(if lo == hi && lo.is_finite() {
        zeros((lo * bounds.n).round(), bounds.n)
    } else if lo.is_nan() {
        line("zeros", "–")
    } else {
        line("zeros", format!("{:.1}–{:.1} %", lo * 100.0, hi * 100.0))
    });
    lines.extend(details().map(|(name, of)| StatisticLine { is_detail: true, ..estimate(name, of) }));
    lines
}

/// Statistics that are only shown in the pane.
fn details() -> impl Iterator<Item = (&'static str, Statistic)> {
    let all = [
        ("skewness", Statistic::Skewness),
        ("kurtosis", Statistic::Kurtosis),
        ("mean |x|", Statistic::MeanAbs),
        ("L2 norm", Statistic::L2),
    ];
    all.into_iter()
}

/// Number and share of zeros.
fn zeros(count: f64, total: f64) -> StatisticLine {
    if total == 0.0 || count == 0.0 {
        return line("zeros", if total == 0.0 { "–" } else { "0" });
    }
    let share = format!("{:.1} %", count / total * 100.0);
    StatisticLine { brief: Some(share.clone()), ..line("zeros", format!("{}, {share}", format_count(count, 0))) }
}

/// Notation of all values, so that they can be compared at a glance.
#[derive(Clone, Copy)]
struct Format {
    notation: Notation,
    /// Standard deviation, which decides how many digits a value has.
    spread: f64,
    least: &'static str,
    most: &'static str,
}

impl Format {
    fn new(model: &Model, samples: Option<&Population>, stats: Option<&EntryStats>) -> Self {
        let spread = stats.map_or(0.0, |stats| stats.stats.std);
        let resolution = |x: f64| (x, statistic_resolution(x, spread));
        let ends = samples.into_iter().flat_map(|population| [population.summary().min, population.summary().max]);
        let known = stats.into_iter().flat_map(|stats| {
            let extremes = [stats.stats.min, stats.stats.max].map(resolution);
            let moments = [Statistic::Mean, Statistic::Std].into_iter().filter_map(|of| of.of(stats).known(spread));
            extremes.into_iter().chain(moments)
        });
        let quantiles = || stats.into_iter().flat_map(|stats| &stats.stats.quantiles);
        let exact = quantiles().filter(|quantile| quantile.lo == quantile.hi).map(|quantile| resolution(quantile.lo));
        let bounds = quantiles().filter(|quantile| quantile.lo < quantile.hi).flat_map(|q| ends_of(q.lo, q.hi));
        let notation = Notation::of(ends.map(resolution).chain(known).chain(exact).chain(bounds));
        let [least, most] = [("min ≥", "min >="), ("max ≤", "max <=")].map(|(a, b)| glyphs(model).pick(a, b));
        Self { notation, spread, least, most }
    }

    /// Returns the format of a statistic. Skewness and kurtosis do not have the unit of the values.
    fn for_unit_of(self, statistic: Statistic) -> Self {
        match statistic {
            Statistic::Skewness | Statistic::Kurtosis => Self { notation: Notation::Plain, spread: 1.0, ..self },
            _ => self,
        }
    }

    fn value(&self, x: f64) -> String {
        if x.is_nan() { "–".into() } else { self.notation.format(x, statistic_resolution(x, self.spread)) }
    }

    /// The known digits of a value; `None` if none are known.
    fn bounded(&self, value: Bounded) -> Option<String> {
        let (x, step) = value.known(self.spread)?;
        Some(format!("{}{}", if value.lo < value.hi { "≈ " } else { "" }, self.notation.format(x, step)))
    }

    fn bounds(&self, value: Bounded) -> String {
        if !(value.lo.is_finite() && value.hi.is_finite()) {
            return "–".into();
        }
        let [lo, hi, _] = ends_of(value.lo, value.hi).map(|(x, resolution)| self.notation.format(x, resolution));
        format!("[{lo},{hi}]")
    }

    /// A quantile, or the range that contains it if only counts are known.
    fn quantile(&self, quantile: Quantile) -> StatisticLine {
        let name = Statistic::Quantile(quantile.p).name();
        let Quantile { lo, hi, .. } = quantile;
        if lo.is_nan() {
            return line(name, "–");
        }
        if lo == hi {
            return line(name, self.value(lo));
        }
        let [lo, hi, middle] = ends_of(lo, hi).map(|(x, resolution)| self.notation.format(x, resolution));
        StatisticLine { brief: Some(format!("≈ {middle}")), ..line(name, format!("[{lo},{hi}]")) }
    }
}

/// Returns the bounds of a value and their middle, each with its resolution. A few digits are enough: the value may be
/// anywhere between the ends.
fn ends_of(lo: f64, hi: f64) -> [(f64, f64); 3] {
    let step = (hi - lo) / 8.0;
    [lo, hi, lo / 2.0 + hi / 2.0].map(|x| (x, if x == 0.0 { step } else { step.min(x.abs() / 10.0) }))
}
