//! Several files as one: the samples of one series in all of them, counted together.

use super::{Input, Source, Work};
use crate::catalog::{Content, Kind, Series, SourceInfo, Steps};
use crate::engine::Population;
use crate::error::{At, Error, Problem};
use crate::format::Problems;
use crate::hist::DType;
use crate::hist::scale::counted;
use crate::text;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// The series' key; `None` where each file holds only one.
    pub key: Option<String>,
    pub inputs: Vec<Input>,
    pub demand: Demand,
}

/// What every file must be for the whole to be opened; what is left out is a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// It must hold the series.
    Held,
    /// It must be readable.
    Readable,
    /// Nothing, as long as one of them holds the series.
    Any,
}

/// The population of all files.
struct Pooled {
    info: SourceInfo,
    population: Arc<Population>,
}

/// What was found in one file.
type Found = Result<(String, Arc<Population>), Missed>;

/// Why nothing was.
struct Missed {
    error: Error,
    /// Whether the file is sound and only has no such series.
    lacks: bool,
}

impl From<Error> for Missed {
    fn from(error: Error) -> Self {
        Self { error, lacks: false }
    }
}

/// Reads the series in all files. Files that do not hold it are problems, unless all are.
pub(super) fn open(pool: &Pool, work: &Work) -> Result<Arc<dyn Source>, Error> {
    let mut problems = Problems::default();
    let (mut parts, mut types) = (Vec::new(), Vec::new());
    let mut keys: Vec<String> = Vec::new();
    let mut first = None;
    for (input, found) in pool.inputs.iter().zip(in_parallel(pool, work)) {
        work.cancel.check()?;
        if work.memory.check().is_err() {
            return Err(Error::Value(format!(
                "the samples of all files take more than the {} of memory that are allowed: allow more with --memory, \
                 or count the files one by one and merge the counts",
                work.memory.limit()
            )));
        }
        match found {
            Ok((name, population)) => {
                for problem in population.problems() {
                    problems
                        .push(Problem { at: At::Path(format!("{}: {}", input.name(), problem.at)), ..problem.clone() });
                }
                types.push(population.dtype());
                parts.push(population);
                if !name.is_empty() && !keys.contains(&name) {
                    keys.push(name);
                }
            }
            Err(Missed { error, lacks }) => {
                if pool.demand == Demand::Held || (pool.demand == Demand::Readable && !lacks) {
                    return Err(error);
                }
                problems.push(Problem::new(At::Path(input.name()), why(&error)));
                first.get_or_insert(error);
            }
        }
    }
    let lacking = first.is_some();
    if let (Some(error), true) = (first, parts.is_empty()) {
        return Err(error);
    }
    if let Some(problem) = rounded(&types) {
        problems.push(problem);
    }
    if let [one, other, ..] = keys.as_slice() {
        let message = format!("series of different keys are counted together, such as '{one}' and '{other}'");
        problems.push(Problem::new(At::Whole, message));
    }
    let key = pool.key.clone().or_else(|| keys.into_iter().next()).unwrap_or_default();
    let population = Population::joined(&parts, work)?;
    let files = counted(parts.len() as u64, "file");
    let name = if key.is_empty() { files.clone() } else { format!("{key} · {files}") };
    let path = if key.is_empty() { Vec::new() } else { vec![key] };
    let series = Series { path, kind: Kind::Samples, steps: Steps::Unknown(1), problems: Vec::new() };
    let title = format!("{files}, {}", population.dtype().name());
    let (series, problems) = (vec![series], problems.to_vec());
    let info = SourceInfo { name, title, pooled: true, lacking, series, problems, ..SourceInfo::default() };
    Ok(Arc::new(Pooled { info, population: Arc::new(population) }))
}

/// The sentence without the file's name, which stands in front of it.
fn why(error: &Error) -> String {
    match error {
        Error::Read { why, .. } => why.clone(),
        error => error.to_string(),
    }
}

/// Reads as many files at once as there are processors.
fn in_parallel(pool: &Pool, work: &Work) -> Vec<Found> {
    let next = AtomicUsize::new(0);
    let found: Vec<Mutex<Option<Found>>> = pool.inputs.iter().map(|_| Mutex::default()).collect();
    let reader = || {
        while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < found.len()) {
            let one = series(&pool.inputs[at], pool.key.as_deref(), work);
            *found[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(one);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(found.len());
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(reader))));
    let taken = |one: Mutex<Option<Found>>| one.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.into_iter().map(|one| taken(one).unwrap_or(Err(Error::Cancelled.into()))).collect()
}

/// The samples of the series in one file.
fn series(input: &Input, key: Option<&str>, work: &Work) -> Found {
    let source = super::open(input, work)?;
    let info = source.info();
    let is_wanted = |series: &Series| key.is_none_or(|key| series.key() == key || text::visible(&series.key()) == key);
    let mut found = info.series.iter().enumerate().filter(|(_, series)| is_wanted(series));
    let refused = |why: String| Missed::from(Error::read(info.name.clone(), why));
    let (index, series) = match (found.next(), found.next(), key) {
        (Some(one), None, _) => one,
        (None, _, Some(key)) => return Err(Missed { lacks: true, ..refused(format!("it has no series '{key}'")) }),
        (None, _, None) => return Err(refused("it holds no numbers".into())),
        (Some(_), Some(_), Some(key)) => return Err(refused(format!("it has several series '{key}'"))),
        (Some(_), Some(_), None) => {
            let n = info.series.len();
            return Err(refused(format!("it holds {n} series; choose one with --key KEY")));
        }
    };
    match source.load(index, series.steps.len().saturating_sub(1), work)? {
        Content::Raw(population) => Ok((series.key(), population)),
        Content::Logged(_) => {
            Err(refused("it holds a logged histogram there; only samples and counts can be counted together".into()))
        }
    }
}

/// That numpy's common type does not hold every number of the types it is made of.
fn rounded(types: &[DType]) -> Option<Problem> {
    let common = types.iter().copied().reduce(DType::promoted)?;
    let wide = types.iter().find(|dtype| matches!(dtype, DType::I64 | DType::U64))?;
    (common == DType::F64).then(|| {
        let words = format!("{} is counted as float64 beside other types, as numpy does", wide.name());
        Problem::new(At::Whole, format!("{words}: whole numbers beyond 2^53 are rounded"))
    })
}

impl Source for Pooled {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn load(&self, series: usize, step: usize, _: &Work) -> Result<Content, Error> {
        if (series, step) == (0, 0) {
            return Ok(Content::Raw(Arc::clone(&self.population)));
        }
        Err(super::nothing_there(series, step))
    }
}
