//! Counts while they are being divided: exactly in fixed point where they are integers, else in `f64`.

use super::{Number, Numbers};
use std::ops::Add;

/// Something that can be divided by shares of a whole.
pub(super) trait Mass: Copy + Default + PartialOrd + Add<Output = Self> {
    /// What lies between two shares, `0 ≤ from ≤ to ≤ 1`; adjacent parts add up to the whole.
    fn part(self, from: f64, to: f64) -> Self;
    /// How far apart, at least 0; NaN if either is.
    fn distance(self, other: Self) -> f64;
    fn number(self) -> Number;
}

impl Mass for f64 {
    fn part(self, from: f64, to: f64) -> Self {
        // Of what is no finite number nothing would not be 0.
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

/// A number with 52 binary places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Fixed(i128);

impl Fixed {
    /// The counts, if all are integers and no sum of them can overflow.
    pub(super) fn all(counts: &Numbers) -> Option<Vec<Self>> {
        let mut room: i128 = i128::MAX >> (FRACTION_BITS + 1);
        let fixed = counts.iter().map(|number| match number {
            Number::Int(i) => {
                room = room.checked_sub(i.checked_abs()?).filter(|room| *room > 0)?;
                Some(Self::whole(i))
            }
            Number::Float(_) => None,
        });
        fixed.collect()
    }

    /// Of an integer that [`Fixed::all`] let pass.
    pub(super) fn whole(i: i128) -> Self {
        Self(i << FRACTION_BITS)
    }

    pub(super) fn floor(self) -> i128 {
        self.0 >> FRACTION_BITS
    }

    /// Halves go up.
    pub(super) fn nearest(self) -> i128 {
        Self(self.0 + ONE / 2).floor()
    }

    /// What is above the floor.
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
        let place = |share: f64| (share * ONE as f64).round() as i128;
        Self(self.floor() * (place(to) - place(from)))
    }

    fn distance(self, other: Self) -> f64 {
        (self.0 - other.0).unsigned_abs() as f64 / ONE as f64
    }

    fn number(self) -> Number {
        if self.fraction().0 == 0 { Number::Int(self.floor()) } else { Number::Float(self.0 as f64 / ONE as f64) }
    }
}
