//! The dispatch of actions.

use super::{
    advice, bins, changes, compare, editing, export, findings, history, lines, navigate, quit, range, save, save_all,
    series_table, time,
};
use crate::action::{Action, Area};
use crate::app::input::Input;
use crate::app::overlay::{Overlay, Page, Prompt, PromptKind};
use crate::app::palette::PaletteKind;
use crate::app::regions::{regions, statistics_min_width};
use crate::app::{Effect, Focus, Model, Panes, Status, Ticket, View, grid};
use crate::catalog::Content;
use crate::hist::scale::Scale;
use crate::hist::{Bins, Measure, Normalization};

/// Performs an action of a key, a click or the palette.
pub(super) fn perform(model: &mut Model, action: Action) -> Vec<Effect> {
    if action == Action::Quit {
        return quit::request(model);
    }
    model.status = Status::default();
    // Any other action cancels a pending quit.
    model.quitting = false;
    let moved = series_table::perform(model, action).or_else(|| time::perform(model, action));
    if let Some(effects) = moved.or_else(|| navigate::perform(model, action)) {
        return effects;
    }
    match action {
        Action::BinsFewer => return bins::change_by(model, -1),
        Action::BinsMore => return bins::change_by(model, 1),
        Action::BinsHalve => return bins::change_by(model, -(model.bins().div_ceil(2) as isize)),
        Action::BinsDouble => return bins::change_by(model, model.bins() as isize),
        Action::RuleNext => return bins::cycle_rule(model, 1),
        Action::RulePrevious => return bins::cycle_rule(model, -1),
        Action::BinSpacing => return bins::cycle_spacing(model),
        Action::Advise => return advice::open(model),
        Action::ResetBins => return bins::reset(model),
        Action::Undo => return history::undo(model),
        Action::Redo => return history::redo(model),
        Action::History => history::open(model),

        Action::Select => range::select(model),
        Action::Zoom => return range::zoom(model),
        Action::ZoomReset => return range::reset(model),
        Action::PanLeft => return range::pan(model, -1.0),
        Action::PanRight => return range::pan(model, 1.0),
        Action::SetRange => prompt(model, PromptKind::Range),
        Action::Trim => prompt(model, PromptKind::Trim),
        Action::Quantile => prompt(model, PromptKind::Quantiles),

        Action::Save => return save::save(model),
        Action::SaveAll => return save_all::start(model, false),
        Action::SaveAs => return save::save_as(model),
        Action::Export => return export::choose(model),
        Action::CopyChart => return vec![Effect::CopyChart],
        Action::CopyJson => {
            if let Some(histogram) = save::histogram(model) {
                return vec![Effect::Copy(histogram.to_json())];
            }
        }

        Action::Repair => repair(model),

        Action::Help => model.overlays.push(Overlay::Help { input: Input::default(), selected: 0 }),
        Action::Problems => return findings::open(model),
        Action::Settings => page(model, Page::Settings),
        Action::Messages => page(model, Page::Messages),
        Action::Source => page(model, Page::Source),
        Action::Palette => {
            let kind = PaletteKind::Commands;
            model.overlays.push(Overlay::Palette { kind, input: Input::default(), selected: 0 });
        }
        Action::Reload => return reload(model),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Back => return back(model),

        Action::ChangeStrip | Action::ChangeMeasure | Action::ChangeNext => return changes::perform(model, action),
        _ if action.area() == Area::Compare => compare::perform(model, action),
        _ if action.area() == Area::Edit => return editing::begin(model, action),
        _ => {
            let before = model.chart.scales();
            change_view(model, action);
            if model.chart.scales() != before {
                model.remember_scales();
            }
        }
    }
    Vec::new()
}

fn repair(model: &mut Model) {
    match unrepairable(model) {
        Some(why) => model.notify(why),
        None => page(model, Page::Repair),
    }
}

/// Explains why the current histogram cannot be repaired; `None` if it can.
fn unrepairable(model: &Model) -> Option<String> {
    if model.repair().is_some() {
        return None;
    }
    let malformed = model.current.as_ref().and_then(|current| match &current.content {
        Content::Logged(logged) if current.state.edited.is_none() => logged.histogram.to_hist().err(),
        _ => None,
    });
    Some(match (malformed, &model.current, model.open_errors.first()) {
        (Some(error), ..) => format!("cannot repair this histogram: {error}"),
        (None, None, Some(why)) => format!("nothing is open; {why}"),
        (None, None, None) => "nothing is open".into(),
        (None, Some(_), _) => "this histogram is not malformed".into(),
    })
}

fn page(model: &mut Model, page: Page) {
    model.overlays.push(Overlay::Page { page, top: 0 });
}

fn prompt(model: &mut Model, kind: PromptKind) {
    model.overlays.push(Overlay::Prompt(Prompt::new(kind, "")));
}

/// Changes the number of columns or rows of panels.
fn resize_grid(model: &mut Model, columns: i16, rows: i16) {
    if model.chart.view != View::Grid {
        let key = model.settings.keymap.shown(Action::ViewGrid).into_iter().next();
        let key = key.map(|key| format!("; press {key} first")).unwrap_or_default();
        model.notify(format!("panels are only shown side by side{key}"));
    } else if let Some(notice) = grid::resize(model, columns, rows) {
        model.notify(notice);
    }
}

/// Changes a view option. View options are not saved.
fn change_view(model: &mut Model, action: Action) {
    match action {
        Action::ViewBars => model.chart.view = View::Bars,
        Action::ViewCumulative => model.chart.view = View::Cumulative,
        Action::ViewTable => model.chart.view = View::Table,
        Action::ViewHeatmap => model.chart.view = View::Heatmap,
        Action::ViewRidge => model.chart.view = View::Ridge,
        Action::ViewBands => model.chart.view = View::Bands,
        Action::ViewGrid => model.chart.view = View::Grid,
        Action::ViewLines => model.chart.view = View::Lines,
        Action::StatisticNext => lines::next_statistic(model, 1),
        Action::StatisticPrevious => lines::next_statistic(model, -1),
        Action::ViewNext => next_view(model, 1),
        Action::ViewPrevious => next_view(model, View::ALL.len() - 1),
        Action::GridColumnsFewer => resize_grid(model, -1, 0),
        Action::GridColumnsMore => resize_grid(model, 1, 0),
        Action::GridRowsFewer => resize_grid(model, 0, -1),
        Action::GridRowsMore => resize_grid(model, 0, 1),
        Action::ShareAxis => {
            model.chart.share_axis = !model.chart.share_axis;
            model.notify(match (model.chart.share_axis, model.chart.view) {
                (true, View::Grid) => "all series share one value axis",
                (false, View::Grid) => "each series has a separate value axis",
                (true, _) => "all steps share one value axis",
                (false, _) => "each step has a separate value axis",
            });
        }
        Action::NormalizeSteps => {
            model.chart.normalization = match model.chart.normalization {
                Normalization::Step => Normalization::Counts,
                Normalization::Counts => Normalization::Step,
            };
            model.notify(match model.chart.normalization {
                Normalization::Step => "over steps: each step is normalized to a total of 1",
                Normalization::Counts => "over steps: counts are not normalized",
            });
        }
        Action::PaneHeatmap => {
            let shown = regions(model).is_some_and(|regions| regions.heatmap.is_some());
            model.panes = Panes { steps: Some(!shown), ..model.panes };
            if !shown && regions(model).is_none_or(|regions| regions.heatmap.is_none()) {
                model.notify(match model.step_count() {
                    0 | 1 => "this series has only one step",
                    _ if model.chart.view.over_steps() => "this view already shows all steps",
                    _ => "the heat map needs 18 lines",
                });
            }
        }
        Action::LogCounts => {
            model.chart.log_counts = !model.chart.log_counts;
            model.notify(if model.chart.log_counts {
                "counts on a logarithmic axis"
            } else {
                "counts on a linear axis"
            });
        }
        Action::ValueScale => value_scale(model),
        Action::CountMeasure => {
            model.chart.measure = match model.chart.measure {
                Measure::Count => Measure::Density,
                Measure::Density => Measure::Probability,
                Measure::Probability | Measure::Cumulative | Measure::Tail => Measure::Count,
            };
            model.notify(format!("y axis: {}", model.chart.measure.name()));
        }
        Action::PaneSeries => {
            let shown = regions(model).is_some_and(|regions| regions.series.is_some());
            model.panes = Panes { series: Some(!shown), ..model.panes };
            if !shown && regions(model).is_none_or(|regions| regions.series.is_none()) {
                model.notify("the list needs 40 columns");
            }
        }
        Action::PaneStatistics => {
            let shown = regions(model).is_some_and(|regions| regions.statistics.is_some());
            let visible = regions(model).is_some_and(|regions| regions.has_statistics());
            if std::mem::take(&mut model.jobs.statistics_cancelled) && visible {
                model.notify("computing the statistics");
                return;
            }
            model.panes = Panes { statistics: Some(!shown), ..model.panes };
            if !shown && regions(model).is_none_or(|regions| regions.statistics.is_none()) {
                let columns = statistics_min_width(model);
                model.notify(format!("the statistics need {columns} columns"));
            }
        }
        _ => {}
    }
}

/// Moves forward by a number of views and wraps around. Skips views over steps if the series has one step.
fn next_view(model: &mut Model, by: usize) {
    let steps = model.step_count();
    let mut at = View::ALL.iter().position(|view| *view == model.chart.view).unwrap_or(0);
    for _ in View::ALL {
        at = (at + by) % View::ALL.len();
        if steps > 1 || !View::ALL[at].over_steps() {
            break;
        }
    }
    model.chart.view = View::ALL[at];
}

/// Cycles the value axis: linear, log (only if all values are positive), symlog.
fn value_scale(model: &mut Model) {
    let positive = model.visible().is_some_and(|visible| visible.lo > 0.0);
    model.chart.value_scale = match model.chart.value_scale {
        Scale::Linear if positive => Scale::Log,
        Scale::Linear | Scale::Log => Scale::Symlog,
        Scale::Symlog => Scale::Linear,
    };
    let scale = model.chart.value_scale;
    let words = match scale {
        Scale::Linear => "values on a linear axis",
        Scale::Log => "values on a logarithmic axis",
        Scale::Symlog => "values on a symlog axis: linear near zero, logarithmic beyond",
    };
    // Bins that are equally wide on another axis are hard to read on this one.
    let misfit = model.spec().is_some_and(|spec| spec.spacing != scale && !matches!(spec.bins, Some(Bins::Edges(_))));
    let key = model.settings.keymap.shown(Action::BinSpacing).into_iter().next().filter(|_| misfit);
    let hint = key.map(|key| format!("; press {key} for {} bins", scale.name())).unwrap_or_default();
    model.notify(format!("{words}{hint}"));
}

/// Reloads what has changed.
fn reload(model: &mut Model) -> Vec<Effect> {
    model.notify("reloading …");
    vec![Effect::Reload]
}

/// Goes back one level: stops playback, clears the selection, cancels a job, clears the filter, or leaves the list.
fn back(model: &mut Model) -> Vec<Effect> {
    let compares = model.jobs.others.or(model.jobs.distances);
    if model.playing {
        model.playing = false;
    } else if model.chart.selection.take().is_some() {
        model.notify("selection cleared");
    } else if let Some(ticket) = model.jobs.count_or_load() {
        return vec![Effect::Cancel(ticket)];
    } else if model.opening > 0 {
        return vec![Effect::Cancel(Ticket::OPENING)];
    } else if let Some((ticket, _)) = &model.jobs.values {
        return vec![Effect::Cancel(*ticket)];
    } else if let Some(ticket) = model.jobs.quantiles {
        return vec![Effect::Cancel(ticket)];
    } else if let Some(ticket) = model.lines.ticket() {
        return vec![Effect::Cancel(ticket)];
    } else if let (Some(ticket), Some(_)) = (compares.or(model.jobs.statistics), model.progress()) {
        return vec![Effect::Cancel(ticket)];
    } else if !model.list.filter.text.is_empty() {
        model.list.filter.text.clear();
        model.list.refilter();
        model.notify("filter cleared");
    } else if model.findings.is_searching() && model.focus == Focus::Chart {
        return findings::stop(model);
    } else {
        model.focus = Focus::Chart;
    }
    Vec::new()
}
