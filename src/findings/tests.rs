//! Each rule finds its disease at the exact first step, and healthy training is quiet.

use super::{Finding, Kind, Limits, Stated, StepSummary, Watch};
use crate::hist::{Bins, Edges, Numbers, Samples, Stats, histogram};

/// Repeatable random numbers: normal by the Box–Muller method, from a linear congruential generator.
struct Chance(u64);

impl Chance {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn laplace(&mut self) -> f64 {
        let u = self.uniform() - 0.5;
        -u.signum() * (1.0 - 2.0 * u.abs()).ln()
    }

    fn many(&mut self, n: usize, of: impl Fn(&mut Self) -> f64) -> Vec<f64> {
        (0..n).map(|_| of(self)).collect()
    }
}

/// Writers of histograms.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Writer {
    /// 64 equal bins over the range of the finite values.
    Wandb,
    /// Exponential buckets.
    TensorBoard,
    /// The values themselves.
    Samples,
}

const WRITERS: [Writer; 3] = [Writer::Wandb, Writer::TensorBoard, Writer::Samples];

fn summary(writer: Writer, values: &[f64]) -> StepSummary {
    let finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    match writer {
        Writer::Wandb => {
            let counted = histogram(&Samples::F64(finite), &Bins::Count(64), None).unwrap();
            StepSummary::of_bins(counted.edges().as_f64(), counted.counts().as_f64(), None).unwrap()
        }
        Writer::TensorBoard => {
            let mut edges: Vec<f64> = vec![0.0];
            let mut x = 1e-12;
            while x < 1e20 {
                edges.push(x);
                edges.insert(0, -x);
                x *= 1.1;
            }
            let edges = Edges::new(Numbers::floats(edges)).unwrap();
            let counted =
                histogram(&Samples::F64(finite.clone()), &Bins::Edges(edges.numbers().clone()), None).unwrap();
            let (min, max) = finite.iter().fold((f64::MAX, f64::MIN), |(lo, hi), x| (lo.min(*x), hi.max(*x)));
            let stated = Stated { n: finite.len() as f64, min, max, sum: finite.iter().sum() };
            StepSummary::of_bins(counted.edges().as_f64(), counted.counts().as_f64(), Some(stated)).unwrap()
        }
        Writer::Samples => {
            let samples = crate::engine::Population::new(Samples::F64(values.to_vec()));
            let stats = samples.stats_at(&StepSummary::probabilities(), &crate::engine::Task::default()).unwrap();
            let sketch = stats.quantiles.iter().map(|q| q.lo).collect();
            StepSummary::of_samples(samples.summary(), Some((stats.std, sketch)))
        }
    }
}

fn watch(writer: Writer, steps: impl Iterator<Item = Vec<f64>>) -> Vec<Finding> {
    let (mut watch, limits) = (Watch::default(), Limits::default());
    for (index, values) in steps.enumerate() {
        watch.add(index, &summary(writer, &values), &limits);
    }
    watch.findings(false, &limits)
}

fn kinds(found: &[Finding]) -> Vec<(Kind, usize)> {
    found.iter().map(|finding| (finding.kind, finding.index)).collect()
}

/// A healthy series: its name, the number of values, and the values at a step.
type Healthy = (&'static str, usize, fn(&mut Chance, f64, usize) -> Vec<f64>);

/// Series of healthy training. The second argument is the time from 0 to 1, the third the number of values.
const HEALTHY: [Healthy; 12] = [
    ("weights that grow", 512, |chance, time, n| chance.many(n, |c| c.normal() * 0.05 * (1.0 + time))),
    ("gradients that shrink by orders of magnitude", 512, |chance, time, n| {
        chance.many(n, |c| c.laplace() * 10_f64.powf(-2.0 - 4.0 * time))
    }),
    ("gradients of a bias", 64, |chance, time, n| chance.many(n, |c| c.laplace() * 10_f64.powf(-2.0 - time))),
    ("gradients that are noisy", 256, |chance, _, n| {
        let scale = (0.5 * chance.normal()).exp();
        chance.many(n, |c| c.laplace() * scale)
    }),
    ("relu with ever more zeros", 1024, |chance, time, n| chance.many(n, |c| (c.normal() - 0.5 - time).max(0.0))),
    ("sparse gradients", 1024, |chance, _, n| {
        let share = 0.005 + 0.02 * chance.uniform();
        chance.many(n, |c| if c.uniform() < share { c.normal() } else { 0.0 })
    }),
    ("embeddings of mostly zeros", 2048, |chance, time, n| {
        let row = (time * 1e3) as u64;
        chance.0 ^= row & 1;
        chance.many(n, |c| if c.uniform() < 0.01 { c.normal() } else { 0.0 })
    }),
    ("a bias that starts at zero", 64, |chance, time, n| chance.many(n, |c| c.normal() * time * 0.1)),
    ("a bias that starts at zero and drifts", 64, |chance, time, n| {
        chance.many(n, |c| if time == 0.0 { 0.0 } else { c.normal() * 1e-3 - time })
    }),
    ("a scale that starts at one", 64, |chance, time, n| {
        chance.many(n, |c| 1.0 - time * 0.1 + c.normal() * time * 0.01)
    }),
    ("updates in warm-up and decay", 512, |chance, time, n| {
        let rate = if time < 0.1 { time * 10.0 } else { 1.0 - time };
        chance.many(n, |c| c.normal() * 1e-3 * (rate + 1e-9))
    }),
    ("second moments", 512, |chance, time, n| {
        let scale = (1.0 - (-time * 5.0).exp()) * 1e-6;
        chance.many(n, |c| c.normal().powi(2) * scale)
    }),
];

#[test]
fn healthy_training_is_quiet() {
    for seed in 1..3 {
        for (name, n, values) in HEALTHY {
            for writer in WRITERS {
                for steps in [2, 12, 60] {
                    let mut chance = Chance(seed);
                    let found = watch(
                        writer,
                        (0..steps).map(|step| values(&mut chance, f64::from(step) / f64::from(steps), n)),
                    );
                    assert_eq!(found, [], "{name}, {writer:?}, {steps} steps, seed {seed}");
                }
            }
        }
    }
}

/// Runs 40 steps of normal values, which `change` makes sick from a step on.
fn sick(writer: Writer, from: usize, change: impl Fn(&mut Vec<f64>)) -> Vec<Finding> {
    let mut chance = Chance(7);
    watch(
        writer,
        (0..40).map(|step| {
            let mut values = chance.many(512, |c| c.normal() + 1.0);
            if step >= from {
                change(&mut values);
            }
            values
        }),
    )
}

#[test]
fn each_disease_is_found_at_its_first_step() {
    for at in [6, 23, 39] {
        for writer in [Writer::Wandb, Writer::TensorBoard] {
            let found = sick(writer, at, |values| values[..3].fill(f64::NAN));
            assert_eq!(kinds(&found), [(Kind::CountChanged, at)], "{writer:?}");
            assert_eq!((found[0].value, found[0].limit), (509.0, 512.0));
        }
        let found = sick(Writer::Samples, at, |values| values[3] = f64::NAN);
        assert_eq!((kinds(&found), found[0].times), (vec![(Kind::Nan, at)], 40 - at as u64));
        let found = sick(Writer::Samples, at, |values| values[3] = f64::INFINITY);
        assert_eq!(kinds(&found), [(Kind::Inf, at)]);
        for writer in WRITERS {
            let jump = sick(writer, at, |values| values.iter_mut().for_each(|x| *x *= 30.0));
            assert_eq!(kinds(&jump), [(Kind::Jump, at)], "{writer:?}");
            let outlier = sick(writer, at, |values| values[0] = 90.0);
            assert_eq!(kinds(&outlier)[0], (Kind::Jump, at), "{writer:?}");
            let zero = sick(writer, at, |values| values.fill(0.0));
            assert_eq!(kinds(&zero)[0], (Kind::AllZero, at), "{writer:?}");
            let constant = sick(writer, at, |values| values.fill(1.25));
            assert_eq!(kinds(&constant), [(Kind::Constant, at)], "{writer:?}");
            let shift = sick(writer, at, |values| values.iter_mut().for_each(|x| *x += 4.0));
            assert_eq!(kinds(&shift), [(Kind::Shift, at)], "{writer:?}");
        }
        for writer in [Writer::TensorBoard, Writer::Samples] {
            let dead = sick(writer, at, |values| values[5..].fill(0.0));
            assert!(kinds(&dead).contains(&(Kind::Dead, at)), "{writer:?}: {dead:?}");
        }
    }
}

#[test]
fn values_that_gather_in_one_bin_are_found() {
    let (mut watch, limits) = (Watch::default(), Limits::default());
    let edges: Vec<f64> = (0..=8).map(f64::from).collect();
    for index in 0..20 {
        let counts = if index < 9 {
            [1.0, 2.0, 4.0, 9.0, 8.0, 4.0, 2.0, 1.0]
        } else {
            [0.0, 0.0, 31.0, 0.0, 0.0, 0.0, 0.0, 0.0]
        };
        watch.add(index, &StepSummary::of_bins(&edges, &counts, None).unwrap(), &limits);
    }
    let found = watch.findings(false, &limits);
    assert!(kinds(&found).contains(&(Kind::Collapse, 9)), "{found:?}");
    let off = Limits { off: vec![Kind::Collapse, Kind::Shift], ..limits };
    assert_eq!(watch.findings(false, &off), []);
}

#[test]
fn records_that_contradict_their_bins_are_found() {
    let add = |stated| {
        let (mut watch, limits) = (Watch::default(), Limits::default());
        watch.add(0, &StepSummary::of_bins(&[0.0, 1.0, 2.0], &[3.0, 1.0], Some(stated)).unwrap(), &limits);
        watch.findings(false, &limits)
    };
    let fine = Stated { n: 4.0, min: 0.0, max: 2.0, sum: 3.0 };
    assert_eq!(add(fine), []);
    let found = add(Stated { n: 6.0, ..fine });
    assert_eq!(kinds(&found), [(Kind::Unaccounted, 0)]);
    assert_eq!(found[0].message(), "2 of 6 values are not in any bin");
    assert_eq!(kinds(&add(Stated { sum: f64::NAN, ..fine })), [(Kind::Nan, 0)]);
    assert_eq!(kinds(&add(Stated { max: f64::INFINITY, ..fine })), [(Kind::Inf, 0)]);
}

#[test]
fn a_number_of_values_that_varies_or_changes_for_one_step_is_quiet() {
    let found = |counts: &[f64]| {
        let (mut watch, limits) = (Watch::default(), Limits::default());
        for (index, count) in counts.iter().enumerate() {
            watch.add(index, &StepSummary::of_bins(&[0.0, 1.0, 2.0], &[*count, 5.0], None).unwrap(), &limits);
        }
        kinds(&watch.findings(false, &limits))
    };
    assert_eq!(found(&[9.0, 9.0, 9.0, 4.0, 9.0, 9.0, 9.0, 4.0, 9.0]), [], "the last batch of an epoch");
    assert_eq!(found(&[6000.0, 6000.0, 6000.0, 5999.0, 5997.0]), [], "values outside a fixed range");
    assert_eq!(found(&[9.0, 7.0, 8.0, 8.0, 6.0, 5.0, 9.0]), [], "sentences");
    assert_eq!(found(&[9.0, 9.0, 8.0, 8.0]), [(Kind::CountChanged, 2)]);
    assert_eq!(found(&[9.0, 9.0, 9.0, 8.0]), [(Kind::CountChanged, 3)], "at the last step");
    assert_eq!(found(&[3.0, 9.0, 9.0, 9.0, 9.0, 9.0, 8.0, 8.0]), [(Kind::CountChanged, 6)]);
}

#[test]
fn a_single_array_of_zeros_or_equal_values_is_found() {
    let add = |values: Vec<f64>| {
        let (mut watch, limits) = (Watch::default(), Limits::default());
        watch.add(0, &summary(Writer::Samples, &values), &limits);
        kinds(&watch.findings(true, &limits))
    };
    assert_eq!(add(vec![0.0; 5]), [(Kind::AllZero, 0)]);
    assert_eq!(add(vec![2.0; 5]), [(Kind::Constant, 0)]);
    assert_eq!(add(vec![2.0]), []);
    assert_eq!(add(Vec::new()), []);
}

#[test]
fn malformed_bins_have_no_summary() {
    for (edges, counts) in [
        (vec![0.0, 1.0], vec![1.0, 2.0]),
        (vec![1.0, 0.0], vec![1.0]),
        (vec![0.0, f64::NAN], vec![1.0]),
        (vec![0.0, 1.0], vec![-1.0]),
        (vec![0.0], vec![]),
    ] {
        assert_eq!(StepSummary::of_bins(&edges, &counts, None), None, "{edges:?}");
    }
}

#[test]
fn std_and_extremes_are_those_of_the_histogram() {
    let mut chance = Chance(3);
    let values = chance.many(1000, |c| 1e6 + c.normal());
    let counted = histogram(&Samples::F64(values), &Bins::Count(30), None).unwrap();
    let found = StepSummary::of_bins(counted.edges().as_f64(), counted.counts().as_f64(), None).unwrap();
    let stats = Stats::of_histogram(&counted);
    let width = counted.edges().bin(0).map_or(0.0, |bin| bin.hi - bin.lo);
    let std = (stats.std.powi(2) + width.powi(2) / 12.0).sqrt();
    assert!((found.std / std - 1.0).abs() < 1e-9 && found.max_abs == stats.max.abs(), "{found:?} {stats:?}");
}
