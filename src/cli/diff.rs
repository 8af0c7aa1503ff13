//! `rebin diff`: compares the series of two sides, sorted by their distance.

mod metric;
mod output;
mod side;

use super::args::{self, Cli};
use super::exit::{Failure, report};
use super::{progress, series};
use crate::catalog::Content;
use crate::engine::{self, Budget, Comparison, MemoryLimit};
use crate::error::Error;
use crate::hist::Histogram;
use crate::source::{Attempt, Task, in_order};
use crate::text::{format_value, natural_order, statistic_resolution};
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use output::Output;
use side::{Pair, Place, Side};
use std::ops::ControlFlow;

pub(super) use metric::{Limit, Metric};

/// A pair with its distances; `None` for a series on one side only.
struct Row {
    pair: Pair,
    found: Option<Comparison>,
}

/// Prints the distances of all pairs. Fails if one of them exceeds a limit, and if something could not be compared.
pub(super) fn diff(args: &args::Diff) -> Result<(), Failure> {
    if args.a == args.b && args.a.as_os_str() == "-" {
        let message = "only one of A and B can be '-'";
        return Err(Failure::Usage(Cli::command().error(ErrorKind::ValueValidation, message)));
    }
    let (mut a, mut b) = (Side::open(&args.a, args.select.step), Side::open(&args.b, args.select.step));
    let pairs = side::pairs(&mut a, &mut b, &args.select)?;
    let mut failed = a.failed || b.failed;
    let (both, mut alone): (Vec<Pair>, Vec<Pair>) =
        pairs.into_iter().partition(|pair| pair.a.is_some() && pair.b.is_some());
    // A side that cannot be read may have the same series.
    if a.is_unreadable() || b.is_unreadable() {
        alone.clear();
    }
    if both.is_empty() && !failed {
        report(&format!("{} and {} have no series in common", args.a.display(), args.b.display()));
        failed = true;
    }
    let (all, mut rows) = (both.len(), Vec::new());
    let compare = |pair: &Pair, memory: &Budget| compare(&a, &b, pair, all, memory);
    let mut pairs = both.iter();
    in_order(
        both.iter(),
        None,
        |pair, memory| compare(pair, memory),
        |result| {
            let Some((result, pair)) = result.zip(pairs.next()) else { return ControlFlow::Continue(()) };
            match result {
                Ok(found) => rows.push(Row { pair: pair.clone(), found: Some(found) }),
                Err(error) => {
                    report(&error.to_string());
                    failed = true;
                }
            }
            progress::series(rows.len(), all);
            ControlFlow::Continue(())
        },
    );
    let weight = |row: &Row| row.found.as_ref().map_or(f64::NAN, |found| args.sort.weight(found));
    // Stable, so that equal pairs stay in the order of their keys.
    rows.sort_by(|x, y| natural_order(&x.pair.key, &y.pair.key));
    rows.sort_by(|x, y| {
        let (x, y) = (weight(x), weight(y));
        x.is_nan().cmp(&y.is_nan()).then(y.total_cmp(&x))
    });
    rows.extend(alone.into_iter().map(|pair| Row { pair, found: None }));
    let mut output = Output::new(args.json, &a, &b, &rows);
    rows.iter().try_for_each(|row| output.push(row))?;
    output.finish()?;
    for limit in &args.limits {
        failed |= exceeds(*limit, &rows);
    }
    if failed { Err(Failure::Reported) } else { Ok(()) }
}

/// Compares a pair, with the limit of a budget.
fn compare(a: &Side, b: &Side, pair: &Pair, all: usize, memory: &Budget) -> (Result<Comparison, Error>, Attempt) {
    // The bytes of several pairs at once are not reported.
    let task = if all == 1 { progress::reading(0, 1) } else { Task::default() };
    let task = Task { memory: memory.clone(), ..task };
    let found = load(a, pair.a, &task).and_then(|x| Ok((x, load(b, pair.b, &task)?)));
    let found = found.and_then(|(x, y)| Ok((distances(&x, &y, &task)?, x, y)));
    match found {
        Ok((found, x, y)) => {
            let could_be_exact =
                [&x, &y].iter().all(|content| matches!(content, Content::Raw(raw) if !raw.is_counts_only()));
            let is_small = memory.limit() < MemoryLimit::default();
            let attempt = if could_be_exact && !found.exact && is_small { Attempt::Failed } else { Attempt::Done };
            (Ok(found), attempt)
        }
        Err(error) => (Err(error), Attempt::Failed),
    }
}

fn load(side: &Side, place: Option<Place>, task: &Task) -> Result<Content, Error> {
    let opened = place.and_then(|place| Some((place, side.source(place)?)));
    let Some((Place { series, entry, .. }, source)) = opened else { return Err(Error::Cancelled) };
    let content = source.load(series, entry, task).and_then(|content| series::check(&content).map(|()| content));
    content.map_err(|error| series::located(source.info(), series, Some(entry), error))
}

fn distances(a: &Content, b: &Content, task: &Task) -> Result<Comparison, Error> {
    let bins = |content: &Content| match content {
        Content::Logged(logged) => logged.histogram.to_hist().map(Some),
        Content::Raw(_) => Ok(None),
    };
    let (a_bins, b_bins) = (bins(a)?, bins(b)?);
    match (engine_side(a, a_bins.as_ref()), engine_side(b, b_bins.as_ref())) {
        (Some(a), Some(b)) => engine::distances(a, b, task),
        _ => Err(Error::Cancelled),
    }
}

fn engine_side<'c>(content: &'c Content, bins: Option<&'c Histogram>) -> Option<engine::Side<'c>> {
    match content {
        Content::Raw(samples) => Some(engine::Side::Samples(samples)),
        Content::Logged(_) => bins.map(engine::Side::Bins),
    }
}

/// Reports the series that exceed a limit, and those whose metric is unknown. Returns true if there are any.
fn exceeds(limit: Limit, rows: &[Row]) -> bool {
    let name = limit.metric.name();
    let all = rows.iter().filter_map(|row| Some((&row.pair.key, limit.metric.magnitude(row.found.as_ref()?))));
    let named = |key: &str| if key.is_empty() { String::new() } else { format!(" of {key}") };
    let (unknown, known): (Vec<_>, Vec<_>) = all.partition(|(_, x)| x.is_nan());
    let mut above: Vec<_> = known.into_iter().filter(|(_, x)| *x > limit.most).collect();
    above.sort_by(|(_, x), (_, y)| y.total_cmp(x));
    let more = |n: usize| if n > 1 { format!(", and {} more", n - 1) } else { String::new() };
    if let Some((key, x)) = above.first() {
        let (x, most) = (format_value(*x, statistic_resolution(*x, 0.0)), limit.most);
        report(&format!("{name}{} is {x}, above {most}{}", named(key), more(above.len())));
    }
    if let Some((key, _)) = unknown.first() {
        report(&format!(
            "{name}{} is unknown, so it cannot be below {}{}",
            named(key),
            limit.most,
            more(unknown.len())
        ));
    }
    !(above.is_empty() && unknown.is_empty())
}
