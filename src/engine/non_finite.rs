//! NaN and infinities: how many there are, and where the first of each kind is.

use crate::error::{At, Problem};
use crate::hist::{Element, Summary};
use crate::text::format_count;

/// One value for each kind of number that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NonFinite<T> {
    pub nan: T,
    pub posinf: T,
    pub neginf: T,
}

/// Shape of an array, from which the indices of an element follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Length of each dimension; empty for a single number.
    lengths: Vec<u64>,
    order: ElementOrder,
    /// Dimensions in the order in which they are stored, the fastest first; empty in C order.
    fastest: Vec<usize>,
}

/// Order in which the elements of an array are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementOrder {
    /// The last index varies fastest.
    C,
    /// The first index varies fastest.
    Fortran,
    /// Another order.
    Permuted,
}

/// Returns true if a number is of one kind.
type IsKind = fn(f64) -> bool;

/// Tests for the kinds.
const KINDS: NonFinite<IsKind> =
    NonFinite { nan: f64::is_nan, posinf: |x| x == f64::INFINITY, neginf: |x| x == f64::NEG_INFINITY };

impl<T> NonFinite<T> {
    /// Converts each value.
    pub fn map<U>(self, convert: impl Fn(T) -> U) -> NonFinite<U> {
        NonFinite { nan: convert(self.nan), posinf: convert(self.posinf), neginf: convert(self.neginf) }
    }

    /// Names of the kinds in messages, with their values.
    pub fn named(self) -> [(&'static str, T); 3] {
        [("NaN", self.nan), ("+inf", self.posinf), ("-inf", self.neginf)]
    }

    fn zip<U>(self, other: NonFinite<U>) -> NonFinite<(T, U)> {
        NonFinite {
            nan: (self.nan, other.nan),
            posinf: (self.posinf, other.posinf),
            neginf: (self.neginf, other.neginf),
        }
    }
}

/// Numbers of values of each kind.
impl From<&Summary> for NonFinite<u64> {
    fn from(summary: &Summary) -> Self {
        Self { nan: summary.nan, posinf: summary.posinf, neginf: summary.neginf }
    }
}

impl NonFinite<Option<At>> {
    /// Stores the location of a number, if it is the first of its kind. Locations must be added in order.
    pub fn note(&mut self, x: f64, at: impl FnOnce() -> At) {
        let first = match x {
            _ if x.is_finite() => return,
            _ if x.is_nan() => &mut self.nan,
            _ if x > 0.0 => &mut self.posinf,
            _ => &mut self.neginf,
        };
        if first.is_none() {
            *first = Some(at());
        }
    }

    /// Keeps these locations, and adds those of later numbers for the kinds without one.
    #[must_use]
    pub fn or(self, later: Self) -> Self {
        self.zip(later).map(|(first, later)| first.or(later))
    }

    /// Describes the numbers that are not finite: one problem for each kind, at the first number of the kind.
    pub fn problems(&self, summary: &Summary) -> Vec<Problem> {
        let kinds = NonFinite::from(summary).zip(self.clone()).named().into_iter();
        let problem = |(name, (count, at)): (&str, (u64, Option<At>))| {
            let message = match (count, &at) {
                (0, _) => return None,
                (1, _) => format!("{name}, which is not in any bin"),
                (n, Some(_)) => format!("first of {} {name}, which are not in any bin", format_count(n as f64, 0)),
                (n, None) => format!("{} {name}, which are not in any bin", format_count(n as f64, 0)),
            };
            Some(Problem::new(at.unwrap_or(At::Whole), message))
        };
        kinds.filter_map(problem).collect()
    }
}

/// First positions of each kind, as indices into the array in C order.
pub(super) type FirstPositions = NonFinite<Option<u64>>;

impl FirstPositions {
    /// Combines the first positions of two sets of elements.
    pub(super) fn merge(self, other: Self) -> Self {
        self.zip(other).map(|(a, b)| a.into_iter().chain(b).min())
    }

    /// Adds the elements of a block that starts at the position `start` of the file. `counts` are the numbers of each
    /// kind in the block.
    pub(super) fn add<T: Element>(&mut self, block: &[T], start: u64, counts: NonFinite<u64>, shape: &Shape) {
        let search = |((first, count), is_kind): ((Option<u64>, u64), IsKind)| {
            if count == 0 { first } else { shape.first(block, start, is_kind, first) }
        };
        *self = self.zip(counts).zip(KINDS).map(search);
    }
}

impl Shape {
    /// Creates a shape. It must have as many elements as the array.
    pub fn new(lengths: &[usize], order: ElementOrder) -> Self {
        let fastest = if order == ElementOrder::C { Vec::new() } else { (0..lengths.len()).collect() };
        Self { lengths: lengths.iter().map(|length| *length as u64).collect(), order, fastest }
    }

    /// Creates the shape of an array whose dimensions are stored in another order, the slowest first.
    pub fn permuted(lengths: &[usize], axes: &[usize]) -> Self {
        let fastest = axes.iter().rev().copied().collect();
        Self { fastest, ..Self::new(lengths, ElementOrder::Permuted) }
    }

    /// Length of each dimension; empty for a single number.
    pub fn lengths(&self) -> &[u64] {
        &self.lengths
    }

    /// Returns true if the elements are stored in C order. With at most one long dimension, both orders are the same.
    pub(super) fn is_c_order(&self) -> bool {
        self.order == ElementOrder::C || self.lengths.iter().filter(|length| **length != 1).count() <= 1
    }

    /// Returns the smallest of `best` and the C-order indices of the elements of a kind.
    fn first<T: Element>(&self, block: &[T], start: u64, is_kind: IsKind, best: Option<u64>) -> Option<u64> {
        let is_kind = |x: &T| is_kind(x.to_f64());
        let [rows, rest @ ..] = self.lengths.as_slice() else { return best.or(Some(0)) };
        if self.order == ElementOrder::C || rest.is_empty() {
            let found = block.iter().position(is_kind).map(|i| start + i as u64);
            return best.into_iter().chain(found).min();
        }
        if self.order == ElementOrder::Permuted {
            let found = (start..).zip(block).filter(|(_, x)| is_kind(x)).map(|(position, _)| self.c_position(position));
            return best.into_iter().chain(found).min();
        }
        // Elements of later rows than the best one need no division.
        let stride = rest.iter().product::<u64>().max(1);
        let (mut best, mut row) = (best, start.checked_rem(*rows).unwrap_or(0));
        for (position, x) in (start..).zip(block) {
            if is_kind(x) && best.is_none_or(|best| row <= best / stride) {
                best = best.into_iter().chain([self.c_position(position)]).min();
            }
            row = if row + 1 == *rows { 0 } else { row + 1 };
        }
        best
    }

    /// Converts a position in the order of the file to C order.
    pub(super) fn c_position(&self, mut position: u64) -> u64 {
        let mut c = 0;
        for axis in &self.fastest {
            let length = self.lengths[*axis].max(1);
            c += position % length * self.lengths[axis + 1..].iter().product::<u64>();
            position /= length;
        }
        c
    }

    /// Location of the element at a position in the file.
    pub(super) fn locate_stored(&self, position: u64) -> At {
        let position = if self.order == ElementOrder::C { position } else { self.c_position(position) };
        self.locate(position)
    }

    /// Location of the element at a position in C order.
    pub(super) fn locate(&self, mut position: u64) -> At {
        let mut indices: Vec<u64> = Vec::new();
        for length in self.lengths.iter().rev() {
            indices.push(position % length.max(&1));
            position /= length.max(&1);
        }
        indices.reverse();
        if indices.is_empty() { At::Whole } else { At::Element(indices) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Part, Population, Task};
    use crate::hist::{DType, Samples};
    use proptest::prelude::*;

    /// Position of the first element of each kind, from a search in C order.
    fn naive(array: &[f64], lengths: &[usize]) -> NonFinite<Option<At>> {
        let locate = |position: usize| {
            let mut rest = position;
            let mut indices: Vec<u64> = lengths
                .iter()
                .rev()
                .map(|length| {
                    let index = rest % length;
                    rest /= length;
                    index as u64
                })
                .collect();
            indices.reverse();
            At::Element(indices)
        };
        KINDS.map(|is_kind| array.iter().position(|x| is_kind(*x)).map(locate))
    }

    /// The array in the order of a file.
    fn stored(array: &[f64], shape: &Shape) -> Vec<f64> {
        if shape.order == ElementOrder::C {
            return array.to_vec();
        }
        (0..array.len() as u64).map(|position| array[shape.c_position(position) as usize]).collect()
    }

    /// A stream of samples in memory.
    #[derive(Debug)]
    struct Streamed(Vec<f64>);

    impl crate::engine::Stream for Streamed {
        fn dtype(&self) -> DType {
            DType::F64
        }

        fn len(&self) -> u64 {
            self.0.len() as u64
        }

        fn read(&self, from: u64, n: usize, block: &mut Samples) -> Result<(), crate::Error> {
            *block = Samples::F64(self.0[from as usize..from as usize + n].to_vec());
            Ok(())
        }
    }

    #[test]
    fn fortran_order_is_located_like_c_order() {
        // numpy: a = np.zeros((2, 3)); a[0, 2] = a[1, 0] = np.nan; np.save("a.npy", np.asfortranarray(a))
        let stored = Samples::F64(vec![0.0, f64::NAN, 0.0, 0.0, f64::NAN, 0.0]);
        let shape = Shape::new(&[2, 3], ElementOrder::Fortran);
        let population = Population::of_array(stored.into(), &shape, &Task::default()).unwrap();
        assert_eq!(population.first_non_finite().nan, Some(At::Element(vec![0, 2])));
        let shown: Vec<String> = population.non_finite_problems().iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["[0, 2]: first of 2 NaN, which are not in any bin"]);
    }

    #[test]
    fn scalars_and_samples_without_a_shape_are_located_as_far_as_possible() {
        let shape = Shape::new(&[], ElementOrder::C);
        let scalar = Population::of_array(Samples::F32(vec![f32::NEG_INFINITY]).into(), &shape, &Task::default());
        assert_eq!(scalar.unwrap().non_finite_problems()[0].to_string(), "file: -inf, which is not in any bin");
        let unknown = Population::new(Samples::F64(vec![f64::NAN, 1.0, f64::NAN]));
        assert_eq!(unknown.non_finite_problems()[0].to_string(), "file: 2 NaN, which are not in any bin");
        assert!(Population::new(Samples::I8(vec![1])).non_finite_problems().is_empty());
    }

    proptest! {
        #[test]
        fn the_first_of_each_kind_is_found_in_any_shape_split_and_number_of_threads(
            lengths in prop::collection::vec(1_usize..14, 1..4),
            order in 0_usize..3,
            streamed in any::<bool>(),
            threads in 1_usize..4,
            rate in 0_u32..40,
            seed in any::<u64>(),
        ) {
            let mut state = seed | 1;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as u32
            };
            let n = lengths.iter().product();
            let array: Vec<f64> = (0..n)
                .map(|_| match next() % 1000 {
                    x if x < rate => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][next() as usize % 3],
                    x => f64::from(x),
                })
                .collect();
            let shape = match order {
                0 => Shape::new(&lengths, ElementOrder::C),
                1 => Shape::new(&lengths, ElementOrder::Fortran),
                // The first dimension is stored last, as in images with channels.
                _ => Shape::permuted(&lengths, &(1..lengths.len()).chain([0]).collect::<Vec<_>>()),
            };
            let file = stored(&array, &shape);
            let part = if streamed { Part::Stream(std::sync::Arc::new(Streamed(file))) } else { Samples::F64(file).into() };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let population = pool.install(|| Population::of_array(part, &shape, &Task::default())).unwrap();
            prop_assert_eq!(population.first_non_finite(), &naive(&array, &lengths));
            let count = |is_kind: IsKind| array.iter().filter(|x| is_kind(**x)).count() as u64;
            prop_assert_eq!(NonFinite::from(population.summary()), KINDS.map(count));
            let finite = array.iter().filter(|x| x.is_finite()).count();
            prop_assert_eq!(population.stats(&Task::default()).unwrap().n, finite as f64);
        }
    }
}
