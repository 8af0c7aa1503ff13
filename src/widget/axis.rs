//! Ticks and labels of the value axis below a plot and of the height axis to its left.
//!
//! Labels that do not fit are dropped, never truncated.

use super::bars::Bars;
use super::columns::Columns;
use super::glyphs::Glyphs;
use crate::hist::scale::{CountScale, Placed, Scale, Ticks, lay_out, ratio_label};
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
    let is_ratio = bars.y == CountScale::Ratio;
    if !is_ratio && bars.heights.iter().all(|height| height.fract() == 0.0) {
        // A count has no fractions.
        ticks.retain(|(at, _)| at.fract() == 0.0);
        ticks.iter_mut().filter(|(_, label)| label.contains('.')).for_each(|(at, label)| *label = format_count(*at, 0));
    }
    // Zero is most important, then the ends of the range, then round ticks.
    let ends = [lo, hi].into_iter().filter(|end| *end != 0.0 && end.is_finite());
    let end = |end: f64| if is_ratio { ratio_label(end) } else { end_label(end, &ticks) };
    let ends: Vec<_> = ends.map(|at| (at, end(at))).collect();
    let mut labels: Vec<(Option<u16>, String)> = Vec::new();
    // If there are negative heights but too few rows for a zero line, the line below the plot is not at zero.
    let zero = (rows.zero().is_some() || lo == 0.0).then(|| (0.0, if is_ratio { "1" } else { "0" }.to_string()));
    for (at, label) in zero.into_iter().chain(ends).chain(ticks.into_iter().filter(|(at, _)| *at != 0.0)) {
        let row = if at == 0.0 { rows.zero() } else { rows.row_of(at) };
        let apart = if height > 2 { 2 } else { 1 };
        let near = |other: &Option<u16>| row.unwrap_or(height).abs_diff(other.unwrap_or(height)) < apart;
        if !labels.iter().any(|(other, _)| near(other)) {
            // A mirrored histogram has the same heights as an upright one.
            let mirrored = bars.hanging.is_some().then(|| label.strip_prefix('-').map(str::to_owned)).flatten();
            labels.push((row, mirrored.unwrap_or(label)));
        }
    }
    labels
}

/// Formats an end of the range with at least three significant digits, in the notation of the ticks.
fn end_label(end: f64, ticks: &[(f64, String)]) -> String {
    let power = end.abs().log10().floor() as i32;
    let plain = format_count(end, (2 - power).clamp(0, 9) as usize);
    let is_scientific = ticks.iter().any(|(_, label)| label.contains('e')) || power < -3;
    if !is_scientific && plain.len() <= 13 {
        return plain;
    }
    let tick = ticks.iter().find(|(at, _)| *at == end).map(|(_, label)| label.clone());
    tick.unwrap_or_else(|| format!("{end:.2e}"))
}

/// Labels of the value axis.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueLabels {
    pub ticks: Ticks,
    /// The labels that fit, with their texts.
    pub placed: Vec<(Placed, String)>,
    /// The power of ten that all labels are multiples of.
    pub power: Option<i32>,
}

/// Formats a factor of an axis, such as `×10⁻⁵`.
pub fn factor(power: i32, glyphs: Glyphs) -> String {
    if glyphs == Glyphs::Ascii {
        return format!("x1e{power}");
    }
    let raised = |c: char| match c {
        '-' => '⁻',
        digit => digit.to_digit(10).and_then(|digit| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit as usize)).unwrap_or(digit),
    };
    format!("×10{}", power.to_string().chars().map(raised).collect::<String>())
}

/// Ticks of the value axis, and positions of their labels: as many as fit next to each other. Labels of tiny and huge
/// values are multiples of a power of ten, which needs free cells at the end of the row.
pub fn value_ticks(bars: &Bars<'_>, columns: &Columns, row: Rect, plot: Rect) -> ValueLabels {
    let (scale, view, glyphs) = (bars.x, bars.view, bars.glyphs);
    let offset = usize::from(plot.x.saturating_sub(row.x));
    let laid = |most: usize| {
        let ticks = scale.ticks(view.lo, view.hi, most);
        let factored = if scale.over(view.lo) == Scale::Linear { ticks.factored() } else { None };
        let power = factored.as_ref().map(|(power, _)| *power);
        let labels = factored.map_or_else(|| ticks.at.iter().map(|(_, label)| label.clone()).collect(), |(_, own)| own);
        let taken = power.map_or(0, |power| factor(power, glyphs).width() + 2);
        let cells = usize::from(row.width).saturating_sub(taken);
        let mark = |((at, _), label): (&(f64, String), &String)| {
            (offset + usize::from(columns.boundary_of(*at)), label.width())
        };
        let marks: Vec<(usize, usize)> = ticks.at.iter().zip(&labels).map(mark).collect();
        // The factor replaces the labels at its place.
        let room = marks.iter().filter(|(cell, _)| taken == 0 || *cell < cells).count();
        let placed = lay_out(&marks, cells, 2);
        let is_complete = placed.len() == room;
        let placed = placed.into_iter().filter_map(|placed| Some((placed, labels.get(placed.tick)?.clone()))).collect();
        (is_complete, ValueLabels { ticks, placed, power })
    };
    let most = (usize::from(row.width) / 6).clamp(2, 12);
    let complete = (2..=most).rev().map(laid).find(|(is_complete, _)| *is_complete);
    complete.unwrap_or_else(|| laid(most.min(5))).1
}
