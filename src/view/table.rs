//! The bins as rows: edges, count, share, running share.

use super::{put, put_right, style};
use crate::app::Model;
use crate::app::plot::table_top;
use crate::hist::format_number;
use crate::hist::{Histogram, Measure, Segment};
use crate::settings::Role;
use crate::text;
use crate::text::format_value;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

/// Columns of the table: heading and usual cells, in the order of reading.
const COLUMNS: [(&str, u16); 7] =
    [("bin", 5), ("from", 13), ("to", 13), ("before", 13), ("count", 13), ("%", 8), ("cum %", 8)];
/// The same by their number, the most useful first; those without room are left out.
const USEFUL: &[usize] = &[0, 1, 4, 2, 5, 6];
/// The same while an edit is told its numbers.
const PREVIEWED: &[usize] = &[0, 3, 4, 1, 2, 5, 6];

/// A row: where it is, its bin, its cells.
type Row = (u16, usize, [String; 7]);

pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let (Some(shown), Some(cursor)) = (model.shown(), model.cursor_bin()) else { return };
    let histogram = &shown.histogram;
    let shares = Measure::Probability.heights(histogram);
    let running = Measure::Cumulative.heights(histogram);
    let selected = model.selected_bins();
    let top = table_top(model, usize::from(area.height.saturating_sub(1)));
    let rows = (area.y + 1..area.bottom()).zip(top..histogram.bins());
    let edited = model.editing.as_ref().filter(|_| model.proposal().is_some()).map(|editing| &editing.base.histogram);
    let before = |bin| edited.and_then(|edited| count_before(edited, histogram, bin)).unwrap_or_else(|| "–".into());
    let cells = |bin| cells(histogram, bin, (before(bin), &shares, &running));
    let rows: Vec<Row> = rows.filter_map(|(y, bin)| Some((y, bin, cells(bin)?))).collect();
    let columns = columns(&rows, if edited.is_some() { PREVIEWED } else { USEFUL }, area);
    for (column, entry) in &columns {
        put_right(buf, *entry, area.y, COLUMNS[*column].0, style(model, Role::Dim));
    }
    for (y, bin, cells) in &rows {
        let role = if *bin == cursor {
            Role::Cursor
        } else if selected.is_some_and(|(first, last)| (first..=last).contains(bin)) {
            Role::Selection
        } else {
            Role::Text
        };
        let mut look = style(model, role);
        if *bin == cursor {
            look = look.add_modifier(Modifier::BOLD);
        }
        for (column, entry) in &columns {
            put_right(buf, *entry, *y, &cells[*column], look);
        }
    }
    // The row of the cursor is also told without colour.
    let y = area.y + 1 + (cursor - top) as u16;
    put(buf, area, area.x, y, crate::app::plot::glyphs(model).pick("›", ">"), style(model, Role::Cursor));
}

/// What a row says. Bins may differ in width by any factor, so each has the digits that its own needs.
fn cells(
    histogram: &Histogram,
    bin: usize,
    (before, shares, running): (String, &[f64], &[f64]),
) -> Option<[String; 7]> {
    let segment = histogram.edges().bin(bin)?;
    let step = segment.width() / 10.0;
    let percent = |shares: &[f64]| match shares.get(bin) {
        Some(share) if share.is_finite() => format!("{:.2}", share * 100.0),
        _ => "–".into(),
    };
    Some([
        (bin + 1).to_string(),
        format_value(segment.lo, step),
        format_value(segment.hi, step),
        before,
        histogram.counts().get(bin).map_or_else(String::new, |count| format_number(count, 3)),
        percent(shares),
        percent(running),
    ])
}

/// The columns that have room, as wide as their longest cell asks for, and where they are.
fn columns(rows: &[Row], wanted: &[usize], area: Rect) -> Vec<(usize, Rect)> {
    let mut left = area.width;
    let mut kept: Vec<(usize, u16)> = Vec::new();
    for &column in wanted {
        let longest = rows.iter().map(|(_, _, cells)| text::width(&cells[column])).max().unwrap_or(0);
        let width = COLUMNS[column].1.max(longest as u16 + 2);
        if width <= left {
            left -= width;
            kept.push((column, width));
        }
    }
    kept.sort_unstable();
    let mut x = area.x;
    let entry = |(column, width): (usize, u16)| {
        let entry = Rect { x, width, ..area };
        x += width;
        (column, entry)
    };
    kept.into_iter().map(entry).collect()
}

/// What was counted in a bin before an edit, if there was such a bin: the same values, or the same place among as many.
fn count_before(before: &Histogram, after: &Histogram, bin: usize) -> Option<String> {
    let wanted = after.edges().bin(bin);
    let at = if before.bins() == after.bins() {
        bin
    } else {
        before.edges().as_f64().windows(2).position(|pair| wanted == Some(Segment { lo: pair[0], hi: pair[1] }))?
    };
    before.counts().get(at).map(|count| format_number(count, 3))
}
