//! What each action does.

use super::bins::{self, To};
use super::{editing, export, history, range, save, save_all, series};
use crate::action::{Action, Area};
use crate::app::input::Input;
use crate::app::overlay::{Offer, Overlay, Page, Prompt, PromptKind, Question};
use crate::app::regions::regions;
use crate::app::{Effect, Focus, Model, Panes, Reference, Status, Ticket, View};
use crate::catalog::Content;
use crate::hist::scale::Scale;
use crate::hist::{Measure, Normalization};

/// Does what a key, a click or the palette asked for.
pub(super) fn perform(model: &mut Model, action: Action) -> Vec<Effect> {
    model.status = Status::default();
    let quitting = std::mem::take(&mut model.quitting);
    match action {
        Action::BinsFewer => return bins::step(model, -1),
        Action::BinsMore => return bins::step(model, 1),
        Action::BinsHalve => return bins::step(model, -(model.bins().div_ceil(2) as isize)),
        Action::BinsDouble => return bins::step(model, model.bins() as isize),
        Action::RuleNext => return bins::rule(model, 1),
        Action::RulePrevious => return bins::rule(model, -1),
        Action::ResetBins => return bins::original(model),
        Action::Undo => return history::undo(model),
        Action::Redo => return history::redo(model),
        Action::History => history::open(model),

        Action::Select => range::select(model),
        Action::Zoom => return range::zoom(model),
        Action::ZoomFull => return range::full(model),
        Action::PanLeft => return range::pan(model, -1.0),
        Action::PanRight => return range::pan(model, 1.0),
        Action::RangeType => prompt(model, PromptKind::Range),
        Action::Trim => prompt(model, PromptKind::Trim),

        Action::CursorLeft => bins::cursor(model, To::By(-1)),
        Action::CursorRight => bins::cursor(model, To::By(1)),
        Action::CursorFirst => bins::cursor(model, To::First),
        Action::CursorLast => bins::cursor(model, To::Last),
        Action::CursorHighest => bins::cursor(model, To::Highest),

        Action::StepPrevious => return series::by_steps(model, -1),
        Action::StepNext => return series::by_steps(model, 1),
        Action::StepBack => return series::by_steps(model, -10),
        Action::StepForward => return series::by_steps(model, 10),
        Action::StepFirst => return series::by_steps(model, isize::MIN),
        Action::StepLast => return series::by_steps(model, isize::MAX),
        Action::StepType => prompt(model, PromptKind::Step),
        Action::Play => return series::play(model),
        Action::Follow => return series::follow(model),

        Action::SeriesUp => return series::step(model, -1),
        Action::SeriesDown => return series::step(model, 1),
        Action::PageUp => return series::page(model, -1),
        Action::PageDown => return series::page(model, 1),
        Action::Open => return series::open(model),
        Action::Filter => {
            let text = model.list.filter.text.clone();
            model.overlays.push(Overlay::Prompt(Prompt::new(PromptKind::Filter, text)));
        }
        Action::Focus => {
            model.focus = if model.focus == Focus::Chart { Focus::Series } else { Focus::Chart };
        }

        Action::Save => return save::save(model),
        Action::SaveAll => return save_all::begin(model, false),
        Action::SaveAs => return save::save_as(model),
        Action::Export => return export::choose(model),
        Action::CopyChart => return vec![Effect::CopyChart],
        Action::CopyJson => {
            if let Some(histogram) = save::histogram(model) {
                return vec![Effect::Copy(histogram.to_json())];
            }
        }

        Action::Repair => match unrepairable(model) {
            Some(why) => model.say(why),
            None => page(model, Page::Repair),
        },

        Action::Help => page(model, Page::Help),
        Action::Problems => page(model, Page::Problems),
        Action::Settings => page(model, Page::Settings),
        Action::Source => page(model, Page::Source),
        Action::Palette => {
            let offer = Offer::Actions;
            model.overlays.push(Overlay::Palette { offer, input: Input::default(), selected: 0 });
        }
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Back => return back(model),
        Action::Quit if !(model.saving.is_empty() && model.exporting.is_empty() || quitting) => {
            model.quitting = true;
            model.say("quits as soon as it is written");
        }
        Action::Quit => {
            if model.unsaved().is_empty() {
                return vec![Effect::Quit];
            }
            model.overlays.push(Overlay::Question(Question::Quit));
        }

        _ if action.area() == Area::Edit => return editing::begin(model, action),
        _ => look_otherwise(model, action),
    }
    Vec::new()
}

/// Why there is nothing to repair, if there is not.
fn unrepairable(model: &Model) -> Option<String> {
    if model.repair().is_some() {
        return None;
    }
    let broken = model.current.as_ref().and_then(|current| match &current.content {
        Content::Logged(logged) if current.state.edited.is_none() => logged.histogram.to_hist().err(),
        _ => None,
    });
    Some(match (broken, &model.current, model.unopened.first()) {
        (Some(error), ..) => format!("this cannot be repaired: {error}"),
        (None, None, Some(why)) => format!("nothing is open that could be repaired; {why}"),
        (None, None, None) => "nothing is open".into(),
        (None, Some(_), _) => "nothing is wrong with this histogram".into(),
    })
}

fn page(model: &mut Model, page: Page) {
    model.overlays.push(Overlay::Page { page, top: 0 });
}

fn prompt(model: &mut Model, kind: PromptKind) {
    model.overlays.push(Overlay::Prompt(Prompt::new(kind, "")));
}

/// How things are shown, which changes nothing that could be saved.
fn look_otherwise(model: &mut Model, action: Action) {
    match action {
        Action::ViewBars => model.chart.view = View::Bars,
        Action::ViewCumulative => model.chart.view = View::Cumulative,
        Action::ViewTable => model.chart.view = View::Table,
        Action::ViewHeatmap => model.chart.view = View::Heatmap,
        Action::ViewRidge => model.chart.view = View::Ridge,
        Action::ViewBands => model.chart.view = View::Bands,
        Action::ViewGrid => model.chart.view = View::Grid,
        Action::ViewNext => next_view(model, 1),
        Action::ViewPrevious => next_view(model, View::ALL.len() - 1),
        Action::ShareAxis => {
            model.chart.same_axis = !model.chart.same_axis;
            model.say(match (model.chart.same_axis, model.chart.view) {
                (true, View::Grid) => "one value axis for all series",
                (false, View::Grid) => "each series its own value axis",
                (true, _) => "one value axis for all steps",
                (false, _) => "each step its own value axis",
            });
        }
        Action::NormalizeSteps => {
            model.chart.normal = match model.chart.normal {
                Normalization::Step => Normalization::Counts,
                Normalization::Counts => Normalization::Step,
            };
            model.say(match model.chart.normal {
                Normalization::Step => "over steps: each step's total is one",
                Normalization::Counts => "over steps: counts as they are",
            });
        }
        Action::PaneSteps => {
            let shown = regions(model).is_some_and(|regions| regions.over.is_some());
            model.panes = Panes { steps: Some(!shown), ..model.panes };
        }
        Action::LogCounts => {
            model.chart.log_counts = !model.chart.log_counts;
            model.say(if model.chart.log_counts { "logarithmic counts" } else { "linear counts" });
        }
        Action::ValueScale => value_scale(model),
        Action::CountMeasure => {
            model.chart.measure = match model.chart.measure {
                Measure::Count => Measure::Density,
                Measure::Density => Measure::Probability,
                Measure::Probability | Measure::Cumulative => Measure::Count,
            };
            model.say(format!("heights: {}", model.chart.measure.name()));
        }
        Action::Mark => mark(model),
        Action::PaneSeries => {
            let shown = regions(model).is_some_and(|regions| regions.series.is_some());
            model.panes = Panes { series: Some(!shown), ..model.panes };
        }
        Action::PaneStatistics => {
            let shown = regions(model).is_some_and(|regions| regions.statistics.is_some());
            model.panes = Panes { statistics: Some(!shown), ..model.panes };
        }
        _ => {}
    }
}

/// The view so many places on, around. Views over steps are passed over where there is one step.
fn next_view(model: &mut Model, by: usize) {
    let steps =
        model.current.as_ref().and_then(|current| model.series(current.entry)).map_or(0, |series| series.steps.len());
    let mut at = View::ALL.iter().position(|view| *view == model.chart.view).unwrap_or(0);
    for _ in View::ALL {
        at = (at + by) % View::ALL.len();
        if steps > 1 || !View::ALL[at].over_steps() {
            break;
        }
    }
    model.chart.view = View::ALL[at];
}

/// Linear, log, symlog; log only where all values are positive.
fn value_scale(model: &mut Model) {
    let positive = model.visible().is_some_and(|visible| visible.lo > 0.0);
    model.chart.value_scale = match model.chart.value_scale {
        Scale::Linear if positive => Scale::Log,
        Scale::Linear | Scale::Log => Scale::Symlog,
        Scale::Symlog => Scale::Linear,
    };
    model.say(match model.chart.value_scale {
        Scale::Linear => "values on a linear axis",
        Scale::Log => "values on a logarithmic axis",
        Scale::Symlog => "values on a symmetric logarithmic axis",
    });
}

/// Marks what is shown, to compare others with it; a second time drops the mark.
fn mark(model: &mut Model) {
    if model.reference.take().is_some() {
        model.say("the mark is dropped");
        return;
    }
    let Some((entry, shown)) = model.current.as_ref().and_then(|o| Some((o.entry, o.shown.as_ref().ok()?.clone())))
    else {
        return;
    };
    let name = model.entry_name(entry);
    model.say(format!("marked {name}: others are shown over its outline, m drops it"));
    model.reference = Some(Reference { name, shown });
}

/// Esc: one thing at a time, and never quits.
fn back(model: &mut Model) -> Vec<Effect> {
    if model.playing {
        model.playing = false;
    } else if model.chart.selection.take().is_some() {
        model.say("selection dropped");
    } else if let Some(ticket) = model.jobs.look.or(model.jobs.load) {
        return vec![Effect::Cancel(ticket)];
    } else if model.opening > 0 {
        return vec![Effect::Cancel(Ticket::OPENING)];
    } else if let (Some(ticket), Some(_)) = (model.jobs.describe, model.progress()) {
        return vec![Effect::Cancel(ticket)];
    } else if !model.list.filter.text.is_empty() {
        model.list.filter.text.clear();
        model.list.rebuild(&model.sources);
        model.say("filter cleared");
    } else {
        model.focus = Focus::Chart;
    }
    Vec::new()
}
