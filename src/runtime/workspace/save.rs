//! Saving histograms, exporting, and the paths that the user types for them.

use super::{Workspace, recovery};
use crate::app::effect::{Exported, Saved};
use crate::app::{PendingExport, PendingSave, SaveTo};
use crate::catalog::Stamp;
use crate::document::save::{Overwrite, Replacement, RewrittenFile, locate, original_text, replace, write_new};
use crate::error::Error;
use crate::source::Input;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

/// Maximum number of path completions.
const MAX_COMPLETIONS: usize = 50;

impl Workspace {
    pub(super) fn save(&self, savings: &[PendingSave]) -> Result<Saved, Error> {
        let [PendingSave { histogram, to, entry, .. }, ..] = savings else {
            return Err(Error::Value("there is nothing to save".into()));
        };
        let (path, overwrite) = match to {
            SaveTo::InPlace { origin } | SaveTo::Restore { origin } => {
                return self.save_in_place(entry.source, &origin.path, savings);
            }
            SaveTo::NewFile { path, overwrite: true } => (path, Overwrite::Allow),
            SaveTo::NewFile { path, overwrite: false } => (path, Overwrite::Refuse),
            SaveTo::SavedFile { path, stamp } => (path, Overwrite::IfStill(*stamp)),
        };
        let path = expand_home(path);
        if self.is_larger_document(&path) {
            let why = "the file is open and contains more than this histogram; save under another name";
            return Err(Error::write_file(&path, why));
        }
        let text = histogram.to_json();
        let lost = write_new(&path, text.as_bytes(), overwrite)?;
        Ok(Saved { path, stamp: Some(Stamp::of(text.as_bytes())), lost })
    }

    /// Replaces histograms in the file that a source was read from.
    fn save_in_place(&self, source: usize, path: &Path, savings: &[PendingSave]) -> Result<Saved, Error> {
        let changes = self.changes(source);
        let mut changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = Vec::new();
        for PendingSave { histogram, to, .. } in savings {
            let (span, replacement) = match to {
                SaveTo::InPlace { origin } => (origin, Replacement::Histogram(histogram)),
                SaveTo::Restore { origin: span } => {
                    let text = original_text(&changes, span);
                    let text = text.ok_or_else(|| Error::Changed { what: path.display().to_string() })?;
                    (span, Replacement::Original { text, span })
                }
                SaveTo::NewFile { .. } | SaveTo::SavedFile { .. } => continue,
            };
            parts.push((locate(&changes, span), replacement));
        }
        let rewritten = replace(path, &parts)?;
        self.follow_rewritten(source, &rewritten);
        changes.extend(rewritten.changes);
        self.remember_version(source, recovery::version_of(path));
        Ok(Saved { path: path.to_owned(), stamp: None, lost: rewritten.lost })
    }

    /// Lets a source that follows a growing file continue in the file that replaced it.
    fn follow_rewritten(&self, index: usize, rewritten: &RewrittenFile) {
        let offset = |byte| rewritten.changes.iter().fold(byte, |byte, change| change.offset(byte));
        while let Ok(old) = self.source(index) {
            let Some(new) = old.rewritten(&rewritten.text, &offset) else { return };
            // The watcher may have refreshed the old source in the meantime. Then try again.
            if let Some((_, slot)) = self.sources().get_mut(index).filter(|(_, now)| Arc::ptr_eq(now, &old)) {
                *slot = new;
                return;
            }
        }
    }

    /// Returns true if the path is an open file that contains more than one histogram.
    fn is_larger_document(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else { return false };
        // A clone, because a disk that does not respond must not keep the lock.
        let sources = self.sources().clone();
        sources.iter().any(|(input, source)| {
            let single = matches!(&source.info().series[..], [only] if only.path.is_empty() && only.steps.len() == 1);
            let same = matches!(input, Input::Path(open) if open.canonicalize().is_ok_and(|open| open == path));
            same && !single
        })
    }
}

/// Writes an exported file.
pub(super) fn export(exporting: &PendingExport) -> Result<Exported, Error> {
    let bytes = exporting.export.bytes(exporting.kind.format)?;
    let path = expand_home(&exporting.path);
    let lost = write_new(&path, &bytes, if exporting.overwrite { Overwrite::Allow } else { Overwrite::Refuse })?;
    Ok(Exported { path, bytes: bytes.len(), lost })
}

/// Replaces a leading `~` with the user's home directory, like a shell.
fn expand_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// Returns the paths that begin with the typed text. Directories end with a slash.
pub(super) fn completions(typed: &str) -> Vec<String> {
    let (parent, start) =
        typed.rsplit_once('/').map_or(("", typed), |(parent, start)| (&typed[..=parent.len()], start));
    let listed = std::fs::read_dir(expand_home(Path::new(if parent.is_empty() { "." } else { parent })));
    let mut paths: Vec<String> = listed
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && !start.starts_with('.');
            let slash = if entry.path().is_dir() { "/" } else { "" };
            (name.starts_with(start) && !hidden).then(|| format!("{parent}{name}{slash}"))
        })
        .collect();
    paths.sort();
    paths.truncate(MAX_COMPLETIONS);
    paths
}
