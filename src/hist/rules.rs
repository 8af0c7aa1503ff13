//! numpy's eight rules for the number of bins.
//!
//! Unlike in numpy, quartiles of narrow integers do not overflow, and a width that overflows in a narrow float type is
//! computed again in `f64`.

mod binned;
mod sorted;
mod sum;
mod width;

pub use binned::rule_bins_of_histogram;
pub(crate) use sorted::Sorted;
pub(crate) use sum::pairwise;
pub(super) use sum::pairwise_sum;

use super::binning::{Element, Outer, Real, outer};
use super::samples::each_wide;
use super::stats::{ends, quantile};
use super::{Error, MAX_BINS, Range, Samples};
use width::Width;

/// Rule that chooses the number of bins from the data, such as numpy's `bins='auto'`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Auto,
    Fd,
    Scott,
    Doane,
    Rice,
    Stone,
    Sturges,
    Sqrt,
}

impl Rule {
    /// All rules, in the order of the user interface.
    pub const ALL: [Self; 8] =
        [Self::Auto, Self::Fd, Self::Scott, Self::Doane, Self::Rice, Self::Stone, Self::Sturges, Self::Sqrt];

    /// numpy's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Fd => "fd",
            Self::Scott => "scott",
            Self::Doane => "doane",
            Self::Rice => "rice",
            Self::Stone => "stone",
            Self::Sturges => "sturges",
            Self::Sqrt => "sqrt",
        }
    }

    /// Rule with this numpy name.
    ///
    /// # Errors
    /// [`Error::UnknownRule`].
    pub fn parse(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|rule| rule.name() == name).ok_or_else(|| Error::UnknownRule(name.into()))
    }

    /// Checks the number of bins that the rule gives.
    ///
    /// # Errors
    /// [`Error::RuleTooLarge`] above [`MAX_BINS`].
    pub fn limit(self, bins: u64) -> Result<usize, Error> {
        let fits = usize::try_from(bins).ok().filter(|n| *n <= MAX_BINS);
        fits.ok_or(Error::RuleTooLarge { rule: self.name(), bins })
    }
}

/// Number of bins that a rule gives: at least 1, saturated at `u64::MAX`.
///
/// # Errors
/// numpy's errors for the range, and [`Error::TooManyBins`] if `stone` tries more bins than the range can represent.
pub fn rule_bins(samples: &Samples, rule: Rule, range: Option<Range>) -> Result<u64, Error> {
    each_wide!(samples, values => bins_of(values, rule, &outer(values, range)?))
}

/// Number of bins that a rule gives for the samples within known outer edges.
pub(super) fn bins_of<T: Element>(values: &[T], rule: Rule, outer: &Outer) -> Result<u64, Error> {
    let (lo, hi) = T::keep(outer.lo, outer.hi);
    // A bound outside a narrow float type rounds to infinity, and would admit infinite samples.
    let inside = |x: &T| *x >= lo && *x <= hi && x.is_finite();
    bins_within(&values.iter().copied().filter(inside).collect::<Vec<T>>(), rule, outer)
}

/// Access to the finite samples within a range, in memory or streamed, for the rules.
pub(crate) trait Data<T: Element> {
    /// Error of reading the samples.
    type Error: From<Error>;

    /// Number of samples.
    fn count(&self) -> usize;
    /// Smallest and largest sample; `None` without samples.
    fn ends(&self) -> Option<(T, T)>;
    /// Lower and upper quartile.
    fn quartiles(&self) -> Result<[f64; 2], Self::Error>;
    /// `numpy.sum` of `term` over the samples.
    fn sum<R: Real>(&self, term: impl Fn(T) -> R + Sync) -> Result<R, Self::Error>;
    /// Values of `score` for 1 to `most` bins, in order.
    fn scores(
        &self,
        most: usize,
        score: impl Fn(&Sorted<T>, usize) -> Result<f64, Error> + Sync,
    ) -> Result<Vec<f64>, Self::Error>;
}

impl<T: Element> Data<T> for Vec<T> {
    type Error = Error;

    fn count(&self) -> usize {
        self.len()
    }

    fn ends(&self) -> Option<(T, T)> {
        ends(self)
    }

    fn quartiles(&self) -> Result<[f64; 2], Error> {
        let mut values = self.clone();
        Ok([quantile(&mut values, 0.25), quantile(&mut values, 0.75)])
    }

    fn sum<R: Real>(&self, term: impl Fn(T) -> R + Sync) -> Result<R, Error> {
        Ok(pairwise(self, &term))
    }

    fn scores(
        &self,
        most: usize,
        score: impl Fn(&Sorted<T>, usize) -> Result<f64, Error> + Sync,
    ) -> Result<Vec<f64>, Error> {
        let mut values = self.clone();
        values.sort_unstable_by_key(|x| x.key());
        let sorted = Sorted::new(values);
        (1..=most).map(|bins| score(&sorted, bins)).collect()
    }
}

/// Number of bins that a rule gives for samples that are all within the range.
pub(crate) fn bins_within<T: Element, D: Data<T>>(data: &D, rule: Rule, outer: &Outer) -> Result<u64, D::Error> {
    if data.count() == 0 {
        return Ok(1);
    }
    let mut width = width::estimate::<T, T::Edge, D>(rule, data, outer)?;
    if !width.value.is_finite() {
        width = Width { own: false, ..width::estimate::<T, f64, D>(rule, data, outer)? };
    }
    if T::INTEGER && width.value > 0.0 {
        width.value = width.value.max(1.0);
    }
    let delta = outer.width::<T>();
    let bins = if outer.own && width.own {
        T::Edge::from_f64(delta).over(T::Edge::from_f64(width.value)).to_f64()
    } else {
        delta / width.value
    };
    // A width of zero (equal quartiles) or NaN gives one bin.
    Ok(if width.value > 0.0 { (bins.ceil() as u64).max(1) } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_above_the_maximum_reports_its_number_of_bins() {
        assert_eq!(Rule::Fd.limit(512), Ok(512));
        let error = Rule::Fd.limit(1203).map_err(|e| e.to_string());
        assert_eq!(error, Err("fd asks for 1,203 bins; the maximum length of a histogram is 512".into()));
    }

    #[test]
    fn absurdly_many_bins_are_not_allocated() {
        // Two clusters and one far outlier, so that the quartiles are close together.
        let mut far = vec![0.0; 40];
        far.extend([1e-300; 40]);
        far.push(1e300);
        let samples = Samples::F64(far);
        assert_eq!(rule_bins(&samples, Rule::Fd, None), Ok(u64::MAX));
        assert_eq!(rule_bins(&samples, Rule::Auto, None), Ok(18));
    }

    #[test]
    fn samples_wider_than_the_largest_number_of_their_type_have_as_many_bins_as_wider_types() {
        let values: Vec<f64> = (0..500).map(|i| f64::from(i) * 256.0 - 64_000.0).collect();
        let halves = Samples::F16(values.iter().map(|x| half::f16::from_f64(*x)).collect());
        let range = Some(Range::floats(-64_000.0, 64_000.0));
        for rule in Rule::ALL {
            assert_eq!(
                rule_bins(&halves, rule, range),
                rule_bins(&Samples::F64(values.clone()), rule, range),
                "{rule:?}"
            );
        }
    }

    #[test]
    fn quartiles_of_narrow_integers_do_not_overflow() {
        let samples = Samples::I8([-120, -120, -120, 120, 120, 120].repeat(10));
        let wide = Samples::I64([-120, -120, -120, 120, 120, 120].repeat(10));
        assert_eq!(rule_bins(&samples, Rule::Fd, None), rule_bins(&wide, Rule::Fd, None));
    }
}
