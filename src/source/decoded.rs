//! A source whose content is in memory already.

use super::input::Origin;
use super::{Source, Work, text};
use crate::catalog::{self, Content, Logged, SourceInfo, Stamp};
use crate::engine::Population;
use crate::error::Error;
use crate::format::Refusal;
use crate::format::column::Column;
use crate::format::document;
use crate::wandb;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Series by series what [`SourceInfo`] announces.
pub(super) struct Decoded {
    info: SourceInfo,
    series: Vec<Series>,
    file: Option<File>,
    /// The length of the file when it was last looked whether it has grown.
    seen: AtomicU64,
}

/// The text file that was read.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
    /// Whether a histogram can be replaced in it.
    pub(super) writable: bool,
}

enum Series {
    Logged(Vec<Entry>),
    Raw(Arc<Population>),
}

struct Entry {
    histogram: Arc<wandb::Histogram>,
    span: Range<usize>,
    extra: Vec<Range<usize>>,
}

impl Decoded {
    /// Without series yet; those of `info` are replaced by what is added.
    pub(super) fn new(info: SourceInfo, file: Option<File>) -> Self {
        let seen = AtomicU64::new(file.as_ref().map_or(0, |file| file.stamp.len));
        Self { info: SourceInfo { series: Vec::new(), ..info }, series: Vec::new(), file, seen }
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
            path: column.path,
            kind: catalog::Kind::Samples,
            steps: catalog::Steps::Unknown(1),
            problems: column.problems.clone(),
        });
        let population = Population::new(column.samples);
        let population = population.with_gaps(column.missing, column.bad, column.problems);
        self.series.push(Series::Raw(Arc::new(population)));
    }

    /// Adds a series of histograms; one without a single good entry leaves only its problems.
    pub(super) fn add_histograms(&mut self, series: document::Series) {
        if series.entries.is_empty() {
            self.info.problems.extend(series.problems);
            return;
        }
        let steps = series.steps().map_or(catalog::Steps::Unknown(series.entries.len()), catalog::Steps::Known);
        let (path, problems) = (series.path, series.problems);
        self.info.series.push(catalog::Series { path, kind: catalog::Kind::Histogram, steps, problems });
        let entry = |e: document::Entry| Entry { histogram: Arc::new(e.histogram), span: e.span, extra: e.extra };
        self.series.push(Series::Logged(series.entries.into_iter().map(entry).collect()));
    }
}

impl Source for Decoded {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn load(&self, series: usize, step: usize, _: &Work) -> Result<Content, Error> {
        match self.series.get(series) {
            Some(Series::Raw(population)) if step == 0 => Ok(Content::Raw(Arc::clone(population))),
            Some(Series::Logged(entries)) => {
                let entry = entries.get(step).ok_or_else(|| super::nothing_there(series, step))?;
                let origin = self.file.as_ref().filter(|file| file.writable).map(|file| catalog::Origin {
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

    fn refresh(&self, work: &Work) -> Result<Option<Arc<dyn Source>>, Error> {
        let Some(file) = self.file.as_ref().filter(|_| self.info.growing) else { return Ok(None) };
        let origin = Origin { name: &self.info.name, path: Some(&file.path), work };
        let len = file.path.metadata().map_err(|error| origin.failed(Refusal::from(error)))?.len();
        // A text that was rewritten is another one. It is not taken for this one, whose histograms may have been edited.
        if len <= file.stamp.len || self.seen.swap(len, Ordering::Relaxed) == len {
            return Ok(None);
        }
        let now = text::read_on(origin, &file.path, file.stamp)?;
        Ok(now.map(|now| Arc::new(now.in_order_of(&self.info.series)) as Arc<dyn Source>))
    }
}
