//! Several histograms become one.

use super::arithmetic::{difference, half, sum as plus};
use super::{Edges, Error, Number, Numbers, Rounding, UncertainHistogram, estimate, refused};
use crate::hist::{Segment, uniform_edges};
use std::sync::Arc;

/// What is done with two histograms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Add,
    Subtract,
    /// Half of both.
    Average,
}

type Result = std::result::Result<(UncertainHistogram, String), Error>;

pub(super) fn combine(
    to: &UncertainHistogram,
    (how, other, name): (How, &UncertainHistogram, &str),
    rounding: Rounding,
) -> Result {
    let edges = common(&[to, other])?;
    // A mean is rarely whole.
    let rounding = if how == How::Average { Rounding::Fractional } else { rounding };
    let (a, b) = (to.rebin(&edges, rounding), other.rebin(&edges, rounding));
    let both = |x: Number, y: Number| match how {
        How::Add => plus(x, y),
        How::Subtract => difference(x, y),
        How::Average => plus(x, y).map(half),
    };
    let pairs = a.histogram.counts().iter().zip(b.histogram.counts().iter());
    let counts: Numbers = pairs.map(|(x, y)| both(x, y)).collect::<std::result::Result<_, _>>()?;
    // All of them become floats where one does.
    let counts = if counts.all_ints() { counts } else { counts.into_floats() };
    let share = if how == How::Average { 0.5 } else { 1.0 };
    let errors = a.max_error.iter().zip(&b.max_error).map(|(x, y)| (x + y) * share).collect();
    let mut combined = estimate(edges, counts, errors, to)?;
    let outside = |x: f64, y: f64| if how == How::Subtract { x - y } else { (x + y) * share };
    (combined.below, combined.above) = (outside(a.below, b.below), outside(a.above, b.above));
    let did = match how {
        How::Add => format!("added {name}"),
        How::Subtract => format!("subtracted {name}"),
        How::Average => format!("averaged with {name}"),
    };
    let onto = if combined.histogram.edges() == to.histogram.edges() { "" } else { ", on bins for both" };
    let anew = spread(&[to, other], (combined.histogram.edges(), rounding));
    Ok((combined, did + onto + anew))
}

pub(super) fn sum(parts: &[Arc<UncertainHistogram>], name: &str, rounding: Rounding) -> Result {
    let all: Vec<&UncertainHistogram> = parts.iter().map(Arc::as_ref).collect();
    let edges = common(&all)?;
    let mut parts = all.iter().map(|part| part.rebin(&edges, rounding));
    let Some(mut total) = parts.next() else { return Err(refused("there is nothing to add up")) };
    for part in parts {
        let pairs = total.histogram.counts().iter().zip(part.histogram.counts().iter());
        let counts = pairs.map(|(x, y)| plus(x, y)).collect::<std::result::Result<_, _>>()?;
        let errors = total.max_error.iter().zip(&part.max_error).map(|(x, y)| x + y).collect();
        total = estimate(edges.clone(), counts, errors, &total)?;
        total.below += part.below;
        total.above += part.above;
    }
    let spread = spread(&all, (&edges, rounding));
    Ok((total, format!("added up {name}{spread}")))
}

/// That counts were spread over bins other than their own, and rounded, where they were.
fn spread(all: &[&UncertainHistogram], (edges, rounding): (&Edges, Rounding)) -> &'static str {
    let shares = |rounding| all.iter().map(move |one| one.rebin(edges, rounding));
    let within = |bin: &[f64]| edges.as_f64().iter().any(|edge| bin[0] < *edge && *edge < bin[1]);
    let cut = all.iter().any(|one| {
        let mut bins = one.histogram.edges().as_f64().windows(2).zip(one.histogram.counts().as_f64());
        bins.any(|(bin, count)| *count != 0.0 && within(bin))
    });
    let rounded = || shares(rounding).zip(shares(Rounding::Fractional)).any(|(a, b)| a.histogram != b.histogram);
    match cut {
        false => "",
        true if rounded() => ", counts spread anew and rounded",
        true => ", counts spread anew",
    }
}

/// The edges on which all can be counted: those of one that reaches over all others, else as many bins of equal width as
/// the finest has, from the first edge of all to the last.
fn common(all: &[&UncertainHistogram]) -> std::result::Result<Edges, Error> {
    let edges = || all.iter().map(|one| one.histogram.edges());
    let spans: Vec<Segment> = edges().filter(|edges| edges.bins() > 0).filter_map(Edges::span).collect();
    if spans.len() < all.len() {
        return Err(refused("a histogram without bins cannot be added"));
    }
    let Some(union) = spans.iter().copied().reduce(Segment::union) else {
        return Err(refused("there is nothing to add up"));
    };
    if let Some(widest) = edges().find(|edges| edges.span() == Some(union)) {
        return Ok(widest.clone());
    }
    let bins = edges().map(Edges::bins).max().unwrap_or(1);
    let refuse = |_| refused("bins that reach to infinity on different sides have no common edges");
    uniform_edges(union.lo, union.hi, bins).map_err(refuse)
}
