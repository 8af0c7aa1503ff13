//! The grid: a small chart of every series that matches the filter, at the current step.

use super::Model;
use super::list::Node;
use crate::catalog::{EntryId, SeriesId};
use crate::hist::{Segment, scale};
use ratatui::layout::Rect;

/// The smallest cell, as width and height.
const CELL: (u16, u16) = (22, 7);

/// A cell of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub entry: EntryId,
    pub area: Rect,
    /// This is the chosen series.
    pub chosen: bool,
}

/// Lays out the page of cells that contains the chosen series.
pub fn cells(model: &Model, area: Rect) -> Vec<Cell> {
    let series: Vec<SeriesId> = (model.list.rows.iter())
        .filter_map(|row| match row.node {
            Node::Leaf(id) => Some(id),
            Node::Branch { .. } => None,
        })
        .collect();
    let count = u16::try_from(series.len()).unwrap_or(u16::MAX);
    // If fewer cells exist than fit, they are drawn larger.
    let columns = (area.width / CELL.0).min(f64::from(count).sqrt().ceil() as u16).max(1);
    let rows = (area.height / CELL.1).min(count.div_ceil(columns)).max(1);
    let (width, height) = (area.width / columns, area.height / rows);
    let page = usize::from(columns) * usize::from(rows);
    let chosen = model.requested.and_then(|entry| series.iter().position(|id| *id == entry.series_id()));
    let first = chosen.unwrap_or(0) / page * page;
    let on_page = series.iter().enumerate().skip(first).take(page);
    on_page
        .filter_map(|(index, id)| {
            let slot = (index - first) as u16;
            let (x, y) = (area.x + slot % columns * width, area.y + slot / columns * height);
            Some(Cell {
                entry: model.entry_at_cursor(*id)?,
                area: Rect { x, y, width, height },
                chosen: chosen == Some(index),
            })
        })
        .collect()
}

/// Returns a value axis for all cells, from the smallest to the largest edge.
pub fn shared_axis(model: &Model, cells: &[Cell]) -> Option<Segment> {
    let known = cells.iter().filter_map(|cell| scale::view(model.thumbnail(cell.entry)?.edges().as_f64()));
    known.reduce(Segment::union)
}
