//! Distances between cumulative distributions: Wasserstein-1 and Kolmogorov–Smirnov.

use super::{Distance, Distribution};

/// Cumulative distribution with jumps at some points, linear between them.
enum Cdf<'a> {
    /// Equal jumps at values in increasing order.
    Steps(&'a [f64]),
    /// Points in increasing order, with the values below and at them.
    Points(Vec<(f64, f64, f64)>),
}

/// Estimate of a cumulative distribution, and its lowest and highest possible values.
pub(super) struct Cdfs<'a> {
    estimate: Cdf<'a>,
    lowest: Cdf<'a>,
    highest: Cdf<'a>,
}

impl<'a> Cdfs<'a> {
    /// `None` without values, and for bins that are not a distribution.
    pub(super) fn of(distribution: Distribution<'a>) -> Option<Self> {
        match distribution {
            Distribution::Samples([]) => None,
            Distribution::Samples(values) => {
                Some(Self { estimate: Cdf::Steps(values), lowest: Cdf::Steps(values), highest: Cdf::Steps(values) })
            }
            Distribution::Bins(histogram) => {
                let total = histogram.total().as_f64();
                let is_valid = histogram.counts().as_f64().iter().all(|count| *count >= 0.0);
                let edges = histogram.edges().as_f64();
                if !(total > 0.0 && total.is_finite() && is_valid) || edges.iter().any(|edge| !edge.is_finite()) {
                    return None;
                }
                let counts = histogram.counts().as_f64();
                let at = |edge: usize| edges.iter().skip(edge).zip(counts).map(|(x, count)| (*x, *count));
                Some(Self {
                    estimate: Cdf::of_bins(edges, counts, total),
                    lowest: Cdf::of_steps(at(1), total),
                    highest: Cdf::of_steps(at(0), total),
                })
            }
        }
    }
}

impl Cdf<'_> {
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
        Self::Points(points)
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
        Self::Points(points)
    }

    /// Returns a point, with the values below and at it. Equal values are several points.
    fn point(&self, index: usize) -> Option<(f64, f64, f64)> {
        match self {
            Self::Steps(values) => {
                let n = values.len() as f64;
                values.get(index).map(|x| (*x, index as f64 / n, (index + 1) as f64 / n))
            }
            Self::Points(points) => points.get(index).copied(),
        }
    }

    /// Values at both ends of the interval from `x` to `next`, which contains no point. `index` is the number of points up to
    /// `x`.
    fn between(&self, index: usize, (x, next): (f64, f64)) -> (f64, f64) {
        let Some((start, _, from)) = index.checked_sub(1).and_then(|last| self.point(last)) else {
            return (0.0, 0.0);
        };
        let (Some((end, to, _)), Self::Points(_)) = (self.point(index), self) else { return (from, from) };
        let at = |x: f64| {
            if from == to { from } else { from + (to - from) * ((x - start) / (end - start)).clamp(0.0, 1.0) }
        };
        (at(x), at(next))
    }

    /// Value at a point, if it is the point before `index`, or between points.
    fn at(&self, index: usize, x: f64) -> f64 {
        match index.checked_sub(1).and_then(|last| self.point(last)) {
            Some((point, _, at)) if point == x => at,
            _ => self.between(index, (x, x)).0,
        }
    }
}

/// Wasserstein-1 distance and Kolmogorov–Smirnov statistic.
pub(super) fn cdf_distances(a: &Cdfs<'_>, b: &Cdfs<'_>) -> [Distance; 2] {
    let all = [&a.estimate, &b.estimate, &a.lowest, &a.highest, &b.lowest, &b.highest];
    let mut indices = [0; 6];
    let next_point = |indices: &[usize; 6]| {
        let next = indices.iter().zip(all).filter_map(|(index, cdf)| cdf.point(*index));
        next.map(|(x, ..)| x).min_by(f64::total_cmp)
    };
    let (mut w1, mut ks) = ([0.0; 3], [0.0_f64; 3]);
    let mut point = next_point(&indices);
    while let Some(x) = point {
        for (index, cdf) in indices.iter_mut().zip(all) {
            while cdf.point(*index).is_some_and(|(point, ..)| point <= x) {
                *index += 1;
            }
        }
        let mut here = [0.0; 6];
        for ((value, index), cdf) in here.iter_mut().zip(indices).zip(all) {
            *value = cdf.at(index, x);
        }
        for (largest, gap) in ks.iter_mut().zip(gaps(here)) {
            *largest = largest.max(gap);
        }
        point = next_point(&indices);
        let Some(next) = point else { break };
        let mut ends = [[0.0; 6]; 2];
        for (slot, (index, cdf)) in indices.into_iter().zip(all).enumerate() {
            (ends[0][slot], ends[1][slot]) = cdf.between(index, (x, next));
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

/// Wasserstein-1 distance and Kolmogorov–Smirnov statistic of values in increasing order.
pub(super) fn sample_distances(a: &[f64], b: &[f64]) -> [f64; 2] {
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j) = (0, 0);
    let (mut w1, mut ks, mut gap) = (0.0, 0.0_f64, 0.0_f64);
    let mut before = None;
    loop {
        let x = match (a.get(i), b.get(j)) {
            (Some(a), Some(b)) => a.min(*b),
            (Some(x), None) | (None, Some(x)) => *x,
            (None, None) => return [w1, ks],
        };
        // Without a gap, an infinite distance between huge values does not count.
        w1 += if gap > 0.0 { gap * (x - before.unwrap_or(x)) } else { 0.0 };
        while a.get(i).is_some_and(|value| *value == x) {
            i += 1;
        }
        while b.get(j).is_some_and(|value| *value == x) {
            j += 1;
        }
        gap = (i as f64 / n - j as f64 / m).abs();
        ks = ks.max(gap);
        before = Some(x);
    }
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
