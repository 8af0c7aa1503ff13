//! Keys, mouse events and loads of the table of all series.

use super::action::perform as perform_action;
use super::steps;
use crate::action::{Action, Area};
use crate::app::series_table::{self, Column, layout, next_rows};
use crate::app::{Effect, Focus, Model};
use crate::catalog::SeriesId;
use crate::key::{Key, Mouse, MouseKind};
use crate::settings::Match;
use ratatui::layout::Position;

/// Handles a key. Keys that change the chart, which is hidden, have no effect.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    if let Some(digit @ '0'..='9') = key.typed() {
        let place = digit as usize - '0' as usize;
        if let Some(column) = Column::all().nth(place) {
            series_table::sort(model, column);
        }
        return Vec::new();
    }
    match model.settings.keymap.look_up(&[key]) {
        Match::Action(action) if is_allowed(action) => perform_action(model, action),
        _ => {
            model.notify(format!("{key} has no effect in the table; Esc returns to the chart"));
            Vec::new()
        }
    }
}

/// Returns true for actions that work in the table or replace it with another view.
fn is_allowed(action: Action) -> bool {
    of_table(action) || keeps_table(action) || action == Action::Quit || action.area() == Area::View
}

/// Returns true for actions with a meaning of their own in the table.
fn of_table(action: Action) -> bool {
    matches!(
        action,
        Action::SeriesTable
            | Action::Back
            | Action::Open
            | Action::Play
            | Action::CursorLeft
            | Action::CursorRight
            | Action::CursorFirst
            | Action::CursorLast
            | Action::SeriesPrevious
            | Action::SeriesNext
            | Action::PageUp
            | Action::PageDown
    )
}

/// Returns true for actions that work as usual while the table stays open.
fn keeps_table(action: Action) -> bool {
    (action.area() == Area::App && action != Action::Back)
        || matches!(
            action,
            Action::StepPrevious
                | Action::StepNext
                | Action::StepBack
                | Action::StepForward
                | Action::StepFirst
                | Action::StepLast
                | Action::GoToStep
                | Action::Follow
                | Action::Filter
                | Action::ListOrder
        )
}

/// Performs an action in the open table. Returns `None` for actions that work as usual, and if the table is closed. Those that need the chart close the
/// table first.
pub(super) fn perform(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if !model.series_table.is_open {
        return None;
    }
    let page = layout(model).map_or(1, |layout| usize::from(layout.rows.height).max(2) - 1) as isize;
    match action {
        Action::SeriesTable | Action::Back => return Some(close(model)),
        Action::Open => return Some(open_selected(model)),
        Action::Play => series_table::sort(model, model.series_table.column),
        Action::CursorLeft => series_table::sort_by_neighbor(model, -1),
        Action::CursorRight => series_table::sort_by_neighbor(model, 1),
        Action::CursorFirst => move_by(model, isize::MIN),
        Action::CursorLast => move_by(model, isize::MAX),
        Action::SeriesPrevious => move_by(model, -1),
        Action::SeriesNext => move_by(model, 1),
        Action::PageUp => move_by(model, -page),
        Action::PageDown => move_by(model, page),
        action if keeps_table(action) => return None,
        _ => {
            let effects = close(model);
            return Some(effects.into_iter().chain(perform_action(model, action)).collect());
        }
    }
    Some(Vec::new())
}

/// Opens the table.
pub(super) fn open(model: &mut Model) {
    model.playing = false;
    if model.list.total == 0 {
        return model.notify("there are no series");
    }
    series_table::set_open(model, true);
}

/// Closes the table, and stops its load.
fn close(model: &mut Model) -> Vec<Effect> {
    series_table::set_open(model, false).map(Effect::Cancel).into_iter().collect()
}

/// Moves the selection by rows.
pub(super) fn move_by(model: &mut Model, by: isize) {
    let Model { list, series_table: table, .. } = model;
    table.select(list, table.selected.saturating_add_signed(by));
}

fn open_selected(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.series_table.series_at(&model.list, model.series_table.selected) else { return Vec::new() };
    let effects = close(model);
    effects.into_iter().chain(show(model, id)).collect()
}

fn show(model: &mut Model, id: SeriesId) -> Vec<Effect> {
    model.list.choose(id);
    model.focus = Focus::Chart;
    steps::show_series(model, id)
}

/// Handles a mouse event in the area of the table. Returns `None` for events elsewhere.
pub(super) fn mouse(model: &mut Model, mouse: Mouse) -> Option<Vec<Effect>> {
    let layout = layout(model)?;
    let at = Position { x: mouse.column, y: mouse.row };
    if !layout.rows.contains(at) && !layout.headings.contains(at) {
        return None;
    }
    match mouse.kind {
        MouseKind::WheelUp => move_by(model, -3),
        MouseKind::WheelDown => move_by(model, 3),
        MouseKind::WheelLeft => series_table::sort_by_neighbor(model, -1),
        MouseKind::WheelRight => series_table::sort_by_neighbor(model, 1),
        MouseKind::Press if layout.headings.contains(at) => {
            let found = layout.columns.iter().find(|place| (place.x..place.x + place.width).contains(&at.x));
            if let Some(place) = found {
                series_table::sort(model, place.column);
            }
        }
        MouseKind::Press => {
            let position = model.series_table.top + usize::from(at.y - layout.rows.y);
            // A second click opens the series.
            if position == model.series_table.selected && model.series_table.is_chosen() {
                return Some(open_selected(model));
            }
            if position < model.series_table.len() {
                let Model { list, series_table: table, .. } = model;
                table.select(list, position);
            }
        }
        MouseKind::PressRight | MouseKind::Drag | MouseKind::Release => {}
    }
    Some(Vec::new())
}

/// Requests the next rows, if the table is open.
pub(super) fn request_rows(model: &mut Model) -> Option<Effect> {
    series_table::refresh(model);
    let rows = next_rows(model);
    let ticket = model.series_table.ticket()?;
    (!rows.is_empty()).then_some(Effect::LoadRows { ticket, rows })
}
