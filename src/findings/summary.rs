//! The summary of one step, from which all rules decide.

use crate::engine::Population;
use crate::error::At;
use crate::hist::Summary;

/// Number of quantiles that stand for a distribution.
pub(super) const SKETCH: usize = 16;

/// Width of a bin around zero, as a share of the largest magnitude, below which its values count as zeros. TensorBoard's
/// bucket at zero is `[0, 1e-12)`.
const ZERO: f64 = 1e-6;

/// Numbers that a record states about its values, in addition to its bins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stated {
    /// Number of values; NaN if it is not stated.
    pub n: f64,
    pub min: f64,
    pub max: f64,
    pub sum: f64,
}

/// Summary of one step. Unknown numbers are NaN.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepSummary {
    /// Number of values, including NaN and infinities.
    pub n: f64,
    /// First and last edge of bins that may leave out values; `None` for other bins and for samples.
    pub ends: Option<(f64, f64)>,
    /// Number of NaN; NaN if there are some, but their number is unknown.
    pub nan: f64,
    /// Number of infinities; NaN if there are some, but their number is unknown.
    pub inf: f64,
    /// Position of the first NaN, or else of the first infinity.
    pub nan_at: Option<Box<str>>,
    pub inf_at: Option<Box<str>>,
    /// Share of values that are certainly zero.
    pub zeros: f64,
    /// Standard deviation, with the values spread evenly over their bins: coarse bins would hide a small one otherwise.
    pub std: f64,
    /// Largest magnitude.
    pub max_abs: f64,
    /// The value, if all values are equal.
    pub same: Option<f64>,
    /// Share of the values in the bin with the largest count; NaN for samples.
    pub peak: f64,
    /// Width of that bin.
    pub peak_width: f64,
    /// Quantiles that stand for the distribution. Empty if they are unknown.
    pub sketch: Vec<f64>,
    /// Number of values that the record states; NaN if it states none, or if it agrees with the bins.
    pub stated: f64,
}

impl StepSummary {
    /// Summarizes bins. `None` for malformed ones: other numbers of edges and counts, edges that decrease or are NaN, and
    /// counts that are negative or not finite.
    pub fn of_bins(edges: &[f64], counts: &[f64], stated: Option<Stated>) -> Option<Self> {
        let ordered = edges.windows(2).all(|pair| matches!(pair, [a, b] if a <= b));
        let counted = counts.iter().all(|count| *count >= 0.0 && count.is_finite());
        if edges.len() != counts.len() + 1 || !ordered || !counted || counts.is_empty() {
            return None;
        }
        let n: f64 = counts.iter().sum();
        let mut summary = Self { n, stated: f64::NAN, ..Self::default() };
        if let Some(stated) = stated {
            summary.state(stated);
        }
        // Records with totals have buckets for all numbers. Values in an outer eighth may continue outside the bins.
        let outer = counts.len().div_ceil(8);
        let is_cut = [&counts[..outer], &counts[counts.len() - outer..]].concat().iter().any(|count| *count > 0.0);
        let ends = edges.first().copied().zip(edges.last().copied());
        summary.ends = ends.filter(|_| stated.is_none() && is_cut);
        summary.spread(edges, counts, stated);
        Some(summary)
    }

    /// Summarizes samples. `spread` has the standard deviation and the quantiles of [`Self::probabilities`], if they are
    /// known.
    pub fn of_samples(samples: &Summary, spread: Option<(f64, Vec<f64>)>) -> Self {
        let finite = samples.finite();
        let (std, sketch) = spread.unwrap_or((f64::NAN, Vec::new()));
        Self {
            n: samples.n as f64,
            ends: None,
            nan: samples.nan as f64,
            inf: (samples.posinf + samples.neginf) as f64,
            nan_at: None,
            inf_at: None,
            zeros: samples.zeros as f64 / finite as f64,
            std,
            max_abs: samples.min.abs().max(samples.max.abs()),
            // A single value says nothing.
            same: (samples.n > 1 && finite == samples.n && samples.min == samples.max).then_some(samples.min),
            peak: f64::NAN,
            peak_width: f64::NAN,
            sketch,
            stated: f64::NAN,
        }
    }

    /// Summarizes samples like [`Self::of_samples`], with the positions of the first NaN and infinity.
    pub fn of_population(samples: &Population, spread: Option<(f64, Vec<f64>)>) -> Self {
        let first = samples.first_non_finite();
        let place = |at: Option<&At>| at.filter(|at| **at != At::Whole).map(|at| at.to_string().into());
        Self {
            nan_at: place(first.nan.as_ref()),
            inf_at: place(first.posinf.as_ref().or(first.neginf.as_ref())),
            ..Self::of_samples(samples.summary(), spread)
        }
    }

    /// Probabilities of the quantiles in the sketch.
    pub fn probabilities() -> [f64; SKETCH] {
        std::array::from_fn(|at| (at as f64 + 0.5) / SKETCH as f64)
    }

    /// Applies the numbers of the record.
    fn state(&mut self, stated: Stated) {
        let Stated { n, min, max, sum } = stated;
        // Fractional weights are summed with rounding.
        if n > 0.0 && n.is_finite() && (n - self.n).abs() > 1e-6 * n {
            self.stated = n;
        }
        if [min, max, sum].iter().any(|x| x.is_nan()) {
            self.nan = f64::NAN;
        } else if [min, max, sum].iter().any(|x| x.is_infinite()) {
            self.inf = f64::NAN;
        }
    }

    /// Computes everything that depends on where the values are.
    fn spread(&mut self, edges: &[f64], counts: &[f64], stated: Option<Stated>) {
        let bin = |k: usize| bounded(edges[k], edges[k + 1]);
        let filled = |k: &usize| counts[*k] > 0.0;
        let (first, last) = ((0..counts.len()).find(filled), (0..counts.len()).rfind(filled));
        let (Some(first), Some(last)) = (first, last) else {
            (self.std, self.max_abs, self.zeros, self.peak) = (f64::NAN, f64::NAN, f64::NAN, f64::NAN);
            return;
        };
        let (min, max) = (bin(first).0, bin(last).1);
        self.max_abs = min.abs().max(max.abs());
        let unit = if self.max_abs > 0.0 { self.max_abs } else { 1.0 };
        let (mut mean, mut square, mut zeros, mut peak) = (0.0, 0.0, 0.0, 0.0_f64);
        // Deviations from a center near the values, so that values far from zero lose no digits.
        let center = |k: usize| {
            let (lo, hi) = bin(k);
            f64::midpoint(lo / unit, hi / unit)
        };
        let origin = center(first);
        for (k, count) in counts.iter().copied().enumerate().take(last + 1).skip(first) {
            let deviation = center(k) - origin;
            mean += count * deviation;
            let (lo, hi) = bin(k);
            let width = (hi - lo) / unit;
            square += count * (deviation * deviation + width * width / 12.0);
            if count > peak {
                (peak, self.peak_width) = (count, hi - lo);
            }
            if lo <= 0.0 && hi >= 0.0 && (hi > 0.0 || lo == hi) && hi - lo <= ZERO * self.max_abs {
                zeros += count;
            }
        }
        (mean, square) = (mean / self.n, square / self.n);
        self.std = (square - mean * mean).max(0.0).sqrt() * unit;
        self.zeros = zeros / self.n;
        self.peak = if counts.len() > 1 { peak / self.n } else { f64::NAN };
        self.same = stated.filter(|stated| stated.min == stated.max).map(|stated| stated.min);
        self.same = self.same.or_else(|| same(edges, (min, max), first == last)).filter(|_| self.n > 1.0);
        if let Some(same) = self.same {
            self.zeros = f64::from(u8::from(same == 0.0));
            (self.std, self.max_abs) = (0.0, same.abs());
        }
        self.sketch = sketch(edges, counts, self.n, (first, last));
    }
}

/// Returns the value if all values are equal: in a bin without width, or in the middle of the bins that numpy makes around
/// a single value.
fn same(edges: &[f64], (min, max): (f64, f64), in_one_bin: bool) -> Option<f64> {
    if min == max {
        return Some(min);
    }
    let (lo, hi) = (*edges.first()?, *edges.last()?);
    let middle = f64::midpoint(lo, hi);
    // numpy widens a range without width by a half on either side.
    let is_widened = ((hi - lo) - 1.0).abs() <= 1e-9 * middle.abs().max(1.0);
    (in_one_bin && edges.len() > 2 && is_widened && min <= middle && middle <= max).then_some(middle)
}

/// Returns the bin, with the finite edge in place of one that is infinite or the largest number.
fn bounded(lo: f64, hi: f64) -> (f64, f64) {
    const FAR: f64 = 1e300;
    match (lo.abs() < FAR, hi.abs() < FAR) {
        (true, true) => (lo, hi),
        (true, false) => (lo, lo),
        (false, true) => (hi, hi),
        (false, false) => (0.0, 0.0),
    }
}

/// Returns quantiles, with the values spread evenly over their bins.
fn sketch(edges: &[f64], counts: &[f64], n: f64, (first, last): (usize, usize)) -> Vec<f64> {
    let mut quantiles = Vec::with_capacity(SKETCH);
    let (mut k, mut below) = (first, 0.0);
    for p in StepSummary::probabilities() {
        let target = p * n;
        while k < last && below + counts[k] < target {
            below += counts[k];
            k += 1;
        }
        let (lo, hi) = bounded(edges[k], edges[k + 1]);
        let part = ((target - below) / counts[k]).clamp(0.0, 1.0);
        quantiles.push(lo * (1.0 - part) + hi * part);
    }
    quantiles
}
