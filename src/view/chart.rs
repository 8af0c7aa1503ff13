//! The main pane: a chart, a table or a view over steps, and the line about the bin under the cursor.

use super::{compare, focused, grid, lines, over_steps, pane, put, put_right, run_maps, style, table};
use crate::action::Action;
use crate::app::compare::CompareMode;
use crate::app::plot::{Plot, plot};
use crate::app::regions::Regions;
use crate::app::{Focus, Model, View, advice, grid as app_grid};
use crate::hist::{Numbers, format_number};
use crate::settings::Role;
use crate::text::{self, Notation, edge_resolution, format_count, typed_resolution};
use crate::widget::{BarStyles, ChartStyles};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// Message for a histogram without bins.
pub(super) const NO_BINS: &str = "this histogram has no bins";

/// Draws the main pane.
pub(super) fn draw(model: &Model, regions: &Regions, buf: &mut Buffer) {
    let title = model.current.as_ref().map(|current| title(model, &model.name(current.entry), regions.chart));
    let title = title.unwrap_or_default();
    pane(model, regions.main, regions.bordered, &title, focused(model, Focus::Chart, regions.series.is_some()), buf);
    margins(model, regions, buf);
    let area = regions.chart;
    let Some(current) = &model.current else {
        let words = if model.jobs.progress.is_some() || model.opening > 0 { String::new() } else { empty(model) };
        centered(model, area, &words, Role::Dim, buf);
        return;
    };
    if model.chart.view == View::Grid {
        grid::draw(model, area, buf);
        return;
    }
    if model.chart.view.over_steps() {
        if model.series(current.entry).is_some_and(|series| series.steps.len() > 1) {
            over_steps::draw(model, model.chart.view, area, buf);
            match model.chart.view {
                View::Lines => lines::info(model, regions.info, buf),
                _ => info(model, regions, buf),
            }
        } else {
            let key = first_key(model, Action::ViewNext).map(|key| format!("; press {key} for the next view"));
            let words = format!("this series has only one step{}", key.unwrap_or_default());
            centered(model, area, &words, Role::Dim, buf);
        }
        return;
    }
    if shows_maps(model) {
        run_maps::draw(model, area, buf);
        info(model, regions, buf);
        return;
    }
    match (&current.shown, plot(model)) {
        (Err(error), _) => {
            let key = first_key(model, Action::Repair).filter(|_| model.repair().is_some());
            let remedy = key.map(|key| format!("; press {key} to repair it")).unwrap_or_default();
            centered(model, area, &format!("{error}{remedy}"), Role::Error, buf);
        }
        (Ok(_), None) => centered(model, area, NO_BINS, Role::Dim, buf),
        (Ok(_), Some(plot)) => {
            match model.chart.view {
                View::Table => table::draw(model, area, buf),
                _ => bars(model, &plot, area, buf),
            }
            info(model, regions, buf);
        }
    }
}

/// Returns true if the heat maps of runs replace the chart.
fn shows_maps(model: &Model) -> bool {
    model.comparison.maps.shown && matches!(model.chart.view, View::Bars | View::Cumulative)
}

/// Returns the first key that is bound to an action.
fn first_key(model: &Model, action: Action) -> Option<String> {
    model.settings.keymap.shown(action).into_iter().next()
}

/// Draws the number of hidden values and the title of the source on the lower border. Without borders, only the number
/// of hidden values, at the right of the line about the bin.
fn margins(model: &Model, regions: &Regions, buf: &mut Buffer) {
    let left_out = model.not_shown();
    if !regions.bordered {
        if !left_out.is_empty() {
            put_right(buf, regions.info, regions.info.y, &left_out, style(model, Role::Error));
        }
        return;
    }
    let pane = regions.main;
    let line = Rect { x: pane.x + 2, y: pane.bottom() - 1, width: pane.width.saturating_sub(4), height: 1 };
    let mut x = line.x;
    if !left_out.is_empty() {
        x = put(buf, line, x, line.y, &format!(" {left_out} "), style(model, Role::Error)) + 1;
    }
    if let Some(warning) = advice::warning(model) {
        x = put(
            buf,
            line,
            x,
            line.y,
            &format!(" {}; {} ", warning.what, warning.remedy),
            style(model, Role::Approximate),
        ) + 1;
    }
    let source = model.current.as_ref().and_then(|current| model.sources.get(current.entry.source));
    let title = source.map(|source| text::visible(&source.title)).unwrap_or_default();
    let room = Rect { x, width: line.right().saturating_sub(x), ..line };
    if !title.is_empty() && room.width > 8 {
        let clipped = text::clip(&title, usize::from(room.width - 2));
        put_right(buf, room, line.y, &format!(" {clipped} "), style(model, Role::Dim));
    }
}

/// Explains why no series is shown.
fn empty(model: &Model) -> String {
    match model.open_errors.first() {
        Some(error) if model.sources.is_empty() => error.to_string(),
        _ if model.sources.is_empty() => "no file could be opened".into(),
        _ => "select a series with ↑/↓".into(),
    }
}

/// Returns the title of the pane: series, view, and the histogram that it is compared with. Over steps and in comparisons,
/// it names the run, too.
fn title(model: &Model, name: &str, area: Rect) -> String {
    let entry = model.current.as_ref().map(|current| current.entry);
    if shows_maps(model) {
        return format!("{name} · heat maps of all runs");
    }
    let compares = matches!(model.chart.view, View::Bars | View::Cumulative);
    let full = match entry {
        Some(entry) if model.chart.view.over_steps() => Some(model.full_name(entry)),
        Some(_) if compares => model.comparison_title(),
        _ => None,
    };
    let name = full.as_deref().unwrap_or(name);
    let view = match model.chart.view {
        View::Bars => match model.comparison.mode {
            CompareMode::Mirrored if full.is_some() => " · mirrored".into(),
            _ => String::new(),
        },
        View::Heatmap => format!(" · {}", over_steps::title(model, "heat map")),
        View::Ridge => format!(" · {}", over_steps::title(model, "ridges")),
        View::Bands => format!(" · {}", over_steps::title(model, "percentiles")),
        View::Lines => format!(" · {}", lines::title(model)),
        View::Cumulative if model.chart.log_counts => " · share at or above each bin".into(),
        View::Cumulative => " · cumulative".into(),
        View::Table => " · bins".into(),
        View::Grid => return format!("all series · {}", app_grid::grid(model, area).position()),
    };
    format!("{name}{view}")
}

/// Draws text in the center of an area, wrapped at words.
pub(super) fn centered(model: &Model, area: Rect, words: &str, role: Role, buf: &mut Buffer) {
    let clean = text::visible(words);
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    let lines = text::wrap(&clean, width);
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (y, line) in (top..area.bottom()).zip(&lines) {
        let indent = area.width.saturating_sub(text::width(line) as u16) / 2;
        put(buf, area, area.x + indent, y, line, style(model, role));
    }
}

/// Draws the histogram with its axes.
pub(super) fn bars(model: &Model, plot: &Plot, area: Rect, buf: &mut Buffer) {
    let mut chart = plot.chart();
    compare::color(model, plot, &mut chart);
    chart.bars.styles = BarStyles {
        bar: compare::bar(model),
        cursor: style(model, Role::Cursor),
        selected: style(model, Role::Selection),
        zero: style(model, Role::Border),
        mark: style(model, Role::Approximate),
    };
    chart.styles = ChartStyles { axis: style(model, Role::Border), label: style(model, Role::Dim) };
    (&chart).render(plot.area(area), buf);
    compare::draw(model, plot, &chart, area, buf);
}

/// Draws the line about the bin under the cursor or the selected bins, such as
/// `bin 31  [-0.0031, 0.0012)  count 604 ±12  4.7 %  cumulative 51.2 %`.
fn info(model: &Model, regions: &Regions, buf: &mut Buffer) {
    let area = regions.info;
    let (Some(shown), Some(cursor)) = (model.shown(), model.cursor_bin()) else { return };
    let (first, last) = model.selected_bins().unwrap_or((cursor, cursor));
    let histogram = &shown.histogram;
    let edges = histogram.edges();
    let (Some(from), Some(to)) = (edges.bin(first), edges.bin(last)) else { return };
    let counts = histogram.counts().as_f64();
    let sum = |bins: std::ops::RangeInclusive<usize>| counts.get(bins).unwrap_or_default().iter().sum::<f64>();
    let count = histogram.counts().iter().take(last + 1).skip(first).collect::<Numbers>().total();
    let (total, here, below) = (histogram.total().as_f64(), sum(first..=last), sum(0..=last));
    let width = (to.hi - from.lo) / (last + 1 - first) as f64;
    let range = model.spec().and_then(|spec| spec.range);
    let is_typed = |x: f64| range.is_some_and(|range| [range.lo, range.hi].iter().any(|end| end.as_f64() == x));
    let resolution = |x: f64| if is_typed(x) { typed_resolution(x, width) } else { edge_resolution(x, width) };
    let ends = Notation::format_even(&[from.lo, to.hi].map(|x| (x, resolution(x)))).join(", ");
    let close = if last + 1 == histogram.bins() { ']' } else { ')' };
    let name = if first == last { format!("bin {}", first + 1) } else { format!("bins {}–{}", first + 1, last + 1) };
    let errors = shown.certainty.max_error().and_then(|errors| errors.get(first..=last));
    let error = errors.map(|errors| errors.iter().sum::<f64>());
    let error = error.filter(|error| *error > 0.0).map(|error| format!(" ±{}", format_count(error.ceil(), 0)));
    let mut parts = vec![
        name,
        format!("[{ends}{close}"),
        format!("count {}{}", format_number(count, 2), error.unwrap_or_default()),
    ];
    // Shares of a total make no sense if some counts are negative.
    if total > 0.0 && counts.iter().all(|count| *count >= 0.0) {
        parts.push(format!("{:.1} %", here / total * 100.0));
        parts.push(format!("cumulative {:.1} %", below / total * 100.0));
    }
    // Drop parts that do not fit instead of clipping them.
    let mut x = area.x + u16::from(area.width > 60);
    let taken = if regions.bordered { 0 } else { text::width(&model.not_shown()) + 1 };
    for part in &parts {
        let room = usize::from(area.right().saturating_sub(x)).saturating_sub(taken);
        let brief = part.replace("cumulative", "cum");
        let Some(part) = [part, &brief].into_iter().find(|part| text::width(part) <= room) else { break };
        x = put(buf, area, x, area.y, part, style(model, Role::Text)) + 2;
    }
}
