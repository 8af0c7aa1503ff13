//! Axes: how values and heights map to positions, where round ticks fall, and how numbers are written.
//!
//! Positions are fractions of an axis; cells, glyphs and colours are the widgets' business. Everything here is total:
//! ranges that are reversed, empty or not finite give no ticks and harmless positions.

mod labels;
mod ticks;

pub use labels::{Placed, lay_out};
pub use ticks::{Ticks, ticks};

use super::Segment;

/// How an axis maps values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    #[default]
    Linear,
    /// Logarithmic; a range that reaches zero or below has no logarithm and is mapped as [`Scale::Symlog`].
    Log,
    /// Linear around zero, logarithmic away from it, on both sides: `ln(1 + |x| / unit)` with a unit of a thousandth
    /// of the largest magnitude in the range.
    Symlog,
}

impl Scale {
    /// The scale that is really used over a range: [`Scale::Log`] needs positive numbers.
    #[must_use]
    pub fn over(self, lo: f64) -> Self {
        if self == Self::Log && lo <= 0.0 { Self::Symlog } else { self }
    }

    /// Where `x` sits between `lo` (0) and `hi` (1), clamped; the middle when the range is a point, 0 when anything is NaN.
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
        // NaN only where the range is not finite.
        if position.is_nan() { 0.0 } else { position.clamp(0.0, 1.0) }
    }

    /// The value at a position: the inverse of [`Scale::position`], within `lo..=hi`; `lo` for a range that is none.
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

    /// Round ticks over `[lo, hi]`, at most `most`: decades (with 2 and 5 between them where there is room) on the
    /// logarithmic scales, evenly spaced ones otherwise and where the range holds fewer than two decades.
    pub fn ticks(self, lo: f64, hi: f64, most: usize) -> Ticks {
        match self.over(lo) {
            Self::Linear => ticks(lo, hi, most),
            Self::Log => ticks::decades(lo, hi, lo, most),
            Self::Symlog => ticks::decades(lo, hi, unit(lo, hi), most),
        }
    }
}

/// How heights (counts, densities) map to lengths: always from zero, negative ones mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum CountScale {
    #[default]
    Linear,
    /// `ln(1 + |h| / unit)`: nothing has no height, and one unit (a single count) already has a visible one.
    Log { unit: f64 },
}

impl CountScale {
    /// The logarithmic rise for these heights: a unit of one for whole counts, otherwise the smallest height there is.
    pub fn log(heights: &[f64]) -> Self {
        let some = || heights.iter().map(|h| h.abs()).filter(|h| h.is_finite() && *h > 0.0);
        let whole = some().all(|h| h.fract() == 0.0);
        Self::Log { unit: if whole { 1.0 } else { some().fold(f64::INFINITY, f64::min) } }
    }

    /// The length that stands for a height, in units of its own: 0 for 0, growing with the height, odd.
    pub fn length(self, height: f64) -> f64 {
        match self {
            Self::Linear => height,
            // Heights may be so many units that the quotient is infinite.
            Self::Log { unit } if (height / unit).is_infinite() && height.is_finite() => {
                height.signum() * (height.abs().ln() - unit.ln())
            }
            Self::Log { unit } => (height.abs() / unit).ln_1p().copysign(height),
        }
    }

    /// Round ticks over `[lo, hi]`, at most `most`; zero is among them where the range holds it.
    pub fn ticks(self, lo: f64, hi: f64, most: usize) -> Ticks {
        match self {
            Self::Linear => ticks(lo, hi, most),
            Self::Log { unit } => ticks::decades(lo, hi, unit, most),
        }
    }
}

/// The range that shows all bins: first to last edge that can be [seen](Segment::visible), an infinite outer edge replaced
/// by one more bin of its neighbour's width, a single point widened to half of itself on both sides. `None` without bins.
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

/// The linear part of symlog: a thousandth of the largest magnitude, and never zero.
fn unit(lo: f64, hi: f64) -> f64 {
    (lo.abs().max(hi.abs()) / 1e3).max(f64::MIN_POSITIVE)
}

/// `ln((x + shift) / (from + shift))` for positive numbers, exact also where both are large and close.
fn log_distance(from: f64, x: f64, shift: f64) -> f64 {
    let start = from + shift;
    let ratio =
        if start.is_finite() { (x - from) / start } else { (x / 2.0 - from / 2.0) / (from / 2.0 + shift / 2.0) };
    if ratio.is_finite() { ratio.ln_1p() } else { (x + shift).ln() - (from + shift).ln() }
}

/// The inverse of [`log_distance`]: the number that lies `distance` above `from`.
fn log_step(from: f64, distance: f64, shift: f64) -> f64 {
    let step = (from + shift) * distance.exp_m1();
    if step.is_finite() { from + step } else { ((from + shift).ln() + distance).exp() - shift }
}

/// The symlog distance from `a` up to `b`; each side of zero is measured outward.
fn symlog_distance(a: f64, b: f64, unit: f64) -> f64 {
    if a >= 0.0 {
        log_distance(a, b, unit)
    } else if b <= 0.0 {
        log_distance(-b, -a, unit)
    } else {
        log_distance(0.0, -a, unit) + log_distance(0.0, b, unit)
    }
}

/// The number that lies `distance` (on symlog) above `from`.
fn symlog_step(from: f64, distance: f64, unit: f64) -> f64 {
    if from >= 0.0 {
        return log_step(from, distance, unit);
    }
    let to_zero = log_distance(0.0, -from, unit);
    if distance >= to_zero {
        log_step(0.0, distance - to_zero, unit)
    } else {
        // (unit - from)·e^-d shrinks toward zero; written so that small steps of large numbers stay exact.
        let shrink = (-distance).exp_m1();
        from + from * shrink - unit * shrink
    }
}

#[cfg(test)]
mod tests;
