//! `rebin show`: prints charts as text.

use super::args::{self, Cli, Color};
use super::environment::Environment;
use super::exit::{Failure, print, report};
use super::json::{self, JsonArray, number, numbers, object};
use super::{ansi, count, inputs_with_warnings, progress, series, warnings};
use crate::app::{Current, Model, Size, first_bins};
use crate::catalog::{Content, EntryId, Series, SeriesKind, SourceInfo};
use crate::document::{Policy, State};
use crate::error::Error;
use crate::hist::{EntryStats, Measure, Number, PROBABILITIES};
use crate::settings::{Depth, Glyphs};
use crate::source::{Input, Pool, Require, Source, Task};
use crate::text::json_string;
use crate::view;
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;

/// Default size if stdout is not a terminal.
const SIZE: Size = Size { width: 80, height: 20 };

/// Prints the charts of the selected series, and reports those that cannot be read.
pub(super) fn show(args: &args::Show, environment: &Environment) -> Result<(), Failure> {
    if let Some(message) = args.binning.conflict() {
        return Err(Failure::Usage(Cli::command().error(ErrorKind::ArgumentConflict, message)));
    }
    let depth = depth(args.appearance.color, environment);
    let mut model = model(args, environment, depth);
    let (mut first, mut failed, mut objects) = (true, false, JsonArray::default());
    let mut inputs = inputs_with_warnings(&args.paths);
    if args.pool {
        inputs = vec![Input::Pool(Pool { key: args.select.key.clone(), inputs, require: Require::Readable })];
    }
    let names = series::names(&inputs);
    for input in inputs {
        let Some(source) = series::open(&input) else {
            failed = true;
            continue;
        };
        failed |= source.info().incomplete;
        model.print_source(source.info().clone(), names.clone());
        let (selected, missing) = series::selected(source.info(), &args.select).unwrap_or_else(|error| {
            report(&error.to_string());
            (Vec::new(), true)
        });
        failed |= missing;
        let all = selected.len();
        for (done, (index, entry)) in selected.into_iter().enumerate() {
            let current = open(&model, &*source, (index, entry), args, &progress::reading(done, all));
            let current = current.map_err(|error| series::located(source.info(), index, Some(entry), error));
            let current = current.and_then(|current| {
                if let (true, Content::Raw(population)) = (args.counts_only, &current.content) {
                    count::check_counts("-", population)?;
                }
                Ok(current)
            });
            match current {
                Ok(current) => {
                    if let Some(warning) = warnings::skipped(source.info(), index, &current.content) {
                        report(&warning);
                    }
                    if args.json {
                        objects.push(&to_json(source.info(), &current))?;
                        continue;
                    }
                    model.current = Some(current);
                    let chart = ansi::text(&view::plain_chart(&model, model.size), depth != Depth::None);
                    let separator = if first { "" } else { "\n" };
                    print(format!("{separator}{chart}").as_bytes())?;
                    first = false;
                }
                Err(error) => {
                    report(&error.to_string());
                    failed = true;
                }
            }
        }
    }
    if args.json {
        objects.finish()?;
    }
    if failed { Err(Failure::Reported) } else { Ok(()) }
}

/// JSON object of a histogram, with the largest error of each bin.
fn to_json(info: &SourceInfo, current: &Current) -> String {
    let entry = current.entry;
    let series = info.series.get(entry.series);
    let step = series.and_then(|series| series.steps.number(entry.index));
    let mut members = vec![
        ("source", json_string(&info.name)),
        ("run", json::run(info)),
        ("key", json_string(&series.map(Series::key).unwrap_or_default())),
        ("step", number(step.map(|step| Number::Int(step.into())))),
        ("kind", json_string(if let Content::Raw(_) = current.content { "samples" } else { "histogram" })),
    ];
    if let Content::Raw(population) = &current.content {
        let summary = population.summary();
        members.extend([
            ("n", summary.finite().to_string()),
            ("nan", summary.nan.to_string()),
            ("posinf", summary.posinf.to_string()),
            ("neginf", summary.neginf.to_string()),
            ("missing", population.missing().to_string()),
            ("bad", population.bad().to_string()),
        ]);
    }
    if let Ok(shown) = &current.shown {
        let certain = vec![0.0; shown.histogram.bins()];
        let max_error = shown.certainty.max_error().unwrap_or(&certain);
        let float = |x: f64| number(Some(Number::Float(x)));
        members.extend([
            ("certainty", json_string(shown.certainty.name())),
            ("bins", numbers(shown.histogram.edges().numbers().iter())),
            ("values", numbers(shown.histogram.counts().iter())),
            ("max_error", numbers(max_error.iter().map(|error| Number::Float(*error)))),
            ("below", float(shown.below)),
            ("above", float(shown.above)),
        ]);
    }
    object(&members)
}

/// Creates a model with the requested size and appearance.
fn model(args: &args::Show, environment: &Environment, depth: Depth) -> Model {
    let mut settings = environment.settings_with_warnings(depth);
    let appearance = &args.appearance;
    if appearance.ascii {
        settings.glyphs = Glyphs::Ascii;
    }
    let default = if io::stdout().is_terminal() { terminal() } else { SIZE };
    let size =
        Size { width: appearance.width.unwrap_or(default.width), height: appearance.height.unwrap_or(default.height) };
    let mut model = Model::new(size, settings, 0);
    model.chart.log_counts = appearance.log;
    model.chart.value_scale = args.binning.spacing();
    model.chart.measure = match appearance.normalize {
        Some(measure) => measure.into(),
        None if args.binning.density => Measure::Density,
        None => Measure::Count,
    };
    model
}

/// Size of the terminal, without a line for the next prompt.
fn terminal() -> Size {
    let (width, height) = crossterm::terminal::size().unwrap_or((SIZE.width, SIZE.height));
    Size { width, height: height.saturating_sub(1) }
}

fn depth(color: Color, environment: &Environment) -> Depth {
    match color {
        Color::Never => Depth::None,
        Color::Auto if !io::stdout().is_terminal() => Depth::None,
        Color::Auto => environment.depth,
        Color::Always => environment.colors,
    }
}

/// Loads and evaluates an entry.
fn open(
    model: &Model,
    source: &dyn Source,
    (index, entry): (usize, usize),
    args: &args::Show,
    task: &Task,
) -> Result<Current, Error> {
    let spec = |kind| args.binning.spec(first_bins(&model.settings, kind));
    let loading = Task { upcoming: spec(SeriesKind::Samples).upcoming(), ..task.clone() };
    let content = source.load(index, entry, &loading)?;
    series::check(&content)?;
    let spec = spec(content.kind());
    let policy = Policy { cap_rules: false, ..model.policy() };
    let evaluated = series::evaluated(&content, &spec, policy, args.binning.nan, task)?;
    let stats = match &content {
        Content::Raw(_) => Some(content.stats(&PROBABILITIES, task)?),
        Content::Logged(logged) => {
            logged.histogram.to_hist().ok().map(|histogram| EntryStats::of_histogram(&histogram, &PROBABILITIES))
        }
    };
    let entry = EntryId { source: 0, series: index, index: entry };
    Ok(Current::new(entry, content, Ok(Arc::new(evaluated)), State::of_source(spec), stats))
}
