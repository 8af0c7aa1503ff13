//! The way series are looked at, kept between sessions: bins, range and scales.
//!
//! Nothing here is work: an unreadable line is left out without a message. Not here: reading and writing the file.

#[cfg(test)]
mod tests;

use super::{BinSpec, members};
use crate::hist::Measure;
use crate::hist::scale::Scale;
use crate::json::{self, Node};
use crate::text::json_string;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Maximum number of series to keep. The ones that were looked at longest ago are dropped.
const MAX_SERIES: usize = 1000;
/// Maximum length of a line in bytes. A long list of edges is not kept.
const MAX_LINE: usize = 4096;
/// Maximum size of the file in bytes.
pub const MAX_SIZE: usize = MAX_SERIES * MAX_LINE;

/// Scales of the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scales {
    pub values: Scale,
    pub log_counts: bool,
    pub measure: Measure,
}

/// The way one series is looked at. `None` is the default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeriesView {
    pub spec: Option<BinSpec>,
    pub scales: Option<Scales>,
}

/// A series: the absolute path of its source, and the labels of its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ViewKey {
    pub source: String,
    pub series: Vec<String>,
}

/// The way series are looked at.
#[derive(Debug, Clone, Default)]
pub struct Views {
    /// Each view with its age: the larger the number, the newer.
    all: BTreeMap<ViewKey, (u64, SeriesView)>,
    newest: u64,
}

impl Views {
    /// Decodes the lines of a file, the oldest first.
    pub fn decode(text: &[u8]) -> Self {
        let mut views = Self::default();
        for line in text.split(|byte| *byte == b'\n').filter(|line| line.len() <= MAX_LINE) {
            let item = json::parse(line).ok();
            if let Some((key, view)) = item.and_then(|item| decode_line(&item.node).ok()) {
                views.set(key, view);
            }
        }
        views
    }

    /// Encodes the newest views, one line each, the oldest first.
    pub fn encode(&self) -> String {
        let mut lines: Vec<_> = self.all.iter().map(|(key, (age, view))| (*age, key, view)).collect();
        lines.sort_unstable_by_key(|(age, ..)| *age);
        let kept = lines.len().saturating_sub(MAX_SERIES);
        let lines = lines.into_iter().skip(kept).map(|(_, key, view)| line(key, view));
        lines.filter(|line| line.len() <= MAX_LINE).collect()
    }

    /// Returns the view of a series.
    pub fn get(&self, key: &ViewKey) -> Option<&SeriesView> {
        self.all.get(key).map(|(_, view)| view)
    }

    /// Sets the view of a series, or removes it if it is the default.
    pub fn set(&mut self, key: ViewKey, view: SeriesView) {
        if view == SeriesView::default() {
            self.all.remove(&key);
            return;
        }
        self.newest += 1;
        self.all.insert(key, (self.newest, view));
    }
}

fn line(ViewKey { source, series }: &ViewKey, SeriesView { spec, scales }: &SeriesView) -> String {
    let labels: Vec<String> = series.iter().map(|label| json_string(label)).collect();
    let mut line = format!("{{\"source\": {}, \"series\": [{}]", json_string(source), labels.join(", "));
    if let Some(BinSpec { bins, range, spacing }) = spec {
        let (bins, range) = (members::bins_text(bins.as_ref()), members::range_text(*range));
        let spacing = members::spacing_member(*spacing);
        let _ = write!(line, ", \"bins\": {bins}, \"range\": {range}{spacing}");
    }
    if let Some(Scales { values, log_counts, measure }) = scales {
        let (counts, measure) = (if *log_counts { "log" } else { "linear" }, measure.name());
        let values = values.name();
        let _ = write!(line, ", \"values\": \"{values}\", \"counts\": \"{counts}\", \"measure\": \"{measure}\"");
    }
    line + "}\n"
}

fn decode_line(node: &Node) -> Result<(ViewKey, SeriesView), String> {
    let source = members::text(node, "source")?.to_owned();
    let series = members::labels(node, "series")?;
    let spec = match node.get("bins") {
        None => None,
        Some(bins) => {
            let range = members::range(&members::member(node, "range")?.node)?;
            Some(BinSpec { bins: members::bins(&bins.node)?, range, spacing: members::spacing(node)? })
        }
    };
    let scales = match node.get("values") {
        None => None,
        Some(_) => {
            let (values, measure) = (members::text(node, "values")?, members::text(node, "measure")?);
            let measures = [Measure::Count, Measure::Density, Measure::Probability];
            Some(Scales {
                values: Scale::parse(values).ok_or(values)?,
                log_counts: members::text(node, "counts")? == "log",
                measure: measures.into_iter().find(|known| known.name() == measure).ok_or(measure)?,
            })
        }
    };
    Ok((ViewKey { source, series }, SeriesView { spec, scales }))
}
