//! The rows of a Trackio database: the runs that logged them, and the histograms in them.
//!
//! A row has the JSON text of everything that was logged at once. Not here: reading the database (`source::trackio`).

use super::series::{EntryKind, RecordSpan, SeriesIndex, SeriesMap};
use super::{DecodeError, Problems};
use crate::engine::Budget;
use crate::error::{At, Problem};
use crate::json::{self, Item, Node};
use crate::wandb::Histogram;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Bytes of memory for a byte of JSON while it is parsed.
const PARSED: u64 = 24;

/// Bytes of memory of a run, without its name and series.
const RUN: u64 = 600;

/// Maximum number and length of the kinds of media that are named.
const MAX_KINDS: usize = 16;
const MAX_KIND: usize = 64;

/// A row of the table `metrics`.
#[derive(Debug, Clone, Copy)]
pub struct Row<'r> {
    pub id: i64,
    /// Absent in databases of Trackio before 0.24.
    pub run_id: Option<&'r str>,
    pub run_name: Option<&'r str>,
    pub step: Option<i64>,
    /// JSON text; `None` if the cell is empty or a number.
    pub metrics: Option<&'r [u8]>,
}

/// A run, and where its histograms are.
#[derive(Debug, Clone, Default)]
pub struct TrackioRun {
    pub name: String,
    pub id: String,
    /// Number of rows.
    pub rows: u64,
    series: SeriesMap,
    problems: Problems,
    /// Types of other values, such as `trackio.image`.
    media: BTreeSet<String>,
}

/// Settings of a run: names and values in the order of the configuration.
pub type Settings = Vec<(String, String)>;

/// Index of a database.
#[derive(Debug, Clone, Default)]
pub struct TrackioIndex {
    runs: Vec<Arc<TrackioRun>>,
    /// Position of a run with an id, or with a name and no id.
    positions: HashMap<(bool, String), usize>,
    /// Number of rows, and the id of the last one.
    rows: u64,
    last: Option<i64>,
    /// Problems of rows without a run.
    problems: Problems,
    memory: Budget,
}

impl TrackioRun {
    /// Series of histograms. The offset of an entry is the id of its row.
    pub fn series(&self) -> &[SeriesIndex] {
        self.series.series()
    }

    /// Rows and histograms that cannot be read.
    pub fn problems(&self) -> Vec<Problem> {
        self.problems.to_vec()
    }

    /// Types of values that are not read, such as images.
    pub fn media(&self) -> impl Iterator<Item = &str> {
        self.media.iter().map(String::as_str)
    }

    fn add(&mut self, row: &Row<'_>, memory: &Budget) -> Result<(), String> {
        self.rows += 1;
        let metrics = row.metrics.ok_or("the metrics are not a text")?;
        let _parsing = memory.reserve(PARSED * metrics.len() as u64).map_err(|why| why.to_string())?;
        let item = json::parse(metrics).map_err(|why| why.to_string())?;
        let Node::Object(members) = item.node else { return Err("the metrics are not an object".to_owned()) };
        for kind in members.iter().filter_map(|member| type_of(&member.value.node)) {
            let is_new = !HISTOGRAMS.contains(&kind) && !self.media.contains(kind);
            if is_new && kind.len() <= MAX_KIND && self.media.len() < MAX_KINDS {
                self.media.insert(kind.to_owned());
            }
        }
        let mut faults = Vec::new();
        for member in members.iter().filter(|member| is_histogram(&member.value.node)) {
            match read(&member.value.node) {
                // Trackio's form of samples without a finite value.
                _ if is_empty(&member.value.node) => {}
                Ok(_) => {
                    let record = RecordSpan { at: row.id.cast_unsigned(), len: 0, file: 0 };
                    let labels = std::iter::once(member.name.as_bytes());
                    self.series.push(EntryKind::Histogram, labels, row.step, record);
                }
                Err(why) => faults.push(format!("{}: {why}", member.name)),
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }
}

impl TrackioIndex {
    /// Creates an empty index within a memory budget.
    pub fn within(memory: Budget) -> Self {
        Self { memory, ..Self::default() }
    }

    pub fn runs(&self) -> &[Arc<TrackioRun>] {
        &self.runs
    }

    /// Number of rows, and the id of the last one.
    pub fn extent(&self) -> (u64, Option<i64>) {
        (self.rows, self.last)
    }

    /// Adds a problem of the whole database.
    pub fn note(&mut self, why: &str) {
        self.problems.push(Problem::new(At::Whole, why));
    }

    /// Problems that belong to no run.
    pub fn problems(&self) -> Vec<Problem> {
        self.problems.to_vec()
    }

    /// Adds a row. Rows are in the order of their ids.
    ///
    /// # Errors
    /// The row is not after the last one, so the database is damaged. The runs exceed the memory budget.
    pub fn add(&mut self, row: &Row<'_>) -> Result<(), DecodeError> {
        if self.last >= Some(row.id) {
            return Err(DecodeError::new("the rows are out of order"));
        }
        (self.rows, self.last) = (self.rows + 1, Some(row.id));
        let at = u64::try_from(row.id).map_or(At::Whole, |row| At::Row { row, value: None });
        let (id, name) = (row.run_id.unwrap_or_default(), row.run_name.unwrap_or_default());
        if id.is_empty() && name.is_empty() {
            self.problems.push(Problem::new(at, "the row has no run"));
            return Ok(());
        }
        let key = if id.is_empty() { (false, name.to_owned()) } else { (true, id.to_owned()) };
        let position = match self.positions.get(&key) {
            Some(position) => *position,
            None => {
                self.memory.reserve(RUN + 4 * (id.len() + name.len()) as u64)?.keep();
                let series = SeriesMap::within(self.memory.clone());
                let run = TrackioRun { name: name.to_owned(), id: id.to_owned(), series, ..TrackioRun::default() };
                self.runs.push(Arc::new(run));
                self.positions.insert(key, self.runs.len() - 1);
                self.runs.len() - 1
            }
        };
        if let Some(run) = self.runs.get_mut(position) {
            let run = Arc::make_mut(run);
            if let Err(why) = run.add(row, &self.memory) {
                run.problems.push(Problem::new(at, why));
            }
        }
        Ok(self.memory.check()?)
    }
}

/// Reads a histogram of a row.
///
/// # Errors
/// The row no longer has a well-formed histogram of this name.
pub fn histogram(metrics: &[u8], name: &str, memory: &Budget) -> Result<Histogram, DecodeError> {
    let _parsing = memory.reserve(PARSED * metrics.len() as u64)?;
    let item = json::parse(metrics).map_err(|why| DecodeError::new(why.to_string()))?;
    let member = item.node.get(name).ok_or_else(|| DecodeError::new("the row no longer contains it"))?;
    read(&member.node).map_err(DecodeError::new)
}

/// Calls `each` with every number of a row. Trackio writes NaN and infinities as strings.
///
/// # Errors
/// The row is not an object in JSON.
pub fn numbers(metrics: &[u8], memory: &Budget, each: &mut dyn FnMut(&str, f64)) -> Result<(), DecodeError> {
    let _parsing = memory.reserve(PARSED * metrics.len() as u64)?;
    let item = json::parse(metrics).map_err(|why| DecodeError::new(why.to_string()))?;
    add_numbers(&item.node, "", each);
    Ok(())
}

fn add_numbers(node: &Node, prefix: &str, each: &mut dyn FnMut(&str, f64)) {
    let Node::Object(members) = node else { return };
    if type_of(node).is_some() {
        return;
    }
    for member in members {
        let name = if prefix.is_empty() { member.name.clone() } else { format!("{prefix}/{}", member.name) };
        match &member.value.node {
            Node::Number(number) => each(&name, number.as_f64()),
            Node::Text(text) => match text.as_str() {
                "NaN" => each(&name, f64::NAN),
                "Infinity" => each(&name, f64::INFINITY),
                "-Infinity" => each(&name, f64::NEG_INFINITY),
                _ => {}
            },
            node => add_numbers(node, &name, each),
        }
    }
}

/// Reads the configuration of a run. Empty if it is not an object in JSON.
///
/// # Errors
/// The configuration exceeds the memory budget.
pub fn settings(config: &[u8], memory: &Budget) -> Result<Settings, DecodeError> {
    let _parsing = memory.reserve(PARSED * config.len() as u64)?;
    let Ok(Item { node: Node::Object(members), .. }) = json::parse(config) else { return Ok(Settings::new()) };
    let value = |item: Item| match item.node {
        Node::Null => None,
        Node::Text(text) => Some(text),
        _ => Some(String::from_utf8_lossy(config.get(item.span)?).into_owned()),
    };
    let settings: Settings =
        members.into_iter().filter_map(|member| Some((member.name, value(member.value)?))).collect();
    let bytes: usize = settings.iter().map(|(name, value)| 100 + name.len() + value.len()).sum();
    memory.reserve(bytes as u64)?.keep();
    Ok(settings)
}

/// Names of the types of histograms.
const HISTOGRAMS: [&str; 2] = ["trackio.histogram", "histogram"];

/// Returns the `_type` of a value.
fn type_of(node: &Node) -> Option<&str> {
    match &node.get("_type")?.node {
        Node::Text(name) => Some(name),
        _ => None,
    }
}

fn is_histogram(node: &Node) -> bool {
    type_of(node).is_some_and(|name| HISTOGRAMS.contains(&name))
}

fn is_empty(node: &Node) -> bool {
    let is_empty = |name| matches!(node.get(name).map(|item| &item.node), Some(Node::Array(items)) if items.is_empty());
    is_empty("bins") && is_empty("values")
}

fn read(node: &Node) -> Result<Histogram, String> {
    let histogram = Histogram::from_json(node, None).map_err(|why| why.to_string())?;
    histogram.to_hist().map_err(|why| why.to_string())?;
    Ok(histogram)
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: &str = r#"{"w":{"_type":"trackio.histogram","bins":[0.0,0.5,1.0],"values":[3,1]},"loss":0.5}"#;

    fn row<'r>(id: i64, run: &'r str, step: i64, metrics: &'r str) -> Row<'r> {
        Row { id, run_id: Some(run), run_name: Some("name"), step: Some(step), metrics: Some(metrics.as_bytes()) }
    }

    #[test]
    fn runs_with_the_same_name_are_kept_apart() {
        let mut index = TrackioIndex::default();
        for (id, run) in [(1, "a"), (2, "b"), (5, "a")] {
            index.add(&row(id, run, id * 10, W)).unwrap();
        }
        let [a, b] = index.runs() else { panic!("{index:?}") };
        assert_eq!((a.series()[0].steps.as_slice(), b.series()[0].steps.as_slice()), (&[10, 50][..], &[20][..]));
        assert_eq!((index.extent(), a.rows), ((3, Some(5)), 2));
    }

    #[test]
    fn rows_that_cannot_be_read_are_problems() {
        let mut index = TrackioIndex::default();
        let bins = r#"{"w":{"_type":"trackio.histogram","bins":[0.0],"values":[3]},"v":{"_type":"histogram","bins":[0,1],"values":[2]}}"#;
        index.add(&row(1, "a", 0, "{\"w\":")).unwrap();
        index.add(&row(2, "a", 1, bins)).unwrap();
        index.add(&Row { metrics: None, ..row(3, "a", 2, "") }).unwrap();
        index.add(&Row { run_id: None, run_name: None, ..row(4, "", 3, W) }).unwrap();
        let problems: Vec<String> = index.runs()[0].problems().iter().map(ToString::to_string).collect();
        assert!(problems[0].starts_with("row 1: line 1"), "{problems:?}");
        assert_eq!(
            problems[1..],
            ["row 2: w: len(bins) must be len(histogram) + 1", "row 3: the metrics are not a text"]
        );
        assert_eq!(index.runs()[0].series()[0].path, ["v"]);
        assert_eq!(index.problems()[0].to_string(), "row 4: the row has no run");
    }

    #[test]
    fn numbers_include_nested_ones_and_those_written_as_strings() {
        let metrics = br#"{"loss":"NaN","lr":1e-3,"val":{"acc":0.5},"w":{"_type":"trackio.histogram","bins":[0,1],"values":[2]},"note":"Infinity war"}"#;
        let mut found = Vec::new();
        numbers(metrics, &Budget::default(), &mut |name, x| found.push((name.to_owned(), x.to_string()))).unwrap();
        let found: Vec<String> = found.into_iter().map(|(name, x)| format!("{name}={x}")).collect();
        assert_eq!(found, ["loss=NaN", "lr=0.001", "val/acc=0.5"]);
        assert!(numbers(b"{", &Budget::default(), &mut |_, _| {}).is_err());
    }

    #[test]
    fn settings_are_texts_without_quotes_and_media_are_named() {
        let config = br#"{"lr":0.1,"opt":"adam","layers":[1, 2],"_Group":null}"#;
        let all = settings(config, &Budget::default()).unwrap();
        let all: Vec<String> = all.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(all, ["lr=0.1", "opt=adam", "layers=[1, 2]"]);
        let mut index = TrackioIndex::default();
        index.add(&row(1, "a", 0, r#"{"i":{"_type":"trackio.image","file_path":"x.png"}}"#)).unwrap();
        assert_eq!(index.runs()[0].media().collect::<Vec<_>>(), ["trackio.image"]);
    }

    #[test]
    fn a_cycle_of_rows_ends_the_index() {
        let mut index = TrackioIndex::default();
        index.add(&row(7, "a", 0, W)).unwrap();
        assert!(index.add(&row(7, "a", 0, W)).is_err());
    }

    #[test]
    fn histograms_are_read_by_name() {
        let histogram = histogram(W.as_bytes(), "w", &Budget::default()).unwrap();
        assert_eq!(histogram.values().as_f64(), [3.0, 1.0]);
        assert!(super::histogram(W.as_bytes(), "loss", &Budget::default()).is_err());
    }
}
