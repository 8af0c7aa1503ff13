use super::*;
use crate::hist::{PROBABILITIES, Samples, each, quantile};
use half::f16;
use proptest::prelude::*;

/// Quantiles from a sorted copy of the finite values, like numpy.
fn expected(samples: &Samples, probabilities: &[f64]) -> Vec<f64> {
    each!(samples, values => {
        let mut finite: Vec<_> = values.iter().copied().filter(|x| Element::is_finite(*x)).collect();
        probabilities.iter().map(|p| quantile(&mut finite, *p)).collect()
    })
}

fn check(samples: &Samples) {
    let mut probabilities = vec![0.0];
    probabilities.extend(PROBABILITIES);
    probabilities.push(1.0);
    let actual = quantiles(&Population::new(samples.clone()), &probabilities, &Task::default()).unwrap();
    let expected = expected(samples, &probabilities);
    let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
    assert!(actual.iter().zip(&expected).all(same), "{actual:?}, not {expected:?}");
}

#[test]
fn keys_of_every_type_order_like_its_numbers() {
    check(&Samples::F64(vec![]));
    check(&Samples::F64(vec![f64::NAN, f64::INFINITY]));
    check(&Samples::F64(vec![-0.0, 0.0, f64::MIN, f64::MAX, 5e-324, -5e-324, f64::NAN, f64::NEG_INFINITY]));
    check(&Samples::F32(vec![f32::MAX, -1e-45, 1.0, 1.0, f32::MIN, f32::INFINITY, -f32::NAN]));
    check(&Samples::F16((0..=u16::MAX).map(f16::from_bits).collect()));
    check(&Samples::Bool(vec![1, 0, 1, 1]));
    check(&Samples::I8((-128..=127).rev().collect()));
    check(&Samples::I16(vec![i16::MAX, -1, 0, i16::MIN]));
    check(&Samples::U32(vec![u32::MAX, 0, 1 << 31]));
    check(&Samples::I64(vec![i64::MAX, i64::MIN, 0, -1, 1 << 53, (1 << 53) + 1]));
    check(&Samples::U64(vec![u64::MAX, u64::MAX - 1, 0, 1 << 63]));
}

#[test]
fn many_samples_are_narrowed_down() {
    let n = 10 * FEW as i32;
    check(&Samples::F64((0..n).map(|i| (f64::from(i.wrapping_mul(7919) % 2_000_003)).cbrt()).collect()));
    // Nearly all samples are equal, and the rest are far away.
    check(&Samples::F64((0..n).map(|i| if i % 1000 == 0 { f64::from(i) * 1e300 } else { 0.25 }).collect()));
    check(&Samples::I64((0..i64::from(n)).map(|i| (i * 7919 % 101) << 40).collect()));
    check(&Samples::U8((0..n).map(|i| (i % 7) as u8).collect()));
}

#[test]
fn quantiles_can_be_cancelled() {
    let task = Task::default();
    task.cancel.cancel();
    assert!(quantiles(&Population::new(Samples::U8(vec![1, 2])), &[0.5], &task).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn quantiles_equal_those_of_a_sorted_copy(values in prop::collection::vec(any::<f64>(), 0..50)) {
        check(&Samples::F32(values.iter().map(|x| *x as f32).collect()));
        check(&Samples::I64(values.iter().map(|x| *x as i64).collect()));
        check(&Samples::F64(values));
    }
}
