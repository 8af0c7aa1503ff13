//! Metrics of a comparison, by the names that options and JSON use.

use crate::engine::Comparison;
use crate::hist::Distance;
use clap::ValueEnum;
use std::str::FromStr;

/// Value of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(in crate::cli) enum Metric {
    W1,
    Ks,
    Js,
    Psi,
    MeanDelta,
    StdRatio,
    MaxAbsDiff,
    RelativeL2,
}

/// Limit of a metric, such as `ks=0.1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::cli) struct Limit {
    pub(super) metric: Metric,
    pub(super) most: f64,
}

impl Metric {
    pub(in crate::cli) const ALL: [Self; 8] =
        [Self::W1, Self::Ks, Self::Js, Self::Psi, Self::MeanDelta, Self::StdRatio, Self::MaxAbsDiff, Self::RelativeL2];

    pub(in crate::cli) fn name(self) -> &'static str {
        match self {
            Self::W1 => "w1",
            Self::Ks => "ks",
            Self::Js => "js",
            Self::Psi => "psi",
            Self::MeanDelta => "mean_delta",
            Self::StdRatio => "std_ratio",
            Self::MaxAbsDiff => "max_abs_diff",
            Self::RelativeL2 => "relative_l2",
        }
    }

    /// Returns the value with its bounds; `None` if the metric does not exist for these sides.
    pub(super) fn of(self, found: &Comparison) -> Option<Distance> {
        let distances = &found.distances;
        match self {
            Self::W1 => Some(distances.w1),
            Self::Ks => Some(distances.ks),
            Self::Js => Some(distances.js),
            Self::Psi => Some(distances.psi),
            Self::MeanDelta => Some(found.mean_delta),
            Self::StdRatio => Some(found.std_ratio),
            Self::MaxAbsDiff => found.elementwise.map(|all| Distance::exact(all.max_abs_diff)),
            Self::RelativeL2 => found.elementwise.map(|all| Distance::exact(all.relative_l2)),
        }
    }

    /// Returns the value that is compared with a limit, the magnitude of a difference. NaN if it is unknown.
    pub(super) fn magnitude(self, found: &Comparison) -> f64 {
        self.of(found).map_or(f64::NAN, |distance| distance.value.abs())
    }

    /// Returns a number that is larger the more the sides differ. NaN if it is unknown.
    pub(super) fn weight(self, found: &Comparison) -> f64 {
        match self {
            // Half and double are equally far from equal.
            Self::StdRatio => found.std_ratio.value.ln().abs(),
            metric => metric.magnitude(found),
        }
    }
}

impl FromStr for Metric {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|metric| metric.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            format!("unknown metric '{text}'; expected one of {}", names.join(", "))
        })
    }
}

/// Parses `METRIC=X`.
impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = text.split_once('=').ok_or("expected METRIC=X, such as ks=0.1")?;
        let metric = name.trim().parse()?;
        let most = number.trim().parse().ok().filter(|x: &f64| x.is_finite());
        most.map(|most| Self { metric, most }).ok_or_else(|| format!("'{number}' is not a finite number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_name_a_metric_and_a_finite_number() {
        assert_eq!("ks=0.1".parse(), Ok(Limit { metric: Metric::Ks, most: 0.1 }));
        assert_eq!(" max_abs_diff = 1e-6 ".parse(), Ok(Limit { metric: Metric::MaxAbsDiff, most: 1e-6 }));
        for text in ["ks", "ks=", "ks=x", "ks=nan", "ks=inf", "KS=1", "=1", "mean=1"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
