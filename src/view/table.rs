//! The table view: edges, count, share and cumulative share of each bin.

use super::{put, put_right, style};
use crate::app::Model;
use crate::app::plot::table_top;
use crate::hist::{Histogram, Measure, Segment, format_number};
use crate::settings::Role;
use crate::text::{self, Notation, edge_resolution};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

/// Heading and minimum width of each column, from left to right.
const COLUMNS: [(&str, u16); 7] =
    [("bin", 5), ("from", 13), ("to", 13), ("before", 13), ("count", 13), ("%", 8), ("cum %", 8)];
/// Indices of the columns to show, the most important first. Columns that do not fit are dropped.
const DEFAULT_COLUMNS: &[usize] = &[0, 1, 4, 2, 5, 6];
/// Columns to show during the preview of an edit.
const PREVIEW_COLUMNS: &[usize] = &[0, 3, 4, 1, 2, 5, 6];

/// Cells of a row, one per column of [`COLUMNS`].
type Cells = [String; 7];

/// A row on the screen: its y, its bin and its cells.
type TableRow = (u16, usize, Cells);

/// Heights of all bins that the table shows as shares.
struct Shares {
    share: Vec<f64>,
    cumulative: Vec<f64>,
}

/// Draws the table, scrolled to the cursor.
pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let (Some(shown), Some(cursor)) = (model.shown(), model.cursor_bin()) else { return };
    let histogram = &shown.histogram;
    let shares =
        Shares { share: Measure::Probability.heights(histogram), cumulative: Measure::Cumulative.heights(histogram) };
    let selected = model.selected_bins();
    let top = table_top(model, usize::from(area.height.saturating_sub(1)));
    let rows = (area.y + 1..area.bottom()).zip(top..histogram.bins());
    let edited = model.editing.as_ref().filter(|_| model.proposal().is_some()).map(|editing| &editing.base.histogram);
    let before = |bin| edited.and_then(|edited| count_before(edited, histogram, bin)).unwrap_or_else(|| "–".into());
    let edges = edge_texts(histogram.edges().as_f64());
    let cells = |bin| cells(histogram, bin, &edges, before(bin), &shares);
    let rows: Vec<TableRow> = rows.filter_map(|(y, bin)| Some((y, bin, cells(bin)?))).collect();
    let columns = columns(&rows, if edited.is_some() { PREVIEW_COLUMNS } else { DEFAULT_COLUMNS }, area);
    for (column, place) in &columns {
        put_right(buf, *place, area.y, COLUMNS[*column].0, style(model, Role::Dim));
    }
    for (y, bin, cells) in &rows {
        let role = if *bin == cursor {
            Role::Cursor
        } else if selected.is_some_and(|(first, last)| (first..=last).contains(bin)) {
            Role::Selection
        } else {
            Role::Text
        };
        let mut style = style(model, role);
        if *bin == cursor {
            style = style.add_modifier(Modifier::BOLD);
        }
        for (column, place) in &columns {
            put_right(buf, *place, *y, &cells[*column], style);
        }
    }
    // A sign marks the cursor's row for terminals without colors.
    let y = area.y + 1 + (cursor - top) as u16;
    put(buf, area, area.x, y, crate::app::plot::glyphs(model).pick("›", ">"), style(model, Role::Cursor));
}

/// Formats all edges in one notation with equally many decimals, as many as the narrowest bin requires.
fn edge_texts(edges: &[f64]) -> Vec<String> {
    let width = |i: usize| {
        let bins = edges.get(i.saturating_sub(1)..(i + 2).min(edges.len())).unwrap_or_default().windows(2);
        bins.map(|pair| pair[1] - pair[0]).filter(|width| *width > 0.0).fold(f64::INFINITY, f64::min)
    };
    let resolutions: Vec<_> = edges.iter().enumerate().map(|(i, x)| (*x, edge_resolution(*x, width(i)))).collect();
    Notation::format_even(&resolutions)
}

/// Returns the cells of a bin.
fn cells(histogram: &Histogram, bin: usize, edges: &[String], before: String, shares: &Shares) -> Option<Cells> {
    let percent = |shares: &[f64]| match shares.get(bin) {
        Some(share) if share.is_finite() => format!("{:.2}", share * 100.0),
        _ => "–".into(),
    };
    Some([
        (bin + 1).to_string(),
        edges.get(bin)?.clone(),
        edges.get(bin + 1)?.clone(),
        before,
        histogram.counts().get(bin).map_or_else(String::new, |count| format_number(count, 3)),
        percent(&shares.share),
        percent(&shares.cumulative),
    ])
}

/// Returns the columns that fit, from left to right, with their areas. Each is at least as wide as its longest cell.
fn columns(rows: &[TableRow], by_importance: &[usize], area: Rect) -> Vec<(usize, Rect)> {
    let mut free = area.width;
    let mut kept: Vec<(usize, u16)> = Vec::new();
    for &column in by_importance {
        let longest = rows.iter().map(|(_, _, cells)| text::width(&cells[column])).max().unwrap_or(0);
        let width = COLUMNS[column].1.max(longest as u16 + 2);
        if width <= free {
            free -= width;
            kept.push((column, width));
        }
    }
    kept.sort_unstable();
    let mut x = area.x;
    let place = |(column, width): (usize, u16)| {
        let place = Rect { x, width, ..area };
        x += width;
        (column, place)
    };
    kept.into_iter().map(place).collect()
}

/// Returns the count of a bin before an edit. If the number of bins changed, looks for a bin with the same edges.
fn count_before(before: &Histogram, after: &Histogram, bin: usize) -> Option<String> {
    let range = after.edges().bin(bin);
    let at = if before.bins() == after.bins() {
        bin
    } else {
        before.edges().as_f64().windows(2).position(|pair| range == Some(Segment { lo: pair[0], hi: pair[1] }))?
    };
    before.counts().get(at).map(|count| format_number(count, 3))
}
