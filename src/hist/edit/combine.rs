//! Edits that combine several histograms.

use super::arithmetic::{difference, half, sum as plus};
use super::{Edges, Error, Number, Numbers, Rounding, UncertainHistogram, assemble, refused};
use crate::hist::{Segment, uniform_edges};
use std::sync::Arc;

/// Operation on two histograms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combination {
    Add,
    Subtract,
    /// Mean of both.
    Average,
}

type Result<T = (UncertainHistogram, String)> = std::result::Result<T, Error>;

pub(super) fn combine(
    to: &UncertainHistogram,
    other: &UncertainHistogram,
    how: Combination,
    name: &str,
    rounding: Rounding,
) -> Result {
    let edges = common_edges(&[to, other])?;
    // Means of integers are rarely integers.
    let rounding = if how == Combination::Average { Rounding::Fractional } else { rounding };
    let (a, b) = (to.rebin(&edges, rounding), other.rebin(&edges, rounding));
    let operation = |x: Number, y: Number| match how {
        Combination::Add => plus(x, y),
        Combination::Subtract => difference(x, y),
        Combination::Average => plus(x, y).map(half),
    };
    let pairs = a.histogram.counts().iter().zip(b.histogram.counts().iter());
    let counts: Numbers = pairs.map(|(x, y)| operation(x, y)).collect::<Result<_>>()?;
    // If one count is a float, all become floats.
    let counts = if counts.all_ints() { counts } else { counts.into_floats() };
    let share = if how == Combination::Average { 0.5 } else { 1.0 };
    let errors = a.max_error.iter().zip(&b.max_error).map(|(x, y)| (x + y) * share).collect();
    let mut combined = assemble(edges, counts, errors, to)?;
    let outside = |x: f64, y: f64| if how == Combination::Subtract { x - y } else { (x + y) * share };
    (combined.below, combined.above) = (outside(a.below, b.below), outside(a.above, b.above));
    let done = match how {
        Combination::Add => format!("added {name}"),
        Combination::Subtract => format!("subtracted {name}"),
        Combination::Average => format!("averaged with {name}"),
    };
    let onto = if combined.histogram.edges() == to.histogram.edges() { "" } else { ", on common bins" };
    let redistributed = describe_redistribution(&[to, other], combined.histogram.edges(), rounding);
    Ok((combined, done + onto + redistributed))
}

pub(super) fn sum(parts: &[Arc<UncertainHistogram>], name: &str, rounding: Rounding) -> Result {
    let all: Vec<&UncertainHistogram> = parts.iter().map(Arc::as_ref).collect();
    let edges = common_edges(&all)?;
    let mut parts = all.iter().map(|part| part.rebin(&edges, rounding));
    let Some(mut total) = parts.next() else { return Err(refused("nothing to add up")) };
    for part in parts {
        let pairs = total.histogram.counts().iter().zip(part.histogram.counts().iter());
        let counts = pairs.map(|(x, y)| plus(x, y)).collect::<Result<_>>()?;
        let errors = total.max_error.iter().zip(&part.max_error).map(|(x, y)| x + y).collect();
        total = assemble(edges.clone(), counts, errors, &total)?;
        total.below += part.below;
        total.above += part.above;
    }
    let redistributed = describe_redistribution(&all, &edges, rounding);
    Ok((total, format!("added up {name}{redistributed}")))
}

/// Notice that counts were redistributed onto other bins, and rounded.
fn describe_redistribution(all: &[&UncertainHistogram], edges: &Edges, rounding: Rounding) -> &'static str {
    let rebinned = |rounding| all.iter().map(move |one| one.rebin(edges, rounding));
    let is_cut = |bin: &[f64]| edges.as_f64().iter().any(|edge| bin[0] < *edge && *edge < bin[1]);
    let cut = all.iter().any(|one| {
        let mut bins = one.histogram.edges().as_f64().windows(2).zip(one.histogram.counts().as_f64());
        bins.any(|(bin, count)| *count != 0.0 && is_cut(bin))
    });
    let rounded = || rebinned(rounding).zip(rebinned(Rounding::Fractional)).any(|(a, b)| a.histogram != b.histogram);
    match cut {
        false => "",
        true if rounded() => ", counts redistributed and rounded",
        true => ", counts redistributed",
    }
}

/// Edges for all histograms: those of one that spans all, else edges of equal width from the first edge to the last, with
/// as many bins as the finest histogram.
fn common_edges(all: &[&UncertainHistogram]) -> Result<Edges> {
    let edges = || all.iter().map(|one| one.histogram.edges());
    let spans: Vec<Segment> = edges().filter(|edges| edges.bins() > 0).filter_map(Edges::span).collect();
    if spans.len() < all.len() {
        return Err(refused("a histogram without bins cannot be added"));
    }
    let Some(union) = spans.iter().copied().reduce(Segment::union) else {
        return Err(refused("nothing to add up"));
    };
    if let Some(widest) = edges().find(|edges| edges.span() == Some(union)) {
        return Ok(widest.clone());
    }
    let bins = edges().map(Edges::bins).max().unwrap_or(1);
    let refuse = |_| refused("histograms that are unbounded on different sides have no common bins");
    uniform_edges(union.lo, union.hi, bins).map_err(refuse)
}
