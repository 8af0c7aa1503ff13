//! From content and a lens to the histogram that is shown, exported and saved, with what is known of its certainty.

use super::BinSpec;
use crate::catalog::Content;
use crate::engine::{self, Population, RangeEstimate, Task};
use crate::error::Error;
use crate::hist::{
    self, Bins, Edges, Histogram, MAX_BINS, Numbers, Range, Rounding, Rule, Segment, UncertainHistogram,
};
use std::cmp::Ordering;

/// Bins of samples that nothing was said about.
const FIRST_BINS: usize = crate::wandb::Histogram::DEFAULT_BINS;

/// How sure the counts are.
#[derive(Debug, Clone, PartialEq)]
pub enum Certainty {
    /// Recounted from raw samples.
    Exact,
    /// As stored.
    Logged,
    /// As edited; the largest possible error of each bin, zero where bins were only merged, set or cleared.
    Edited { max_error: Vec<f64> },
    /// Put together from so many bins, none of which was cut: every count is certain.
    Merged { from: usize, of: Basis },
    /// Redistributed from so many bins; the largest possible error of each new bin.
    Approximate { from: usize, of: Basis, max_error: Vec<f64> },
}

/// Which bins others are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Those of the file, or counted from samples.
    Logged,
    /// Those that a person made.
    Edited,
    /// Those of a table of samples.
    Counted,
}

impl Basis {
    /// `logged`, `edited` or `counted`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logged => "logged",
            Self::Edited => "edited",
            Self::Counted => "counted",
        }
    }
}

impl Certainty {
    /// The largest possible error of each bin, where there is any doubt.
    pub fn max_error(&self) -> Option<&[f64]> {
        match self {
            Self::Edited { max_error } | Self::Approximate { max_error, .. } => {
                max_error.iter().any(|error| *error != 0.0).then_some(max_error)
            }
            Self::Exact | Self::Logged | Self::Merged { .. } => None,
        }
    }
}

/// A histogram as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluatedHistogram {
    pub histogram: Histogram,
    pub certainty: Certainty,
    /// What lies below and above the range.
    pub below: f64,
    pub above: f64,
    /// Something the user should be told, such as a rule that was capped.
    pub notice: Option<String>,
}

impl EvaluatedHistogram {
    /// As it is stored.
    pub fn logged(histogram: Histogram) -> Self {
        Self { histogram, certainty: Certainty::Logged, below: 0.0, above: 0.0, notice: None }
    }
}

/// What to do where there is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub rounding: Rounding,
    /// Whether a rule that asks for more than 512 bins gets 512, with a notice, or is an error.
    pub cap_rules: bool,
}

/// Whether [`look`] needs to count nothing: bins are there, or a [table](Population::prepare) of the samples is.
pub fn is_instant(content: &Content, spec: &BinSpec) -> bool {
    match (content, &spec.bins) {
        (Content::Logged(_), _) => true,
        (Content::Raw(population), None) => population.knows(FIRST_BINS, spec.range),
        (Content::Raw(population), Some(Bins::Count(n))) => population.knows(*n, spec.range),
        _ => false,
    }
}

/// Looks at `content` through `spec`.
///
/// # Errors
/// numpy's and W&B's conditions; [`Error::Cancelled`].
pub fn look(content: &Content, spec: &BinSpec, policy: Policy, task: &Task) -> Result<EvaluatedHistogram, Error> {
    match content {
        Content::Raw(population) => look_at_samples(population, spec, policy, task),
        Content::Logged(logged) => {
            look_at_bins(&UncertainHistogram::certain(logged.histogram.to_hist()?), Basis::Logged, spec, policy)
        }
    }
}

/// Looks at a histogram that was edited, through `spec`: no counting.
///
/// # Errors
/// numpy's and W&B's conditions.
pub fn look_at_edited(
    edited: &UncertainHistogram,
    spec: &BinSpec,
    policy: Policy,
) -> Result<EvaluatedHistogram, Error> {
    look_at_bins(edited, Basis::Edited, spec, policy)
}

fn look_at_samples(
    population: &Population,
    spec: &BinSpec,
    policy: Policy,
    task: &Task,
) -> Result<EvaluatedHistogram, Error> {
    if population.is_counts_only()
        && let Some(shown) = other_edges(population, spec)?.and_then(|edges| estimated(population, &edges))
    {
        return Ok(shown);
    }
    let first = Bins::Count(FIRST_BINS);
    let bins = spec.bins.as_ref().unwrap_or(&first);
    let mut notice = None;
    let counted = match engine::count_all(population, bins, spec.range, task) {
        Err(Error::Hist(error @ hist::Error::RuleTooLarge { .. })) if policy.cap_rules => {
            notice = Some(capped(&error));
            engine::count_all(population, &Bins::Count(MAX_BINS), spec.range, task)
        }
        counted => counted,
    };
    let (histogram, outside) = counted?;
    let (below, above) = (outside.below as f64, outside.above as f64);
    Ok(EvaluatedHistogram { histogram, certainty: Certainty::Exact, below, above, notice })
}

/// Edges that a table does not hold, of samples that nothing but a table is known of.
fn other_edges(population: &Population, spec: &BinSpec) -> Result<Option<Edges>, Error> {
    Ok(match (&spec.bins, spec.range) {
        (Some(Bins::Count(n)), Some(_)) if *n <= MAX_BINS && !population.knows(*n, spec.range) => {
            population.edges(*n, spec.range)?
        }
        (Some(Bins::Edges(edges)), _) if edges.len() <= MAX_BINS + 1 => Some(Edges::new(edges.clone())?),
        _ => None,
    })
}

/// What a table of samples says of other edges: exactly where they are among its own, else as if samples lay evenly
/// between these.
pub fn estimated(population: &Population, edges: &Edges) -> Option<EvaluatedHistogram> {
    let RangeEstimate { counts, max_error, below, above } = population.estimate(edges)?;
    let counts = Numbers::ints(counts.iter().map(|count| *count as i128));
    let exact = max_error.iter().all(|error| *error == 0.0);
    let certainty =
        if exact { Certainty::Exact } else { Certainty::Approximate { from: MAX_BINS, of: Basis::Counted, max_error } };
    let histogram = Histogram::new(edges.clone(), counts).ok()?;
    Some(EvaluatedHistogram { histogram, certainty, below, above, notice: None })
}

/// Looks at an already binned histogram: pure arithmetic on at most a few hundred bins.
fn look_at_bins(
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
        (None, None) => histogram.edges().clone(),
        (None, Some(range)) => inside(histogram.edges(), range)?,
        (Some(Bins::Edges(edges)), _) => Edges::new(edges.clone())?,
        (Some(Bins::Count(n)), range) => uniform(histogram, range, *n)?,
        (Some(Bins::Rule(rule)), range) => {
            let asked = hist::rule_bins_of_histogram(histogram, *rule);
            uniform(histogram, range, within_limit(*rule, asked, policy, &mut notice)?)?
        }
    };
    let same = edges == *histogram.edges();
    let UncertainHistogram { histogram: shown, max_error, below, above } =
        if same { base.clone() } else { base.rebin(&edges, policy.rounding) };
    let from = histogram.bins();
    let exact = max_error.iter().all(|error| *error == 0.0);
    // Bins taken out whole hold what was logged; whether a sample sat on the very last edge does not change that.
    let whole = |edge: &f64| histogram.edges().as_f64().contains(edge);
    let taken_out = same || (spec.bins.is_none() && edges.as_f64().iter().all(whole));
    let certainty = match of {
        Basis::Logged if taken_out => Certainty::Logged,
        Basis::Edited if same || (taken_out && base.exact()) => {
            Certainty::Edited { max_error: if same { max_error } else { vec![0.0; shown.bins()] } }
        }
        of if exact => Certainty::Merged { from, of },
        of => Certainty::Approximate { from, of, max_error },
    };
    Ok(EvaluatedHistogram { histogram: shown, certainty, below, above, notice })
}

/// The number of bins a rule asked for, held within what a histogram may have.
fn within_limit(rule: Rule, asked: u64, policy: Policy, notice: &mut Option<String>) -> Result<usize, Error> {
    match rule.limit(asked) {
        Err(error) if policy.cap_rules => {
            *notice = Some(capped(&error));
            Ok(MAX_BINS)
        }
        result => Ok(result?),
    }
}

fn capped(error: &hist::Error) -> String {
    format!("{error}: shown with {MAX_BINS}")
}

/// `n` bins of equal width over the range, or over all logged bins of finite extent.
fn uniform(base: &Histogram, range: Option<Range>, n: usize) -> Result<Edges, Error> {
    let (lo, hi) = match range {
        Some(range) => (range.lo.as_f64(), range.hi.as_f64()),
        None => Segment::of_finite(base.edges().as_f64()).map_or((0.0, 1.0), |all| (all.lo, all.hi)),
    };
    // numpy widens a range without extent by a half on either side.
    let (lo, hi) = if lo == hi { (lo - 0.5, hi + 0.5) } else { (lo, hi) };
    Ok(hist::uniform_edges(lo, hi, n)?)
}

/// The logged edges inside a range, with the range's ends as outer edges where they cut a bin.
fn inside(edges: &Edges, range: Range) -> Result<Edges, Error> {
    let (from, to) = (range.lo.as_f64(), range.hi.as_f64());
    // What is no range is refused in numpy's words; an infinite end leaves its side as it is.
    if from.partial_cmp(&to).is_none_or(Ordering::is_gt) {
        hist::uniform_edges(from, to, 1)?;
    }
    edges.within(from, to).ok_or_else(|| Error::Value(format!("the range [{from}, {to}] holds no bin")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Number, Numbers};

    const POLICY: Policy = Policy { rounding: Rounding::Integers, cap_rules: true };

    fn base() -> Histogram {
        let edges = Edges::from_f64(vec![0.0, 1.0, 2.0, 3.0, 4.0]).unwrap();
        Histogram::new(edges, Numbers::ints([1, 2, 3, 4])).unwrap()
    }

    fn through(bins: Option<Bins>, range: Option<(f64, f64)>) -> EvaluatedHistogram {
        let range = range.map(|(lo, hi)| Range { lo: Number::Float(lo), hi: Number::Float(hi) });
        look_at_bins(&UncertainHistogram::certain(base()), Basis::Logged, &BinSpec { bins, range }, POLICY).unwrap()
    }

    #[test]
    fn every_picture_of_logged_bins_says_how_sure_it_is() {
        assert_eq!(through(None, None).certainty, Certainty::Logged);
        let zoomed = through(None, Some((1.0, 3.0)));
        assert_eq!((zoomed.certainty, zoomed.below, zoomed.above), (Certainty::Logged, 1.0, 4.0));
        assert_eq!(zoomed.histogram.counts(), &Numbers::ints([2, 3]));
        assert_eq!(through(Some(Bins::Count(2)), None).certainty, Certainty::Merged { from: 4, of: Basis::Logged });
        let cut = through(Some(Bins::Count(3)), None);
        assert!(matches!(cut.certainty, Certainty::Approximate { from: 4, .. }));
        assert_eq!(cut.histogram.total(), Number::Int(10));
        assert!(matches!(through(None, Some((0.5, 3.0))).certainty, Certainty::Approximate { .. }));
    }

    #[test]
    fn a_rule_beyond_the_maximum_is_capped_or_refused() {
        let many = Histogram::new(Edges::from_f64(vec![0.0, 1.0]).unwrap(), Numbers::ints([1 << 40])).unwrap();
        let many = UncertainHistogram::certain(many);
        let spec = BinSpec::new(Some(Bins::Rule(Rule::Sqrt)));
        let capped = look_at_edited(&many, &spec, POLICY).unwrap();
        assert_eq!(capped.histogram.bins(), MAX_BINS);
        assert!(capped.notice.is_some_and(|notice| notice.starts_with("sqrt asks for 1,048,576 bins")));
        assert!(look_at_edited(&many, &spec, Policy { cap_rules: false, ..POLICY }).is_err());
    }

    #[test]
    fn a_range_beside_everything_is_a_sentence() {
        let why = |lo, hi| {
            let spec = BinSpec { bins: None, range: Some(Range::floats(lo, hi)) };
            look_at_edited(&UncertainHistogram::certain(base()), &spec, POLICY).unwrap_err().to_string()
        };
        assert_eq!(why(7.0, 9.0), "the range [7, 9] holds no bin");
        assert_eq!(why(3.0, 1.0), "max must be larger than min in range parameter.");
        assert_eq!(why(f64::NAN, 1.0), "supplied range of [nan, 1.0] is not finite");
        let above = through(None, Some((2.0, f64::INFINITY)));
        assert_eq!(above.histogram.counts(), &Numbers::ints([3, 4]));
    }

    #[test]
    fn every_picture_of_edited_bins_says_so() {
        let mut edited = UncertainHistogram { below: 5.0, ..UncertainHistogram::certain(base()) };
        let at = |edited: &UncertainHistogram, bins, range| {
            look_at_edited(edited, &BinSpec { bins, range }, POLICY).unwrap()
        };
        let zoomed = |lo, hi| Some(Range::floats(lo, hi));
        let as_edited = at(&edited, None, None);
        assert_eq!((as_edited.certainty, as_edited.below), (Certainty::Edited { max_error: vec![0.0; 4] }, 5.0));
        let inner = at(&edited, None, zoomed(1.0, 3.0));
        assert_eq!((inner.certainty, inner.below), (Certainty::Edited { max_error: vec![0.0; 2] }, 6.0));
        let merged = Certainty::Merged { from: 4, of: Basis::Edited };
        assert_eq!(at(&edited, Some(Bins::Count(2)), None).certainty, merged);
        edited.max_error[0] = 1.0;
        let doubtful = at(&edited, Some(Bins::Count(2)), None).certainty;
        assert_eq!(doubtful, Certainty::Approximate { from: 4, of: Basis::Edited, max_error: vec![1.0, 0.0] });
        assert_eq!(at(&edited, None, None).certainty.max_error(), Some(&[1.0, 0.0, 0.0, 0.0][..]));
    }
}
