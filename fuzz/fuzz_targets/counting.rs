//! Bins of equal width: every path counts like numpy's algorithm in exact rational arithmetic, for all types and any range,
//! also near the ends of the type. Bins on a logarithmic or symlog axis keep every sample.
#![no_main]

#[path = "../../tests/common/rational.rs"]
mod rational;

use arbitrary::Arbitrary;
use half::f16;
use libfuzzer_sys::fuzz_target;
use rebin::engine::{Population, Span, Task, count, count_all};
use rebin::hist::scale::Scale;
use rebin::hist::{Bins, DType, Histogram, Number, Range, Samples, histogram};

#[derive(Debug, Arbitrary)]
struct Case {
    dtype: u8,
    bins: u16,
    ends: (End, End),
    /// Bits of the samples.
    samples: Vec<u64>,
    /// Samples on an edge, or next to it.
    near: Vec<(u16, i8)>,
    /// Builds the table of all numbers of bins, which takes long, for the largest number.
    table: u8,
}

/// End of the range.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum End {
    Bits(u64),
    /// A share of the largest number of the type.
    Share(i16),
    Small(i16),
}

/// A sample type.
trait Sample: Copy {
    /// Number of these bits, and the number `step` positions further.
    fn of(bits: u64, step: i8) -> Self;
    fn near(x: f64, step: i8) -> Self;
    fn number(self) -> Number;
    /// Largest number.
    const MOST: f64;
}

macro_rules! ints {
    ($($t:ty),*) => {$(
        impl Sample for $t {
            fn of(bits: u64, step: i8) -> Self {
                (bits as Self).saturating_add(step as Self)
            }
            fn near(x: f64, step: i8) -> Self {
                (x as Self).saturating_add(step as Self)
            }
            fn number(self) -> Number {
                Number::Int(self.into())
            }
            const MOST: f64 = Self::MAX as f64;
        }
    )*};
}
ints!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! floats {
    ($($t:ty, $bits:ty, $from:expr, $most:expr);*) => {$(
        impl Sample for $t {
            fn of(bits: u64, step: i8) -> Self {
                Self::from_bits((bits as $bits).wrapping_add_signed(step.into()))
            }
            fn near(x: f64, step: i8) -> Self {
                let near: Self = $from(x);
                Self::of(near.to_bits().into(), step)
            }
            fn number(self) -> Number {
                Number::Float(self.into())
            }
            const MOST: f64 = $most;
        }
    )*};
}
floats!(f16, u16, f16::from_f64, 65504.0; f32, u32, |x| x as f32, f32::MAX as f64; f64, u64, |x| x, f64::MAX);

impl End {
    fn number<T: Sample>(self) -> Number {
        match self {
            Self::Bits(bits) => T::of(bits, 0).number(),
            Self::Share(share) => Number::Float(T::MOST * (f64::from(share) / f64::from(i16::MAX))),
            Self::Small(x) => Number::Float(f64::from(x) / 8.0),
        }
    }
}

fuzz_target!(|case: Case| {
    let dtype = DType::ALL[usize::from(case.dtype) % DType::ALL.len()];
    match dtype {
        DType::Bool => check(&case, dtype, Samples::Bool),
        DType::I8 => check(&case, dtype, Samples::I8),
        DType::I16 => check(&case, dtype, Samples::I16),
        DType::I32 => check(&case, dtype, Samples::I32),
        DType::I64 => check(&case, dtype, Samples::I64),
        DType::U8 => check(&case, dtype, Samples::U8),
        DType::U16 => check(&case, dtype, Samples::U16),
        DType::U32 => check(&case, dtype, Samples::U32),
        DType::U64 => check(&case, dtype, Samples::U64),
        DType::F16 => check(&case, dtype, Samples::F16),
        DType::F32 => check(&case, dtype, Samples::F32),
        DType::F64 => check(&case, dtype, Samples::F64),
    }
});

fn check<T: Sample>(case: &Case, dtype: DType, variant: impl Fn(Vec<T>) -> Samples) {
    let (a, b) = (case.ends.0.number::<T>(), case.ends.1.number::<T>());
    let (lo, hi) = if a.as_f64() <= b.as_f64() { (a, b) } else { (b, a) };
    let width = hi.as_f64() - lo.as_f64();
    if !width.is_finite() || width <= 0.0 {
        return;
    }
    // Rational arithmetic is slow, so most cases have few bins.
    let most = if case.bins < 1 << 12 { 512 } else { 24 };
    let n = usize::from(case.bins) % most + 1;
    let edge = |k: u16| lo.as_f64() + width * (f64::from(k) / n as f64);
    let near = case.near.iter().take(32).map(|(k, step)| T::near(edge(k % (n as u16 + 1)), *step));
    let values: Vec<T> = case.samples.iter().take(32).map(|bits| T::of(*bits, 0)).chain(near).collect();
    let numbers: Vec<Number> = values.iter().map(|x| x.number()).collect();
    let samples = variant(values);
    let expected = rational::histogram(&numbers, dtype, (lo, hi), n);
    let compare = |path: &str, counted: Option<Histogram>| assert_eq!(counted.as_ref().map(plain), expected, "{path}");
    let (bins, range, task) = (Bins::Count(n), Some(Range { lo, hi }), Task::default());
    compare("strict", histogram(&samples, &bins, range).ok());
    let population = Population::new(samples);
    compare("direct", count(&population, &bins, range, &task).ok());
    let finite = numbers.iter().filter(|x| x.as_f64().is_finite()).count() as f64;
    for (spacing, range) in [(Scale::Log, range), (Scale::Log, None), (Scale::Symlog, range), (Scale::Symlog, None)] {
        if let Ok((spaced, outside)) = count_all(&population, &bins, Span { range, spacing }, &task) {
            let counted: f64 = spaced.counts().as_f64().iter().sum();
            assert_eq!(
                (spaced.bins(), counted + (outside.below + outside.above) as f64),
                (n, finite),
                "{spacing:?} {range:?}"
            );
        }
    }
    if case.table == u8::MAX
        && let Ok(counts) = population.mergeable_counts(range, &task)
        && let Some(found) = Population::from_counts(&counts).expect("counts of the range").lookup(n, range)
    {
        compare("table", found.ok().map(|(histogram, _)| histogram));
    }
}

/// Edges and counts as plain numbers.
fn plain(histogram: &Histogram) -> (Vec<f64>, Vec<u64>) {
    let counts = histogram.counts().as_f64().iter().map(|count| *count as u64).collect();
    (histogram.edges().as_f64().to_vec(), counts)
}
