//! A chart with its title and its statistics, without panes: what is printed where there is no interface.

use super::{chart, header, put, reduce, statistics, style};
use crate::app::plot::{glyphs, plot};
use crate::app::{Model, Size};
use crate::settings::Role;
use crate::text;
use crate::widget::Glyphs;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Rows that a chart takes before anything stands beside it.
const SMALLEST_CHART: u16 = 3;
/// Cells between two statistics.
const GAP: u16 = 3;

/// Draws what is open on a sheet of its own: a title, the chart, the statistics. Where it is too low for all of them, the
/// last statistics give way first, then the title.
pub fn sheet(model: &Model, size: Size) -> Buffer {
    let mut statistics = model.current.as_ref().map(|current| statistics::known(model, current)).unwrap_or_default();
    statistics.retain(|line| !line.name.is_empty());
    let widths: Vec<u16> = statistics.iter().map(|line| width(model, line)).collect();
    let mut rows = rows(&widths, size.width);
    let title = u16::from(size.height > SMALLEST_CHART);
    let room = size.height.saturating_sub(title);
    rows.truncate(room.saturating_sub(SMALLEST_CHART).into());
    let area = Rect::new(0, 0, size.width, size.height);
    let mut buf = Buffer::empty(area);

    if title > 0 {
        put(&mut buf, area, 0, 0, &spell(model, &header::title(model)), style(model, Role::Title));
    }
    let below = Rect { y: title, height: room.saturating_sub(rows.len() as u16), ..area };
    match plot(model) {
        Some(plot) => chart::bars(model, &plot, below, &mut buf),
        None => chart::sentence(model, below, chart::NO_BINS, Role::Dim, &mut buf),
    }
    let mut lines = statistics.iter();
    for (y, row) in (below.bottom()..).zip(rows) {
        let mut x = 0;
        for line in lines.by_ref().take(row) {
            x = put(&mut buf, area, x, y, &spell(model, &line.name), style(model, Role::Dim));
            x = put(&mut buf, area, x + 1, y, &spell(model, &line.value), style(model, line.role)) + GAP;
        }
    }
    if glyphs(model) == Glyphs::Ascii {
        reduce(area, &mut buf);
    }
    buf
}

/// Cells of a statistic with its name.
fn width(model: &Model, line: &statistics::Line) -> u16 {
    let cells = text::width(&spell(model, &line.name)) + 1 + text::width(&spell(model, &line.value));
    u16::try_from(cells).unwrap_or(u16::MAX)
}

/// How many statistics go on each row; one that is wider than a row is on a row of its own.
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

/// The signs of our own words in the characters that may be used.
fn spell(model: &Model, words: &str) -> String {
    match glyphs(model) {
        Glyphs::Unicode => words.to_owned(),
        Glyphs::Ascii => words.replace('≈', "~").replace(['·', '–'], "-").replace('≤', "<="),
    }
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn statistics_fill_rows_and_none_is_lost() {
        assert_eq!(rows(&[4, 4, 4, 30, 2], 17), [2, 1, 1, 1]);
        assert_eq!(rows(&[4, 4, 4], 18), [3]);
        assert_eq!(rows(&[], 18), [0; 0]);
    }
}
