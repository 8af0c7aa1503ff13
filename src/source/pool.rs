//! Several files as one: the samples of a series in all of them, counted together.

use super::{Input, Source, Task, key};
use crate::catalog::{Content, Series, SeriesKind, SourceInfo, Steps};
use crate::engine::Population;
use crate::error::{At, Error, Problem};
use crate::format::Problems;
use crate::hist::DType;
use crate::text::plural;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// The series' key, or a glob of several; `None` where each file holds only one.
    pub key: Option<String>,
    pub inputs: Vec<Input>,
    pub require: Require,
}

/// What every file must be for the whole to be opened; what is left out is a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Require {
    /// It must hold the series.
    Series,
    /// It must be readable.
    Readable,
    /// Nothing, as long as one of them holds the series.
    Nothing,
}

/// The populations of all files.
struct Pooled {
    info: SourceInfo,
    populations: Vec<Arc<Population>>,
}

/// What was found in one file, and whether a glob found it.
type Found = Result<(Vec<(String, Arc<Population>)>, bool), Missed>;

/// What is counted together.
#[derive(Default)]
struct Group {
    /// The key of the first file in which the series has one, and that file.
    key: Option<(String, String)>,
    /// Those with another key.
    others: Vec<Problem>,
    /// By the names of their files.
    parts: Vec<(String, Arc<Population>)>,
    /// The files that hold it.
    files: Vec<usize>,
}

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

/// Reads the series in all files; what a glob finds is counted key by key. Files that do not hold it are problems, unless
/// all are.
pub(super) fn open(pool: &Pool, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let mut problems = Problems::default();
    let (mut groups, mut held): (Vec<Group>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut first = None;
    for (file, (input, found)) in pool.inputs.iter().zip(in_parallel(pool, task)).enumerate() {
        task.cancel.check()?;
        if task.memory.check().is_err() {
            return Err(Error::Value(format!(
                "the samples of all files take more than the {} of memory that are allowed: allow more with --memory, \
                 or count the files one by one and merge the counts",
                task.memory.limit()
            )));
        }
        match found {
            Ok((all, by_glob)) => {
                held.push(file);
                for (key, population) in all {
                    for problem in population.problems() {
                        let at = At::Path(format!("{}: {}", input.name(), problem.at));
                        problems.push(Problem { at, ..problem.clone() });
                    }
                    let same = groups.iter().position(|group| !by_glob || group.key() == key);
                    let at = same.unwrap_or(groups.len());
                    if same.is_none() {
                        groups.push(Group::default());
                    }
                    groups[at].add((file, input.name()), key, population);
                }
            }
            Err(Missed { error, lacks }) => {
                if pool.require == Require::Series || (pool.require == Require::Readable && !lacks) {
                    return Err(error);
                }
                problems.push(Problem::new(At::Path(input.name()), why(&error)));
                first.get_or_insert(error);
            }
        }
    }
    let mut incomplete = first.is_some();
    if let (Some(error), true) = (first, groups.is_empty()) {
        return Err(error);
    }
    for group in &groups {
        let key = group.key();
        for file in held.iter().filter(|file| !group.files.contains(file)) {
            let (name, lacks) = (pool.inputs[*file].name(), format!("it has no series '{key}'"));
            if pool.require == Require::Series {
                return Err(Error::read(name, lacks));
            }
            problems.push(Problem::new(At::Path(name), lacks));
            incomplete = true;
        }
    }
    if groups.is_empty() {
        groups.push(Group::default());
    }
    let files = plural(held.len() as u64, "file");
    let (mut series, mut populations) = (Vec::new(), Vec::new());
    let several = groups.len() > 1;
    for group in groups {
        group.problems().into_iter().for_each(|problem| problems.push(problem));
        let asked = pool.key.clone().filter(|_| !several);
        let key = asked.unwrap_or_else(|| group.key().to_owned());
        let path = if key.is_empty() { Vec::new() } else { vec![key] };
        series.push(Series { path, kind: SeriesKind::Samples, steps: Steps::Unknown(1), problems: Vec::new() });
        populations.push(Arc::new(Population::joined(&group.parts, task)?));
    }
    let key = if several { pool.key.clone().unwrap_or_default() } else { series[0].key() };
    let name = if key.is_empty() { files.clone() } else { format!("{key} · {files}") };
    let title = format!("{files}, {}", populations[0].dtype().name());
    let problems = problems.to_vec();
    let info = SourceInfo { name, title, is_pool: true, incomplete, series, problems, ..SourceInfo::default() };
    Ok(Arc::new(Pooled { info, populations }))
}

impl Group {
    fn add(&mut self, (file, name): (usize, String), key: String, population: Arc<Population>) {
        match &self.key {
            Some((first, of)) if !key.is_empty() && key != *first => {
                let message = format!("its series is '{key}' and that of {of} '{first}'; they are counted together");
                self.others.push(Problem::new(At::Path(name.clone()), message));
            }
            None if !key.is_empty() => self.key = Some((key, name.clone())),
            _ => {}
        }
        self.parts.push((name, population));
        self.files.push(file);
    }

    /// Empty where the series has none in any file.
    fn key(&self) -> &str {
        self.key.as_ref().map_or("", |(key, _)| key)
    }

    /// What may be wrong with counting it together.
    fn problems(&self) -> Vec<Problem> {
        let types: Vec<DType> = self.parts.iter().map(|(_, part)| part.dtype()).collect();
        rounded(&types).into_iter().chain(self.others.iter().cloned()).collect()
    }
}

/// The sentence without the file's name, which stands in front of it.
fn why(error: &Error) -> String {
    match error {
        Error::Read { why, .. } => why.clone(),
        error => error.to_string(),
    }
}

/// Reads as many files at once as there are processors.
fn in_parallel(pool: &Pool, task: &Task) -> Vec<Found> {
    let next = AtomicUsize::new(0);
    let found: Vec<Mutex<Option<Found>>> = pool.inputs.iter().map(|_| Mutex::default()).collect();
    let reader = || {
        while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < found.len()) {
            let one = series(&pool.inputs[at], pool.key.as_deref(), task);
            *found[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(one);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(found.len());
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(reader))));
    let taken = |one: Mutex<Option<Found>>| one.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.into_iter().map(|one| taken(one).unwrap_or(Err(Error::Cancelled.into()))).collect()
}

/// The samples of the series in one file.
fn series(input: &Input, key: Option<&str>, task: &Task) -> Found {
    let source = super::open(input, task)?;
    let info = source.info();
    let refused = |why: String| Missed::from(Error::read(info.name.clone(), why));
    let super::Found { series, by_glob } = key::find(info, key)?;
    match (series.as_slice(), key) {
        ([], Some(key)) => return Err(Missed { lacks: true, ..refused(format!("it has no series '{key}'")) }),
        ([], None) => return Err(refused("it holds no numbers".into())),
        ([_, _, ..], None) => {
            return Err(refused(format!("it holds {} series; choose one with --key KEY", series.len())));
        }
        _ => {}
    }
    let mut all: Vec<(String, Arc<Population>)> = Vec::new();
    for (index, series) in series.iter().filter_map(|index| Some((*index, info.series.get(*index)?))) {
        let key = series.key();
        if all.iter().any(|(other, _)| !by_glob || *other == key) {
            return Err(refused(format!("it has several series '{key}'")));
        }
        match source.load(index, series.steps.len().saturating_sub(1), task)? {
            Content::Raw(population) => all.push((key, population)),
            Content::Logged(_) => {
                let logged = "it holds a logged histogram there; only samples and counts can be counted together";
                return Err(refused(logged.into()));
            }
        }
    }
    Ok((all, by_glob))
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

    fn load(&self, series: usize, step: usize, _: &Task) -> Result<Content, Error> {
        let population = self.populations.get(series).filter(|_| step == 0);
        population
            .map(|population| Content::Raw(Arc::clone(population)))
            .ok_or_else(|| super::nothing_there(series, step))
    }
}
