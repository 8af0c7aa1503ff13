//! Actions and mouse events of views over steps: zooming and panning the step axis, selecting steps, and colors.

use super::{lines, steps};
use crate::action::Action;
use crate::app::over_steps::{
    self, StepSelection, pan, shown_steps, step_name, step_range_text, steps_at, window_of, zoom,
};
use crate::app::regions::Regions;
use crate::app::{Drag, Effect, Model, View};
use crate::hist::ColorScale;
use crate::key::{Mouse, MouseKind};

/// Share of the steps that one step of the wheel keeps.
const WHEEL: f64 = 0.75;

/// Performs an action on the steps or the colors of a view over steps. Returns `None` for all other actions.
pub(super) fn perform(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if !model.chart.view.over_steps() || !over_steps::is_ready(model) {
        return None;
    }
    match action {
        Action::Zoom if model.chart.time.selection.is_some() => zoom_to_selection(model),
        Action::Zoom => {
            let at = model.requested.map_or(0, |entry| entry.index);
            zoom(model, 0.5, at);
            report(model);
        }
        // Once all steps are shown, the next press shows all values.
        Action::ZoomReset if model.chart.time.window.is_none() && is_range_zoomed(model) => return None,
        Action::ZoomReset => reset(model),
        Action::PanLeft => pan_by(model, -0.25),
        Action::PanRight => pan_by(model, 0.25),
        Action::Select => select(model),
        Action::Back if model.chart.time.selection.take().is_some() => model.notify("selection cleared"),
        Action::LogCounts if model.chart.view == View::Lines => lines::switch_scale(model),
        Action::ShareAxis if model.chart.view == View::Lines => {
            model.notify("the value axis shows all values of the shown steps");
        }
        Action::LogCounts => next_colors(model),
        Action::ShareAxis => {
            model.chart.share_axis = !model.chart.share_axis;
            model.notify(if model.chart.share_axis {
                "the value axis shows all values of all steps"
            } else {
                "the value axis fits most values; marks at its ends show the others"
            });
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Handles a mouse event over the plot of a view over steps. Returns `None` for all other events.
pub(super) fn mouse(model: &mut Model, regions: &Regions, mouse: Mouse) -> Option<Vec<Effect>> {
    if model.drag == Some(Drag::StepRange) {
        return match mouse.kind {
            MouseKind::Drag => Some(drag(model, regions, mouse)),
            MouseKind::Release => Some(release(model)),
            _ => None,
        };
    }
    let (x, y) = (mouse.column, mouse.row);
    let steps = steps_at(model, regions, x, y)?;
    match mouse.kind {
        MouseKind::WheelUp => zoom(model, WHEEL, usize::midpoint(steps.start, steps.end - 1)),
        MouseKind::WheelDown => zoom(model, 1.0 / WHEEL, usize::midpoint(steps.start, steps.end - 1)),
        MouseKind::WheelLeft => pan(model, -0.1),
        MouseKind::WheelRight => pan(model, 0.1),
        MouseKind::PressRight => {
            reset(model);
            return Some(Vec::new());
        }
        MouseKind::Press => {
            model.drag = Some(Drag::StepRange);
            model.chart.time.selection = None;
            model.chart.time.pressed = Some(window_of(model, &steps));
            let index = over_steps::index_at(model, regions, x, y)?;
            let effects = steps::jump(model, index);
            if steps.len() > 1 && over_steps::is_outlying(model, index) {
                model.notify(format!(
                    "of this column, step {} has the most values outside the axis",
                    step_name(model, index)
                ));
            }
            return Some(effects);
        }
        MouseKind::Drag | MouseKind::Release => return None,
    }
    report(model);
    Some(Vec::new())
}

/// Extends the selection to the steps under the pointer.
fn drag(model: &mut Model, regions: &Regions, mouse: Mouse) -> Vec<Effect> {
    let Some((_, area)) = over_steps::area(model, regions) else { return Vec::new() };
    // A drag continues outside the plot.
    let x = mouse.column.clamp(area.x, area.right().saturating_sub(1).max(area.x));
    let y = mouse.row.clamp(area.y, area.bottom().saturating_sub(1).max(area.y));
    let Some((steps, anchor)) = steps_at(model, regions, x, y).zip(model.chart.time.pressed) else { return Vec::new() };
    let head = window_of(model, &steps);
    if head != anchor || model.chart.time.selection.is_some() {
        model.chart.time.selection = Some(StepSelection { anchor, head: Some(head) });
    }
    Vec::new()
}

fn release(model: &mut Model) -> Vec<Effect> {
    model.drag = None;
    if model.chart.time.selection.is_some() {
        zoom_to_selection(model);
    }
    Vec::new()
}

/// Starts a selection at the current step, or clears it.
fn select(model: &mut Model) {
    if model.chart.time.selection.take().is_some() {
        return;
    }
    let Some(index) = model.requested.map(|entry| entry.index) else { return };
    let anchor = window_of(model, &(index..index + 1));
    model.chart.time.selection = Some(StepSelection { anchor, head: None });
    model.notify("selecting steps: move to another step, z zooms, Esc clears");
}

fn zoom_to_selection(model: &mut Model) {
    let selected = over_steps::window_of_selection(model);
    model.chart.time.selection = None;
    match selected {
        Some(steps) if steps.len() > 1 => {
            model.chart.time.window = Some(window_of(model, &steps));
            report(model);
        }
        _ => model.notify("select at least two steps to zoom"),
    }
}

/// Returns true if the user zoomed the value axis.
fn is_range_zoomed(model: &Model) -> bool {
    model.spec().is_some_and(|spec| spec.range.is_some())
}

fn reset(model: &mut Model) {
    model.chart.time.selection = None;
    if model.chart.time.window.take().is_some() {
        model.notify("all steps are shown");
    } else {
        model.notify("all steps are already shown");
    }
}

fn pan_by(model: &mut Model, by: f64) {
    if model.chart.time.window.is_none() {
        model.notify("all steps are shown; zoom in first");
        return;
    }
    pan(model, by);
    report(model);
}

/// Reports the steps that are shown.
fn report(model: &mut Model) {
    let shown = shown_steps(model);
    let text = step_range_text(model, &shown);
    let reset = model.settings.keymap.shown(Action::ZoomReset).into_iter().next();
    let reset =
        reset.filter(|_| model.chart.view.over_steps()).map(|key| format!("; {key} shows all")).unwrap_or_default();
    if model.chart.time.window.is_some() {
        model.notify(format!("steps {text}{reset}"));
    } else {
        model.notify("all steps are shown");
    }
}

/// Changes the scale of the colors: automatic, and the two others.
fn next_colors(model: &mut Model) {
    let Some(cache) = &model.heatmap else { return };
    let colors = model.chart.time.colors.next(&cache.matrix);
    let log = colors.is_log(&cache.matrix);
    model.chart.time.colors = colors;
    model.notify(match (colors, log) {
        (ColorScale::Log, _) => "colors on a logarithmic scale",
        (ColorScale::Linear, _) => "colors on a linear scale",
        (ColorScale::Auto, true) => "colors: automatic, now logarithmic",
        (ColorScale::Auto, false) => "colors: automatic, now linear",
    });
}
