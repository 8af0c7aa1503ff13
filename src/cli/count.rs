//! `rebin count` and `rebin merge`: writes count files, and adds up their counts.

use super::args::{self, CountsFormat, Nan, Paths, TuiArgs};
use super::exit::{Failure, print};
use super::series::OTHER_RANGE;
use super::{expand, output, pool, progress, series, single_input, warnings};
use crate::catalog::Content;
use crate::document::check_finite;
use crate::document::save::Overwrite;
use crate::engine::{MergeableCounts, Population, Task, Upcoming};
use crate::error::Error;
use crate::format::counts_file;
use crate::hist::{self, Range};
use crate::source::{self, Input, Source};
use std::fs::Metadata;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Name and form of the file to write.
struct Target<'a> {
    name: &'a str,
    format: Option<CountsFormat>,
    force: bool,
}

/// Counts samples and writes a count file.
pub(super) fn count(args: &args::Count) -> Result<(), Failure> {
    let target = Target { name: &args.output, format: args.format, force: args.force };
    let part = args.part.as_deref();
    if let (Some(range), true) = (args.range, args.paths == [Path::new("-")]) {
        check_output(&Input::Stdin, &args.output)?;
        let (key, mut counts) = count_stdin(args.key.as_deref(), range)?;
        counts.parts = vec![part_id(&Input::Stdin, part, &key)];
        return write(&key, &counts, &target);
    }
    let input = single_input(&args.paths, args.key.as_deref())?;
    // Counts over the range of the samples can be made while they are read.
    let upcoming = if args.range.is_none() { Upcoming::AllHistograms } else { Upcoming::Unknown };
    let (key, population) = read(&input, args.key.as_deref(), &args.output, upcoming)?;
    let name = args.paths.first().map_or_else(String::new, |path| path.display().to_string());
    if args.nan == Nan::Error && args.range.is_none() {
        check_finite(&population).map_err(|error| {
            Error::Value(format!("{name}: {error}; leave NaN and infinite values out with --nan omit"))
        })?;
    }
    let mut counts =
        population.mergeable_counts(args.range, &progress::reading(0, 1)).map_err(|error| match error {
            Error::Hist(error @ hist::Error::TooManyBins(_)) => Error::Value(format!("{name}: {error}{OTHER_RANGE}")),
            Error::Hist(error) => Error::Value(format!("{name}: {error}")),
            other => other,
        })?;
    if let (true, Some(part)) = (population.is_counts_only(), part) {
        let name = input.name();
        return Err(
            Error::Value(format!("cannot count {name} as part {part}: it has parts already; omit --part")).into()
        );
    }
    if !population.is_counts_only() {
        let inputs = if let Input::Pool(pool) = &input { &pool.inputs[..] } else { std::slice::from_ref(&input) };
        // A name stands for all files.
        let inputs = if part.is_some() { inputs.get(..1).unwrap_or_default() } else { inputs };
        counts.parts = inputs.iter().map(|input| part_id(input, part, &key)).collect();
    }
    write(&key, &counts, &target)
}

/// Counts the samples of a series on standard input. The range is known, so that a stream need not fit in memory.
fn count_stdin(key: Option<&str>, range: Range) -> Result<(String, MergeableCounts), Failure> {
    let mut sum: Option<(String, MergeableCounts)> = None;
    source::open_in_segments("-", io::stdin().lock(), &progress::opening("-"), &mut |source| {
        if sum.is_none() {
            warnings::report_problems(source.info());
        }
        let (key, population) = load(&*source, key, Upcoming::Unknown)?;
        let counts = population.mergeable_counts(Some(range), &progress::reading(0, 1))?;
        match &mut sum {
            Some((_, sum)) => sum.merge(&counts)?,
            None => sum = Some((key, counts)),
        }
        Ok(())
    })?;
    Ok(sum.ok_or(Error::Cancelled)?)
}

/// Identifies what was counted by the key of the series and the name that the user gave it. Without a name, identifies a
/// file by its path and its version. Equal files count as different parts. Other input gets a random identifier.
fn part_id(input: &Input, part: Option<&str>, key: &str) -> u64 {
    // FNV-1a, because the hashes of the standard library may change between versions.
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let file = match input {
        Input::Path(path) => path.canonicalize().ok().and_then(|path| Some((path.metadata().ok()?, path))),
        Input::Stdin | Input::Demo | Input::Pool(_) => None,
    };
    let hash = |name: &[u8], version: [i64; 3]| {
        let version = version.map(i64::to_le_bytes);
        let bytes = name.iter().chain(&[0]).chain(key.as_bytes()).chain(version.as_flattened());
        bytes.fold(BASIS, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
    };
    match (part, file) {
        (Some(part), _) => hash(part.as_bytes(), [0; 3]),
        (None, Some((file, path))) => {
            hash(path.as_os_str().as_bytes(), [file.len() as i64, file.mtime(), file.mtime_nsec()])
        }
        (None, None) => RandomState::new().build_hasher().finish(),
    }
}

/// Writes the merged counts. Without an output, checks the files and returns the arguments to open them.
pub(super) fn merge(args: args::Merge) -> Result<Option<TuiArgs>, Failure> {
    let Some(output) = &args.output else {
        reject_other_files(&args.paths)?;
        let paths = Paths { paths: args.paths };
        return Ok(Some(TuiArgs { paths, pool: true, counts_only: true, ..TuiArgs::default() }));
    };
    let counts = read(&pool(&args.paths, None), None, output, Upcoming::Unknown).and_then(|(key, population)| {
        check_counts("-", &population)?;
        Ok((key, population.mergeable_counts(None, &progress::reading(0, 1))?))
    });
    let (key, counts) = match counts {
        Ok(counts) => counts,
        Err(error) => {
            reject_other_files(&args.paths)?;
            return Err(error);
        }
    };
    write(&key, &counts, &Target { name: output, format: args.format, force: args.force })?;
    Ok(None)
}

/// Returns an error for the first input that can be read but is not a count file. Skips stdin.
fn reject_other_files(paths: &[PathBuf]) -> Result<(), Error> {
    for input in paths.iter().flat_map(|path| expand(path, &mut Vec::new())) {
        if input == Input::Stdin {
            continue;
        }
        let Ok(source) = source::open(&input, &progress::opening(&input.name())) else { continue };
        for (index, series) in source.info().series.iter().enumerate() {
            match source.load(index, series.steps.len().saturating_sub(1), &progress::reading(0, 1)) {
                Ok(Content::Raw(population)) => check_counts(&input.name(), &population)?,
                Ok(Content::Logged(_)) => return Err(not_counts(&input.name(), "a logged histogram")),
                Err(_) => {}
            }
        }
    }
    Ok(())
}

/// Returns an error if a population consists of samples.
pub(super) fn check_counts(name: &str, population: &Population) -> Result<(), Error> {
    if population.is_counts_only() { Ok(()) } else { Err(not_counts(name, "samples")) }
}

fn not_counts(name: &str, content: &str) -> Error {
    Error::Value(format!("cannot merge {name}: it contains {content}; merge files that rebin count wrote"))
}

/// Reads the samples or counts of all files, and the key of their series.
fn read(
    input: &Input,
    key: Option<&str>,
    output: &str,
    upcoming: Upcoming,
) -> Result<(String, Arc<Population>), Failure> {
    check_output(input, output)?;
    let source = source::open(input, &progress::opening(&input.name()))?;
    warnings::report_problems(source.info());
    Ok(load(&*source, key, upcoming)?)
}

/// Loads the samples or counts of a series, and its key.
fn load(source: &dyn Source, key: Option<&str>, upcoming: Upcoming) -> Result<(String, Arc<Population>), Error> {
    let info = source.info();
    let index = series::single(info, key)?;
    let series = info.series.get(index).ok_or_else(|| series::empty_source(info))?;
    let task = Task { upcoming, ..progress::reading(0, 1) };
    match source.load(index, series.steps.len().saturating_sub(1), &task)? {
        Content::Raw(population) => Ok((series.key(), population)),
        Content::Logged(_) => {
            let why = "it is a logged histogram; only samples and count files can be counted";
            Err(Error::read(info.name_of(index), why))
        }
    }
}

/// Refuses targets that cannot be written, before anything is counted, and refuses to overwrite an input. The pattern that
/// matches the parts may also match the result of an earlier merge.
fn check_output(input: &Input, name: &str) -> Result<(), Error> {
    if name != "-" {
        output::check(Path::new(name))?;
    }
    let file = |path: &Path| path.metadata().ok().filter(Metadata::is_file).map(|file| (file.dev(), file.ino()));
    let Some(written) = file(Path::new(name)).filter(|_| name != "-") else { return Ok(()) };
    let inputs = if let Input::Pool(pool) = input { &pool.inputs[..] } else { std::slice::from_ref(input) };
    let same = inputs.iter().find(|input| matches!(input, Input::Path(path) if file(path) == Some(written)));
    same.map_or(Ok(()), |same| {
        let why = format!("it is also an input ({}); remove it from the inputs, or write another file", same.name());
        Err(Error::write_file(Path::new(name), why))
    })
}

fn write(key: &str, counts: &MergeableCounts, target: &Target<'_>) -> Result<(), Failure> {
    let path = Path::new(target.name);
    let is_json = target.name == "-" || path.extension().is_some_and(|extension| extension == "json");
    let format = target.format.unwrap_or(if is_json { CountsFormat::Json } else { CountsFormat::Binary });
    let bytes = match format {
        CountsFormat::Json => counts_file::text(counts, key).into_bytes(),
        CountsFormat::Binary => {
            let failed = |error: io::Error| Error::write_file(path, error.to_string());
            counts_file::binary::bytes(counts, key).map_err(failed)?
        }
    };
    if target.name == "-" {
        return print(&bytes);
    }
    output::write(path, &bytes, if target.force { Overwrite::Allow } else { Overwrite::Refuse })?;
    Ok(())
}
