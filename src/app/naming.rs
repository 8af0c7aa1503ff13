//! What a saved histogram's file is called.

use super::Model;
use super::overlay::{Overlay, Writing};
use crate::catalog::Series;
use crate::export::name::safe;
use crate::wandb::with_suffix;
use std::path::{Path, PathBuf};

/// The name that is proposed: what the series is called, without anything that a path could be made of.
pub fn proposed_name(model: &Model) -> String {
    let refused = match model.overlays.last() {
        Some(Overlay::Prompt(prompt)) => match &prompt.writing {
            Some(Writing::Save(saving)) => Some(saving.entry),
            _ => None,
        },
        _ => None,
    };
    let Some(entry) = refused.or(model.current.as_ref().map(|current| current.entry)) else {
        return "histogram".into();
    };
    let key = model.series(entry).map(Series::key).unwrap_or_default();
    let source = model.sources.get(entry.source).map(|source| source.name.as_str()).unwrap_or_default();
    let stem = Path::new(source).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = safe(&if key.is_empty() { stem } else { key });
    let path = file(model, &name);
    // Another step of the series has that name already.
    if !model.saved_as.iter().any(|(at, (saved, _))| *at != entry && *saved == path) {
        return name;
    }
    let number = model.series(entry).and_then(|series| series.steps.number(entry.step));
    number.map_or_else(|| format!("{name}.{}", entry.step), |number| format!("{name}.{number}"))
}

/// With the suffix that a histogram's file must have.
fn file(model: &Model, name: &str) -> PathBuf {
    PathBuf::from(with_suffix(name, "json", model.settings.artifact_type))
}

/// The path that a typed name stands for: with the suffix that a histogram's file must have.
pub fn path_of(model: &Model, typed: &str) -> PathBuf {
    let typed = typed.trim();
    let is_folder = typed.is_empty() || typed.ends_with('/');
    let name = if is_folder { format!("{typed}{}", proposed_name(model)) } else { typed.to_owned() };
    file(model, &name)
}
