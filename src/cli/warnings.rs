//! Warnings on stderr about a result: problems of the source, excluded values, approximate counts.

use super::exit::report;
use crate::catalog::{Content, SourceInfo};
use crate::document::{Basis, Certainty, EvaluatedHistogram};
use crate::engine::Population;
use crate::error::{At, Problem};
use crate::text::{format_count, plural};

/// Prints the problems of a source: of a pool each one, otherwise their number and the first.
pub(super) fn report_problems(info: &SourceInfo) {
    if info.is_pool {
        // Each names a file that is missing in the pool.
        for problem in &info.problems {
            let is_whole = problem.at == At::Whole;
            report(&if is_whole { format!("{}: {}", info.name, problem.message) } else { problem.to_string() });
        }
    } else if let Some(summary) = summarize(&info.problems, "while reading") {
        report(&format!("{}: {summary}", info.name));
    }
}

/// Warning about skipped entries of a series, or about skipped cells.
pub(super) fn skipped(info: &SourceInfo, index: usize, content: &Content) -> Option<String> {
    let warning = match content {
        Content::Raw(population) => skipped_cells(population),
        Content::Logged(_) => {
            let problems = info.series.get(index).map(|series| series.problems.as_slice()).unwrap_or_default();
            summarize(problems, "in its entries")
        }
    }?;
    Some(format!("{}: {warning}", info.name_of(index)))
}

/// Describes a problem for a line that already names the file.
pub(super) fn describe(problem: &Problem) -> String {
    if problem.at == At::Whole { problem.message.clone() } else { problem.to_string() }
}

fn summarize(problems: &[Problem], place: &str) -> Option<String> {
    match problems {
        [] => None,
        [one] => Some(describe(one)),
        [first, ..] => Some(format!("{} problems {place}; first: {}", problems.len(), describe(first))),
    }
}

fn skipped_cells(population: &Population) -> Option<String> {
    let (missing, bad) = (population.missing(), population.bad());
    let missing = (missing > 0).then(|| plural(missing, "missing cell"));
    let bad = (bad > 0).then(|| match bad {
        1 => "1 cell that is not a number".into(),
        n => format!("{} that are not numbers", plural(n, "cell")),
    });
    let cells: Vec<String> = missing.into_iter().chain(bad).collect();
    let first = population.problems().first();
    match (cells.is_empty(), first) {
        (true, None) => None,
        (true, Some(problem)) => Some(problem.to_string()),
        (false, None) => Some(format!("skipped {}", cells.join(" and "))),
        (false, Some(problem)) => Some(format!("skipped {}; first: {problem}", cells.join(" and "))),
    }
}

/// Warnings about a histogram: excluded values, and counts that are not exact.
pub(super) fn for_histogram(content: &Content, evaluated: &EvaluatedHistogram) -> Vec<String> {
    excluded(content, evaluated).into_iter().chain(inexact(evaluated)).collect()
}

/// Warning about values that are in no bin.
fn excluded(content: &Content, evaluated: &EvaluatedHistogram) -> Option<String> {
    let Content::Raw(population) = content else {
        let outside = evaluated.below + evaluated.above;
        return (outside != 0.0).then(|| format!("excluded {} out-of-range counts", format_count(outside, 2)));
    };
    let summary = population.summary();
    let (edges, counted) = (evaluated.histogram.edges().as_f64(), evaluated.histogram.total().as_f64() as u64);
    let is_infinite = |edge: Option<&f64>| edge.is_some_and(|edge| edge.is_infinite());
    let posinf = if is_infinite(edges.last()) { 0 } else { summary.posinf };
    let neginf = if is_infinite(edges.first()) { 0 } else { summary.neginf };
    let non_finite = summary.nan + posinf + neginf;
    let outside = summary.n.saturating_sub(counted + non_finite);
    let first = population.first_non_finite();
    let parts = [
        (summary.nan, "NaN", first.nan.as_ref()),
        (posinf, "+inf", first.posinf.as_ref()),
        (neginf, "-inf", first.neginf.as_ref()),
        (outside, "out of range", None),
    ];
    let part = |(n, what, first): &(u64, &str, Option<&At>)| {
        let first = first.filter(|at| **at != At::Whole).map_or_else(String::new, |at| format!(" (first: {at})"));
        format!("{} {what}{first}", number(*n))
    };
    let parts: Vec<String> = parts.iter().filter(|(n, ..)| *n > 0).map(part).collect();
    let (all, n) = (number(non_finite + outside), number(summary.n));
    (!parts.is_empty()).then(|| format!("excluded {all} of {n} values: {}", parts.join(", ")))
}

/// Warning about redistributed or estimated counts, with their maximum error.
fn inexact(evaluated: &EvaluatedHistogram) -> Option<String> {
    let Certainty::Approximate { from, of, max_error } = &evaluated.certainty else { return None };
    let largest = max_error.iter().copied().fold(0.0, f64::max).ceil();
    let largest = format_count(largest, 0);
    let before_last = max_error.split_last().map_or(&[][..], |(_, before)| before);
    Some(match of {
        Basis::Counted if before_last.iter().all(|error| *error == 0.0) => {
            format!("exact except for the last bin, which may lack up to {largest} values that equal its right edge")
        }
        Basis::Counted => {
            format!("approximate: estimated from counts with other edges; maximum error per bin {largest}")
        }
        of => format!("approximate: redistributed from {from} {} bins; maximum error per bin {largest}", of.name()),
    })
}

fn number(n: u64) -> String {
    format_count(n as f64, 0)
}
