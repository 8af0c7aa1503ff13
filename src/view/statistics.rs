//! The statistics pane, and the line of statistics under the chart.

use super::{focused, pane, put, put_right, style};
use crate::app::regions::Regions;
use crate::app::statistics::{all_lines, visible_lines};
use crate::app::{Focus, Model};
use crate::settings::Role;
use crate::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the pane.
pub(super) fn draw(model: &Model, area: Rect, regions: &Regions, buf: &mut Buffer) {
    let inner = pane(model, area, regions.bordered, "statistics", focused(model, Focus::Statistics, true), buf);
    let inner =
        if regions.bordered { inner } else { Rect { x: inner.x + 1, width: inner.width.saturating_sub(1), ..inner } };
    let (lines, top) = visible_lines(model, regions);
    let (height, all) = (usize::from(inner.height), lines.len());
    for (y, line) in (inner.y..inner.bottom()).zip(lines.into_iter().skip(top)) {
        if line.name.is_empty() {
            continue;
        }
        let x = put(buf, inner, inner.x, y, &line.name, style(model, Role::Dim));
        let room = Rect { x: (x + 1).min(inner.right()), width: inner.right().saturating_sub(x + 1), ..inner };
        let fits = |value: &String| text::width(value) <= usize::from(room.width);
        let value = line.brief.filter(|_| !fits(&line.value)).unwrap_or(line.value);
        // Never clip a number: if it does not fit next to its name, it overwrites the name.
        put_right(buf, if fits(&value) { room } else { inner }, y, &value, style(model, line.role));
    }
    if all > height && regions.bordered {
        let more = format!(" {}–{} of {all} ", top + 1, (top + height).min(all));
        put_right(buf, Rect { y: inner.bottom(), height: 1, ..inner }, inner.bottom(), &more, style(model, Role::Dim));
    }
}

/// Statistics for a single line, the most useful first, by name.
const BRIEF: [&str; 12] =
    ["n", "nan", "+inf", "-inf", "mean", "std", "p50", "p99", "min", "max", "zeros", "below range"];

/// Draws the most useful statistics that fit into the line under the chart.
pub(super) fn draw_summary(model: &Model, area: Rect, buf: &mut Buffer) {
    let Some(current) = model.current.as_ref().filter(|_| !area.is_empty()) else { return };
    let lines = all_lines(model, current);
    let mut x = area.x + u16::from(area.width > 60);
    for name in BRIEF {
        // The bounds of logged histograms have a sign after their name.
        let found = lines.iter().find(|line| line.name.split(' ').next() == Some(name) || line.name == name);
        let Some(line) = found.filter(|line| line.role != Role::Dim || name == "n") else { continue };
        let value = line.brief.as_ref().unwrap_or(&line.value);
        let width = text::width(&line.name) + 1 + text::width(value);
        if usize::from(area.right().saturating_sub(x)) < width {
            continue;
        }
        let end = put(buf, area, x, area.y, &line.name, style(model, Role::Dim));
        x = put(buf, area, end + 1, area.y, value, style(model, line.role)) + 2;
    }
}
