//! The tree of sources and series.

use super::{focused, pane, put, put_right, style};
use crate::app::list::{Node, Row};
use crate::app::plot::glyphs;
use crate::app::regions::Regions;
use crate::app::{Focus, Model, Spark};
use crate::settings::{Depth, Role};
use crate::text;
use crate::widget::spark;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Cells of a silhouette.
const SPARK: u16 = 8;

pub(super) fn draw(model: &Model, area: Rect, regions: &Regions, buf: &mut Buffer) {
    let list = &model.list;
    let title = if list.filter.text.is_empty() {
        format!("series {}", list.total)
    } else {
        format!("series {}/{} {}", list.shown, list.total, list.filter.text)
    };
    pane(model, area, regions.boxed, &title, focused(model, Focus::Series, true), buf);
    let Some(rows) = regions.rows() else { return };
    if list.rows.is_empty() && !list.filter.text.is_empty() {
        put(buf, rows, rows.x, rows.y, "no key matches", style(model, Role::Dim));
    }
    for (y, (index, row)) in (rows.y..rows.bottom()).zip(list.rows.iter().enumerate().skip(list.top)) {
        draw_row(model, row, index == list.selected, Rect { y, height: 1, ..rows }, buf);
    }
}

fn draw_row(model: &Model, row: &Row, chosen: bool, area: Rect, buf: &mut Buffer) {
    let (open, closed, mark) = glyphs(model).pick(("▾", "▸", "›"), ("-", "+", ">"));
    let dim = style(model, Role::Dim);
    let strong = if chosen { style(model, Role::Focus).add_modifier(Modifier::BOLD) } else { style(model, Role::Text) };
    let indent = (row.depth as u16 * 2).min(area.width / 3);
    let sign = match (&row.node, chosen) {
        (Node::Branch { .. }, true) if model.settings.theme.depth() == Depth::None => mark,
        (Node::Branch { folded: true, .. }, _) => closed,
        (Node::Branch { .. }, _) => open,
        (Node::Leaf { .. }, true) => mark,
        (Node::Leaf { .. }, false) => " ",
    };
    let mut rest = area;
    if let Node::Leaf { source, series } = row.node {
        let known = model.sources.get(source).and_then(|source| source.series.get(series));
        let unsaved = model.documents.get(&(source, series)).is_some_and(|document| !document.unsaved().is_empty());
        let problems = known.is_some_and(|series| !series.problems.is_empty());
        let steps = known.map_or(0, |series| series.steps.len());
        let label = text::width(&text::visible(&row.label)) as u16;
        // The name says more than how often it was logged.
        if steps > 1 && indent + 3 + label + steps.to_string().len() as u16 <= area.width {
            take(&mut rest, &format!(" {steps}"), dim, buf);
        }
        if problems {
            take(&mut rest, " !", style(model, Role::Error), buf);
        }
        if unsaved {
            take(&mut rest, " *", style(model, Role::Approximate), buf);
        }
        let room = rest.width.saturating_sub(indent + 3 + label);
        let spark_of = model.last_step(source, series).and_then(|place| model.sparks.get(&place));
        if let (Some(Spark::Known(histogram)), true) = (spark_of, room >= 4) {
            let cells = room.min(SPARK);
            let drawn = spark(histogram.edges().as_f64(), histogram.counts().as_f64(), cells, glyphs(model));
            take(&mut rest, &drawn, style(model, Role::Bar), buf);
        }
    } else if let Node::Branch { folded: true, leaves, .. } = row.node {
        take(&mut rest, &format!(" {leaves}"), dim, buf);
    }
    let x = put(buf, rest, area.x + indent, area.y, sign, strong);
    put(buf, rest, x + 1, area.y, &row.label, strong);
}

/// Writes at the right side and takes the room away.
fn take(rest: &mut Rect, words: &str, style: Style, buf: &mut Buffer) {
    let x = put_right(buf, *rest, rest.y, words, style);
    rest.width = x - rest.x;
}
