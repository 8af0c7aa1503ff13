//! The histogram itself: bars in eighths of a cell, as true as cells allow.
//!
//! A bin that holds something is never drawn as nothing, an empty one never as something; heights that are not numbers
//! are question marks; bars beyond the scale are marked. Axes and titles are [`super::chart`]'s.

use super::columns::{Columns, Peak};
use super::glyphs::Glyphs;
use super::rows::{Reach, Rows};
use crate::hist::Segment;
use crate::hist::scale::{CountScale, Scale, view};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use std::ops::Range;

/// Bars over edges. Make one with [`Bars::new`] and set what differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars<'a> {
    /// One more than heights; never decreasing.
    pub edges: &'a [f64],
    /// What is drawn upward: counts, or densities where widths differ. Infinite ones fill the scale and are marked.
    pub heights: &'a [f64],
    /// The visible part of the value axis.
    pub view: Segment,
    pub x: Scale,
    pub y: CountScale,
    /// The heights that the scale spans; by default those of the bins and the outline in view.
    pub range: Option<Segment>,
    pub cursor: Option<usize>,
    /// Selected bins.
    pub selected: Range<usize>,
    /// Another histogram whose outline is drawn over this one.
    pub reference: Option<(&'a [f64], &'a [f64])>,
    pub glyphs: Glyphs,
    pub styles: BarStyles,
}

/// How the parts of the bars look. Foregrounds and modifiers; a background would colour the unfilled part of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BarStyles {
    pub bar: Style,
    pub cursor: Style,
    pub selected: Style,
    pub reference: Style,
    pub zero: Style,
    /// Marks of what does not fit the scale or is not a number.
    pub mark: Style,
}

impl<'a> Bars<'a> {
    /// All bins in view, linear, Unicode, unstyled.
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
            reference: None,
            glyphs: Glyphs::default(),
            styles: BarStyles::default(),
        }
    }

    /// The columns of the bins in a plot of this width.
    pub fn columns(&self, width: u16) -> Columns {
        Columns::new(self.edges, self.view, self.x, width)
    }

    /// The rows of the heights in a plot of this height.
    pub fn rows(&self, height: u16) -> Rows {
        Rows::new(self.y, self.range(), height)
    }

    /// The heights that the scale spans; zero is always among them.
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
            let reference = self.reference.into_iter().flat_map(|(edges, heights)| visible(edges, heights));
            let all = visible(self.edges, self.heights).chain(reference).filter(|height| height.is_finite());
            all.fold(Segment { lo: 0.0, hi: 0.0 }, |range, height| Segment {
                lo: range.lo.min(height),
                hi: range.hi.max(height),
            })
        })
    }

    /// One style a column: the cursor's before the selection's before that of all bars.
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

    /// The outline's end in a column: a line over a bar that is shorter and across one that is longer, a change of style
    /// where both end in the same cell.
    fn draw_reference(&self, column: Rect, rows: &Rows, (reach, bar): (Reach, Reach), buf: &mut Buffer) {
        let Some((row, _)) = rows.cells(reach).last() else { return };
        let Some(cell) = buf.cell_mut((column.x, column.y.saturating_add(row))) else { return };
        let cells = |reach: Reach| reach.eighths.unsigned_abs().div_ceil(8);
        if cell.symbol() == " " {
            cell.set_symbol(self.glyphs.pick("─", "~"));
        } else if bar.eighths.signum() == reach.eighths.signum() && cells(bar) > cells(reach) {
            let bar = cell.fg;
            cell.set_symbol(self.glyphs.pick("─", "~")).set_bg(bar);
        }
        cell.set_style(self.styles.reference);
    }
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
        if let Some((edges, heights)) = self.reference {
            let outline = Columns::new(edges, self.view, self.x, area.width).peaks(heights);
            for ((column, bar), outline) in area.columns().zip(peaks).zip(outline) {
                self.draw_reference(column, &rows, (rows.reach(outline.height), rows.reach(bar.height)), buf);
            }
        }
    }
}

fn put(buf: &mut Buffer, column: Rect, row: u16, glyph: &str, style: Style) {
    if row < column.height
        && let Some(cell) = buf.cell_mut((column.x, column.y.saturating_add(row)))
    {
        cell.set_symbol(glyph).set_style(style);
    }
}

#[cfg(test)]
mod tests;
