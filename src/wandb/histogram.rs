//! `wandb.Histogram` with its JSON forms.

mod json;

use super::reduce::reduce;
use super::repair::Fault;
use super::sequence::Array;
use super::{Error, number_text, numbers_text};
use crate::hist::{self, Bins, Edges, Number, Numbers, Samples, Supplement, UncertainHistogram};
use crate::json::Node;
use std::sync::Arc;

/// JSON form of a logged histogram. Saving keeps the form in which a histogram was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// `{"_type": "histogram", "values": […], "bins": […]}`.
    #[default]
    Wandb,
    /// `{"_type": "trackio.histogram", "bins": […], "values": […]}`.
    Trackio,
    /// `{"_type": "histogram", "values": […], "packedBins": {"min": m, "size": s, "count": n}}`.
    Packed,
    /// numpy's pair `[counts, edges]`.
    Pair,
}

/// W&B histogram as written: two lists of numbers with matching lengths.
///
/// Nothing else is checked, as in Python: edges may decrease or be NaN until [`Histogram::to_hist`] checks them. A
/// histogram from a file may have more than [`Histogram::MAX_LENGTH`] bins; [`Histogram::reduced`] merges them for saving.
#[derive(Debug, Clone)]
pub struct Histogram {
    values: Numbers,
    bins: Numbers,
    form: Form,
    artifact_source: Option<String>,
    draft: Option<Box<Draft>>,
    supplement: Option<Arc<Supplement>>,
}

/// Error of a malformed histogram, and the faults found while reading its usable parts.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    error: Error,
    pub(super) faults: Vec<Fault>,
}

impl Histogram {
    /// Maximum number of bins, like Python's `Histogram.MAX_LENGTH`.
    pub const MAX_LENGTH: usize = hist::MAX_BINS;
    /// Python's default `num_bins`.
    pub const DEFAULT_BINS: usize = 64;

    /// Creates a histogram from counts and edges, like `Histogram(np_histogram=(values, bins))`.
    ///
    /// # Errors
    /// [`Error::TooLong`], then [`Error::Lengths`], in W&B's order.
    pub fn from_np_histogram(values: Numbers, bins: Numbers) -> Result<Self, Error> {
        if values.len() > Self::MAX_LENGTH {
            return Err(Error::TooLong);
        }
        Self::from_log(values, bins)
    }

    /// Creates a histogram from logged counts and edges, with any number of bins.
    ///
    /// # Errors
    /// [`Error::Lengths`].
    pub fn from_log(values: Numbers, bins: Numbers) -> Result<Self, Error> {
        check_lengths(values.len(), bins.len())?;
        Ok(Self { values, bins, form: Form::Wandb, artifact_source: None, draft: None, supplement: None })
    }

    /// Counts a JSON value like `Histogram(sequence, num_bins=bins)`. Nested lists are flattened as in numpy.
    ///
    /// # Errors
    /// numpy's errors for values that cannot be converted to an array or counted, then those of
    /// [`Histogram::from_samples`].
    pub fn from_sequence(sequence: &Node, bins: &Bins) -> Result<Self, Error> {
        let array = Array::of(sequence)?;
        // numpy checks the number of bins before it looks for the smallest value.
        if matches!(bins, Bins::Count(..1)) {
            return Err(hist::Error::BinsNotPositive.into());
        }
        Self::from_samples(&array.into_samples()?, bins)
    }

    /// Counts samples like `Histogram(sequence, num_bins=bins)`.
    ///
    /// # Errors
    /// numpy's errors, then [`Error::TooLong`].
    ///
    /// # Examples
    /// ```
    /// use rebin::hist::{Bins, Samples};
    /// use rebin::wandb::Histogram;
    ///
    /// let histogram = Histogram::from_samples(&Samples::I64(vec![1, 2, 2, 4]), &Bins::Count(3))?;
    /// assert_eq!(histogram.to_json(), r#"{"_type": "histogram", "values": [1, 2, 1], "bins": [1.0, 2.0, 3.0, 4.0]}"#);
    /// # Ok::<(), rebin::wandb::Error>(())
    /// ```
    pub fn from_samples(samples: &Samples, bins: &Bins) -> Result<Self, Error> {
        let counted = hist::histogram(samples, bins, None)?;
        Self::from_np_histogram(counted.counts().clone(), counted.edges().numbers().clone())
    }

    /// Converts a histogram.
    ///
    /// # Errors
    /// [`Error::Lengths`] if the histogram has no edges.
    pub fn from_hist(histogram: &hist::Histogram) -> Result<Self, Error> {
        Self::from_log(histogram.counts().clone(), histogram.edges().numbers().clone())
    }

    /// Merges bins if there are more than [`Histogram::MAX_LENGTH`], and keeps the sum of counts. The new edges divide the
    /// list of old edges evenly.
    #[must_use]
    pub fn reduced(self) -> Self {
        if self.values.len() <= Self::MAX_LENGTH {
            return self;
        }
        let (bins, values) = reduce(self.bins.as_f64(), self.values.as_f64());
        Self { values: Numbers::whole(values), bins: Numbers::floats(bins), supplement: None, ..self }
    }

    /// Converts to a checked histogram for drawing and calculations.
    ///
    /// # Errors
    /// The errors of [`Edges::new`], and the reason why a [malformed](Self::from_malformed) histogram is not valid.
    pub fn to_hist(&self) -> Result<hist::Histogram, hist::Error> {
        if let Some(draft) = &self.draft {
            return Err(hist::Error::Refused(draft.error.to_string()));
        }
        hist::Histogram::new(Edges::new(self.bins.clone())?, self.values.clone())
    }

    /// Converts like [`Histogram::to_hist`], with the counts outside the bins.
    ///
    /// # Errors
    /// The errors of [`Histogram::to_hist`].
    pub fn to_uncertain(&self) -> Result<UncertainHistogram, hist::Error> {
        let certain = UncertainHistogram::certain(self.to_hist()?);
        let outside = |count: Option<Number>| count.map_or(0.0, Number::as_f64);
        let Some(Supplement { below, above, .. }) = self.supplement() else { return Ok(certain) };
        Ok(UncertainHistogram { below: outside(*below), above: outside(*above), ..certain })
    }

    /// Sets the data that UHI stores in addition to counts and edges.
    #[must_use]
    pub fn with_supplement(self, supplement: Supplement) -> Self {
        Self { supplement: Some(Arc::new(supplement)), ..self }
    }

    /// Data that UHI stores in addition to counts and edges; `None` for other forms.
    pub fn supplement(&self) -> Option<&Supplement> {
        self.supplement.as_deref()
    }

    /// Formats like Python's `json.dumps(histogram.to_json())`, byte for byte.
    ///
    /// # Examples
    /// ```
    /// use rebin::hist::Numbers;
    /// use rebin::wandb::Histogram;
    ///
    /// let histogram = Histogram::from_np_histogram(Numbers::ints([3, 1]), Numbers::floats(vec![0.0, 1e-7, 0.5]))?;
    /// assert_eq!(histogram.to_json(), r#"{"_type": "histogram", "values": [3, 1], "bins": [0.0, 1e-07, 0.5]}"#);
    /// # Ok::<(), rebin::wandb::Error>(())
    /// ```
    pub fn to_json(&self) -> String {
        self.to_json_as(Form::Wandb)
    }

    /// Formats in another form. [`Form::Packed`] falls back to [`Form::Wandb`] if packed bins cannot represent the edges
    /// exactly.
    pub fn to_json_as(&self, form: Form) -> String {
        let values = numbers_text(&self.values);
        let bins = || numbers_text(&self.bins);
        let packed = if form == Form::Packed { self.packed() } else { None };
        match (form, packed) {
            (Form::Trackio, _) => {
                format!(r#"{{"_type": "trackio.histogram", "bins": {}, "values": {values}}}"#, bins())
            }
            (Form::Pair, _) => format!("[{values}, {}]", bins()),
            (_, Some((min, size))) => {
                let [min, size] = [min, size].map(|x| number_text(Number::Float(x)));
                let packed = format!(r#"{{"min": {min}, "size": {size}, "count": {}}}"#, self.values.len());
                format!(r#"{{"_type": "histogram", "values": {values}, "packedBins": {packed}}}"#)
            }
            (Form::Wandb | Form::Packed, None) => {
                format!(r#"{{"_type": "histogram", "values": {values}, "bins": {}}}"#, bins())
            }
        }
    }

    /// Checks that the histogram was well-formed.
    ///
    /// # Errors
    /// The reason why it is not, if it was read by [`Histogram::from_malformed`].
    pub fn check(&self) -> Result<(), Error> {
        self.draft.as_ref().map_or(Ok(()), |draft| Err(draft.error.clone()))
    }

    /// Draft of a malformed histogram; `None` for a well-formed one.
    pub(super) fn draft(&self) -> Option<&Draft> {
        self.draft.as_deref()
    }

    /// Counts: Python's attribute `histogram`.
    pub fn values(&self) -> &Numbers {
        &self.values
    }

    /// Edges, one more than counts.
    pub fn bins(&self) -> &Numbers {
        &self.bins
    }

    /// Form in which the histogram was read.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Artifact from which the histogram was read.
    pub fn artifact_source(&self) -> Option<&str> {
        self.artifact_source.as_deref()
    }

    /// Start and width of bins that W&B's server unpacks to exactly these edges; `None` if they do not exist.
    fn packed(&self) -> Option<(f64, f64)> {
        let edges = self.bins.as_f64();
        let (first, last) = (*edges.first()?, *edges.last()?);
        let mean = (last - first) / (self.values.len() as f64).max(1.0);
        let next = edges.get(1).unwrap_or(&first) - first;
        let fits = |size: &f64| self.bins.iter().zip(unpacked(first, *size)).all(|(edge, x)| edge == Number::Float(x));
        // The division rounds, so the width in the file may be a neighboring float.
        [mean, next, mean.next_up(), mean.next_down()].into_iter().find(fits).map(|size| (first, size))
    }
}

/// Compares counts and edges. In Python, `==` compares identity.
impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values && self.bins == other.bins
    }
}

fn check_lengths(values: usize, bins: usize) -> Result<(), Error> {
    if values.checked_add(1) == Some(bins) { Ok(()) } else { Err(Error::Lengths) }
}

/// Infinite sequence of the edges of packed bins.
fn unpacked(min: f64, size: f64) -> impl Iterator<Item = f64> {
    (0_u32..).map(move |i| min + f64::from(i) * size)
}
