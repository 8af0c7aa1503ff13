//! Which files are written: one for each series and step, known and checked before the first is.

use super::figure::Figures;
use crate::catalog::{Series, SourceInfo};
use crate::cli::failure::Failure;
use crate::cli::{output, series};
use crate::error::Error;
use crate::export::Format;
use crate::export::name::{expand, is_pattern};
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

/// The files that were asked for, and whether something that was is not among them (which is said).
///
/// # Errors
/// No such series or step; several for one name; files that exist already.
pub(super) fn targets(figures: &Figures<'_>) -> Result<(Vec<Target>, bool), Failure> {
    let (info, typed) = (figures.source.info(), figures.typed);
    let key = typed.select.key.as_deref();
    if !is_pattern(&typed.output) {
        let index = series::single(info, key)?;
        let path = named(figures, typed.output.clone());
        let target = target(info, index, figures.single_entry(index)?, path);
        check_existing(std::slice::from_ref(&target), typed.force)?;
        return Ok((vec![target], false));
    }
    let (mut targets, mut failed) = (Vec::new(), false);
    for index in series::matching(info, key)? {
        let entries = match figures.entries(index) {
            Ok(entries) => entries,
            Err(error) => {
                output::say(&format!("{}: {error}", info.name_of(index)));
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
            let path = named(figures, expand(&typed.output, &series_name(info, index), &step));
            target(info, index, entry, path)
        }));
    }
    if targets.is_empty() {
        return Err(if failed { Failure::Said } else { series::nothing(info).into() });
    }
    check_names(&targets)?;
    check_existing(&targets, typed.force)?;
    Ok((targets, failed))
}

fn target(info: &SourceInfo, series: usize, entry: Option<usize>, path: String) -> Target {
    let label = entry.map_or_else(|| info.name_of(series), |entry| series::entry_name(info, series, entry));
    Target { series, entry, label, path: PathBuf::from(path) }
}

/// With the end that files of the format have. A single file of no JSON is called as it was typed.
fn named(figures: &Figures<'_>, name: String) -> String {
    let extension = figures.format.extension();
    let ends = name.to_ascii_lowercase().ends_with(&format!(".{extension}"));
    match figures.format {
        Format::Json => with_suffix(&name, extension, figures.settings.artifact_type),
        _ if ends || !is_pattern(&figures.typed.output) => name,
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
fn check_names(targets: &[Target]) -> Result<(), Error> {
    let mut known: HashMap<&Path, &Target> = HashMap::new();
    for target in targets {
        if let Some(other) = known.insert(&target.path, target) {
            let remedy = if other.series == target.series {
                "put {step} into NAME, or choose one with --step"
            } else {
                "choose one with --key, or tell them apart by {key} and {step} in NAME"
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
