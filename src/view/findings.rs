//! The list of findings, and the full text of the selected one.

use super::overlay::window;
use super::{put, put_right, style};
use crate::app::Model;
use crate::app::findings::{FindingCells, FindingRow};
use crate::app::plot::glyphs;
use crate::app::regions::findings_frame;
use crate::settings::Role;
use crate::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Width of the kinds.
const KIND: u16 = 13;
/// Minimum width for the column of kinds.
const WITH_KIND: u16 = 60;

/// State of the window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) selected: usize,
    /// The first row is opened as soon as the search ends.
    pub(super) waiting: bool,
}

pub(super) fn draw(model: &Model, shown: Shown, area: Rect, buf: &mut Buffer) {
    let rows = model.findings.rows();
    let (frame, list, top) = findings_frame(model, area, shown.selected);
    let inner = window(model, frame, "findings", buf);
    let dim = style(model, Role::Dim);
    put(buf, inner, inner.x, inner.y, &model.findings_summary(), style(model, Role::Text));
    let cells: Vec<FindingCells> =
        rows.iter().skip(top).take(usize::from(list.height)).map(|row| model.finding_cells(row)).collect();
    let names = columns(&cells, list.width);
    for ((y, (index, row)), cells) in (list.y..list.bottom()).zip(rows.iter().enumerate().skip(top)).zip(&cells) {
        let line = Rect { y, height: 1, ..list };
        draw_row(model, row, cells, index == shown.selected, names, line, buf);
    }
    let detail = Rect { y: list.bottom() + 1, height: inner.bottom().saturating_sub(list.bottom() + 1), ..inner };
    if let Some(row) = rows.get(shown.selected) {
        let words = sentence(model, row);
        for (y, line) in (detail.y..detail.bottom()).zip(text::wrap(&text::visible(&words), usize::from(detail.width)))
        {
            put(buf, detail, detail.x, y, &line, dim);
        }
    }
    let border = Rect { x: inner.x, y: inner.bottom(), width: inner.width, height: 1 };
    let words = match (shown.waiting, rows.get(shown.selected)) {
        (true, _) => " opens the worst when the search ends; Enter opens this one now ".to_owned(),
        (_, Some(FindingRow::Note(_)) | None) => " Esc closes ".to_owned(),
        _ => format!(" {} of {}, Enter opens it, Esc closes ", shown.selected + 1, rows.len()),
    };
    put_right(buf, border, inner.bottom(), &words, dim);
}

/// Width of the column of names, which leaves at least half of the line to the message.
fn columns(cells: &[FindingCells], width: u16) -> u16 {
    let widest = cells.iter().map(|cells| text::width(&name(cells))).max().unwrap_or(0) as u16;
    widest.min(width / 2)
}

/// Run, series and step of a row.
fn name(cells: &FindingCells) -> String {
    let FindingCells { source, series, step, .. } = cells;
    let step = if step.is_empty() { String::new() } else { format!(" {step}") };
    match (source.as_str(), series.as_str()) {
        ("", series) => format!("{series}{step}"),
        (source, "") => source.to_owned(),
        (source, series) => format!("{source} {series}{step}"),
    }
}

fn draw_row(
    model: &Model,
    row: &FindingRow,
    cells: &FindingCells,
    chosen: bool,
    names: u16,
    area: Rect,
    buf: &mut Buffer,
) {
    let sign = if chosen { glyphs(model).pick("›", ">") } else { " " };
    let role = if chosen { Role::Focus } else { Role::Text };
    let mut x = put(buf, area, area.x, area.y, sign, style(model, role)) + 1;
    if matches!(row, FindingRow::Note(_)) {
        put(buf, area, x, area.y, &cells.message, style(model, Role::Dim));
        return;
    }
    if area.width >= WITH_KIND {
        put(buf, Rect { width: KIND + 2, ..area }, x, area.y, cells.kind, style(model, Role::Error));
        x += KIND + 1;
    }
    // The step stays visible at the end of a name that is too long.
    let words = text::clip_middle(&text::visible(&name(cells)), usize::from(names)).into_owned();
    put(buf, area, x, area.y, &words, style(model, role));
    if names > 0 {
        x += names + 2;
    }
    put(buf, area, x, area.y, &cells.message, style(model, if chosen { Role::Text } else { Role::Dim }));
}

/// Returns the full text of a row.
fn sentence(model: &Model, row: &FindingRow) -> String {
    let FindingCells { kind, source, series, step, message } = model.finding_cells(row);
    let step = if step.is_empty() { String::new() } else { format!("step {step}") };
    let place: Vec<&str> = [source.as_str(), &series, &step].into_iter().filter(|part| !part.is_empty()).collect();
    match (kind, place.is_empty()) {
        ("", _) => message,
        (kind, true) => format!("{kind}: {message}"),
        (kind, false) => format!("{}: {kind}: {message}", place.join(" · ")),
    }
}
