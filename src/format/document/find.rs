//! The search for histograms in parsed JSON.

use super::{JsonHistogram, JsonLayout, JsonSeries, Root, table, uhi};
use crate::engine::ALLOCATION;
use crate::error::{At, Problem};
use crate::json::{Item, Label, Member, Node, ReadProgress, Watch, path_text};
use crate::wandb;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Members of a histogram. All other members are preserved when it is rewritten.
const OWN_MEMBERS: [&str; 4] = ["_type", "values", "bins", "packedBins"];

/// The path from the root to a value, innermost label last. It lives on the stack, so a name is copied only when a
/// histogram is found.
#[derive(Debug, Clone, Copy)]
pub(in crate::format) enum Trail<'t> {
    Root,
    Member(&'t Trail<'t>, &'t str),
    Element(&'t Trail<'t>, usize),
}

impl Trail<'_> {
    pub(in crate::format) fn labels(&self) -> Vec<Label> {
        let (mut labels, last) = match self {
            Self::Root => return Vec::new(),
            Self::Member(parent, name) => (parent.labels(), Label::Name((*name).to_owned())),
            Self::Element(parent, index) => (parent.labels(), Label::Index(*index)),
        };
        labels.push(last);
        labels
    }

    /// Returns true if the path leads through an array.
    pub(in crate::format) fn in_array(&self) -> bool {
        match self {
            Self::Root => false,
            Self::Element(..) => true,
            Self::Member(parent, _) => parent.in_array(),
        }
    }
}

/// Collects the histograms of one root after another.
pub(super) struct Finder<'w> {
    layout: JsonLayout,
    series: Vec<JsonSeries>,
    /// Index in `series` of each path.
    paths: HashMap<Vec<String>, usize>,
    starts: HashSet<usize>,
    /// Number of records so far.
    records: usize,
    /// For each series, the number of the record that contains its last entry.
    last_record: Vec<usize>,
    /// Is informed about the memory of paths and problems, which the tree does not contain. A name may be in many paths.
    watch: Watch<'w>,
    /// Memory since the last report to `watch`.
    held: usize,
    /// True once `watch` stopped the search.
    stopped: bool,
}

/// Values that were logged together: a root, or a row of a table.
#[derive(Debug, Clone, Copy)]
struct JsonRecord {
    /// Number of the record, from 1.
    number: usize,
    /// Number of the line on which its root starts.
    line: u64,
    step: Option<i64>,
}

/// The path to a value, and the path that names its series. They differ in a table, where the column names the series.
#[derive(Clone, Copy)]
struct ValuePath<'t> {
    actual: &'t Trail<'t>,
    series: &'t Trail<'t>,
}

impl<'w> Finder<'w> {
    pub(super) fn new(layout: JsonLayout, watch: Watch<'w>) -> Self {
        Self {
            layout,
            series: Vec::new(),
            paths: HashMap::new(),
            starts: HashSet::new(),
            records: 0,
            last_record: Vec::new(),
            watch,
            held: 0,
            stopped: false,
        }
    }

    pub(super) fn into_parts(self) -> (Vec<JsonSeries>, HashSet<usize>) {
        (self.series, self.starts)
    }

    /// Adds the histograms of one root.
    pub(super) fn search(&mut self, root: &Root) {
        let record = self.begin(root.line, root.step);
        self.descend(record, &root.item, ValuePath { actual: &Trail::Root, series: &Trail::Root });
    }

    /// Reports memory now and then.
    fn hold(&mut self, bytes: usize) {
        self.held += bytes;
        if self.held >= REPORT_MEMORY {
            let held = std::mem::take(&mut self.held).cast_signed();
            self.stopped |= !(self.watch)(ReadProgress { read: 0, held });
        }
    }

    fn begin(&mut self, line: u64, step: Option<i64>) -> JsonRecord {
        self.records += 1;
        JsonRecord { number: self.records, line, step }
    }

    fn descend(&mut self, record: JsonRecord, item: &Item, path: ValuePath<'_>) {
        let ValuePath { actual, series } = path;
        match &item.node {
            node if is_histogram(node) => self.add(record, item, path),
            node if uhi::is_histogram(node) => self.add_uhi(record, item, path),
            Node::Object(members) => {
                if let Some((columns, rows)) = table(members) {
                    return self.table(record, &columns, rows, path);
                }
                for Member { name, value, .. } in members {
                    let path = ValuePath { actual: &Trail::Member(actual, name), series: &Trail::Member(series, name) };
                    self.descend(record, value, path);
                }
            }
            // Two lists inside an array are more likely to be two rows.
            Node::Array(items) if is_pair(items) && !matches!(actual, Trail::Element(..)) => {
                self.add(record, item, path);
            }
            Node::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let path =
                        ValuePath { actual: &Trail::Element(actual, index), series: &Trail::Element(series, index) };
                    self.descend(record, item, path);
                }
            }
            _ => {}
        }
    }

    /// Adds each row of a table as an entry of its columns. The position of a row is its only step.
    fn table(&mut self, record: JsonRecord, columns: &[Cow<'_, str>], rows: &[Item], path: ValuePath<'_>) {
        let data = Trail::Member(path.actual, "data");
        for (i, item) in rows.iter().enumerate() {
            let Node::Array(cells) = &item.node else { continue };
            let record = self.begin(record.line, None);
            let row = Trail::Element(&data, i);
            for ((j, cell), column) in cells.iter().enumerate().zip(columns) {
                let path = ValuePath { actual: &Trail::Element(&row, j), series: &Trail::Member(path.series, column) };
                self.descend(record, cell, path);
            }
        }
    }

    /// Adds a histogram in W&B's form, or a numpy pair.
    fn add(&mut self, record: JsonRecord, item: &Item, path: ValuePath<'_>) {
        let Some(index) = self.series(item, path) else { return };
        let read = wandb::Histogram::read(&item.node);
        if let Err(why) = read.as_ref().map_err(Clone::clone).and_then(wandb::Histogram::check) {
            self.note(index, record, path, &why.to_string());
        }
        if let Ok(histogram) = read {
            self.push(index, record, item, path, histogram);
        }
    }

    /// Adds a histogram in UHI's form.
    fn add_uhi(&mut self, record: JsonRecord, item: &Item, path: ValuePath<'_>) {
        // A sparse storage has fewer numbers in the tree than bins.
        self.hold(EXPANDED * uhi::expanded_bins(&item.node));
        let Some(index) = self.series(item, path) else { return };
        match uhi::read(&item.node) {
            Ok((histogram, note)) => {
                self.push(index, record, item, path, histogram);
                if let Some(note) = note {
                    self.note(index, record, path, note);
                }
            }
            Err(why) => self.note(index, record, path, &why),
        }
    }

    /// Returns the index of the series of a histogram, which may be new; `None` if the search was stopped.
    fn series(&mut self, item: &Item, path: ValuePath<'_>) -> Option<usize> {
        if self.stopped {
            return None;
        }
        self.starts.insert(item.span.start);
        let labels: Vec<String> = path.series.labels().iter().map(label_text).collect();
        if !self.paths.contains_key(&labels) {
            let text: usize = labels.iter().map(|label| size_of::<String>() + ALLOCATION + label.len()).sum();
            self.hold(SERIES + 2 * text);
        }
        let index = *self.paths.entry(labels).or_insert_with_key(|labels| {
            self.series.push(JsonSeries { path: labels.clone(), entries: Vec::new(), problems: Vec::new() });
            self.last_record.push(0);
            self.series.len() - 1
        });
        Some(index)
    }

    /// Adds a problem to a series.
    fn note(&mut self, index: usize, record: JsonRecord, path: ValuePath<'_>, why: &str) {
        let problem = note(self.layout, record.line, &path.actual.labels(), why);
        let at = if let At::Path(path) = &problem.at { path.len() } else { 0 };
        let memory = size_of::<Problem>() + 2 * ALLOCATION + at + problem.message.len();
        self.series[index].problems.push(problem);
        self.hold(memory);
    }

    /// Adds an entry to a series.
    fn push(
        &mut self,
        index: usize,
        record: JsonRecord,
        item: &Item,
        path: ValuePath<'_>,
        histogram: wandb::Histogram,
    ) {
        // Like Python, take the last of several members with the same name.
        if std::mem::replace(&mut self.last_record[index], record.number) == record.number {
            self.series[index].entries.pop();
            self.note(index, record, path, "several members have this name; rebin reads the last one");
        }
        let (span, extra) = (item.span.clone(), extra(&item.node));
        self.series[index].entries.push(JsonHistogram { step: record.step, span, extra, histogram });
    }
}

/// Bytes of memory of a series, without its labels and entries.
const SERIES: usize = 300;

/// Bytes of memory for each bin of a sparse storage that is expanded: counts and edges, and copies of both.
const EXPANDED: usize = 48;

/// Bytes of memory between two reports.
const REPORT_MEMORY: usize = 1 << 18;

fn label_text(label: &Label) -> String {
    match label {
        Label::Name(name) => name.clone(),
        Label::Index(index) => index.to_string(),
    }
}

fn note(layout: JsonLayout, line: u64, labels: &[Label], message: &str) -> Problem {
    let path = path_text(labels);
    match layout {
        JsonLayout::Lines if path.is_empty() => Problem::new(At::Line(line), message),
        JsonLayout::Lines => Problem::new(At::Line(line), format!("{path}: {message}")),
        JsonLayout::Single if path.is_empty() => Problem::new(At::Whole, message),
        JsonLayout::Single => Problem::new(At::Path(path), message),
    }
}

/// Returns true for an object whose `_type` is a histogram.
fn is_histogram(node: &Node) -> bool {
    let name = node.get("_type").map(|item| &item.node);
    matches!(name, Some(Node::Text(name)) if name == "histogram" || name == "trackio.histogram")
}

/// Returns true for numpy's `[counts, edges]`: one edge more than counts, in non-decreasing order.
fn is_pair(items: &[Item]) -> bool {
    let [Item { node: Node::Numbers(counts), .. }, Item { node: Node::Numbers(edges), .. }] = items else {
        return false;
    };
    edges.len() == counts.len() + 1 && edges.as_f64().windows(2).all(|pair| pair[0] <= pair[1])
}

fn extra(node: &Node) -> Vec<Range<usize>> {
    let Node::Object(members) = node else { return Vec::new() };
    members.iter().filter(|member| !OWN_MEMBERS.contains(&&*member.name)).map(|member| member.span.clone()).collect()
}
