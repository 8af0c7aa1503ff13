//! Moving between series and folding branches of the list.

use super::{series_table, steps};
use crate::action::Action;
use crate::app::overlay::{Overlay, Prompt, PromptKind};
use crate::app::regions::regions;
use crate::app::{Effect, Focus, Model, grid};
use crate::catalog::{EntryId, SeriesId};

/// Moves the selection in the list and shows the selected series. The selection stops at branches only if the list has
/// the focus, where they can be folded.
pub(super) fn move_by(model: &mut Model, by: isize) -> Vec<Effect> {
    if model.focus == Focus::Series {
        model.list.move_by(by);
        return show_selected(model);
    }
    model.list.move_by_series(by).map_or_else(Vec::new, |id| show(model, id))
}

/// Moves by a page of the list.
pub(super) fn move_by_page(model: &mut Model, by: isize) -> Vec<Effect> {
    let rows = regions(model).and_then(|regions| regions.rows());
    let height = rows.map_or(10, |rows| rows.height.max(2) - 1);
    move_by(model, by * height as isize)
}

/// Moves between panels side by side.
pub(super) fn move_panel(model: &mut Model, by: isize) -> Vec<Effect> {
    model.list.move_by_series(by).map_or_else(Vec::new, |id| show(model, id))
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
    model.list.series().map_or_else(Vec::new, |id| show(model, id))
}

/// Shows a series, unless it was requested already.
fn show(model: &mut Model, id: SeriesId) -> Vec<Effect> {
    if model.requested.map(EntryId::series_id) == Some(id) {
        return Vec::new();
    }
    model.playing = false;
    steps::show_series(model, id)
}

/// Folds or unfolds the selected branch. On a series, moves the focus to the chart.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if model.focus == Focus::Series && model.list.toggle() {
        return Vec::new();
    }
    model.focus = Focus::Chart;
    show_selected(model)
}

/// Unfolds the selected branch, or goes to its first row.
pub(super) fn unfold(model: &mut Model) -> Vec<Effect> {
    model.list.unfold();
    show_selected(model)
}

/// Changes the folds, the order or the width of the list, or shows the table of all series.
pub(super) fn arrange(model: &mut Model, action: Action) {
    match action {
        Action::SeriesTable => series_table::open(model),
        Action::FoldAll => {
            let folded = model.list.fold_all();
            model.notify(if folded { "all branches folded" } else { "all branches unfolded" });
        }
        Action::ListOrder => {
            let natural = model.list.switch_order(&model.sources);
            model.notify(if natural { "names sorted: layer2 before layer10" } else { "names in the order of logging" });
        }
        Action::ListNarrower => resize(model, -4),
        Action::ListWider => resize(model, 4),
        _ => {
            model.panes.list_width = None;
            model.notify("the list fits its names");
        }
    }
}

/// Changes the width of the list, and shows it.
fn resize(model: &mut Model, by: i16) {
    let width = |model: &Model| regions(model).and_then(|regions| regions.series).map(|list| list.width);
    match width(model) {
        Some(now) => {
            model.panes.list_width = Some(now.saturating_add_signed(by));
            let now = width(model).unwrap_or(now);
            model.panes.list_width = Some(now);
            model.notify(format!("list: {now} columns"));
        }
        None => model.panes.series = Some(true),
    }
}

/// Opens the prompt of the filter, which proposes the text of the last filter.
pub(super) fn prompt_filter(model: &mut Model) {
    let text = model.list.filter.text.clone();
    model.overlays.push(Overlay::Prompt(Prompt::with_proposal(PromptKind::Filter, text)));
}
