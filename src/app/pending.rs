//! Files to be written: saves and exports, with everything needed to write them later.

use super::exporting::ExportKind;
use crate::catalog::{EntryId, FileSpan, Stamp};
use crate::document::State;
use crate::export::Export;
use crate::wandb;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A write that waits for a file name or an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum PendingWrite {
    Save(Box<PendingSave>),
    Export(Box<PendingExport>),
}

/// A histogram to save, captured when the save was requested. What the screen shows later does not matter.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingSave {
    pub entry: EntryId,
    /// The document state that this save writes. The user may edit on while it is written.
    pub state: State,
    pub histogram: Arc<wandb::Histogram>,
    /// The count outside the range, which is not written.
    pub out_of_range: f64,
    pub to: SaveTo,
}

/// A file to export, captured when the export was requested.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingExport {
    pub export: Arc<Export>,
    pub kind: ExportKind,
    pub path: PathBuf,
    pub overwrite: bool,
}

/// The target of a save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveTo {
    /// The file it was read from; only the histogram is replaced.
    InPlace { origin: FileSpan },
    /// The file it was read from; the original bytes of the histogram are restored.
    Restore { origin: FileSpan },
    /// A separate file. An existing one is kept unless `overwrite` is true.
    NewFile { path: PathBuf, overwrite: bool },
    /// The separate file of an earlier save, if its content is still what was written then.
    SavedFile { path: PathBuf, stamp: Stamp },
}

impl SaveTo {
    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        match self {
            Self::InPlace { origin } | Self::Restore { origin } => &origin.path,
            Self::NewFile { path, .. } | Self::SavedFile { path, .. } => path,
        }
    }
}
