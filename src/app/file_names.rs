//! File names: proposals for prompts, and the paths for typed names.

use super::exporting::{ExportKind, ExportScope};
use super::over_steps::step_name;
use super::{Model, View};
use crate::catalog::{EntryId, Series};
use crate::export::Format;
use crate::export::name::safe;
use crate::wandb::with_suffix;
use std::path::{Path, PathBuf};

/// Returns the proposed name for an entry: its key, or else the stem of its source, without path separators.
pub fn proposed_name(model: &Model, entry: Option<EntryId>) -> String {
    let Some(entry) = entry else { return "histogram".into() };
    let key = model.series(entry).map(Series::key).unwrap_or_default();
    let source = model.sources.get(entry.source).map(|source| source.name.as_str()).unwrap_or_default();
    let stem = Path::new(source).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = safe(&if key.is_empty() { stem } else { key });
    let path = json_path(model, &name);
    // Another step of the series was saved under this name.
    if !model.saved_files.iter().any(|(at, (saved, _))| *at != entry && *saved == path) {
        return name;
    }
    let number = model.series(entry).and_then(|series| series.steps.number(entry.index));
    number.map_or_else(|| format!("{name}.{}", entry.index), |number| format!("{name}.{number}"))
}

/// Returns the path to save an entry to, for a typed name. An empty name or a directory gets the proposed name.
pub fn save_path(model: &Model, entry: Option<EntryId>, typed: &str) -> PathBuf {
    let typed = typed.trim();
    let is_directory = typed.is_empty() || typed.ends_with('/');
    let name = if is_directory { format!("{typed}{}", proposed_name(model, entry)) } else { typed.to_owned() };
    json_path(model, &name)
}

/// Adds the suffix that the settings require for saved histograms.
fn json_path(model: &Model, name: &str) -> PathBuf {
    PathBuf::from(with_suffix(name, "json", model.settings.artifact_type))
}

/// Returns the proposed name for an export: the series, its step if it has several, and the extension.
pub fn proposed_export_name(model: &Model, kind: ExportKind) -> String {
    let entry = model.current.as_ref().map(|current| current.entry);
    let name = proposed_name(model, entry);
    let step = entry.filter(|_| model.step_count() > 1).map(|entry| step_name(model, entry.index));
    let stem = match step.map_or_else(|| name.clone(), |step| format!("{name}.{step}")) {
        _ if kind.over_steps() && model.chart.view == View::Lines => format!("{name}.{}", model.lines.statistic),
        _ if kind.over_steps() => format!("{name}.steps"),
        shown if kind.scope == ExportScope::Values => format!("{shown}.values"),
        shown => shown,
    };
    with_extension(model, kind, &stem)
}

/// Returns the path to export to, for a typed name. An empty name or a directory gets the proposed name.
pub fn export_path(model: &Model, kind: ExportKind, typed: &str) -> PathBuf {
    let typed = typed.trim();
    PathBuf::from(match typed {
        "" => proposed_export_name(model, kind),
        directory if directory.ends_with('/') => format!("{directory}{}", proposed_export_name(model, kind)),
        name => with_extension(model, kind, name),
    })
}

fn with_extension(model: &Model, kind: ExportKind, name: &str) -> String {
    match kind.format {
        Format::Json => with_suffix(name, "json", model.settings.artifact_type),
        format if Format::of_name(name) == Some(format) => name.to_owned(),
        format => format!("{name}.{}", format.extension()),
    }
}
