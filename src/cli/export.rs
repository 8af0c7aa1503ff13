//! `rebin export`: one histogram as `wandb.Histogram` writes it, or as a table.

use super::environment::Environment;
use super::failure::Failure;
use super::output::{print, say};
use super::typed::{self, Format};
use super::{expanded_to_one, note, series};
use crate::app::first_bins;
use crate::catalog::Content;
use crate::document::save::{Overwrite, write_new};
use crate::document::{Certainty, Choice, Lens, Policy, Shown, look};
use crate::engine::{Cancel, Population};
use crate::error::Error;
use crate::hist::scale::counted;
use crate::hist::{self, Bins, DType, Numbers};
use crate::settings::Settings;
use crate::source::{self, Work};
use crate::wandb::{self, number_text, with_suffix};
use std::fmt::Write as _;
use std::path::Path;

/// Writes the histogram of the series that was selected.
pub(super) fn export(typed: &typed::Export, environment: &Environment) -> Result<(), Failure> {
    let mut settings = environment.settings_said(environment.depth);
    typed.naming.apply(&mut settings);

    let source = source::open(&expanded_to_one(&typed.path)?, &Work::default())?;
    let info = source.info();
    note::problems(info);
    let index = series::single(info, typed.select.key.as_deref())?;
    let (_, content) = series::load(&*source, index, &typed.select)?;
    note::gaps(info, index, &content);
    let histogram = histogram(&series::name(info, index), &content, typed, &settings)?;
    write(&histogram, typed, &settings)
}

/// What is written: as logged where nothing was asked for, else counted or redistributed.
fn histogram(
    name: &str,
    content: &Content,
    typed: &typed::Export,
    settings: &Settings,
) -> Result<wandb::Histogram, Error> {
    let lens = typed.binning.lens(first_bins(settings, content));
    let shown = match content {
        Content::Logged(logged) if lens == Lens::new(Choice::Logged) && !typed.binning.density => {
            return Ok(few(name, wandb::Histogram::clone(&logged.histogram)));
        }
        Content::Raw(population) if population.summary().finite() < population.summary().n => {
            count_as_numpy(population, content, &lens, settings)?
        }
        _ => look(content, &lens, policy(settings), &Cancel::default())?,
    };
    note::outside(name, content, &shown);
    note::approximate(name, &shown);
    let histogram = few(name, wandb::Histogram::from_hist(&shown.histogram)?);
    if !typed.binning.density {
        return Ok(histogram);
    }
    let dtype = match content {
        Content::Raw(population) if !matches!(lens.bins, Choice::Edges(_)) => population.samples().dtype(),
        _ => DType::F64,
    };
    let density = Numbers::floats(histogram.to_hist()?.density(dtype));
    Ok(wandb::Histogram::from_np_histogram(density, histogram.bins().clone())?)
}

/// As many bins as a histogram may have.
fn few(name: &str, histogram: wandb::Histogram) -> wandb::Histogram {
    let (bins, most) = (histogram.values().len(), wandb::Histogram::MAX_LENGTH);
    if bins > most {
        say(&format!("{name}: {} are written as {most}", counted(bins as u64, "logged bin")));
    }
    histogram.reduced()
}

fn policy(settings: &Settings) -> Policy {
    Policy { rounding: settings.rounding, cap_rules: false }
}

/// Counts values of which some are not finite. numpy has no range for them, but counts infinities between infinite
/// edges; the interface is milder.
fn count_as_numpy(
    population: &Population,
    content: &Content,
    lens: &Lens,
    settings: &Settings,
) -> Result<Shown, Error> {
    let count = |bins| hist::histogram(population.samples(), &bins, None);
    match (&lens.bins, lens.range) {
        (Choice::Edges(edges), _) => {
            let histogram = count(Bins::Edges(edges.clone()))?;
            Ok(Shown { histogram, certainty: Certainty::Exact, below: 0.0, above: 0.0, notice: None })
        }
        (_, None) => {
            let bins = i64::from(lens.bins != Choice::Count(0));
            let refused = count(Bins::Count(bins)).err().map_or(String::new(), |error| error.to_string());
            Err(Error::Value(format!("{refused}; leave NaN and inf out with --range LO,HI")))
        }
        (_, Some(_)) => look(content, lens, policy(settings), &Cancel::default()),
    }
}

fn write(histogram: &wandb::Histogram, typed: &typed::Export, settings: &Settings) -> Result<(), Failure> {
    let named = Path::new(&typed.output).extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let format = typed.format.unwrap_or(if named { Format::Csv } else { Format::Json });
    let to_stdout = typed.output == "-";
    let (text, name) = match format {
        Format::Json if to_stdout => (histogram.to_json() + "\n", typed.output.clone()),
        Format::Json => (histogram.to_json(), with_suffix(&typed.output, "json", settings.artifact_type)),
        Format::Csv => (csv(histogram, typed.binning.density), typed.output.clone()),
    };
    if to_stdout {
        return print(text.as_bytes());
    }
    let overwrite = if typed.force { Overwrite::Allow } else { Overwrite::Refuse };
    write_new(Path::new(&name), text.as_bytes(), overwrite)?;
    if name != typed.output {
        say(&format!("wrote {name}"));
    }
    Ok(())
}

/// A row for each bin.
fn csv(histogram: &wandb::Histogram, density: bool) -> String {
    let mut rows = format!("left,right,{}\n", if density { "density" } else { "count" });
    let edges: Vec<String> = histogram.bins().iter().map(number_text).collect();
    for (bin, value) in edges.windows(2).zip(histogram.values().iter()) {
        // Writing to a string cannot fail.
        let _ = writeln!(rows, "{},{}", bin.join(","), number_text(value));
    }
    rows
}
