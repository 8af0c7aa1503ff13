//! Distances between two distributions that are known by their samples, or only by their bins.
//!
//! Samples give exact distances. Bins give estimates, with the mass of each bin spread evenly over it, and bounds that hold
//! wherever the values are in their bins.

mod cdf;

use super::stats::{self, Stats};
use super::{Edges, Histogram, Numbers, Rounding, quantile_in_bins, rebin, uniform_edges};
use cdf::{Cdfs, cdf_distances, sample_distances};

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

/// An unknown distance.
const UNKNOWN: Distance = Distance { value: f64::NAN, lo: f64::NAN, hi: f64::NAN };

/// Computes only the Wasserstein-1 distance, in units of the values. NaN if one of the distributions is empty.
pub fn wasserstein(a: Distribution<'_>, b: Distribution<'_>) -> Distance {
    w1_and_ks(a, b).map_or(UNKNOWN, |[w1, _]| w1)
}

/// Returns the Wasserstein-1 distance and the Kolmogorov–Smirnov statistic.
fn w1_and_ks(a: Distribution<'_>, b: Distribution<'_>) -> Option<[Distance; 2]> {
    match (a, b) {
        (Distribution::Samples(a), Distribution::Samples(b)) if !a.is_empty() && !b.is_empty() => {
            Some(sample_distances(a, b).map(Distance::exact))
        }
        _ => Some(cdf_distances(&Cdfs::of(a)?, &Cdfs::of(b)?)),
    }
}

impl Distance {
    /// A distance without uncertainty.
    pub fn exact(value: f64) -> Self {
        Self { value, lo: value, hi: value }
    }
}

impl Distances {
    /// Computes the distances of `other` from `reference`.
    pub fn new(reference: Distribution<'_>, other: Distribution<'_>) -> Self {
        let none = Self { w1: UNKNOWN, ks: UNKNOWN, js: UNKNOWN, psi: UNKNOWN };
        let Some(range) = common_range(reference, other) else { return none };
        let Some([w1, ks]) = w1_and_ks(reference, other) else { return none };
        let (js, psi) = (js(reference, other, range), psi(reference, other));
        Self { w1, ks, js: js.unwrap_or(UNKNOWN), psi: psi.unwrap_or(UNKNOWN) }
    }
}

impl Distribution<'_> {
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
                let (at, last) = (edges.as_f64(), edges.bins());
                // Only the last bin contains its right edge.
                let below = |edge: usize| values.partition_point(|x| *x < at[edge] || (edge == last && *x == at[edge]));
                let counts = (0..last).map(|bin| (below(bin + 1) - below(bin)) as f64);
                (counts.collect(), vec![0.0; last])
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
