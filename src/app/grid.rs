//! Small multiples: every series that the filter leaves, at the chosen step, side by side.

use super::Model;
use super::list::Node;
use crate::catalog::{EntryId, SeriesId};
use crate::hist::{Segment, scale};
use ratatui::layout::Rect;

/// The smallest and the best size of one picture.
const CELL: (u16, u16) = (22, 7);

/// One picture of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub entry: EntryId,
    pub area: Rect,
    /// Whether it is the chosen series.
    pub chosen: bool,
}

/// The pictures that are on the screen: the page of them that holds the chosen series.
pub fn cells(model: &Model, area: Rect) -> Vec<Cell> {
    let series: Vec<SeriesId> = (model.list.rows.iter())
        .filter_map(|row| match row.node {
            Node::Leaf(id) => Some(id),
            Node::Branch { .. } => None,
        })
        .collect();
    let count = u16::try_from(series.len()).unwrap_or(u16::MAX);
    // Fewer pictures than fit are drawn larger.
    let columns = (area.width / CELL.0).min(f64::from(count).sqrt().ceil() as u16).max(1);
    let rows = (area.height / CELL.1).min(count.div_ceil(columns)).max(1);
    let (width, height) = (area.width / columns, area.height / rows);
    let page = usize::from(columns) * usize::from(rows);
    let chosen = model.wanted.and_then(|entry| series.iter().position(|at| *at == entry.series_id()));
    let first = chosen.unwrap_or(0) / page * page;
    let on_page = series.iter().enumerate().skip(first).take(page);
    on_page
        .filter_map(|(index, id)| {
            let slot = (index - first) as u16;
            let (x, y) = (area.x + slot % columns * width, area.y + slot / columns * height);
            let step = same_step(model, *id)?;
            Some(Cell { entry: id.at(step), area: Rect { x, y, width, height }, chosen: chosen == Some(index) })
        })
        .collect()
}

/// The entry of a series at the step that is chosen: the same number, or the last one logged before it.
pub(super) fn same_step(model: &Model, id: SeriesId) -> Option<usize> {
    let steps = &model.series(id)?.steps;
    let last = steps.len().checked_sub(1)?;
    let Some(wanted) = model.wanted else { return Some(last) };
    let number = model.series(wanted).and_then(|of| of.steps.number(wanted.step));
    Some(match number {
        Some(number) => (0..=last).rev().find(|at| steps.number(*at).is_none_or(|n| n <= number)).unwrap_or(0),
        None => wanted.step.min(last),
    })
}

/// The value axis that all pictures share: from the smallest to the largest edge among them.
pub fn shared(model: &Model, cells: &[Cell]) -> Option<Segment> {
    let known = cells.iter().filter_map(|cell| scale::view(model.silhouette(cell.entry)?.edges().as_f64()));
    known.reduce(Segment::union)
}
