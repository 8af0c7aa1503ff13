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

/// Pseudo-random numbers from 0 to 1.
fn uniform(n: u64) -> impl Iterator<Item = f64> {
    (1..=n)
        .map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (i << 17)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11)
        .map(|bits| bits as f64 / (1_u64 << 53) as f64)
}

#[test]
fn brackets_are_exact_for_every_order_and_shape() {
    let n = 20 * FEW;
    let tails = |x: f64| (x - 0.5).signum() * (1.0 / (x - 0.5).abs()).powi(40);
    let random: Vec<f64> = uniform(n).collect();
    let of =
        |value: &dyn Fn(usize, f64) -> f64| random.iter().enumerate().map(|(i, x)| value(i, *x)).collect::<Vec<_>>();
    let sorted = |mut values: Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let mut shapes = vec![
        of(&|_, x| x),
        of(&|_, x| tails(x)),
        sorted(of(&|_, x| tails(x))),
        of(&|i, _| -(i as f64)),
        // Atoms at, around and next to the requested ranks.
        of(&|_, x| if x < 0.5 { 0.0 } else { x }),
        of(&|_, x| {
            if x < 0.25 {
                -x
            } else if x < 0.75 {
                0.0 * (x - 0.5)
            } else {
                x
            }
        }),
        of(&|_, x| if (0.499..0.501).contains(&x) { 0.5 } else { x }),
        of(&|_, x| (x * 50.0).floor().exp()),
        of(&|i, x| if i == 7 { x } else { 3.5 }),
        of(&|i, x| if i % 2 == 0 { f64::MAX } else { -f64::MAX * x }),
        // The runs of the sample see other numbers than the rest.
        of(&|i, x| if (i as u64 / 8).is_multiple_of(16) { 1.0 + x } else { -x }),
        of(&|i, x| if (i as u64 / 8).is_multiple_of(16) { x } else { 0.5 + 1e-6 * x }),
        of(&|i, x| if (i as u64 / 8).is_multiple_of(16) { f64::NAN } else { x }),
        of(&|i, x| x + (i / 1000) as f64),
        of(&|_, x| f64::from_bits((x * 1000.0) as u64)),
    ];
    let mixed = |values: &Vec<f64>| {
        let gaps = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -f64::NAN];
        values.iter().enumerate().map(|(i, x)| if i % 3 == 0 { gaps[i / 3 % 4] } else { *x }).collect()
    };
    shapes.extend(shapes.iter().map(mixed).collect::<Vec<_>>());
    for shape in shapes {
        check(&Samples::F32(shape.iter().map(|x| *x as f32).collect()));
        check(&Samples::I32(shape.iter().map(|x| (x * 1e9) as i32).collect()));
        check(&Samples::I64(shape.iter().map(|x| (x * 1e18) as i64).collect()));
        check(&Samples::U64(shape.iter().map(|x| (x * 1e19) as u64).collect()));
        check(&Samples::F64(shape));
    }
    for n in [FEW, FEW + 1, FEW + 7, 3 * FEW - 1] {
        check(&Samples::F64(uniform(n).map(|x| x - 0.5).collect()));
    }
    check(&Samples::F16(random.iter().map(|x| f16::from_f64(*x)).collect()));
    check(&Samples::U32(random.iter().map(|x| (x * f64::from(u32::MAX)) as u32).collect()));
    check(&Samples::I16(random.iter().map(|x| (x * 30_000.0) as i16).collect()));
}

/// Number of passes that quantiles take, which must be those of a sorted copy.
fn passes(values: Vec<f64>, probabilities: &[f64]) -> u64 {
    let samples = Samples::F64(values);
    let (population, task) = (Population::new(samples.clone()), Task::default());
    assert_eq!(quantiles(&population, probabilities, &task).unwrap(), expected(&samples, probabilities));
    let (done, total) = task.progress.get();
    assert_eq!(done, total);
    done / (8 * population.len())
}

#[test]
fn brackets_find_the_ranks_in_one_pass() {
    let n = 20 * FEW;
    let random: Vec<f64> = uniform(n).collect();
    for probabilities in [&PROBABILITIES[..], &[0.5], &[0.0, 1.0]] {
        assert_eq!(passes(random.clone(), probabilities), 1, "{probabilities:?}");
    }
    // Half of the samples are equal, next to a requested rank.
    assert_eq!(passes(random.iter().map(|x| x.max(0.5)).collect(), &[0.25, 0.5, 0.75]), 1);
    // The runs of the sample see other numbers than the rest, so a bracket is missed or contains too many samples.
    let biased = |rest: f64| {
        (0..n).zip(&random).map(|(i, x)| if (i / 8).is_multiple_of(16) { *x } else { rest + 1e-6 * x }).collect()
    };
    assert!(passes(biased(-7.0), &[0.5]) > 1 && passes(biased(0.5), &[0.5]) > 1);
    // Too many brackets for one pass.
    let many: Vec<f64> = (0..=200).map(|i| f64::from(i) / 200.0).collect();
    assert!(passes(random, &many) > 1);
}
