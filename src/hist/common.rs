//! Edges that two distributions share, so that their bars compare.

use super::{Edges, Number, Numbers, Segment};

/// Maximum number of bins to add on one side.
const MAX_ADDED: usize = 512;
/// A side that needs more bins than this is far away: showing it would leave no room for the rest.
const FAR: usize = 4 * MAX_ADDED;

/// Edges with bins added on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct CommonEdges {
    pub edges: Edges,
    /// Number of bins added on the left.
    pub left: usize,
    /// Number of bins added on the right.
    pub right: usize,
}

/// Adds bins as wide as the outermost ones until the edges cover `span`, at most 512 on each side. A side that would need more
/// than 2048 bins, or whose outermost bin has no finite width, keeps its end.
pub fn common_edges(edges: &Edges, span: Segment) -> CommonEdges {
    let at = edges.as_f64();
    let unchanged = || CommonEdges { edges: edges.clone(), left: 0, right: 0 };
    let (Some([first, second]), Some([before, last])) = (at.first_chunk::<2>(), at.last_chunk::<2>()) else {
        return unchanged();
    };
    let count = |distance: f64, width: f64| {
        let bins = (distance / width).ceil();
        let is_possible = width > 0.0 && width.is_finite() && bins >= 1.0 && bins <= FAR as f64;
        if is_possible { (bins as usize).min(MAX_ADDED) } else { 0 }
    };
    let (low_width, high_width) = (second - first, last - before);
    let (left, right) = (count(first - span.lo, low_width), count(span.hi - last, high_width));
    // Fails only if the new edges overflow.
    extend(edges, left, right).map_or_else(unchanged, |edges| CommonEdges { edges, left, right })
}

/// Adds bins as wide as the outermost ones. `None` if the new edges would not be valid.
pub fn extend(edges: &Edges, left: usize, right: usize) -> Option<Edges> {
    let at = edges.as_f64();
    let ends = at.first_chunk::<2>().zip(at.last_chunk::<2>());
    let ([first, second], [before, last]) = ends.unwrap_or((&[0.0; 2], &[0.0; 2]));
    let below = (1..=left).rev().map(|i| Number::Float(first - i as f64 * (second - first)));
    let above = (1..=right).map(|i| Number::Float(last + i as f64 * (last - before)));
    let all: Numbers = below.chain(edges.numbers().iter()).chain(above).collect();
    Edges::new(all).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Histogram, Measure, Rounding, rebin};
    use proptest::prelude::*;

    fn edges(at: &[f64]) -> Edges {
        Edges::from_f64(at.to_vec()).unwrap()
    }

    #[test]
    fn bins_are_added_until_the_span_is_covered() {
        let common = common_edges(&edges(&[0.0, 1.0, 2.0]), Segment { lo: -1.5, hi: 2.0 });
        assert_eq!((common.edges.as_f64(), common.left, common.right), (&[-2.0, -1.0, 0.0, 1.0, 2.0][..], 2, 0));
        let uneven = common_edges(&edges(&[0.0, 1.0, 3.0]), Segment { lo: 0.5, hi: 4.0 });
        assert_eq!(uneven.edges.as_f64(), [0.0, 1.0, 3.0, 5.0]);
    }

    #[test]
    fn sides_that_cannot_be_covered_keep_their_ends() {
        let wide = common_edges(&edges(&[0.0, 1.0]), Segment { lo: -600.0, hi: 513.0 });
        assert_eq!((wide.left, wide.right), (512, 512), "both sides are extended, and the rest is outside");
        let far = Segment { lo: -1e9, hi: 1e9 };
        for at in [&[0.0, 1.0][..], &[1.0, 1.0], &[f64::NEG_INFINITY, 0.0, f64::INFINITY], &[]] {
            let common = common_edges(&edges(at), far);
            assert_eq!((common.edges.as_f64(), common.left, common.right), (at, 0, 0));
        }
    }

    /// A bell with `n` bins over four standard deviations.
    fn bell(center: f64, std: f64, n: usize) -> Histogram {
        let at = (0..=n).map(|i| center + std * (i as f64 * 8.0 / n as f64 - 4.0));
        let counts = (0..n).map(|i| {
            let x = (i as f64 + 0.5) * 8.0 / n as f64 - 4.0;
            (1e6 * (-x * x / 2.0).exp()).round()
        });
        Histogram::new(edges(&at.collect::<Vec<_>>()), Numbers::floats(counts.collect())).unwrap()
    }

    proptest! {
        /// B1: on common edges, no count is lost, and the narrower of two equal shapes is the higher one.
        #[test]
        fn mass_is_conserved_and_the_narrower_shape_is_higher(
            std in 0.1..1.0_f64, ratio in 1.5..6.0_f64, shift in -3.0..3.0_f64, n in 16..128_usize,
            is_narrow_current: bool,
        ) {
            let (narrow, wide) = (bell(0.0, std, n), bell(shift, std * ratio, n));
            let (current, other) = if is_narrow_current { (&narrow, &wide) } else { (&wide, &narrow) };
            let span = other.edges().span().unwrap();
            let common = common_edges(current.edges(), span);
            let drawn = rebin(other, &common.edges, Rounding::Fractional);
            let (total, kept) = (other.total().as_f64(), drawn.histogram.total().as_f64() + drawn.below + drawn.above);
            prop_assert!((total - kept).abs() <= total * 1e-9, "{total} {kept}");
            let highest = |histogram: &Histogram, below, above, measure: Measure| {
                measure.heights_of_part(histogram, below, above).into_iter().fold(0.0, f64::max)
            };
            for measure in [Measure::Probability, Measure::Density] {
                let here = highest(current, 0.0, 0.0, measure);
                let there = highest(&drawn.histogram, drawn.below, drawn.above, measure);
                let (of_narrow, of_wide) = if is_narrow_current { (here, there) } else { (there, here) };
                prop_assert!(of_narrow > of_wide, "{measure:?}: {of_narrow} {of_wide}");
            }
        }
    }
}
