//! What is said on standard error beside a result: what could not be read, what is in no bin, what is not certain.

use super::output::say;
use crate::catalog::{Content, SourceInfo};
use crate::document::{Basis, Certainty, EvaluatedHistogram};
use crate::engine::Population;
use crate::error::{At, Problem};
use crate::text::format_count;

/// Problems of a source as a whole: how many, and the first.
pub(super) fn problems(info: &SourceInfo) {
    // Which files are not in a sum must be known of each.
    if info.is_pool {
        for problem in &info.problems {
            let whole = problem.at == At::Whole;
            say(&if whole { format!("{}: {}", info.name, problem.message) } else { problem.to_string() });
        }
    } else if let Some(words) = several(&info.problems, "while reading") {
        say(&format!("{}: {words}", info.name));
    }
}

/// What was wrong with the entries of a series, and cells that hold no number.
pub(super) fn gaps(info: &SourceInfo, index: usize, content: &Content) -> Option<String> {
    let words = match content {
        Content::Raw(population) => left_out(population),
        Content::Logged(_) => {
            let problems = info.series.get(index).map(|series| series.problems.as_slice()).unwrap_or_default();
            several(problems, "in its entries")
        }
    }?;
    Some(format!("{}: {words}", info.name_of(index)))
}

/// A problem behind the name of its file, which is where it is if it is nowhere in it.
pub(super) fn words(problem: &Problem) -> String {
    if problem.at == At::Whole { problem.message.clone() } else { problem.to_string() }
}

fn several(problems: &[Problem], place: &str) -> Option<String> {
    match problems {
        [] => None,
        [one] => Some(words(one)),
        [first, ..] if first.at == At::Whole => {
            Some(format!("{} problems {place}, the first: {}", problems.len(), first.message))
        }
        [first, ..] => Some(format!("{} problems {place}, the first at {first}", problems.len())),
    }
}

/// Cells without a number: how many, and where the first is.
fn left_out(population: &Population) -> Option<String> {
    let counts = [(population.missing(), "missing"), (population.bad(), "not numbers")];
    let counts: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n))).collect();
    let first = population.problems().first();
    match (counts.is_empty(), first) {
        (true, None) => None,
        (true, Some(problem)) => Some(problem.to_string()),
        (false, None) => Some(format!("left out cells: {}", counts.join(", "))),
        (false, Some(problem)) => Some(format!("left out cells: {}; {problem}", counts.join(", "))),
    }
}

/// Values that no bin holds, and how sure counts are that were redistributed.
pub(super) fn of_shown(content: &Content, shown: &EvaluatedHistogram) -> Vec<String> {
    outside(content, shown).into_iter().chain(approximate(shown)).collect()
}

/// Values that no bin holds.
fn outside(content: &Content, shown: &EvaluatedHistogram) -> Option<String> {
    Some(match content {
        Content::Raw(population) => {
            let summary = population.summary();
            let (edges, inside) = (shown.histogram.edges().as_f64(), shown.histogram.total().as_f64() as u64);
            let end = |edge: Option<&f64>| edge.is_some_and(|edge| edge.is_infinite());
            let posinf = if end(edges.last()) { 0 } else { summary.posinf };
            let neginf = if end(edges.first()) { 0 } else { summary.neginf };
            let odd = summary.nan + posinf + neginf;
            let rest = summary.n.saturating_sub(inside + odd);
            let parts = [(summary.nan, "NaN"), (posinf, "+inf"), (neginf, "-inf"), (rest, "outside the range")];
            let parts: Vec<String> =
                parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n))).collect();
            if parts.is_empty() {
                return None;
            }
            format!("of {} values in no bin: {}", number(summary.n), parts.join(", "))
        }
        Content::Logged(_) if shown.below + shown.above == 0.0 => return None,
        Content::Logged(_) => format!("outside the range: {}", format_count(shown.below + shown.above, 2)),
    })
}

/// That counts were redistributed, and by how much one may be off.
fn approximate(shown: &EvaluatedHistogram) -> Option<String> {
    let Certainty::Approximate { from, of, max_error } = &shown.certainty else { return None };
    let largest = max_error.iter().copied().fold(0.0, f64::max).ceil();
    let largest = format_count(largest, 0);
    let before = max_error.split_last().map_or(&[][..], |(_, before)| before);
    Some(match of {
        Basis::Counted if before.iter().all(|error| *error == 0.0) => format!(
            "exact but for the last edge: values that equal it, {largest} at most, are not told apart from those above it, \
             and not in the last bin"
        ),
        Basis::Counted => {
            format!("approximate, estimated from counts between other edges; a count is off by {largest} at most")
        }
        of => format!("approximate, redistributed from {from} {} bins; a count is off by {largest} at most", of.name()),
    })
}

fn number(n: u64) -> String {
    format_count(n as f64, 0)
}
