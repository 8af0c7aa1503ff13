//! Quantities that a bar's height can show.

use super::Histogram;
use super::scale::Scale;

/// Quantity on the y axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// Count.
    #[default]
    Count,
    /// Share of the total per unit of value, so that bars of different widths compare by area.
    Density,
    /// Share of the total.
    Probability,
    /// Share of the total in this bin and all bins before it.
    Cumulative,
    /// Share of the total in this bin and all bins after it. On a logarithmic scale, it shows the tail.
    Tail,
}

impl Measure {
    /// Axis title, and name in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Density => "density",
            Self::Probability => "probability",
            Self::Cumulative => "cumulative",
            Self::Tail => "share above",
        }
    }

    /// Measure to draw for a histogram: densities instead of counts if the bins differ in width, because then areas, not
    /// heights, represent the counts.
    #[must_use]
    pub fn effective(self, histogram: &Histogram) -> Self {
        match self {
            Self::Count if !histogram.edges().uniform() => Self::Density,
            measure => measure,
        }
    }

    /// Measure to draw on an axis: like [`Measure::effective`], but bins that are equally wide on the axis also show counts.
    #[must_use]
    pub fn effective_on(self, histogram: &Histogram, scale: Scale) -> Self {
        if histogram.edges().uniform_on(scale) { self } else { self.effective(histogram) }
    }

    /// Heights of the bars, one per bin.
    ///
    /// If negative counts reduce the total to zero or less, shares are undefined: they are 0 for empty bins and NaN for
    /// the rest. Densities are then counts per unit of value. So are densities for a total that is not finite, so that
    /// one infinite or NaN count does not hide the other bins. A bin that is not empty has an infinite density if its
    /// width is zero, and a density of zero if its width is infinite. Empty bins always have height zero.
    pub fn heights(self, histogram: &Histogram) -> Vec<f64> {
        self.heights_of_part(histogram, 0.0, 0.0)
    }

    /// Heights of the bars if the bins are part of a distribution with these counts below and above them. Shares are of the
    /// whole distribution, so that parts of different distributions compare.
    pub fn heights_of_part(self, histogram: &Histogram, below: f64, above: f64) -> Vec<f64> {
        let counts = histogram.counts().as_f64();
        let total = histogram.total().as_f64() + below + above;
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
                let divisor = if total > 0.0 && total.is_finite() { total } else { 1.0 };
                let density = |(count, width): (&f64, f64)| if *count == 0.0 { 0.0 } else { count / divisor / width };
                counts.iter().zip(widths).map(density).collect()
            }
            Self::Cumulative => {
                let mut sum = below;
                let running = counts.iter().map(|count| {
                    sum += count;
                    share(sum)
                });
                running.collect()
            }
            Self::Tail => {
                let mut sum = above;
                let running = counts.iter().rev().map(|count| {
                    sum += count;
                    share(sum)
                });
                let mut heights: Vec<f64> = running.collect();
                heights.reverse();
                heights
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
    fn densities_of_bins_with_different_widths_have_area_one() {
        let wide = histogram(&[0.0, 1.0, 3.0], &[2.0, 2.0]);
        assert_eq!(Measure::Density.heights(&wide), [0.5, 0.25]);
        assert_eq!(Measure::Probability.heights(&wide), [0.5, 0.5]);
        assert_eq!(Measure::Cumulative.heights(&wide), [0.5, 1.0]);
        assert_eq!(Measure::Tail.heights(&wide), [1.0, 0.5]);
    }

    #[test]
    fn empty_bins_have_zero_density_and_zero_width_bins_infinite() {
        let spike = histogram(&[0.0, 1.0, 1.0, 1.0, 2.0], &[0.0, 3.0, 0.0, 1.0]);
        assert_eq!(Measure::Density.heights(&spike), [0.0, f64::INFINITY, 0.0, 0.25]);
        let unknown = Measure::Density.heights(&histogram(&[0.0, 1.0, 3.0], &[f64::NAN, 4.0]));
        assert!(unknown[0].is_nan() && unknown[1] == 2.0);
        let balanced = histogram(&[0.0, 1.0, 2.0, 3.0], &[1.0, -1.0, 0.0]);
        let shares = Measure::Probability.heights(&balanced);
        assert!(shares[0].is_nan() && shares[1].is_nan() && shares[2] == 0.0);
        let uneven = histogram(&[0.0, 1.0, 3.0], &[2.0, -6.0]);
        assert_eq!(Measure::Density.heights(&uneven), [2.0, -3.0], "counts per unit, with their signs");
    }
    #[test]
    fn counts_of_bins_with_different_widths_are_drawn_as_densities() {
        let (even, uneven) = (histogram(&[0.0, 1.0, 2.0], &[1.0, 2.0]), histogram(&[0.0, 1.0, 3.0], &[1.0, 2.0]));
        assert_eq!(Measure::Count.effective(&even), Measure::Count);
        assert_eq!(Measure::Count.effective(&uneven), Measure::Density);
        assert_eq!(Measure::Cumulative.effective(&uneven), Measure::Cumulative);
    }
}
