//! A chart with title and statistics but without panes, for printing to stdout.

use super::{chart, header, put, replace_non_ascii, style};
use crate::app::plot::{glyphs, plot};
use crate::app::statistics::{StatisticLine, statistics};
use crate::app::{Model, Size};
use crate::settings::Role;
use crate::text;
use crate::widget::Glyphs;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Minimum number of rows for the chart.
const SMALLEST_CHART: u16 = 3;
/// Cells between two statistics.
const GAP: u16 = 3;

/// Draws the title, the chart and the statistics of the current series. Small sizes drop the last statistics first, then
/// the title.
pub fn plain_chart(model: &Model, size: Size) -> Buffer {
    let mut statistics = model.current.as_ref().map(|current| statistics(model, current)).unwrap_or_default();
    statistics.retain(|line| !line.name.is_empty() && !line.is_detail);
    let widths: Vec<u16> = statistics.iter().map(width).collect();
    let mut rows = rows(&widths, size.width);
    let title = u16::from(size.height > SMALLEST_CHART);
    let room = size.height.saturating_sub(title);
    rows.truncate(room.saturating_sub(SMALLEST_CHART).into());
    let area = Rect::new(0, 0, size.width, size.height);
    let mut buf = Buffer::empty(area);

    if title > 0 {
        put(&mut buf, area, 0, 0, &header::title(model), style(model, Role::Title));
    }
    let below = Rect { y: title, height: room.saturating_sub(rows.len() as u16), ..area };
    match plot(model) {
        Some(plot) => chart::bars(model, &plot, below, &mut buf),
        None => chart::centered(model, below, chart::NO_BINS, Role::Dim, &mut buf),
    }
    let mut lines = statistics.iter();
    for (y, row) in (below.bottom()..).zip(rows) {
        let mut x = 0;
        for line in lines.by_ref().take(row) {
            x = put(&mut buf, area, x, y, &line.name, style(model, Role::Dim));
            x = put(&mut buf, area, x + 1, y, &line.value, style(model, line.role)) + GAP;
        }
    }
    if glyphs(model) == Glyphs::Ascii {
        replace_non_ascii(area, &mut buf);
    }
    buf
}

/// Returns the width of a statistic with its name.
fn width(line: &StatisticLine) -> u16 {
    let cells = text::width(&line.name) + 1 + text::width(&line.value);
    u16::try_from(cells).unwrap_or(u16::MAX)
}

/// Returns the number of statistics per row. One that is wider than a row gets a row for itself.
fn rows(widths: &[u16], room: u16) -> Vec<usize> {
    let mut rows = Vec::new();
    let mut end = u16::MAX;
    for width in widths {
        let next = end.saturating_add(GAP).saturating_add(*width);
        match rows.last_mut() {
            Some(row) if next <= room => {
                *row += 1;
                end = next;
            }
            _ => {
                rows.push(1);
                end = *width;
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn all_statistics_are_on_some_row() {
        assert_eq!(rows(&[4, 4, 4, 30, 2], 17), [2, 1, 1, 1]);
        assert_eq!(rows(&[4, 4, 4], 18), [3]);
        assert_eq!(rows(&[], 18), [0; 0]);
    }
}
