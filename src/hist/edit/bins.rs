//! Edits of the edges.

use super::arithmetic::{product, sum};
use super::{
    CountPolicy, Edges, Error, Number, Numbers, Rounding, Span, TrimPolicy, UncertainHistogram, assemble, overflow,
    refused, short_number, short_value,
};
use crate::hist::format_number;
use crate::hist::{Histogram, MAX_BINS, quantile_in_bins};
use crate::text::{format_count, plural};

type Result<T = (UncertainHistogram, String)> = std::result::Result<T, Error>;

/// Arguments of [`move_edge`].
#[derive(Clone, Copy)]
pub(super) struct EdgeMove {
    /// Index of the edge.
    pub(super) edge: usize,
    pub(super) to: Number,
    pub(super) counts: CountPolicy,
}

/// Arguments of [`trim`] (values) and [`trim_quantiles`] (probabilities).
#[derive(Clone, Copy)]
pub(super) struct Trim {
    pub(super) lo: f64,
    pub(super) hi: f64,
    pub(super) outside: TrimPolicy,
}

pub(super) fn merge(to: &UncertainHistogram, span: Span) -> Result {
    let span = span.check(to)?;
    if span.first == span.last {
        return Err(refused("select two or more bins to merge (v)"));
    }
    let (old, inner) = (&to.histogram, span.first + 1..=span.last);
    let edges = old.edges().numbers().iter().enumerate().filter(|(edge, _)| !inner.contains(edge));
    let edges = of_one_type(edges.map(|(_, number)| number).collect(), old.edges())?;
    let mut counts: Vec<Number> = Vec::new();
    let mut errors: Vec<f64> = Vec::new();
    for (bin, (count, error)) in old.counts().iter().zip(&to.max_error).enumerate() {
        match (counts.last_mut(), errors.last_mut()) {
            (Some(merged), Some(total)) if inner.contains(&bin) => {
                *merged = sum(*merged, count)?;
                *total += error;
            }
            _ => {
                counts.push(count);
                errors.push(*error);
            }
        }
    }
    let merged = counts.get(span.first).copied().unwrap_or(Number::Int(0));
    let summary = format!("merged {} into one of {}", span.name(), format_number(merged, 2));
    Ok((assemble(edges, counts.into_iter().collect(), errors, to)?, summary))
}

pub(super) fn split(to: &UncertainHistogram, span: Span, parts: usize, rounding: Rounding) -> Result {
    let span = span.check(to)?;
    let bins = span.last + 1 - span.first;
    let most = MAX_BINS.saturating_sub(to.histogram.bins() - bins) / bins;
    if !(2..=most).contains(&parts) {
        return Err(refused(match most {
            0 | 1 => format!("a histogram can have at most {MAX_BINS} bins; merge some first"),
            most => format!("cannot split into {parts}; choose 2 to {most} (a histogram can have {MAX_BINS} bins)"),
        }));
    }
    let old = to.histogram.edges();
    let mut edges = Numbers::default();
    for (bin, number) in old.numbers().iter().enumerate() {
        edges.push(number);
        let Some(segment) = old.bin(bin).filter(|_| span.contains(bin)) else { continue };
        let at = |part: usize| {
            let share = part as f64 / parts as f64;
            segment.lo * (1.0 - share) + segment.hi * share
        };
        let inner: Vec<f64> = (1..parts).map(at).collect();
        let ends = [segment.lo].into_iter().chain(inner.iter().copied()).chain([segment.hi]);
        let ends: Vec<f64> = ends.collect();
        if ends.windows(2).any(|pair| pair[0] >= pair[1]) || ends.iter().any(|x| !x.is_finite()) {
            let why = if segment.width().is_finite() {
                format!("is too narrow to split into {parts}")
            } else {
                "is infinitely wide and cannot be split".into()
            };
            return Err(refused(format!("bin {} {why}", bin + 1)));
        }
        for x in inner {
            edges.push(Number::Float(x));
        }
    }
    let summary = format!("split {} into {parts}{}", span.name(), if bins == 1 { "" } else { " each" });
    let added = bins * (parts - 1);
    let unchanged = |bin: usize| match bin {
        bin if bin < span.first => Some(bin),
        bin => bin.checked_sub(added).filter(|old| *old > span.last),
    };
    Ok((redistribute(to, &of_one_type(edges, old)?, unchanged, rounding)?, summary))
}

pub(super) fn move_edge(to: &UncertainHistogram, change: EdgeMove, rounding: Rounding) -> Result {
    let EdgeMove { edge, to: value, counts } = change;
    let old = to.histogram.edges().numbers();
    let Some(before) = old.get(edge) else { return Err(refused(format!("edge {} does not exist", edge + 1))) };
    let at = old.as_f64();
    let left = edge.checked_sub(1).and_then(|left| at.get(left)).copied();
    let right = at.get(edge + 1).copied();
    let x = value.as_f64();
    if !x.is_finite() {
        return Err(refused(format!("an edge must be a finite number, not {}", short_value(x))));
    }
    if left.is_some_and(|left| x <= left) || right.is_some_and(|right| x >= right) {
        return Err(refused(match (left, right) {
            (Some(left), Some(right)) => {
                format!("edge {} must stay between {} and {}", edge + 1, short_value(left), short_value(right))
            }
            (Some(left), None) => format!("the last edge must stay above {}", short_value(left)),
            (None, right) => format!("the first edge must stay below {}", short_value(right.unwrap_or(x))),
        }));
    }
    let moved = old.iter().enumerate().map(|(at, number)| if at == edge { value } else { number });
    let edges = of_one_type(moved.collect(), to.histogram.edges())?;
    let done = format!("moved edge {} from {} to {}", edge + 1, short_value(before.as_f64()), short_value(x));
    Ok(match counts {
        CountPolicy::KeepInBin => {
            let counts = to.histogram.counts().clone();
            let moved = assemble(edges, counts, to.max_error.clone(), to)?;
            (moved, format!("{done}; counts stay in their bins"))
        }
        CountPolicy::Redistribute => {
            let touches_edge = |bin: usize| bin == edge || bin + 1 == edge;
            let moved = redistribute(to, &edges, |bin| (!touches_edge(bin)).then_some(bin), rounding)?;
            let added =
                |outside: f64, before: f64| if outside == before || before.is_nan() { 0.0 } else { outside - before };
            let rest = describe_outside(added(moved.below, to.below), added(moved.above, to.above), TrimPolicy::Keep);
            let lost = |bin: &usize| is_finite(to, *bin) && !is_finite(&moved, *bin);
            let lost = (edge.saturating_sub(1)..=edge).find(lost);
            let lost = lost.map(|bin| format!("; the count of bin {} is not finite", bin + 1)).unwrap_or_default();
            (moved, format!("{done}; redistributed counts{rest}{lost}"))
        }
    })
}

pub(super) fn trim(to: &UncertainHistogram, trim: Trim, rounding: Rounding) -> Result {
    let Trim { lo, hi, outside } = trim;
    let ends = format!("[{}, {}]", short_value(lo), short_value(hi));
    if lo.partial_cmp(&hi) != Some(std::cmp::Ordering::Less) {
        return Err(refused(format!("invalid range {ends}: the first number must be smaller than the second")));
    }
    let old = to.histogram.edges();
    let edges = old.within(lo, hi).ok_or_else(|| refused(format!("no bin overlaps the range {ends}")))?;
    if edges == *old {
        return Err(refused(format!("all bins are already inside {ends}")));
    }
    // If `lo` cuts a bin, the first new bin does not match an old one.
    let at = old.as_f64();
    let first = at.partition_point(|edge| *edge < lo);
    let cut = usize::from(edges.as_f64().first() != at.get(first));
    let unchanged = |bin: usize| {
        let found = (bin + first).checked_sub(cut)?;
        (bin >= cut && edges.bin(bin) == old.bin(found)).then_some(found)
    };
    let mut trimmed = redistribute(to, &of_one_type(edges.numbers().clone(), old)?, unchanged, rounding)?;
    let rest = describe_outside(trimmed.below, trimmed.above, outside) + &describe_guess(to, lo, hi);
    if outside == TrimPolicy::Drop {
        (trimmed.below, trimmed.above) = (0.0, 0.0);
    }
    Ok((trimmed, format!("trimmed to {ends}{rest}")))
}

pub(super) fn trim_quantiles(to: &UncertainHistogram, quantiles: Trim, rounding: Rounding) -> Result {
    let Trim { lo, hi, outside } = quantiles;
    if !(0.0 <= lo && lo < hi && hi <= 1.0) {
        return Err(refused("expected two quantiles between 0 and 1, such as 0.01, 0.99"));
    }
    let at = |p| quantile_in_bins(&to.histogram, p).ok_or_else(|| refused("an empty histogram has no quantiles"));
    let (trimmed, summary) = trim(to, Trim { lo: at(lo)?, hi: at(hi)?, outside }, rounding)?;
    Ok((trimmed, format!("{summary} (quantiles {lo} to {hi})")))
}

pub(super) fn scale_axis(to: &UncertainHistogram, factor: Number) -> Result {
    if !(factor.as_f64() > 0.0 && factor.as_f64().is_finite()) {
        return Err(refused(format!("the factor must be a positive number, not {}", short_number(factor))));
    }
    let edges = map_edges(to.histogram.edges(), factor, product)?;
    Ok((with_edges(to, edges)?, format!("multiplied all values by {}", short_number(factor))))
}

pub(super) fn shift_axis(to: &UncertainHistogram, by: Number) -> Result {
    if !by.as_f64().is_finite() {
        return Err(refused(format!("the offset must be a finite number, not {}", short_number(by))));
    }
    let edges = map_edges(to.histogram.edges(), by, sum)?;
    Ok((with_edges(to, edges)?, format!("added {} to all values", short_number(by))))
}

/// Keeps the counts and replaces the edges.
fn with_edges(to: &UncertainHistogram, edges: Edges) -> Result<UncertainHistogram> {
    assemble(edges, to.histogram.counts().clone(), to.max_error.clone(), to)
}

/// Edges in one type, like an array: integers if all of them and all old edges are integers, else floats.
fn of_one_type(numbers: Numbers, old: &Edges) -> Result<Edges> {
    let ints = numbers.all_ints() && old.numbers().all_ints();
    Edges::new(if ints { numbers } else { numbers.into_floats() })
}

/// Applies `operation` with `by` to every edge. Fails if a bin with a width would lose it.
fn map_edges(old: &Edges, by: Number, operation: impl Fn(Number, Number) -> Result<Number>) -> Result<Edges> {
    // Integers with a float give floats, even if the results are whole.
    let ints = old.numbers().all_ints() && matches!(by, Number::Int(_));
    let typed = |number: Number| if ints { number } else { Number::Float(number.as_f64()) };
    let changed = old.numbers().iter().map(|edge| operation(typed(edge), by));
    let numbers = changed.collect::<Result<Numbers>>()?;
    let edges = Edges::new(numbers).map_err(|_| overflow())?;
    let widths = old.as_f64().windows(2).zip(edges.as_f64().windows(2));
    let lost = widths.filter(|(old, new)| old[0] < old[1] && new[0] >= new[1]).count();
    match lost {
        0 => Ok(edges),
        lost => Err(refused(format!("{} would become too narrow for floating point", plural(lost as u64, "bin")))),
    }
}

/// Redistributes counts onto other edges. `unchanged` returns the old bin that a new bin equals, if any. Such a bin keeps
/// its exact number and its error, even if it was the closed last bin: a sample on its end was already counted in it.
fn redistribute(
    from: &UncertainHistogram,
    edges: &Edges,
    unchanged: impl Fn(usize) -> Option<usize>,
    rounding: Rounding,
) -> Result<UncertainHistogram> {
    let old = &from.histogram;
    let unchanged: Vec<Option<usize>> = (0..edges.bins()).map(unchanged).collect();
    let (mut counts, mut errors): (Vec<Number>, _) = (old.counts().iter().collect(), from.max_error.clone());
    for bin in unchanged.iter().flatten() {
        counts[*bin] = Number::Int(0);
        errors[*bin] = 0.0;
    }
    let rest = assemble(old.edges().clone(), counts.into_iter().collect(), errors, from)?;
    let mut new = rest.rebin(edges, rounding);
    let mut counts = Numbers::default();
    for ((count, error), bin) in new.histogram.counts().iter().zip(&mut new.max_error).zip(unchanged) {
        let before = bin.and_then(|bin| old.counts().get(bin).zip(from.max_error.get(bin)));
        counts.push(match before {
            Some((before, old_error)) if count.as_f64() == 0.0 => {
                *error = *old_error;
                before
            }
            // A neighbor of zero width moved into this bin.
            Some((before, old_error)) => {
                *error += old_error;
                sum(before, count)?
            }
            None => count,
        });
    }
    new.histogram = Histogram::from_parts(edges.clone(), counts);
    Ok(new)
}

fn is_finite(of: &UncertainHistogram, bin: usize) -> bool {
    of.histogram.counts().as_f64().get(bin).is_none_or(|count| count.is_finite())
}

/// Notice that a range cuts unbounded bins, so that the position of their counts is a guess.
fn describe_guess(of: &UncertainHistogram, lo: f64, hi: f64) -> String {
    let bins = of.histogram.edges().as_f64().windows(2).zip(of.histogram.counts().iter());
    let cut = bins.filter(|(bin, count)| {
        let unbounded = bin[0].is_infinite() || bin[1].is_infinite();
        let cut = [lo, hi].iter().any(|end| bin[0] < *end && *end < bin[1]);
        unbounded && cut && count.as_f64() != 0.0
    });
    let counts: Numbers = cut.map(|(_, count)| count).collect();
    match counts.len() {
        0 => String::new(),
        _ => format!("; guessed the position of {} in an unbounded bin", format_number(counts.total(), 2)),
    }
}

/// Counts outside the bins: `; out of range: 20 below and 14 above`.
fn describe_outside(below: f64, above: f64, outside: TrimPolicy) -> String {
    let side = |count: f64, side: &str| (count != 0.0).then(|| format!("{} {side}", format_count(count, 2)));
    let sides: Vec<String> = [side(below, "below"), side(above, "above")].into_iter().flatten().collect();
    let sides = sides.join(" and ");
    match outside {
        _ if sides.is_empty() => String::new(),
        TrimPolicy::Keep => format!("; out of range: {sides}"),
        TrimPolicy::Drop => format!("; discarded {sides}"),
    }
}
