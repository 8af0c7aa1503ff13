//! Axes: mapping of values and heights to positions, round ticks, and layout of tick labels.
//!
//! Positions are fractions of an axis; widgets turn them into cells, glyphs and colors. All functions accept any input:
//! for ranges that are reversed, empty or not finite, they return no ticks and positions from 0 to 1.

mod labels;
mod ticks;
mod whole;

pub use labels::{Placed, lay_out};
pub use ticks::{Ticks, ticks};
pub use whole::{step_ticks, whole_label, whole_ticks};

use super::{Histogram, Segment};
use crate::text::format_value;

/// Mapping of values to an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    #[default]
    Linear,
    /// Logarithmic; ranges that include zero or negative values use [`Scale::Symlog`] instead.
    Log,
    /// Linear near zero and logarithmic farther away, on both sides: `ln(1 + |x| / unit)`. The unit is one thousandth of
    /// the largest magnitude in the range.
    Symlog,
}

impl Scale {
    /// All scales.
    pub const ALL: [Self; 3] = [Self::Linear, Self::Log, Self::Symlog];

    /// Returns `linear`, `log` or `symlog`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Log => "log",
            Self::Symlog => "symlog",
        }
    }

    /// Returns the scale with a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scale| scale.name() == name)
    }

    /// Scale to use for a range that starts at `lo`: [`Scale::Log`] needs positive numbers.
    #[must_use]
    pub fn over(self, lo: f64) -> Self {
        if self == Self::Log && lo <= 0.0 { Self::Symlog } else { self }
    }

    /// Position of `x` between `lo` (0) and `hi` (1), clamped. 0.5 if all three are equal, 0 if any is NaN.
    pub fn position(self, x: f64, lo: f64, hi: f64) -> f64 {
        let inside = lo < x && x < hi;
        if !inside {
            return match x.partial_cmp(&lo) {
                Some(std::cmp::Ordering::Equal) if lo == hi => 0.5,
                Some(std::cmp::Ordering::Greater) if hi >= lo => 1.0,
                _ => 0.0,
            };
        }
        let position = match self.over(lo) {
            Self::Linear if (hi - lo).is_finite() => (x - lo) / (hi - lo),
            Self::Linear => (x / 2.0 - lo / 2.0) / (hi / 2.0 - lo / 2.0),
            Self::Log => log_distance(lo, x, 0.0) / log_distance(lo, hi, 0.0),
            Self::Symlog => {
                let unit = unit(lo, hi);
                symlog_distance(lo, x, unit) / symlog_distance(lo, hi, unit)
            }
        };
        // Only a range that is not finite gives NaN.
        if position.is_nan() { 0.0 } else { position.clamp(0.0, 1.0) }
    }

    /// Value at a position, the inverse of [`Scale::position`], within `lo..=hi`. Returns `lo` if the range is empty or
    /// reversed.
    pub fn value(self, position: f64, lo: f64, hi: f64) -> f64 {
        let p = position.clamp(0.0, 1.0);
        let proper = lo < hi && !p.is_nan();
        if !proper {
            return lo;
        }
        let x = match self.over(lo) {
            Self::Linear if (hi - lo).is_finite() => lo + p * (hi - lo),
            Self::Linear => lo * (1.0 - p) + hi * p,
            Self::Log => log_step(lo, p * log_distance(lo, hi, 0.0), 0.0),
            Self::Symlog => {
                let unit = unit(lo, hi);
                symlog_step(lo, p * symlog_distance(lo, hi, unit), unit)
            }
        };
        if x.is_nan() { lo } else { x.clamp(lo, hi) }
    }

    /// Returns at most `most` round ticks in `[lo, hi]`. Logarithmic scales have ticks at decades, and at 2 and 5 between
    /// them if they fit. Linear scales and ranges of less than two decades have evenly spaced ticks.
    pub fn ticks(self, lo: f64, hi: f64, most: usize) -> Ticks {
        match self.over(lo) {
            Self::Linear => ticks(lo, hi, most),
            Self::Log => ticks::decades(lo, hi, lo, most),
            Self::Symlog => ticks::decades(lo, hi, unit(lo, hi), most),
        }
    }
}

/// Mapping of heights (counts, densities) to lengths. Zero maps to zero, and negative heights are mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum CountScale {
    #[default]
    Linear,
    /// `ln(1 + |h| / unit)`: zero has no length, and one unit (a single count) is already visible.
    Log { unit: f64 },
    /// Heights are binary logarithms of ratios. Ticks show the ratios.
    Ratio,
}

impl CountScale {
    /// Logarithmic scale for these heights. The unit is 1 if all heights are whole, else the smallest nonzero height.
    pub fn log(heights: &[f64]) -> Self {
        let some = || heights.iter().map(|h| h.abs()).filter(|h| h.is_finite() && *h > 0.0);
        let whole = some().all(|h| h.fract() == 0.0);
        Self::Log { unit: if whole { 1.0 } else { some().fold(f64::INFINITY, f64::min) } }
    }

    /// Length for a height, in arbitrary units: increasing, and symmetric about zero.
    pub fn length(self, height: f64) -> f64 {
        match self {
            Self::Linear | Self::Ratio => height,
            // The quotient can overflow.
            Self::Log { unit } if (height / unit).is_infinite() && height.is_finite() => {
                height.signum() * (height.abs().ln() - unit.ln())
            }
            Self::Log { unit } => (height.abs() / unit).ln_1p().copysign(height),
        }
    }

    /// Returns at most `most` round ticks in `[lo, hi]`, including zero if the range contains it.
    pub fn ticks(self, lo: f64, hi: f64, most: usize) -> Ticks {
        match self {
            Self::Linear => ticks(lo, hi, most),
            Self::Ratio => ratio_ticks(lo, hi, most),
            Self::Log { unit } => ticks::decades(lo, hi, unit, most),
        }
    }
}

/// Returns at most `most` ratios in a range of binary logarithms: powers of ten, or of two if these are too few.
fn ratio_ticks(lo: f64, hi: f64, most: usize) -> Ticks {
    let powers = |base: f64| {
        let unit = base.log2();
        let (first, last) = ((lo / unit).ceil(), (hi / unit).floor());
        let count = (last - first + 1.0).max(0.0);
        let step = (count / most.max(1) as f64).ceil().max(1.0);
        // A tick at 1, which is the zero of the axis.
        let mut at = (first / step).ceil() * step;
        let mut found = Vec::new();
        while at <= last && found.len() < most {
            found.push((at * unit, ratio_label(at * unit)));
            at += step;
        }
        found
    };
    let tens = powers(10.0);
    let is_wide = tens.len() >= 3;
    Ticks { at: if is_wide { tens } else { powers(2.0) } }
}

/// Formats the ratio of a binary logarithm, such as `0.25` or `1e-6`.
pub fn ratio_label(log: f64) -> String {
    let ratio = log.exp2();
    let label = format_value(ratio, ratio / 1e2);
    let is_plain = label.contains('.') && !label.contains('e');
    if is_plain { label.trim_end_matches('0').trim_end_matches('.').to_owned() } else { label }
}

/// Axis range that shows all bins: from the first to the last [visible](Segment::visible) edge. `None` without bins.
///
/// An unbounded outer bin is shown as wide as its neighbor. A single value is widened by half of itself on both sides.
pub fn view(edges: &[f64]) -> Option<Segment> {
    let (first, last) = (*edges.first()?, *edges.last()?);
    if edges.len() < 2 {
        return None;
    }
    let Some(Segment { mut lo, mut hi }) = Segment::visible(edges) else {
        return Some(Segment { lo: -1.0, hi: 1.0 });
    };
    let inner: Vec<f64> = edges.iter().copied().filter(|x| x.is_finite()).collect();
    let margin = |pair: Option<&[f64]>| pair.map(|p| p[1] - p[0]).filter(|w| *w > 0.0).unwrap_or(1.0);
    if first.is_infinite() {
        lo = (lo - margin(inner.windows(2).next())).max(f64::MIN);
    }
    if last.is_infinite() {
        hi = (hi + margin(inner.windows(2).next_back())).min(f64::MAX);
    }
    if lo == hi {
        let pad = if lo == 0.0 { 0.5 } else { (lo.abs() / 2.0).max(f64::from_bits(1)) };
        (lo, hi) = ((lo - pad).max(f64::MIN), (hi + pad).min(f64::MAX));
    }
    Some(Segment { lo, hi })
}

/// Axis range that shows all bins that are not empty, from the first to the last. Without such bins, all bins.
pub fn fit(histogram: &Histogram) -> Option<Segment> {
    let (edges, counts) = (histogram.edges().as_f64(), histogram.counts().as_f64());
    let first = counts.iter().position(|count| *count != 0.0).unwrap_or(0);
    let last = counts.iter().rposition(|count| *count != 0.0).unwrap_or(counts.len().saturating_sub(1));
    let fitted = edges.get(first..=last + 1).and_then(view);
    // On an axis up to the largest float, nothing could be distinguished.
    fitted.filter(|fitted| fitted.width() < f64::MAX / 2.0).or_else(|| view(edges))
}

/// Unit of symlog: one thousandth of the largest magnitude, never zero.
pub(super) fn unit(lo: f64, hi: f64) -> f64 {
    (lo.abs().max(hi.abs()) / 1e3).max(f64::MIN_POSITIVE)
}

/// `ln((x + shift) / (from + shift))` for positive numbers; precise even if both are large and close.
fn log_distance(from: f64, x: f64, shift: f64) -> f64 {
    let start = from + shift;
    let ratio =
        if start.is_finite() { (x - from) / start } else { (x / 2.0 - from / 2.0) / (from / 2.0 + shift / 2.0) };
    if ratio.is_finite() { ratio.ln_1p() } else { (x + shift).ln() - (from + shift).ln() }
}

/// Inverse of [`log_distance`]: the number at `distance` above `from`.
fn log_step(from: f64, distance: f64, shift: f64) -> f64 {
    let step = (from + shift) * distance.exp_m1();
    if step.is_finite() { from + step } else { ((from + shift).ln() + distance).exp() - shift }
}

/// Symlog distance from `a` up to `b`; each side of zero is measured outward.
fn symlog_distance(a: f64, b: f64, unit: f64) -> f64 {
    if a >= 0.0 {
        log_distance(a, b, unit)
    } else if b <= 0.0 {
        log_distance(-b, -a, unit)
    } else {
        log_distance(0.0, -a, unit) + log_distance(0.0, b, unit)
    }
}

/// Number at a symlog `distance` above `from`.
fn symlog_step(from: f64, distance: f64, unit: f64) -> f64 {
    if from >= 0.0 {
        return log_step(from, distance, unit);
    }
    let to_zero = log_distance(0.0, -from, unit);
    if distance >= to_zero {
        log_step(0.0, distance - to_zero, unit)
    } else {
        // (unit - from)·e^-d, rearranged to stay precise for small steps of large numbers.
        let shrink = (-distance).exp_m1();
        from + from * shrink - unit * shrink
    }
}

#[cfg(test)]
mod tests;
