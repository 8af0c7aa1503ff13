//! A heat map: a matrix of intensities, steps across and values upward.
//!
//! Half blocks in two colors show two intensities per cell; terminals without colors show one, as a shade. Not here:
//! normalization and legends. The caller decides what an intensity means.

use super::glyphs::Glyphs;
use super::ramp::{Colors, HeatColors};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::Widget;
use std::ops::Range;

/// A matrix stretched over an area. Matrix cells that share a place on the screen show the largest intensity.
///
/// ```
/// use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};
/// use rebin::widget::{Heat, HeatColors};
///
/// // Three columns of two rows, from the bottom up; the last column is missing.
/// let cells = [Some(0.0), Some(1.0), Some(0.1), Some(0.5), None, None];
/// let colors = HeatColors::default();
/// let heat = Heat::new(&cells, 2, &colors);
/// let mut buf = Buffer::empty(Rect::new(0, 0, 3, 2));
/// heat.render(buf.area, &mut buf);
/// assert_eq!(buf, Buffer::with_lines(["█▒·", " ░·"]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Heat<'a> {
    /// Intensities from 0 to 1, column by column, each from the lowest value up. `None` and NaN are missing.
    pub cells: &'a [Option<f64>],
    /// Number of cells per column.
    pub rows: usize,
    /// Column to highlight.
    pub marker: Option<usize>,
    /// Style of the highlighted column without colors.
    pub marker_style: Style,
    /// Colors. Without any, shades are drawn in `style`.
    pub colors: &'a HeatColors,
    pub style: Style,
    /// Style of missing cells.
    pub missing: Style,
    /// Symbols for shades, from nothing to the largest intensity.
    pub shades: &'a [&'a str],
    pub glyphs: Glyphs,
}

const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];
const SHADES_ASCII: [&str; 5] = [" ", ".", ":", "*", "#"];

/// Returns the number of intensities that a cell shows, one above the other.
pub fn rows_per_cell(colors: &HeatColors, glyphs: Glyphs) -> u16 {
    if colors.is_empty() || glyphs == Glyphs::Ascii { 1 } else { 2 }
}

/// Returns the symbols for shades, from nothing to the largest intensity.
pub fn shades(glyphs: Glyphs) -> &'static [&'static str] {
    glyphs.pick(&SHADES, &SHADES_ASCII)
}

impl<'a> Heat<'a> {
    /// Creates a heat map without a highlighted column.
    pub fn new(cells: &'a [Option<f64>], rows: usize, colors: &'a HeatColors) -> Self {
        Self {
            cells,
            rows,
            marker: None,
            marker_style: Style::new(),
            colors,
            style: Style::new(),
            missing: Style::new(),
            shades: &SHADES,
            glyphs: Glyphs::Unicode,
        }
    }

    /// Returns the number of columns in the matrix.
    pub fn columns(&self) -> usize {
        self.cells.len().checked_div(self.rows).unwrap_or(0)
    }

    /// Returns the columns of the matrix that share one of `width` columns on the screen.
    pub fn columns_at(&self, column: u16, width: u16) -> Range<usize> {
        share(column, width, self.columns())
    }

    /// Returns the largest intensity of a block of the matrix.
    fn intensity(&self, columns: &Range<usize>, rows: &Range<usize>) -> Option<f64> {
        let cell = |(column, row): (usize, usize)| *self.cells.get(column * self.rows + row)?;
        let all = columns.clone().flat_map(|column| rows.clone().map(move |row| (column, row)));
        all.filter_map(cell).filter(|x| !x.is_nan()).max_by(f64::total_cmp)
    }

    fn draw_shade(&self, intensity: Option<f64>, marker: bool, cell: &mut Cell) {
        let colors = if marker { &self.colors.marked } else { &self.colors.plain };
        let Some(x) = intensity else {
            cell.set_symbol(self.glyphs.pick("·", "-")).set_style(if marker {
                self.marker_style
            } else {
                self.missing
            });
            return;
        };
        let style = if marker { self.marker_style } else { self.style };
        let style = if self.colors.is_empty() { style } else { Style::new().fg(colors.at(x.max(f64::MIN_POSITIVE))) };
        // Only zero is blank.
        let levels = self.shades.len().saturating_sub(1);
        let level = if x > 0.0 { ((x * levels as f64).ceil() as usize).clamp(1, levels.max(1)) } else { 0 };
        let symbol = self.shades.get(level).copied().unwrap_or(" ");
        if marker && level == 0 {
            self.draw_line(style, cell);
        } else {
            cell.set_symbol(symbol).set_style(style);
        }
    }

    fn draw_halves(&self, upper: Option<f64>, lower: Option<f64>, marker: bool, cell: &mut Cell) {
        let colors: &Colors = if marker { &self.colors.marked } else { &self.colors.plain };
        let (Some(upper), Some(lower)) = (upper.or(lower), lower.or(upper)) else {
            cell.set_symbol("·").set_style(self.missing);
            if marker {
                cell.set_style(Style::new().fg(colors.at(1.0)).bg(colors.ground));
            }
            return;
        };
        set_halves(cell, (upper, colors.at(upper)), (lower, colors.at(lower)));
        if marker && colors.ground == Color::Reset && upper.max(lower) <= 0.0 {
            self.draw_line(Style::new(), cell);
        }
    }

    /// Marks a cell without a color of its own.
    fn draw_line(&self, style: Style, cell: &mut Cell) {
        let style = if self.colors.is_empty() { style } else { Style::new().fg(self.colors.marked.at(1.0)) };
        cell.set_symbol(self.glyphs.pick("│", "|")).set_style(style);
    }
}

/// Draws two colors in a cell, one above the other. Fewer different pairs of colors make shorter frames, so that the
/// smaller intensity is always the background.
fn set_halves(cell: &mut Cell, upper: (f64, Color), lower: (f64, Color)) {
    let (symbol, front, back) = match () {
        () if upper.1 == lower.1 => (" ", Color::Reset, upper.1),
        () if upper.0 > lower.0 => ("▀", upper.1, lower.1),
        () => ("▄", lower.1, upper.1),
    };
    cell.set_symbol(symbol).set_style(Style::new().fg(front).bg(back));
}

impl Widget for &Heat<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if self.columns() == 0 {
            return;
        }
        let halves = rows_per_cell(self.colors, self.glyphs);
        let height = area.height.saturating_mul(halves);
        for (x, column) in area.columns().enumerate() {
            let columns = self.columns_at(x as u16, area.width);
            let marker = self.marker.is_some_and(|step| columns.contains(&step));
            for (y, cell) in column.rows().enumerate() {
                let top = height - 1 - y as u16 * halves;
                let at = |row: u16| self.intensity(&columns, &share(row, height, self.rows));
                let Some(cell) = buf.cell_mut(cell.as_position()) else { continue };
                match halves {
                    1 => self.draw_shade(at(top), marker, cell),
                    _ => self.draw_halves(at(top), at(top - 1), marker, cell),
                }
            }
        }
    }
}

/// Returns the items out of `n` that cell `at` of `cells` shows: at least one, and each item in some cell.
fn share(at: u16, cells: u16, n: usize) -> Range<usize> {
    let (at, cells) = (usize::from(at), usize::from(cells.max(1)));
    let start = (at.saturating_mul(n) / cells).min(n);
    start..((at + 1).saturating_mul(n) / cells).clamp((start + 1).min(n), n)
}

#[cfg(test)]
mod tests {
    use super::super::ramp::{Ground, Palette};
    use super::super::tests::drawn;
    use super::*;

    const SHADED: &HeatColors = &HeatColors {
        plain: Colors { ground: Color::Reset, ramp: Vec::new() },
        marked: Colors { ground: Color::Reset, ramp: Vec::new() },
    };

    fn heat(cells: &[Option<f64>], rows: usize) -> Heat<'_> {
        Heat::new(cells, rows, SHADED)
    }

    #[test]
    fn values_go_upward_and_small_intensities_are_visible() {
        let cells = [Some(0.0), Some(1.0), Some(1e-9), Some(0.5), None, Some(f64::NAN)];
        assert_eq!(drawn(&heat(&cells, 2), 3, 2), Buffer::with_lines(["█▒·", " ░·"]));
        let glyphs = Glyphs::Ascii;
        let ascii = Heat { glyphs, shades: shades(glyphs), marker: Some(0), ..heat(&cells, 2) };
        assert_eq!(drawn(&ascii, 3, 2), Buffer::with_lines(["#:-", "|.-"]));
    }

    #[test]
    fn shared_cells_show_the_largest_intensity() {
        let cells: Vec<_> = (0..10_000).map(|i| Some(if i == 7_777 { 1.0 } else { 0.1 })).collect();
        let line: String = drawn(&heat(&cells, 1), 10, 1).content.iter().map(Cell::symbol).collect();
        assert_eq!(line, "░░░░░░░█░░");
        assert_eq!(drawn(&heat(&[Some(1.0), Some(0.0)], 1), 4, 2), Buffer::with_lines(["██  ", "██  "]));
    }

    #[test]
    fn half_blocks_show_two_intensities_per_cell() {
        let colors = HeatColors::new(Palette::True, Ground::Dark, None);
        let cells = [0.0, 0.0, 1.0, 0.5, 0.0, 0.5].map(Some);
        let buf = drawn(&Heat { marker: Some(2), ..Heat::new(&cells, 2, &colors) }, 3, 1);
        let (plain, marked) = (&colors.plain, &colors.marked);
        let look = |x: u16| buf.cell((x, 0)).map(|cell| (cell.symbol().to_owned(), cell.fg, cell.bg)).unwrap();
        assert_eq!(look(0), (" ".into(), Color::Reset, plain.ground));
        assert_eq!(look(1), ("▄".into(), plain.at(1.0), plain.at(0.5)));
        assert_eq!(look(2), ("▀".into(), marked.at(0.5), marked.ground));
        // Terminals with colors but without a suitable font show colored shades.
        let ascii = Heat { glyphs: Glyphs::Ascii, shades: shades(Glyphs::Ascii), ..Heat::new(&cells, 2, &colors) };
        let buf = drawn(&ascii, 3, 2);
        let symbols: String = buf.content.iter().map(Cell::symbol).collect();
        assert_eq!(symbols, " :: # ");
        assert_eq!(buf.cell((1, 1)).map(|cell| cell.fg), Some(plain.at(1.0)));
    }

    #[test]
    fn missing_columns_differ_from_empty_ones() {
        for palette in [Palette::True, Palette::Xterm, Palette::Named] {
            let colors = HeatColors::new(palette, Ground::Dark, None);
            let cells = [Some(0.0), Some(0.0), None, None];
            let symbols: String =
                drawn(&Heat::new(&cells, 2, &colors), 2, 1).content.iter().map(Cell::symbol).collect();
            assert_eq!(symbols, " ·");
        }
    }

    #[test]
    fn no_area_or_matrix_draws_outside() {
        let colors = HeatColors::new(Palette::Named, Ground::Light, None);
        for (width, height) in [(0, 0), (1, 1), (3, 2), (7, 1), (0, 5)] {
            for colors in [SHADED, &colors] {
                drawn(&Heat::new(&[Some(2.0), Some(-1.0), None], 2, colors), width, height);
                drawn(&Heat::new(&[], 0, colors), width, height);
            }
        }
    }
}
