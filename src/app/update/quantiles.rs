//! Quantiles that the user asks for. They stay in the statistics of all series.

use super::{finish, jobs, range};
use crate::app::{Cursor, Effect, Model, Ticket};
use crate::catalog::Content;
use crate::hist::{Quantile, Statistic};
use crate::text::{format_value, statistic_resolution};

/// Shows quantiles for the rest of the session, and moves the cursor to the last one.
pub(super) fn show(model: &mut Model, probabilities: &[f64]) -> Vec<Effect> {
    let Some(current) = &model.current else {
        model.notify("nothing is open");
        return Vec::new();
    };
    let is_binned = matches!(current.content, Content::Logged(_)) || current.state.edited.is_some();
    let known = model.probabilities();
    model.quantiles.extend(probabilities.iter().filter(|p| !known.contains(p)));
    model.quantile_to_find = probabilities.last().copied();
    model.notify("computing …");
    if is_binned {
        return jobs::refresh(model);
    }
    go_to_found(model);
    Vec::new()
}

/// Requests the quantiles that the statistics lack.
pub(super) fn request(model: &mut Model, visible: bool) -> Option<Effect> {
    let current = model.current.as_ref().filter(|current| current.state.edited.is_none())?;
    let waits = model.quantile_to_find.is_some();
    let is_pending = model.jobs.quantiles.is_some() || (current.stats.is_none() && !waits);
    if !matches!(current.content, Content::Raw(_)) || is_pending || !(visible || waits) {
        return None;
    }
    let mut probabilities = model.quantiles.clone();
    probabilities.extend(model.quantile_to_find);
    probabilities.retain(|p| current.quantile(*p).is_none());
    probabilities.dedup();
    if probabilities.is_empty() {
        return None;
    }
    let content = current.content.clone();
    let ticket = model.jobs.ticket();
    model.jobs.quantiles = Some(ticket);
    Some(Effect::FindQuantiles { ticket, content, probabilities })
}

/// Receives quantiles of the current samples.
pub(super) fn found(model: &mut Model, ticket: Ticket, quantiles: Vec<Quantile>) -> Vec<Effect> {
    if finish(&mut model.jobs.trim, ticket) {
        return range::trim_found(model, &quantiles);
    }
    if finish(&mut model.jobs.quantiles, ticket)
        && let Some(current) = &mut model.current
    {
        current.add_quantiles(quantiles);
        go_to_found(model);
    }
    Vec::new()
}

/// Moves the cursor to the quantile that the user requested, once it is known.
pub(super) fn go_to_found(model: &mut Model) {
    let Some(p) = model.quantile_to_find else { return };
    let Some(current) = &model.current else { return };
    let Some(quantile) = current.quantile(p) else { return };
    let spread = current.stats.as_ref().map_or(0.0, |stats| stats.stats.std);
    let (name, Quantile { lo, hi, .. }) = (Statistic::Quantile(p).name(), quantile);
    let text = |x: f64| format_value(x, statistic_resolution(x, spread));
    model.quantile_to_find = None;
    if lo.is_nan() {
        model.notify(format!("{name} is unknown: the bins have no total, or negative counts"));
        return;
    }
    let words =
        if lo == hi { format!("{name} is {}", text(lo)) } else { format!("{name} is in [{}, {}]", text(lo), text(hi)) };
    let middle = lo / 2.0 + hi / 2.0;
    let found = current.shown.as_ref().ok().and_then(|shown| {
        let (edges, counts) = (shown.histogram.edges(), shown.histogram.counts().as_f64());
        let known = edges.find(middle)?;
        let bins = edges.find(lo).unwrap_or(known)..=edges.find(hi).unwrap_or(known);
        // The end of the interval may be the left edge of the next bin.
        let last = bins.clone().rfind(|bin| edges.bin(*bin).is_some_and(|bin| bin.lo < hi)).unwrap_or(known);
        let bins = *bins.start()..=last.max(*bins.start());
        let filled = bins
            .clone()
            .filter(|bin| counts.get(*bin).is_some_and(|count| *count != 0.0))
            .min_by_key(|bin| bin.abs_diff(known));
        Some((bins, filled.unwrap_or(known)))
    });
    let Some((bins, bin)) = found else {
        return model.notify(format!("{words}, out of the range on the screen"));
    };
    let (first, last) = (bins.start() + 1, bins.end() + 1);
    let place = if first == last { format!("bin {first}") } else { format!("bins {first}–{last}") };
    model.notify(format!("{words}, in {place}"));
    let inside = model.shown().and_then(|shown| shown.histogram.edges().bin(bin));
    let value = inside.map_or(middle, |bin| middle.clamp(bin.lo, bin.hi));
    model.chart.cursor = Some(Cursor { value, bin });
}
