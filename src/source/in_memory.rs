//! Sources whose content is in memory.

use super::lines::{LinePosition, Prefix};
use super::reading::ReadContext;
use super::{Source, Task, text};
use crate::catalog::{Content, FileSpan, Logged, Scalars, Series, SeriesKind, SourceInfo, Stamp, Steps};
use crate::engine::{Part, Population, Shape};
use crate::error::{Error, Problem};
use crate::format::column::{Column, LOCATED};
use crate::format::document::{self, JsonDocument};
use crate::format::samples;
use crate::hist::Samples;
use crate::wandb;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Source with decoded series, in the order of [`SourceInfo::series`].
pub(super) struct InMemory {
    info: Arc<SourceInfo>,
    series: Vec<LoadedSeries>,
    file: Option<TextFile>,
    /// Position up to which lines were read; `None` if the text does not consist of lines.
    lines: Option<LinePosition>,
    /// Length of the file at the last check for new content.
    seen: AtomicU64,
}

/// Text file that was read.
pub(super) struct TextFile {
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
    /// True if histograms can be replaced in the file.
    pub(super) writable: bool,
    /// Prefix that was read, for a file of lines.
    pub(super) prefix: Option<Prefix>,
}

#[derive(Clone)]
enum LoadedSeries {
    Logged(Vec<LoadedEntry>),
    Raw(Arc<Population>),
}

#[derive(Clone)]
struct LoadedEntry {
    histogram: Arc<wandb::Histogram>,
    span: Range<usize>,
    extra: Vec<Range<usize>>,
}

impl InMemory {
    /// Creates a source without series. The `add` methods fill `info.series`.
    pub(super) fn new(info: SourceInfo, file: Option<TextFile>) -> Self {
        let seen = AtomicU64::new(file.as_ref().map_or(0, |file| file.stamp.len));
        let info = Arc::new(SourceInfo { series: Vec::new(), ..info });
        Self { info, series: Vec::new(), file, lines: None, seen }
    }

    /// Sets the position after which more lines can be read.
    pub(super) fn with_lines(self, lines: Option<LinePosition>) -> Self {
        Self { lines, ..self }
    }

    /// Parses new lines that follow those already read.
    pub(super) fn parse_more(&self, text: &[u8], task: &Task) -> JsonDocument {
        let start = LinePosition { line: 1, ..LinePosition::default() };
        text::read_lines(task, text, self.lines.as_ref().unwrap_or(&start))
    }

    fn info_mut(&mut self) -> &mut SourceInfo {
        Arc::make_mut(&mut self.info)
    }

    /// Bytes of memory that samples and histograms use.
    pub(super) fn memory(&self) -> u64 {
        let of_entry = |entry: &LoadedEntry| 8 * (entry.histogram.values().len() + entry.histogram.bins().len()) as u64;
        let of_series = |series: &LoadedSeries| match series {
            LoadedSeries::Logged(entries) => entries.iter().map(of_entry).sum(),
            LoadedSeries::Raw(population) => population.in_memory(),
        };
        self.series.iter().map(of_series).sum()
    }

    /// Sets whether more lines can come, and adds a problem with the end of the text.
    pub(super) fn set_growing(&mut self, growing: bool, problem: Option<Problem>) {
        let info = self.info_mut();
        info.growing = growing;
        for problem in &mut info.problems {
            problem.unfinished &= growing;
        }
        info.problems.extend(problem);
    }

    /// Returns the source with the content of more lines.
    /// Samples are missing if their series exceed the memory budget of the task.
    pub(super) fn with_more(&self, document: JsonDocument, file: Option<TextFile>, task: &Task) -> Self {
        let before = self.lines.clone().unwrap_or_default();
        let lines = before.after(&document);
        let columns = samples::read(&document, &task.memory).unwrap_or_default();
        let step_is_own = !document.roots.iter().any(|root| root.item.node.get("_step").is_some());
        let mut all = Self::new(SourceInfo::default(), file);
        (all.info, all.series) = (Arc::clone(&self.info), self.series.clone());
        all.info_mut().title = text::lines_title(lines.as_ref());
        all.lines = lines;
        all.info_mut().problems.retain(|problem| before.torn.as_ref() != Some(problem));
        all.info_mut().problems.extend(document.problems);
        let kinds = self.info.series.iter().map(|series| (series.kind == SeriesKind::Histogram, series.path.to_vec()));
        let indices: HashMap<_, _> = kinds.zip(0..).collect();
        for mut series in document.series {
            for entry in &mut series.entries {
                entry.move_by(before.offset);
            }
            match indices.get(&(true, series.path.clone())) {
                Some(index) => all.extend_histograms(*index, series),
                None => all.add_histograms(series),
            }
        }
        for column in columns {
            match indices.get(&(false, column.path.clone())) {
                Some(index) => all.extend_column(*index, column),
                None => all.add_column(column),
            }
        }
        all.remove_bookkeeping(step_is_own);
        let populations = all.series.iter().filter_map(|series| match series {
            LoadedSeries::Raw(population) => Some(population.non_finite_problems()),
            LoadedSeries::Logged(_) => None,
        });
        let non_finite = populations.flatten().collect();
        all.info_mut().non_finite = non_finite;
        all
    }

    fn extend_histograms(&mut self, index: usize, more: document::JsonSeries) {
        let (Some(series), Some(LoadedSeries::Logged(entries))) =
            (Arc::make_mut(&mut self.info).series.get_mut(index), self.series.get_mut(index))
        else {
            return;
        };
        let steps = more.steps();
        entries.extend(more.entries.into_iter().map(LoadedEntry::from));
        series.steps = match (&mut series.steps, steps) {
            (Steps::Known(before), Some(steps)) => Steps::Known([&before[..], &steps].concat().into()),
            _ => Steps::Unknown(entries.len()),
        };
        series.problems.extend(more.problems);
    }

    fn extend_column(&mut self, index: usize, more: Column) {
        let (Some(series), Some(LoadedSeries::Raw(population))) =
            (Arc::make_mut(&mut self.info).series.get_mut(index), self.series.get_mut(index))
        else {
            return;
        };
        let [Part::Memory(samples)] = population.parts() else { return };
        let room = LOCATED.saturating_sub(series.problems.len());
        series.problems.extend(more.problems.iter().take(room).cloned());
        let mut column = Column {
            path: Vec::new(),
            samples: Samples::clone(samples),
            missing: population.missing(),
            bad: population.bad(),
            problems: series.problems.clone(),
            first: population.first_non_finite().clone(),
            rows: None,
        };
        column.append(more);
        *population = Arc::new(column.into_population());
    }

    /// Removes columns such as `_step` that describe rows, if there are histograms. `step` is one of them unless the rows
    /// have `_step`, too.
    fn remove_bookkeeping(&mut self, step_is_own: bool) {
        if !self.series.iter().any(|series| matches!(series, LoadedSeries::Logged(_))) {
            return;
        }
        let info = Arc::make_mut(&mut self.info);
        let both = info.series.drain(..).zip(self.series.drain(..));
        let is_content = |(info, series): &(Series, LoadedSeries)| {
            let first = info.path.first().map_or("", String::as_str);
            let is_step = step_is_own && info.path.len() == 1 && first == "step";
            matches!(series, LoadedSeries::Logged(_)) || !(samples::BOOKKEEPING.contains(&first) || is_step)
        };
        let content: Vec<_> = both.filter(is_content).collect();
        (info.series, self.series) = content.into_iter().unzip();
    }

    /// Moves series that existed before to the front, in their old order, so that they keep their positions.
    fn in_order_of(mut self, before: &[Series]) -> Self {
        let info = Arc::make_mut(&mut self.info);
        let mut both: Vec<_> = info.series.drain(..).zip(self.series.drain(..)).collect();
        both.sort_by_cached_key(|(now, _)| {
            let same = |old: &Series| old.path == now.path && old.kind == now.kind;
            before.iter().position(same).unwrap_or(before.len())
        });
        (info.series, self.series) = both.into_iter().unzip();
        self
    }

    /// Adds a series of raw samples.
    pub(super) fn add_column(&mut self, column: Column) {
        self.info_mut().series.push(Series::samples(column.path.clone(), column.problems.clone()));
        self.add_population(column.into_population());
    }

    /// Adds an array. The path is empty, or that of a field.
    pub(super) fn add_array(
        &mut self,
        path: &[String],
        samples: Samples,
        shape: &Shape,
        task: &Task,
    ) -> Result<(), Error> {
        self.info_mut().series.push(Series::samples(path, Vec::new()));
        self.add_population(Population::of_array(samples.into(), shape, task)?);
        Ok(())
    }

    fn add_population(&mut self, population: Population) {
        self.info_mut().non_finite.extend(population.non_finite_problems());
        self.series.push(LoadedSeries::Raw(Arc::new(population)));
    }

    /// Adds a series of counts from a count file.
    pub(super) fn add_counts(&mut self, key: String, population: Population) {
        let path = if key.is_empty() { Vec::new() } else { vec![key] };
        self.info_mut().series.push(Series::samples(path, Vec::new()));
        self.series.push(LoadedSeries::Raw(Arc::new(population)));
    }

    /// Adds a series of histograms. If no entry is readable, adds only the problems.
    pub(super) fn add_histograms(&mut self, series: document::JsonSeries) {
        if series.entries.is_empty() {
            self.info_mut().problems.extend(series.problems);
            return;
        }
        let steps = series.steps().map_or(Steps::Unknown(series.entries.len()), |steps| Steps::Known(steps.into()));
        self.info_mut().series.push(Series::histograms(series.path, steps, series.problems));
        self.series.push(LoadedSeries::Logged(series.entries.into_iter().map(LoadedEntry::from).collect()));
    }
}

impl From<document::JsonHistogram> for LoadedEntry {
    fn from(entry: document::JsonHistogram) -> Self {
        Self { histogram: Arc::new(entry.histogram), span: entry.span, extra: entry.extra }
    }
}

impl Source for InMemory {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn scalars(&self, wanted: Option<&str>, task: &Task) -> Result<Scalars, Error> {
        let is_run = self.info.series.iter().any(|series| matches!(series.steps, Steps::Known(_)));
        match self.file.as_ref().filter(|_| is_run && self.lines.is_some()) {
            Some(file) => {
                let context = ReadContext { name: &self.info.name, path: Some(&file.path), task };
                text::scalars(context, &file.path, wanted, None)
            }
            None => Ok(Scalars::default()),
        }
    }

    fn load(&self, series: usize, step: usize, _: &Task) -> Result<Content, Error> {
        match self.series.get(series) {
            Some(LoadedSeries::Raw(population)) if step == 0 => Ok(Content::Raw(Arc::clone(population))),
            Some(LoadedSeries::Logged(entries)) => {
                let entry = entries.get(step).ok_or_else(|| super::no_such_entry(series, step))?;
                let origin = self.file.as_ref().filter(|file| file.writable).map(|file| FileSpan {
                    path: file.path.clone(),
                    span: entry.span.clone(),
                    extra: entry.extra.clone(),
                    stamp: file.stamp,
                });
                Ok(Content::Logged(Logged { histogram: Arc::clone(&entry.histogram), origin }))
            }
            _ => Err(super::no_such_entry(series, step)),
        }
    }

    fn watched(&self) -> Option<&Path> {
        self.file.as_ref().filter(|_| self.info.growing).map(|file| &*file.path)
    }

    fn refresh(&self, task: &Task) -> Result<Option<Arc<dyn Source>>, Error> {
        let Some(file) = self.file.as_ref().filter(|_| self.info.growing) else { return Ok(None) };
        let context = ReadContext { name: &self.info.name, path: Some(&file.path), task };
        let len = file.path.metadata().map_err(|error| context.failed(error))?.len();
        // A file that was rewritten is not a new state of this source, whose histograms may have been edited.
        if len <= file.stamp.len || self.seen.swap(len, Ordering::Relaxed) == len {
            return Ok(None);
        }
        let _before = task.memory.reserve(self.memory()).map_err(|why| context.failed(why))?;
        let now = match (&self.lines, &file.prefix) {
            (Some(lines), Some(prefix)) => text::read_on(context, file, lines, prefix)?
                .map(|(document, file)| self.with_more(document, Some(file), task)),
            _ => text::read_again(context, file)?.map(|now| now.in_order_of(&self.info.series)),
        };
        context.check()?;
        Ok(now.map(|now| Arc::new(now) as Arc<dyn Source>))
    }

    fn rewritten(&self, text: &[u8], at: &dyn Fn(usize) -> usize) -> Option<Arc<dyn Source>> {
        let (file, lines) = self.file.as_ref().filter(|_| self.info.growing).zip(self.lines.as_ref())?;
        let (offset, end) = (at(lines.offset_in_file()), at(file.stamp.len as usize).min(text.len()));
        let rest = text.get(offset..end)?;
        let prefix = Prefix::of(&file.path.metadata().ok()?, text, offset);
        let (_, stamp) = prefix.extended(rest, 0);
        let file = TextFile { path: file.path.clone(), stamp, writable: file.writable, prefix: Some(prefix) };
        let mut now = Self::new(SourceInfo::default(), Some(file));
        (now.info, now.series) = (Arc::clone(&self.info), self.series.clone());
        let shift = offset.cast_signed() - lines.offset.cast_signed();
        now.lines = Some(LinePosition { shift, ..lines.clone() });
        Some(Arc::new(now))
    }
}
