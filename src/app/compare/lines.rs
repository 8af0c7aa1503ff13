//! Heights of a comparison: of the current histogram and of the others, in common bins.

use super::{CompareMode, Look, MAX_LINES, Target};
use crate::app::Model;
use crate::catalog::EntryId;
use crate::document::Common;
use crate::hist::{Edges, Histogram, Measure, Number, Numbers, Segment, extend};

/// Difference of two totals, as a share, from which counts do not compare.
const OTHER_TOTAL: f64 = 0.01;

/// Heights of another histogram.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub entry: EntryId,
    pub look: Look,
    /// Heights in the common bins.
    pub heights: Vec<f64>,
    /// Share of its values outside the common bins.
    pub outside: f64,
}

/// A comparison, ready to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    pub mode: CompareMode,
    /// Edges of the common bins.
    pub edges: Vec<f64>,
    /// Number of common bins on the left of the current ones.
    pub left: usize,
    /// Heights of the bars: those of the current histogram, the difference, or the binary logarithm of the ratio.
    pub heights: Vec<f64>,
    /// The others, as lines; the chosen one, hanging, in the mirrored mode.
    pub others: Vec<Line>,
    /// The measure of both sides.
    pub measure: Measure,
    /// Shares are drawn because the totals differ.
    pub is_forced: bool,
    /// Bins with values on one side only, which have no ratio.
    pub one_sided: OneSided,
    /// Interval from the first to the last bin that is not empty on some side.
    pub occupied: Option<Segment>,
}

/// Smallest share outside the common bins that is named.
const OUTSIDE: f64 = 0.0005;

/// Names a share of values outside the common bins; `None` if hardly any are.
pub fn outside_text(share: f64) -> Option<String> {
    (share >= OUTSIDE).then(|| format!("{:.1} % outside", share * 100.0))
}

/// Bins with values on one side only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OneSided {
    pub current: Vec<usize>,
    pub other: Vec<usize>,
}

/// One side of the comparison in the common bins.
struct SideInBins {
    histogram: Histogram,
    below: f64,
    above: f64,
}

impl SideInBins {
    /// Adds empty bins on both sides, so that the bins have these edges.
    fn new(counts: &Histogram, (below, above): (f64, f64), padding: (usize, usize), edges: &Edges) -> Option<Self> {
        let zeros = |n: usize| std::iter::repeat_n(Number::Int(0), n);
        let all: Numbers = zeros(padding.0).chain(counts.counts().iter()).chain(zeros(padding.1)).collect();
        Some(Self { histogram: Histogram::new(edges.clone(), all).ok()?, below, above })
    }

    fn of_common(common: &Common, (left, right): (usize, usize), edges: &Edges) -> Option<Self> {
        let padding = (left.checked_sub(common.left)?, right.checked_sub(common.right)?);
        Self::new(&common.counts.histogram, (common.counts.below, common.counts.above), padding, edges)
    }

    fn heights(&self, measure: Measure) -> Vec<f64> {
        measure.heights_of_part(&self.histogram, self.below, self.above)
    }

    fn total(&self) -> f64 {
        self.histogram.total().as_f64() + self.below + self.above
    }
}

/// Computes the comparison; `None` if nothing can be compared yet.
pub fn lines(model: &Model, measure: Measure) -> Option<Lines> {
    let comparison = &model.comparison;
    let shown = model.shown()?;
    let mode = comparison.mode;
    let chosen = comparison.chosen()?;
    let is_drawn = |target: &&Target| mode == CompareMode::Overlay || target.entry == chosen.entry;
    let drawn = comparison.targets.iter().filter(is_drawn).take(MAX_LINES);
    let found: Vec<(&Target, &Common)> =
        drawn.filter_map(|target| Some((target, comparison.common(target.entry)?))).collect();
    let left = found.iter().map(|(_, common)| common.left).max()?;
    let right = found.iter().map(|(_, common)| common.right).max()?;
    let edges = extend(shown.histogram.edges(), left, right)?;
    let current = SideInBins::new(&shown.histogram, (shown.below, shown.above), (left, right), &edges)?;
    let sides: Vec<(&Target, SideInBins)> = found
        .iter()
        .filter_map(|(target, common)| Some((*target, SideInBins::of_common(common, (left, right), &edges)?)))
        .collect();
    let total = current.total();
    let is_other = |side: &SideInBins| (side.total() - total).abs() > OTHER_TOTAL * total.abs();
    let effective = measure.effective_on(&current.histogram, model.chart.value_scale);
    let is_forced = effective == Measure::Count && total > 0.0 && sides.iter().any(|(_, side)| is_other(side));
    let measure = if is_forced { Measure::Probability } else { effective };
    let occupied = occupied(&edges, std::iter::once(&current).chain(sides.iter().map(|(_, side)| side)));
    let own = current.heights(measure);
    let line = |(target, side): &(&Target, SideInBins)| Line {
        entry: target.entry,
        look: target.look,
        heights: side.heights(measure),
        outside: (side.below + side.above) / side.total(),
    };
    let mut others: Vec<Line> = sides.iter().map(line).collect();
    let mut one_sided = OneSided::default();
    let heights = match (mode, others.first_mut()) {
        (CompareMode::Mirrored, Some(other)) => {
            other.heights.iter_mut().for_each(|height| *height = -*height);
            own
        }
        (CompareMode::Difference, Some(other)) => own.iter().zip(&other.heights).map(|(a, b)| a - b).collect(),
        (CompareMode::Ratio, _) => {
            let shares = match measure {
                Measure::Cumulative | Measure::Tail => measure,
                _ => Measure::Probability,
            };
            let other = sides.first().map(|(_, side)| side.heights(shares)).unwrap_or_default();
            let (heights, found) = ratios(&current.heights(shares), &other);
            one_sided = found;
            heights
        }
        _ => own,
    };
    if matches!(mode, CompareMode::Difference | CompareMode::Ratio) {
        others.clear();
    }
    let edges = edges.as_f64().to_vec();
    Some(Lines { mode, edges, left, heights, others, measure, is_forced, one_sided, occupied })
}

/// Returns the binary logarithms of the ratios, 0 without a ratio, and the bins with values on one side only.
fn ratios(current: &[f64], other: &[f64]) -> (Vec<f64>, OneSided) {
    let mut one_sided = OneSided::default();
    let ratio = |(bin, (a, b)): (usize, (&f64, &f64))| match (*a > 0.0, *b > 0.0) {
        (true, true) => (a / b).log2(),
        (true, false) => {
            one_sided.current.push(bin);
            0.0
        }
        (false, true) => {
            one_sided.other.push(bin);
            0.0
        }
        (false, false) => 0.0,
    };
    let heights = current.iter().zip(other).enumerate().map(ratio).collect();
    (heights, one_sided)
}

/// Returns the finite interval from the first to the last bin that is not empty on some side.
fn occupied<'s>(edges: &Edges, sides: impl Iterator<Item = &'s SideInBins>) -> Option<Segment> {
    let (mut first, mut last) = (usize::MAX, 0);
    for side in sides {
        let counts = side.histogram.counts().as_f64();
        first = first.min(counts.iter().position(|count| *count != 0.0).unwrap_or(usize::MAX));
        last = last.max(counts.iter().rposition(|count| *count != 0.0).map_or(0, |bin| bin + 1));
    }
    let (lo, hi) = (*edges.as_f64().get(first)?, *edges.as_f64().get(last)?);
    (lo.is_finite() && hi.is_finite() && lo < hi).then_some(Segment { lo, hi })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_with_values_on_one_side_have_no_ratio() {
        let (heights, one_sided) = ratios(&[0.5, 0.25, 0.0, 0.25, 0.0], &[0.25, 0.25, 0.5, 0.0, 0.0]);
        assert_eq!(heights, [1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(one_sided, OneSided { current: vec![3], other: vec![2] });
    }
}
