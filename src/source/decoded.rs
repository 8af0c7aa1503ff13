//! A source whose content is in memory already.

use super::{Source, Work};
use crate::catalog::{self, Content, Logged, SourceInfo, Stamp};
use crate::engine::Population;
use crate::error::Error;
use crate::format::column::Column;
use crate::format::document;
use crate::wandb;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Series by series what [`SourceInfo`] announces.
pub(super) struct Decoded {
    info: SourceInfo,
    series: Vec<Series>,
    file: Option<File>,
}

/// The text file that histograms can be written back to.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
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
        Self { info: SourceInfo { series: Vec::new(), ..info }, series: Vec::new(), file }
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
                let origin = self.file.as_ref().map(|file| catalog::Origin {
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
}
