//! The table of all series: a line of headings and one row of statistics for each series.

use super::{pane, put, put_right, style};
use crate::app::Model;
use crate::app::over_steps::step_name_of;
use crate::app::plot::glyphs;
use crate::app::regions::Regions;
use crate::app::series_table::{Column, GAP, Layout, Place, layout};
use crate::catalog::EntryId;
use crate::document::{RowStatistic, RowValue, SeriesRow};
use crate::hist::Bounded;
use crate::settings::Role;
use crate::text::{self, format_count, format_short, format_value, statistic_resolution};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// A row on the screen.
struct Row {
    y: u16,
    entry: EntryId,
    selected: bool,
    run: String,
    series: String,
    /// The step, if it is not the current one.
    earlier: String,
}

/// Draws the table in the main pane.
pub(super) fn draw(model: &Model, regions: &Regions, buf: &mut Buffer) {
    let inner = pane(model, regions.main, regions.bordered, &title(model), true, buf);
    let Some(layout) = layout(model) else { return };
    headings(model, &layout, buf);
    if model.series_table.is_empty() {
        put(buf, inner, layout.rows.x + 1, layout.rows.y, "no series matches the filter", style(model, Role::Dim));
        return;
    }
    let rows = rows(model, &layout);
    for row in &rows {
        let base = if row.selected {
            style(model, Role::Cursor).add_modifier(Modifier::BOLD)
        } else {
            style(model, Role::Text)
        };
        values(model, &layout, row, base, buf);
    }
    names(model, &layout, &rows, buf);
}

/// Returns the title: the number of series, the step, the filter and the progress.
fn title(model: &Model) -> String {
    let table = &model.series_table;
    let mut parts = vec![format!(
        "{} of {} series",
        format_count((table.selected + 1).min(table.len()) as f64, 0),
        format_count(table.len() as f64, 0)
    )];
    if let Some(number) = model.current.as_ref().and_then(|current| step_name_of(model, current.entry)) {
        parts.push(format!("step {number}"));
    }
    if !model.list.filter.text.is_empty() {
        parts.push(format!("filter {}", model.list.filter.text));
    }
    let missing = table.len() - table.loaded();
    if missing > 0 {
        parts.push(format!("reading {} more …", format_count(missing as f64, 0)));
    }
    parts.join(" · ")
}

fn headings(model: &Model, layout: &Layout, buf: &mut Buffer) {
    let table = &model.series_table;
    for Place { column, x, width } in &layout.columns {
        let is_sorted = *column == table.column;
        let arrow = if table.descending { glyphs(model).pick("↓", "v") } else { glyphs(model).pick("↑", "^") };
        let words = if is_sorted { format!("{arrow}{}", column.name()) } else { column.name().to_owned() };
        let role = if is_sorted { Role::Focus } else { Role::Dim };
        let cell = Rect { x: *x, width: *width, ..layout.headings };
        if *column == Column::Name {
            put(buf, cell, cell.x + 2, cell.y, &words, style(model, role));
        } else {
            put_right(buf, cell, cell.y, &words, style(model, role));
        }
    }
}

/// Returns the rows on the screen.
fn rows(model: &Model, layout: &Layout) -> Vec<Row> {
    let table = &model.series_table;
    let visible = (layout.rows.y..layout.rows.bottom()).zip(table.top..);
    let row = |(y, position): (u16, usize)| {
        let id = table.series_at(&model.list, position)?;
        let entry = model.entry_at_cursor(id)?;
        let is_earlier = model.missing_step(entry).is_some();
        Some(Row {
            y,
            entry,
            selected: position == table.selected,
            run: model.source_label(id).map(|label| label.to_string()).unwrap_or_default(),
            series: model.name(entry),
            earlier: step_name_of(model, entry)
                .filter(|_| is_earlier)
                .map(|step| format!(" @{step}"))
                .unwrap_or_default(),
        })
    };
    visible.filter_map(row).collect()
}

/// Draws the runs and the series, shortened so that they stay distinct.
fn names(model: &Model, layout: &Layout, rows: &[Row], buf: &mut Buffer) {
    let Some(place) = layout.columns.iter().find(|place| place.column == Column::Name) else { return };
    let area = Rect { x: place.x, width: place.width, ..layout.rows };
    let longest = |of: fn(&Row) -> &str| rows.iter().map(|row| text::width(of(row))).max().unwrap_or(0);
    let earlier = longest(|row| &row.earlier);
    let room = usize::from(area.width).saturating_sub(2 + earlier);
    let (runs, series) = (longest(|row| &row.run), longest(|row| &row.series));
    let of_runs =
        if model.sources.len() < 2 { 0 } else { runs.min((room * 2 / 5).max(room.saturating_sub(series + GAP))) };
    let before = if of_runs > 0 { of_runs + GAP } else { 0 };
    let run_names = text::shorten(&rows.iter().map(|row| row.run.as_str()).collect::<Vec<_>>(), of_runs);
    let names =
        whole_names(&rows.iter().map(|row| row.series.as_str()).collect::<Vec<_>>(), room.saturating_sub(before));
    for ((row, run), name) in rows.iter().zip(run_names).zip(names) {
        let (sign, look) = if row.selected {
            (glyphs(model).pick("›", ">"), style(model, Role::Cursor).add_modifier(Modifier::BOLD))
        } else {
            (" ", style(model, Role::Text))
        };
        put(buf, area, area.x, row.y, sign, look);
        if of_runs > 0 {
            put(buf, area, area.x + 2, row.y, &run, model.settings.theme.run(row.entry.source));
        }
        let room = Rect { width: area.width.saturating_sub(earlier as u16), ..area };
        put(buf, room, area.x + 2 + before as u16, row.y, &name, look);
        if !row.earlier.is_empty() {
            put_right(buf, area, row.y, &row.earlier, style(model, Role::Approximate));
        }
    }
}

/// Returns names in at most `cells` each. They keep their first part, which may be the only difference from a row that is not
/// on the screen, unless they would be equal then.
fn whole_names(names: &[&str], cells: usize) -> Vec<String> {
    let clip = |name: &&str| text::clip_middle(&text::visible(name), cells).into_owned();
    let clipped: Vec<String> = names.iter().map(clip).collect();
    let distinct = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.dedup();
        names.len()
    };
    let is_distinct = distinct(clipped.iter().map(String::as_str).collect()) == distinct(names.to_vec());
    if is_distinct { clipped } else { text::shorten(names, cells) }
}

/// Draws the statistics of a row.
fn values(model: &Model, layout: &Layout, row: &Row, base: Style, buf: &mut Buffer) {
    let places = || layout.columns.iter().filter(|place| place.column != Column::Name);
    let cell = |place: &Place| Rect { x: place.x + 1, width: place.width.saturating_sub(1), ..layout.rows };
    let loaded = match model.series_table.values(row.entry) {
        Some(Some(loaded)) => loaded,
        Some(None) => {
            let (Some(first), Some(last)) = (places().next(), places().next_back()) else { return };
            let line = Rect { x: first.x + 1, width: last.x + last.width - first.x - 1, ..layout.rows };
            put_right(buf, line, row.y, "cannot be read", style(model, Role::Error));
            return;
        }
        None => {
            for place in places() {
                put_right(buf, cell(place), row.y, "…", style(model, Role::Dim));
            }
            return;
        }
    };
    for place in places() {
        let Column::Statistic(statistic) = place.column else { continue };
        let value = loaded.value(statistic);
        let is_trouble = match statistic {
            RowStatistic::NotFinite => value.at > 0.0,
            RowStatistic::N => loaded.n_changed,
            _ => false,
        };
        let look = match () {
            () if is_trouble => style(model, Role::Error),
            () if !value.is_known() => style(model, Role::Dim),
            () => base,
        };
        let area = cell(place);
        let texts = texts(model, loaded, statistic, value);
        let fitting = texts.iter().find(|words| text::width(words) <= usize::from(area.width));
        put_right(buf, area, row.y, fitting.or(texts.last()).map_or("", String::as_str), look);
    }
}

/// Formats a value, the longest text first.
fn texts(model: &Model, row: &SeriesRow, statistic: RowStatistic, value: RowValue) -> Vec<String> {
    if !value.is_known() {
        return vec!["–".into()];
    }
    let RowValue { at, width } = value;
    let (about, most) = glyphs(model).pick(("≈", "≤"), ("~", "<="));
    match statistic {
        RowStatistic::N | RowStatistic::NotFinite => vec![format_count(at, 2), format_short(at)],
        RowStatistic::Zeros if value.is_exact() => vec![format!("{:.1} %", at * 100.0)],
        RowStatistic::Zeros => vec![format!("{most}{:.1} %", (at * 1000.0).ceil() / 10.0)],
        _ if at.is_infinite() => vec![if at > 0.0 { "inf".into() } else { "-inf".into() }],
        _ => {
            let sign = if value.is_exact() { "" } else { about };
            let spread = row.value(RowStatistic::Std).at;
            let fine = match statistic {
                RowStatistic::Change => at.abs() / 1e2,
                RowStatistic::Kurtosis => at.abs() / 1e3,
                _ => statistic_resolution(at, spread),
            };
            let coarse = fine.max(at.abs() / 1e2);
            let bounded = Bounded { at, lo: 0.0, hi: f64::from(width) };
            let format = |resolution| bounded.rounded(resolution).map(|(x, step)| format_value(x, step));
            let short = format_short(at);
            [format(fine), format(coarse), Some(short)]
                .into_iter()
                .flatten()
                .map(|words| format!("{sign}{words}"))
                .collect()
        }
    }
}
