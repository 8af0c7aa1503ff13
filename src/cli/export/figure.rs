//! From a series and a step to what is exported: read, counted, titled.

use crate::app::first_bins;
use crate::catalog::Content;
use crate::cli::{args, series, warnings};
use crate::document::{BinSpec, EvaluatedHistogram, Policy, look};
use crate::engine::Population;
use crate::error::Error;
use crate::export::{self, Appearance, Export, Figure, Format, OverSteps};
use crate::hist::scale::Scale;
use crate::hist::{
    self, Bins, DType, Histogram, Measure, Normalization, Number, Numbers, Segment, StepStack, python_repr,
};
use crate::settings::{Glyphs, Settings};
use crate::source::{Source, Task};
use crate::text::plural;
use crate::{wandb, widget};
use std::sync::Arc;

/// Where figures come from, and what they should be.
pub(super) struct Figures<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) args: &'a args::Export,
    /// The name of the file, or the pattern for several.
    pub(super) output: String,
    pub(super) format: Format,
    pub(super) settings: &'a Settings,
}

impl Figures<'_> {
    /// The entries of a series that were asked for; `None` is all of them in one.
    pub(super) fn entries(&self, index: usize) -> Result<Vec<Option<usize>>, Error> {
        if self.args.over_steps {
            return Ok(vec![None]);
        }
        Ok(series::entries(self.source.info(), index, self.args.select.step)?.map(Some).collect())
    }

    /// The same where one is expected.
    pub(super) fn single_entry(&self, index: usize) -> Result<Option<usize>, Error> {
        match self.entries(index)?[..] {
            [one] => Ok(one),
            ref several => {
                let (n, name) = (several.len(), series::place(self.source.info(), index));
                let example = self.format.extension();
                Err(Error::Select(format!(
                    "{name} has {n} steps; say how each file is called: -o 'out/{{key}}.{{step}}.{example}'"
                )))
            }
        }
    }

    /// The bytes of a file; also what should be said of what is in it.
    pub(super) fn bytes(
        &self,
        index: usize,
        entry: Option<usize>,
        task: &Task,
    ) -> Result<(Vec<u8>, Vec<String>), Error> {
        let made = self.make(index, entry, task).and_then(|(export, notes)| Ok((export.bytes(self.format)?, notes)));
        made.map_err(|error| series::located(self.source.info(), index, entry, error))
    }

    /// Reads and counts.
    fn make(&self, index: usize, entry: Option<usize>, task: &Task) -> Result<(Export, Vec<String>), Error> {
        let (export, mut notes) = match entry {
            Some(entry) => self.histogram(index, entry, task),
            None => self.over_steps(index, task),
        }?;
        let name = self.source.info().name_of(index);
        notes.extend(export.lacks(self.format).map(|words| format!("{name}: {words}")));
        Ok((export, notes))
    }

    fn histogram(&self, index: usize, entry: usize, task: &Task) -> Result<(Export, Vec<String>), Error> {
        let info = self.source.info();
        let content = self.source.load(index, entry, task)?;
        let name = info.name_of(index);
        let mut notes: Vec<String> = warnings::gaps(info, index, &content).into_iter().collect();
        let (histogram, shown) = self.count(&content, task)?;
        let (bins, most) = (histogram.values().len(), wandb::Histogram::MAX_LENGTH);
        // Pictures have them all.
        let reduced = bins > most && !self.format.shows();
        if reduced {
            notes.push(format!("{name}: {} are written as {most}", plural(bins as u64, "logged bin")));
        }
        let histogram = if reduced { histogram.reduced() } else { histogram };
        let density = self.args.binning.density;
        let histogram = if density { self.densities(&histogram, &content)? } else { histogram };
        let said = shown.as_ref().map(|shown| warnings::of_shown(&content, shown)).unwrap_or_default();
        notes.extend(said.into_iter().map(|words| format!("{name}: {words}")));
        let number = info.series.get(index).and_then(|series| series.steps.number(entry));
        let steps = info.series.get(index).map_or(1, |series| series.steps.len());
        let figure = Figure {
            title: export::title(&name, number, (entry, steps)),
            note: shown.as_ref().map(export::note).unwrap_or_default(),
            histogram: Arc::new(histogram),
            density,
            outline: None,
            look: self.look(),
        };
        Ok((Export::Histogram(Box::new(figure)), notes))
    }

    /// The histogram, as logged where nothing was asked for, else counted or redistributed; and what it is, unless it is
    /// one that cannot be drawn.
    fn count(&self, content: &Content, task: &Task) -> Result<(wandb::Histogram, Option<EvaluatedHistogram>), Error> {
        let binning = &self.args.binning;
        series::check(content)?;
        let spec = binning.spec(first_bins(self.settings, content.kind()));
        let shown = match content {
            Content::Logged(logged) if spec == BinSpec::AS_STORED && !binning.density => {
                let shown = logged.histogram.to_hist().ok().map(EvaluatedHistogram::logged);
                return Ok((wandb::Histogram::clone(&logged.histogram), shown));
            }
            Content::Raw(population) if population.summary().finite() < population.summary().n => {
                self.count_as_numpy(population, content, &spec, task)?
            }
            _ => look(content, &spec, self.policy(), task)?,
        };
        Ok((wandb::Histogram::from_hist(&shown.histogram)?, Some(shown)))
    }

    /// The same with densities for counts, as numpy computes them for samples of this type.
    fn densities(&self, histogram: &wandb::Histogram, content: &Content) -> Result<wandb::Histogram, Error> {
        let dtype = match content {
            Content::Raw(population) if self.args.binning.edges.is_none() => population.dtype(),
            _ => DType::F64,
        };
        let density = Numbers::floats(histogram.to_hist()?.density(dtype));
        Ok(wandb::Histogram::from_log(density, histogram.bins().clone())?)
    }

    /// Counts values of which some are not finite. numpy has no range for them, but counts infinities between infinite
    /// edges; the interface is milder.
    fn count_as_numpy(
        &self,
        population: &Population,
        content: &Content,
        spec: &BinSpec,
        task: &Task,
    ) -> Result<EvaluatedHistogram, Error> {
        let summary = population.summary();
        let shown = || look(content, spec, self.policy(), task);
        match (&spec.bins, spec.range) {
            (Some(Bins::Edges(_)), _) => {
                let shown = shown()?;
                let edges = shown.histogram.edges().clone();
                let mut counts: Vec<Number> = shown.histogram.counts().iter().collect();
                let add = |count: Option<&mut Number>, n: u64| {
                    if let Some(Number::Int(count)) = count {
                        *count += i128::from(n);
                    }
                };
                if edges.span().is_some_and(|span| span.lo == f64::NEG_INFINITY) {
                    add(counts.first_mut(), summary.neginf);
                }
                if edges.span().is_some_and(|span| span.hi == f64::INFINITY) {
                    add(counts.last_mut(), summary.posinf);
                }
                Ok(EvaluatedHistogram { histogram: Histogram::new(edges, counts.into_iter().collect())?, ..shown })
            }
            // Counts carry the range that was asked for when they were made.
            (bins, None) if *bins != Some(Bins::Count(0)) && !population.is_counts_only() => {
                let end = |infinite: u64, infinity: f64, finite: f64| match finite {
                    _ if infinite > 0 => infinity,
                    // Nothing is finite.
                    x if x.is_nan() => -infinity,
                    x => x,
                };
                let lo = end(summary.neginf, f64::NEG_INFINITY, summary.min);
                let hi = end(summary.posinf, f64::INFINITY, summary.max);
                let [lo, hi] = if summary.nan > 0 { [f64::NAN; 2] } else { [lo, hi] }.map(python_repr);
                let refused = hist::Error::DataNotFinite(lo, hi);
                Err(Error::Value(format!("{refused}; leave NaN and inf out with --range LO,HI")))
            }
            _ => shown(),
        }
    }

    fn policy(&self) -> Policy {
        Policy { rounding: self.settings.rounding, cap_rules: false }
    }

    /// The histograms of all steps. One that cannot be drawn leaves a gap in the picture.
    fn over_steps(&self, index: usize, task: &Task) -> Result<(Export, Vec<String>), Error> {
        let info = self.source.info();
        let name = info.name_of(index);
        let steps = info.series.get(index).map(|series| series.steps.clone()).ok_or_else(|| series::nothing(info))?;
        let step = |entry| {
            task.cancel.check()?;
            let counted = self.source.load(index, entry, task).and_then(|content| {
                let spec = self.args.binning.spec(first_bins(self.settings, content.kind()));
                look(&content, &spec, self.policy(), task)
            });
            match counted {
                Err(Error::Cancelled) => Err(Error::Cancelled),
                counted => Ok(counted.ok().map(|shown| shown.histogram)),
            }
        };
        let histograms: Vec<Option<Histogram>> = (0..steps.len()).map(step).collect::<Result<_, Error>>()?;
        let gaps = histograms.iter().filter(|histogram| histogram.is_none()).count();
        let mut notes = Vec::new();
        if gaps > 0 {
            notes.push(format!("{name}: {gaps} of {} steps hold no histogram that can be drawn", steps.len()));
        }
        let range = self.args.binning.range.map(|range| Segment { lo: range.lo.as_f64(), hi: range.hi.as_f64() });
        let (sweep, normal) = (Arc::new(StepStack::new(histograms)), Normalization::Step);
        let over = OverSteps { title: name, sweep, steps, range, normal, look: self.look() };
        Ok((Export::OverSteps(Box::new(over)), notes))
    }

    fn look(&self) -> Appearance {
        let look = &self.args.look;
        Appearance {
            measure: look.normalize.map_or(Measure::Count, Into::into),
            log_counts: look.log,
            value_scale: look.values.map_or(Scale::Linear, Into::into),
            glyphs: match self.settings.glyphs {
                Glyphs::Unicode => widget::Glyphs::Unicode,
                Glyphs::Ascii => widget::Glyphs::Ascii,
            },
            width: look.width,
            height: look.height,
        }
    }
}
