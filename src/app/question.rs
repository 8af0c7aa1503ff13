//! Questions: their wording and the keys that answer them.

use super::{Model, PendingSave, PendingWrite, SaveTo};
use crate::document::journal::count_edited;
use crate::error::Error;
use crate::text::{format_count, plural};
use std::path::PathBuf;

/// The keys that answer a question, each with a label.
type Answers = &'static [(&'static str, &'static str)];

/// A question that is answered with one key.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Quit with unsaved changes?
    Quit,
    /// Save fewer bins than are shown?
    Reduce(SaveTo),
    /// Restore the unsaved changes of an earlier session?
    RecoverableSession { source: usize },
    /// Overwrite a file that has changed since the edit was made?
    StaleEdit(SaveTo),
    /// Overwrite an existing file?
    Exists { path: PathBuf, pending: PendingWrite },
    /// Delete out-of-range counts from the file that they were read from?
    OutOfRange(Vec<PendingSave>),
    /// The file changed while it was open. `overwrite` names the file if it contains only this histogram and can be
    /// replaced.
    Changed { pending: Vec<PendingSave>, error: Error, overwrite: Option<PathBuf> },
}

impl Question {
    /// Returns the wording of the question and its answers.
    pub fn text(&self, model: &Model) -> (String, Answers) {
        match self {
            Self::Reduce(_) => {
                let words = model.reduction().unwrap_or_else(|| "save?".into());
                (words, &[("s", "save"), ("S", "save as"), ("Esc", "cancel")])
            }
            Self::StaleEdit(_) => (
                "the file has changed since this edit; saving will overwrite the new version".into(),
                &[("o", "overwrite"), ("S", "save as"), ("Esc", "cancel")],
            ),
            Self::RecoverableSession { source } => {
                let name = model.sources.get(*source).map(|source| source.name.as_str()).unwrap_or_default();
                let session = model.recovery.sessions.get(source);
                let count = plural(session.map_or(0, |session| count_edited(&session.entries) as u64), "histogram");
                let changed =
                    if session.is_some_and(|session| session.changed) { "; the file has changed" } else { "" };
                let damaged = if session.is_some_and(|session| session.damaged) { "; others are damaged" } else { "" };
                let words = format!("{name}: {count} unsaved from a session that ended unexpectedly{changed}{damaged}");
                (words, &[("r", "restore"), ("D", "discard"), ("Esc", "ask later")])
            }
            Self::Quit => {
                let words = format!("{} unsaved", plural(model.unsaved().len() as u64, "histogram"));
                (words, &[("q", "quit without saving"), ("s", "save all and quit"), ("Esc", "cancel")])
            }
            Self::Exists { path, .. } => (
                format!("{} already exists", path.display()),
                &[("o", "overwrite"), ("S", "use another name"), ("Esc", "cancel")],
            ),
            Self::OutOfRange(pending) => out_of_range(pending),
            Self::Changed { error, overwrite: Some(_), .. } => (
                error.to_string(),
                &[("o", "overwrite"), ("S", "save as"), ("r", "reload the file"), ("Esc", "cancel")],
            ),
            Self::Changed { pending, error, overwrite: None } => {
                let answers: Answers = &[("S", "save as"), ("r", "reload the file"), ("Esc", "cancel")];
                (error.to_string(), if pending.len() == 1 { answers } else { &answers[1..] })
            }
        }
    }
}

fn out_of_range(pending: &[PendingSave]) -> (String, Answers) {
    let affected = pending.iter().filter(|save| save.out_of_range != 0.0).count();
    let counts = format_count(pending.iter().map(|save| save.out_of_range).sum(), 1);
    match pending {
        [one] => {
            let file = one.to.path().file_name().unwrap_or_default().to_string_lossy();
            (
                format!("saving will delete {counts} out-of-range counts from {file}"),
                &[("y", "save only the range"), ("S", "save as"), ("Esc", "cancel")],
            )
        }
        _ => {
            let all = plural(pending.len() as u64, "histogram");
            let words = format!("saving will delete {counts} out-of-range counts from {affected} of {all}");
            (words, &[("y", "save only the ranges"), ("Esc", "cancel")])
        }
    }
}
