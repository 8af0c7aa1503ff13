//! Counts during division: integers in exact fixed point, floats in `f64`.

use super::{Number, Numbers};
use std::ops::Add;

/// Count that can be divided into shares.
pub(super) trait Mass: Copy + Default + PartialOrd + Add<Output = Self> {
    /// Part between two shares, `0 ≤ from ≤ to ≤ 1`. Adjacent parts add up exactly to their union.
    fn part(self, from: f64, to: f64) -> Self;
    /// Absolute difference; NaN if either is NaN.
    fn distance(self, other: Self) -> f64;
    fn number(self) -> Number;
}

impl Mass for f64 {
    fn part(self, from: f64, to: f64) -> Self {
        // Zero times NaN or infinity would be NaN.
        if from == to { 0.0 } else { self * (to - from) }
    }

    fn distance(self, other: Self) -> f64 {
        (self - other).abs()
    }

    fn number(self) -> Number {
        Number::Float(self)
    }
}

const FRACTION_BITS: u32 = 52;
const ONE: i128 = 1 << FRACTION_BITS;

/// Fixed-point number with 52 fraction bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Fixed(i128);

impl Fixed {
    /// Converts counts if all are integers and no sum of them can overflow.
    pub(super) fn all(counts: &Numbers) -> Option<Vec<Self>> {
        let mut room: i128 = i128::MAX >> (FRACTION_BITS + 1);
        let fixed = counts.iter().map(|number| match number {
            Number::Int(i) => {
                room = room.checked_sub(i.checked_abs()?).filter(|room| *room > 0)?;
                Some(Self::from_int(i))
            }
            Number::Float(_) => None,
        });
        fixed.collect()
    }

    /// Converts an integer within the limits of [`Fixed::all`].
    pub(super) fn from_int(i: i128) -> Self {
        Self(i << FRACTION_BITS)
    }

    /// Largest integer that is not above the number.
    pub(super) fn floor(self) -> i128 {
        self.0 >> FRACTION_BITS
    }

    /// Nearest integer; halves round up.
    pub(super) fn nearest(self) -> i128 {
        Self(self.0 + ONE / 2).floor()
    }

    /// Part above the floor.
    fn fraction(self) -> Self {
        Self(self.0 & (ONE - 1))
    }
}

impl Add for Fixed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Mass for Fixed {
    fn part(self, from: f64, to: f64) -> Self {
        let position = |share: f64| (share * ONE as f64).round() as i128;
        Self(self.floor() * (position(to) - position(from)))
    }

    fn distance(self, other: Self) -> f64 {
        (self.0 - other.0).unsigned_abs() as f64 / ONE as f64
    }

    fn number(self) -> Number {
        if self.fraction().0 == 0 { Number::Int(self.floor()) } else { Number::Float(self.0 as f64 / ONE as f64) }
    }
}
