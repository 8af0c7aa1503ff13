//! Statistics by name, as in `rebin stats`.

use super::{Quantile, Stats, StatsBounds, quantile_in_bins};
use crate::hist::{Histogram, Segment};
use crate::text::statistic_resolution;
use std::fmt;

/// A statistic that can be chosen, sorted by and compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    N,
    Nan,
    PosInf,
    NegInf,
    Missing,
    Bad,
    Zeros,
    Mean,
    Std,
    Skewness,
    Kurtosis,
    Min,
    Max,
    MeanAbs,
    MaxAbs,
    L2,
    /// The quantile at a probability from 0 to 1.
    Quantile(f64),
}

/// All statistics of one entry.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryStats {
    pub stats: Stats,
    /// Point estimates of the quantiles in `stats`.
    pub quantiles: Vec<f64>,
    /// Values that are not numbers; `None` for bins, which do not contain them.
    pub omitted: Option<Omitted>,
}

/// Numbers of the samples that statistics leave out, and of zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Omitted {
    pub nan: u64,
    pub posinf: u64,
    pub neginf: u64,
    pub missing: u64,
    pub bad: u64,
    pub zeros: u64,
}

/// A value with bounds; NaN if it is unknown. An exact value equals its bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded {
    pub at: f64,
    pub lo: f64,
    pub hi: f64,
}

impl Statistic {
    /// All statistics but the quantiles, in the order of `rebin stats`.
    pub const ALL: [Self; 16] = [
        Self::N,
        Self::Nan,
        Self::PosInf,
        Self::NegInf,
        Self::Missing,
        Self::Bad,
        Self::Zeros,
        Self::Mean,
        Self::Std,
        Self::Skewness,
        Self::Kurtosis,
        Self::Min,
        Self::Max,
        Self::MeanAbs,
        Self::MaxAbs,
        Self::L2,
    ];

    /// Returns the statistic with a name, such as `mean`, `p99.9` or `q0.999`.
    ///
    /// ```
    /// use rebin::hist::Statistic;
    ///
    /// assert_eq!(Statistic::parse("std"), Some(Statistic::Std));
    /// assert_eq!(Statistic::parse("p99.9"), Some(Statistic::Quantile(0.999)));
    /// assert_eq!(Statistic::parse("p101"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(known) = Self::ALL.into_iter().find(|statistic| statistic.fixed_name() == Some(name)) {
            return Some(known);
        }
        // The exponent divides without rounding: 99.9 is 0.999.
        let number = match name.strip_prefix('p') {
            Some(percent) => format!("{percent}e-2"),
            None => name.strip_prefix('q')?.to_owned(),
        };
        if !name[1..].chars().all(|c| c.is_ascii_digit() || c == '.') {
            return None;
        }
        number.parse().ok().filter(|p| (0.0..=1.0).contains(p)).map(Self::Quantile)
    }

    /// Returns the name, such as `mean` or `p99.9`.
    pub fn name(self) -> String {
        self.to_string()
    }

    /// Returns the probability of a quantile.
    pub fn probability(self) -> Option<f64> {
        if let Self::Quantile(p) = self { Some(p) } else { None }
    }

    /// Returns true if values are counts.
    pub fn is_count(self) -> bool {
        matches!(self, Self::N | Self::Nan | Self::PosInf | Self::NegInf | Self::Missing | Self::Bad | Self::Zeros)
    }

    /// Returns the value of an entry. Quantiles that were not computed are unknown.
    pub fn of(self, entry: &EntryStats) -> Bounded {
        let stats = &entry.stats;
        let bounds = stats.bounds.as_deref();
        let within = |x: f64, of: fn(&StatsBounds) -> Segment| match bounds {
            Some(bounds) => Bounded::within(x, of(bounds)),
            None => Bounded::exact(x),
        };
        let omitted =
            |of: fn(&Omitted) -> u64| entry.omitted.as_ref().map_or(Bounded::UNKNOWN, |o| Bounded::exact(of(o) as f64));
        match self {
            Self::N => Bounded::exact(stats.n),
            Self::Nan => omitted(|o| o.nan),
            Self::PosInf => omitted(|o| o.posinf),
            Self::NegInf => omitted(|o| o.neginf),
            Self::Missing => omitted(|o| o.missing),
            Self::Bad => omitted(|o| o.bad),
            Self::Zeros => match &entry.omitted {
                Some(omitted) => Bounded::exact(omitted.zeros as f64),
                None => {
                    let [lo, hi] = [stats.zeros.0, stats.zeros.1].map(|share| (share * stats.n).round());
                    // Nothing between the bounds is more likely.
                    Bounded { at: if lo == hi { lo } else { f64::NAN }, lo, hi }
                }
            },
            Self::Mean => within(stats.mean, |b| b.mean),
            Self::Std => within(stats.std, |b| b.std),
            Self::Skewness => within(stats.skewness, |b| b.skewness),
            Self::Kurtosis => within(stats.kurtosis, |b| b.kurtosis),
            Self::Min => within(stats.min, |b| b.min),
            Self::Max => within(stats.max, |b| b.max),
            Self::MeanAbs => within(stats.mean_abs, |b| b.mean_abs),
            Self::MaxAbs => within(stats.min.abs().max(stats.max.abs()), |b| {
                let smallest = |bin: Segment| bin.lo.max(-bin.hi).max(0.0);
                Segment { lo: smallest(b.min).max(smallest(b.max)), hi: b.min.lo.abs().max(b.max.hi.abs()) }
            }),
            Self::L2 => within(stats.l2, |b| b.l2),
            Self::Quantile(p) => {
                let found = stats.quantiles.iter().zip(&entry.quantiles).find(|(quantile, _)| quantile.p == p);
                found.map_or(Bounded::UNKNOWN, |(q, at)| Bounded { at: *at, lo: q.lo, hi: q.hi })
            }
        }
    }

    /// Returns the name, except of quantiles.
    fn fixed_name(self) -> Option<&'static str> {
        Some(match self {
            Self::N => "n",
            Self::Nan => "nan",
            Self::PosInf => "posinf",
            Self::NegInf => "neginf",
            Self::Missing => "missing",
            Self::Bad => "bad",
            Self::Zeros => "zeros",
            Self::Mean => "mean",
            Self::Std => "std",
            Self::Skewness => "skewness",
            Self::Kurtosis => "kurtosis",
            Self::Min => "min",
            Self::Max => "max",
            Self::MeanAbs => "mean_abs",
            Self::MaxAbs => "max_abs",
            Self::L2 => "l2",
            Self::Quantile(_) => return None,
        })
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.fixed_name(), self) {
            (Some(name), _) => f.write_str(name),
            (None, Self::Quantile(p)) => write!(f, "p{}", percent(*p)),
            (None, _) => Ok(()),
        }
    }
}

/// Formats a probability as a percentage, without the rounding of a product: 0.999 is 99.9.
pub fn percent(p: f64) -> String {
    format!("{:.10}", p * 100.0).trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Bounded {
    pub const UNKNOWN: Self = Self { at: f64::NAN, lo: f64::NAN, hi: f64::NAN };

    pub fn exact(at: f64) -> Self {
        Self { at, lo: at, hi: at }
    }

    fn within(at: f64, Segment { lo, hi }: Segment) -> Self {
        Self { at, lo, hi }
    }

    pub fn is_exact(&self) -> bool {
        self.lo == self.at && self.at == self.hi
    }

    /// Returns the value rounded to the digits that are known, and the resolution that shows them. `spread` is the standard
    /// deviation of the values. `None` if nothing is known.
    ///
    /// An estimate has no digit below the width of its bounds.
    pub fn known(self, spread: f64) -> Option<(f64, f64)> {
        self.rounded(statistic_resolution(self.at, spread))
    }

    /// Returns the value rounded to the digits that are known, but at most to `resolution`, and the resolution that shows
    /// them. `None` if nothing is known.
    pub fn rounded(self, resolution: f64) -> Option<(f64, f64)> {
        let (x, width) = (self.at, self.hi - self.lo);
        match width {
            _ if !x.is_finite() => None,
            0.0 => Some((x, resolution)),
            width if width.is_finite() => {
                let step = 10_f64.powf(width.max(resolution).log10().floor());
                Some(((x / step).round() * step, step))
            }
            _ => None,
        }
    }
}

impl EntryStats {
    /// Computes the statistics of a histogram, with these quantiles.
    pub fn of_histogram(histogram: &Histogram, probabilities: &[f64]) -> Self {
        let stats = Stats::of_histogram_at(histogram, probabilities);
        let estimate = |q: &Quantile| match quantile_in_bins(histogram, q.p) {
            // Bins with negative counts have no quantiles.
            Some(x) if !q.lo.is_nan() => x.clamp(q.lo, q.hi),
            _ => f64::NAN,
        };
        Self { quantiles: stats.quantiles.iter().map(estimate).collect(), stats, omitted: None }
    }

    /// Adds quantiles that were computed later. Those with bounds are estimated by their middle.
    pub fn add_quantiles(&mut self, quantiles: &[Quantile]) {
        for new in quantiles {
            let at = self.stats.quantiles.partition_point(|known| known.p < new.p);
            if self.stats.quantiles.get(at).is_none_or(|known| known.p != new.p) {
                self.stats.quantiles.insert(at, *new);
                self.quantiles.insert(at, new.lo / 2.0 + new.hi / 2.0);
            }
        }
    }

    /// Statistics of samples. Quantiles with bounds are estimated by their middle.
    pub fn of_samples(stats: Stats, omitted: Omitted) -> Self {
        let quantiles = stats.quantiles.iter().map(|q| q.lo / 2.0 + q.hi / 2.0).collect();
        Self { stats, quantiles, omitted: Some(omitted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Edges, Numbers};

    #[test]
    fn names_and_statistics_convert_both_ways() {
        let quantiles = [0.0, 0.001, 0.5, 0.999, 1.0].map(Statistic::Quantile);
        for statistic in Statistic::ALL.into_iter().chain(quantiles) {
            assert_eq!(Statistic::parse(&statistic.name()), Some(statistic), "{statistic}");
        }
        assert_eq!(Statistic::Quantile(0.999).name(), "p99.9");
        assert_eq!(Statistic::parse("q0.999"), Some(Statistic::Quantile(0.999)));
        for wrong in ["", "p", "q", "p-1", "p1e1", "q2", "p100.1", "pnan", "Mean", "n ", "ä"] {
            assert_eq!(Statistic::parse(wrong), None, "{wrong}");
        }
    }

    /// The estimate 0.1234 within 0.1 and 0.2 has one known digit, and a second one that is nearly known.
    #[test]
    fn estimates_have_no_digit_below_the_width_of_their_bounds() {
        let known = |at, lo, hi| Bounded { at, lo, hi }.known(0.05);
        assert_eq!(known(0.1234, 0.1, 0.199), Some((0.12, 0.01)));
        assert!(known(0.1234, 0.1233, 0.1235).is_some_and(|(x, step)| (x - 0.1234).abs() < 1e-15 && step == 1e-4));
        assert_eq!(known(1234.5, 0.0, 5000.0), Some((1000.0, 1000.0)));
        let wide = Bounded { at: 250.0, lo: 0.0, hi: 500.0 };
        assert_eq!(wide.rounded(493.0), Some((300.0, 100.0)), "not 493");
        assert_eq!(Bounded::exact(0.123_456).known(0.05), Some((0.123_456, 0.05 / 1e3)));
        assert_eq!(known(0.1, f64::NEG_INFINITY, 1.0), None);
        assert_eq!(Bounded::UNKNOWN.known(1.0), None);
    }

    #[test]
    fn values_of_bins_have_bounds_and_those_of_samples_do_not() {
        let edges = Edges::from_f64(vec![-4.0, -2.0, 0.0, 1.0]).unwrap();
        let bins = EntryStats::of_histogram(&Histogram::new(edges, Numbers::ints([1, 2, 1])).unwrap(), &[0.5]);
        assert_eq!(Statistic::N.of(&bins), Bounded::exact(4.0));
        assert_eq!(Statistic::MaxAbs.of(&bins), Bounded { at: 4.0, lo: 2.0, hi: 4.0 });
        assert_eq!(Statistic::Quantile(0.5).of(&bins), Bounded { at: -1.0, lo: -2.0, hi: 0.0 });
        let zeros = Statistic::Zeros.of(&bins);
        assert!(zeros.at.is_nan() && (zeros.lo, zeros.hi) == (0.0, 1.0));
        assert!(Statistic::Nan.of(&bins).at.is_nan() && Statistic::Quantile(0.9).of(&bins).at.is_nan());
        let omitted = Omitted { nan: 3, zeros: 2, ..Omitted::default() };
        let samples = EntryStats::of_samples(Stats { bounds: None, ..bins.stats }, omitted);
        assert_eq!((Statistic::Nan.of(&samples).at, Statistic::Zeros.of(&samples).at), (3.0, 2.0));
        assert!(Statistic::MaxAbs.of(&samples).is_exact());
    }
}
