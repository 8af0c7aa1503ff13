//! Which files are written: one for each series and step, known and checked before the first is.

use super::figure::Figures;
use crate::catalog::{Series, SourceInfo};
use crate::cli::failure::Failure;
use crate::cli::{output, series};
use crate::error::Error;
use crate::export::Format;
use crate::export::name::{distinct, expand, has_key, is_pattern, safe};
use crate::wandb::with_suffix;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A file, and what it will hold.
pub(super) struct Target {
    pub(super) series: usize,
    /// `None`: all steps in one.
    pub(super) entry: Option<usize>,
    /// What it holds, for people.
    pub(super) label: String,
    pub(super) path: PathBuf,
}

/// The files that were asked for.
pub(super) struct Targets {
    pub(super) all: Vec<Target>,
    /// Something that was asked for is not among them, which was said.
    pub(super) failed: bool,
    /// Series whose names in files are not those that they would have alone: what people call them, and those names.
    pub(super) renamed: Vec<(String, String)>,
}

/// The files that were asked for.
///
/// # Errors
/// No such series or step; several for one name; files that exist already.
pub(super) fn targets(figures: &Figures<'_>) -> Result<Targets, Failure> {
    let (info, args, output) = (figures.source.info(), figures.args, &figures.output);
    let key = args.select.key.as_deref();
    if !is_pattern(output) {
        let index = series::single(info, key)?;
        let path = named(figures, output.clone());
        let targets = vec![target(info, index, figures.single_entry(index)?, path)];
        check_existing(&targets, args.force)?;
        return Ok(Targets { all: targets, failed: false, renamed: Vec::new() });
    }
    let (mut targets, mut failed, mut renamed) = (Vec::new(), false, Vec::new());
    let matching = series::matching(info, key)?;
    let names = distinct(matching.iter().map(|index| series_name(info, *index)));
    for (index, name) in matching.into_iter().zip(names) {
        if has_key(output) && name != safe(&series_name(info, index)) {
            renamed.push((info.name_of(index), name.clone()));
        }
        let entries = match figures.entries(index) {
            Ok(entries) => entries,
            Err(error) => {
                output::say(&error.to_string());
                failed = true;
                continue;
            }
        };
        // A run that was started again may have logged a step more than once.
        let mut times: HashMap<String, usize> = HashMap::new();
        targets.extend(entries.into_iter().map(|entry| {
            let mut step = entry.map_or("all".into(), |entry| series::step_name(info, index, entry));
            let time = times.entry(step.clone()).and_modify(|time| *time += 1).or_insert(1);
            if *time > 1 {
                step = format!("{step}-{time}");
            }
            target(info, index, entry, named(figures, expand(output, &name, &step)))
        }));
    }
    if targets.is_empty() {
        return Err(if failed { Failure::Said } else { series::nothing(info).into() });
    }
    check_names(&targets, output)?;
    check_existing(&targets, args.force)?;
    Ok(Targets { all: targets, failed, renamed })
}

fn target(info: &SourceInfo, series: usize, entry: Option<usize>, path: String) -> Target {
    let label = entry.map_or_else(|| info.name_of(series), |entry| series::entry_name(info, series, entry));
    Target { series, entry, label, path: PathBuf::from(path) }
}

/// With the end that files of the format have; a device or a pipe is called as it was typed.
fn named(figures: &Figures<'_>, name: String) -> String {
    let extension = figures.format.extension();
    let ends = name.to_ascii_lowercase().ends_with(&format!(".{extension}"));
    let is_device = fs::metadata(&name).is_ok_and(|at| !at.is_file() && !at.is_dir());
    match figures.format {
        _ if is_device => name,
        Format::Json => with_suffix(&name, extension, figures.settings.artifact_type),
        _ if ends => name,
        _ => format!("{name}.{extension}"),
    }
}

/// The key, or what the source's file is called where that is empty.
fn series_name(info: &SourceInfo, index: usize) -> String {
    let key = info.series.get(index).map(Series::key).unwrap_or_default();
    let stem = || Path::new(&info.name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    if key.is_empty() { stem().unwrap_or_default() } else { key }
}

/// No file may be two things.
fn check_names(targets: &[Target], output: &str) -> Result<(), Error> {
    let mut known: HashMap<&Path, &Target> = HashMap::new();
    for target in targets {
        if let Some(other) = known.insert(&target.path, target) {
            let remedy = if other.series == target.series {
                "put {step} into NAME, or choose one with --step"
            } else if has_key(output) {
                "put something between {key} and {step} in NAME, or choose one with --key"
            } else {
                "put {key} into NAME, or choose one with --key"
            };
            return Err(Error::Select(format!(
                "{} and {} would both be written to {}; {remedy}",
                other.label,
                target.label,
                target.path.display()
            )));
        }
    }
    Ok(())
}

/// Nothing is written where something is, unless it was asked for.
fn check_existing(targets: &[Target], force: bool) -> Result<(), Error> {
    let there = |target: &&Target| fs::metadata(&target.path).is_ok_and(|at| at.is_file() || at.is_dir());
    let taken: Vec<&Target> = targets.iter().filter(there).collect();
    let Some(first) = taken.first().filter(|_| !force) else { return Ok(()) };
    let more = if taken.len() > 1 { format!(" and {} more", taken.len() - 1) } else { String::new() };
    Err(Error::Exists { what: format!("{}{more}", first.path.display()) })
}
