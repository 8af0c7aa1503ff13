//! The figures of an export: loads, evaluates and titles histograms.

use crate::app::first_bins;
use crate::catalog::{Content, Series, SeriesKind};
use crate::cli::{args, series, warnings};
use crate::document::{BinSpec, EvaluatedHistogram, Policy, evaluate_entries};
use crate::error::Error;
use crate::export::{self, Appearance, AxisNames, Export, Figure, Format, OverSteps};
use crate::hist::{ColorScale, DType, Measure, Normalization, Numbers, Segment, StepStack};
use crate::settings::Settings;
use crate::source::{Source, Task};
use crate::text::plural;
use crate::wandb;
use std::sync::Arc;

/// The source and the options of all files of an export.
pub(super) struct Figures<'a> {
    pub(super) source: &'a dyn Source,
    /// Name of the run, or of a file that is not a run, which no other source has.
    pub(super) run: String,
    pub(super) is_one_of_several: bool,
    pub(super) args: &'a args::Export,
    /// Name of the file, or a pattern for several.
    pub(super) output: &'a str,
    pub(super) format: Format,
    pub(super) settings: &'a Settings,
}

/// An exported value and the warnings about it.
type WithWarnings<T> = (T, Vec<String>);

impl Figures<'_> {
    /// Returns the selected entries of a series. `None` stands for all entries in one figure.
    pub(super) fn entries(&self, index: usize) -> Result<Vec<Option<usize>>, Error> {
        if self.args.over_steps.is_some() {
            return Ok(vec![None]);
        }
        Ok(series::entries(self.source.info(), index, self.args.select.step)?.map(Some).collect())
    }

    /// Like [`Figures::entries`], but returns an error if there are several.
    pub(super) fn single_entry(&self, index: usize) -> Result<Option<usize>, Error> {
        match self.entries(index)?[..] {
            [one] => Ok(one),
            ref several => {
                let (n, name) = (several.len(), series::qualified_name(self.source.info(), index));
                let extension = self.format.extension();
                Err(Error::Select(format!(
                    "{name} has {n} steps; use a pattern for the file names: -o 'out/{{key}}.{{step}}.{extension}'"
                )))
            }
        }
    }

    /// Returns the content of a file.
    pub(super) fn bytes(
        &self,
        index: usize,
        entry: Option<usize>,
        task: &Task,
    ) -> Result<WithWarnings<Vec<u8>>, Error> {
        let export = self.export(index, entry, task);
        let bytes = export.and_then(|(export, warnings)| Ok((export.bytes(self.format)?, warnings)));
        bytes.map_err(|error| series::located(self.source.info(), index, entry, error))
    }

    fn export(&self, index: usize, entry: Option<usize>, task: &Task) -> Result<WithWarnings<Export>, Error> {
        let (export, mut warnings) = match entry {
            Some(entry) => self.histogram(index, entry, task),
            None => self.over_steps(index, task),
        }?;
        let name = self.source.info().name_of(index);
        warnings.extend(export.font_warning(self.format).map(|warning| format!("{name}: {warning}")));
        Ok((export, warnings))
    }

    fn histogram(&self, index: usize, entry: usize, task: &Task) -> Result<WithWarnings<Export>, Error> {
        let info = self.source.info();
        let samples = self.args.binning.spec(first_bins(self.settings, SeriesKind::Samples));
        let loading = Task { upcoming: samples.upcoming(), ..task.clone() };
        let content = self.source.load(index, entry, &loading)?;
        let name = info.name_of(index);
        let mut warnings: Vec<String> = warnings::skipped(info, index, &content).into_iter().collect();
        let (histogram, evaluated) = self.evaluate(&content, task)?;
        let (bins, max) = (histogram.values().len(), wandb::Histogram::MAX_LENGTH);
        // Pictures and charts show all bins.
        let is_reduced = bins > max && !self.format.has_all_bins();
        if is_reduced {
            warnings.push(format!("{name}: reduced {} to {max}", plural(bins as u64, "logged bin")));
        }
        let histogram = if is_reduced { histogram.reduced() } else { histogram };
        let density = self.args.binning.density;
        let histogram = if density { self.densities(&histogram, &content)? } else { histogram };
        let more = evaluated.as_ref().map(|evaluated| warnings::for_histogram(&content, evaluated));
        warnings.extend(more.unwrap_or_default().into_iter().map(|warning| format!("{name}: {warning}")));
        let number = info.series.get(index).and_then(|series| series.steps.number(entry));
        let steps = info.series.get(index).map_or(1, |series| series.steps.len());
        let figure = Figure {
            title: self.title(index, |title| export::title(title, number, entry, steps)),
            names: self.axis_names(),
            note: evaluated.as_ref().map(export::note).unwrap_or_default(),
            histogram: Arc::new(histogram),
            density,
            supplement: evaluated.as_ref().map(|evaluated| export::supplement(&content, evaluated)),
            max_error: evaluated.as_ref().and_then(|evaluated| export::max_error(evaluated, density)),
            comparison: None,
            appearance: self.appearance(),
        };
        Ok((Export::Histogram(Box::new(figure)), warnings))
    }

    /// Returns the histogram to write. Also returns its evaluated form, or `None` if it cannot be drawn.
    ///
    /// Returns a logged histogram unchanged if no option changes it.
    fn evaluate(
        &self,
        content: &Content,
        task: &Task,
    ) -> Result<(wandb::Histogram, Option<EvaluatedHistogram>), Error> {
        let binning = &self.args.binning;
        series::check(content)?;
        let spec = binning.spec(first_bins(self.settings, content.kind()));
        if let Content::Logged(logged) = content
            && spec == BinSpec::AS_STORED
            && !binning.density
        {
            let evaluated = logged.histogram.to_uncertain().ok().map(EvaluatedHistogram::from);
            return Ok((wandb::Histogram::clone(&logged.histogram), evaluated));
        }
        let evaluated = series::evaluated(content, &spec, self.policy(), binning.nan, task)?;
        Ok((wandb::Histogram::from_hist(&evaluated.histogram)?, Some(evaluated)))
    }

    /// Replaces counts by densities, with numpy's arithmetic for the type of the samples.
    fn densities(&self, histogram: &wandb::Histogram, content: &Content) -> Result<wandb::Histogram, Error> {
        let dtype = match content {
            Content::Raw(population) if self.args.binning.edges.is_none() => population.dtype(),
            _ => DType::F64,
        };
        let density = Numbers::floats(histogram.to_hist()?.density(dtype));
        Ok(wandb::Histogram::from_log(density, histogram.bins().clone())?)
    }

    fn policy(&self) -> Policy {
        Policy { rounding: self.settings.rounding, cap_rules: false }
    }

    /// Returns a figure of all entries. Entries that cannot be drawn are gaps in it.
    fn over_steps(&self, index: usize, task: &Task) -> Result<WithWarnings<Export>, Error> {
        let info = self.source.info();
        let name = info.name_of(index);
        let series = info.series.get(index).ok_or_else(|| series::empty_source(info))?;
        let spec = self.args.binning.spec(first_bins(self.settings, series.kind));
        let load = |entry: usize, task: &Task| self.source.load(index, entry, task);
        let histograms = evaluate_entries(0..series.steps.len(), load, &spec, self.policy(), task)?;
        let gaps = histograms.iter().filter(|histogram| histogram.is_none()).count();
        let mut warnings = Vec::new();
        if gaps > 0 {
            warnings.push(format!("{name}: {gaps} of {} steps cannot be drawn", series.steps.len()));
        }
        let range = self.args.binning.range.map(|range| Segment { lo: range.lo.as_f64(), hi: range.hi.as_f64() });
        let (sweep, normal) = (Arc::new(StepStack::new(histograms)), Normalization::Step);
        let steps = series.steps.clone();
        let colors = if self.args.appearance.log { ColorScale::Log } else { ColorScale::Auto };
        let (shown, appearance) = (0..sweep.len(), self.appearance());
        let over = OverSteps {
            title: self.title(index, str::to_owned),
            picture: self.args.over_steps.map(Into::into).unwrap_or_default(),
            names: self.axis_names(),
            stack: sweep,
            steps,
            shown,
            range,
            normalization: normal,
            colors,
            appearance,
        };
        Ok((Export::OverSteps(Box::new(over)), warnings))
    }

    /// Returns a panel of a picture, titled with its run, series and step.
    pub(super) fn panel(&self, index: usize, entry: usize, task: &Task) -> Result<WithWarnings<Figure>, Error> {
        match self.histogram(index, entry, task)? {
            (Export::Histogram(figure), warnings) => Ok((*figure, warnings)),
            _ => Err(Error::Cancelled),
        }
    }

    /// Returns the title that the user chose, or else the run and the series, to which `with_step` adds the step. A panel
    /// always has its own.
    fn title(&self, index: usize, with_step: impl Fn(&str) -> String) -> String {
        let chosen = self.args.appearance.title.as_ref().filter(|_| !self.args.side_by_side);
        chosen.cloned().unwrap_or_else(|| {
            let info = self.source.info();
            let key = info.series.get(index).map(Series::key).unwrap_or_default();
            let parts = [if info.run.is_some() || self.is_one_of_several { &*self.run } else { "" }, &key];
            let name = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" · ");
            with_step(if name.is_empty() { &self.run } else { &name })
        })
    }

    fn axis_names(&self) -> AxisNames {
        AxisNames { x: self.args.appearance.xlabel.clone(), y: self.args.appearance.ylabel.clone() }
    }

    fn appearance(&self) -> Appearance {
        let args = &self.args.appearance;
        // Bins fill the axis on which they are equally spaced.
        Appearance {
            measure: args.normalize.map_or(Measure::Count, Into::into),
            log_counts: args.log,
            value_scale: args.values.map_or(self.args.binning.spacing(), Into::into),
            glyphs: self.settings.glyphs,
            width: args.width.filter(|_| !self.args.side_by_side),
            height: args.height.filter(|_| !self.args.side_by_side),
        }
    }
}
