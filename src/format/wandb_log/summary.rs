//! The summary of a run: which histograms it holds that were never logged in a row.
//!
//! A writer repeats every histogram of a row in a summary record before the row. Those are not entries; what no row
//! has is worth telling, so that it is not missed in silence.

use super::history;
use crate::format::protobuf::{Fields, Malformed, Value};
use crate::format::series::SeriesIndex;
use std::collections::{BTreeSet, HashSet};

/// The paths of all histograms of the summary.
#[derive(Debug, Clone, Default)]
pub(super) struct Summary(BTreeSet<Vec<String>>);

impl Summary {
    /// Takes in a summary record: its updates, and then what it removes.
    pub(super) fn take(&mut self, record: &[u8]) -> Result<(), Malformed> {
        history::histograms(record, &mut |path| _ = self.0.insert(path.iter().map(text).collect()))?;
        let mut labels = Vec::new();
        for field in Fields::of(record) {
            if let (2, Value::Bytes(item)) = field? {
                history::item(item, &mut labels)?;
                let removed: Vec<_> = labels.iter().map(text).collect();
                self.0.retain(|path| !path.starts_with(&removed));
            }
        }
        Ok(())
    }

    /// The keys of those that no row holds.
    pub(super) fn alone(&self, logged: &[SeriesIndex]) -> Vec<String> {
        let logged: HashSet<_> = logged.iter().map(|series| &series.path).collect();
        self.0.iter().filter(|path| !logged.contains(path)).map(|path| path.join(".")).collect()
    }
}

fn text(label: &&[u8]) -> String {
    String::from_utf8_lossy(label).into_owned()
}
