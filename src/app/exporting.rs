//! Exports of the current view: which kinds exist, and how the view becomes an [`Export`].

use super::compare::{CompareMode, Line, Look, outside_text};
use super::over_steps::{self, shown_steps, stack};
use super::plot::{glyphs, measure, plot, symbol};
use super::{Model, View, lines as statistic_lines};
use crate::export::{
    self, Appearance, AxisNames, Compared, ComparedLine, Export, ExportLine, Figure, Format, OverSteps,
    StatisticOverSteps, StepPicture,
};
use crate::wandb;
use std::sync::Arc;

/// A kind of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportKind {
    pub format: Format,
    pub scope: ExportScope,
}

/// Data of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportScope {
    /// The histogram on the screen.
    Histogram,
    /// One picture or table of all steps.
    OverSteps,
    /// The values of a bin.
    Values,
}

impl ExportKind {
    /// Lists the kinds that the current series supports.
    pub fn all(model: &Model) -> Vec<Self> {
        let one = Format::ALL.into_iter().map(|format| Self { format, scope: ExportScope::Histogram });
        let lines = model.chart.view == View::Lines;
        let is_over_steps = |format: &Format| format.over_steps() || (lines && *format == Format::Csv);
        let several = Format::ALL.into_iter().filter(|format| model.step_count() > 1 && is_over_steps(format));
        one.chain(several.map(|format| Self { format, scope: ExportScope::OverSteps })).collect()
    }

    /// Returns true for all steps.
    pub fn over_steps(self) -> bool {
        self.scope == ExportScope::OverSteps
    }

    /// Returns a short description.
    pub fn help(self, model: &Model) -> &'static str {
        if self.over_steps() && model.chart.view == View::Lines {
            return if self.format == Format::Csv {
                "this statistic of all steps and runs"
            } else {
                "the lines of all runs"
            };
        }
        match model.chart.view {
            _ if self.scope == ExportScope::Histogram => self.format.help(),
            _ if self.scope == ExportScope::Values => "table of the values and their places",
            View::Bands => "percentile bands of all steps",
            View::Ridge => "ridges of all steps",
            _ => "a heat map of all steps",
        }
    }
}

/// Returns the index of the kind that matches the current view best.
pub(super) fn default_kind(model: &Model) -> usize {
    let best = match model.chart.view {
        View::Table => ExportKind { format: Format::Csv, scope: ExportScope::Histogram },
        view if view.over_steps() => ExportKind { format: Format::Svg, scope: ExportScope::OverSteps },
        View::Bars | View::Cumulative | View::Grid | View::Heatmap | View::Ridge | View::Bands | View::Lines => {
            return 0;
        }
    };
    ExportKind::all(model).iter().position(|kind| *kind == best).unwrap_or(0)
}

/// Returns the title of the list of kinds, with a remark if the current view itself cannot be exported.
pub fn title(model: &Model) -> &'static str {
    match model.chart.view {
        View::Grid => "export this series (grid: rebin export --side-by-side)",
        View::Bars | View::Cumulative | View::Table | View::Heatmap | View::Ridge | View::Bands | View::Lines => {
            "export as"
        }
    }
}

/// Builds the export of the current view. `histogram` is what a save would write.
///
/// # Errors
/// A sentence that says why the view cannot be exported now.
pub(super) fn export(
    model: &Model,
    kind: ExportKind,
    histogram: Option<Arc<wandb::Histogram>>,
) -> Result<Export, String> {
    let nothing = || "nothing to export".to_owned();
    let current = model.current.as_ref().ok_or_else(nothing)?;
    let series = model.series(current.entry).ok_or_else(nothing)?;
    let look = Appearance {
        measure: measure(model),
        log_counts: model.chart.log_counts,
        value_scale: model.chart.value_scale,
        glyphs: glyphs(model),
        width: None,
        height: None,
    };
    if kind.over_steps() && model.chart.view == View::Lines {
        return lines(model, look);
    }
    if kind.over_steps() {
        let id = current.entry.series_id();
        let all_steps = model.all_steps.as_ref().filter(|steps| steps.series == id && stack(model).is_some());
        let all_steps = all_steps.ok_or("still loading all steps; try again when they are shown")?;
        let (picture, view) = match model.chart.view {
            View::Bands => (StepPicture::Bands, View::Bands),
            View::Ridge => (StepPicture::Ridges, View::Ridge),
            _ => (StepPicture::Heatmap, View::Heatmap),
        };
        let range = over_steps::view(model, view);
        let edited = all_steps.edited_note().map(|note| format!(", {note}")).unwrap_or_default();
        let title = format!("{}{edited}", model.name(current.entry));
        let (sweep, steps) = (Arc::clone(&all_steps.shown), series.steps.clone());
        let normal = model.chart.normalization;
        return Ok(Export::OverSteps(Box::new(OverSteps {
            title,
            picture,
            names: AxisNames::default(),
            stack: sweep,
            steps,
            shown: shown_steps(model),
            range,
            normalization: normal,
            colors: model.chart.time.colors,
            appearance: look,
        })));
    }
    if current.counting {
        return Err("still counting; export again when the badge is exact".into());
    }
    let shown = model.shown().ok_or_else(nothing)?;
    // Pictures show every bin. Data formats contain at most as many bins as W&B accepts.
    let all_bins = || wandb::Histogram::from_hist(&shown.histogram).ok().map(Arc::new);
    let histogram = if kind.format.has_all_bins() { all_bins() } else { histogram }.ok_or_else(nothing)?;
    let own_title = export::title(
        &model.name(current.entry),
        series.steps.number(current.entry.index),
        current.entry.index,
        series.steps.len(),
    );
    let title = model.comparison_title().filter(|_| kind.format.shows()).unwrap_or(own_title);
    let note = export::note(shown);
    Ok(Export::Histogram(Box::new(Figure {
        title,
        names: AxisNames::default(),
        note,
        histogram,
        density: false,
        max_error: export::max_error(shown, false),
        supplement: Some(export::supplement(&current.content, shown)),
        comparison: compared(model),
        appearance: look,
    })))
}

/// Returns the comparison on the screen.
fn compared(model: &Model) -> Option<Compared> {
    let plot = plot(model)?;
    let lines = plot.lines.as_ref()?;
    let line = |line: &Line| {
        let target = model.comparison.targets.iter().find(|target| target.entry == line.entry)?;
        let (Look::Mark(color) | Look::Run(color)) = line.look;
        let name = model.target_name(target);
        Some(ComparedLine {
            name: outside_text(line.outside).map_or(name.clone(), |outside| format!("{name}, {outside}")),
            heights: line.heights.clone(),
            color,
            is_hanging: lines.mode == CompareMode::Mirrored,
            symbol: symbol(line.look),
        })
    };
    let current = model.entry_name(model.current.as_ref()?.entry);
    let other = model.comparison.chosen().map(|target| model.entry_name(target.entry));
    Some(Compared {
        edges: plot.edges.clone(),
        heights: plot.heights.clone(),
        axis: plot.name(),
        is_ratio: lines.mode == CompareMode::Ratio,
        view: plot.view(),
        name: other.map_or_else(|| current.to_string(), |other| current.differing(&other)),
        others: lines.others.iter().filter_map(line).collect(),
    })
}

/// Builds the export of a statistic over steps.
fn lines(model: &Model, appearance: Appearance) -> Result<Export, String> {
    let drawn = statistic_lines::run_lines(model);
    let range = statistic_lines::step_range(model, &drawn);
    let (runs, all) = model.lines.count();
    let (Some(range), Some(current), true) = (range, &model.current, drawn.len() == runs) else {
        return Err("still loading all steps; try again when they are shown".into());
    };
    // The title names a single run; the legend names several.
    let name = if drawn.len() > 1 { model.name(current.entry) } else { model.full_name(current.entry) };
    let line = |line: &statistic_lines::RunLine| ExportLine {
        run: line.label.clone(),
        series: model.name(line.id.at(0)),
        points: line.points.clone(),
    };
    Ok(Export::Lines(Box::new(StatisticOverSteps {
        title: format!("{name} · {}", model.lines.statistic),
        statistic: model.lines.statistic.name(),
        lines: drawn.iter().map(line).collect(),
        steps: (range.lo as i64, range.hi as i64),
        log: model.lines.log,
        runs: all,
        appearance,
    })))
}
