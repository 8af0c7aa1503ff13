//! Bin width of each rule.

use super::{Data, Sorted};
use crate::hist::Rule;
use crate::hist::binning::{Element, Outer, Real, Uniform};

/// Estimated width.
#[derive(Debug, Clone, Copy)]
pub(super) struct Width {
    pub(super) value: f64,
    /// True if numpy divides by the width in the type of the data; false if the width is already `f64`.
    pub(super) own: bool,
}

/// Estimates the width for samples that are all within `outer`, computed in `R`; 0 if all samples are equal.
pub(super) fn estimate<T: Element, R: Real, D: Data<T>>(
    rule: Rule,
    data: &D,
    outer: &Outer,
) -> Result<Width, D::Error> {
    let n = data.count() as f64;
    let spread = spread::<T, R>(data);
    let in_f64 = |value| Ok(Width { value, own: false });
    let in_own = |value: R| Ok(Width { value: value.to_f64(), own: true });
    let fd = || data.quartiles().map(|[lower, upper]| 2.0 * (upper - lower) * n.powf(-1.0 / 3.0));
    let (sqrt, sturges) = (spread / n.sqrt(), spread / (n.log2() + 1.0));
    match rule {
        Rule::Sqrt => in_f64(sqrt),
        Rule::Sturges => in_f64(sturges),
        Rule::Fd => in_f64(fd()?),
        Rule::Auto => in_f64(fd()?.max(sqrt / 2.0).min(sturges)),
        Rule::Doane => in_f64(doane::<T, R, D>(data, spread)?),
        Rule::Rice => in_own(R::from_f64(spread).over(R::from_f64(2.0 * n.powf(1.0 / 3.0)))),
        Rule::Scott => {
            let factor = (24.0 * std::f64::consts::PI.sqrt() / n).powf(1.0 / 3.0);
            in_own(R::from_f64(factor).times(deviation(data)?))
        }
        Rule::Stone => in_own(stone(data, spread, outer)?),
    }
}

/// Largest minus smallest sample: exact for integers, else in `R`.
fn spread<T: Element, R: Real>(data: &impl Data<T>) -> f64 {
    let Some((lo, hi)) = data.ends() else { return 0.0 };
    if T::INTEGER {
        return Outer { lo: lo.number(), hi: hi.number(), own: false }.width::<T>();
    }
    R::from_f64(hi.to_f64()).minus(R::from_f64(lo.to_f64())).to_f64()
}

/// Sum of `term` over the samples, rounded like `numpy.sum`.
fn sum<T: Element, R: Real, D: Data<T>>(data: &D, term: impl Fn(R) -> R + Sync) -> Result<R, D::Error> {
    let sum: R::Sum = data.sum(|x: T| R::Sum::from_f64(term(R::from_f64(x.to_f64())).to_f64()))?;
    Ok(R::from_f64(sum.to_f64()))
}

fn mean_of<R: Real>(sum: R, n: usize) -> R {
    R::from_f64(sum.to_f64() / n as f64)
}

/// `numpy.std`.
fn deviation<T: Element, R: Real, D: Data<T>>(data: &D) -> Result<R, D::Error> {
    let mean = mean_of(sum(data, |x: R| x)?, data.count());
    let square = |x: R| x.minus(mean).times(x.minus(mean));
    Ok(R::from_f64(mean_of(sum(data, square)?, data.count()).to_f64().sqrt()))
}

/// Sturges' width, reduced by the skewness.
fn doane<T: Element, R: Real, D: Data<T>>(data: &D, spread: f64) -> Result<f64, D::Error> {
    let n = data.count() as f64;
    let sigma: R = deviation(data)?;
    if data.count() <= 2 || sigma.to_f64() <= 0.0 {
        return Ok(0.0);
    }
    // Unlike numpy.std, numpy.mean keeps the wider type of the sum until the division.
    let mean = |sum: R::Sum| R::from_f64(sum.to_f64() / n);
    let wide = |x: R| R::Sum::from_f64(x.to_f64());
    let own = |x: T| R::from_f64(x.to_f64());
    let center = mean(data.sum(|x| wide(own(x)))?);
    let cube = |x: T| R::from_f64(own(x).minus(center).over(sigma).to_f64().powf(3.0));
    let skewness = mean(data.sum(|x| wide(cube(x)))?).to_f64().abs();
    let scale = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
    Ok(spread / (1.0 + n.log2() + (1.0 + skewness / scale).log2()))
}

/// Width for the number of bins, at most max(100, √n), with the least estimated integrated squared error.
///
/// Counts the bins in a sorted copy, which makes trying √n numbers of bins for n values feasible.
fn stone<T: Element, R: Real, D: Data<T>>(data: &D, spread: f64, outer: &Outer) -> Result<R, D::Error> {
    let n = data.count() as f64;
    if data.count() <= 1 || spread == 0.0 {
        return Ok(R::from_f64(0.0));
    }
    let width = |bins: usize| R::from_f64(spread).over(R::from_f64(bins as f64));
    let error = |sorted: &Sorted<T>, bins| {
        let uniform = Uniform::new(outer, bins)?;
        let squares: f64 = sorted.counts(&uniform).map(|count| (count as f64 / n).powi(2)).sum();
        Ok((2.0 - (n + 1.0) * squares) / width(bins).to_f64())
    };
    let errors = data.scores(data.count().isqrt().max(100), error)?;
    let mut best = (f64::INFINITY, 1);
    for (error, bins) in errors.into_iter().zip(1..) {
        if error < best.0 {
            best = (error, bins);
        }
    }
    Ok(width(best.1))
}
