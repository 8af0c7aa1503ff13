//! Advice on bins: what each rule would choose, bins that fit quantized values, and warnings about bins that hide structure.

use super::{Model, Ticket};
use crate::action::Action;
use crate::catalog::Content;
use crate::document::BinSpec;
use crate::hist::scale::Scale;
use crate::hist::{
    Bins, EntryStats, Lattice, MAX_BINS, Range, Rule, Segment, rule_bins_of_histogram, spaced_range, spaced_rule_bins,
};
use crate::text::{format_count, format_value};

/// Largest share of the values in one bin without a warning.
const CROWDED: f64 = 0.3;
/// Fewest values and bins for a warning about a crowded bin.
const ENOUGH: (f64, usize) = (100.0, 16);

/// Choices of each rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    pub(super) ticket: Option<Ticket>,
    /// Bins and range at the time of the request.
    pub(super) spec: BinSpec,
    /// Number of bins of each rule, or the reason why it has none; `None` until it is known.
    pub rules: Vec<(Rule, Option<Result<u64, String>>)>,
}

/// A line of the adviser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Choice {
    /// The bins on the screen.
    Current,
    Rule(Rule),
    /// Bins with equally many points of a grid each.
    Grid {
        bins: usize,
        range: Range,
        points: u64,
    },
}

/// The rules, the slowest last.
pub(super) fn rules() -> impl Iterator<Item = Rule> {
    let fast = Rule::ALL.into_iter().filter(|rule| *rule != Rule::Stone);
    fast.chain([Rule::Stone])
}

/// Lists the choices with their texts: a name, and a number of bins with their width.
pub fn choices(model: &Model) -> Vec<(Choice, String, String)> {
    let Some(advice) = &model.advice else { return Vec::new() };
    let range = range(model);
    let width = |n: u64| match (advice.spec.spacing, range) {
        (Scale::Linear, Some(range)) if n > 0 => {
            let width = range.width() / n as f64;
            format!(", {} wide", format_value(width, width / 1e3))
        }
        _ => String::new(),
    };
    let bins = |n: u64| format!("{}{}", crate::text::plural(n, "bin"), width(n));
    let now = model.bins() as u64;
    let spec = advice.spec.to_string();
    let is_plain = matches!(advice.spec.bins, Some(Bins::Count(_))) && advice.spec.range.is_none();
    let spec = if is_plain && advice.spec.spacing == Scale::Linear { String::new() } else { format!(" ({spec})") };
    let mut all = vec![(Choice::Current, "now".to_owned(), bins(now) + &spec)];
    for (rule, known) in &advice.rules {
        let text = match known {
            None => "…".into(),
            Some(Ok(n)) if *n > MAX_BINS as u64 => {
                format!("{} bins, more than the maximum of {MAX_BINS}", format_count(*n as f64, 0))
            }
            Some(Ok(n)) => bins(*n),
            Some(Err(why)) => why.clone(),
        };
        all.push((Choice::Rule(*rule), rule.name().into(), text));
    }
    if let Some((lattice, extent)) = lattice(model) {
        let mut seen = Vec::new();
        for near in [model.bins(), MAX_BINS] {
            let (n, range, points) = lattice.bins(extent, near, MAX_BINS);
            if !seen.contains(&n) {
                seen.push(n);
                let each = if points == 1 { "one value in each".into() } else { format!("{points} values in each") };
                let text = format!("{} over {range}, {each}", crate::text::plural(n as u64, "bin"));
                all.push((Choice::Grid { bins: n, range, points }, "grid".into(), text));
            }
        }
    }
    all
}

/// Range of the bins: the chosen one, or that of the values.
fn range(model: &Model) -> Option<Segment> {
    let spec = model.spec()?;
    match spec.range {
        Some(range) => Some(Segment { lo: range.lo.as_f64(), hi: range.hi.as_f64() }),
        None => model.shown()?.histogram.edges().span().filter(|span| span.width().is_finite()),
    }
}

/// Number of bins that a rule gives for the histogram on the screen, which is logged or edited; `None` for samples.
pub(super) fn binned(model: &Model, rule: Rule) -> Option<Result<u64, String>> {
    let current = model.current.as_ref()?;
    let histogram = match (&current.state.edited, &current.content) {
        (Some(edited), _) => edited.histogram.clone(),
        (None, Content::Logged(logged)) => match logged.histogram.to_hist() {
            Ok(histogram) => histogram,
            Err(error) => return Some(Err(error.to_string())),
        },
        (None, Content::Raw(_)) => return None,
    };
    let spec = model.spec()?;
    if spec.spacing == Scale::Linear {
        return Some(Ok(rule_bins_of_histogram(&histogram, rule)));
    }
    let range = spaced_range(spec.spacing, histogram.edges().as_f64());
    Some(range.map_or_else(
        || Err("no positive bins".into()),
        |range| Ok(spaced_rule_bins(&histogram, rule, spec.spacing, range)),
    ))
}

/// The grid of the values on the screen, and their extent.
fn lattice(model: &Model) -> Option<(Lattice, Segment)> {
    let current = model.current.as_ref().filter(|current| current.state.edited.is_none())?;
    let Content::Raw(population) = &current.content else { return None };
    Some((current.lattice?, population.extent()?))
}

/// Bins that hide structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub what: String,
    /// The key that helps, such as `V: log bins`.
    pub remedy: String,
}

/// Warns if the bins on the screen hide structure.
pub fn warning(model: &Model) -> Option<Warning> {
    if model.editing.is_some() {
        return None;
    }
    combing(model).or_else(|| crowded(model))
}

fn key(model: &Model, action: Action) -> Option<String> {
    model.settings.keymap.shown(action).into_iter().next()
}

/// Warns about bins that cut across the grid of the values.
fn combing(model: &Model) -> Option<Warning> {
    let (lattice, extent) = lattice(model)?;
    let spec = model.spec()?;
    if spec.spacing != Scale::Linear || matches!(spec.bins, Some(Bins::Edges(_))) {
        return None;
    }
    let (least, most) = lattice.combing(model.shown()?.histogram.edges(), extent)?;
    let key = key(model, Action::Advise)?;
    let what = format!("bins of {least} or {most} {}", lattice.describe());
    Some(Warning { what, remedy: format!("{key}: bins that fit") })
}

/// Warns about a bin with most of the values, unless they are equal.
fn crowded(model: &Model) -> Option<Warning> {
    let current = model.current.as_ref()?;
    let stats = current.stats.as_ref()?;
    let shown = model.shown()?;
    let histogram = &shown.histogram;
    let (total, bins) = (histogram.total().as_f64(), histogram.bins());
    // Bins of a file cannot be split.
    let is_kept = matches!(current.content, Content::Logged(_)) && model.spec()?.is_as_stored();
    if total < ENOUGH.0 || bins < ENOUGH.1 || is_kept {
        return None;
    }
    let counts = histogram.counts().as_f64();
    let (bin, count) = counts.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    let segment = histogram.edges().bin(bin)?;
    let equal = equal_values(stats, segment);
    let share = (count - equal) / total;
    if share <= CROWDED {
        return None;
    }
    let spec = model.spec()?;
    let visible = model.visible()?;
    let axis = model.chart.value_scale.over(visible.lo);
    let quartiles: Vec<f64> = [0.25, 0.75]
        .iter()
        .filter_map(|p| stats.stats.quantiles.iter().find(|q| q.p == *p).map(|q| q.lo / 2.0 + q.hi / 2.0))
        .collect();
    let [lower, upper] = quartiles[..] else { return None };
    // Bins that would divide the middle half of the values.
    let enough = 2.0 * (visible.hi - visible.lo) / (upper - lower);
    let (action, help) = match spec.spacing {
        Scale::Linear if axis != Scale::Linear => (Action::BinSpacing, format!("{} bins", axis.name())),
        _ if enough <= MAX_BINS as f64 && (bins as f64) < enough => (Action::BinsDouble, "more bins".into()),
        Scale::Linear => (Action::BinSpacing, format!("{} bins", if visible.lo > 0.0 { "log" } else { "symlog" })),
        _ => (Action::Trim, "trim".into()),
    };
    let key = key(model, action)?;
    let equal = if equal > 0.0 { format!(" ({:.0} % are equal)", equal / total * 100.0) } else { String::new() };
    let what = format!("{:.0} % in one bin{equal}", (count / total * 100.0).floor());
    Some(Warning { what, remedy: format!("{key}: {help}") })
}

/// Number of values in a bin that are surely equal: zeros, or values between two equal quantiles.
fn equal_values(stats: &EntryStats, bin: Segment) -> f64 {
    let inside = |x: f64| bin.lo <= x && x <= bin.hi;
    let zeros = if inside(0.0) { stats.stats.zeros.1 * stats.stats.n } else { 0.0 };
    let exact: Vec<(f64, f64)> =
        stats.stats.quantiles.iter().filter(|q| q.lo == q.hi && inside(q.lo)).map(|q| (q.lo, q.p)).collect();
    let run = |x: f64| {
        let of_x = || exact.iter().filter(|(value, _)| *value == x).map(|(_, p)| *p);
        of_x().fold(0.0, f64::max) - of_x().fold(1.0, f64::min)
    };
    let longest = exact.iter().map(|(x, _)| run(*x)).fold(0.0, f64::max);
    let constant = stats.stats.min == stats.stats.max;
    if constant { stats.stats.n } else { zeros.max(longest * stats.stats.n) }
}
