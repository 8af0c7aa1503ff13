//! Edits of the edges.

use super::arithmetic::{product, sum};
use super::{
    CountPolicy, Edges, Error, Number, Numbers, Rounding, Span, TrimPolicy, UncertainHistogram, estimate, refused,
    told, told_value, too_large,
};
use crate::hist::format_number;
use crate::hist::{Histogram, MAX_BINS, quantile_in_bins};
use crate::text::{format_count, plural};

type Result = std::result::Result<(UncertainHistogram, String), Error>;

pub(super) fn merge(to: &UncertainHistogram, span: Span) -> Result {
    let span = span.check(to)?;
    if span.first == span.last {
        return Err(refused("two bins or more can be merged: select them (v)"));
    }
    let (old, inner) = (&to.histogram, span.first + 1..=span.last);
    let edges = old.edges().numbers().iter().enumerate().filter(|(edge, _)| !inner.contains(edge));
    let edges = of_one_kind(edges.map(|(_, number)| number).collect(), old.edges())?;
    let mut counts: Vec<Number> = Vec::new();
    let mut errors: Vec<f64> = Vec::new();
    for (bin, (count, error)) in old.counts().iter().zip(&to.max_error).enumerate() {
        match (counts.last_mut(), errors.last_mut()) {
            (Some(merged), Some(doubt)) if inner.contains(&bin) => {
                *merged = sum(*merged, count)?;
                *doubt += error;
            }
            _ => {
                counts.push(count);
                errors.push(*error);
            }
        }
    }
    let one = counts.get(span.first).copied().unwrap_or(Number::Int(0));
    let said = format!("merged {} into one of {}", span.name(), format_number(one, 2));
    Ok((estimate(edges, counts.into_iter().collect(), errors, to)?, said))
}

pub(super) fn split(to: &UncertainHistogram, span: Span, parts: usize, rounding: Rounding) -> Result {
    let span = span.check(to)?;
    let bins = span.last + 1 - span.first;
    let most = MAX_BINS.saturating_sub(to.histogram.bins() - bins) / bins;
    if !(2..=most).contains(&parts) {
        return Err(match most {
            0 | 1 => refused(format!("a histogram has at most {MAX_BINS} bins: merge some first")),
            most => refused(format!("a bin is split into 2 to {most} here, as there are at most {MAX_BINS} bins")),
        });
    }
    let old = to.histogram.edges();
    let mut edges = Numbers::default();
    for (bin, number) in old.numbers().iter().enumerate() {
        edges.push(number);
        let Some(segment) = old.bin(bin).filter(|_| span.holds(bin)) else { continue };
        let at = |part: usize| {
            let share = part as f64 / parts as f64;
            segment.lo * (1.0 - share) + segment.hi * share
        };
        let inner: Vec<f64> = (1..parts).map(at).collect();
        let ends = [segment.lo].into_iter().chain(inner.iter().copied()).chain([segment.hi]);
        let ends: Vec<f64> = ends.collect();
        if ends.windows(2).any(|pair| pair[0] >= pair[1]) || ends.iter().any(|x| !x.is_finite()) {
            let why = if segment.width().is_finite() { "too narrow" } else { "infinitely wide" };
            return Err(refused(format!("bin {} is {why} to be split into {parts}", bin + 1)));
        }
        for x in inner {
            edges.push(Number::Float(x));
        }
    }
    let said = format!("split {} into {parts}{}", span.name(), if bins == 1 { "" } else { " each" });
    let added = bins * (parts - 1);
    let same = |bin: usize| match bin {
        bin if bin < span.first => Some(bin),
        bin => bin.checked_sub(added).filter(|old| *old > span.last),
    };
    Ok((spread(to, (&of_one_kind(edges, old)?, same), rounding)?, said))
}

pub(super) fn move_edge(
    to: &UncertainHistogram,
    (edge, value, counts): (usize, Number, CountPolicy),
    rounding: Rounding,
) -> Result {
    let old = to.histogram.edges().numbers();
    let Some(before) = old.get(edge) else { return Err(refused(format!("there is no edge {}", edge + 1))) };
    let at = old.as_f64();
    let left = edge.checked_sub(1).and_then(|left| at.get(left)).copied();
    let right = at.get(edge + 1).copied();
    let x = value.as_f64();
    if !x.is_finite() {
        return Err(refused("an edge is a finite number"));
    }
    if left.is_some_and(|left| x <= left) || right.is_some_and(|right| x >= right) {
        return Err(refused(match (left, right) {
            (Some(left), Some(right)) => {
                format!("this edge stays between its neighbours, {} and {}", told_value(left), told_value(right))
            }
            (Some(left), None) => format!("the last edge stays above {}", told_value(left)),
            (None, right) => format!("the first edge stays below {}", told_value(right.unwrap_or(x))),
        }));
    }
    let moved = old.iter().enumerate().map(|(at, number)| if at == edge { value } else { number });
    let edges = of_one_kind(moved.collect(), to.histogram.edges())?;
    let place = format!("edge {} from {} to {}", edge + 1, told_value(before.as_f64()), told_value(x));
    Ok(match counts {
        CountPolicy::Stay => {
            let counts = to.histogram.counts().clone();
            let moved = estimate(edges, counts, to.max_error.clone(), to)?;
            (moved, format!("moved {place}, counts stayed with their bins"))
        }
        CountPolicy::Spread => {
            let beside = |bin: usize| bin == edge || bin + 1 == edge;
            let moved = spread(to, (&edges, |bin| (!beside(bin)).then_some(bin)), rounding)?;
            let gone =
                |outside: f64, before: f64| if outside == before || before.is_nan() { 0.0 } else { outside - before };
            let rest = outside(gone(moved.below, to.below), gone(moved.above, to.above), TrimPolicy::Count);
            let lost = |bin: &usize| finite(to, *bin) && !finite(&moved, *bin);
            let lost = (edge.saturating_sub(1)..=edge).find(lost);
            let lost = lost.map(|bin| format!("; bin {} becomes no finite number", bin + 1)).unwrap_or_default();
            (moved, format!("moved {place}, counts were spread anew{rest}{lost}"))
        }
    })
}

pub(super) fn trim(to: &UncertainHistogram, (lo, hi, what): (f64, f64, TrimPolicy), rounding: Rounding) -> Result {
    if lo.partial_cmp(&hi) != Some(std::cmp::Ordering::Less) {
        return Err(refused("a range goes from a smaller number to a larger one"));
    }
    let ends = format!("[{}, {}]", told_value(lo), told_value(hi));
    let old = to.histogram.edges();
    let edges = old.within(lo, hi).ok_or_else(|| refused(format!("the range {ends} holds no bin")))?;
    if edges == *old {
        return Err(refused(format!("there is nothing outside of {ends}")));
    }
    // Before the first edge that is left there may be one where a bin is cut.
    let at = old.as_f64();
    let first = at.partition_point(|edge| *edge < lo);
    let cut = usize::from(edges.as_f64().first() != at.get(first));
    let same = |bin: usize| {
        let found = (bin + first).checked_sub(cut)?;
        (bin >= cut && edges.bin(bin) == old.bin(found)).then_some(found)
    };
    let mut trimmed = spread(to, (&of_one_kind(edges.numbers().clone(), old)?, same), rounding)?;
    let rest = outside(trimmed.below, trimmed.above, what) + &guessed(to, lo, hi);
    if what == TrimPolicy::Drop {
        (trimmed.below, trimmed.above) = (0.0, 0.0);
    }
    Ok((trimmed, format!("trimmed to {ends}{rest}")))
}

pub(super) fn trim_quantiles(
    to: &UncertainHistogram,
    (lo, hi, what): (f64, f64, TrimPolicy),
    rounding: Rounding,
) -> Result {
    if !(0.0 <= lo && lo < hi && hi <= 1.0) {
        return Err(refused("two quantiles between 0 and 1 are expected, such as 0.01, 0.99"));
    }
    let at = |p| quantile_in_bins(&to.histogram, p).ok_or_else(|| refused("nothing has no quantiles"));
    let (trimmed, said) = trim(to, (at(lo)?, at(hi)?, what), rounding)?;
    Ok((trimmed, format!("{said} (quantiles {lo} to {hi})")))
}

pub(super) fn scale_axis(to: &UncertainHistogram, factor: Number) -> Result {
    if !(factor.as_f64() > 0.0 && factor.as_f64().is_finite()) {
        return Err(refused("values can be multiplied by a positive number"));
    }
    let edges = each_edge(to.histogram.edges(), factor, product)?;
    Ok((on(to, edges)?, format!("multiplied all values by {}", told(factor))))
}

pub(super) fn shift_axis(to: &UncertainHistogram, by: Number) -> Result {
    if !by.as_f64().is_finite() {
        return Err(refused("a finite number can be added to values"));
    }
    let edges = each_edge(to.histogram.edges(), by, sum)?;
    Ok((on(to, edges)?, format!("added {} to all values", told(by))))
}

/// The same counts on other edges.
fn on(to: &UncertainHistogram, edges: Edges) -> std::result::Result<UncertainHistogram, Error> {
    estimate(edges, to.histogram.counts().clone(), to.max_error.clone(), to)
}

/// Edges in one kind, as arrays have them: floats where one of them is a float, or one of the old ones was.
fn of_one_kind(numbers: Numbers, old: &Edges) -> std::result::Result<Edges, Error> {
    let ints = numbers.all_ints() && old.numbers().all_ints();
    Edges::new(if ints { numbers } else { numbers.into_floats() })
}

/// Every edge changed by a number; a bin that has a width keeps one.
fn each_edge(
    old: &Edges,
    by: Number,
    change: impl Fn(Number, Number) -> std::result::Result<Number, Error>,
) -> std::result::Result<Edges, Error> {
    // A float makes floats of integers even where the results are whole.
    let ints = old.numbers().all_ints() && matches!(by, Number::Int(_));
    let kind = |number: Number| if ints { number } else { Number::Float(number.as_f64()) };
    let changed = old.numbers().iter().map(|edge| change(kind(edge), by));
    let numbers = changed.collect::<std::result::Result<Numbers, Error>>()?;
    let edges = Edges::new(numbers).map_err(|_| too_large())?;
    let widths = old.as_f64().windows(2).zip(edges.as_f64().windows(2));
    let lost = widths.filter(|(old, new)| old[0] < old[1] && new[0] >= new[1]).count();
    match lost {
        0 => Ok(edges),
        lost => Err(refused(format!("{} would lose the width that numbers can tell", plural(lost as u64, "bin")))),
    }
}

/// Spread over other edges. Of a new bin that is `same` as an old one the very number stays, and how certain it is: whether
/// a sample sat on the end of a last bin does not change what was counted in it.
fn spread(
    from: &UncertainHistogram,
    (edges, same): (&Edges, impl Fn(usize) -> Option<usize>),
    rounding: Rounding,
) -> std::result::Result<UncertainHistogram, Error> {
    let old = &from.histogram;
    let stays: Vec<Option<usize>> = (0..edges.bins()).map(same).collect();
    let (mut counts, mut errors): (Vec<Number>, _) = (old.counts().iter().collect(), from.max_error.clone());
    for bin in stays.iter().flatten() {
        counts[*bin] = Number::Int(0);
        errors[*bin] = 0.0;
    }
    let rest = estimate(old.edges().clone(), counts.into_iter().collect(), errors, from)?;
    let mut new = rest.rebin(edges, rounding);
    let mut counts = Numbers::default();
    for ((count, error), stays) in new.histogram.counts().iter().zip(&mut new.max_error).zip(stays) {
        let before = stays.and_then(|bin| old.counts().get(bin).zip(from.max_error.get(bin)));
        counts.push(match before {
            Some((before, doubt)) if count.as_f64() == 0.0 => {
                *error = *doubt;
                before
            }
            // A neighbour without width has come to lie in it.
            Some((before, doubt)) => {
                *error += doubt;
                sum(before, count)?
            }
            None => count,
        });
    }
    new.histogram = Histogram::of(edges.clone(), counts);
    Ok(new)
}

fn finite(of: &UncertainHistogram, bin: usize) -> bool {
    of.histogram.counts().as_f64().get(bin).is_none_or(|count| count.is_finite())
}

/// That nobody knows where the counts of a bin without end lie, where a range cuts it.
fn guessed(of: &UncertainHistogram, lo: f64, hi: f64) -> String {
    let bins = of.histogram.edges().as_f64().windows(2).zip(of.histogram.counts().iter());
    let cut = bins.filter(|(bin, count)| {
        let open = bin[0].is_infinite() || bin[1].is_infinite();
        let cut = [lo, hi].iter().any(|end| bin[0] < *end && *end < bin[1]);
        open && cut && count.as_f64() != 0.0
    });
    let counts: Numbers = cut.map(|(_, count)| count).collect();
    match counts.len() {
        0 => String::new(),
        _ => format!("; where the {} of an open bin lie is a guess", format_number(counts.total(), 2)),
    }
}

/// `; 20 below and 14 above are not in it`.
fn outside(below: f64, above: f64, what: TrimPolicy) -> String {
    let told = |count: f64, side: &str| (count != 0.0).then(|| format!("{} {side}", format_count(count, 2)));
    let sides: Vec<String> = [told(below, "below"), told(above, "above")].into_iter().flatten().collect();
    let sides = sides.join(" and ");
    match what {
        _ if sides.is_empty() => String::new(),
        TrimPolicy::Count => format!("; {sides} lie outside"),
        TrimPolicy::Drop => format!("; {sides} were dropped"),
    }
}
