//! Evaluation with numpy's treatment of NaN and infinite samples.

use super::{BinSpec, EvaluatedHistogram, Policy, evaluate};
use crate::catalog::Content;
use crate::engine::{Population, Task};
use crate::error::Error;
use crate::hist::{self, Bins, Histogram, Number, python_repr};

/// Evaluates like [`evaluate()`](super::evaluate()), but treats NaN and infinite samples like `numpy.histogram`.
///
/// numpy cannot detect a range if the smallest or largest sample is not finite. Between explicit edges it counts infinite
/// samples in bins that extend to infinity.
///
/// # Errors
/// Same as [`evaluate()`](super::evaluate()); [`hist::Error::DataNotFinite`] if the range would have to be detected.
pub fn evaluate_as_numpy(
    content: &Content,
    spec: &BinSpec,
    policy: Policy,
    task: &Task,
) -> Result<EvaluatedHistogram, Error> {
    let evaluate = || evaluate(content, spec, policy, task);
    let Content::Raw(population) = content else { return evaluate() };
    let summary = population.summary();
    if summary.finite() == summary.n {
        return evaluate();
    }
    match (&spec.bins, spec.range) {
        (Some(Bins::Edges(_)), _) => add_infinities(evaluate()?, summary.neginf, summary.posinf),
        // numpy checks the number of bins first. Count files have the range that they were counted over.
        (bins, None) if *bins != Some(Bins::Count(0)) && !population.is_counts_only() => {
            Err(not_finite(population).into())
        }
        _ => evaluate(),
    }
}

/// Checks that numpy can detect the range of the samples. Count files have the range that they were counted over.
///
/// # Errors
/// [`hist::Error::DataNotFinite`] with the smallest and the largest sample, which are NaN if any sample is.
pub fn check_finite(population: &Population) -> Result<(), Error> {
    let summary = population.summary();
    let is_finite = summary.finite() == summary.n || population.is_counts_only();
    if is_finite { Ok(()) } else { Err(not_finite(population).into()) }
}

fn not_finite(population: &Population) -> hist::Error {
    let summary = population.summary();
    let end = |infinite: u64, infinity: f64, finite: f64| match finite {
        _ if infinite > 0 => infinity,
        // NaN if no sample is finite: then both ends are the same infinity.
        x if x.is_nan() => -infinity,
        x => x,
    };
    let lo = end(summary.neginf, f64::NEG_INFINITY, summary.min);
    let hi = end(summary.posinf, f64::INFINITY, summary.max);
    let [lo, hi] = if summary.nan > 0 { [f64::NAN; 2] } else { [lo, hi] }.map(python_repr);
    hist::Error::DataNotFinite(lo, hi)
}

/// Adds infinite samples to the outer bins that extend to infinity.
fn add_infinities(evaluated: EvaluatedHistogram, neginf: u64, posinf: u64) -> Result<EvaluatedHistogram, Error> {
    let edges = evaluated.histogram.edges().clone();
    let mut counts: Vec<Number> = evaluated.histogram.counts().iter().collect();
    let add = |count: Option<&mut Number>, n: u64| {
        if let Some(Number::Int(count)) = count {
            *count += i128::from(n);
        }
    };
    if edges.span().is_some_and(|span| span.lo == f64::NEG_INFINITY) {
        add(counts.first_mut(), neginf);
    }
    if edges.span().is_some_and(|span| span.hi == f64::INFINITY) {
        add(counts.last_mut(), posinf);
    }
    Ok(EvaluatedHistogram { histogram: Histogram::new(edges, counts.into_iter().collect())?, ..evaluated })
}
