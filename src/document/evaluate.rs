//! Evaluation: from content and a [`BinSpec`] to a histogram, with the certainty of its counts.

#[cfg(test)]
mod tests;

use super::BinSpec;
use crate::catalog::Content;
use crate::engine::{self, Population, RangeEstimate, Span, Task};
use crate::error::Error;
use crate::hist::scale::Scale;
use crate::hist::{
    self, Bins, Edges, Histogram, MAX_BINS, Numbers, Range, Rounding, Rule, Segment, UncertainHistogram,
};
use std::cmp::Ordering;

/// Number of bins for samples if the spec has none.
pub(super) const FIRST_BINS: usize = crate::wandb::Histogram::DEFAULT_BINS;

/// Certainty of the counts of a histogram.
#[derive(Debug, Clone, PartialEq)]
pub enum Certainty {
    /// Counted from raw samples.
    Exact,
    /// Stored in the source.
    Logged,
    /// Edited by the user. The largest possible error of each bin is zero if bins were only merged, set or cleared.
    Edited { max_error: Vec<f64> },
    /// Merged from `from` bins without cutting one. Every count is exact.
    Merged { from: usize, of: Basis },
    /// Redistributed from `from` bins, with the largest possible error of each new bin.
    Approximate { from: usize, of: Basis, max_error: Vec<f64> },
}

/// The bins that a histogram was merged or redistributed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Bins of the file, or counted from samples.
    Logged,
    /// Bins that the user edited.
    Edited,
    /// Bins of a table of counts.
    Counted,
}

impl Basis {
    /// Returns `logged`, `edited` or `counted`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logged => "logged",
            Self::Edited => "edited",
            Self::Counted => "counted",
        }
    }
}

impl Certainty {
    /// Returns `exact`, `logged`, `edited`, `merged` or `approximate`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Logged => "logged",
            Self::Edited { .. } => "edited",
            Self::Merged { .. } => "merged",
            Self::Approximate { .. } => "approximate",
        }
    }

    /// Largest possible error of each bin; `None` if all counts are exact.
    pub fn max_error(&self) -> Option<&[f64]> {
        match self {
            Self::Edited { max_error } | Self::Approximate { max_error, .. } => {
                max_error.iter().any(|error| *error != 0.0).then_some(max_error)
            }
            Self::Exact | Self::Logged | Self::Merged { .. } => None,
        }
    }
}

/// A histogram ready to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluatedHistogram {
    pub histogram: Histogram,
    pub certainty: Certainty,
    /// Counts below the range.
    pub below: f64,
    /// Counts above the range.
    pub above: f64,
    /// A notice for the user, for example that a rule was capped at 512 bins.
    pub notice: Option<String>,
}

impl EvaluatedHistogram {
    /// A histogram as it is stored in the source.
    pub fn logged(histogram: Histogram) -> Self {
        UncertainHistogram::certain(histogram).into()
    }
}

/// A histogram as it is stored in the source, with its counts outside the bins.
impl From<UncertainHistogram> for EvaluatedHistogram {
    fn from(logged: UncertainHistogram) -> Self {
        let UncertainHistogram { histogram, below, above, .. } = logged;
        Self { histogram, certainty: Certainty::Logged, below, above, notice: None }
    }
}

/// Settings of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub rounding: Rounding,
    /// Use 512 bins, with a notice, if a rule yields more, and edges in `f64` if the range of the samples overflows their
    /// type. Otherwise these are errors, as in numpy and W&B.
    pub cap_rules: bool,
}

/// Returns true if [`evaluate`] does not have to count samples, because the content is binned or the samples have a
/// [table](Population::prepare).
pub fn is_instant(content: &Content, spec: &BinSpec) -> bool {
    match (content, &spec.bins) {
        (Content::Logged(_), _) => true,
        (Content::Raw(population), None) => population.knows(FIRST_BINS, spec.span()),
        (Content::Raw(population), Some(Bins::Count(n))) => population.knows(*n, spec.span()),
        _ => false,
    }
}

/// Counts samples, or redistributes logged bins, as `spec` says.
///
/// NaN and infinite samples are omitted. [`evaluate_as_numpy`](super::evaluate_as_numpy) treats them like numpy.
///
/// # Errors
/// numpy's and W&B's conditions; [`Error::Cancelled`].
pub fn evaluate(content: &Content, spec: &BinSpec, policy: Policy, task: &Task) -> Result<EvaluatedHistogram, Error> {
    match content {
        Content::Raw(population) => evaluate_samples(population, spec, policy, task),
        Content::Logged(logged) => evaluate_bins(&logged.histogram.to_uncertain()?, Basis::Logged, spec, policy),
    }
}

/// Redistributes the bins of an edited histogram as `spec` says.
///
/// # Errors
/// numpy's and W&B's conditions.
pub fn evaluate_edited(
    edited: &UncertainHistogram,
    spec: &BinSpec,
    policy: Policy,
) -> Result<EvaluatedHistogram, Error> {
    evaluate_bins(edited, Basis::Edited, spec, policy)
}

fn evaluate_samples(
    population: &Population,
    spec: &BinSpec,
    policy: Policy,
    task: &Task,
) -> Result<EvaluatedHistogram, Error> {
    if population.is_counts_only()
        && let Some(estimated) =
            uncounted_edges(population, spec)?.and_then(|edges| estimate_from_table(population, &edges))
    {
        return Ok(estimated);
    }
    let first = Bins::Count(FIRST_BINS);
    let bins = spec.bins.as_ref().unwrap_or(&first);
    let mut notice = None;
    let wide = population.overflowing_range().filter(|_| policy.cap_rules);
    let span = Span { range: spec.range.or(wide), ..spec.span() };
    let counted = match engine::count_all(population, bins, span, task) {
        Err(Error::Hist(error @ hist::Error::RuleTooLarge { .. })) if policy.cap_rules => {
            notice = Some(capped(&error));
            engine::count_all(population, &Bins::Count(MAX_BINS), span, task)
        }
        counted => counted,
    };
    let (histogram, outside) = counted?;
    let (below, above) = (outside.below as f64, outside.above as f64);
    Ok(EvaluatedHistogram { histogram, certainty: Certainty::Exact, below, above, notice })
}

/// Returns the edges of the spec, or `None` if the table of the population contains them, or if they depend on samples.
fn uncounted_edges(population: &Population, spec: &BinSpec) -> Result<Option<Edges>, Error> {
    let count = match &spec.bins {
        None => Some(FIRST_BINS),
        Some(Bins::Count(n)) => Some(*n),
        Some(Bins::Rule(_) | Bins::Edges(_)) => None,
    };
    if let (Some(n), true) = (count, spec.spacing != Scale::Linear) {
        return population.edges(n, spec.span());
    }
    Ok(match (&spec.bins, spec.range) {
        (Some(Bins::Count(n)), Some(_)) if *n <= MAX_BINS && !population.knows(*n, spec.range) => {
            population.edges(*n, spec.range)?
        }
        (Some(Bins::Edges(edges)), _) if edges.len() <= MAX_BINS + 1 => Some(Edges::new(edges.clone())?),
        _ => None,
    })
}

/// Estimates the counts between `edges` from the table of a population.
///
/// Edges of the table yield exact counts. Between them, samples are assumed to be spread evenly. Returns `None` if the
/// population has no table.
pub fn estimate_from_table(population: &Population, edges: &Edges) -> Option<EvaluatedHistogram> {
    let RangeEstimate { counts, max_error, below, above } = population.estimate(edges)?;
    let counts = Numbers::ints(counts.iter().map(|count| *count as i128));
    let exact = max_error.iter().all(|error| *error == 0.0);
    let certainty =
        if exact { Certainty::Exact } else { Certainty::Approximate { from: MAX_BINS, of: Basis::Counted, max_error } };
    let histogram = Histogram::new(edges.clone(), counts).ok()?;
    Some(EvaluatedHistogram { histogram, certainty, below, above, notice: None })
}

/// Evaluates a histogram: arithmetic on a few hundred bins, without counting.
fn evaluate_bins(
    base: &UncertainHistogram,
    of: Basis,
    spec: &BinSpec,
    policy: Policy,
) -> Result<EvaluatedHistogram, Error> {
    let mut notice = None;
    let histogram = &base.histogram;
    let bins = match &spec.bins {
        Some(Bins::Count(n)) => *n,
        Some(Bins::Edges(edges)) => edges.len().saturating_sub(1),
        None | Some(Bins::Rule(_)) => 0,
    };
    if bins > MAX_BINS {
        return Err(crate::wandb::Error::TooLong.into());
    }
    let edges = match (&spec.bins, spec.range) {
        (bins, range) if spec.spacing != Scale::Linear && !matches!(bins, Some(Bins::Edges(_))) => {
            let Segment { lo, hi } = spaced_range(histogram, range, spec.spacing)?;
            let n = match bins {
                Some(Bins::Count(n)) => *n,
                Some(Bins::Rule(rule)) => {
                    let bins = hist::spaced_rule_bins(histogram, *rule, spec.spacing, Segment { lo, hi });
                    within_limit(*rule, bins, policy, &mut notice)?
                }
                _ => histogram.bins().clamp(1, MAX_BINS),
            };
            hist::spaced_edges(spec.spacing, lo, hi, n)?
        }
        (None, None) => histogram.edges().clone(),
        (None, Some(range)) => edges_within(histogram.edges(), range)?,
        (Some(Bins::Edges(edges)), _) => Edges::new(edges.clone())?,
        (Some(Bins::Count(n)), range) => uniform_edges(histogram, range, *n)?,
        (Some(Bins::Rule(rule)), range) => {
            let bins = hist::rule_bins_of_histogram(histogram, *rule);
            uniform_edges(histogram, range, within_limit(*rule, bins, policy, &mut notice)?)?
        }
    };
    let same = edges == *histogram.edges();
    let UncertainHistogram { histogram: result, max_error, below, above } =
        if same { base.clone() } else { base.rebin(&edges, policy.rounding) };
    let from = histogram.bins();
    let exact = max_error.iter().all(|error| *error == 0.0);
    // Uncut bins keep their logged counts, even if samples lie exactly on the new last edge.
    let is_old_edge = |edge: &f64| histogram.edges().as_f64().contains(edge);
    let uncut =
        same || (spec.bins.is_none() && spec.spacing == Scale::Linear && edges.as_f64().iter().all(is_old_edge));
    let certainty = match of {
        Basis::Logged if uncut => Certainty::Logged,
        Basis::Edited if same || (uncut && base.exact()) => {
            Certainty::Edited { max_error: if same { max_error } else { vec![0.0; result.bins()] } }
        }
        of if exact => Certainty::Merged { from, of },
        of => Certainty::Approximate { from, of, max_error },
    };
    Ok(EvaluatedHistogram { histogram: result, certainty, below, above, notice })
}

/// The number of bins that a rule yields, capped at 512 if the policy says so.
fn within_limit(rule: Rule, bins: u64, policy: Policy, notice: &mut Option<String>) -> Result<usize, Error> {
    match rule.limit(bins) {
        Err(error) if policy.cap_rules => {
            *notice = Some(capped(&error));
            Ok(MAX_BINS)
        }
        result => Ok(result?),
    }
}

fn capped(error: &hist::Error) -> String {
    format!("{error}; showing {MAX_BINS}")
}

/// The range of spaced bins: the given one, or all logged bins of finite width. Logarithmic bins begin at a positive edge.
fn spaced_range(base: &Histogram, range: Option<Range>, spacing: Scale) -> Result<Segment, Error> {
    let all = hist::spaced_range(spacing, base.edges().as_f64());
    let given = range.map(|range| Segment { lo: range.lo.as_f64(), hi: range.hi.as_f64() });
    let segment = match (given, all) {
        (Some(given), Some(all)) if spacing == Scale::Log && given.lo <= 0.0 => Segment { lo: all.lo, ..given },
        (given, all) => given.or(all).ok_or(hist::Error::NotPositive)?,
    };
    if segment.lo <= segment.hi { Ok(segment) } else { Err(hist::Error::NotPositive.into()) }
}

/// Edges of `n` bins of equal width over the range, or over all logged bins of finite width.
fn uniform_edges(base: &Histogram, range: Option<Range>, n: usize) -> Result<Edges, Error> {
    let (lo, hi) = match range {
        Some(range) => (range.lo.as_f64(), range.hi.as_f64()),
        None => Segment::of_finite(base.edges().as_f64()).map_or((0.0, 1.0), |all| (all.lo, all.hi)),
    };
    // numpy widens an empty range by 0.5 on either side.
    let (lo, hi) = if lo == hi { (lo - 0.5, hi + 0.5) } else { (lo, hi) };
    Ok(hist::uniform_edges(lo, hi, n)?)
}

/// The edges inside a range. If an end of the range cuts a bin, it becomes the outer edge.
fn edges_within(edges: &Edges, range: Range) -> Result<Edges, Error> {
    let (lo, hi) = (range.lo.as_f64(), range.hi.as_f64());
    // For numpy's error text. Infinite ends are allowed here: they keep all bins on their side.
    if lo.partial_cmp(&hi).is_none_or(Ordering::is_gt) {
        hist::uniform_edges(lo, hi, 1)?;
    }
    edges.within(lo, hi).ok_or_else(|| Error::Value(format!("the range [{lo}, {hi}] contains no bin")))
}
