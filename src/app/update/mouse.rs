//! The mouse. The area under it decides what an event does.

use super::action::perform;
use super::bins::{self, CursorMove};
use super::changes;
use super::navigate::move_statistics;
use super::{findings, history, keys, range, series, series_table, steps, time};
use crate::action::Action;
use crate::app::hints::{Click, hints};
use crate::app::overlay::Overlay;
use crate::app::plot::{bin_slider, plot, step_slider, table_bin_at};
use crate::app::regions::{Regions, findings_frame, history_frame, inside, regions};
use crate::app::{Drag, Effect, Focus, Model, View, grid, help};
use crate::key::{Code, Key, Mouse, MouseKind};
use ratatui::layout::{Position, Rect};

/// Share of the visible range that one notch of the wheel leaves.
const ZOOM: f64 = 0.8;

/// Handles a mouse event.
pub(super) fn mouse(model: &mut Model, mouse: Mouse) -> Vec<Effect> {
    let Some(regions) = regions(model) else { return Vec::new() };
    if model.overlays.last().is_some() {
        return overlay(model, mouse.kind, (mouse.column, mouse.row).into());
    }
    if let Some(effects) = series_table::mouse(model, mouse) {
        return effects;
    }
    if let Some(effects) = time::mouse(model, &regions, mouse) {
        return effects;
    }
    let at = Position { x: mouse.column, y: mouse.row };
    let over = |area: Option<Rect>| area.is_some_and(|area| area.contains(at));
    let by = if mouse.mods.shift { 8 } else { 1 };
    let is_up = mouse.kind == MouseKind::WheelUp;
    match mouse.kind {
        MouseKind::WheelUp | MouseKind::WheelDown if over(regions.series) => {
            series::move_by(model, if mouse.kind == MouseKind::WheelUp { -1 } else { 1 })
        }
        MouseKind::WheelUp | MouseKind::WheelDown if over(regions.steps) => {
            steps::move_by(model, if mouse.kind == MouseKind::WheelUp { by } else { -by })
        }
        MouseKind::WheelUp | MouseKind::WheelDown if over(Some(regions.slider)) || mouse.mods.ctrl => {
            bins::change_by(model, if is_up { by } else { -by })
        }
        MouseKind::WheelUp | MouseKind::WheelDown if over(regions.statistics) => {
            move_statistics(model, if is_up { -3 } else { 3 });
            Vec::new()
        }
        MouseKind::WheelUp | MouseKind::WheelDown => wheel(model, &regions, at, is_up),
        MouseKind::WheelLeft => range::pan(model, -0.5),
        MouseKind::WheelRight => range::pan(model, 0.5),
        MouseKind::PressRight if over(Some(regions.main)) => range::reset(model),
        MouseKind::PressRight => Vec::new(),
        MouseKind::Press => press(model, &regions, at),
        MouseKind::Drag => drag(model, &regions, at),
        MouseKind::Release => release(model),
    }
}

/// Zooms at the pointer in a chart, scrolls a table, and moves between the panels of a grid.
fn wheel(model: &mut Model, regions: &Regions, at: Position, is_up: bool) -> Vec<Effect> {
    if !regions.chart.contains(at) {
        return Vec::new();
    }
    match model.chart.view {
        View::Grid => series::move_by(model, if is_up { -1 } else { 1 }),
        View::Table => {
            bins::move_cursor(model, CursorMove::By(if is_up { -3 } else { 3 }));
            Vec::new()
        }
        View::Bars | View::Cumulative => match plot(model).and_then(|plot| plot.value_at(regions, at.x)) {
            Some(value) => range::zoom_at(model, value, if is_up { ZOOM } else { 1.0 / ZOOM }),
            None => Vec::new(),
        },
        View::Heatmap | View::Ridge | View::Bands | View::Lines => Vec::new(),
    }
}

/// Handles a mouse event on an overlay. The wheel scrolls pages; a click chooses from the history or closes the overlay.
fn overlay(model: &mut Model, kind: MouseKind, at: Position) -> Vec<Effect> {
    match (model.overlays.last(), kind) {
        (Some(Overlay::Page { .. }), MouseKind::WheelUp) => scroll(model, Code::Up),
        (Some(Overlay::Page { .. }), MouseKind::WheelDown) => scroll(model, Code::Down),
        (
            Some(
                Overlay::Help { .. }
                | Overlay::Palette { .. }
                | Overlay::Findings { .. }
                | Overlay::Adviser { .. }
                | Overlay::Values(_),
            ),
            MouseKind::WheelUp | MouseKind::WheelDown,
        ) => {
            let code = if kind == MouseKind::WheelUp { Code::Up } else { Code::Down };
            return keys::key(model, Key::plain(code));
        }
        (
            Some(Overlay::Page { .. } | Overlay::Palette { .. } | Overlay::Help { .. } | Overlay::Values(_)),
            MouseKind::Press,
        ) => {
            model.overlays.pop();
        }
        (Some(Overlay::Findings { selected, .. }), MouseKind::Press) => {
            let screen = Rect::new(0, 0, model.size.width, model.size.height);
            let (_, list, top) = findings_frame(model, screen, *selected);
            let row = list.contains(at).then(|| top + usize::from(at.y - list.y));
            match row.filter(|row| *row < model.findings.rows().len()) {
                Some(row) => return findings::go(model, row),
                None => drop(model.overlays.pop()),
            }
        }
        (Some(Overlay::History { selected }), MouseKind::Press) => {
            let screen = Rect::new(0, 0, model.size.width, model.size.height);
            let lines = help::history(model);
            let (frame, top) = history_frame(screen, &lines, *selected);
            let row = inside(frame).contains(at).then(|| top + usize::from(at.y - frame.y - 1));
            match row.filter(|row| *row < lines.len()) {
                Some(row) => return history::go_to(model, row),
                None => drop(model.overlays.pop()),
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Scrolls by three lines.
fn scroll(model: &mut Model, code: Code) {
    for _ in 0..3 {
        keys::page_key(model, Key::plain(code));
    }
}

fn press(model: &mut Model, regions: &Regions, at: Position) -> Vec<Effect> {
    if regions.series.is_some_and(|list| at.x + 1 == list.right() && (list.y..list.bottom()).contains(&at.y)) {
        model.drag = Some(Drag::ListBorder);
        return Vec::new();
    }
    if let Some(rows) = regions.rows().filter(|rows| rows.contains(at)) {
        return press_row(model, usize::from(at.y - rows.y));
    }
    if regions.slider.contains(at) {
        model.drag = Some(Drag::Slider);
        return drag(model, regions, at);
    }
    if regions.changes.is_some_and(|changes| changes.contains(at)) {
        return changes::click(model, regions, at.x);
    }
    if regions.steps.is_some_and(|steps| steps.contains(at)) {
        model.drag = Some(Drag::Steps);
        return drag(model, regions, at);
    }
    if regions.footer.contains(at) {
        let hit =
            hints(model, regions.footer.width).into_iter().find(|hint| (hint.x..hint.x + hint.width()).contains(&at.x));
        return match hit.map(|hint| hint.click) {
            Some(Click::Perform(action)) => perform(model, action),
            Some(Click::Press(key)) => keys::key(model, key),
            None => Vec::new(),
        };
    }
    if model.chart.view == View::Grid && regions.chart.contains(at) {
        model.focus = Focus::Chart;
        let panels = grid::grid(model, regions.chart).panels;
        return match panels.into_iter().find(|panel| panel.area.contains(at)) {
            // A second click opens the series in the bar view.
            Some(panel) if panel.chosen => perform(model, Action::ViewBars),
            Some(panel) => {
                model.list.choose(panel.entry.series_id());
                series::show_selected(model)
            }
            None => Vec::new(),
        };
    }
    if regions.chart.contains(at)
        && let Some(bin) = bin_at(model, regions, at)
    {
        model.focus = Focus::Chart;
        // A click into a selection zooms to it.
        if model.selected_bins().is_some_and(|(first, last)| first != last && (first..=last).contains(&bin)) {
            return perform(model, Action::Zoom);
        }
        model.chart.selection = None;
        bins::move_cursor(model, CursorMove::Bin(bin));
        model.drag = Some(Drag::Selection);
    }
    Vec::new()
}

/// Handles a click on a row of the list: shows the series, or folds the branch.
fn press_row(model: &mut Model, row: usize) -> Vec<Effect> {
    model.focus = Focus::Series;
    let index = model.list.top + row;
    if index >= model.list.len() {
        return Vec::new();
    }
    model.list.select(index);
    if model.list.toggle() {
        return Vec::new();
    }
    series::show_selected(model)
}

/// Returns the bin at a position in the chart or the table.
fn bin_at(model: &Model, regions: &Regions, at: Position) -> Option<usize> {
    match model.chart.view {
        View::Table => table_bin_at(model, regions, at.y),
        _ => plot(model)?.bin_at(regions, at.x),
    }
}

fn drag(model: &mut Model, regions: &Regions, at: Position) -> Vec<Effect> {
    match model.drag {
        Some(Drag::Slider) => {
            let slider = bin_slider(model);
            bins::set(model, slider.value_at(slider.track(regions.slider), at.x))
        }
        Some(Drag::Steps) => match step_slider(model).zip(regions.steps) {
            Some((slider, area)) => steps::jump(model, slider.value_at(slider.track(area), at.x) - 1),
            None => Vec::new(),
        },
        Some(Drag::Selection) => {
            if let Some(bin) = bin_at(model, regions, at)
                && model.cursor_bin() != Some(bin)
            {
                if model.chart.selection.is_none() {
                    bins::begin_selection(model);
                }
                bins::move_cursor(model, CursorMove::Bin(bin));
            }
            Vec::new()
        }
        Some(Drag::ListBorder) => {
            model.panes.list_width = Some(at.x + 1);
            let list = crate::app::regions::regions(model).and_then(|regions| regions.series);
            model.panes.list_width = list.map(|list| list.width);
            Vec::new()
        }
        Some(Drag::StepRange) | None => Vec::new(),
    }
}

fn release(model: &mut Model) -> Vec<Effect> {
    if model.drag.take() == Some(Drag::Selection) && model.chart.selection.is_some() {
        model.notify("press z or click the selection to zoom; press Esc to clear it");
    }
    Vec::new()
}
