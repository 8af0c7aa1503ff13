//! A source whose content is in memory already.

use super::input::ReadContext;
use super::lines::{Lines, Tail};
use super::{Source, Task, text};
use crate::catalog::{self, Content, Logged, SeriesKind, SourceInfo, Stamp, Steps};
use crate::engine::{Part, Population};
use crate::error::{Error, Problem};
use crate::format::DecodeError;
use crate::format::column::{Column, LOCATED};
use crate::format::document::{self, Document};
use crate::format::samples;
use crate::hist::Samples;
use crate::wandb;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Series by series what [`SourceInfo`] announces.
pub(super) struct Decoded {
    info: SourceInfo,
    series: Vec<Series>,
    file: Option<File>,
    /// How far it was read, if it is lines.
    lines: Option<Lines>,
    /// The length of the file when it was last looked whether it has grown.
    seen: AtomicU64,
}

/// The text file that was read.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
    /// Whether a histogram can be replaced in it.
    pub(super) writable: bool,
    /// To read on from, if it is lines.
    pub(super) tail: Option<Tail>,
}

#[derive(Clone)]
enum Series {
    Logged(Vec<Entry>),
    Raw(Arc<Population>),
}

#[derive(Clone)]
struct Entry {
    histogram: Arc<wandb::Histogram>,
    span: Range<usize>,
    extra: Vec<Range<usize>>,
}

impl Decoded {
    /// Without series yet; those of `info` are replaced by what is added.
    pub(super) fn new(info: SourceInfo, file: Option<File>) -> Self {
        let seen = AtomicU64::new(file.as_ref().map_or(0, |file| file.stamp.len));
        Self { info: SourceInfo { series: Vec::new(), ..info }, series: Vec::new(), file, lines: None, seen }
    }

    /// What can be read on from there.
    pub(super) fn of_lines(self, lines: Option<Lines>) -> Self {
        Self { lines, ..self }
    }

    /// Lines that come behind those that are done with.
    pub(super) fn more_lines(&self, text: &[u8], task: &Task) -> Document {
        let behind = self.lines.as_ref().map_or((1, false), |lines| (lines.line, lines.in_pieces));
        text::read_lines(task, text, behind)
    }

    /// Bytes of memory that the samples and the histograms take.
    pub(super) fn memory(&self) -> u64 {
        let numbers = |entry: &Entry| 8 * (entry.histogram.values().len() + entry.histogram.bins().len()) as u64;
        let of_series = |series: &Series| match series {
            Series::Logged(entries) => entries.iter().map(numbers).sum(),
            Series::Raw(population) => population.in_memory(),
        };
        self.series.iter().map(of_series).sum()
    }

    /// Whether more may come, and what is wrong with the end if not.
    pub(super) fn set_growing(&mut self, growing: bool, problem: Option<Problem>) {
        self.info.growing = growing;
        for problem in &mut self.info.problems {
            problem.unfinished &= growing;
        }
        self.info.problems.extend(problem);
    }

    /// With the lines that stand behind those that are done with.
    pub(super) fn with_more(&self, document: Document, file: Option<File>) -> Self {
        let before = self.lines.clone().unwrap_or_default();
        let lines = before.after(&document);
        let columns = samples::read(&document);
        let mut whole = Self::new(SourceInfo::default(), file);
        (whole.info, whole.series) = (self.info.clone(), self.series.clone());
        whole.info.title = text::lines_title(lines.as_ref());
        whole.lines = lines;
        whole.info.problems.retain(|problem| before.torn.as_ref() != Some(problem));
        whole.info.problems.extend(document.problems);
        let kinds = self.info.series.iter().map(|series| (series.kind == SeriesKind::Histogram, series.path.clone()));
        let places: HashMap<_, _> = kinds.zip(0..).collect();
        for mut series in document.series {
            for entry in &mut series.entries {
                entry.move_by(before.done);
            }
            match places.get(&(true, series.path.clone())) {
                Some(place) => whole.extend_histograms(*place, series),
                None => whole.add_histograms(series),
            }
        }
        for column in columns {
            match places.get(&(false, column.path.clone())) {
                Some(place) => whole.extend_column(*place, column),
                None => whole.add_column(column),
            }
        }
        whole.without_bookkeeping();
        whole
    }

    fn extend_histograms(&mut self, place: usize, more: document::Series) {
        let (Some(series), Some(Series::Logged(entries))) =
            (self.info.series.get_mut(place), self.series.get_mut(place))
        else {
            return;
        };
        let steps = more.steps();
        entries.extend(more.entries.into_iter().map(Entry::from));
        series.steps = match (&mut series.steps, steps) {
            (Steps::Known(before), Some(steps)) => Steps::Known([&before[..], &steps].concat()),
            _ => Steps::Unknown(entries.len()),
        };
        series.problems.extend(more.problems);
    }

    fn extend_column(&mut self, place: usize, more: Column) {
        let (Some(series), Some(Series::Raw(population))) =
            (self.info.series.get_mut(place), self.series.get_mut(place))
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
        };
        column.append(more);
        *population = into_population(column);
    }

    /// Where there are histograms, what says when a row was logged is no series.
    fn without_bookkeeping(&mut self) {
        if !self.series.iter().any(|series| matches!(series, Series::Logged(_))) {
            return;
        }
        let both = self.info.series.drain(..).zip(self.series.drain(..));
        let is_kept = |(info, series): &(catalog::Series, Series)| {
            let first = info.path.first().map_or("", String::as_str);
            matches!(series, Series::Logged(_)) || !samples::BOOKKEEPING.contains(&first)
        };
        let kept: Vec<_> = both.filter(is_kept).collect();
        (self.info.series, self.series) = kept.into_iter().unzip();
    }

    /// Puts series first that were there before, in their order, so that they keep their places.
    fn in_order_of(mut self, before: &[catalog::Series]) -> Self {
        let mut both: Vec<_> = self.info.series.into_iter().zip(self.series).collect();
        both.sort_by_cached_key(|(now, _)| {
            let same = |old: &catalog::Series| old.path == now.path && old.kind == now.kind;
            before.iter().position(same).unwrap_or(before.len())
        });
        (self.info.series, self.series) = both.into_iter().unzip();
        self
    }

    /// Adds a series of raw samples.
    pub(super) fn add_column(&mut self, column: Column) {
        self.info.series.push(catalog::Series {
            path: column.path.clone(),
            kind: SeriesKind::Samples,
            steps: Steps::Unknown(1),
            problems: column.problems.clone(),
        });
        self.series.push(Series::Raw(into_population(column)));
    }

    /// Adds a series of samples that were counted elsewhere.
    pub(super) fn add_counted(&mut self, key: String, population: Population) {
        let path = if key.is_empty() { Vec::new() } else { vec![key] };
        let steps = Steps::Unknown(1);
        self.info.series.push(catalog::Series { path, kind: SeriesKind::Samples, steps, problems: Vec::new() });
        self.series.push(Series::Raw(Arc::new(population)));
    }

    /// Adds a series of histograms; one without a single good entry leaves only its problems.
    pub(super) fn add_histograms(&mut self, series: document::Series) {
        if series.entries.is_empty() {
            self.info.problems.extend(series.problems);
            return;
        }
        let steps = series.steps().map_or(Steps::Unknown(series.entries.len()), Steps::Known);
        let (path, problems) = (series.path, series.problems);
        self.info.series.push(catalog::Series { path, kind: SeriesKind::Histogram, steps, problems });
        self.series.push(Series::Logged(series.entries.into_iter().map(Entry::from).collect()));
    }
}

impl From<document::Entry> for Entry {
    fn from(entry: document::Entry) -> Self {
        Self { histogram: Arc::new(entry.histogram), span: entry.span, extra: entry.extra }
    }
}

fn into_population(column: Column) -> Arc<Population> {
    let population = Population::new(column.samples);
    Arc::new(population.with_gaps(column.missing, column.bad, column.problems))
}

impl Source for Decoded {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn load(&self, series: usize, step: usize, _: &Task) -> Result<Content, Error> {
        match self.series.get(series) {
            Some(Series::Raw(population)) if step == 0 => Ok(Content::Raw(Arc::clone(population))),
            Some(Series::Logged(entries)) => {
                let entry = entries.get(step).ok_or_else(|| super::nothing_there(series, step))?;
                let origin = self.file.as_ref().filter(|file| file.writable).map(|file| catalog::FileSpan {
                    path: file.path.clone(),
                    span: entry.span.clone(),
                    extra: entry.extra.clone(),
                    stamp: file.stamp,
                });
                Ok(Content::Logged(Logged { histogram: Arc::clone(&entry.histogram), origin }))
            }
            _ => Err(super::nothing_there(series, step)),
        }
    }

    fn watched(&self) -> Option<&Path> {
        self.file.as_ref().filter(|_| self.info.growing).map(|file| &*file.path)
    }

    fn refresh(&self, task: &Task) -> Result<Option<Arc<dyn Source>>, Error> {
        let Some(file) = self.file.as_ref().filter(|_| self.info.growing) else { return Ok(None) };
        let origin = ReadContext { name: &self.info.name, path: Some(&file.path), task };
        let len = file.path.metadata().map_err(|error| origin.failed(DecodeError::from(error)))?.len();
        // A text that was rewritten is another one. It is not taken for this one, whose histograms may have been edited.
        if len <= file.stamp.len || self.seen.swap(len, Ordering::Relaxed) == len {
            return Ok(None);
        }
        let _before = task.memory.hold(self.memory()).map_err(|why| origin.failed(DecodeError::from(why)))?;
        let now = match (&self.lines, &file.tail) {
            (Some(lines), Some(tail)) => {
                text::read_on(origin, file, (lines, tail))?.map(|(document, file)| self.with_more(document, Some(file)))
            }
            _ => text::read_again(origin, file)?.map(|now| now.in_order_of(&self.info.series)),
        };
        Ok(now.map(|now| Arc::new(now) as Arc<dyn Source>))
    }

    fn rewritten(&self, text: &[u8], at: &dyn Fn(usize) -> usize) -> Option<Arc<dyn Source>> {
        let (file, lines) = self.file.as_ref().filter(|_| self.info.growing).zip(self.lines.as_ref())?;
        let (done, end) = (at(lines.end()), at(file.stamp.len as usize).min(text.len()));
        let rest = text.get(done..end)?;
        let tail = Tail::of(&file.path.metadata().ok()?, text, done);
        let (_, stamp) = tail.and(rest, 0);
        let file = File { path: file.path.clone(), stamp, writable: file.writable, tail: Some(tail) };
        let mut now = Self::new(SourceInfo::default(), Some(file));
        (now.info, now.series) = (self.info.clone(), self.series.clone());
        now.lines = Some(Lines { shift: done.cast_signed() - lines.done.cast_signed(), ..lines.clone() });
        Some(Arc::new(now))
    }
}
