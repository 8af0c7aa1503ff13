//! Mapping between bins and the columns of a plot.
//!
//! A bin covers the columns between its rounded edges, so bins tile the plot without gaps. Bins narrower than a column
//! share the column at their center.

use crate::hist::Segment;
use crate::hist::scale::Scale;
use std::ops::Range;

/// Mapping between the bins of a histogram and the columns of a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// Columns of each bin, empty for bins outside of the view. Starts and ends never decrease over the bins in view.
    bins: Vec<Range<u16>>,
    view: Segment,
    scale: Scale,
    width: u16,
}

/// Height with the largest magnitude among the bins of a column.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Peak {
    pub height: f64,
    /// True if the height of any bin in the column is NaN.
    pub nan: bool,
}

impl Columns {
    /// Maps bins to `width` columns that show `view`. Bins have no columns if the view is reversed or not finite.
    pub fn new(edges: &[f64], view: Segment, scale: Scale, width: u16) -> Self {
        let proper = view.lo <= view.hi && view.lo.is_finite() && view.hi.is_finite() && width > 0;
        let at: Vec<f64> =
            edges.iter().map(|edge| scale.position(*edge, view.lo, view.hi) * f64::from(width)).collect();
        let mut left = 0;
        let place = |(pair, at): (&[f64], &[f64])| {
            let (lo, hi) = (pair[0], pair[1]);
            let inside = if lo < hi { lo < view.hi && hi > view.lo } else { (view.lo..=view.hi).contains(&lo) };
            if !proper || !(inside || view.lo == view.hi && lo <= view.lo && view.lo <= hi) {
                return 0..0;
            }
            // Never less than before, so that bins tile in spite of rounding.
            let start = (at[0].round() as u16).max(left);
            let end = (at[1].round() as u16).max(start);
            left = end;
            if start < end {
                return start..end;
            }
            let middle = f64::midpoint(at[0], at[1]) as u16;
            let column = middle.clamp(start.saturating_sub(1), start).min(width - 1);
            column..column + 1
        };
        let bins = edges.windows(2).zip(at.windows(2)).map(place).collect();
        Self { bins, view, scale, width }
    }

    /// Returns the number of columns.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Returns the columns of a bin, or `None` if it is out of view.
    pub fn of_bin(&self, bin: usize) -> Option<Range<u16>> {
        self.bins.get(bin).filter(|columns| !columns.is_empty()).cloned()
    }

    /// Returns the adjacent bins that share a column. May be empty.
    pub fn bins_at(&self, column: u16) -> Range<usize> {
        let holds = |columns: &Range<u16>| columns.contains(&column);
        let Some(first) = self.bins.iter().position(holds) else { return 0..0 };
        let last = self.bins.iter().rposition(holds).unwrap_or(first);
        first..last + 1
    }

    /// Returns the column whose left side is nearest to a value, for a tick or the start of a bin.
    pub fn boundary_of(&self, value: f64) -> u16 {
        let position = self.scale.position(value, self.view.lo, self.view.hi);
        ((position * f64::from(self.width)).round() as u16).min(self.width.saturating_sub(1))
    }

    /// Returns the peak of each column: the height with the largest magnitude, so that no spike is lost.
    pub fn peaks(&self, heights: &[f64]) -> Vec<Peak> {
        let mut peaks = vec![Peak::default(); usize::from(self.width)];
        for (columns, height) in self.bins.iter().zip(heights) {
            let within = peaks.get_mut(usize::from(columns.start)..usize::from(columns.end));
            for peak in within.unwrap_or_default() {
                peak.nan |= height.is_nan();
                if height.abs() > peak.height.abs() {
                    peak.height = *height;
                }
            }
        }
        peaks
    }

    /// Returns true if bins to the left of the view are not empty, and the same for the right.
    pub fn hidden_sides(&self, edges: &[f64], heights: &[f64]) -> (bool, bool) {
        let hidden = || {
            let all = edges.windows(2).zip(heights).zip(&self.bins);
            all.filter(|((_, height), columns)| columns.is_empty() && **height != 0.0).map(|((pair, _), _)| pair)
        };
        (hidden().any(|pair| pair[1] <= self.view.lo), hidden().any(|pair| pair[0] >= self.view.hi))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn columns(edges: &[f64], (lo, hi): (f64, f64), width: u16) -> Columns {
        Columns::new(edges, Segment { lo, hi }, Scale::Linear, width)
    }

    #[test]
    fn wide_bins_tile_and_narrow_bins_share_a_column() {
        let three = columns(&[0.0, 1.0, 1.0, 1.1, 3.0], (0.0, 3.0), 6);
        let all: Vec<_> = (0..4).map(|bin| three.of_bin(bin)).collect();
        assert_eq!(all, [Some(0..2), Some(2..3), Some(2..3), Some(2..6)]);
        assert_eq!(three.bins_at(2), 1..4);
        assert_eq!(three.bins_at(5), 3..4);
    }

    #[test]
    fn bins_are_clipped_to_the_view() {
        let part = columns(&[f64::NEG_INFINITY, 0.0, 1.0, 2.0, f64::INFINITY], (-1.0, 1.0), 10);
        assert_eq!((0..4).map(|bin| part.of_bin(bin)).collect::<Vec<_>>(), [Some(0..5), Some(5..10), None, None]);
        assert_eq!(
            part.hidden_sides(&[f64::NEG_INFINITY, 0.0, 1.0, 2.0, f64::INFINITY], &[1.0, 1.0, 0.0, 2.0]),
            (false, true)
        );
        for (lo, hi) in [(1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert_eq!(columns(&[0.0, 1.0], (lo, hi), 10).of_bin(0), None);
        }
        assert_eq!(columns(&[0.0, 1.0], (0.0, 1.0), 0).of_bin(0), None);
    }

    #[test]
    fn a_peak_has_the_largest_magnitude_and_reports_nan() {
        let one = columns(&[0.0, 1.0, 2.0, 3.0], (0.0, 3.0), 1);
        assert_eq!(one.peaks(&[2.0, -5.0, f64::NAN]), [Peak { height: -5.0, nan: true }]);
    }

    proptest! {
        #[test]
        fn columns_and_bins_are_consistent(
            mut edges in prop::collection::vec(-10.0..10.0_f64, 2..80),
            ties in any::<bool>(), lo in -12.0..5.0_f64, range in 0.0..20.0_f64, width in 1..90_u16,
            scale in prop::sample::select(vec![Scale::Linear, Scale::Log, Scale::Symlog]),
        ) {
            if ties {
                edges = edges.into_iter().map(f64::round).collect();
            }
            edges.sort_by(f64::total_cmp);
            let columns = Columns::new(&edges, Segment { lo, hi: lo + range }, scale, width);
            for bin in 0..edges.len() - 1 {
                for column in columns.of_bin(bin).unwrap_or_default() {
                    prop_assert!(column < width && columns.bins_at(column).contains(&bin));
                }
            }
            for column in 0..width {
                for bin in columns.bins_at(column) {
                    prop_assert!(columns.of_bin(bin).is_some_and(|range| range.contains(&column)));
                }

            }
            // No gaps: each column between the first and the last bin in view has a bin.
            let seen: Vec<u16> = (0..width).filter(|column| !columns.bins_at(*column).is_empty()).collect();
            prop_assert!(seen.windows(2).all(|pair| pair[1] == pair[0] + 1), "{:?}", seen);
        }
    }
}
