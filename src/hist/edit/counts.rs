//! Edits that leave the edges as they are.

use super::arithmetic::product;
use super::{Edges, Error, Number, Numbers, Span, UncertainHistogram, estimate, refused, told, too_large};
use crate::hist::format_number;
use crate::text::{format_count, plural};

type Result = std::result::Result<(UncertainHistogram, String), Error>;

/// Changes the counts of some bins; `error` changes what they are in doubt of.
fn change(
    to: &UncertainHistogram,
    span: Span,
    count: impl Fn(Number) -> std::result::Result<Number, Error>,
    error: impl Fn(f64) -> f64,
) -> std::result::Result<UncertainHistogram, Error> {
    let each = |(bin, number)| if span.holds(bin) { count(number) } else { Ok(number) };
    let counts = to.histogram.counts().iter().enumerate().map(each).collect::<std::result::Result<_, _>>()?;
    let errors = to.max_error.iter().enumerate();
    let max_error = errors.map(|(bin, old)| if span.holds(bin) { error(*old) } else { *old }).collect();
    estimate(to.histogram.edges().clone(), counts, max_error, to)
}

pub(super) fn set(to: &UncertainHistogram, span: Span, count: Number) -> Result {
    let span = span.check(to)?;
    if !count.as_f64().is_finite() {
        return Err(refused("a count is a finite number"));
    }
    Ok((change(to, span, |_| Ok(count), |_| 0.0)?, format!("set {} to {}", span.name(), told(count))))
}

pub(super) fn clear(to: &UncertainHistogram, span: Span) -> Result {
    let span = span.check(to)?;
    let counts = to.histogram.counts().iter().enumerate().filter(|(bin, _)| span.holds(*bin));
    let held = counts.map(|(_, count)| count).collect::<Numbers>().total();
    // An integer stays one; a float that is nothing now is a float.
    let nothing = |number| match number {
        Number::Int(_) => Ok(Number::Int(0)),
        Number::Float(_) => Ok(Number::Float(0.0)),
    };
    let said = format!("cleared {} of {}", span.name(), format_number(held, 2));
    Ok((change(to, span, nothing, |_| 0.0)?, said))
}

pub(super) fn scale(to: &UncertainHistogram, span: Span, factor: Number) -> Result {
    let span = span.check(to)?;
    let by = factor.as_f64();
    if !by.is_finite() {
        return Err(refused("a factor is a finite number"));
    }
    // All of them become floats where one does.
    let counts = to.histogram.counts().iter().enumerate().filter(|(bin, _)| span.holds(*bin));
    let floats = counts.map(|(_, count)| product(count, factor)).any(|count| matches!(count, Ok(Number::Float(_))));
    let kind = |number: Number| if floats { Number::Float(number.as_f64()) } else { number };
    let scaled = change(to, span, |number| product(number, factor).map(kind), |error| error * by.abs())?;
    Ok((scaled, format!("multiplied {} by {}", span.name(), told(factor))))
}

pub(super) fn normalise(to: &UncertainHistogram) -> Result {
    let total = to.histogram.total().as_f64();
    if !(total > 0.0 && total.is_finite()) {
        return Err(refused(format!("counts that sum to {} cannot sum to one", format_count(total, 2))));
    }
    let counts: Vec<f64> = to.histogram.counts().as_f64().iter().map(|count| count / total).collect();
    if counts.iter().any(|count| !count.is_finite()) {
        return Err(too_large());
    }
    // The total is in doubt by no more than all counts together.
    let doubt: f64 = to.max_error.iter().sum();
    let errors = counts.iter().zip(&to.max_error).map(|(share, error)| match doubt {
        0.0 => 0.0,
        doubt if doubt < total => (error + share.abs() * doubt) / (total - doubt),
        _ => f64::INFINITY,
    });
    let errors = errors.collect();
    let mut normalised = estimate(to.histogram.edges().clone(), Numbers::floats(counts), errors, to)?;
    normalised.below /= total;
    normalised.above /= total;
    Ok((normalised, format!("divided all counts by {}, they sum to one", format_number(to.histogram.total(), 2))))
}

pub(super) fn round(to: &UncertainHistogram) -> Result {
    let counts = to.histogram.counts();
    if counts.all_ints() {
        return Err(refused("all counts are whole numbers already"));
    }
    // The whole part of each, and what is above it.
    let parts = counts.iter().map(|count| match count {
        Number::Int(i) => Ok((i, 0.0)),
        // Far below where a float would not fit an integer of ours.
        Number::Float(x) if x.abs() < 1e30 => Ok((x.floor() as i128, x - x.floor())),
        Number::Float(x) => Err(refused(format!("a count of {} cannot be rounded", format_count(x, 0)))),
    });
    let mut parts = parts.collect::<std::result::Result<Vec<(i128, f64)>, _>>()?;
    let missing = parts.iter().map(|(_, above)| above).sum::<f64>().round() as usize;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|a, b| parts[*b].1.total_cmp(&parts[*a].1));
    for bin in order.into_iter().take(missing) {
        parts[bin].0 += 1;
    }
    let changed = parts.iter().filter(|(_, above)| *above != 0.0).count() as u64;
    // Counts in doubt may round otherwise, each by one.
    let doubt = if to.exact() { 0.0 } else { 1.0 };
    let errors = to.max_error.iter().map(|error| error + doubt).collect();
    let counts = Numbers::ints(parts.into_iter().map(|(whole, _)| whole));
    Ok((
        estimate(to.histogram.edges().clone(), counts, errors, to)?,
        format!("rounded {} to whole numbers", plural(changed, "count")),
    ))
}

pub(super) fn smooth(to: &UncertainHistogram, width: usize) -> Result {
    let bins = to.histogram.bins();
    if width < 2 || width > bins {
        return Err(refused(format!("counts are smoothed over 2 to {bins} bins")));
    }
    let counts = smoothed(to.histogram.counts().as_f64(), width);
    if counts.iter().any(|count| !count.is_finite()) {
        return Err(refused("there is a count that is no finite number, or would not be one"));
    }
    let whole = to.histogram.counts().all_ints() && counts.iter().all(|x| x.fract() == 0.0 && x.abs() < 1e15);
    let counts = if whole { Numbers::ints(counts.into_iter().map(|x| x as i128)) } else { Numbers::floats(counts) };
    let edges: Edges = to.histogram.edges().clone();
    let errors = smoothed(&to.max_error, width);
    Ok((estimate(edges, counts, errors, to)?, format!("smoothed all counts over {width} bins")))
}

/// Every value spread over `width` places around its own; what would lie beyond an end is mirrored at it.
fn smoothed(values: &[f64], width: usize) -> Vec<f64> {
    let mut out = vec![0.0; values.len()];
    let (n, half) = (values.len() as isize, (width / 2) as isize);
    for (at, value) in (0_isize..).zip(values) {
        for by in -half..=half {
            // Of an even width both outermost places get a half.
            let share = if width.is_multiple_of(2) && by.abs() == half { 0.5 } else { 1.0 };
            let place = match at + by {
                place if place < 0 => -1 - place,
                place if place >= n => 2 * n - 1 - place,
                place => place,
            };
            out[place as usize] += value * (share / width as f64);
        }
    }
    out
}
