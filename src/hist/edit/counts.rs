//! Edits of the counts.

use super::arithmetic::product;
use super::{Error, Number, Numbers, Span, UncertainHistogram, assemble, overflow, refused, short_number};
use crate::hist::format_number;
use crate::text::{format_count, plural};

type Result<T = (UncertainHistogram, String)> = std::result::Result<T, Error>;

/// Applies `count` to the counts of some bins, and `error` to their errors.
fn change(
    to: &UncertainHistogram,
    span: Span,
    count: impl Fn(Number) -> Result<Number>,
    error: impl Fn(f64) -> f64,
) -> Result<UncertainHistogram> {
    let each = |(bin, number)| if span.contains(bin) { count(number) } else { Ok(number) };
    let counts = to.histogram.counts().iter().enumerate().map(each).collect::<Result<_>>()?;
    let errors = to.max_error.iter().enumerate();
    let max_error = errors.map(|(bin, old)| if span.contains(bin) { error(*old) } else { *old }).collect();
    assemble(to.histogram.edges().clone(), counts, max_error, to)
}

pub(super) fn set(to: &UncertainHistogram, span: Span, count: Number) -> Result {
    let span = span.check(to)?;
    if !count.as_f64().is_finite() {
        return Err(refused(format!("a count must be a finite number, not {}", short_number(count))));
    }
    Ok((change(to, span, |_| Ok(count), |_| 0.0)?, format!("set {} to {}", span.name(), short_number(count))))
}

pub(super) fn clear(to: &UncertainHistogram, span: Span) -> Result {
    let span = span.check(to)?;
    let counts = to.histogram.counts().iter().enumerate().filter(|(bin, _)| span.contains(*bin));
    let removed = counts.map(|(_, count)| count).collect::<Numbers>().total();
    // A float stays a float.
    let zero = |number| match number {
        Number::Int(_) => Ok(Number::Int(0)),
        Number::Float(_) => Ok(Number::Float(0.0)),
    };
    let summary = format!("cleared {} (count {})", span.name(), format_number(removed, 2));
    Ok((change(to, span, zero, |_| 0.0)?, summary))
}

pub(super) fn scale(to: &UncertainHistogram, span: Span, factor: Number) -> Result {
    let span = span.check(to)?;
    let by = factor.as_f64();
    if !by.is_finite() {
        return Err(refused(format!("the factor must be a finite number, not {}", short_number(factor))));
    }
    // If one count becomes a float, all do.
    let counts = to.histogram.counts().iter().enumerate().filter(|(bin, _)| span.contains(*bin));
    let floats = counts.map(|(_, count)| product(count, factor)).any(|count| matches!(count, Ok(Number::Float(_))));
    let typed = |number: Number| if floats { Number::Float(number.as_f64()) } else { number };
    let scaled = change(to, span, |number| product(number, factor).map(typed), |error| error * by.abs())?;
    Ok((scaled, format!("multiplied {} by {}", span.name(), short_number(factor))))
}

pub(super) fn normalize(to: &UncertainHistogram) -> Result {
    let total = to.histogram.total().as_f64();
    if !(total > 0.0 && total.is_finite()) {
        return Err(refused(format!("counts that sum to {} cannot be normalized", format_count(total, 2))));
    }
    let counts: Vec<f64> = to.histogram.counts().as_f64().iter().map(|count| count / total).collect();
    if counts.iter().any(|count| !count.is_finite()) {
        return Err(overflow());
    }
    // The error of the total is at most the sum of all errors.
    let total_error: f64 = to.max_error.iter().sum();
    let errors = counts.iter().zip(&to.max_error).map(|(share, error)| match total_error {
        0.0 => 0.0,
        total_error if total_error < total => (error + share.abs() * total_error) / (total - total_error),
        _ => f64::INFINITY,
    });
    let errors = errors.collect();
    let mut normalized = assemble(to.histogram.edges().clone(), Numbers::floats(counts), errors, to)?;
    normalized.below /= total;
    normalized.above /= total;
    Ok((normalized, format!("divided all counts by {}; they now sum to 1", format_number(to.histogram.total(), 2))))
}

pub(super) fn round(to: &UncertainHistogram) -> Result {
    let counts = to.histogram.counts();
    if counts.all_ints() {
        return Err(refused("all counts are already whole numbers"));
    }
    // Integer part of each count, and its remainder.
    let parts = counts.iter().map(|count| match count {
        Number::Int(i) => Ok((i, 0.0)),
        // 1e30 is well within i128.
        Number::Float(x) if x.abs() < 1e30 => Ok((x.floor() as i128, x - x.floor())),
        Number::Float(x) => Err(refused(format!("cannot round a count of {}", format_count(x, 0)))),
    });
    let mut parts = parts.collect::<Result<Vec<(i128, f64)>>>()?;
    let missing = parts.iter().map(|(_, remainder)| remainder).sum::<f64>().round() as usize;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|a, b| parts[*b].1.total_cmp(&parts[*a].1));
    for bin in order.into_iter().take(missing) {
        parts[bin].0 += 1;
    }
    let changed = parts.iter().filter(|(_, remainder)| *remainder != 0.0).count() as u64;
    // If a count is assemble, every count may round differently, by one.
    let added = if to.exact() { 0.0 } else { 1.0 };
    let errors = to.max_error.iter().map(|error| error + added).collect();
    let counts = Numbers::ints(parts.into_iter().map(|(integer, _)| integer));
    Ok((
        assemble(to.histogram.edges().clone(), counts, errors, to)?,
        format!("rounded {} to whole numbers", plural(changed, "count")),
    ))
}

pub(super) fn smooth(to: &UncertainHistogram, width: usize) -> Result {
    let bins = to.histogram.bins();
    if width < 2 || width > bins {
        return Err(refused(format!("cannot smooth over {}; choose 2 to {bins}", plural(width as u64, "bin"))));
    }
    let counts = smoothed(to.histogram.counts().as_f64(), width);
    if counts.iter().any(|count| !count.is_finite()) {
        return Err(refused("a count is not finite, or would not be after smoothing"));
    }
    let integers = to.histogram.counts().all_ints() && counts.iter().all(|x| x.fract() == 0.0 && x.abs() < 1e15);
    let counts = if integers { Numbers::ints(counts.into_iter().map(|x| x as i128)) } else { Numbers::floats(counts) };
    let edges = to.histogram.edges().clone();
    let errors = smoothed(&to.max_error, width);
    Ok((assemble(edges, counts, errors, to)?, format!("smoothed all counts over {width} bins")))
}

/// Spreads every value over `width` positions around its own, mirrored at the ends.
fn smoothed(values: &[f64], width: usize) -> Vec<f64> {
    let mut out = vec![0.0; values.len()];
    let (n, half) = (values.len() as isize, (width / 2) as isize);
    for (at, value) in (0_isize..).zip(values) {
        for by in -half..=half {
            // With an even width, the two outermost positions get half a share.
            let share = if width.is_multiple_of(2) && by.abs() == half { 0.5 } else { 1.0 };
            let position = match at + by {
                position if position < 0 => -1 - position,
                position if position >= n => 2 * n - 1 - position,
                position => position,
            };
            out[position as usize] += value * (share / width as f64);
        }
    }
    out
}
