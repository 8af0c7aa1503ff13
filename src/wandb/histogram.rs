//! `wandb.Histogram`.

mod json;

use super::reduce::reduce;
use super::repair::Fault;
use super::sequence::Array;
use super::{Error, number_text, numbers_text};
use crate::hist::{self, Bins, Edges, Number, Numbers, Samples};
use crate::json::Node;

/// How a logged histogram was written, so that it can be put back in the same shape.
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

/// A W&B histogram as it is written: two lists of numbers that fit in length. As in Python nothing else is checked:
/// edges may decrease or be NaN. [`Histogram::to_hist`] is where they are. One that was read may have more bins than W&B
/// takes; [`Histogram::reduced`] has as many as are saved.
#[derive(Debug, Clone)]
pub struct Histogram {
    values: Numbers,
    bins: Numbers,
    form: Form,
    artifact_source: Option<String>,
    draft: Option<Box<Draft>>,
}

/// Why a histogram cannot be taken as it is written, and what was wrong on reading what could be read of it.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    why: Error,
    pub(super) faults: Vec<Fault>,
}

impl Histogram {
    /// `Histogram.MAX_LENGTH`.
    pub const MAX_LENGTH: usize = hist::MAX_BINS;
    /// Python's default `num_bins`.
    pub const DEFAULT_BINS: usize = 64;

    /// `Histogram(np_histogram=(values, bins))`.
    ///
    /// # Errors
    /// W&B's two, in its order: [`Error::TooLong`], then [`Error::Lengths`].
    pub fn from_np_histogram(values: Numbers, bins: Numbers) -> Result<Self, Error> {
        if values.len() > Self::MAX_LENGTH {
            return Err(Error::TooLong);
        }
        Self::from_log(values, bins)
    }

    /// Counts and edges as something logged them that is not W&B: however many there are.
    ///
    /// # Errors
    /// [`Error::Lengths`].
    pub fn from_log(values: Numbers, bins: Numbers) -> Result<Self, Error> {
        fit(values.len(), bins.len())?;
        Ok(Self { values, bins, form: Form::Wandb, artifact_source: None, draft: None })
    }

    /// `Histogram(sequence, num_bins=bins)` of anything JSON can hold; nested lists are flattened as numpy does.
    ///
    /// # Errors
    /// numpy's for what cannot be an array or cannot be counted, then as [`Histogram::from_samples`].
    pub fn from_sequence(sequence: &Node, bins: &Bins) -> Result<Self, Error> {
        let array = Array::of(sequence)?;
        // numpy looks at the number of bins before it looks for the smallest value.
        if matches!(bins, Bins::Count(..1)) {
            return Err(hist::Error::BinsNotPositive.into());
        }
        Self::from_samples(&array.into_samples()?, bins)
    }

    /// `Histogram(sequence, num_bins=bins)` of an array.
    ///
    /// # Errors
    /// numpy's, then [`Error::TooLong`].
    pub fn from_samples(samples: &Samples, bins: &Bins) -> Result<Self, Error> {
        let counted = hist::histogram(samples, bins, None)?;
        Self::from_np_histogram(counted.counts().clone(), counted.edges().numbers().clone())
    }

    /// A histogram as W&B holds it.
    ///
    /// # Errors
    /// [`Error::Lengths`] for one that has not even an edge.
    pub fn from_hist(histogram: &hist::Histogram) -> Result<Self, Error> {
        Self::from_log(histogram.counts().clone(), histogram.edges().numbers().clone())
    }

    /// With the most bins that W&B takes where there are more: edges that divide the list of old ones evenly, and the
    /// same sum of counts.
    #[must_use]
    pub fn reduced(self) -> Self {
        if self.values.len() <= Self::MAX_LENGTH {
            return self;
        }
        let (bins, values) = reduce(self.bins.as_f64(), self.values.as_f64());
        Self { values: Numbers::whole(values), bins: Numbers::floats(bins), ..self }
    }

    /// A histogram that can be drawn and counted with.
    ///
    /// # Errors
    /// Edges that decrease or are not finite; what is wrong with one that is [broken](Self::broken).
    pub fn to_hist(&self) -> Result<hist::Histogram, hist::Error> {
        if let Some(draft) = &self.draft {
            return Err(hist::Error::Refused(draft.why.to_string()));
        }
        hist::Histogram::new(Edges::new(self.bins.clone())?, self.values.clone())
    }

    /// `json.dumps(histogram.to_json())`, byte for byte.
    pub fn to_json(&self) -> String {
        self.to_json_as(Form::Wandb)
    }

    /// The same histogram in another form. [`Form::Packed`] is W&B's own where no packed bins give these edges exactly.
    pub fn to_json_as(&self, form: Form) -> String {
        let values = numbers_text(&self.values);
        let bins = || numbers_text(&self.bins);
        match form {
            Form::Trackio => format!(r#"{{"_type": "trackio.histogram", "bins": {}, "values": {values}}}"#, bins()),
            Form::Pair => format!("[{values}, {}]", bins()),
            Form::Packed if let Some((min, size)) = self.packed() => {
                let [min, size] = [min, size].map(|x| number_text(Number::Float(x)));
                let packed = format!(r#"{{"min": {min}, "size": {size}, "count": {}}}"#, self.values.len());
                format!(r#"{{"_type": "histogram", "values": {values}, "packedBins": {packed}}}"#)
            }
            Form::Wandb | Form::Packed => {
                format!(r#"{{"_type": "histogram", "values": {values}, "bins": {}}}"#, bins())
            }
        }
    }

    /// Whether it is one, and not only kept to be repaired.
    ///
    /// # Errors
    /// Why it cannot be taken as it is written.
    pub fn check(&self) -> Result<(), Error> {
        self.draft.as_ref().map_or(Ok(()), |draft| Err(draft.why.clone()))
    }

    /// Why it could not be taken as it is written, if it could not.
    pub(super) fn draft(&self) -> Option<&Draft> {
        self.draft.as_deref()
    }

    /// The counts; Python's attribute `histogram`.
    pub fn values(&self) -> &Numbers {
        &self.values
    }

    /// The edges, one more than values.
    pub fn bins(&self) -> &Numbers {
        &self.bins
    }

    /// How it was written where it was read.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The artifact it was read from, if it was.
    pub fn artifact_source(&self) -> Option<&str> {
        self.artifact_source.as_deref()
    }

    /// Start and width of bins that W&B's server would unpack to exactly these edges.
    fn packed(&self) -> Option<(f64, f64)> {
        let edges = self.bins.as_f64();
        let (first, last) = (*edges.first()?, *edges.last()?);
        let mean = (last - first) / (self.values.len() as f64).max(1.0);
        let next = edges.get(1).unwrap_or(&first) - first;
        let fits = |size: &f64| self.bins.iter().zip(unpacked(first, *size)).all(|(edge, x)| edge == Number::Float(x));
        // The division rounds, so that the width which was written may be a neighbour.
        [mean, next, mean.next_up(), mean.next_down()].into_iter().find(fits).map(|size| (first, size))
    }
}

/// What Python's instances do not: content is compared, where `==` there asks for the same object.
impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values && self.bins == other.bins
    }
}

fn fit(values: usize, bins: usize) -> Result<(), Error> {
    if values.checked_add(1) == Some(bins) { Ok(()) } else { Err(Error::Lengths) }
}

/// The edges that packed bins stand for, without end.
fn unpacked(min: f64, size: f64) -> impl Iterator<Item = f64> {
    (0_u32..).map(move |i| min + f64::from(i) * size)
}
