//! Differences between the elements of two arrays of the same shape.

use super::{CHUNK, Element, Error, Population, Task, wide};
use crate::engine::Shape;
use crate::engine::pass::{BLOCK, Scratch, on_all_cores};
use std::ops::Range;

/// Differences between the elements of two arrays. Two NaN, or two equal infinities, do not differ. Otherwise a number that
/// is not finite differs infinitely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elementwise {
    /// Largest magnitude of a difference.
    pub max_abs_diff: f64,
    /// L2 norm of the differences, divided by that of the second array; 0 for equal arrays.
    pub relative_l2: f64,
}

/// Elements of an array in C order.
enum Elements<'a> {
    Stored(&'a Population),
    Copied(Vec<f64>),
}

/// Compares two arrays. Returns `None` for different shapes, and if an array in Fortran order cannot be copied into memory.
pub(super) fn compare(a: &Population, b: &Population, task: &Task) -> Result<Option<Elementwise>, Error> {
    if a.len() != b.len() || a.is_empty() || !same_shape(a, b) {
        return Ok(None);
    }
    // Arrays in the same order are compared as they are stored.
    let is_c = |population: &Population| population.shape().is_none_or(Shape::is_c_order);
    let same_order = (is_c(a) && is_c(b)) || a.shape() == b.shape();
    let copies = if same_order { [false, false] } else { [!is_c(a), !is_c(b)] };
    let bytes = copies.iter().filter(|copy| **copy).count() as u64 * 8 * a.len();
    let Some(_reserved) = task.memory.try_reserve(bytes) else { return Ok(None) };
    let (a, b) = (Elements::of(a, copies[0], task)?, Elements::of(b, copies[1], task)?);
    compare_elements(&a, &b, task).map(Some)
}

/// Returns true if both are arrays of the same shape. Samples without a shape are one-dimensional, unless cells are missing,
/// because then positions are unknown.
fn same_shape(a: &Population, b: &Population) -> bool {
    let lengths = |population: &Population| match population.shape() {
        Some(shape) => Some(shape.lengths().to_vec()),
        None if population.missing() + population.bad() > 0 || population.parts().len() > 1 => None,
        None => Some(vec![population.len()]),
    };
    lengths(a).is_some_and(|of_a| lengths(b) == Some(of_a))
}

/// Sums over pairs of elements.
#[derive(Default)]
struct Sums {
    /// Largest magnitude of a difference.
    largest: f64,
    /// Squares of the differences, and of the elements of the second array.
    squares: [f64; 2],
}

fn compare_elements(a: &Elements<'_>, b: &Elements<'_>, task: &Task) -> Result<Elementwise, Error> {
    let n = b.len();
    let largest = a.largest().max(b.largest());
    // Squares of numbers in this range, and their sums, neither overflow nor underflow.
    let unit = if largest == 0.0 || (1e-140..1e140).contains(&largest) { 1.0 } else { largest };
    task.progress.expect(n * 16);
    let chunk = BLOCK * CHUNK;
    let mut all = Sums::default();
    let results = on_all_cores(0..n.div_ceil(chunk), |scratch: &mut [Vec<f64>; 2], index| {
        let mut sums = Sums::default();
        let end = n.min((index + 1) * chunk);
        let mut at = index * chunk;
        let [left, right] = scratch;
        while at < end {
            task.cancel.check()?;
            let next = end.min(at + BLOCK);
            let pairs = a.block(at..next, left)?.iter().zip(b.block(at..next, right)?);
            sums = pairs.fold(sums, |sums, (a, b)| sums.with(*a, *b, unit));
            task.progress.add((next - at) * 16);
            at = next;
        }
        Ok(sums)
    })?;
    for sums in results {
        all.largest = all.largest.max(sums.largest);
        all.squares = [all.squares[0] + sums.squares[0], all.squares[1] + sums.squares[1]];
    }
    let [differences, of_b] = all.squares.map(f64::sqrt);
    let relative_l2 = if differences == 0.0 { 0.0 } else { differences / of_b };
    Ok(Elementwise { max_abs_diff: all.largest, relative_l2 })
}

impl Sums {
    fn with(self, a: f64, b: f64, unit: f64) -> Self {
        let is_equal = a == b || (a.is_nan() && b.is_nan());
        let difference = if is_equal { 0.0 } else { (a - b).abs() };
        let difference = if difference.is_nan() { f64::INFINITY } else { difference };
        let square = |x: f64| (x / unit).powi(2);
        let of_b = if b.is_finite() { square(b) } else { 0.0 };
        Self {
            largest: self.largest.max(difference),
            squares: [self.squares[0] + square(difference), self.squares[1] + of_b],
        }
    }
}

impl<'a> Elements<'a> {
    fn of(population: &'a Population, copy: bool, task: &Task) -> Result<Self, Error> {
        let Some(shape) = population.shape().filter(|_| copy) else { return Ok(Self::Stored(population)) };
        let mut all = vec![0.0; usize::try_from(population.len()).unwrap_or_default()];
        let mut block = Vec::new();
        let mut at = 0;
        while at < population.len() {
            task.cancel.check()?;
            let next = population.len().min(at + BLOCK);
            read(population, at..next, &mut block)?;
            for (position, x) in (at..).zip(&block) {
                if let Some(slot) = all.get_mut(shape.c_position(position) as usize) {
                    *slot = *x;
                }
            }
            at = next;
        }
        Ok(Self::Copied(all))
    }

    fn len(&self) -> u64 {
        match self {
            Self::Stored(population) => population.len(),
            Self::Copied(values) => values.len() as u64,
        }
    }

    /// Largest magnitude of a finite element.
    fn largest(&self) -> f64 {
        match self {
            Self::Stored(population) => population.summary().min.abs().max(population.summary().max.abs()).max(0.0),
            Self::Copied(values) => values.iter().map(|x| x.abs()).filter(|x| x.is_finite()).fold(0.0, f64::max),
        }
    }

    fn block<'b>(&'b self, at: Range<u64>, scratch: &'b mut Vec<f64>) -> Result<&'b [f64], Error> {
        match self {
            Self::Stored(population) => {
                read(population, at, scratch)?;
                Ok(scratch)
            }
            Self::Copied(values) => Ok(values.get(at.start as usize..at.end as usize).unwrap_or_default()),
        }
    }
}

/// Reads consecutive samples as `f64`.
fn read(population: &Population, at: Range<u64>, into: &mut Vec<f64>) -> Result<(), Error> {
    into.clear();
    wide!(population.dtype(), T => {
        let mut scratch = Scratch::<T>::default();
        into.extend(population.block::<T>(at, &mut scratch)?.iter().map(|x| x.to_f64()));
    });
    Ok(())
}
