//! `rebin show`: charts as text.

use super::args::{self, Color, Select};
use super::environment::Environment;
use super::failure::Failure;
use super::output::{print, say};
use super::{ansi, inputs_said, series, warnings};
use crate::app::{Current, Model, Size, first_bins};
use crate::catalog::{Content, EntryId, SourceInfo};
use crate::document::{Policy, State, look};
use crate::error::Error;
use crate::hist::{Measure, Stats};
use crate::settings::{Depth, Glyphs};
use crate::source::{self, Input, Pool, Require, Source, Task};
use crate::view;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;

/// Where standard output is no terminal and nothing else is said.
const SIZE: Size = Size { width: 80, height: 20 };

/// Prints the chart of every series that was selected. What cannot be read is said, and the rest printed.
pub(super) fn show(args: &args::Show, environment: &Environment) -> Result<(), Failure> {
    let depth = depth(args.look.color, environment);
    let mut model = model(args, environment, depth);
    let (mut first, mut failed) = (true, false);
    let mut inputs = inputs_said(&args.paths);
    if args.pool {
        inputs = vec![Input::Pool(Pool { key: args.select.key.clone(), inputs, require: Require::Readable })];
    }
    for input in inputs {
        let source = match source::open(&input, &Task::default()) {
            Ok(source) => source,
            Err(error) => {
                say(&error.to_string());
                failed = true;
                continue;
            }
        };
        warnings::problems(source.info());
        failed |= source.info().incomplete;
        model.sources = vec![source.info().clone()];
        let (selected, missing) = selected(source.info(), &args.select).unwrap_or_else(|error| {
            say(&error.to_string());
            (Vec::new(), true)
        });
        failed |= missing;
        for (index, step) in selected {
            match open(&model, &*source, (index, step), args) {
                Ok(open) => {
                    if let Some(words) = warnings::gaps(source.info(), index, &open.content) {
                        say(&words);
                    }
                    model.current = Some(open);
                    let chart = ansi::text(&view::sheet(&model, model.size), depth != Depth::None);
                    let gap = if first { "" } else { "\n" };
                    print(format!("{gap}{chart}").as_bytes())?;
                    first = false;
                }
                Err(error) => {
                    say(&series::located(source.info(), index, Some(step), error).to_string());
                    failed = true;
                }
            }
        }
    }
    if failed { Err(Failure::Said) } else { Ok(()) }
}

/// The series and entries that were selected. A step that a series does not have is said; whether there was one.
fn selected(info: &SourceInfo, select: &Select) -> Result<(Vec<(usize, usize)>, bool), Error> {
    let found = series::matching(info, select.key.as_deref())?;
    if found.is_empty() {
        return Err(series::nothing(info));
    }
    let (mut selected, mut failed) = (Vec::new(), false);
    for index in found {
        match series::entries(info, index, select.step) {
            Ok(steps) => selected.extend(steps.map(|step| (index, step))),
            Err(error) => {
                say(&error.to_string());
                failed = true;
            }
        }
    }
    Ok((selected, failed))
}

/// What the look asks for, with nothing open.
fn model(args: &args::Show, environment: &Environment, depth: Depth) -> Model {
    let mut settings = environment.settings_said(depth);
    let look = &args.look;
    if look.ascii {
        settings.glyphs = Glyphs::Ascii;
    }
    let default = if io::stdout().is_terminal() { terminal() } else { SIZE };
    let size = Size { width: look.width.unwrap_or(default.width), height: look.height.unwrap_or(default.height) };
    let mut model = Model::new(size, settings, 0);
    model.chart.log_counts = look.log;
    model.chart.measure = match look.normalize {
        Some(measure) => measure.into(),
        None if args.binning.density => Measure::Density,
        None => Measure::Count,
    };
    model
}

/// The terminal's size, with a line left for what is typed next.
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

/// Reads a series and counts it.
fn open(
    model: &Model,
    source: &dyn Source,
    (index, step): (usize, usize),
    args: &args::Show,
) -> Result<Current, Error> {
    let content = source.load(index, step, &Task::default())?;
    series::check(&content)?;
    let spec = args.binning.spec(first_bins(&model.settings, content.kind()));
    let policy = Policy { cap_rules: false, ..model.policy() };
    let shown = look(&content, &spec, policy, &Task::default())?;
    let stats = match &content {
        Content::Raw(population) => Some(population.stats(&Task::default())?),
        Content::Logged(logged) => logged.histogram.to_hist().ok().map(|histogram| Stats::of_histogram(&histogram)),
    };
    let entry = EntryId { source: 0, series: index, step };
    Ok(Current {
        entry,
        content,
        shown: Ok(Arc::new(shown)),
        state: State::of_source(spec),
        stats,
        counting: false,
        exact: None,
    })
}
