//! What of the screen can be exported, how it would look, and what its file is called.

use super::naming::proposed_name;
use super::over_steps::{stack, step_name};
use super::plot::glyphs;
use super::{Model, View};
use crate::export::{self, Appearance, Export, Figure, Format, OverSteps};
use crate::hist::{Measure, Segment};
use crate::wandb::{self, with_suffix};
use std::path::PathBuf;
use std::sync::Arc;

/// Something that can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportKind {
    pub format: Format,
    /// All steps of the series at once.
    pub over_steps: bool,
}

/// A file to write, and what it holds: what was on the screen when it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Exporting {
    pub export: Arc<Export>,
    pub kind: ExportKind,
    pub path: PathBuf,
    pub overwrite: bool,
}

impl ExportKind {
    /// Everything there is for what is on the screen.
    pub fn all(model: &Model) -> Vec<Self> {
        let steps = model
            .current
            .as_ref()
            .and_then(|current| model.series(current.entry))
            .map_or(0, |series| series.steps.len());
        let over = Format::ALL.into_iter().filter(|format| steps > 1 && format.over_steps());
        let one = Format::ALL.into_iter().map(|format| Self { format, over_steps: false });
        one.chain(over.map(|format| Self { format, over_steps: true })).collect()
    }

    /// What it is, in a few words.
    pub fn help(self) -> &'static str {
        if self.over_steps { "a heat map of all steps" } else { self.format.help() }
    }
}

/// Which of the kinds is on the screen, as near as one comes to it.
pub(super) fn nearest(model: &Model) -> usize {
    let wanted = match model.chart.view {
        View::Table => ExportKind { format: Format::Csv, over_steps: false },
        view if view.over_steps() => ExportKind { format: Format::Svg, over_steps: true },
        View::Bars | View::Cumulative | View::Grid | View::Heatmap | View::Ridge | View::Bands => return 0,
    };
    ExportKind::all(model).iter().position(|kind| *kind == wanted).unwrap_or(0)
}

/// The head of the list of kinds: what is on the screen is said to have no picture where it has none.
pub fn title(model: &Model) -> &'static str {
    match model.chart.view {
        View::Ridge => "export as (ridges have no picture of their own)",
        View::Bands => "export as (bands have no picture of their own)",
        View::Grid => "export one series as (all have no picture of their own)",
        View::Bars | View::Cumulative | View::Table | View::Heatmap => "export as",
    }
}

/// The name that is proposed: the series, its step, the format.
pub fn proposed(model: &Model, kind: ExportKind) -> String {
    let name = proposed_name(model);
    let several = ExportKind::all(model).len() > Format::ALL.len();
    let step = model.current.as_ref().map(|current| step_name(model, current.entry.step)).filter(|_| several);
    let stem = match step {
        _ if kind.over_steps => format!("{name}.steps"),
        Some(step) => format!("{name}.{step}"),
        None => name,
    };
    named(model, kind, &stem)
}

/// The path that a typed name stands for: with the end that names of the format have.
pub fn path_of(model: &Model, kind: ExportKind, typed: &str) -> PathBuf {
    let typed = typed.trim();
    PathBuf::from(match typed {
        "" => proposed(model, kind),
        folder if folder.ends_with('/') => format!("{folder}{}", proposed(model, kind)),
        name => named(model, kind, name),
    })
}

fn named(model: &Model, kind: ExportKind, name: &str) -> String {
    match kind.format {
        Format::Json => with_suffix(name, "json", model.settings.artifact_type),
        format if Format::of_name(name) == Some(format) => name.to_owned(),
        format => format!("{name}.{}", format.extension()),
    }
}

/// What is on the screen, as it is exported; `histogram` is what would be saved of it.
///
/// # Errors
/// Why there is nothing to export yet, in one sentence.
pub(super) fn export(
    model: &Model,
    kind: ExportKind,
    histogram: Option<Arc<wandb::Histogram>>,
) -> Result<Export, String> {
    let nothing = || "there is nothing to export".to_owned();
    let current = model.current.as_ref().ok_or_else(nothing)?;
    let series = model.series(current.entry).ok_or_else(nothing)?;
    let look = Appearance {
        measure: if model.chart.view == View::Cumulative { Measure::Cumulative } else { model.chart.measure },
        log_counts: model.chart.log_counts,
        value_scale: model.chart.value_scale,
        glyphs: glyphs(model),
        width: None,
        height: None,
    };
    if kind.over_steps {
        let of = current.entry.series_id();
        let over = model.all_steps.as_ref().filter(|over| over.of == of && stack(model).is_some());
        let over = over.ok_or("steps are still being read")?;
        let zoomed = model.spec().and_then(|spec| spec.range);
        let range = zoomed.map(|range| Segment { lo: range.lo.as_f64(), hi: range.hi.as_f64() });
        let title = format!("{}{}", model.name(current.entry), over.edited());
        let (sweep, steps) = (Arc::clone(&over.shown), series.steps.clone());
        let normal = model.chart.normal;
        return Ok(Export::OverSteps(Box::new(OverSteps { title, sweep, steps, range, normal, look })));
    }
    if current.counting {
        return Err("still counting: export again when the bins are exact".into());
    }
    let shown = model.shown().ok_or_else(nothing)?;
    // A picture has all bins, numbers as many as W&B takes.
    let all = || wandb::Histogram::from_hist(&shown.histogram).ok().map(Arc::new);
    let histogram = if kind.format.shows() { all() } else { histogram }.ok_or_else(nothing)?;
    let at = (current.entry.step, series.steps.len());
    let title = export::title(&model.name(current.entry), series.steps.number(current.entry.step), at);
    let note = export::note(shown);
    let outline = model.reference.as_ref().map(|reference| (reference.name.clone(), Arc::clone(&reference.shown)));
    Ok(Export::Histogram(Box::new(Figure { title, note, histogram, density: false, outline, look })))
}
