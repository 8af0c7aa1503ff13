//! `rebin show`: charts as text.

use super::environment::Environment;
use super::failure::Failure;
use super::output::{print, say};
use super::typed::{self, Color, Select};
use super::{inputs_said, note, paint, series};
use crate::app::{Model, Open, Size, first_bins};
use crate::catalog::{Content, Place, SourceInfo};
use crate::document::{Policy, State, look};
use crate::error::Error;
use crate::hist::{Measure, Stats};
use crate::settings::{Depth, Glyphs};
use crate::source::{self, Demand, Input, Pool, Source, Work};
use crate::view;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;

/// Where standard output is no terminal and nothing else is said.
const SIZE: Size = Size { width: 80, height: 20 };

/// Prints the chart of every series that was selected. What cannot be read is said, and the rest printed.
pub(super) fn show(typed: &typed::Show, environment: &Environment) -> Result<(), Failure> {
    let depth = depth(typed.look.color, environment);
    let mut model = model(typed, environment, depth);
    let (mut first, mut failed) = (true, false);
    let mut inputs = inputs_said(&typed.paths);
    if typed.pool {
        inputs = vec![Input::Pool(Pool { key: typed.select.key.clone(), inputs, demand: Demand::Readable })];
    }
    for input in inputs {
        let source = match source::open(&input, &Work::default()) {
            Ok(source) => source,
            Err(error) => {
                say(&error.to_string());
                failed = true;
                continue;
            }
        };
        note::problems(source.info());
        failed |= source.info().lacking;
        model.sources = vec![source.info().clone()];
        let (selected, missing) = selected(source.info(), &typed.select).unwrap_or_else(|error| {
            say(&error.to_string());
            (Vec::new(), true)
        });
        failed |= missing;
        for (index, step) in selected {
            match open(&model, &*source, (index, step), typed) {
                Ok(open) => {
                    if let Some(words) = note::gaps(source.info(), index, &open.content) {
                        say(&words);
                    }
                    model.open = Some(open);
                    let chart = paint::text(&view::sheet(&model, model.size), depth != Depth::None);
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
fn model(typed: &typed::Show, environment: &Environment, depth: Depth) -> Model {
    let mut settings = environment.settings_said(depth);
    let look = &typed.look;
    if look.ascii {
        settings.glyphs = Glyphs::Ascii;
    }
    let default = if io::stdout().is_terminal() { terminal() } else { SIZE };
    let size = Size { width: look.width.unwrap_or(default.width), height: look.height.unwrap_or(default.height) };
    let mut model = Model::new(size, settings, 0);
    model.chart.log_counts = look.log;
    model.chart.measure = match look.normalize {
        Some(measure) => measure.into(),
        None if typed.binning.density => Measure::Density,
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
fn open(model: &Model, source: &dyn Source, (index, step): (usize, usize), typed: &typed::Show) -> Result<Open, Error> {
    let content = source.load(index, step, &Work::default())?;
    series::check(&content)?;
    let lens = typed.binning.lens(first_bins(&model.settings, content.kind()));
    let policy = Policy { cap_rules: false, ..model.policy() };
    let shown = look(&content, &lens, policy, &Work::default())?;
    let stats = match &content {
        Content::Raw(population) => Some(population.stats(&Work::default())?),
        Content::Logged(logged) => logged.histogram.to_hist().ok().map(|histogram| Stats::of_histogram(&histogram)),
    };
    let place = Place { source: 0, series: index, step };
    Ok(Open {
        place,
        content,
        shown: Ok(Arc::new(shown)),
        state: State::of_source(lens),
        stats,
        counting: false,
        exact: None,
    })
}
