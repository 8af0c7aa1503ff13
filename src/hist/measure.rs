//! What the height of a bar stands for.

use super::Histogram;

/// What is drawn upward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// The count itself.
    #[default]
    Count,
    /// Count per unit of value, of a total of one: bars of different widths then compare by area.
    Density,
    /// Share of the total.
    Probability,
    /// Share of the total in this bin and all before it.
    Cumulative,
}

impl Measure {
    /// The axis title and the name in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Density => "density",
            Self::Probability => "probability",
            Self::Cumulative => "cumulative",
        }
    }

    /// One height a bin. Where counts take away from each other, so that their total is zero or less, there is no whole:
    /// shares are zero for empty bins and not a number for others, and the density is the count per unit, as it is where
    /// the total is no finite number, so that one such count does not hide all others. The density of a bin without width
    /// is infinite, of one with infinite width zero, unless it is empty: then it is zero.
    pub fn heights(self, histogram: &Histogram) -> Vec<f64> {
        let counts = histogram.counts().as_f64();
        let total = histogram.total().as_f64();
        let share = |count: f64| match count {
            0.0 => 0.0,
            _ if total <= 0.0 => f64::NAN,
            count => count / total,
        };
        match self {
            Self::Count => counts.to_vec(),
            Self::Probability => counts.iter().map(|count| share(*count)).collect(),
            Self::Density => {
                let widths = histogram.edges().as_f64().windows(2).map(|pair| pair[1] - pair[0]);
                let whole = if total > 0.0 && total.is_finite() { total } else { 1.0 };
                let density = |(count, width): (&f64, f64)| if *count == 0.0 { 0.0 } else { count / whole / width };
                counts.iter().zip(widths).map(density).collect()
            }
            Self::Cumulative => {
                let mut sum = 0.0;
                let running = counts.iter().map(|count| {
                    sum += count;
                    share(sum)
                });
                running.collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Edges, Numbers};

    fn histogram(edges: &[f64], counts: &[f64]) -> Histogram {
        Histogram::new(Edges::from_f64(edges.to_vec()).unwrap(), Numbers::floats(counts.to_vec())).unwrap()
    }

    #[test]
    fn densities_have_area_one_whatever_the_widths() {
        let wide = histogram(&[0.0, 1.0, 3.0], &[2.0, 2.0]);
        assert_eq!(Measure::Density.heights(&wide), [0.5, 0.25]);
        assert_eq!(Measure::Probability.heights(&wide), [0.5, 0.5]);
        assert_eq!(Measure::Cumulative.heights(&wide), [0.5, 1.0]);
    }

    #[test]
    fn nothing_is_zero_and_a_spike_is_infinite() {
        let spike = histogram(&[0.0, 1.0, 1.0, 1.0, 2.0], &[0.0, 3.0, 0.0, 1.0]);
        assert_eq!(Measure::Density.heights(&spike), [0.0, f64::INFINITY, 0.0, 0.25]);
        let unknown = Measure::Density.heights(&histogram(&[0.0, 1.0, 3.0], &[f64::NAN, 4.0]));
        assert!(unknown[0].is_nan() && unknown[1] == 2.0);
        let balanced = histogram(&[0.0, 1.0, 2.0, 3.0], &[1.0, -1.0, 0.0]);
        let shares = Measure::Probability.heights(&balanced);
        assert!(shares[0].is_nan() && shares[1].is_nan() && shares[2] == 0.0);
        let uneven = histogram(&[0.0, 1.0, 3.0], &[2.0, -6.0]);
        assert_eq!(Measure::Density.heights(&uneven), [2.0, -3.0], "per unit, and as counts rise and fall");
    }
}
