//! The list of everything that needs attention: findings of all sources and problems of reading, the worst first.
//!
//! The runtime searches in the background and sends results source by source. Rows are laid out only while the list is open.

use super::Model;
use super::overlay::Overlay;
use crate::catalog::{EntryId, SeriesId};
use crate::error::{Error, Problem};
use crate::findings::{Finding, Kind};
use crate::text::{format_count, plural};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Rows of a group that are shown before it is expanded.
const SHOWN: usize = 3;
/// Maximum number of problems of reading in the list.
const MAX_PROBLEMS: usize = 1000;

/// Findings of one source, by series.
pub type SourceFindings = BTreeMap<usize, Vec<Finding>>;

/// Result of a search in one source, complete or so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchResult {
    pub found: SourceFindings,
    /// Number of series whose samples are too large to be read in the background.
    pub skipped: usize,
    /// Bytes read, and bytes to read; 0 if unknown.
    pub progress: (u64, u64),
    pub state: SearchState,
}

/// State of a search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SearchState {
    #[default]
    Running,
    Ended,
    /// The user stopped it.
    Stopped,
}

/// Findings of all sources, and the state of the search.
#[derive(Debug, Default)]
pub struct Findings {
    found: BTreeMap<usize, SourceFindings>,
    /// Number of series in `found`.
    series: usize,
    skipped: BTreeMap<usize, usize>,
    /// Sources whose search has not ended. True if it starts again instead of continuing.
    pending: BTreeMap<usize, bool>,
    pub(super) stopped: bool,
    progress: (u64, u64),
    /// Findings of arrays that were read for the screen.
    loaded: BTreeMap<SeriesId, Vec<Finding>>,
    expanded: BTreeSet<Group>,
    version: u64,
    rows: Vec<FindingRow>,
    /// State that the rows were laid out for.
    laid_out: Option<Layout>,
    /// Positions in the list of the series with findings, in increasing order.
    positions: Vec<usize>,
    /// State that the positions were computed for.
    positioned: Option<Layout>,
}

/// State of the findings when something was computed from them.
#[derive(Debug, Clone, Copy)]
struct Layout {
    /// Version of the findings.
    version: u64,
    /// Version of the list, or number of sources.
    of: u64,
    /// Number of series with findings.
    series: usize,
}

/// Number of series with findings above which a search updates the list only when there are 5 % more of them, so that the cost
/// of all updates is linear.
const MANY: usize = 1000;

/// Findings of the same kind in a source at the same step.
type Group = (Kind, usize, Option<i64>);

/// A row of the list.
#[derive(Debug, Clone, PartialEq)]
pub enum FindingRow {
    /// A finding: its entry, and its position among those of its series.
    Finding { entry: EntryId, at: usize },
    /// Rows of a group that are hidden.
    More { group: (Kind, usize, Option<i64>), hidden: usize },
    /// A problem of reading: the series that has it, or the name of the file.
    Problem { of: Result<SeriesId, String>, text: String },
    /// A fact that is not a problem.
    Note(String),
}

/// The cells of a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FindingCells {
    pub kind: &'static str,
    pub source: String,
    pub series: String,
    pub step: String,
    pub message: String,
}

impl Findings {
    /// Stores the result of a search.
    pub(super) fn set(&mut self, source: usize, result: SearchResult) {
        self.version += 1;
        if result.state == SearchState::Ended {
            self.pending.remove(&source);
        }
        self.stopped &= !self.pending.is_empty();
        self.progress = result.progress;
        match result.skipped {
            0 => self.skipped.remove(&source),
            skipped => self.skipped.insert(source, skipped),
        };
        let mut found = result.found;
        for (id, loaded) in self.loaded.iter().filter(|(id, _)| id.source == source) {
            found.entry(id.series).or_insert_with(|| loaded.clone());
        }
        self.series += found.len();
        let before = if found.is_empty() { self.found.remove(&source) } else { self.found.insert(source, found) };
        self.series -= before.map_or(0, |before| before.len());
    }

    /// Returns true if what was computed for `before` need not be computed again.
    fn is_current(&self, before: Option<Layout>, of: u64) -> bool {
        before.filter(|before| before.of == of).is_some_and(|before| {
            let has_few_more = before.series > MANY && self.series <= before.series + before.series / 20;
            before.version == self.version || (self.is_searching() && has_few_more)
        })
    }

    fn layout(&self, of: u64) -> Layout {
        Layout { version: self.version, of, series: self.series }
    }

    /// Records a change that is shown at once.
    fn changed(&mut self) {
        self.version += 1;
        (self.laid_out, self.positioned) = (None, None);
    }

    /// Adds a source to be searched.
    pub(super) fn start(&mut self, source: usize, restart: bool) {
        *self.pending.entry(source).or_default() |= restart;
    }

    /// Remembers that a search was stopped and can be continued.
    pub(super) fn interrupt(&mut self, source: usize) {
        self.pending.insert(source, false);
    }

    /// Forgets what was found in a source.
    pub(super) fn forget(&mut self, source: usize) {
        let before = self.found.remove(&source);
        self.series -= before.map_or(0, |before| before.len());
        self.loaded.retain(|id, _| id.source != source);
        self.changed();
    }

    /// Adds the findings of a series that was read for the screen, unless the search has read it.
    pub(super) fn add_loaded(&mut self, id: SeriesId, found: Vec<Finding>) {
        if !found.is_empty() && self.of(id).is_empty() {
            let before = self.found.entry(id.source).or_default().insert(id.series, found.clone());
            self.series += usize::from(before.is_none());
            self.loaded.insert(id, found);
            self.changed();
        }
    }

    /// Continues a search that was stopped. Returns its sources, each with true to start again.
    pub(super) fn resume(&mut self) -> Vec<(usize, bool)> {
        self.stopped = false;
        self.pending.iter().map(|(source, restart)| (*source, *restart)).collect()
    }

    pub(super) fn expand(&mut self, group: Group) {
        self.expanded.insert(group);
        self.changed();
    }

    /// Returns true while a search runs.
    pub fn is_searching(&self) -> bool {
        !self.pending.is_empty() && !self.stopped
    }

    /// Returns true if the user stopped the search.
    pub fn is_stopped(&self) -> bool {
        self.stopped && !self.pending.is_empty()
    }

    /// Describes the progress of a search, such as `45 %` or `2 of 40, 45 %`.
    pub fn progress(&self, sources: usize) -> String {
        let (done, total) = self.progress;
        let part = if total == 0 { 0.0 } else { (done as f64 / total as f64).min(1.0) * 100.0 };
        match self.pending.len() {
            0 | 1 if sources <= 1 => format!("{part:.0} %"),
            left => {
                let [done, sources] = [sources.saturating_sub(left), sources].map(|n| format_count(n as f64, 0));
                format!("{done} of {sources}")
            }
        }
    }

    /// Number of series with findings.
    pub fn len(&self) -> usize {
        self.series
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Number of series that were not read because they are large.
    pub fn skipped(&self) -> usize {
        self.skipped.values().sum()
    }

    /// Findings of a series, the worst first.
    pub fn of(&self, id: SeriesId) -> &[Finding] {
        self.found.get(&id.source).and_then(|found| found.get(&id.series)).map_or(&[], Vec::as_slice)
    }

    /// Returns true if a series at these positions in the list has a finding.
    pub fn are_in(&self, positions: &Range<usize>) -> bool {
        let first = self.positions.partition_point(|at| *at < positions.start);
        self.positions.get(first).is_some_and(|at| *at < positions.end)
    }

    /// Rows of the list, the worst first.
    pub fn rows(&self) -> &[FindingRow] {
        &self.rows
    }

    fn all(&self) -> impl Iterator<Item = (SeriesId, usize, &Finding)> {
        self.found.iter().flat_map(|(source, found)| {
            found.iter().flat_map(|(series, all)| {
                let id = SeriesId { source: *source, series: *series };
                all.iter().enumerate().map(move |(at, finding)| (id, at, finding))
            })
        })
    }
}

/// Brings the positions up to date, and the rows while the list is open.
pub(super) fn refresh(model: &mut Model) {
    let of = model.list.version();
    if !model.findings.is_current(model.findings.positioned, of) {
        let ids = model
            .findings
            .found
            .iter()
            .flat_map(|(source, found)| found.keys().map(|series| SeriesId { source: *source, series: *series }));
        let mut positions: Vec<usize> = ids.filter_map(|id| model.list.ordinal(id)).collect();
        positions.sort_unstable();
        (model.findings.positions, model.findings.positioned) = (positions, Some(model.findings.layout(of)));
    }
    let is_open = matches!(model.overlays.last(), Some(Overlay::Findings { .. }));
    let of = model.sources.len() as u64;
    if is_open && !model.findings.is_current(model.findings.laid_out, of) {
        model.findings.rows = rows(model);
        model.findings.laid_out = Some(model.findings.layout(of));
        let last = model.findings.rows.len().saturating_sub(1);
        if let Some(Overlay::Findings { selected, .. }) = model.overlays.last_mut() {
            *selected = (*selected).min(last);
        }
    }
}

fn rows(model: &Model) -> Vec<FindingRow> {
    let findings = &model.findings;
    let mut all: Vec<_> = findings
        .all()
        .map(|(id, at, finding)| {
            let step = model.series(id).and_then(|series| series.steps.number(finding.index));
            let position = model.list.ordinal(id).unwrap_or(usize::MAX);
            ((finding.kind, step, id.source), (position, id, at), finding.index)
        })
        .collect();
    // The worst kind first, and the earliest step, which is nearest to the cause.
    all.sort_unstable();
    let (mut rows, mut problems) = (Vec::new(), Some(problems(model)));
    for group in all.chunk_by(|a, b| a.0 == b.0) {
        let Some(((kind, step, source), ..)) = group.first().copied() else { continue };
        if kind > Kind::Unreadable {
            rows.extend(problems.take().into_iter().flatten());
        }
        let name: Group = (kind, source, step);
        let is_whole = group.len() <= SHOWN + 1 || findings.expanded.contains(&name);
        let shown = if is_whole { group.len() } else { SHOWN };
        rows.extend(
            group
                .iter()
                .take(shown)
                .map(|(_, (_, id, at), index)| FindingRow::Finding { entry: id.at(*index), at: *at }),
        );
        if !is_whole {
            rows.push(FindingRow::More { group: name, hidden: group.len() - SHOWN });
        }
    }
    rows.extend(problems.take().into_iter().flatten());
    rows.extend(notes(model).into_iter().map(FindingRow::Note));
    rows
}

/// Problems of reading that are not among the findings.
fn problems(model: &Model) -> Vec<FindingRow> {
    let is_real = |problem: &&Problem| !(problem.unfinished || problem.has_finding || problem.is_notice());
    let unopened = model.open_errors.iter().map(|error| match error {
        Error::Read { what, why } => FindingRow::Problem { of: Err(what.clone()), text: why.clone() },
        error => FindingRow::Problem { of: Err(String::new()), text: error.to_string() },
    });
    let mut rows: Vec<FindingRow> = unopened.collect();
    let several = model.sources.len() > 1 || !model.open_errors.is_empty();
    for (source, info) in model.sources.iter().enumerate() {
        let name = if several { info.name.as_str() } else { "" };
        let of_source = info.problems.iter().filter(is_real);
        rows.extend(of_source.map(|problem| FindingRow::Problem { of: Err(name.into()), text: problem.to_string() }));
        for (index, series) in info.series.iter().enumerate().filter(|(_, series)| !series.problems.is_empty()) {
            let id = SeriesId { source, series: index };
            let is_found = |problem: &Problem| {
                let notes = model.findings.of(id).iter().filter_map(|finding| finding.note.as_deref());
                notes.into_iter().any(|note| note.contains(&problem.message))
            };
            let new = series.problems.iter().filter(is_real).filter(|problem| !is_found(problem));
            rows.extend(new.map(|problem| FindingRow::Problem { of: Ok(id), text: problem.to_string() }));
        }
        if rows.len() > MAX_PROBLEMS {
            let hidden = plural((rows.len() - MAX_PROBLEMS) as u64, "more problem");
            rows.truncate(MAX_PROBLEMS);
            rows.push(FindingRow::Problem {
                of: Err(String::new()),
                text: format!("{hidden}, and perhaps others; see I in each run"),
            });
            break;
        }
    }
    rows
}

/// Facts about what is not shown.
fn notes(model: &Model) -> Vec<String> {
    let mut notes = model.left_out.clone();
    let several = model.sources.len() > 1;
    let problems = |is_shown: fn(&Problem) -> bool| {
        let all = model.sources.iter().flat_map(move |info| {
            let of_series = info.series.iter().flat_map(|series| &series.problems);
            info.problems
                .iter()
                .chain(of_series)
                .filter(move |problem| is_shown(problem))
                .map(move |problem| if several { format!("{}: {problem}", info.name) } else { problem.to_string() })
        });
        all.take(MAX_PROBLEMS)
    };
    notes.extend(problems(Problem::is_notice));
    notes.extend(problems(|problem| problem.unfinished).map(|problem| format!("being written: {problem}")));
    let skipped = model.findings.skipped() as u64;
    if skipped > 0 {
        notes.push(format!("{skipped} large series: checked when you open them"));
    }
    notes
}

impl Model {
    /// Returns the finding of a row.
    pub fn finding(&self, row: &FindingRow) -> Option<&Finding> {
        let FindingRow::Finding { entry, at } = row else { return None };
        self.findings.of(entry.series_id()).get(*at)
    }

    /// Returns the cells of a row.
    pub fn finding_cells(&self, row: &FindingRow) -> FindingCells {
        let source = |id: SeriesId| self.source_label(id).map(|label| label.to_string()).unwrap_or_default();
        let step_text = |step: Option<i64>| step.map(|step| step.to_string()).unwrap_or_default();
        match row {
            FindingRow::Finding { entry, .. } => {
                let finding = self.finding(row);
                let step = self.series(*entry).and_then(|series| series.steps.number(entry.index));
                FindingCells {
                    kind: finding.map_or("", |finding| finding.kind.name()),
                    source: source(entry.series_id()),
                    series: self.name(*entry),
                    step: step_text(step),
                    message: finding.map(Finding::message).unwrap_or_default(),
                }
            }
            FindingRow::More { group: (kind, of, step), hidden } => FindingCells {
                kind: kind.name(),
                source: self.label(*of).to_string(),
                series: format!("{hidden} more"),
                step: step_text(*step),
                message: "Enter lists them".into(),
            },
            FindingRow::Problem { of, text } => FindingCells {
                kind: Kind::Unreadable.name(),
                source: of.as_ref().map_or_else(String::clone, |id| source(*id)),
                series: of.as_ref().map(|id| self.name(id.at(0))).unwrap_or_default(),
                step: String::new(),
                message: text.clone(),
            },
            FindingRow::Note(text) => FindingCells { message: text.clone(), ..FindingCells::default() },
        }
    }

    /// Describes the state of the search.
    pub fn findings_summary(&self) -> String {
        let findings = &self.findings;
        let series: usize = self.sources.iter().map(|info| info.series.len()).sum();
        let found = findings.rows().iter().filter(|row| !matches!(row, FindingRow::Note(_))).count();
        let what = match (found, findings.is_searching(), findings.is_stopped()) {
            (0, true, _) => "nothing found yet".to_owned(),
            (0, _, true) => "nothing found before the search was stopped".to_owned(),
            (0, ..) => format!("no problems found in {} series", format_count(series as f64, 0)),
            _ => match findings.len() {
                0 => plural(found as u64, "problem"),
                bad => {
                    let [bad, series] = [bad, series].map(|n| format_count(n as f64, 0));
                    format!("{bad} of {series} series need attention")
                }
            },
        };
        match (findings.is_searching(), findings.is_stopped()) {
            (true, _) => format!("{what} · searching, {}", findings.progress(self.sources.len())),
            (_, true) => format!("{what} · stopped"),
            _ => what,
        }
    }

    /// Describes the worst finding of the current series, for the status line.
    pub(super) fn finding_notice(&self, id: SeriesId) -> Option<String> {
        let all = self.findings.of(id);
        let worst = all.first()?;
        let step = self.series(id).and_then(|series| series.steps.number(worst.index));
        let step = step.map_or(String::new(), |step| format!(" at step {step}"));
        let more = if all.len() > 1 { format!(" (and {} more)", all.len() - 1) } else { String::new() };
        let key = self.settings.keymap.shown(crate::action::Action::Problems).into_iter().next();
        let key = key.map(|key| format!("; {key} lists all")).unwrap_or_default();
        Some(format!("! {}{step}: {}{more}{key}", worst.kind.name(), worst.message()))
    }

    /// Number of problems that the header shows.
    pub fn attention(&self) -> usize {
        self.findings.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(series: usize, state: SearchState) -> SearchResult {
        let finding = Finding { kind: Kind::Dead, index: 0, times: 1, value: 0.0, limit: 0.0, note: None };
        let found = (0..series).map(|series| (series, vec![finding.clone()])).collect();
        SearchResult { found, state, ..SearchResult::default() }
    }

    #[test]
    fn series_are_counted_once() {
        let mut findings = Findings::default();
        let id = SeriesId { source: 0, series: 7 };
        findings.add_loaded(id, result(1, SearchState::Ended).found.remove(&0).unwrap_or_default());
        findings.set(0, result(3, SearchState::Running));
        assert_eq!(findings.len(), 4, "three of the search, and one that was read for the screen");
        findings.set(0, result(8, SearchState::Ended));
        findings.set(1, result(2, SearchState::Ended));
        assert_eq!(findings.len(), 10);
        findings.set(1, result(0, SearchState::Ended));
        findings.forget(0);
        assert_eq!((findings.len(), findings.is_empty()), (0, true));
    }

    #[test]
    fn a_search_updates_long_lists_only_after_many_more_findings() {
        let mut findings = Findings::default();
        (0..3).for_each(|source| findings.start(source, false));
        findings.set(0, result(MANY, SearchState::Ended));
        let (short, of) = (findings.layout(1), 1);
        findings.set(1, result(1, SearchState::Running));
        assert!(!findings.is_current(Some(short), of), "lists of up to {MANY} series are updated at once");
        let long = findings.layout(of);
        findings.set(1, result(50, SearchState::Running));
        assert!(findings.is_current(Some(long), of) && !findings.is_current(Some(long), of + 1));
        findings.set(1, result(60, SearchState::Running));
        assert!(!findings.is_current(Some(long), of), "60 of 1,001 are more than 5 %");
        let before = findings.layout(of);
        findings.set(1, result(61, SearchState::Ended));
        assert!(findings.is_current(Some(before), of));
        findings.set(2, result(0, SearchState::Ended));
        assert!(!findings.is_current(Some(before), of), "the end of the search updates the list");
    }
}
