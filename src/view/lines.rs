//! The view of statistics over steps: lines of all runs with a legend.

use super::{put, put_right, style};
use crate::app::Model;
use crate::app::lines::{Layout, RunLine, ValueAxis, current_step, layout, run_lines, scalar_lines};
use crate::app::plot::glyphs;
use crate::hist::scale::{Scale, lay_out, whole_label, whole_ticks};
use crate::hist::{Bounded, Segment, Statistic};
use crate::settings::Role;
use crate::text::{self, format_count, format_value};
use crate::widget::{Line, Lines};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;

/// Symbols that distinguish lines without colors.
const MARKERS: [&str; 7] = ["●", "■", "▲", "◆", "▼", "○", "□"];
const MARKERS_ASCII: [&str; 14] = ["*", "o", "+", "x", "#", "@", "%", "a", "b", "c", "d", "e", "f", "g"];
/// Free cells between two step numbers.
const GAP: usize = 2;

/// Draws the lines.
pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let lines = run_lines(model);
    let scalars = scalar_lines(model);
    let Some(layout) = layout(model, &lines, &scalars, area) else {
        let words = if model.lines.is_loading() {
            "reading all steps …".to_owned()
        } else {
            format!("{} is not known for these steps", model.lines.statistic)
        };
        put(buf, area, area.x + 1, area.y, &words, style(model, Role::Dim));
        return;
    };
    let place = Plot { area: layout.plot, x: layout.x, axis: &layout.axis };
    plot(model, &lines, &place, buf);
    values(model, &layout.axis, layout.gutter, buf);
    if let Some(below) = &layout.scalars {
        let place = Plot { area: below.plot, x: layout.x, axis: &below.axis };
        plot(model, &scalars, &place, buf);
        values(model, &below.axis, below.gutter, buf);
        let title = Rect { x: below.plot.x, width: below.plot.width, ..below.title };
        put(buf, title, title.x, title.y, &scalar_names(&scalars), style(model, Role::Title));
    }
    steps(model, &layout, buf);
    if let Some(row) = layout.legend {
        legend(model, &lines, row, buf);
    }
}

/// Returns the name of the view, such as `std over steps`.
pub(super) fn title(model: &Model) -> String {
    let window = model.chart.time.window;
    let steps = window.map(|window| format!(" {}–{}", whole_label(window.first), whole_label(window.last)));
    format!("{} over steps{}", model.lines.statistic, steps.unwrap_or_default())
}

/// Returns the style and the marker of a line.
fn look(model: &Model, line: &RunLine) -> (Style, &'static str) {
    let (at, of) = model.lines.place(line.id);
    let style = if of > 1 { model.settings.theme.run(line.id.source) } else { style(model, Role::Bar) };
    let marker = match glyphs(model) {
        _ if of < 2 => "",
        crate::widget::Glyphs::Unicode => MARKERS[at % MARKERS.len()],
        crate::widget::Glyphs::Ascii => MARKERS_ASCII[at % MARKERS_ASCII.len()],
    };
    (style, marker)
}

/// A plot on the screen.
struct Plot<'a> {
    area: Rect,
    x: Segment,
    axis: &'a ValueAxis,
}

/// Returns the names of the scalars, each once.
fn scalar_names(scalars: &[RunLine]) -> String {
    let mut names: Vec<&str> = scalars.iter().map(|line| line.label.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// Draws lines. The place of a line among the runs decides its look.
fn plot(model: &Model, lines: &[RunLine], place: &Plot<'_>, buf: &mut Buffer) {
    // The current run is drawn last, on top of the others.
    let mut drawn: Vec<(bool, Line)> = Vec::new();
    for line in lines {
        let (style, marker) = look(model, line);
        let points = line.points.iter().map(|(step, value)| (*step as f64, value.at)).collect();
        drawn.push((line.is_current, Line { points, style, marker }));
    }
    drawn.sort_by_key(|(is_current, _)| *is_current);
    let drawn: Vec<Line> = drawn.into_iter().map(|(_, line)| line).collect();
    let current = lines.iter().find(|line| line.is_current);
    let uncertain = current.into_iter().flat_map(|line| &line.points).filter(|(_, value)| !value.is_exact());
    let band: Vec<(f64, f64, f64)> = uncertain.map(|(step, value)| (*step as f64, value.lo, value.hi)).collect();
    let widget = Lines {
        lines: &drawn,
        x: place.x,
        y: place.axis.range,
        scale: place.axis.scale,
        band: &band,
        band_style: style(model, Role::Border),
        cursor: current_step(model).map(|step| step as f64),
        cursor_style: style(model, Role::Cursor),
        glyphs: glyphs(model),
    };
    (&widget).render(place.area, buf);
}

/// Draws the labels of a value axis.
fn values(model: &Model, axis: &ValueAxis, gutter: Rect, buf: &mut Buffer) {
    let mut free = gutter.bottom();
    let room = Rect { width: gutter.width.saturating_sub(1), ..gutter };
    for (at, label) in &axis.ticks.at {
        let position = axis.scale.position(*at, axis.range.lo, axis.range.hi);
        let up = ((position * f64::from(gutter.height)) as u16).min(gutter.height.saturating_sub(1));
        let y = gutter.bottom() - 1 - up;
        if y < free && text::width(label) <= usize::from(room.width) {
            put_right(buf, room, y, label, style(model, Role::Dim));
            free = y;
        }
    }
}

/// Draws round step numbers, and the current step below its line.
fn steps(model: &Model, layout: &Layout, buf: &mut Buffer) {
    let (row, plot, x) = (layout.labels, layout.plot, layout.x);
    let cells = usize::from(row.width);
    let offset = usize::from(plot.x - row.x);
    let cell = |step: f64| {
        let position = Scale::Linear.position(step, x.lo, x.hi);
        offset + ((position * f64::from(plot.width)) as usize).min(usize::from(plot.width).saturating_sub(1))
    };
    let now = current_step(model).filter(|step| (x.lo..=x.hi).contains(&(*step as f64)));
    let now = now.map(|step| (cell(step as f64), whole_label(step)));
    let taken = now.as_ref().and_then(|(at, label)| {
        let start = lay_out(&[(*at, text::width(label))], cells, GAP).first()?.start;
        Some(start..start + text::width(label))
    });
    let laid = |most: usize| {
        let ticks = whole_ticks(x.lo as i64, x.hi as i64, most);
        let marks: Vec<(usize, usize)> =
            ticks.iter().map(|step| (cell(*step as f64), text::width(&whole_label(*step)))).collect();
        let placed = lay_out(&marks, cells, GAP);
        (ticks, placed)
    };
    let most = (usize::from(plot.width) / 8).clamp(2, 12);
    let complete = (2..=most).rev().map(laid).find(|(ticks, placed)| ticks.len() == placed.len());
    let (ticks, placed) = complete.unwrap_or_else(|| laid(2));
    for place in placed {
        let Some(label) = ticks.get(place.tick).map(|step| whole_label(*step)) else { continue };
        let end = place.start + text::width(&label);
        if taken.as_ref().is_none_or(|taken| end < taken.start || place.start > taken.end) {
            put(buf, row, row.x + place.start as u16, row.y, &label, style(model, Role::Dim));
        }
    }
    if let (Some(taken), Some((_, label))) = (taken, now) {
        put(buf, row, row.x + taken.start as u16, row.y, &label, style(model, Role::Cursor));
    }
}

/// Draws the names of the runs with their colors and markers, and remarks.
fn legend(model: &Model, lines: &[RunLine], row: Rect, buf: &mut Buffer) {
    let remarks = remarks(model, lines);
    let words = remarks.join(" · ");
    let room = row.width.saturating_sub(text::width(&words) as u16 + 2);
    // On a narrow screen, names are more important.
    let (room, words) = if room < row.width / 3 { (row.width, String::new()) } else { (room, words) };
    put_right(buf, row, row.y, &words, style(model, Role::Dim));
    if lines.len() < 2 {
        return;
    }
    let names: Vec<&str> = lines.iter().map(|line| line.label.as_str()).collect();
    let longest = names.iter().map(|name| text::width(name)).max().unwrap_or(0);
    let each = (usize::from(room) / lines.len()).saturating_sub(4).clamp(6, longest.max(6));
    let names = text::shorten(&names, each);
    let area = Rect { width: room, ..row };
    let mut x = area.x + 1;
    for (at, (line, name)) in lines.iter().zip(names).enumerate() {
        let rest = lines.len() - at;
        let more = format!("+ {rest} more");
        let width = (text::width(&name) + 2) as u16;
        let needed = if rest > 1 { width + 2 + text::width(&more) as u16 } else { width };
        if x + needed > area.right() {
            put(buf, area, x, area.y, &more, style(model, Role::Dim));
            return;
        }
        let (mut look, marker) = look(model, line);
        if line.is_current {
            look = look.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
        }
        x = put(buf, area, x, area.y, marker, look);
        x = put(buf, area, x + 1, area.y, &name, look) + 2;
    }
}

/// Returns remarks about what the picture shows and leaves out.
fn remarks(model: &Model, lines: &[RunLine]) -> Vec<String> {
    let mut remarks = Vec::new();
    let (drawn, all) = model.lines.count();
    let loaded = model.lines.loaded();
    if loaded < drawn && model.lines.is_loading() {
        remarks.push(format!("{loaded} of {drawn} runs read"));
    } else if drawn < all {
        remarks.push(format!("{drawn} of {} runs", format_count(all as f64, 0)));
    }
    let current = lines.iter().find(|line| line.is_current);
    if current.is_some_and(|line| line.points.iter().any(|(_, value)| value.lo < value.hi)) {
        remarks.push(format!("{} bounds of the bins", glyphs(model).pick("░", ".")));
    }
    if model.lines.log {
        remarks.push("log".into());
    }
    remarks
}

/// Draws the line about the current step: the value of each run.
pub(super) fn info(model: &Model, area: Rect, buf: &mut Buffer) {
    let Some(step) = current_step(model).filter(|_| !area.is_empty()) else { return };
    let lines = run_lines(model);
    let mut x = area.x + u16::from(area.width > 60);
    x = put(buf, area, x, area.y, &format!("step {}", whole_label(step)), style(model, Role::Text)) + 2;
    // The current run comes first.
    let mut order: Vec<&RunLine> = lines.iter().collect();
    order.sort_by_key(|line| !line.is_current);
    for line in order {
        let before = line.points.partition_point(|(number, _)| *number <= step);
        let value = before.checked_sub(1).and_then(|index| line.points.get(index));
        let (mark, number) = match value {
            Some((number, value)) => (
                if *number < step { "@" } else { "" },
                number_of(model.lines.statistic, value, glyphs(model).pick("≈", "~")).map(|words| (words, *number)),
            ),
            None => ("", None),
        };
        let words = match number {
            Some((words, number)) if !mark.is_empty() => format!("{words} @{number}"),
            Some((words, _)) => words,
            None => "–".into(),
        };
        let name = if lines.len() > 1 { format!("{} ", line.label) } else { format!("{} ", model.lines.statistic) };
        if usize::from(area.right().saturating_sub(x)) < text::width(&name) + text::width(&words) {
            break;
        }
        let (look, _) = look(model, line);
        x = put(buf, area, x, area.y, &name, look);
        x = put(buf, area, x, area.y, &words, style(model, Role::Text)) + 2;
    }
}

/// Formats a value with the digits that are known. `None` if it is unknown.
fn number_of(statistic: Statistic, value: &Bounded, about: &str) -> Option<String> {
    if statistic.is_count() && value.is_exact() {
        return Some(format_count(value.at, 2)).filter(|_| !value.at.is_nan());
    }
    let words = value.rounded(value.at.abs() / 1e4).map(|(x, step)| format_value(x, step))?;
    Some(if value.is_exact() { words } else { format!("{about}{words}") })
}
