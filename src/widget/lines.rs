//! Lines over a horizontal axis, drawn in dots: two across and four down in a cell.
//!
//! Points that share a column of dots are drawn as the interval from the smallest to the largest, so that no spike is lost.

use super::glyphs::Glyphs;
use crate::hist::Segment;
use crate::hist::scale::Scale;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

/// Dots in a cell.
const ACROSS: usize = 2;
const DOWN: usize = 4;
/// Cells between two markers of a line.
const MARKERS: u16 = 16;
/// Bits of the dots of a braille cell, by row and column.
const BITS: [[u8; ACROSS]; DOWN] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// A line through points in increasing x. NaN interrupts it.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub points: Vec<(f64, f64)>,
    pub style: Style,
    /// A symbol that is drawn on the line from time to time; empty for none. In ASCII, the line consists of it.
    pub marker: &'static str,
}

/// Lines with axes from `x.lo` to `x.hi` and from `y.lo` to `y.hi`. Later lines are drawn over earlier ones.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    pub lines: &'a [Line],
    pub x: Segment,
    pub y: Segment,
    pub scale: Scale,
    /// Interval of uncertainty: x, smallest and largest y.
    pub band: &'a [(f64, f64, f64)],
    pub band_style: Style,
    /// Position of a vertical line.
    pub cursor: Option<f64>,
    pub cursor_style: Style,
    pub glyphs: Glyphs,
}

/// Dots of one line: in each column, the first and the last row.
struct Dots {
    columns: Vec<Option<(usize, usize)>>,
}

impl Lines<'_> {
    /// Returns the cell of an x, from the left side of the area.
    pub fn cell(&self, x: f64, width: u16) -> u16 {
        (self.column(x, usize::from(width) * ACROSS) / ACROSS) as u16
    }

    /// Returns the x of the middle of a cell.
    pub fn x_at(&self, cell: u16, width: u16) -> f64 {
        let position = (f64::from(cell) + 0.5) / f64::from(width.max(1));
        Scale::Linear.value(position, self.x.lo, self.x.hi)
    }

    fn column(&self, x: f64, columns: usize) -> usize {
        let position = Scale::Linear.position(x, self.x.lo, self.x.hi);
        ((position * columns as f64) as usize).min(columns.saturating_sub(1))
    }

    /// Returns the row of dots of a y, from the top.
    fn row(&self, y: f64, rows: usize) -> usize {
        let position = self.scale.position(y, self.y.lo, self.y.hi);
        let up = ((position * rows as f64) as usize).min(rows.saturating_sub(1));
        rows.saturating_sub(1) - up
    }

    /// Computes the dots of a line: in each column, the first and the last row.
    fn dots(&self, line: &Line, area: Rect) -> Dots {
        let (columns, rows) = (usize::from(area.width) * ACROSS, usize::from(area.height) * DOWN);
        let mut dots = Dots { columns: vec![None; columns] };
        // Column and row of the point before, unless the line is interrupted there.
        let mut before: Option<(usize, usize)> = None;
        for (x, y) in &line.points {
            if !(self.x.lo..=self.x.hi).contains(x) || y.is_nan() {
                before = None;
                continue;
            }
            let (column, row) = (self.column(*x, columns), self.row(*y, rows));
            match before {
                Some((from, start)) if column > from => {
                    let mut last = start;
                    for between in from + 1..=column {
                        let part = (between - from) as f64 / (column - from) as f64;
                        let next = (start as f64 + (row as f64 - start as f64) * part).round() as usize;
                        dots.fill(between, last, next);
                        last = next;
                    }
                }
                Some((_, start)) => dots.fill(column, start, row),
                None => dots.fill(column, row, row),
            }
            before = Some((column, row));
        }
        dots
    }
}

impl Dots {
    /// Adds the rows from `a` to `b` to a column.
    fn fill(&mut self, column: usize, a: usize, b: usize) {
        if let Some(slot) = self.columns.get_mut(column) {
            let (lo, hi) = slot.unwrap_or((a, a));
            *slot = Some((lo.min(a).min(b), hi.max(a).max(b)));
        }
    }
}

impl Widget for &Lines<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        self.draw_band(area, buf);
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        let mut cells = vec![(0_u8, None); width * height];
        for (at, line) in self.lines.iter().enumerate() {
            for (column, rows) in self.dots(line, area).columns.into_iter().enumerate() {
                let Some((first, last)) = rows else { continue };
                for row in first..=last {
                    let Some(cell) = cells.get_mut(row / DOWN * width + column / ACROSS) else { continue };
                    *cell = (cell.0 | BITS[row % DOWN][column % ACROSS], Some(at));
                }
            }
        }
        for (at, (bits, line)) in cells.into_iter().enumerate() {
            let Some(line) = line.and_then(|line: usize| self.lines.get(line)) else { continue };
            let position = (area.x + (at % width) as u16, area.y + (at / width) as u16);
            let Some(cell) = buf.cell_mut(position) else { continue };
            match self.glyphs {
                Glyphs::Unicode => _ = cell.set_char(char::from_u32(0x2800 + u32::from(bits)).unwrap_or('?')),
                Glyphs::Ascii => _ = cell.set_symbol(if line.marker.is_empty() { "*" } else { line.marker }),
            }
            cell.set_style(line.style);
        }
        self.draw_markers(area, buf);
        self.draw_cursor(area, buf);
    }
}

impl Lines<'_> {
    /// Shades the cells of the band.
    fn draw_band(&self, area: Rect, buf: &mut Buffer) {
        let mut columns: Vec<Option<(usize, usize)>> = vec![None; usize::from(area.width)];
        let rows = usize::from(area.height);
        for (x, lo, hi) in self.band {
            let is_known = !lo.is_nan() && !hi.is_nan() && *hi >= self.y.lo && *lo <= self.y.hi;
            if !is_known || !(self.x.lo..=self.x.hi).contains(x) {
                continue;
            }
            let (top, bottom) = (self.row(*hi, rows), self.row(*lo, rows));
            let Some(slot) = columns.get_mut(usize::from(self.cell(*x, area.width))) else { continue };
            let (first, last) = slot.unwrap_or((top, bottom));
            *slot = Some((first.min(top), last.max(bottom)));
        }
        // Between steps that are far apart, the band continues.
        let mut last = None;
        for (x, slot) in columns.iter_mut().enumerate() {
            last = slot.or(last);
            let is_inside = self.band.last().is_some_and(|(end, ..)| usize::from(self.cell(*end, area.width)) >= x);
            let Some((top, bottom)) = last.filter(|_| is_inside) else { continue };
            for row in top..=bottom.min(rows.saturating_sub(1)) {
                let position = (area.x + x as u16, area.y + row as u16);
                if let Some(cell) = buf.cell_mut(position) {
                    cell.set_symbol(self.glyphs.pick("░", ".")).set_style(self.band_style);
                }
            }
        }
    }

    /// Draws the markers of lines, so that they are distinct without colors.
    fn draw_markers(&self, area: Rect, buf: &mut Buffer) {
        let apart = MARKERS.min(area.width).max(1);
        for (at, line) in self.lines.iter().enumerate().filter(|(_, line)| !line.marker.is_empty()) {
            let dots = self.dots(line, area);
            let first = (at as u16 * 5 + 2) % apart;
            for x in (first..area.width).step_by(usize::from(apart)) {
                let Some(Some((top, _))) = dots.columns.get(usize::from(x) * ACROSS) else { continue };
                if let Some(cell) = buf.cell_mut((area.x + x, area.y + (top / DOWN) as u16)) {
                    cell.set_symbol(line.marker).set_style(line.style);
                }
            }
        }
    }

    fn draw_cursor(&self, area: Rect, buf: &mut Buffer) {
        let Some(x) = self.cursor.filter(|x| (self.x.lo..=self.x.hi).contains(x)) else { return };
        let x = area.x + self.cell(x, area.width);
        let (line, band) = self.glyphs.pick(("│", "░"), ("|", "."));
        for y in area.y..area.bottom() {
            let Some(cell) = buf.cell_mut((x, y)) else { continue };
            if cell.symbol() == " " || cell.symbol() == band {
                cell.set_symbol(line);
            }
            cell.set_style(self.cursor_style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(points: Vec<(f64, f64)>, (width, height): (u16, u16), glyphs: Glyphs) -> Vec<String> {
        let line = Line { points, style: Style::new(), marker: "" };
        let lines = Lines {
            lines: &[line],
            x: Segment { lo: 0.0, hi: 1000.0 },
            y: Segment { lo: 0.0, hi: 10.0 },
            scale: Scale::Linear,
            band: &[],
            band_style: Style::new(),
            cursor: None,
            cursor_style: Style::new(),
            glyphs,
        };
        let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
        (&lines).render(buf.area, &mut buf);
        let row = |y| (0..width).map(|x| buf.cell((x, y)).unwrap().symbol().to_owned()).collect::<String>();
        (0..height).map(row).collect()
    }

    /// Annoyance 9: one bad step of 5,000 vanished in its column.
    #[test]
    fn a_spike_among_many_points_stays_visible() {
        let mut points: Vec<(f64, f64)> = (0..1000).map(|x| (f64::from(x), 1.0)).collect();
        points[501].1 = 10.0;
        let rows = rendered(points, (10, 2), Glyphs::Unicode);
        assert_eq!(rows[0].chars().filter(|c| *c != ' ').count(), 1, "{rows:?}");
        assert_eq!(rows[0].chars().position(|c| c != ' '), Some(5));
        assert_eq!(rows[1].chars().filter(|c| *c != ' ').count(), 10, "{rows:?}");
    }

    #[test]
    fn unknown_values_interrupt_the_line_and_few_points_are_connected() {
        let gap = vec![(0.0, 1.0), (300.0, 1.0), (500.0, f64::NAN), (700.0, 1.0), (1000.0, 1.0)];
        assert_eq!(rendered(gap, (10, 1), Glyphs::Ascii), ["****   ***"]);
        let rise = rendered(vec![(0.0, 0.0), (1000.0, 10.0)], (8, 2), Glyphs::Ascii);
        assert_eq!(rise, ["    ****", "*****   "]);
        assert_eq!(rendered(vec![(500.0, 5.0)], (3, 1), Glyphs::Ascii), [" * "]);
        assert_eq!(rendered(vec![(0.0, f64::INFINITY), (1.0, -5.0)], (1, 2), Glyphs::Ascii), ["*", "*"]);
    }
}
