//! The files of an export: one for each series and step. All names are checked before the first file is written.

use super::figure::Figures;
use crate::catalog::{Series, SourceInfo};
use crate::cli::exit::{Failure, report};
use crate::cli::output::{self, is_stream};
use crate::cli::series;
use crate::error::Error;
use crate::export::Format;
use crate::export::name::{distinct, expand, has_key, is_pattern, safe};
use crate::wandb::with_suffix;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A file to write.
pub(super) struct Target {
    /// Index of its source.
    pub(super) source: usize,
    pub(super) series: usize,
    /// `None` for all entries in one figure.
    pub(super) entry: Option<usize>,
    /// Name of the content in messages.
    pub(super) label: String,
    pub(super) path: PathBuf,
}

/// All files of an export.
pub(super) struct Targets {
    pub(super) all: Vec<Target>,
    /// True if a selected step does not exist. The error has been reported.
    pub(super) failed: bool,
    /// Series whose file name has a number, because another series has the same name: key and name.
    pub(super) renamed: Vec<(String, String)>,
}

/// Returns the files to write.
///
/// # Errors
/// [`Error::Select`] if a series or step does not exist, or if two files would have the same name; [`Error::Exists`].
pub(super) fn targets(sources: &[Figures<'_>]) -> Result<Targets, Failure> {
    let mut targets = Targets { all: Vec::new(), failed: false, renamed: Vec::new() };
    let (mut output, mut force) = ("", false);
    for (source, figures) in sources.iter().enumerate() {
        (output, force) = (figures.output, figures.args.force);
        if is_pattern(output) {
            targets.add(source, figures, sources.len() > 1)?;
        } else {
            let index = series::single(figures.source.info(), figures.args.select.key.as_deref())?;
            let path = with_extension(figures, output.to_owned());
            targets.all.push(target(source, figures.source.info(), index, figures.single_entry(index)?, path));
        }
    }
    if targets.all.is_empty() {
        let empty = || sources.first().map(|figures| series::empty_source(figures.source.info()).into());
        return Err(if targets.failed { Failure::Reported } else { empty().unwrap_or(Failure::Reported) });
    }
    check_names(&targets.all, output)?;
    check_existing(&targets.all, force)?;
    Ok(targets)
}

impl Targets {
    /// Adds the files of a source. If there are `several`, one without a selected series is reported.
    fn add(&mut self, source: usize, figures: &Figures<'_>, several: bool) -> Result<(), Failure> {
        let (info, output) = (figures.source.info(), figures.output);
        let run = safe(&figures.run);
        let matching = match series::matching(info, figures.args.select.key.as_deref()) {
            Err(error) if several => {
                report(&error.to_string());
                self.failed = true;
                return Ok(());
            }
            matching => matching?,
        };
        let names = distinct(matching.iter().map(|index| series_name(info, *index)));
        for (index, name) in matching.into_iter().zip(names) {
            if has_key(output) && name != safe(&series_name(info, index)) {
                self.renamed.push((info.name_of(index), name.clone()));
            }
            let entries = match figures.entries(index) {
                Ok(entries) => entries,
                Err(error) => {
                    report(&error.to_string());
                    self.failed = true;
                    continue;
                }
            };
            // A resumed run may have logged a step more than once.
            let mut times: HashMap<String, usize> = HashMap::new();
            self.all.extend(entries.into_iter().map(|entry| {
                let mut step = entry.map_or("all".into(), |entry| series::step_name(info, index, entry));
                let time = times.entry(step.clone()).and_modify(|time| *time += 1).or_insert(1);
                if *time > 1 {
                    step = format!("{step}-{time}");
                }
                target(source, info, index, entry, with_extension(figures, expand(output, &run, &name, &step)))
            }));
        }
        Ok(())
    }
}

fn target(source: usize, info: &SourceInfo, series: usize, entry: Option<usize>, path: String) -> Target {
    let label = entry.map_or_else(|| info.name_of(series), |entry| series::entry_name(info, series, entry));
    Target { source, series, entry, label, path: PathBuf::from(path) }
}

/// Adds the extension of the format, except to the name of a device or pipe.
pub(super) fn with_extension(figures: &Figures<'_>, name: String) -> String {
    let extension = figures.format.extension();
    let has_extension = name.to_ascii_lowercase().ends_with(&format!(".{extension}"));
    let is_device = is_stream(Path::new(&name)) || fs::metadata(&name).is_ok_and(|at| !at.is_file() && !at.is_dir());
    match figures.format {
        _ if is_device => name,
        Format::Json => with_suffix(&name, extension, figures.settings.artifact_type),
        _ if has_extension => name,
        _ => format!("{name}.{extension}"),
    }
}

/// Returns the key of a series, or the file name of its source if the key is empty.
fn series_name(info: &SourceInfo, index: usize) -> String {
    let key = info.series.get(index).map(Series::key).unwrap_or_default();
    if key.is_empty() { file_stem(info) } else { key }
}

/// Returns the name of the run, or the file name of a source that is not a run.
pub(super) fn run_name(info: &SourceInfo) -> String {
    info.run.as_ref().map_or_else(|| file_stem(info), |run| run.name.clone())
}

pub(super) fn file_stem(info: &SourceInfo) -> String {
    Path::new(&info.name).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Returns an error if two files would have the same name.
fn check_names(targets: &[Target], output: &str) -> Result<(), Error> {
    let mut known: HashMap<&Path, &Target> = HashMap::new();
    for target in targets {
        if let Some(other) = known.insert(&target.path, target) {
            let remedy = if other.source != target.source {
                "rename one of the runs, or export them one at a time"
            } else if other.series == target.series {
                "add {step} to NAME, or choose a step with --step"
            } else if has_key(output) {
                "separate {key} and {step} in NAME, or choose a series with --key"
            } else {
                "add {key} to NAME, or choose a series with --key"
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

/// Returns an error if a file cannot be written because of its type, or if it exists, unless `force` is set.
fn check_existing(targets: &[Target], force: bool) -> Result<(), Error> {
    for target in targets {
        output::check(&target.path)?;
    }
    let exists = |target: &&Target| !is_stream(&target.path) && fs::metadata(&target.path).is_ok_and(|at| at.is_file());
    let existing: Vec<&Target> = targets.iter().filter(exists).collect();
    let Some(first) = existing.first().filter(|_| !force) else { return Ok(()) };
    let more = if existing.len() > 1 { format!(" and {} more", existing.len() - 1) } else { String::new() };
    Err(Error::Exists { what: format!("{}{more}", first.path.display()) })
}
