//! Pools: several files opened as one, with the samples of a series in all of them combined.

use super::{Input, KeyMatches, Source, Task, counts, key};
use crate::catalog::{Content, Series, SourceInfo};
use crate::engine::{Population, Upcoming};
use crate::error::{At, Error, Problem};
use crate::format::Problems;
use crate::hist::DType;
use crate::text::plural;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Files whose samples are combined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Key of the series, or a glob for several. `None` if each file contains only one series.
    pub key: Option<String>,
    pub inputs: Vec<Input>,
    pub require: Require,
}

/// Requirement for the files of a pool. Opening fails if a file does not meet it. Other skipped files are problems of the
/// source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Require {
    /// Every file must contain the series.
    Series,
    /// Every file must be readable.
    Readable,
    /// At least one file must contain the series.
    Nothing,
}

/// Combined populations, one for each series.
struct PoolSource {
    info: Arc<SourceInfo>,
    populations: Vec<Arc<Population>>,
}

/// Matching series of one file.
pub(super) struct FileSeries {
    /// Populations by key.
    pub(super) populations: Vec<(String, Arc<Population>)>,
    /// True if a glob matched them.
    by_glob: bool,
}

/// Series to combine.
#[derive(Default)]
struct PoolSeries {
    /// First key that is not empty, with the name of its file.
    key: Option<(String, String)>,
    /// Problems of files in which the series has another key.
    other_keys: Vec<Problem>,
    /// Populations, by the names of their files.
    parts: Vec<(String, Arc<Population>)>,
    /// Indices of the files that contain the series.
    files: Vec<usize>,
}

/// File without the series.
pub(super) struct Skipped {
    error: Error,
    /// True if the file is readable and only lacks the series.
    lacks_series: bool,
}

impl From<Skipped> for Error {
    fn from(skipped: Skipped) -> Self {
        skipped.error
    }
}

impl From<Error> for Skipped {
    fn from(error: Error) -> Self {
        Self { error, lacks_series: false }
    }
}

/// Opens the series in all files. The matches of a glob are combined key by key. Fails if all files lack the series.
pub(super) fn open(pool: &Pool, task: &Task) -> Result<Arc<dyn Source>, Error> {
    if let Some(sum) = counts::sum(pool, task)? {
        let parts = vec![(String::new(), Arc::new(sum.population))];
        let mut series = PoolSeries { key: sum.key, parts, ..PoolSeries::default() };
        for (name, key) in sum.other_keys {
            series.note_key(name, &key);
        }
        let all: Vec<usize> = (0..pool.inputs.len()).collect();
        return finish(pool, vec![series], &all, Problems::default(), false, task);
    }
    let mut problems = Problems::default();
    let (mut all, mut readable): (Vec<PoolSeries>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut first_error = None;
    for (file, (input, opened)) in pool.inputs.iter().zip(open_all(pool, task)).enumerate() {
        task.cancel.check()?;
        if task.memory.check().is_err() {
            return Err(Error::Value(format!(
                "the samples of all files need more than the {} memory limit; raise it with --memory, or count the files \
                 one by one and merge the counts",
                task.memory.limit()
            )));
        }
        match opened {
            Ok(FileSeries { populations, by_glob }) => {
                readable.push(file);
                for (key, population) in populations {
                    for problem in population.problems() {
                        let at = At::Path(format!("{}: {}", input.name(), problem.at));
                        problems.push(Problem { at, ..problem.clone() });
                    }
                    let same = all.iter().position(|series| !by_glob || series.key() == key);
                    let index = same.unwrap_or(all.len());
                    if same.is_none() {
                        all.push(PoolSeries::default());
                    }
                    all[index].add(file, input.name(), key, population);
                }
            }
            Err(Skipped { error, lacks_series }) => {
                if pool.require == Require::Series || (pool.require == Require::Readable && !lacks_series) {
                    return Err(error);
                }
                let key = pool.key.as_deref().filter(|_| lacks_series);
                let why = key.map_or_else(|| why(&error), |key| format!("no series '{key}'"));
                problems.push(Problem::new(At::Path(input.name()), why));
                first_error.get_or_insert(error);
            }
        }
    }
    let mut incomplete = first_error.is_some();
    if let (Some(error), true) = (first_error, all.is_empty()) {
        return Err(error);
    }
    for series in &all {
        let key = series.key();
        for file in readable.iter().filter(|file| !series.files.contains(file)) {
            let name = pool.inputs[*file].name();
            if pool.require == Require::Series {
                return Err(Error::Select(format!("{name} has no series '{key}'")));
            }
            problems.push(Problem::new(At::Path(name), format!("no series '{key}'")));
            incomplete = true;
        }
    }
    if all.is_empty() {
        all.push(PoolSeries::default());
    }
    finish(pool, all, &readable, problems, incomplete, task)
}

/// Joins the populations of each series, and describes the pool.
fn finish(
    pool: &Pool,
    all: Vec<PoolSeries>,
    readable: &[usize],
    mut problems: Problems,
    incomplete: bool,
    task: &Task,
) -> Result<Arc<dyn Source>, Error> {
    let files = plural(readable.len() as u64, "file");
    let files_name = if let [file] = *readable { pool.inputs[file].name() } else { files.clone() };
    let (mut series, mut populations) = (Vec::new(), Vec::new());
    let several = all.len() > 1;
    for one in all {
        one.problems().into_iter().for_each(|problem| problems.push(problem));
        let typed = pool.key.clone().filter(|_| !several);
        let key = typed.unwrap_or_else(|| one.key().to_owned());
        let path = if key.is_empty() { Vec::new() } else { vec![key] };
        series.push(Series::samples(path, Vec::new()));
        populations.push(Arc::new(Population::joined(&one.parts, task)?));
    }
    let key = if several { pool.key.clone().unwrap_or_default() } else { series[0].key() };
    let name = if key.is_empty() { files_name } else { format!("{key} · {files_name}") };
    let title = format!("{files}, {}", populations[0].dtype().name());
    let problems = problems.to_vec();
    let non_finite = populations.iter().flat_map(|population| population.non_finite_problems()).collect();
    let info =
        SourceInfo { name, title, is_pool: true, incomplete, series, problems, non_finite, ..SourceInfo::default() };
    Ok(Arc::new(PoolSource { info: Arc::new(info), populations }))
}

impl PoolSeries {
    fn add(&mut self, file: usize, name: String, key: String, population: Arc<Population>) {
        match &self.key {
            Some((first, _)) if !key.is_empty() && key != *first => self.note_key(name.clone(), &key),
            None if !key.is_empty() => self.key = Some((key, name.clone())),
            _ => {}
        }
        self.parts.push((name, population));
        self.files.push(file);
    }

    /// Adds the problem of a file in which the series has another key.
    fn note_key(&mut self, name: String, key: &str) {
        if let Some((first, of)) = &self.key {
            let message = format!("combined its series '{key}' with '{first}' of {of}");
            self.other_keys.push(Problem::new(At::Path(name), message));
        }
    }

    /// Key of the series; empty if it is empty in all files.
    fn key(&self) -> &str {
        self.key.as_ref().map_or("", |(key, _)| key)
    }

    /// Problems of the combination: rounded integers and different keys.
    fn problems(&self) -> Vec<Problem> {
        let types: Vec<DType> = self.parts.iter().map(|(_, part)| part.dtype()).collect();
        rounding(&types).into_iter().chain(self.other_keys.iter().cloned()).collect()
    }
}

/// Cause of an error without the name of the file, for a problem that already has the name.
fn why(error: &Error) -> String {
    match error {
        Error::Read { why, .. } => why.clone(),
        error => error.to_string(),
    }
}

/// Opens the series in all files, as many at once as there are processors.
fn open_all(pool: &Pool, task: &Task) -> Vec<Result<FileSeries, Skipped>> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<_>>> = pool.inputs.iter().map(|_| Mutex::default()).collect();
    let reader = || {
        while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < results.len()) {
            let result = open_one(&pool.inputs[at], pool.key.as_deref(), task);
            *results[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(results.len());
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(reader))));
    let into_inner = |result: Mutex<Option<_>>| result.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.into_iter().map(|result| into_inner(result).unwrap_or(Err(Error::Cancelled.into()))).collect()
}

/// Opens the series in one file.
pub(super) fn open_one(input: &Input, key: Option<&str>, task: &Task) -> Result<FileSeries, Skipped> {
    let source = super::open(input, task)?;
    let info = source.info();
    let skip = |why: String| Skipped::from(Error::read(info.name.clone(), why));
    let KeyMatches { series, by_glob } = key::find(info, key)?;
    match (series.as_slice(), key) {
        ([], Some(key)) => return Err(Skipped { error: key::no_series(info, key), lacks_series: true }),
        ([], None) => return Err(skip("the file contains no numbers".into())),
        ([_, _, ..], None) => {
            return Err(skip(format!("the file contains {} series; choose one with --key KEY", series.len())));
        }
        _ => {}
    }
    let mut populations: Vec<(String, Arc<Population>)> = Vec::new();
    // Counts of one file are over its own range, and not needed.
    let task = Task { upcoming: Upcoming::Unknown, ..task.clone() };
    for (index, series) in series.iter().filter_map(|index| Some((*index, info.series.get(*index)?))) {
        let key = series.key();
        if populations.iter().any(|(other, _)| !by_glob || *other == key) {
            return Err(skip(format!("several series are named '{key}'")));
        }
        match source.load(index, series.steps.len().saturating_sub(1), &task)? {
            Content::Raw(population) => populations.push((key, population)),
            Content::Logged(_) => {
                let why = "the series is a logged histogram; only samples and counts can be combined";
                return Err(skip(why.into()));
            }
        }
    }
    Ok(FileSeries { populations, by_glob })
}

/// Returns a problem if numpy's common type cannot represent all integers of the types.
fn rounding(types: &[DType]) -> Option<Problem> {
    let common = types.iter().copied().reduce(DType::promoted)?;
    let wide = types.iter().find(|dtype| matches!(dtype, DType::I64 | DType::U64))?;
    (common == DType::F64).then(|| {
        let message = format!(
            "the files have mixed types, so {} values are counted as float64, like numpy does; integers above 2^53 are \
             rounded",
            wide.name()
        );
        Problem::new(At::Whole, message)
    })
}

impl Source for PoolSource {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, _: &Task) -> Result<Content, Error> {
        let population = self.populations.get(series).filter(|_| step == 0);
        population
            .map(|population| Content::Raw(Arc::clone(population)))
            .ok_or_else(|| super::no_such_entry(series, step))
    }
}
