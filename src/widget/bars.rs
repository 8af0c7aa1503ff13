//! A histogram as bars, with a resolution of an eighth of a cell.
//!
//! Every bin with a nonzero height is visible, and empty bins are blank. NaN heights are question marks, and bars that
//! exceed the scale have an arrow at their end.
//!
//! Not here: axes and titles (`widget::chart`).

use super::columns::{Columns, Peak};
use super::glyphs::Glyphs;
use super::rows::{Reach, Rows};
use crate::hist::Segment;
use crate::hist::scale::{CountScale, Scale, view};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::Widget;
use std::ops::Range;

/// Bars of a histogram. Create them with [`Bars::new`] and set the fields that differ from the defaults.
///
/// ```
/// use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};
/// use rebin::widget::{Bars, Glyphs};
///
/// let bars = Bars::new(&[0.0, 1.0, 2.0, 4.0], &[1.0, 4.0, 2.5]);
/// let mut buf = Buffer::empty(Rect::new(0, 0, 8, 2));
/// bars.render(buf.area, &mut buf);
/// assert_eq!(buf, Buffer::with_lines(["  ██▂▂▂▂", "▄▄██████"]));
///
/// let ascii = Bars { glyphs: Glyphs::Ascii, ..bars };
/// ascii.render(buf.area, &mut buf);
/// assert_eq!(buf, Buffer::with_lines(["  ##::::", "==######"]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Bars<'a> {
    /// Bin edges in non-decreasing order, one more than heights.
    pub edges: &'a [f64],
    /// Heights of the bars: counts, or densities if the bins differ in width. Infinite bars end in an arrow.
    pub heights: &'a [f64],
    /// Visible part of the value axis.
    pub view: Segment,
    /// Scale of the value axis.
    pub x: Scale,
    /// Scale of the heights.
    pub y: CountScale,
    /// Heights that the scale spans. `None` derives them from all bins in view.
    pub range: Option<Segment>,
    /// Bin under the cursor.
    pub cursor: Option<usize>,
    /// Selected bins.
    pub selected: Range<usize>,
    /// Other histograms, drawn as lines on top. The last one covers the others.
    pub outlines: Vec<Outline<'a>>,
    /// Another histogram, drawn as bars. Its heights are usually negative.
    pub hanging: Option<Outline<'a>>,
    pub glyphs: Glyphs,
    pub styles: BarStyles,
}

/// Another histogram over the bars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outline<'a> {
    pub edges: &'a [f64],
    pub heights: &'a [f64],
    /// Symbol of the line, in Unicode and in ASCII.
    pub symbol: (&'static str, &'static str),
    /// Vertical parts connect the heights of neighbors.
    pub connected: bool,
    pub style: Style,
}

impl<'a> Outline<'a> {
    /// Symbol of a single line.
    pub const LINE: (&'static str, &'static str) = ("─", "~");

    /// Creates a line without a style.
    pub fn new(edges: &'a [f64], heights: &'a [f64]) -> Self {
        Self { edges, heights, symbol: Self::LINE, connected: false, style: Style::new() }
    }
}

/// Styles of the parts of the bars. Backgrounds also color the unfilled part of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BarStyles {
    pub bar: Style,
    pub cursor: Style,
    pub selected: Style,
    /// Line at zero, if there are negative heights.
    pub zero: Style,
    /// Arrows of bars that exceed the scale, and question marks of NaN.
    pub mark: Style,
}

impl<'a> Bars<'a> {
    /// Creates bars that show all bins, with linear axes, Unicode characters and no styles.
    pub fn new(edges: &'a [f64], heights: &'a [f64]) -> Self {
        Self {
            edges,
            heights,
            view: view(edges).unwrap_or(Segment { lo: 0.0, hi: 1.0 }),
            x: Scale::default(),
            y: CountScale::default(),
            range: None,
            cursor: None,
            selected: 0..0,
            outlines: Vec::new(),
            hanging: None,
            glyphs: Glyphs::default(),
            styles: BarStyles::default(),
        }
    }

    /// Returns the mapping from bins to columns for a plot of `width` cells.
    pub fn columns(&self, width: u16) -> Columns {
        Columns::new(self.edges, self.view, self.x, width)
    }

    /// Returns the mapping from heights to rows for a plot of `height` cells.
    pub fn rows(&self, height: u16) -> Rows {
        Rows::new(self.y, self.range(), height)
    }

    /// Returns the heights that the scale spans. Unless set by the field, the range includes zero.
    pub fn range(&self) -> Segment {
        self.range.unwrap_or_else(|| {
            let visible = |edges, heights: &'a [f64]| {
                let columns = Columns::new(edges, self.view, self.x, 1);
                heights
                    .iter()
                    .enumerate()
                    .filter(move |(bin, _)| columns.of_bin(*bin).is_some())
                    .map(|(_, height)| *height)
            };
            let others = self.outlines.iter().chain(&self.hanging);
            let others = others.flat_map(|other| visible(other.edges, other.heights));
            let all = visible(self.edges, self.heights).chain(others).filter(|height| height.is_finite());
            all.fold(Segment { lo: 0.0, hi: 0.0 }, |range, height| Segment {
                lo: range.lo.min(height),
                hi: range.hi.max(height),
            })
        })
    }

    /// Returns the style of each column. The cursor overrides the selection.
    fn column_styles(&self, columns: &Columns) -> Vec<Style> {
        let mut styles = vec![self.styles.bar; usize::from(columns.width())];
        let selected = self.selected.start..self.selected.end.min(self.heights.len());
        let selected = selected.map(|bin| (bin, self.styles.selected));
        for (bin, style) in selected.chain(self.cursor.map(|bin| (bin, self.styles.cursor))) {
            let of_bin = columns.of_bin(bin).unwrap_or_default();
            styles.get_mut(usize::from(of_bin.start)..usize::from(of_bin.end)).unwrap_or_default().fill(style);
        }
        styles
    }

    fn draw_bar(&self, column: Rect, rows: &Rows, peak: Peak, style: Style, buf: &mut Buffer) {
        let reach = rows.reach(peak.height);
        for (row, eighths) in rows.cells(reach) {
            let glyph = if reach.eighths > 0 { self.glyphs.rising(eighths) } else { self.glyphs.hanging(eighths) };
            put(buf, column, row, glyph, style);
        }
        if reach.clipped
            && let Some(row) = rows.row_of(peak.height)
        {
            let (up, down) = self.glyphs.pick(("▲", "▼"), ("^", "v"));
            put(buf, column, row, if reach.eighths > 0 { up } else { down }, self.styles.mark);
        }
        if peak.nan {
            let row = rows.zero().unwrap_or(column.height - 1);
            put(buf, column, row, "?", self.styles.mark);
        }
    }

    /// Draws a line in a column: above a shorter bar, or across a longer one. If both end in the same cell, only its style
    /// changes. Vertical parts connect it with `before`, its row in the previous column. Returns its row.
    fn draw_outline(
        &self,
        column: Rect,
        rows: &Rows,
        outline: &Outline<'_>,
        (height, bar, before): (f64, Reach, Option<u16>),
        buf: &mut Buffer,
    ) -> Option<u16> {
        let reach = rows.reach(height);
        let (row, _) = rows.cells(reach).last()?;
        let cells = |reach: Reach| reach.eighths.unsigned_abs().div_ceil(8);
        let is_across = bar.eighths.signum() == reach.eighths.signum() && cells(bar) > cells(reach);
        let symbol = self.glyphs.pick(outline.symbol.0, outline.symbol.1);
        let vertical = self.glyphs.pick("│", "|");
        let is_free = |cell: &Cell| [" ", "█", "#"].contains(&cell.symbol());
        if let Some(before) = before {
            for between in row.min(before) + 1..row.max(before) {
                let cell = buf.cell_mut((column.x, column.y.saturating_add(between)));
                if let Some(cell) = cell.filter(|cell| is_free(cell)) {
                    draw_over(cell, vertical, outline.style);
                }
            }
        }
        let cell = buf.cell_mut((column.x, column.y.saturating_add(row)))?;
        if cell.symbol() == " " || is_across || !self.is_bar(cell) {
            draw_over(cell, symbol, outline.style);
        } else {
            cell.set_style(outline.style);
        }
        Some(row)
    }

    /// Returns true if a cell shows a part of a bar.
    fn is_bar(&self, cell: &Cell) -> bool {
        (1..=8).any(|eighths| [self.glyphs.rising(eighths), self.glyphs.hanging(eighths)].contains(&cell.symbol()))
    }
}

/// Replaces a symbol. A full cell keeps its color as the background.
fn draw_over(cell: &mut Cell, symbol: &str, style: Style) {
    if cell.symbol() != " " && cell.bg == Color::Reset {
        let bar = cell.fg;
        cell.set_bg(bar);
    }
    cell.set_symbol(symbol).set_style(style);
}

impl Widget for &Bars<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let (columns, rows) = (self.columns(area.width), self.rows(area.height));
        if let Some(row) = rows.zero() {
            let line = self.glyphs.pick("─", "-");
            area.columns().for_each(|column| put(buf, column, row, line, self.styles.zero));
        }
        let peaks = columns.peaks(self.heights);
        for ((column, &peak), style) in area.columns().zip(&peaks).zip(self.column_styles(&columns)) {
            self.draw_bar(column, &rows, peak, style, buf);
        }
        let peaks_of =
            |other: &Outline<'_>| Columns::new(other.edges, self.view, self.x, area.width).peaks(other.heights);
        if let Some(other) = &self.hanging {
            for (column, peak) in area.columns().zip(peaks_of(other)) {
                self.draw_bar(column, &rows, peak, other.style, buf);
            }
        }
        for outline in &self.outlines {
            let heights: Vec<f64> = peaks_of(outline).iter().map(|peak| peak.height).collect();
            // Vertical parts between many narrow bins would hide everything else.
            let row = |height: f64| i32::from(rows.row_of(height).unwrap_or(area.height));
            let steps = heights.windows(2).filter(|pair| row(pair[0]).abs_diff(row(pair[1])) > 1).count();
            let connected = outline.connected && steps * 4 <= heights.len();
            let mut before = None;
            for ((column, bar), height) in area.columns().zip(&peaks).zip(heights) {
                let row = self.draw_outline(column, &rows, outline, (height, rows.reach(bar.height), before), buf);
                before = row.filter(|_| connected);
            }
        }
    }
}

/// Sets a cell of a column, if the column has that row.
fn put(buf: &mut Buffer, column: Rect, row: u16, glyph: &str, style: Style) {
    if row < column.height
        && let Some(cell) = buf.cell_mut((column.x, column.y.saturating_add(row)))
    {
        cell.set_symbol(glyph).set_style(style);
    }
}

#[cfg(test)]
mod tests;
