//! Moving between series and folding branches of the list.

use super::steps;
use crate::app::list::Node;
use crate::app::regions::regions;
use crate::app::{Effect, Focus, Model, grid};
use crate::catalog::EntryId;

/// Moves the selection in the list and shows the selected series. The selection stops at branches only if the list has
/// the focus, where they can be folded.
pub(super) fn move_by(model: &mut Model, by: isize) -> Vec<Effect> {
    if model.focus == Focus::Series {
        model.list.move_by(by);
    } else {
        model.list.move_by_series(by);
    }
    show_selected(model)
}

/// Moves by a page of the list.
pub(super) fn move_by_page(model: &mut Model, by: isize) -> Vec<Effect> {
    let rows = regions(model).and_then(|regions| regions.rows());
    let height = rows.map_or(10, |rows| rows.height.max(2) - 1);
    move_by(model, by * height as isize)
}

/// Moves between panels side by side.
pub(super) fn move_panel(model: &mut Model, by: isize) -> Vec<Effect> {
    model.list.move_by_series(by);
    show_selected(model)
}

/// Moves between rows of panels.
pub(super) fn move_panel_row(model: &mut Model, by: isize) -> Vec<Effect> {
    let columns = grid::on_screen(model).columns;
    move_panel(model, by * isize::from(columns as i16))
}

/// Moves between pages of panels.
pub(super) fn move_panel_page(model: &mut Model, by: isize) -> Vec<Effect> {
    let page = grid::on_screen(model).page();
    move_panel(model, by * page as isize)
}

/// Shows the selected series, unless it was requested already.
pub(super) fn show_selected(model: &mut Model) -> Vec<Effect> {
    match model.list.series() {
        Some(id) if model.requested.map(EntryId::series_id) != Some(id) => {
            model.playing = false;
            steps::show_series(model, id)
        }
        _ => Vec::new(),
    }
}

/// Folds or unfolds the selected branch. On a series, moves the focus to the chart.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if matches!(model.list.rows.get(model.list.selected), Some(row) if matches!(row.node, Node::Branch { .. })) {
        model.list.toggle(&model.sources);
        return Vec::new();
    }
    model.focus = Focus::Chart;
    show_selected(model)
}
