//! One histogram with what is said of it and how it looks.

use super::canvas::{png, svg};
use super::{Format, chart, python, table, text};
use crate::document::{Certainty, EvaluatedHistogram};
use crate::error::Error;
use crate::hist::scale::{CountScale, Scale, view};
use crate::hist::{Histogram, Measure, Segment};
use crate::text::{format_count, plural};
use crate::wandb;
use crate::widget::Glyphs;
use std::sync::Arc;

/// A histogram to export.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is called: text of a file, as it is there.
    pub title: String,
    /// What is known of it besides; may be empty.
    pub note: String,
    pub histogram: Arc<wandb::Histogram>,
    /// Whether its values are densities and no counts.
    pub density: bool,
    /// Another one to compare with, and what it is called: drawn as an outline.
    pub outline: Option<(String, Arc<EvaluatedHistogram>)>,
    pub look: Appearance,
}

/// How a histogram is shown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Appearance {
    pub measure: Measure,
    pub log_counts: bool,
    pub value_scale: Scale,
    pub glyphs: Glyphs,
    /// Columns of a text, units of a picture.
    pub width: Option<u16>,
    pub height: Option<u16>,
}

/// What is drawn: heights over edges.
pub(super) struct Plot {
    pub(super) edges: Vec<f64>,
    pub(super) heights: Vec<f64>,
    /// Edges and heights of the other one.
    pub(super) outline: Option<(Vec<f64>, Vec<f64>)>,
    /// What the heights are.
    pub(super) name: &'static str,
    pub(super) rise: CountScale,
    pub(super) view: Segment,
}

impl Figure {
    /// The content of a file.
    ///
    /// # Errors
    /// [`Error::Hist`] where edges decrease, and [`Error::Value`] where there is nothing to draw.
    pub fn bytes(&self, format: Format) -> Result<Vec<u8>, Error> {
        let text = match format {
            Format::Json => self.histogram.to_json(),
            Format::Csv => table::csv(&self.histogram, if self.density { "density" } else { "count" }),
            Format::Py => python::python(&self.histogram, &self.title),
            Format::Svg => svg(&chart::chart(self)?),
            Format::Png => return png(&chart::chart(self)?),
            Format::Txt => text::plain(self)?,
            Format::Md => text::markdown(self)?,
        };
        Ok(text.into_bytes())
    }

    /// What to draw.
    pub(super) fn plot(&self) -> Result<Plot, Error> {
        let histogram = self.histogram.to_hist()?;
        let edges = histogram.edges().as_f64().to_vec();
        let seen = Segment::visible(&edges).filter(|seen| seen.lo < seen.hi).or_else(|| view(&edges));
        let view = seen.ok_or_else(|| Error::Value("a histogram without bins cannot be drawn".into()))?;
        let (measure, name) = match self.look.measure {
            _ if self.density => (Measure::Count, Measure::Density.name()),
            // Areas, not heights, stand for counts when widths differ.
            Measure::Count if !histogram.edges().uniform() => (Measure::Density, Measure::Density.name()),
            measure => (measure, measure.name()),
        };
        let heights = measure.heights(&histogram);
        let rise = if self.look.log_counts { CountScale::log(&heights) } else { CountScale::Linear };
        let outline = self.outline.as_ref().map(|(_, shown)| {
            let other = &shown.histogram;
            (other.edges().as_f64().to_vec(), measure.heights(other))
        });
        Ok(Plot { edges, heights, outline, name, rise, view })
    }
}

impl Plot {
    /// The heights of the bins in view, from zero on.
    pub(super) fn range(&self) -> Segment {
        let outline = self.outline.iter().flat_map(|(edges, heights)| edges.windows(2).zip(heights));
        let bins = self.edges.windows(2).zip(&self.heights).chain(outline);
        let seen = bins.filter(|(edges, height)| self.sees(edges) && height.is_finite()).map(|(_, height)| *height);
        seen.fold(Segment { lo: 0.0, hi: 0.0 }, |range, height| Segment {
            lo: range.lo.min(height),
            hi: range.hi.max(height),
        })
    }

    /// Whether a bin has a part in view.
    pub(super) fn sees(&self, edges: &[f64]) -> bool {
        let Segment { lo, hi } = self.view;
        if edges[0] < edges[1] { edges[0] < hi && edges[1] > lo } else { (lo..=hi).contains(&edges[0]) }
    }

    /// What the picture cannot show: bins out of view, and heights that are none.
    pub(super) fn unseen(&self, histogram: &Histogram) -> String {
        let counts = histogram.counts().as_f64();
        let all = || self.edges.windows(2).zip(&self.heights).zip(counts).filter(|(_, count)| **count != 0.0);
        let sum = |of: &dyn Fn(&[f64], f64) -> bool| -> f64 {
            all().filter(|((edges, height), _)| of(edges, **height)).map(|(_, count)| count).sum()
        };
        let open = |edges: &[f64]| !edges[0].is_finite() || !edges[1].is_finite();
        let parts = [
            (sum(&|edges, _| !self.sees(edges) || open(edges)), "in open bins"),
            (
                sum(&|edges, height| self.sees(edges) && !open(edges) && height.is_infinite()),
                "in bins without width (▲)",
            ),
            (all().filter(|((_, height), _)| height.is_nan()).count() as f64, "not a number"),
        ];
        let told = parts.iter().filter(|(n, _)| *n != 0.0);
        told.map(|(n, what)| format!("{} {what}", format_count(*n, 2))).collect::<Vec<_>>().join(" · ")
    }
}

/// What a series at a step is called: its step where it has several, its position where they have no number.
pub fn title(name: &str, number: Option<i64>, (index, steps): (usize, usize)) -> String {
    match number {
        Some(number) => format!("{name} · step {number}"),
        None if steps > 1 => format!("{name} · {} of {steps}", index + 1),
        None => name.to_owned(),
    }
}

/// How many bins, how sure their counts are, and what is in none of them.
pub fn note(shown: &EvaluatedHistogram) -> String {
    let EvaluatedHistogram { histogram, certainty, below, above, .. } = shown;
    let sure = match certainty {
        Certainty::Exact => "exact".into(),
        Certainty::Logged => "as logged".into(),
        Certainty::Edited { .. } if certainty.max_error().is_some() => "≈ edited".into(),
        Certainty::Edited { .. } => "edited".into(),
        Certainty::Merged { from, of } => format!("exact from {from} {}", of.name()),
        Certainty::Approximate { from, of, .. } => format!("≈ from {from} {}", of.name()),
    };
    let mut parts = vec![
        format!("{} {sure}", plural(histogram.bins() as u64, "bin")),
        format!("total {}", format_count(histogram.total().as_f64(), 2)),
    ];
    let outside = [(*below, "below"), (*above, "above")];
    parts.extend(outside.iter().filter(|(n, _)| *n != 0.0).map(|(n, at)| format!("{} {at}", format_count(*n, 2))));
    parts.join(" · ")
}
