//! Mapping between heights and the rows of a plot, in eighths of a cell from the zero line.
//!
//! Positive and negative heights have the same scale: a bar and its negative are equally long.

use crate::hist::Segment;
use crate::hist::scale::CountScale;

/// Mapping between heights and the rows of a plot. Rows count from the top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rows {
    scale: CountScale,
    /// Number of rows for positive heights.
    up: u16,
    /// Number of rows for negative heights.
    down: u16,
    /// First row for negative heights.
    below: u16,
    /// Row of the zero line, if some height is negative and the plot is high enough.
    zero: Option<u16>,
    /// A scaled length and the number of eighths that it is drawn with.
    length: f64,
    eighths: f64,
}

/// Drawn length of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Eighths of a cell from the zero line, positive upward. 0 only if the height is zero or NaN.
    pub eighths: i32,
    /// True if the bar exceeds the scale.
    pub clipped: bool,
}

impl Rows {
    /// Divides `height` rows between the positive and the negative part of `range`, which is extended to include zero.
    pub fn new(scale: CountScale, range: Segment, height: u16) -> Self {
        let (top, bottom) = (scale.length(range.hi.max(0.0)), -scale.length(range.lo.min(0.0)));
        let mirrored = bottom > 0.0;
        let fit = |up: u16, down: u16| -> (f64, f64) {
            let (above, below) = (f64::from(up) * 8.0, f64::from(down) * 8.0);
            if bottom * (above / top) > below { (bottom, below) } else { (top, above) }
        };
        let with = |up: u16, down: u16, below: u16, zero: Option<u16>| {
            let (length, eighths) =
                if top > 0.0 || !mirrored { fit(up, down) } else { (bottom, f64::from(down) * 8.0) };
            let length = if length > 0.0 { length } else { 1.0 };
            Self { scale, up, down, below, zero, length, eighths }
        };
        if !mirrored {
            return with(height, 0, height, None);
        }
        match height {
            // Positive and negative heights share the only row.
            0 | 1 => with(height, height, 0, None),
            2 if top > 0.0 => with(1, 1, 1, None),
            2 => with(0, 2, 0, None),
            _ => {
                let free = height - 1;
                let ideal = f64::from(free) * (top / (top / 2.0 + bottom / 2.0) / 2.0);
                let most = if top > 0.0 { free - 1 } else { 0 };
                let choices = [ideal.floor(), ideal.ceil()].map(|up| (up as u16).clamp(most.min(1), most));
                let resolution = |up: u16| {
                    let (length, eighths) = fit(up, free - up);
                    eighths / length
                };
                let up = if resolution(choices[1]) > resolution(choices[0]) { choices[1] } else { choices[0] };
                with(up, free - up, up + 1, Some(up))
            }
        }
    }

    /// Returns the drawn length of a bar: at least one eighth unless it is zero or NaN, at most up to the end of the plot.
    pub fn reach(&self, height: f64) -> Reach {
        if height == 0.0 || height.is_nan() {
            return Reach::default();
        }
        let exact = self.scale.length(height) / self.length * self.eighths;
        let most = f64::from(if height > 0.0 { self.up } else { self.down }) * 8.0;
        // If both directions share a row, negative bars fill at most half a cell, to look different from positive ones.
        let drawn = if height < 0.0 && self.below < self.up { most / 2.0 } else { most };
        let eighths = exact.abs().round().clamp(drawn.min(1.0), drawn) as i32;
        Reach { eighths: if height > 0.0 { eighths } else { -eighths }, clipped: exact.abs() > most + 0.5 }
    }

    /// Returns the row of the end of a bar. For zero: the row of the zero line, or `None` if that is below the plot.
    pub fn row_of(&self, height: f64) -> Option<u16> {
        match self.reach(height).eighths {
            0 => self.zero,
            up if up > 0 => self.up.checked_sub(up.unsigned_abs().div_ceil(8) as u16),
            down => Some(self.below + down.unsigned_abs().div_ceil(8) as u16 - 1),
        }
    }

    /// Returns the row of the zero line, if the plot has one.
    pub fn zero(&self) -> Option<u16> {
        self.zero
    }

    /// Returns the cells of a bar, from the zero line outward: row and filled eighths.
    pub fn cells(&self, reach: Reach) -> impl Iterator<Item = (u16, u32)> + use<> {
        let (up, below, rises) = (self.up, self.below, reach.eighths > 0);
        let total = reach.eighths.unsigned_abs();
        (0..total.div_ceil(8)).map(move |cell| {
            let row = if rises { up.saturating_sub(cell as u16 + 1) } else { below + cell as u16 };
            (row, (total - cell * 8).min(8))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lo: f64, hi: f64, height: u16) -> Rows {
        Rows::new(CountScale::Linear, Segment { lo, hi }, height)
    }

    #[test]
    fn small_heights_are_visible_and_the_largest_fills_the_plot() {
        let ten = rows(0.0, 1000.0, 10);
        let eighths = [0.0, 1.0, 500.0, 1000.0].map(|height| ten.reach(height).eighths);
        assert_eq!(eighths, [0, 1, 40, 80]);
        assert_eq!(ten.reach(2000.0), Reach { eighths: 80, clipped: true });
        assert_eq!(ten.reach(f64::INFINITY), Reach { eighths: 80, clipped: true });
        assert_eq!((ten.row_of(1000.0), ten.row_of(500.0), ten.row_of(0.0)), (Some(0), Some(5), None));
    }

    #[test]
    fn a_bar_and_its_negative_are_equally_long() {
        for height in 2..30 {
            let both = rows(-3.0, 7.0, height);
            let (up, down) = (both.reach(2.0).eighths, both.reach(-2.0).eighths);
            assert!(up > 0 && up == -down, "{height}: {up} {down}");
            assert!(!both.reach(7.0).clipped && !both.reach(-3.0).clipped, "{height}");
        }
        let ten = rows(-3.0, 6.0, 10);
        assert_eq!((ten.zero(), ten.reach(6.0).eighths, ten.reach(-3.0).eighths), (Some(6), 48, -24));
        assert_eq!(ten.cells(ten.reach(-3.0)).collect::<Vec<_>>(), [(7, 8), (8, 8), (9, 8)]);
    }

    #[test]
    fn negative_zero_and_extreme_ranges() {
        assert_eq!(rows(-4.0, 0.0, 5).zero(), Some(0));
        assert_eq!(rows(-4.0, 0.0, 5).reach(-4.0).eighths, -32);
        assert_eq!(rows(0.0, 0.0, 5).reach(0.0), Reach::default());
        assert_eq!(rows(f64::MIN, f64::MAX, 9).reach(f64::MAX).eighths, 32);
        assert_eq!(rows(0.0, 5e-324, 4).reach(5e-324).eighths, 32);
        assert_eq!(rows(f64::NAN, f64::NAN, 4).reach(1.0).eighths, 32);
        for height in 0..3 {
            let tiny = rows(-1.0, 1.0, height);
            assert!(tiny.cells(tiny.reach(1.0)).chain(tiny.cells(tiny.reach(-1.0))).all(|(row, _)| row < height));
        }
    }
}
