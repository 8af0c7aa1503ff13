//! The list pane: a tree of sources and series.

use super::{focused, pane, put, put_right, style};
use crate::app::list::{INDENT, ListColumns, Node, Row, SIGN};
use crate::app::plot::glyphs;
use crate::app::regions::Regions;
use crate::app::{Focus, Model};
use crate::catalog::Series;
use crate::settings::{Depth, Role};
use crate::text;
use crate::widget::sparkline;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Maximum and minimum width of a thumbnail, in cells.
const THUMBNAIL: u16 = 8;
const MIN_THUMBNAIL: u16 = 4;

pub(super) fn draw(model: &Model, area: Rect, regions: &Regions, buf: &mut Buffer) {
    let list = &model.list;
    let title = if list.filter.text.is_empty() {
        format!("series {}", list.total)
    } else {
        format!("series {}/{} {}", list.shown, list.total, list.filter.text)
    };
    pane(model, area, regions.bordered, &title, focused(model, Focus::Series, true), buf);
    let Some(rows) = regions.rows() else { return };
    let columns = columns(model, rows.width);
    if regions.bordered && columns.steps > 0 {
        let heading = if columns.last > 0 { " steps last " } else { " steps " };
        if text::width(&title) + text::width(heading) + 5 <= usize::from(rows.width) {
            put_right(buf, Rect { width: area.width - 1, ..area }, area.y, heading, style(model, Role::Dim));
        }
    }
    if list.rows.is_empty() && !list.filter.text.is_empty() {
        put(buf, rows, rows.x, rows.y, "no key matches", style(model, Role::Dim));
    }
    for (y, (index, row)) in (rows.y..rows.bottom()).zip(list.rows.iter().enumerate().skip(list.top)) {
        draw_row(model, row, index == list.selected, columns, Rect { y, height: 1, ..rows }, buf);
    }
}

/// Columns that fit into `width` cells. Drops the last step if name, thumbnail and steps would not fit.
fn columns(model: &Model, width: u16) -> ListColumns {
    let columns = model.list.columns;
    let all = columns.name + usize::from(MIN_THUMBNAIL) + columns.steps + columns.last + 2;
    if all <= usize::from(width) { columns } else { ListColumns { last: 0, ..columns } }
}

fn draw_row(model: &Model, row: &Row, chosen: bool, columns: ListColumns, area: Rect, buf: &mut Buffer) {
    let (current, closed, mark) = glyphs(model).pick(("▾", "▸", "›"), ("-", "+", ">"));
    let dim = style(model, Role::Dim);
    let strong = if chosen { style(model, Role::Focus).add_modifier(Modifier::BOLD) } else { style(model, Role::Text) };
    let indent = ((row.depth * INDENT) as u16).min(area.width / 3);
    let sign = match (&row.node, chosen) {
        (Node::Branch { .. }, true) if model.settings.theme.depth() == Depth::None => mark,
        (Node::Branch { folded: true, .. }, _) => closed,
        (Node::Branch { .. }, _) => current,
        (Node::Leaf(_), true) => mark,
        (Node::Leaf(_), false) => " ",
    };
    let mut rest = area;
    if let Node::Leaf(id) = row.node {
        let known = model.series(id);
        let unsaved = model.documents.get(&id).is_some_and(|document| !document.unsaved().is_empty());
        let problems = known.is_some_and(|series| !series.problems.is_empty());
        let label = indent + SIGN as u16 + text::width(&text::visible(&row.label)) as u16;
        let words = steps(known, columns);
        // The name is more important than the number of steps.
        if label + text::width(&words) as u16 <= area.width {
            take(&mut rest, &words, dim, buf);
        }
        if problems {
            take(&mut rest, " !", style(model, Role::Error), buf);
        }
        if unsaved {
            take(&mut rest, " *", style(model, Role::Approximate), buf);
        }
        let room = rest.width.saturating_sub(label);
        let silhouette = model.last_step(id).and_then(|entry| model.thumbnail(entry));
        if let (Some(histogram), true) = (silhouette, room >= MIN_THUMBNAIL) {
            let cells = room.min(THUMBNAIL);
            let drawn = sparkline(histogram.edges().as_f64(), histogram.counts().as_f64(), cells, glyphs(model));
            take(&mut rest, &drawn, style(model, Role::Bar), buf);
        }
    } else if let Node::Branch { folded: true, leaves, .. } = row.node {
        take(&mut rest, &format!(" {leaves}"), dim, buf);
    }
    let x = put(buf, rest, area.x + indent, area.y, sign, strong);
    put(buf, rest, x + 1, area.y, &row.label, strong);
}

/// Returns the number of steps and the number of the last step, such as ` 200 199`. Empty for a single step.
fn steps(series: Option<&Series>, ListColumns { steps, last, .. }: ListColumns) -> String {
    let Some(series) = series.filter(|series| series.steps.len() > 1) else { return String::new() };
    let count = format!(" {:>steps$}", series.steps.len());
    if last == 0 {
        return count;
    }
    let number = series.last_step().map(|number| number.to_string()).unwrap_or_default();
    format!("{count} {number:>last$}")
}

/// Writes text at the right side of `rest` and shrinks `rest` by its width.
fn take(rest: &mut Rect, words: &str, style: Style, buf: &mut Buffer) {
    let x = put_right(buf, *rest, rest.y, words, style);
    rest.width = x - rest.x;
}
