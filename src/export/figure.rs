//! A single histogram to export: its data, its titles and its appearance.
//!
//! Not here: drawing and writing, which depend on the format (`export::chart`, `export::text_formats`).

use crate::catalog::Content;
use crate::document::{Certainty, EvaluatedHistogram};
use crate::error::Error;
use crate::hist::scale::{CountScale, Scale, view};
use crate::hist::{Histogram, Measure, Number, Segment, Supplement, UncertainHistogram};
use crate::text::{format_count, plural};
use crate::wandb;
use crate::widget::Glyphs;
use std::sync::Arc;

/// A histogram to export.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Title. May come from a file and contain any character.
    pub title: String,
    pub names: AxisNames,
    /// Details below the title, such as the number of bins. May be empty.
    pub note: String,
    pub histogram: Arc<wandb::Histogram>,
    /// True if the values of the histogram are densities instead of counts.
    pub density: bool,
    /// Largest error of each value; `None` if all values are exact.
    pub max_error: Option<Vec<f64>>,
    /// Counts outside the bins, and what UHI stores in addition. Only the format of UHI contains it.
    pub supplement: Option<Supplement>,
    /// The comparison with other histograms.
    pub comparison: Option<Compared>,
    pub appearance: Appearance,
}

/// A comparison of histograms in common bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    pub edges: Vec<f64>,
    /// Heights of the bars.
    pub heights: Vec<f64>,
    /// Name of the heights.
    pub axis: String,
    /// The heights are binary logarithms of ratios.
    pub is_ratio: bool,
    /// Visible part of the value axis.
    pub view: Segment,
    /// Name of the bars in the legend.
    pub name: String,
    pub others: Vec<ComparedLine>,
}

/// Another histogram of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedLine {
    pub name: String,
    pub heights: Vec<f64>,
    /// Number of its color.
    pub color: usize,
    /// Drawn as bars instead of a line.
    pub is_hanging: bool,
    /// Symbol of the line in text.
    pub symbol: (&'static str, &'static str),
}

/// Appearance of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Appearance {
    /// Quantity on the y axis.
    pub measure: Measure,
    pub log_counts: bool,
    pub value_scale: Scale,
    pub glyphs: Glyphs,
    /// Width in columns of text or units of a picture. `None` is the default of the format.
    pub width: Option<u16>,
    /// Height in lines of text or units of a picture. `None` is the default of the format.
    pub height: Option<u16>,
}

/// Names of the axes that replace those of the data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AxisNames {
    pub x: Option<String>,
    pub y: Option<String>,
}

impl AxisNames {
    pub(super) fn x(&self, default: &str) -> String {
        self.x.clone().unwrap_or_else(|| default.to_owned())
    }

    pub(super) fn y(&self, default: &str) -> String {
        self.y.clone().unwrap_or_else(|| default.to_owned())
    }
}

/// Heights to draw, with their scales.
pub(super) struct Plot {
    pub(super) edges: Vec<f64>,
    pub(super) heights: Vec<f64>,
    /// Other histograms over the same edges.
    pub(super) lines: Vec<ComparedLine>,
    /// Name of the quantity on the y axis.
    pub(super) name: String,
    pub(super) count_scale: CountScale,
    /// Visible part of the value axis.
    pub(super) view: Segment,
}

impl Figure {
    /// Returns the heights to draw.
    ///
    /// # Errors
    /// [`Error::Hist`] if the edges decrease. [`Error::Value`] if the histogram has no bins.
    pub(super) fn plot(&self) -> Result<Plot, Error> {
        if let Some(compared) = &self.comparison {
            let heights = compared.heights.clone();
            let count_scale = match (compared.is_ratio, self.appearance.log_counts) {
                (true, _) => CountScale::Ratio,
                (false, true) => CountScale::log(&heights),
                (false, false) => CountScale::Linear,
            };
            let (edges, name) = (compared.edges.clone(), compared.axis.clone());
            let lines = compared.others.clone();
            return Ok(Plot { edges, heights, lines, name, count_scale, view: compared.view });
        }
        let histogram = self.histogram.to_hist()?;
        let edges = histogram.edges().as_f64().to_vec();
        let visible = Segment::visible(&edges).filter(|visible| visible.lo < visible.hi).or_else(|| view(&edges));
        let view = visible.ok_or_else(|| Error::Value("cannot draw a histogram without bins".into()))?;
        let measure = self.appearance.measure.effective_on(&histogram, self.appearance.value_scale);
        let (measure, name) =
            if self.density { (Measure::Count, Measure::Density.name()) } else { (measure, measure.name()) };
        let heights = measure.heights(&histogram);
        let count_scale = if self.appearance.log_counts { CountScale::log(&heights) } else { CountScale::Linear };
        Ok(Plot { edges, heights, lines: Vec::new(), name: name.into(), count_scale, view })
    }
}

impl Plot {
    /// Returns the range of the finite heights in view, including zero.
    pub(super) fn range(&self) -> Segment {
        let others = self.lines.iter().flat_map(|line| self.edges.windows(2).zip(&line.heights));
        let bins = self.edges.windows(2).zip(&self.heights).chain(others);
        let visible = bins.filter(|(edges, height)| self.shows(edges) && height.is_finite()).map(|(_, height)| *height);
        visible.fold(Segment { lo: 0.0, hi: 0.0 }, |range, height| Segment {
            lo: range.lo.min(height),
            hi: range.hi.max(height),
        })
    }

    /// Returns true if part of a bin is in view. `edges` are the two edges of the bin.
    pub(super) fn shows(&self, edges: &[f64]) -> bool {
        let Segment { lo, hi } = self.view;
        if edges[0] < edges[1] { edges[0] < hi && edges[1] > lo } else { (lo..=hi).contains(&edges[0]) }
    }

    /// Describes the counts that the picture cannot show: in bins that are unbounded or out of view, in bins without width,
    /// and NaN.
    pub(super) fn hidden_counts(&self, histogram: &Histogram) -> String {
        let counts = histogram.counts().as_f64();
        let all = || self.edges.windows(2).zip(&self.heights).zip(counts).filter(|(_, count)| **count != 0.0);
        let sum = |of: &dyn Fn(&[f64], f64) -> bool| -> f64 {
            all().filter(|((edges, height), _)| of(edges, **height)).map(|(_, count)| count).sum()
        };
        let open = |edges: &[f64]| !edges[0].is_finite() || !edges[1].is_finite();
        let parts = [
            (sum(&|edges, _| !self.shows(edges) || open(edges)), "in unbounded bins"),
            (
                sum(&|edges, height| self.shows(edges) && !open(edges) && height.is_infinite()),
                "in bins without width (▲)",
            ),
            (all().filter(|((_, height), _)| height.is_nan()).count() as f64, "not a number"),
        ];
        let nonzero = parts.iter().filter(|(n, _)| *n != 0.0);
        nonzero.map(|(n, what)| format!("{} {what}", format_count(*n, 2))).collect::<Vec<_>>().join(" · ")
    }
}

/// Returns the largest error of each count, or of each density; `None` if all are exact.
pub fn max_error(shown: &EvaluatedHistogram, density: bool) -> Option<Vec<f64>> {
    let max_error = shown.certainty.max_error()?.to_vec();
    if !density {
        return Some(max_error);
    }
    let certain = UncertainHistogram::certain(shown.histogram.clone());
    Some(UncertainHistogram { max_error, ..certain }.density_errors())
}

/// Returns the counts outside the bins, with variances and categories if the bins were not edited or cut.
pub fn supplement(content: &Content, shown: &EvaluatedHistogram) -> Supplement {
    let outside = [shown.below, shown.above];
    let logged = match content {
        Content::Logged(logged) if !matches!(shown.certainty, Certainty::Edited { .. }) => Some(&logged.histogram),
        Content::Logged(_) | Content::Raw(_) => None,
    };
    let known = logged.and_then(|histogram| Some((histogram.supplement()?, histogram.to_hist().ok()?)));
    match known {
        Some((supplement, old)) => supplement.rebinned(old.edges(), shown.histogram.edges(), outside),
        None => {
            let [below, above] = outside.map(|count| Some(Number::Float(count)).filter(|_| count != 0.0));
            Supplement { below, above, ..Supplement::default() }
        }
    }
}

/// Returns the title of a step: the name of the series and the number of the step. Without a number, its position if the
/// series has several steps.
pub fn title(name: &str, number: Option<i64>, index: usize, steps: usize) -> String {
    match number {
        Some(number) => format!("{name} · step {number}"),
        None if steps > 1 => format!("{name} · {} of {steps}", index + 1),
        None => name.to_owned(),
    }
}

/// Describes a histogram: number of bins, accuracy, total and out-of-range counts.
pub fn note(shown: &EvaluatedHistogram) -> String {
    let EvaluatedHistogram { histogram, certainty, below, above, .. } = shown;
    let accuracy = match certainty {
        Certainty::Exact => "exact".into(),
        Certainty::Logged => "as logged".into(),
        Certainty::Edited { .. } if certainty.max_error().is_some() => "≈ edited".into(),
        Certainty::Edited { .. } => "edited".into(),
        Certainty::Merged { from, of } => format!("exact from {from} {}", of.name()),
        Certainty::Approximate { from, of, .. } => format!("≈ from {from} {}", of.name()),
    };
    let mut parts = vec![
        format!("{} {accuracy}", plural(histogram.bins() as u64, "bin")),
        format!("total {}", format_count(histogram.total().as_f64(), 2)),
    ];
    let outside = [(*below, "below"), (*above, "above")];
    parts.extend(outside.iter().filter(|(n, _)| *n != 0.0).map(|(n, at)| format!("{} {at}", format_count(*n, 2))));
    parts.join(" · ")
}
