//! `rebin count` and `rebin merge`: counts that are made in several places and add up to those of everything.

use super::args::{self, Paths, TuiArgs};
use super::failure::Failure;
use super::output::print;
use super::{as_one, series, warnings};
use crate::catalog::Content;
use crate::document::save::{Overwrite, write_new};
use crate::engine::Population;
use crate::error::Error;
use crate::format::counts_file;
use crate::hist::Range;
use crate::source::{self, Input, Task};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Writes what is counted in some files.
pub(super) fn count(args: &args::Count) -> Result<(), Failure> {
    let (key, population) = read(&args.paths, args.key.as_deref(), &args.output)?;
    write(&key, &population, (&args.output, args.force), args.range)
}

/// Writes the sum of what was counted, or says what to open.
pub(super) fn merge(args: args::Merge) -> Result<Option<TuiArgs>, Failure> {
    let Some(output) = args.output else {
        let paths = Paths { paths: args.paths };
        return Ok(Some(TuiArgs { paths, pool: true, ..TuiArgs::default() }));
    };
    let (key, population) = read(&args.paths, None, &output)?;
    if !population.is_counts_only() {
        return Err(
            Error::Value("these are samples, which rebin count counts; merge adds up what it wrote".into()).into()
        );
    }
    write(&key, &population, (&output, args.force), None)?;
    Ok(None)
}

/// The samples of all files, or what was counted of them, and the key of the series.
fn read(paths: &[PathBuf], key: Option<&str>, output: &str) -> Result<(String, Arc<Population>), Failure> {
    let input = as_one(paths, key)?;
    apart(&input, output)?;
    let source = source::open(&input, &Task::default())?;
    let info = source.info();
    warnings::problems(info);
    let index = series::single(info, key)?;
    let series = info.series.get(index).ok_or_else(|| series::nothing(info))?;
    match source.load(index, series.steps.len().saturating_sub(1), &Task::default())? {
        Content::Raw(population) => Ok((series.key(), population)),
        Content::Logged(_) => {
            let why = "it is a logged histogram; only samples and counts can be counted together";
            Err(Error::read(info.name_of(index), why).into())
        }
    }
}

/// Refuses to write into what is read: the sum of a run before is matched by the same pattern as its parts.
fn apart(input: &Input, output: &str) -> Result<(), Error> {
    let file = |path: &Path| path.metadata().ok().filter(Metadata::is_file).map(|file| (file.dev(), file.ino()));
    let Some(written) = file(Path::new(output)).filter(|_| output != "-") else { return Ok(()) };
    let inputs = if let Input::Pool(pool) = input { &pool.inputs[..] } else { std::slice::from_ref(input) };
    let read = inputs.iter().find(|input| matches!(input, Input::Path(path) if file(path) == Some(written)));
    read.map_or(Ok(()), |read| {
        let why = format!("it is also read, as {}; leave it out there, or write another file", read.name());
        Err(Error::write_file(Path::new(output), why))
    })
}

fn write(key: &str, population: &Population, (name, force): (&str, bool), range: Option<Range>) -> Result<(), Failure> {
    let text = counts_file::text(&population.partial(range, &Task::default())?, key);
    if name == "-" {
        return print(text.as_bytes());
    }
    let overwrite = if force { Overwrite::Allow } else { Overwrite::Refuse };
    write_new(Path::new(name), text.as_bytes(), overwrite)?;
    Ok(())
}
