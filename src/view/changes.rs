//! The strip of changes over steps.

use super::{put, style};
use crate::app::Model;
use crate::app::changes::{cells, title};
use crate::app::plot::glyphs;
use crate::app::regions::Regions;
use crate::settings::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the strip: a line about it, and the largest change of the steps in each cell.
pub(super) fn draw(model: &Model, regions: &Regions, buf: &mut Buffer) {
    let Some(area) = regions.changes else { return };
    if area.height > 1 {
        let line = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        put(buf, line, line.x, line.y, &title(model).unwrap_or_default(), style(model, Role::Dim));
    }
    let (Some((row, cells)), Some(changes)) = (cells(model, regions), model.changes()) else { return };
    let finite = changes.values.iter().copied().filter(|value| value.is_finite());
    let largest = finite.fold(0.0, f64::max);
    let now = model.requested.map(|entry| entry.index);
    for (x, steps) in (row.x..row.right()).zip(cells) {
        let is_now = now.is_some_and(|now| steps.contains(&now));
        let values = changes.values.get(steps).unwrap_or_default().iter().copied();
        let value = values.filter(|value| !value.is_nan()).reduce(f64::max);
        let eighths = match value {
            Some(value) if value > 0.0 => ((value.min(largest) / largest * 8.0).round() as u32).max(1),
            _ => 0,
        };
        let symbol =
            if is_now && eighths == 0 { glyphs(model).pick("│", "|") } else { glyphs(model).rising(eighths) };
        put(buf, row, x, row.y, symbol, style(model, if is_now { Role::Cursor } else { Role::Bar }));
    }
}
