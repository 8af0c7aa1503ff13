//! Edges that are missing, no numbers, out of order, or out of reach.

use super::{Fault, fault, so_many};
use crate::hist::Number;
use crate::text::plural;

/// Edges this far out are not values: TensorBoard ends its outermost buckets at ±1e20 or at the largest number there is.
const FAR: f64 = 1e20;

/// One more edge than counts. Missing edges go on in steps of the last bin, missing counts are nothing.
pub(super) fn lengths(counts: &mut Vec<Number>, edges: &mut Vec<Number>) -> Option<Fault> {
    let wanted = counts.len() + 1;
    if edges.len() == wanted {
        return None;
    }
    let what = format!("there are {} and {}", plural(counts.len() as u64, "count"), plural(edges.len() as u64, "edge"));
    if edges.len() > wanted {
        counts.resize(edges.len() - 1, Number::Int(0));
        return Some(fault(what, "the missing counts are taken for 0"));
    }
    let finite = finite(edges);
    let [.., (before, x), (last, y)] = finite[..] else { return None };
    let sign = direction(&finite);
    // Where the two do not stand side by side, this is how wide the last bin will be.
    let width = (y - x) / (last - before) as f64;
    let width = if width * sign > 0.0 && width.is_finite() { width } else { sign };
    edges.extend((edges.len()..wanted).map(|at| float(y + width * (at - last) as f64)));
    Some(fault(what, "the missing edges follow the last one at the width of the last bin"))
}

/// Edges that are NaN, or infinite where no end is, lie evenly between the numbers around them.
pub(super) fn not_numbers(edges: &mut [Number]) -> Option<Fault> {
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
        edges[*at] = float(match (left, finite.get(right)) {
            (Some((i, x)), Some((j, y))) => between(*x, *y, (at - i) as f64 / (j - i) as f64),
            (Some((i, x)), None) => x + step * (at - i) as f64,
            (None, Some((j, y))) => y - step * (j - at) as f64,
            (None, None) => *at as f64,
        });
    }
    let what = so_many(bad.len(), "edge", "is no finite number", "are no finite numbers");
    (!bad.is_empty()).then(|| fault(what, "they lie evenly between their neighbours"))
}

/// The edges that are finite, with their positions.
fn finite(edges: &[Number]) -> Vec<(usize, f64)> {
    edges.iter().map(|edge| edge.as_f64()).enumerate().filter(|(_, x)| x.is_finite()).collect()
}

/// Which way the edges go: -1 where they decrease, and nowhere do anything else.
fn direction(finite: &[(usize, f64)]) -> f64 {
    let falls = finite.windows(2).any(|pair| pair[0].1 > pair[1].1);
    if falls && finite.windows(2).all(|pair| pair[0].1 >= pair[1].1) { -1.0 } else { 1.0 }
}

/// A part of the way from one number to another, which may be further apart than the largest number.
fn between(x: f64, y: f64, part: f64) -> f64 {
    let way = y - x;
    if way.is_finite() { x + way * part } else { x * (1.0 - part) + y * part }
}

/// An edge that was computed: nothing beyond the largest number.
fn float(x: f64) -> Number {
    Number::Float(x.clamp(-f64::MAX, f64::MAX))
}

/// Edges that never decrease: turned around with their counts, or sorted.
pub(super) fn order(counts: &mut [Number], edges: &mut [Number]) -> Option<Fault> {
    let value = |edge: &Number| edge.as_f64();
    if edges.is_sorted_by_key(value) {
        return None;
    }
    if edges.iter().rev().is_sorted_by_key(value) {
        edges.reverse();
        counts.reverse();
        return Some(fault("the edges decrease", "bins and counts are turned around"));
    }
    let wrong = edges.windows(2).filter(|pair| pair[0].as_f64() > pair[1].as_f64()).count();
    edges.sort_by(|a, b| a.as_f64().total_cmp(&b.as_f64()));
    let what = so_many(wrong, "edge", "is followed by a smaller one", "are followed by smaller ones");
    Some(fault(what, "the edges are sorted, counts stay where they are"))
}

/// Outer bins that reach beyond all values: empty ones go, others are as wide as their neighbours.
pub(super) fn far(counts: &mut Vec<Number>, edges: &mut Vec<Number>) -> Option<Fault> {
    let mut found = 0;
    // The right side is the left one of the mirror image.
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
                edges[0] = beside(outer.as_f64(), inner.as_f64(), edges[2].as_f64());
            }
        }
        counts.reverse();
        edges.reverse();
    }
    let what = so_many(found, "outer bin", "reaches beyond all values", "reach beyond all values");
    (found > 0).then(|| fault(what, "empty ones go, others get the width of their neighbours"))
}

/// In place of an outer edge, one that makes its bin as wide as the next; one wide where that has no width, or reaches
/// too far as well.
fn beside(outer: f64, inner: f64, next: f64) -> Number {
    let wanted = inner - (next - inner);
    Number::Float(if wanted != inner && wanted.abs() < FAR { wanted } else { inner + 1.0_f64.copysign(outer) })
}
