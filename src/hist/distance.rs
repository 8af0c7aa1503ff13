//! Distances between two distributions that are known by their samples, or only by their bins.
//!
//! Samples give exact distances. Bins give estimates, with the mass of each bin spread evenly over it, and bounds that hold
//! wherever the values are in their bins.

use super::stats::{self, Stats};
use super::{Bins, Edges, Histogram, Numbers, Rounding, Samples, histogram, quantile_in_bins, rebin, uniform_edges};

/// Number of common bins for the Jensen–Shannon distance.
const JS_BINS: usize = 64;
/// Number of quantile bins of the reference for the population stability index.
const PSI_BINS: usize = 10;
/// Smallest share of a bin in the population stability index, which would be infinite for an empty one.
const MIN_SHARE: f64 = 1e-4;

/// A distribution of finite values.
#[derive(Debug, Clone, Copy)]
pub enum Distribution<'a> {
    /// Samples in increasing order, without NaN and infinities.
    Samples(&'a [f64]),
    /// Bins with counts that are not negative, and finite edges.
    Bins(&'a Histogram),
}

/// A distance and its bounds, which are equal to it if it is exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distance {
    pub value: f64,
    pub lo: f64,
    pub hi: f64,
}

/// Distances of a distribution from a reference. NaN if one of them is empty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distances {
    /// Wasserstein-1 distance, in units of the values.
    pub w1: Distance,
    /// Kolmogorov–Smirnov statistic, from 0 to 1.
    pub ks: Distance,
    /// Jensen–Shannon distance with base 2 over 64 common bins, from 0 to 1.
    pub js: Distance,
    /// Population stability index over the ten quantile bins of the reference, with shares of at least 0.0001.
    pub psi: Distance,
}

impl Distances {
    /// Computes the distances of `other` from `reference`.
    pub fn new(reference: Distribution<'_>, other: Distribution<'_>) -> Self {
        let unknown = Distance { value: f64::NAN, lo: f64::NAN, hi: f64::NAN };
        let none = Self { w1: unknown, ks: unknown, js: unknown, psi: unknown };
        let (Some((a, b)), Some(range)) = (reference.cdfs().zip(other.cdfs()), common_range(reference, other)) else {
            return none;
        };
        let [w1, ks] = cdf_distances(&a, &b);
        let (js, psi) = (js(reference, other, range), psi(reference, other));
        Self { w1, ks, js: js.unwrap_or(unknown), psi: psi.unwrap_or(unknown) }
    }
}

/// Cumulative distribution with jumps at some points, linear between them.
#[derive(Debug, Clone, Default, PartialEq)]
struct Cdf {
    /// Points in increasing order, with the values below and at them.
    points: Vec<(f64, f64, f64)>,
}

/// Estimate of a cumulative distribution, and its lowest and highest possible values.
struct Cdfs {
    estimate: Cdf,
    lowest: Cdf,
    highest: Cdf,
}

impl Distribution<'_> {
    /// `None` without values.
    fn cdfs(self) -> Option<Cdfs> {
        match self {
            Self::Samples([]) => None,
            Self::Samples(values) => {
                let steps = values.iter().map(|x| (*x, 1.0));
                let exact = Cdf::of_steps(steps, values.len() as f64);
                Some(Cdfs { lowest: exact.clone(), highest: exact.clone(), estimate: exact })
            }
            Self::Bins(histogram) => {
                let total = histogram.total().as_f64();
                let is_valid = histogram.counts().as_f64().iter().all(|count| *count >= 0.0);
                if !(total > 0.0 && total.is_finite() && is_valid) {
                    return None;
                }
                let edges = histogram.edges().as_f64();
                if edges.iter().any(|edge| !edge.is_finite()) {
                    return None;
                }
                let counts = histogram.counts().as_f64();
                let at = |edge: usize| edges.iter().skip(edge).zip(counts).map(|(x, count)| (*x, *count));
                Some(Cdfs {
                    estimate: Cdf::of_bins(edges, counts, total),
                    lowest: Cdf::of_steps(at(1), total),
                    highest: Cdf::of_steps(at(0), total),
                })
            }
        }
    }

    /// Smallest and largest value.
    fn ends(self) -> Option<(f64, f64)> {
        match self {
            Self::Samples(values) => Some((*values.first()?, *values.last()?)),
            Self::Bins(histogram) => {
                let stats = Stats::of_histogram_at(histogram, &[]);
                Some((stats.min, stats.max)).filter(|(lo, hi)| lo <= hi)
            }
        }
    }

    /// Shares of the mass in bins, with their largest errors.
    fn shares(self, edges: &Edges) -> Option<Vec<(f64, f64)>> {
        let (counts, errors) = match self {
            Self::Samples(values) => {
                let samples = Samples::F64(values.to_vec());
                let counted = histogram(&samples, &Bins::Edges(edges.numbers().clone()), None).ok()?;
                (counted.counts().as_f64().to_vec(), vec![0.0; edges.bins()])
            }
            Self::Bins(histogram) => {
                let rebinned = rebin(histogram, edges, Rounding::Fractional);
                (rebinned.histogram.counts().as_f64().to_vec(), rebinned.max_error)
            }
        };
        let total: f64 = counts.iter().sum();
        (total > 0.0).then(|| counts.into_iter().zip(errors).map(|(n, error)| (n / total, error / total)).collect())
    }

    /// Quantile by numpy's linear method, or interpolated in bins.
    fn quantile(self, p: f64) -> Option<f64> {
        match self {
            Self::Samples(values) => {
                let rank = values.len().checked_sub(1)? as f64 * p;
                let (below, above) = (values.get(rank.floor() as usize)?, values.get(rank.ceil() as usize)?);
                Some(stats::between(*below, *above, rank - rank.floor()))
            }
            Self::Bins(histogram) => quantile_in_bins(histogram, p),
        }
    }
}

impl Cdf {
    /// Jumps by `mass / total` at each point. The points must not decrease.
    fn of_steps(steps: impl Iterator<Item = (f64, f64)>, total: f64) -> Self {
        let mut points: Vec<(f64, f64, f64)> = Vec::new();
        let mut sum = 0.0;
        for (x, mass) in steps.filter(|(_, mass)| *mass != 0.0) {
            let below = sum / total;
            sum += mass;
            match points.last_mut() {
                Some((last, _, at)) if *last == x => *at = sum / total,
                _ => points.push((x, below, sum / total)),
            }
        }
        Self { points }
    }

    /// Rises evenly over each bin, and jumps at a bin without width.
    fn of_bins(edges: &[f64], counts: &[f64], total: f64) -> Self {
        let mut points: Vec<(f64, f64, f64)> = edges.first().map(|edge| (*edge, 0.0, 0.0)).into_iter().collect();
        let mut sum = 0.0;
        for (edge, count) in edges.iter().skip(1).zip(counts) {
            sum += count;
            match points.last_mut() {
                Some((last, _, at)) if last == edge => *at = sum / total,
                _ => points.push((*edge, sum / total, sum / total)),
            }
        }
        Self { points }
    }

    /// Values at both ends of the interval from `x` to `next`, which contains no point. `index` is the number of points up to
    /// `x`.
    fn between(&self, index: usize, (x, next): (f64, f64)) -> (f64, f64) {
        let Some((start, _, from)) = index.checked_sub(1).and_then(|last| self.points.get(last)) else {
            return (0.0, 0.0);
        };
        let Some((end, to, _)) = self.points.get(index) else { return (*from, *from) };
        let at = |x: f64| {
            if from == to { *from } else { from + (to - from) * ((x - start) / (end - start)).clamp(0.0, 1.0) }
        };
        (at(x), at(next))
    }

    /// Value at a point, if it is the point before `index`, or between points.
    fn at(&self, index: usize, x: f64) -> f64 {
        match index.checked_sub(1).and_then(|last| self.points.get(last)) {
            Some((point, _, at)) if *point == x => *at,
            _ => self.between(index, (x, x)).0,
        }
    }
}

/// Wasserstein-1 distance and Kolmogorov–Smirnov statistic.
fn cdf_distances(a: &Cdfs, b: &Cdfs) -> [Distance; 2] {
    let all = [&a.estimate, &b.estimate, &a.lowest, &a.highest, &b.lowest, &b.highest];
    let mut points: Vec<f64> = all.iter().flat_map(|cdf| cdf.points.iter().map(|(x, ..)| *x)).collect();
    points.sort_unstable_by(f64::total_cmp);
    points.dedup();
    let mut indices = [0; 6];
    let (mut w1, mut ks) = ([0.0; 3], [0.0_f64; 3]);
    for (at, x) in points.iter().enumerate() {
        for (index, cdf) in indices.iter_mut().zip(all) {
            while cdf.points.get(*index).is_some_and(|(point, ..)| point <= x) {
                *index += 1;
            }
        }
        let mut here = [0.0; 6];
        for ((value, index), cdf) in here.iter_mut().zip(indices).zip(all) {
            *value = cdf.at(index, *x);
        }
        for (largest, gap) in ks.iter_mut().zip(gaps(here)) {
            *largest = largest.max(gap);
        }
        let Some(next) = points.get(at + 1) else { break };
        let mut ends = [[0.0; 6]; 2];
        for (slot, (index, cdf)) in indices.into_iter().zip(all).enumerate() {
            (ends[0][slot], ends[1][slot]) = cdf.between(index, (*x, *next));
        }
        let width = next - x;
        w1[0] += width * mean_magnitude(ends[0][0] - ends[0][1], ends[1][0] - ends[1][1]);
        // The bounds are constant between points.
        let [_, lo, hi] = gaps(ends[0]);
        w1[1] += width * lo;
        w1[2] += width * hi;
        for (largest, gap) in ks.iter_mut().zip(gaps(ends[1])).take(1) {
            *largest = largest.max(gap);
        }
    }
    [w1, ks].map(|[value, lo, hi]| Distance { value: value.clamp(lo, hi.max(lo)), lo, hi })
}

/// Estimate and bounds of the difference of two cumulative distributions.
fn gaps([a, b, a_lowest, a_highest, b_lowest, b_highest]: [f64; 6]) -> [f64; 3] {
    let least = (a_lowest - b_highest).max(b_lowest - a_highest).max(0.0);
    let most = (a_highest - b_lowest).max(b_highest - a_lowest);
    [(a - b).abs(), least, most]
}

/// Mean of the magnitude of a line from `from` to `to`.
fn mean_magnitude(from: f64, to: f64) -> f64 {
    if from * to >= 0.0 { (from + to).abs() / 2.0 } else { (from * from + to * to) / (2.0 * (from - to).abs()) }
}

fn common_range(a: Distribution<'_>, b: Distribution<'_>) -> Option<(f64, f64)> {
    let ((a_lo, a_hi), (b_lo, b_hi)) = (a.ends()?, b.ends()?);
    Some((a_lo.min(b_lo), a_hi.max(b_hi)))
}

/// Jensen–Shannon distance over common bins of equal width.
fn js(a: Distribution<'_>, b: Distribution<'_>, (lo, hi): (f64, f64)) -> Option<Distance> {
    // numpy widens an empty range.
    let (lo, hi) = if lo == hi { (lo - 0.5, hi + 0.5) } else { (lo, hi) };
    let edges = uniform_edges(lo, hi, JS_BINS).ok()?;
    let (p, q) = (a.shares(&edges)?, b.shares(&edges)?);
    let term = |x: f64, middle: f64| if x > 0.0 { x * (x / middle).log2() } else { 0.0 };
    let divergence: f64 = p
        .iter()
        .zip(&q)
        .map(|((p, _), (q, _))| {
            let middle = f64::midpoint(*p, *q);
            f64::midpoint(term(*p, middle), term(*q, middle))
        })
        .sum();
    let value = divergence.max(0.0).sqrt();
    // The distance is a metric, and its square is at most the share of the mass that differs.
    let slack = |shares: &[(f64, f64)]| (shares.iter().map(|(_, error)| error).sum::<f64>() / 2.0).min(1.0).sqrt();
    let slack = slack(&p) + slack(&q);
    Some(Distance {
        value,
        lo: (value - slack).max(0.0),
        hi: if slack == 0.0 { value } else { (value + slack).min(1.0) },
    })
}

/// Population stability index.
fn psi(reference: Distribution<'_>, other: Distribution<'_>) -> Option<Distance> {
    let (lo, hi) = common_range(reference, other)?;
    let inner = (1..PSI_BINS).filter_map(|i| reference.quantile(i as f64 / PSI_BINS as f64));
    let mut edges: Vec<f64> = [lo].into_iter().chain(inner.map(|x| x.clamp(lo, hi))).chain([hi]).collect();
    edges.dedup();
    if let [only] = edges[..] {
        edges = vec![only - 0.5, only + 0.5];
    }
    let edges = Edges::new(Numbers::floats(edges)).ok()?;
    let (p, q) = (reference.shares(&edges)?, other.shares(&edges)?);
    let share = |x: f64| x.clamp(MIN_SHARE, 1.0);
    let index = |p: f64, q: f64| (share(p) - share(q)) * (share(p) / share(q)).ln();
    let mut sums = [0.0; 3];
    for ((p, p_error), (q, q_error)) in p.into_iter().zip(q) {
        let (p_lo, p_hi, q_lo, q_hi) = (p - p_error, p + p_error, q - q_error, q + q_error);
        let least = if p_lo > q_hi {
            index(p_lo, q_hi)
        } else if q_lo > p_hi {
            index(p_hi, q_lo)
        } else {
            0.0
        };
        sums[0] += index(p, q);
        sums[1] += if p_error + q_error == 0.0 { index(p, q) } else { least };
        sums[2] += index(p_hi, q_lo).max(index(p_lo, q_hi));
    }
    let [value, lo, hi] = sums;
    Some(Distance { value, lo, hi })
}
