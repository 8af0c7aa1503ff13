//! Lists of numbers that remember which of them are integers, as JSON and Python do.
//!
//! A histogram's counts are usually integers, its edges usually floats, and what a file says must come back as it was.
//! One `f64` and one bit a value; integers that an `f64` cannot hold are kept beside it exactly.

use crate::text;
use std::cmp::Ordering;

/// One JSON or Python number.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// An integer, exactly.
    Int(i128),
    /// A float; NaN and the infinities included.
    Float(f64),
}

impl Number {
    /// The nearest `f64` (ties to even), as Python's `float()` gives it.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(i) => i as f64,
            Self::Float(x) => x,
        }
    }

    /// Which is larger, exactly, as Python compares integers with floats; `None` for NaN.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            // Where both are the same as f64, the float is whole, and what was lost of the integer decides.
            (Self::Int(i), Self::Float(x)) => Some((i as f64).partial_cmp(&x)?.then(i.cmp(&(x as i128)))),
            (Self::Float(_), Self::Int(_)) => other.compare(self).map(Ordering::reverse),
        }
    }
}

/// Bit equality: `Int(1)` is not `Float(1.0)`, and NaN equals NaN.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        }
    }
}

/// A list of [`Number`]s whose values as `f64` are one slice.
///
/// Invariant: `ints` is empty (no integer) or has a bit for every value; `wide` is sorted by index and holds
/// exactly the integers that are not equal to their `f64`.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    values: Vec<f64>,
    ints: Vec<u64>,
    wide: Vec<(usize, i128)>,
}

impl Numbers {
    /// All floats.
    pub fn floats(values: Vec<f64>) -> Self {
        Self { values, ints: Vec::new(), wide: Vec::new() }
    }

    /// All integers.
    pub fn ints(values: impl IntoIterator<Item = i128>) -> Self {
        values.into_iter().map(Number::Int).collect()
    }

    /// Integers if all are whole, as counts are that something could only store as floats; else floats.
    pub fn whole(values: Vec<f64>) -> Self {
        const EXACT: f64 = (1_u64 << 53) as f64;
        if values.iter().all(|x| x.fract() == 0.0 && x.abs() <= EXACT) {
            Self::ints(values.into_iter().map(|x| x as i128))
        } else {
            Self::floats(values)
        }
    }

    /// The same values, all floats.
    #[must_use]
    pub fn into_floats(self) -> Self {
        Self::floats(self.values)
    }

    /// Appends one number.
    pub fn push(&mut self, number: Number) {
        let index = self.values.len();
        self.values.push(number.as_f64());
        if let Number::Int(i) = number {
            // Casting back saturates at the ends of i128, where the comparison below still tells them apart.
            if number.as_f64() as i128 != i {
                self.wide.push((index, i));
            }
            self.ints.resize(index / 64 + 1, 0);
            self.ints[index / 64] |= 1 << (index % 64);
        } else if !self.ints.is_empty() {
            self.ints.resize(index / 64 + 1, 0);
        }
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Bytes of memory that the list takes beside itself.
    pub fn memory(&self) -> usize {
        8 * (self.values.capacity() + self.ints.capacity()) + size_of::<(usize, i128)>() * self.wide.capacity()
    }

    /// Whether the value at `index` is an integer; false beyond the end.
    pub fn is_int(&self, index: usize) -> bool {
        index < self.len() && self.ints.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Whether every value is an integer (true for an empty list).
    pub fn all_ints(&self) -> bool {
        (0..self.len()).all(|i| self.is_int(i))
    }

    /// The sum: an integer when all are (exact within `i128`), else the `f64` sum in order.
    pub fn total(&self) -> Number {
        let exact = self.all_ints().then(|| {
            self.iter().try_fold(0_i128, |sum, n| match n {
                Number::Int(i) => sum.checked_add(i),
                Number::Float(_) => None,
            })
        });
        match exact.flatten() {
            Some(sum) => Number::Int(sum),
            None => Number::Float(self.values.iter().sum()),
        }
    }

    /// The number at `index`, exactly.
    pub fn get(&self, index: usize) -> Option<Number> {
        let value = *self.values.get(index)?;
        if !self.is_int(index) {
            return Some(Number::Float(value));
        }
        let wide = self.wide.binary_search_by_key(&index, |entry| entry.0);
        Some(Number::Int(wide.map_or(value as i128, |at| self.wide[at].1)))
    }

    /// The numbers in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Number> + '_ {
        (0..self.len()).map(|i| self.get(i).unwrap_or(Number::Float(f64::NAN)))
    }

    /// The values, each rounded to `f64`.
    pub fn as_f64(&self) -> &[f64] {
        &self.values
    }
}

impl FromIterator<Number> for Numbers {
    fn from_iter<T: IntoIterator<Item = Number>>(iter: T) -> Self {
        let mut numbers = Self::default();
        iter.into_iter().for_each(|number| numbers.push(number));
        numbers
    }
}

/// Element by element, by [`Number`]'s bit equality.
impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other.iter()).all(|(a, b)| a == b)
    }
}

/// The number in full: an integer with all its digits, anything else like [`format_count`].
pub fn format_number(number: Number, digits: usize) -> String {
    match number {
        Number::Int(n) => text::group(&n.to_string()),
        Number::Float(x) => text::format_count(x, digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_beyond_f64_come_back_exactly() {
        let all = [Number::Float(0.5), Number::Int(9_007_199_254_740_993), Number::Int(-3), Number::Float(-0.0)];
        let numbers: Numbers = all.into_iter().collect();
        assert_eq!(numbers.iter().collect::<Vec<_>>(), all);
        assert_eq!(numbers.as_f64(), [0.5, 9_007_199_254_740_992.0, -3.0, -0.0]);
        assert!(!numbers.all_ints());
    }

    #[test]
    fn integers_and_floats_compare_exactly() {
        let (odd, even) = (Number::Int(9_007_199_254_740_993), Number::Float(9_007_199_254_740_992.0));
        assert_eq!(odd.compare(even), Some(Ordering::Greater));
        assert_eq!(even.compare(odd), Some(Ordering::Less));
        assert_eq!(Number::Int(1).compare(Number::Float(1.0)), Some(Ordering::Equal));
        assert_eq!(Number::Int(2).compare(Number::Float(2.5)), Some(Ordering::Less));
        assert_eq!(Number::Int(2).compare(Number::Float(f64::NAN)), None);
    }

    #[test]
    fn a_late_integer_and_a_late_float_keep_their_kinds() {
        let mut numbers = Numbers::floats(vec![1.0; 130]);
        numbers.push(Number::Int(1));
        numbers.push(Number::Float(1.0));
        let kinds: Vec<bool> = (128..132).map(|i| numbers.is_int(i)).collect();
        assert_eq!(kinds, [false, false, true, false]);
        assert_ne!(numbers.get(129), numbers.get(130));
    }
}
