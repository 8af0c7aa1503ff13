//! The bins as rows: edges, count, share, running share.

use super::{put, put_right, style};
use crate::app::Model;
use crate::app::plot::table_top;
use crate::hist::Measure;
use crate::hist::scale::{format_number, format_value};
use crate::settings::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

/// Columns of the table: heading and cells, the most useful first; those without room are left out.
const COLUMNS: [(&str, u16); 6] = [("bin", 5), ("from", 13), ("count", 13), ("to", 13), ("%", 8), ("cum %", 8)];

pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let (Some(shown), Some(cursor)) = (model.shown(), model.cursor_bin()) else { return };
    let histogram = &shown.histogram;
    let edges = histogram.edges();
    let shares = Measure::Probability.heights(histogram);
    let running = Measure::Cumulative.heights(histogram);
    let selected = model.selected_bins();
    let step = edges.span().map_or(1.0, |span| span.width() / histogram.bins().max(1) as f64 / 10.0);

    let mut columns: Vec<(&str, Rect)> = Vec::new();
    let mut x = area.x;
    for (name, width) in COLUMNS {
        if x + width <= area.right() {
            columns.push((name, Rect { x, width, ..area }));
            x += width;
        }
    }
    // Read from left to right: the interval before what is in it.
    let order = ["bin", "from", "to", "count", "%", "cum %"];
    columns.sort_by_key(|(name, _)| order.iter().position(|known| known == name));
    let mut x = area.x;
    for (_, column) in &mut columns {
        column.x = x;
        x += column.width;
    }

    let rows = usize::from(area.height.saturating_sub(1));
    let top = table_top(model, rows);
    for (name, column) in &columns {
        put_right(buf, *column, area.y, name, style(model, Role::Dim));
    }
    for (y, bin) in (area.y + 1..area.bottom()).zip(top..histogram.bins()) {
        let Some(segment) = edges.bin(bin) else { continue };
        let role = if bin == cursor {
            Role::Cursor
        } else if selected.is_some_and(|(first, last)| (first..=last).contains(&bin)) {
            Role::Selection
        } else {
            Role::Text
        };
        let mut look = style(model, role);
        if bin == cursor {
            look = look.add_modifier(Modifier::BOLD);
        }
        let percent = |shares: &[f64]| shares.get(bin).map(|share| format!("{:.2}", share * 100.0)).unwrap_or_default();
        for (name, column) in &columns {
            let words = match *name {
                "bin" => format!("{}", bin + 1),
                "from" => format_value(segment.lo, step),
                "to" => format_value(segment.hi, step),
                "count" => histogram.counts().get(bin).map_or_else(String::new, |count| format_number(count, 3)),
                "%" => percent(&shares),
                _ => percent(&running),
            };
            put_right(buf, *column, y, &words, look);
        }
    }
    // The row of the cursor is also told without colour.
    let y = area.y + 1 + (cursor - top) as u16;
    put(buf, area, area.x, y, crate::app::plot::glyphs(model).pick("›", ">"), style(model, Role::Cursor));
}
