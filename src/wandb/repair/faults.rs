//! Detection and repair of each kind of fault, in the order in which [`Histogram::repair`] applies them.

use super::Fault;
use crate::hist::{Number, Numbers};
use crate::json::Node;
use crate::text::plural;
use crate::wandb::Histogram;
use crate::wandb::reduce::reduce;

/// Magnitude from which an edge cannot be a value. TensorBoard ends its outermost buckets at ±1e20 or at the largest
/// float.
const FAR: f64 = 1e20;

/// Reads a list of numbers that may contain other values, and reports these as faults.
pub(in crate::wandb) fn read_numbers(node: Option<&Node>, name: &str, faults: &mut Vec<Fault>) -> Numbers {
    let items = match node {
        Some(Node::Numbers(numbers)) => return Numbers::clone(numbers),
        Some(Node::Array(items)) => items,
        Some(_) => {
            faults.push(fault(format!("`{name}` is not a list"), "treat it as empty"));
            return Numbers::default();
        }
        None => {
            faults.push(fault(format!("`{name}` is missing"), "treat it as empty"));
            return Numbers::default();
        }
    };
    let (mut strings, mut invalid) = (0, 0);
    let numbers = items.iter().map(|item| match &item.node {
        Node::Number(number) => *number,
        Node::Text(text) => {
            strings += 1;
            let text = text.trim();
            let float = || Number::Float(text.parse().unwrap_or(f64::NAN));
            text.parse().map_or_else(|_| float(), Number::Int)
        }
        _ => {
            invalid += 1;
            Number::Float(f64::NAN)
        }
    });
    let numbers = numbers.collect();
    if strings > 0 {
        let what = format!("`{name}` contains {}", plural(strings, "string"));
        faults.push(fault(what, "parse strings as numbers"));
    }
    if invalid > 0 {
        let what = format!("`{name}` contains {}", plural(invalid, "value"));
        faults.push(fault(format!("{what} of the wrong type"), "treat such values as NaN"));
    }
    numbers
}

/// Makes one more edge than counts: extends the edges at the width of the last bin, or the counts with zeros.
pub(super) fn lengths(counts: &mut Vec<Number>, edges: &mut Vec<Number>) -> Option<Fault> {
    let expected = counts.len() + 1;
    if edges.len() == expected {
        return None;
    }
    let what = format!("{} but {}", plural(counts.len() as u64, "count"), plural(edges.len() as u64, "edge"));
    if edges.len() > expected {
        counts.resize(edges.len() - 1, Number::Int(0));
        return Some(fault(what, "set the missing counts to 0"));
    }
    let finite = finite(edges);
    let [.., (before, x), (last, y)] = finite[..] else { return None };
    let sign = direction(&finite);
    // If the last two finite edges are not adjacent, this is the width of the last bin after the repair.
    let width = (y - x) / (last - before) as f64;
    let width = if width * sign > 0.0 && width.is_finite() { width } else { sign };
    edges.extend((edges.len()..expected).map(|at| finite_float(y + width * (at - last) as f64)));
    Some(fault(what, "add edges at the width of the last bin"))
}

/// Replaces NaN edges and infinite inner edges by values evenly spaced between their neighbors.
pub(super) fn non_finite_edges(edges: &mut [Number]) -> Option<Fault> {
    let finite = finite(edges);
    let (sign, end) = (direction(&finite), edges.len().saturating_sub(1));
    let is_end = |at: usize, x: f64| x.is_infinite() && at == if x * sign < 0.0 { 0 } else { end };
    let bad = edges.iter().map(|edge| edge.as_f64()).enumerate();
    let bad: Vec<usize> = bad.filter(|(at, x)| !x.is_finite() && !is_end(*at, *x)).map(|(at, _)| at).collect();
    let step = match finite[..] {
        [(i, x), .., (j, y)] if (y - x) * sign > 0.0 && (y - x).is_finite() => (y - x) / (j - i) as f64,
        _ => sign,
    };
    for at in &bad {
        let right = finite.partition_point(|(good, _)| good < at);
        let left = right.checked_sub(1).and_then(|left| finite.get(left));
        edges[*at] = finite_float(match (left, finite.get(right)) {
            (Some((i, x)), Some((j, y))) => interpolate(*x, *y, (at - i) as f64 / (j - i) as f64),
            (Some((i, x)), None) => x + step * (at - i) as f64,
            (None, Some((j, y))) => y - step * (j - at) as f64,
            (None, None) => *at as f64,
        });
    }
    let what = count_phrase(bad.len(), "edge", "is not finite", "are not finite");
    (!bad.is_empty()).then(|| fault(what, "space such edges evenly between their neighbors"))
}

/// Makes the edges increase: reverses them with their counts, or sorts them.
pub(super) fn order(counts: &mut [Number], edges: &mut [Number]) -> Option<Fault> {
    let value = |edge: &Number| edge.as_f64();
    if edges.is_sorted_by_key(value) {
        return None;
    }
    if edges.iter().rev().is_sorted_by_key(value) {
        edges.reverse();
        counts.reverse();
        return Some(fault("the edges decrease", "reverse edges and counts"));
    }
    let wrong = edges.windows(2).filter(|pair| pair[0].as_f64() > pair[1].as_f64()).count();
    edges.sort_by(|a, b| a.as_f64().total_cmp(&b.as_f64()));
    let what = count_phrase(wrong, "edge", "is followed by a smaller one", "are followed by smaller ones");
    Some(fault(what, "sort the edges and keep the order of the counts"))
}

pub(super) fn non_finite_counts(counts: &mut [Number]) -> Option<Fault> {
    let found = set_to_zero(counts, |x| !x.is_finite());
    (found > 0).then(|| fault(count_phrase(found, "count", "is not finite", "are not finite"), "set such counts to 0"))
}

pub(super) fn negative_counts(counts: &mut [Number]) -> Option<Fault> {
    let found = set_to_zero(counts, |x| x < 0.0);
    (found > 0).then(|| fault(count_phrase(found, "count", "is negative", "are negative"), "set such counts to 0"))
}

/// Sets the bad counts to zero and returns their number.
fn set_to_zero(counts: &mut [Number], is_bad: impl Fn(f64) -> bool) -> usize {
    let mut found = 0;
    for count in counts.iter_mut().filter(|count| is_bad(count.as_f64())) {
        *count = Number::Int(0);
        found += 1;
    }
    found
}

/// Removes outer bins that reach far outside the values if they are empty, and narrows them otherwise.
pub(super) fn far_edges(counts: &mut Vec<Number>, edges: &mut Vec<Number>) -> Option<Fault> {
    let mut found = 0;
    // Reversing turns the right end into the left one.
    for _ in 0..2 {
        if let [outer, inner, ..] = edges[..]
            && edges.len() > 2
            && outer.as_f64().abs() >= FAR
            && inner.as_f64().abs() < FAR
        {
            found += 1;
            if counts[0].as_f64() == 0.0 {
                counts.remove(0);
                edges.remove(0);
            } else {
                edges[0] = nearer_edge(outer.as_f64(), inner.as_f64(), edges[2].as_f64());
            }
        }
        counts.reverse();
        edges.reverse();
    }
    let what = count_phrase(found, "outer bin", "is practically unbounded", "are practically unbounded");
    (found > 0).then(|| fault(what, "remove empty ones and give the rest the width of their neighbors"))
}

/// Replacement for an outer edge that makes its bin as wide as the next. If that bin has no width or also reaches too
/// far, the width is 1.
fn nearer_edge(outer: f64, inner: f64, next: f64) -> Number {
    let edge = inner - (next - inner);
    Number::Float(if edge != inner && edge.abs() < FAR { edge } else { inner + 1.0_f64.copysign(outer) })
}

/// Merges bins if there are more than W&B allows.
pub(super) fn too_many_bins(counts: &mut Vec<Number>, edges: &mut Vec<Number>) -> Option<Fault> {
    if counts.len() <= Histogram::MAX_LENGTH {
        return None;
    }
    let what = format!("{}, more than W&B's maximum of {}", plural(counts.len() as u64, "bin"), Histogram::MAX_LENGTH);
    let [old_edges, old_counts] =
        [&*edges, &*counts].map(|numbers| numbers.iter().map(|number| number.as_f64()).collect::<Vec<_>>());
    let (new_edges, new_counts) = reduce(&old_edges, &old_counts);
    *edges = new_edges.into_iter().map(Number::Float).collect();
    *counts = new_counts.into_iter().map(|count| Number::Float(count.min(f64::MAX))).collect();
    Some(fault(what, "merge bins like W&B does"))
}

/// Finite edges with their indices.
fn finite(edges: &[Number]) -> Vec<(usize, f64)> {
    edges.iter().map(|edge| edge.as_f64()).enumerate().filter(|(_, x)| x.is_finite()).collect()
}

/// Direction of the edges: -1 if they only decrease, else 1.
fn direction(finite: &[(usize, f64)]) -> f64 {
    let falls = finite.windows(2).any(|pair| pair[0].1 > pair[1].1);
    if falls && finite.windows(2).all(|pair| pair[0].1 >= pair[1].1) { -1.0 } else { 1.0 }
}

/// Interpolates without overflow between numbers that may differ by more than the largest float.
fn interpolate(x: f64, y: f64, part: f64) -> f64 {
    let difference = y - x;
    if difference.is_finite() { x + difference * part } else { x * (1.0 - part) + y * part }
}

/// Float, limited to the finite range.
fn finite_float(x: f64) -> Number {
    Number::Float(x.clamp(-f64::MAX, f64::MAX))
}

fn fault(what: impl Into<String>, remedy: &'static str) -> Fault {
    Fault { what: what.into(), remedy }
}

/// Phrase with a number: `3 counts are …` or `1 count is …`.
fn count_phrase(n: usize, noun: &str, singular: &str, plural_verb: &str) -> String {
    format!("{} {}", plural(n as u64, noun), if n == 1 { singular } else { plural_verb })
}
