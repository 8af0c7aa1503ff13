//! Ticks and labels of the value axis below a plot and of the height axis to its left.
//!
//! Labels that do not fit are dropped, never truncated.

use super::bars::Bars;
use super::columns::Columns;
use crate::hist::Segment;
use crate::hist::scale::{Placed, Scale, Ticks, lay_out};
use crate::text::format_count;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

/// Labels of the height axis for a plot with `height` rows: the row and the text. `None` is the line below the plot,
/// where zero is if no height is negative.
///
/// Ticks are round numbers; the largest and the smallest height have labels, too.
pub fn height_labels(bars: &Bars<'_>, height: u16) -> Vec<(Option<u16>, String)> {
    let (range, rows) = (bars.range(), bars.rows(height));
    let (lo, hi) = (range.lo.min(0.0), range.hi.max(0.0));
    let mut ticks = bars.y.ticks(lo, hi, usize::from(height / 3 + 1).clamp(3, 8)).at;
    if bars.heights.iter().all(|height| height.fract() == 0.0) {
        // A count has no fractions.
        ticks.retain(|(at, _)| at.fract() == 0.0);
    }
    // Zero is most important, then the ends of the range, then round ticks.
    let ends = [lo, hi].into_iter().filter(|end| *end != 0.0 && end.is_finite());
    let ends: Vec<_> = ends.map(|end| (end, end_label(end, &ticks))).collect();
    let mut labels: Vec<(Option<u16>, String)> = Vec::new();
    // If there are negative heights but too few rows for a zero line, the line below the plot is not at zero.
    let zero = (rows.zero().is_some() || lo == 0.0).then(|| (0.0, "0".to_string()));
    for (at, label) in zero.into_iter().chain(ends).chain(ticks.into_iter().filter(|(at, _)| *at != 0.0)) {
        let row = if at == 0.0 { rows.zero() } else { rows.row_of(at) };
        let apart = if height > 2 { 2 } else { 1 };
        let near = |other: &Option<u16>| row.unwrap_or(height).abs_diff(other.unwrap_or(height)) < apart;
        if !labels.iter().any(|(other, _)| near(other)) {
            labels.push((row, label));
        }
    }
    labels
}

/// Formats an end of the range with at least three significant digits, or like the ticks if that would be too long.
fn end_label(end: f64, ticks: &[(f64, String)]) -> String {
    let digits = (2 - end.abs().log10().floor() as i32).clamp(0, 9);
    let plain = format_count(end, digits as usize);
    if plain.len() <= 9 {
        return plain;
    }
    let tick = ticks.iter().find(|(at, _)| *at == end).map(|(_, label)| label.clone());
    tick.unwrap_or_else(|| format!("{end:.2e}"))
}

/// Ticks of the value axis, and positions of their labels: as many as fit next to each other.
pub fn value_ticks(scale: Scale, view: Segment, columns: &Columns, row: Rect, plot: Rect) -> (Ticks, Vec<Placed>) {
    let cells = usize::from(row.width);
    let offset = usize::from(plot.x.saturating_sub(row.x));
    let laid = |most: usize| {
        let ticks = scale.ticks(view.lo, view.hi, most);
        let mark = |(at, label): &(f64, String)| (offset + usize::from(columns.boundary_of(*at)), label.width());
        let marks: Vec<(usize, usize)> = ticks.at.iter().map(mark).collect();
        let placed = lay_out(&marks, cells, 2);
        (ticks, placed)
    };
    let most = (cells / 6).clamp(2, 12);
    let complete = (2..=most).rev().map(laid).find(|(ticks, placed)| placed.len() == ticks.at.len());
    complete.unwrap_or_else(|| laid(most.min(5)))
}
