//! Moving: the bin cursor, steps, series, panels and the focus.

use super::bins::{self, CursorMove};
use super::{series, steps, values};
use crate::action::Action;
use crate::app::overlay::{Overlay, Prompt, PromptKind};
use crate::app::regions::{page_height, regions};
use crate::app::statistics::visible_lines;
use crate::app::{Effect, Focus, Model, View};
use crate::catalog::EntryId;

/// Performs an action that moves. Returns `None` for other actions.
pub(super) fn perform(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if model.focus == Focus::Statistics && regions(model).is_none_or(|regions| regions.statistics.is_none()) {
        model.focus = Focus::Chart;
    }
    match action {
        Action::CursorLeft if in_grid(model) => return Some(series::move_panel(model, -1)),
        Action::CursorRight if in_grid(model) => return Some(series::move_panel(model, 1)),
        Action::CursorFirst if in_grid(model) => return Some(series::move_panel(model, -isize::MAX)),
        Action::CursorLast if in_grid(model) => return Some(series::move_panel(model, isize::MAX)),
        Action::SeriesPrevious if in_grid(model) => return Some(series::move_panel_row(model, -1)),
        Action::SeriesNext if in_grid(model) => return Some(series::move_panel_row(model, 1)),
        Action::PageUp if in_grid(model) => return Some(series::move_panel_page(model, -1)),
        Action::PageDown if in_grid(model) => return Some(series::move_panel_page(model, 1)),
        Action::Open if in_grid(model) => model.chart.view = View::Bars,
        _ if model.focus == Focus::Statistics && scroll_statistics(model, action) => {}
        // In the list, these keys fold and unfold.
        Action::CursorLeft if model.focus == Focus::Series => model.list.fold(),
        Action::CursorRight if model.focus == Focus::Series => return Some(series::unfold(model)),
        Action::CursorLeft => bins::move_cursor(model, CursorMove::By(-1)),
        Action::CursorRight => bins::move_cursor(model, CursorMove::By(1)),
        Action::CursorFirst => bins::move_cursor(model, CursorMove::First),
        Action::CursorLast => bins::move_cursor(model, CursorMove::Last),
        Action::CursorHighest => bins::move_cursor(model, CursorMove::Highest),

        Action::StepPrevious => return Some(steps::move_by(model, -1)),
        Action::StepNext => return Some(steps::move_by(model, 1)),
        Action::StepBack => return Some(steps::move_by(model, -10)),
        Action::StepForward => return Some(steps::move_by(model, 10)),
        Action::StepFirst => return Some(steps::move_by(model, isize::MIN)),
        Action::StepLast => return Some(steps::go_to_newest(model)),
        Action::GoToStep if model.step_count() < 2 => model.notify("this series has only one step"),
        Action::GoToStep => model.overlays.push(Overlay::Prompt(Prompt::new(PromptKind::Step, ""))),
        Action::Play => return Some(steps::play(model)),
        Action::Follow => return Some(steps::follow(model)),

        Action::SeriesPrevious => return Some(series::move_by(model, -1)),
        Action::SeriesNext => return Some(series::move_by(model, 1)),
        Action::PageUp => return Some(series::move_by_page(model, -1)),
        Action::PageDown => return Some(series::move_by_page(model, 1)),
        Action::Open if model.focus == Focus::Chart && lists_values(model) => return Some(values::find(model)),
        Action::Open => return Some(series::open(model)),
        Action::Filter => series::prompt_filter(model),
        Action::SeriesTable
        | Action::FoldAll
        | Action::ListOrder
        | Action::ListNarrower
        | Action::ListWider
        | Action::ListFit => {
            series::arrange(model, action);
        }
        Action::SwitchFocus => {
            let shows_statistics = regions(model).is_some_and(|regions| regions.statistics.is_some());
            model.focus = match model.focus {
                Focus::Chart => Focus::Series,
                Focus::Series if shows_statistics => Focus::Statistics,
                Focus::Series | Focus::Statistics => Focus::Chart,
            };
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Returns true if Enter lists the values of the bin under the cursor: the chart shows the selected series as bins.
fn lists_values(model: &Model) -> bool {
    let bars = matches!(model.chart.view, View::Bars | View::Cumulative | View::Table);
    let shown = model.current.as_ref().map(|current| current.entry);
    bars && shown.is_some() && model.list.series() == shown.map(EntryId::series_id)
}

/// Returns true if keys move between panels: side by side, unless the list has the focus.
fn in_grid(model: &Model) -> bool {
    model.chart.view == View::Grid && model.focus == Focus::Chart
}

/// Scrolls the statistics with the keys of the list. Returns false for other actions.
fn scroll_statistics(model: &mut Model, action: Action) -> bool {
    let page = page_height(model) as isize;
    let by = match action {
        Action::SeriesPrevious => -1,
        Action::SeriesNext => 1,
        Action::PageUp => -page,
        Action::PageDown => page,
        Action::CursorFirst => -isize::MAX,
        Action::CursorLast => isize::MAX,
        _ => return false,
    };
    move_statistics(model, by);
    true
}

/// Scrolls the statistics pane, as far as it has lines.
pub(super) fn move_statistics(model: &mut Model, by: isize) {
    let Some(regions) = regions(model) else { return };
    let (_, now) = visible_lines(model, &regions);
    model.statistics_top = now.saturating_add_signed(by);
    model.statistics_top = visible_lines(model, &regions).1;
}
