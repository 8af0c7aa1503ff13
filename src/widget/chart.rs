//! Bars with axes:
//!
//! ```text
//! density                 title
//! 612 ┤      ▃▆█▇▄
//!     │     ▂▇████▃       height labels and plot
//!   0 ┼────┬────┬────     value axis
//!    -0.1  0   0.1        value labels
//! ```

use super::axis::{ValueLabels, factor, height_labels, value_ticks};
use super::bars::Bars;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

/// A histogram with axes.
///
/// ```
/// use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};
/// use rebin::widget::{Bars, Chart, ChartStyles};
///
/// let bars = Bars::new(&[0.0, 1.0, 2.0], &[3.0, 6.0]);
/// let chart = Chart { bars, title: None, styles: ChartStyles::default() };
/// let mut buf = Buffer::empty(Rect::new(0, 0, 15, 4));
/// chart.render(buf.area, &mut buf);
/// let expected = Buffer::with_lines([
///     "6 ┤      ██████",
///     "  │████████████",
///     "0 ┼───────────┬",
///     "   0          2",
/// ]);
/// assert_eq!(buf, expected);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Chart<'a> {
    pub bars: Bars<'a>,
    /// Name of the heights, such as `density`. Shown above the height axis in areas of at least 8 rows.
    pub title: Option<&'a str>,
    pub styles: ChartStyles,
}

/// Styles of the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChartStyles {
    pub axis: Style,
    pub label: Style,
}

/// Areas of the parts of a chart. Parts that do not fit are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChartLayout {
    pub title: Rect,
    /// Height labels and the height axis, left of the plot.
    pub heights: Rect,
    pub plot: Rect,
    /// Value axis below the plot, including the corner.
    pub axis: Rect,
    /// Row of the value labels, as wide as the chart.
    pub values: Rect,
}

impl Chart<'_> {
    /// Lays out the parts of the chart in `area`, for drawing and for mouse clicks.
    ///
    /// Low areas drop the title first, then the value labels, then the value axis. Narrow ones drop the height labels.
    pub fn layout(&self, area: Rect) -> ChartLayout {
        let title = u16::from(self.title.is_some() && area.height >= 8);
        let below = match area.height - title {
            0..=2 => 0,
            3 => 1,
            _ => 2,
        };
        let height = area.height - title - below;
        let widest = height_labels(&self.bars, height).iter().map(|(_, label)| label.width()).max().unwrap_or(0);
        let left = u16::try_from(widest + 2).unwrap_or(u16::MAX);
        let left = if area.width >= left.saturating_add(8) && below > 0 { left } else { 0 };
        let plot =
            Rect { x: area.x.saturating_add(left), y: area.y.saturating_add(title), width: area.width - left, height };
        let row = |offset: u16, x: u16, width: u16, height: u16| Rect {
            x,
            y: plot.bottom().saturating_add(offset),
            width,
            height,
        };
        let corner = left.min(1);
        ChartLayout {
            title: Rect { height: title, ..area },
            heights: Rect { x: area.x, width: left, ..plot },
            plot,
            axis: row(0, plot.x - corner, plot.width + corner, below.min(1)),
            values: row(1, area.x, area.width, below.saturating_sub(1)),
        }
    }

    fn draw_heights(&self, layout: &ChartLayout, buf: &mut Buffer) {
        let area = layout.heights;
        if area.is_empty() {
            return;
        }
        let glyphs = self.bars.glyphs;
        let (line, tick, cross) = glyphs.pick(("│", "┤", "┼"), ("|", "+", "+"));
        let x = area.right() - 1;
        for y in area.y..area.bottom() {
            buf.set_string(x, y, line, self.styles.axis);
        }
        let zero = self.bars.rows(area.height).zero();
        for (row, label) in height_labels(&self.bars, area.height) {
            let y = row.map_or(layout.axis.y, |row| area.y + row);
            let start = x.saturating_sub(1).saturating_sub(label.width() as u16);
            buf.set_string(start, y, &label, self.styles.label);
            if let Some(row) = row {
                buf.set_string(x, y, if zero == Some(row) { cross } else { tick }, self.styles.axis);
            }
        }
    }

    fn draw_values(&self, layout: &ChartLayout, buf: &mut Buffer) {
        if layout.axis.is_empty() || layout.plot.is_empty() {
            return;
        }
        let glyphs = self.bars.glyphs;
        let columns = self.bars.columns(layout.plot.width);
        let y = layout.axis.y;
        let line = glyphs.pick("─", "-").repeat(usize::from(layout.axis.width));
        buf.set_string(layout.axis.x, y, line, self.styles.axis);
        let (cross, turn) = glyphs.pick(("┼", "└"), ("+", "+"));
        let corner = match self.bars.rows(layout.plot.height).zero() {
            _ if layout.axis.x == layout.plot.x => "",
            Some(_) => turn,
            None => cross,
        };
        buf.set_string(layout.axis.x, y, corner, self.styles.axis);
        let ValueLabels { ticks, placed, power } = value_ticks(&self.bars, &columns, layout.values, layout.plot);
        // The crossing of the axes already looks like a tick.
        let crossed = |column: &u16| *column == 0 && corner == cross;
        for column in ticks.at.iter().map(|(at, _)| columns.boundary_of(*at)).filter(|column| !crossed(column)) {
            buf.set_string(layout.plot.x + column, y, glyphs.pick("┬", "+"), self.styles.axis);
        }
        if !layout.values.is_empty() {
            for (placed, label) in &placed {
                buf.set_string(layout.values.x + placed.start as u16, layout.values.y, label, self.styles.label);
            }
            if let Some(factor) = power.map(|power| factor(power, glyphs)).filter(|_| !placed.is_empty()) {
                let x = layout.values.right().saturating_sub(factor.width() as u16);
                buf.set_string(x, layout.values.y, factor, self.styles.label);
            }
        }
        let (left, right) = columns.hidden_sides(self.bars.edges, self.bars.heights);
        if left {
            buf.set_string(layout.plot.x, y, glyphs.pick("◂", "<"), self.bars.styles.mark);
        }
        if right {
            buf.set_string(layout.plot.right() - 1, y, glyphs.pick("▸", ">"), self.bars.styles.mark);
        }
        let Some(cursor) = self.bars.cursor else { return };
        if let Some(bin) = columns.of_bin(cursor) {
            let middle = layout.plot.x + bin.start + (bin.end - bin.start) / 2;
            buf.set_string(middle, y, glyphs.pick("▲", "^"), self.bars.styles.cursor);
        } else if let Some(edge) = self.bars.edges.get(cursor) {
            // The cursor is out of view: its side gets an arrow.
            let (x, arrow) = if *edge < self.bars.view.lo {
                (layout.plot.x, glyphs.pick("◂", "<"))
            } else {
                (layout.plot.right() - 1, glyphs.pick("▸", ">"))
            };
            buf.set_string(x, y, arrow, self.bars.styles.cursor);
        }
    }
}

impl Widget for &Chart<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        let layout = self.layout(area);
        if let Some(title) = self.title.filter(|title| title.width() <= usize::from(layout.title.width))
            && !layout.title.is_empty()
        {
            buf.set_string(layout.title.x, layout.title.y, title, self.styles.label);
        }
        self.draw_heights(&layout, buf);
        self.draw_values(&layout, buf);
        (&self.bars).render(layout.plot, buf);
    }
}

#[cfg(test)]
mod tests;
