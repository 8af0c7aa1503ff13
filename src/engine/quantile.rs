//! Quantiles of samples where they lie, without sorting or copying them.
//!
//! Every sample has a whole number that orders as the samples do. Its bits are settled sixteen at a time: a pass counts
//! the samples that begin like what is looked for by the next sixteen bits. One pass settles the narrow types, four the
//! widest.

use super::{Cancel, Population};
use crate::error::Error;
use crate::hist::{BLOCK, Element, Stats, between, each};
use rayon::prelude::*;

/// Bits that one pass settles.
const DIGIT: u32 = 16;
const DIGITS: usize = 1 << DIGIT;

/// Up to so many samples, selecting from a copy is faster than setting up the counts.
const SMALL: usize = 1 << 20;

/// Quantiles by numpy's linear method over the finite samples, of increasing probabilities; NaN when there is none.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn quantiles(population: &Population, probabilities: &[f64], cancel: &Cancel) -> Result<Vec<f64>, Error> {
    cancel.check()?;
    if population.samples().len() <= SMALL {
        return Ok(Stats::quantiles_of(population.samples(), probabilities));
    }
    in_place(population, probabilities, cancel)
}

fn in_place(population: &Population, probabilities: &[f64], cancel: &Cancel) -> Result<Vec<f64>, Error> {
    let Some(last) = population.summary().finite().checked_sub(1) else {
        return Ok(vec![f64::NAN; probabilities.len()]);
    };
    let places: Vec<f64> = probabilities.iter().map(|p| last as f64 * p.clamp(0.0, 1.0)).collect();
    let below = |place: &f64| (place.floor() as u64).min(last);
    let ranks: Vec<u64> = places.iter().flat_map(|at| [below(at), (below(at) + 1).min(last)]).collect();
    each!(population.samples(), values => {
        let found = ranked(values, &ranks, cancel)?;
        let (pairs, _) = found.as_chunks::<2>();
        Ok(pairs.iter().zip(&places).map(|([a, b], at)| between(*a, *b, at - below(at) as f64)).collect())
    })
}

/// What is known of a sample that is looked for: the bits of its key that are settled, and its rank among the samples
/// whose keys begin so.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    prefix: u64,
    rank: u64,
}

/// The finite samples of some ranks.
fn ranked<T: Element>(values: &[T], ranks: &[u64], cancel: &Cancel) -> Result<Vec<T>, Error> {
    let mut wanted: Vec<Wanted> = ranks.iter().map(|rank| Wanted { prefix: 0, rank: *rank }).collect();
    for settled in (0..T::KEY_BITS).step_by(DIGIT as usize) {
        let mut prefixes: Vec<u64> = wanted.iter().map(|wanted| wanted.prefix).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        // The key's bits that the next digit leaves.
        let rest = T::KEY_BITS.saturating_sub(settled + DIGIT);
        let counts = digits(values, &prefixes, rest, cancel)?;
        for wanted in &mut wanted {
            let at = prefixes.partition_point(|prefix| *prefix < wanted.prefix);
            let mut rank = wanted.rank;
            let counts = counts[at * DIGITS..][..DIGITS].iter();
            // The last digit of all is never passed: the rank is less than the counts add up to.
            let passed = counts.take_while(|count| {
                let passed = **count <= rank;
                rank -= if passed { **count } else { 0 };
                passed
            });
            let digit = passed.count();
            *wanted = Wanted { prefix: wanted.prefix << DIGIT | digit as u64, rank };
        }
    }
    Ok(wanted.iter().map(|wanted| T::from_key(wanted.prefix)).collect())
}

/// How many finite samples whose keys begin with each of some sorted prefixes go on with each digit, one prefix after the
/// other.
fn digits<T: Element>(values: &[T], prefixes: &[u64], rest: u32, cancel: &Cancel) -> Result<Vec<u64>, Error> {
    let nothing = || vec![0_u64; prefixes.len() * DIGITS];
    let tally = |mut counts: Vec<u64>, share: &[T]| {
        for block in share.chunks(BLOCK) {
            cancel.check()?;
            for key in block.iter().filter(|x| x.is_finite()).map(|x| x.key()) {
                let head = key.checked_shr(rest + DIGIT).unwrap_or(0);
                if let Some(at) = prefixes.iter().position(|prefix| *prefix == head) {
                    counts[at * DIGITS + (key >> rest) as usize % DIGITS] += 1;
                }
            }
        }
        Ok::<_, Error>(counts)
    };
    let add = |mut a: Vec<u64>, b: Vec<u64>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        Ok(a)
    };
    // A few large shares: each brings its own counts.
    let share = values.len().div_ceil(4 * rayon::current_num_threads()).max(BLOCK);
    values.par_chunks(share).try_fold(nothing, tally).try_reduce(nothing, add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{PROBABILITIES, Samples};
    use half::f16;
    use proptest::prelude::*;

    fn check(samples: Samples) {
        let mut probabilities = vec![0.0];
        probabilities.extend(PROBABILITIES);
        probabilities.push(1.0);
        let expected = Stats::quantiles_of(&samples, &probabilities);
        let found = in_place(&Population::new(samples), &probabilities, &Cancel::default()).unwrap();
        let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
        assert!(found.iter().zip(&expected).all(same), "{found:?}, not {expected:?}");
    }

    #[test]
    fn every_data_type_orders_as_its_numbers_do() {
        check(Samples::F64(vec![]));
        check(Samples::F64(vec![f64::NAN, f64::INFINITY]));
        check(Samples::F64(vec![-0.0, 0.0, f64::MIN, f64::MAX, 5e-324, -5e-324, f64::NAN, f64::NEG_INFINITY]));
        check(Samples::F32(vec![f32::MAX, -1e-45, 1.0, 1.0, f32::MIN, f32::INFINITY]));
        check(Samples::F16((0..=u16::MAX).map(f16::from_bits).collect()));
        check(Samples::Bool(vec![1, 0, 1, 1]));
        check(Samples::I8((-128..=127).rev().collect()));
        check(Samples::I16(vec![i16::MAX, -1, 0, i16::MIN]));
        check(Samples::U32(vec![u32::MAX, 0, 1 << 31]));
        check(Samples::I64(vec![i64::MAX, i64::MIN, 0, -1, 1 << 53, (1 << 53) + 1]));
        check(Samples::U64(vec![u64::MAX, u64::MAX - 1, 0, 1 << 63]));
        check(Samples::F64((0..200_000).map(|i| f64::from(i * 7919 % 200_003).ln()).collect()));
    }

    #[test]
    fn stops_when_asked() {
        let cancel = Cancel::default();
        cancel.cancel();
        assert!(in_place(&Population::new(Samples::U8(vec![1])), &[0.5], &cancel).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn are_those_of_a_sorted_copy(values in prop::collection::vec(any::<f64>(), 0..50)) {
            check(Samples::F32(values.iter().map(|x| *x as f32).collect()));
            check(Samples::I64(values.iter().map(|x| *x as i64).collect()));
            check(Samples::F64(values));
        }
    }
}
