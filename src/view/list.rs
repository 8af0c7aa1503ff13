//! The list pane: a tree of folders, sources and series.

use super::{focused, pane, put, put_right, style};
use crate::app::list::{INDENT, ListColumns, Node, Row, SPARKLINE};
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
use std::collections::HashMap;

/// Minimum width of a sparkline.
const MIN_SPARKLINE: usize = 4;
/// Names keep this width before there is a sparkline.
const MIN_NAME: usize = 14;

/// Minimum width of a folder or a key after a name.
const MIN_DETAIL: usize = 8;

/// Widths of the columns on the screen, each with a blank before it.
#[derive(Debug, Clone, Copy)]
struct Columns {
    /// Step counts and last steps.
    steps: ListColumns,
    sparkline: usize,
}

pub(super) fn draw(model: &Model, area: Rect, regions: &Regions, buf: &mut Buffer) {
    let list = &model.list;
    let title = if list.filter.text.is_empty() {
        format!("series {}", text::format_count(list.total as f64, 0))
    } else {
        {
            let [shown, total] = [list.shown, list.total].map(|n| text::format_count(n as f64, 0));
            format!("series {shown}/{total} {}", list.filter.text)
        }
    };
    pane(model, area, regions.bordered, &title, focused(model, Focus::Series, true), buf);
    let Some(rows) = regions.rows() else { return };
    let columns = columns(model, usize::from(rows.width));
    if regions.bordered && columns.steps.steps > 0 {
        let heading = if columns.steps.last > 0 { " steps last " } else { " steps " };
        if text::width(&title) + text::width(heading) + 5 <= usize::from(rows.width) {
            put_right(buf, Rect { width: area.width - 1, ..area }, area.y, heading, style(model, Role::Dim));
        }
    }
    if list.is_empty() && !list.filter.text.is_empty() {
        put(buf, rows, rows.x, rows.y, "no series matches", style(model, Role::Dim));
    }
    let mut names = Names::default();
    for (y, index) in (rows.y..rows.bottom()).zip(list.top..) {
        let Some(row) = list.row(index) else { break };
        let area = Rect { y, height: 1, ..rows };
        draw_row(&Drawn { model, index, row: &row, columns }, &mut names, area, buf);
    }
}

/// Columns that fit into `width` cells. Drops the last steps, then the step counts, then the sparklines.
fn columns(model: &Model, width: usize) -> Columns {
    let known = model.list.columns;
    let cells = |column: usize| if column > 0 { column + 1 } else { 0 };
    let name = known.name.min(MIN_NAME);
    let both = cells(known.steps) + cells(known.last);
    let steps = if known.name + cells(MIN_SPARKLINE) + both <= width {
        known
    } else if name + cells(MIN_SPARKLINE) + cells(known.steps) <= width {
        ListColumns { last: 0, ..known }
    } else {
        ListColumns { steps: 0, last: 0, ..known }
    };
    let rest = width.saturating_sub(cells(steps.steps) + cells(steps.last));
    let sparkline = if rest < name + cells(MIN_SPARKLINE) {
        0
    } else {
        // Long names leave the sparklines their minimum.
        rest.saturating_sub(known.name + 1).clamp(MIN_SPARKLINE, SPARKLINE)
    };
    Columns { steps, sparkline }
}

/// Short names of the rows on the screen, by place and width.
#[derive(Default)]
struct Names<'l>(HashMap<Room, HashMap<&'l str, String>>);

/// A place in the tree, and the width of its names.
type Room = ((usize, usize), usize);

impl<'l> Names<'l> {
    /// Returns the label of a row in at most `cells`, different from those next to it.
    fn short(&mut self, model: &'l Model, index: usize, label: &str, cells: usize) -> String {
        let clean = text::visible(label);
        // Names at one place are shortened alike, so that those that fit look like the others.
        let Some(siblings) = model.list.siblings(index) else {
            return text::clip_middle(&clean, cells).into_owned();
        };
        let short = self.0.entry((siblings.place, cells)).or_insert_with(|| {
            let short = text::shorten(&siblings.labels, cells);
            siblings.labels.into_iter().zip(short).collect()
        });
        short.get(label).cloned().unwrap_or_else(|| text::clip_middle(&clean, cells).into_owned())
    }
}

/// A row and its surroundings.
struct Drawn<'m, 'd> {
    model: &'m Model,
    index: usize,
    row: &'d Row<'d>,
    columns: Columns,
}

fn draw_row<'m>(drawn: &Drawn<'m, '_>, names: &mut Names<'m>, area: Rect, buf: &mut Buffer) {
    let Drawn { model, index, row, columns } = *drawn;
    let chosen = index == model.list.selected;
    let (open, closed, mark) = glyphs(model).pick(("▾", "▸", "›"), ("-", "+", ">"));
    let dim = style(model, Role::Dim);
    let strong = if chosen { style(model, Role::Focus).add_modifier(Modifier::BOLD) } else { style(model, Role::Text) };
    let indent = ((row.depth * INDENT) as u16).min(area.width / 3);
    let sign = match (&row.node, chosen) {
        (Node::Branch { .. }, true) if model.settings.theme.depth() == Depth::None => mark,
        (Node::Branch { folded: true, .. }, _) => closed,
        (Node::Branch { .. }, _) => open,
        (Node::Leaf(_), true) => mark,
        (Node::Leaf(_), false) => " ",
    };
    let mut rest = area;
    match row.node {
        Node::Leaf(id) => {
            let series = model.series(id);
            let unsaved = model.documents.get(&id).is_some_and(|document| !document.unsaved().is_empty());
            let problems = series.is_some_and(|series| !series.problems.is_empty());
            take(&mut rest, &steps(series, columns.steps), dim, buf);
            if columns.sparkline > 0 {
                let column =
                    Rect { x: rest.right() - columns.sparkline as u16, width: columns.sparkline as u16, ..rest };
                let histogram = model.last_step(id).and_then(|entry| model.thumbnail(entry));
                if let Some(histogram) = histogram {
                    let cells = column.width;
                    let drawn =
                        sparkline(histogram.edges().as_f64(), histogram.counts().as_f64(), cells, glyphs(model));
                    put(buf, column, column.x, column.y, &drawn, style(model, Role::Bar));
                }
                rest.width = column.x.saturating_sub(rest.x + 1);
            }
            if problems || !model.findings.of(id).is_empty() {
                take(&mut rest, " !", style(model, Role::Error), buf);
            }
            if unsaved {
                take(&mut rest, " *", style(model, Role::Approximate), buf);
            }
        }
        Node::Branch { folded: true, leaves } => {
            take(&mut rest, &format!(" {leaves}"), dim, buf);
            if model.list.leaves_at(index).is_some_and(|leaves| model.findings.are_in(&leaves)) {
                take(&mut rest, " !", style(model, Role::Error), buf);
            }
        }
        Node::Branch { .. } => {}
    }
    let x = put(buf, rest, rest.x + indent, rest.y, sign, strong) + 1;
    let room = usize::from(rest.right().saturating_sub(x));
    let detail = text::visible(&row.detail);
    // A name that others have, too, leaves room for what distinguishes it.
    let kept = if row.ambiguous { (text::width(&detail) + 1).min(room / 2) } else { 0 };
    let label = names.short(model, index, &row.label, room - kept);
    let x = put(buf, rest, x, rest.y, &label, strong) + 1;
    let room = usize::from(rest.right().saturating_sub(x));
    if room >= MIN_DETAIL || row.ambiguous {
        put(buf, rest, x, rest.y, &text::clip_middle(&detail, room), dim);
    }
}

/// Returns the number of steps and the number of the last step, such as ` 200 199`. Blank for a single step.
fn steps(series: Option<&Series>, ListColumns { steps, last, .. }: ListColumns) -> String {
    let cells = |column: usize| if column > 0 { column + 1 } else { 0 };
    if steps == 0 {
        return String::new();
    }
    let Some(series) = series.filter(|series| series.steps.len() > 1) else {
        return " ".repeat(cells(steps) + cells(last));
    };
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
