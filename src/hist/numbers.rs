//! Number lists that distinguish integers from floats, like JSON and Python.
//!
//! A histogram's counts are usually integers and its edges usually floats. Saving must reproduce a file's numbers
//! exactly. A list costs one `f64` and one bit per value; integers that `f64` cannot represent are stored separately.

use crate::text;
use std::cmp::Ordering;

/// One JSON or Python number.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// Exact integer.
    Int(i128),
    /// Float, including NaN and the infinities.
    Float(f64),
}

impl Number {
    /// Nearest `f64` (ties to even), like Python's `float()`.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(i) => i as f64,
            Self::Float(x) => x,
        }
    }

    /// Compares exactly, like Python compares integers with floats; `None` if either is NaN.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            // If both are equal as `f64`, the float is whole and the integer's lost digits decide.
            (Self::Int(i), Self::Float(x)) => Some((i as f64).partial_cmp(&x)?.then(i.cmp(&(x as i128)))),
            (Self::Float(_), Self::Int(_)) => other.compare(self).map(Ordering::reverse),
        }
    }
}

/// Bitwise equality: `Int(1)` differs from `Float(1.0)`, and NaN equals NaN.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        }
    }
}

/// List of [`Number`]s whose values are also available as one `f64` slice.
///
/// Invariant: `ints` is empty (all floats) or has one bit per value. `wide` is sorted by index and contains exactly the
/// integers that differ from their `f64`.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    values: Vec<f64>,
    ints: Vec<u64>,
    wide: Vec<(usize, i128)>,
}

impl Numbers {
    /// Creates a list of floats.
    pub fn floats(values: Vec<f64>) -> Self {
        Self { values, ints: Vec::new(), wide: Vec::new() }
    }

    /// Creates a list of integers.
    pub fn ints(values: impl IntoIterator<Item = i128>) -> Self {
        values.into_iter().map(Number::Int).collect()
    }

    /// Creates a list of integers if all values are whole, else of floats. Restores counts that were stored as floats.
    pub fn whole(values: Vec<f64>) -> Self {
        const EXACT: f64 = (1_u64 << 53) as f64;
        if values.iter().all(|x| x.fract() == 0.0 && x.abs() <= EXACT) {
            Self::ints(values.into_iter().map(|x| x as i128))
        } else {
            Self::floats(values)
        }
    }

    /// Converts every number to a float.
    #[must_use]
    pub fn into_floats(self) -> Self {
        Self::floats(self.values)
    }

    /// Appends one number.
    pub fn push(&mut self, number: Number) {
        let index = self.values.len();
        let (value, is_int) = match number {
            Number::Float(x) => (x, false),
            Number::Int(i) => match i64::try_from(i) {
                // Conversions of 128 bits are calls.
                Ok(small) if small.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS => (small as f64, true),
                _ => {
                    let value = i as f64;
                    // The cast back saturates at the limits of i128, so the comparison works there, too.
                    if value as i128 != i {
                        self.wide.push((index, i));
                    }
                    (value, true)
                }
            },
        };
        self.values.push(value);
        let word = index / 64;
        if self.ints.len() <= word && (is_int || !self.ints.is_empty()) {
            self.ints.resize(word + 1, 0);
        }
        if is_int {
            self.ints[word] |= 1 << (index % 64);
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns true if the list has no values.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Bytes of heap memory that the list uses.
    pub fn memory(&self) -> usize {
        8 * (self.values.capacity() + self.ints.capacity()) + size_of::<(usize, i128)>() * self.wide.capacity()
    }

    /// Returns true if the value at `index` is an integer; false if the index is out of range.
    pub fn is_int(&self, index: usize) -> bool {
        index < self.len() && self.ints.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Returns true if every value is an integer, or the list is empty.
    pub fn all_ints(&self) -> bool {
        (0..self.len()).all(|i| self.is_int(i))
    }

    /// Sum of all numbers: an exact integer if all are integers and the sum fits `i128`, else the `f64` sum in order.
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

    /// Number at `index`; `None` if the index is out of range.
    pub fn get(&self, index: usize) -> Option<Number> {
        let value = *self.values.get(index)?;
        if !self.is_int(index) {
            return Some(Number::Float(value));
        }
        let wide = self.wide.binary_search_by_key(&index, |entry| entry.0);
        Some(Number::Int(wide.map_or(value as i128, |at| self.wide[at].1)))
    }

    /// Iterates over the numbers in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Number> + '_ {
        (0..self.len()).map(|i| self.get(i).unwrap_or(Number::Float(f64::NAN)))
    }

    /// Values, each rounded to `f64`.
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

/// Compares element by element, with [`Number`]'s bitwise equality.
impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other.iter()).all(|(a, b)| a == b)
    }
}

/// Formats an integer with all its digits and separators, and a float like [`format_count`](text::format_count).
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
    fn integers_that_f64_cannot_represent_are_kept() {
        let all = [Number::Float(0.5), Number::Int(9_007_199_254_740_993), Number::Int(-3), Number::Float(-0.0)];
        let numbers: Numbers = all.into_iter().collect();
        assert_eq!(numbers.iter().collect::<Vec<_>>(), all);
        assert_eq!(numbers.as_f64(), [0.5, 9_007_199_254_740_992.0, -3.0, -0.0]);
        assert!(!numbers.all_ints());
        let limits = [53, 63, 64, 126].map(|bits| 1_i128 << bits);
        let around = limits.into_iter().flat_map(|limit| [limit - 1, limit, limit + 1, -limit - 1, -limit, 1 - limit]);
        let all: Vec<Number> = around.chain([0, i128::MAX, i128::MIN]).map(Number::Int).collect();
        let numbers: Numbers = all.iter().copied().collect();
        assert_eq!(numbers.iter().collect::<Vec<_>>(), all);
    }

    #[test]
    fn integers_and_floats_compare_exactly() {
        let (larger, smaller) = (Number::Int(9_007_199_254_740_993), Number::Float(9_007_199_254_740_992.0));
        assert_eq!(larger.compare(smaller), Some(Ordering::Greater));
        assert_eq!(smaller.compare(larger), Some(Ordering::Less));
        assert_eq!(Number::Int(1).compare(Number::Float(1.0)), Some(Ordering::Equal));
        assert_eq!(Number::Int(2).compare(Number::Float(2.5)), Some(Ordering::Less));
        assert_eq!(Number::Int(2).compare(Number::Float(f64::NAN)), None);
    }

    #[test]
    fn integers_and_floats_appended_later_keep_their_kinds() {
        let mut numbers = Numbers::floats(vec![1.0; 130]);
        numbers.push(Number::Int(1));
        numbers.push(Number::Float(1.0));
        let kinds: Vec<bool> = (128..132).map(|i| numbers.is_int(i)).collect();
        assert_eq!(kinds, [false, false, true, false]);
        assert_ne!(numbers.get(129), numbers.get(130));
    }
}
