//! numpy's pairwise summation. The rules depend on its rounding.

use crate::hist::binning::Real;

/// `numpy.sum` in one float type: eight running sums in runs of at most 128 values, with halves added recursively. 0
/// without values.
pub(crate) fn pairwise_sum<R: Real>(values: &[R]) -> R {
    pairwise(values, &|x| x)
}

/// `numpy.sum` of `term` over the values, without a copy.
pub(crate) fn pairwise<V: Copy, R: Real>(values: &[V], term: &impl Fn(V) -> R) -> R {
    let n = values.len();
    if n > 128 {
        let half = n / 2 - n / 2 % 8;
        let (left, right) = values.split_at(half);
        return pairwise(left, term).plus(pairwise(right, term));
    }
    let (eights, rest) = values.as_chunks::<8>();
    let mut chunks = eights.iter().map(|eight| eight.map(term));
    let start = match chunks.next() {
        None => R::from_f64(0.0),
        Some(mut sums) => {
            for eight in chunks {
                sums.iter_mut().zip(eight).for_each(|(sum, x)| *sum = sum.plus(x));
            }
            let [a, b, c, d, e, f, g, h] = sums;
            a.plus(b).plus(c.plus(d)).plus(e.plus(f).plus(g.plus(h)))
        }
    };
    rest.iter().fold(start, |sum, x| sum.plus(term(*x)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_added_in_the_order_of_numpy() {
        // numpy.sum of float32 0.1 times 1000, where adding one after the other gives 99.99905.
        assert_eq!(pairwise_sum(&[0.1_f32; 1000]), 100.000_015);
        // numpy.sum of 0.1 + i/7 for i in 0..300.
        let terms: Vec<f64> = (0..300).map(|i| 0.1 + f64::from(i) / 7.0).collect();
        assert_eq!(pairwise_sum(&terms), 6_437.142_857_142_857);
        assert_eq!(pairwise_sum::<f64>(&[]), 0.0);
    }
}
