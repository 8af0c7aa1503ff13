//! Views of a storage: any elements of an array, in any order, as torch and numpy describe them with strides.
//!
//! The elements of a view are read in the order in which they are stored, so that any part of it is near in the file. Not
//! here: reading, and the bytes of an element.

use super::DecodeError;

/// Elements of a view that are repeated more often than this in total are left out, because counting them would take
/// longer than any user waits. Expanded tensors that a program really uses have far fewer.
const MAX_REPEATED: u64 = 1 << 32;

/// Elements of a storage, by their positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Position of the first element in the storage.
    offset: u64,
    /// Length of each dimension; empty for a single number.
    lengths: Vec<u64>,
    /// Positions between neighbors in each dimension.
    strides: Vec<u64>,
}

/// A view as loops over the storage, the slowest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loops {
    offset: u64,
    /// Length and stride of each loop. Loops that continue each other are joined.
    all: Vec<(u64, u64)>,
    /// Dimensions of the view in the order of the loops.
    axes: Vec<usize>,
}

/// Elements of a storage at equal distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Position of the first element.
    pub start: u64,
    pub len: u64,
    pub stride: u64,
}

impl View {
    /// Returns the view of a storage that starts with the elements in C order.
    pub fn contiguous(shape: &[usize]) -> Self {
        let lengths: Vec<u64> = shape.iter().map(|length| *length as u64).collect();
        let mut strides = vec![1; lengths.len()];
        for i in (1..lengths.len()).rev() {
            strides[i - 1] = lengths[i].max(1).saturating_mul(strides[i]);
        }
        Self { offset: 0, lengths, strides }
    }

    /// Checks a view of a storage with `len` elements.
    ///
    /// # Errors
    /// A number is negative, or the view leaves the storage.
    pub fn new(offset: i64, shape: &[i64], strides: &[i64], len: u64) -> Result<Self, DecodeError> {
        let error = |why: String| Err(DecodeError::new(why));
        if shape.len() != strides.len() {
            return error(format!("the shape {shape:?} and the strides {strides:?} differ in length"));
        }
        let unsigned = |numbers: &[i64]| numbers.iter().map(|n| u64::try_from(*n).ok()).collect::<Option<Vec<u64>>>();
        let Some(lengths) = unsigned(shape) else { return error(format!("the shape {shape:?} is invalid")) };
        let Some(strides) = unsigned(strides) else { return error(format!("the strides {strides:?} are invalid")) };
        let Ok(offset) = u64::try_from(offset) else { return error(format!("the offset {offset} is invalid")) };
        let elements = lengths.iter().try_fold(1_u64, |n, length| n.checked_mul(*length));
        if lengths.contains(&0) {
            return Ok(Self { offset: 0, lengths, strides });
        }
        let Some(elements) = elements.filter(|n| usize::try_from(*n).is_ok()) else {
            return error(format!("the shape {shape:?} is too large"));
        };
        let last = lengths.iter().zip(&strides).try_fold(offset, |last, (length, stride)| {
            (length - 1).checked_mul(*stride).and_then(|distance| last.checked_add(distance))
        });
        if last.is_none_or(|last| last >= len) {
            return error(format!("the shape {shape:?} does not fit in a storage of {len} elements"));
        }
        if elements > MAX_REPEATED && elements / 8 > len {
            return error(format!("its {elements} elements repeat the {len} of the storage; too many to count"));
        }
        Ok(Self { offset, lengths, strides })
    }

    /// Moves the view by `elements` of the storage.
    #[must_use]
    pub fn moved(self, elements: u64) -> Self {
        Self { offset: self.offset + elements, ..self }
    }

    /// Number of elements.
    pub fn len(&self) -> u64 {
        // The other lengths of an empty view may be too large to multiply.
        if self.lengths.contains(&0) { 0 } else { self.lengths.iter().product() }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Length of each dimension.
    pub fn shape(&self) -> Vec<usize> {
        self.lengths.iter().map(|length| *length as usize).collect()
    }

    /// Returns the loops that visit each element, in the order of the storage.
    pub fn loops(&self) -> Loops {
        let mut axes: Vec<usize> = (0..self.lengths.len()).collect();
        if self.is_empty() {
            return Loops { offset: 0, all: vec![(0, 1)], axes };
        }
        // Dimensions with one element may have any stride. They come first.
        axes.sort_by_key(|axis| match self.lengths[*axis] {
            1 => (0, 0),
            _ => (1, u64::MAX - self.strides[*axis]),
        });
        let mut loops: Vec<(u64, u64)> = Vec::new();
        for axis in &axes {
            let (length, stride) = (self.lengths[*axis], self.strides[*axis]);
            match loops.last_mut() {
                _ if length == 1 => {}
                Some(outer) if length.checked_mul(stride) == Some(outer.1) => *outer = (outer.0 * length, stride),
                _ => loops.push((length, stride)),
            }
        }
        Loops { offset: self.offset, all: loops, axes }
    }
}

impl Loops {
    /// Returns the position of the first element if all elements follow each other in the storage.
    pub fn contiguous(&self) -> Option<u64> {
        matches!(self.all.as_slice(), [] | [(_, 1)]).then_some(self.offset)
    }

    /// Returns the dimensions of the view from the slowest to the fastest; `None` in C order.
    pub fn axes(&self, shape: &[usize]) -> Option<&[usize]> {
        let mut relevant = self.axes.iter().filter(|axis| shape.get(**axis).is_some_and(|length| *length > 1));
        (!relevant.by_ref().is_sorted()).then_some(&self.axes)
    }

    /// Calls `visit` with the runs that contain the `n` elements from number `from` on.
    pub fn runs(&self, from: u64, n: u64, mut visit: impl FnMut(Run)) {
        let (inner, outer) = match self.all.split_last() {
            Some((inner, outer)) => (*inner, outer),
            None => ((1, 1), [].as_slice()),
        };
        let (mut row, mut column) = (from / inner.0.max(1), from % inner.0.max(1));
        // Position of the row, and the index of each outer loop.
        let mut indices = vec![0; outer.len()];
        let mut start = self.offset;
        for (index, (length, stride)) in indices.iter_mut().zip(outer).rev() {
            *index = row % (*length).max(1);
            start += *index * stride;
            row /= (*length).max(1);
        }
        let mut left = n;
        while left > 0 {
            let len = left.min(inner.0 - column);
            visit(Run { start: start + column * inner.1, len, stride: inner.1 });
            left -= len;
            column = 0;
            for (index, (length, stride)) in indices.iter_mut().zip(outer).rev() {
                *index += 1;
                start += stride;
                if *index < *length {
                    break;
                }
                start -= stride * length;
                *index = 0;
            }
        }
    }
}

impl Run {
    /// Number of positions from the first element to the last one, both included.
    pub fn extent(&self) -> u64 {
        (self.len - 1) * self.stride + 1
    }
}

/// Copies the elements of an array into C order. `strides` are those of the array in memory.
pub(crate) fn in_c_order<T: Copy>(values: &[T], shape: &[usize], strides: &[usize]) -> Vec<T> {
    let mut index = vec![0; shape.len()];
    let mut at = 0;
    let mut out = Vec::with_capacity(values.len());
    while let Some(value) = values.get(at).filter(|_| out.len() < values.len()) {
        out.push(*value);
        // Advances like an odometer: the last index runs fastest, and an index that is full returns to 0 and carries.
        for ((i, n), stride) in index.iter_mut().zip(shape).zip(strides).rev() {
            *i += 1;
            at += stride;
            if *i < *n {
                break;
            }
            at -= stride * n;
            *i = 0;
        }
    }
    out
}

/// Returns the strides of an array whose dimensions are stored in this order, the slowest first.
pub(crate) fn stored_strides(shape: &[usize], axes: &[usize]) -> Vec<usize> {
    let mut strides = vec![0; shape.len()];
    let mut stride = 1;
    for axis in axes.iter().rev() {
        strides[*axis] = stride;
        stride *= shape[*axis];
    }
    strides
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Positions of the elements in the order of the runs.
    fn positions(view: &View, from: u64, n: u64) -> Vec<u64> {
        let mut all = Vec::new();
        view.loops().runs(from, n, |run| all.extend((0..run.len).map(|i| run.start + i * run.stride)));
        all
    }

    /// Positions of the elements in C order.
    fn naive(view: &View) -> Vec<u64> {
        let dimensions = view.lengths.iter().zip(&view.strides);
        dimensions.fold(vec![view.offset], |all, (length, stride)| {
            all.iter().flat_map(|at| (0..*length).map(move |i| at + i * stride)).collect()
        })
    }

    #[test]
    fn contiguous_views_are_one_run() {
        let view = View::new(5, &[4, 1, 3], &[3, 99, 1], 200).unwrap();
        assert_eq!((view.loops().contiguous(), view.loops().axes(&view.shape())), (Some(5), None));
        assert_eq!(View::contiguous(&[4, 1, 3]).loops().contiguous(), Some(0));
        let transposed = View::new(0, &[3, 4], &[1, 3], 12).unwrap();
        assert_eq!((transposed.loops().contiguous(), transposed.loops().axes(&[3, 4])), (Some(0), Some(&[1, 0][..])));
        assert_eq!(View::new(2, &[], &[], 3).unwrap().loops().contiguous(), Some(2));
    }

    #[test]
    fn views_that_leave_their_storage_are_errors() {
        type Case<'a> = (i64, &'a [i64], &'a [i64], u64, &'a str);
        let cases: [Case<'_>; 9] = [
            (0, &[2], &[1, 1], 9, "differ in length"),
            (0, &[-2], &[1], 9, "shape [-2] is invalid"),
            (0, &[2], &[-1], 9, "strides [-1] are invalid"),
            (-1, &[2], &[1], 9, "offset -1 is invalid"),
            (0, &[1 << 62, 4], &[1, 1], 9, "too large"),
            (0, &[2, 2], &[i64::MAX, i64::MAX], 9, "does not fit"),
            (8, &[2], &[1], 9, "does not fit"),
            (0, &[], &[], 0, "does not fit"),
            (0, &[1 << 45], &[0], 1, "too many to count"),
        ];
        for (offset, shape, strides, len, expected) in cases {
            let error = View::new(offset, shape, strides, len).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        assert!(View::new(7, &[3, 0], &[1, 1], 0).unwrap().is_empty());
    }

    #[test]
    fn empty_views_may_have_lengths_whose_product_overflows() {
        let most = usize::MAX / 2;
        for view in [View::contiguous(&[most, most, 0]), View::new(0, &[i64::MAX, 3, 0], &[1, 1, 1], 0).unwrap()] {
            assert!(view.is_empty() && view.loops().contiguous() == Some(0));
            assert!(positions(&view, 0, 0).is_empty());
        }
    }

    proptest! {
        #[test]
        fn every_part_of_a_view_has_its_elements(
            shape in prop::collection::vec(1_i64..6, 0..5),
            strides in prop::collection::vec(0_i64..40, 4),
            cut in 0.0..1.0_f64,
        ) {
            let view = View::new(3, &shape, &strides[..shape.len()], 4000).unwrap();
            let all = positions(&view, 0, view.len());
            let from = (view.len() as f64 * cut) as u64;
            prop_assert_eq!(&all[from as usize..], &positions(&view, from, view.len() - from)[..]);
            let (mut sorted, mut expected) = (all.clone(), naive(&view));
            // In C order after the axes are restored.
            let loops = view.loops();
            if loops.axes(&view.shape()).is_none() {
                prop_assert_eq!(&sorted, &expected);
            } else {
                let strides = stored_strides(&view.shape(), loops.axes(&view.shape()).unwrap());
                prop_assert_eq!(&in_c_order(&sorted, &view.shape(), &strides), &expected);
            }
            sorted.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(sorted, expected);
        }
    }
}
