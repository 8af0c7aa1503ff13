//! The index of a log: which series there are, and where each of their entries lies in the file.

use std::collections::HashMap;

/// Where an entry's record lies. 16 bytes; with its step an entry takes 24.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Byte offset of the record in its file.
    pub at: u64,
    /// Bytes of the file that the record takes, framing included.
    pub len: u32,
    /// Which of the source's files.
    pub file: u32,
}

/// One series: the places of its entries, in order of logging.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeriesIndex {
    /// The unjoined labels of the key.
    pub path: Vec<String>,
    /// The logged step of each entry; its position where `stepless`.
    pub steps: Vec<i64>,
    pub rows: Vec<Row>,
    /// Whether some entry was logged without a step number.
    pub stepless: bool,
}

/// All series of a log, in order of their first entry, found again by their labels without allocating.
#[derive(Debug, Clone, Default)]
pub struct SeriesTable {
    series: Vec<SeriesIndex>,
    by_path: HashMap<Box<[u8]>, usize>,
    /// No entry has a later step.
    latest: Option<i64>,
    /// The encoded path that is being looked up.
    path: Vec<u8>,
}

impl SeriesTable {
    pub fn series(&self) -> &[SeriesIndex] {
        &self.series
    }

    /// Adds an entry to the series of that path. The same record twice is one entry; then the answer is false.
    pub(super) fn push<'l>(
        &mut self,
        labels: impl Iterator<Item = &'l [u8]> + Clone,
        step: Option<i64>,
        row: Row,
    ) -> bool {
        self.path.clear();
        for label in labels.clone() {
            self.path.extend((label.len() as u64).to_le_bytes());
            self.path.extend(label);
        }
        let index = self.by_path.get(&self.path[..]).copied().unwrap_or_else(|| {
            let path = labels.map(|label| String::from_utf8_lossy(label).into_owned()).collect();
            self.series.push(SeriesIndex { path, ..SeriesIndex::default() });
            self.by_path.insert(self.path.as_slice().into(), self.series.len() - 1);
            self.series.len() - 1
        });
        let series = &mut self.series[index];
        if series.rows.last() == Some(&row) {
            return false;
        }
        self.latest = self.latest.max(step);
        series.stepless |= step.is_none();
        series.steps.push(step.unwrap_or(series.rows.len() as i64));
        series.rows.push(row);
        true
    }

    /// Removes the entries whose step is `step` or later, and series that have no others; returns how many entries
    /// there were.
    pub(super) fn purge_from(&mut self, step: i64) -> usize {
        if self.latest < Some(step) {
            return 0;
        }
        self.latest = step.checked_sub(1);
        let mut purged = 0;
        for series in &mut self.series {
            let before = series.rows.len();
            let mut steps = series.steps.iter();
            series.rows.retain(|_| steps.next().is_some_and(|at| *at < step));
            series.steps.retain(|at| *at < step);
            purged += before - series.rows.len();
        }
        let mut kept = 0;
        let places: Vec<_> = self
            .series
            .iter()
            .map(|series| {
                kept += usize::from(!series.rows.is_empty());
                (!series.rows.is_empty()).then(|| kept - 1)
            })
            .collect();
        self.by_path.retain(|_, index| match places[*index] {
            Some(place) => {
                *index = place;
                true
            }
            None => false,
        });
        self.series.retain(|series| !series.rows.is_empty());
        purged
    }
}
