//! A heat map: a matrix of intensities drawn as shades, steps across and values upward.
//!
//! Not here: normalization and legends. The caller decides what an intensity means.

use super::glyphs::Glyphs;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use std::ops::Range;

/// A matrix stretched over an area. Matrix cells that share a screen cell show the largest intensity.
///
/// ```
/// use ratatui::{buffer::Buffer, layout::Rect, style::Style, widgets::Widget};
/// use rebin::widget::{Glyphs, Heat};
///
/// // Three columns of two rows, from the bottom up; the last column is missing.
/// let cells = [Some(0.0), Some(1.0), Some(0.1), Some(0.5), None, None];
/// let heat = Heat {
///     cells: &cells,
///     rows: 2,
///     marker: None,
///     marker_style: Style::new(),
///     ramp: &[],
///     glyphs: Glyphs::Unicode,
/// };
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
    pub marker_style: Style,
    /// Styles from the smallest to the largest intensity. Empty leaves all cells unstyled.
    pub ramp: &'a [Style],
    pub glyphs: Glyphs,
}

const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];
const SHADES_ASCII: [&str; 5] = [" ", ".", ":", "*", "#"];

impl Heat<'_> {
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

    /// Picks one of four shades. Intensities above zero are never blank; zero always is.
    fn glyph(&self, intensity: Option<f64>) -> &'static str {
        match intensity {
            None => self.glyphs.pick("·", "-"),
            Some(x) => {
                let shade = if x > 0.0 { ((x * 4.0).ceil() as usize).clamp(1, 4) } else { 0 };
                self.glyphs.pick(SHADES, SHADES_ASCII)[shade]
            }
        }
    }

    fn style(&self, intensity: Option<f64>) -> Style {
        let last = self.ramp.len().saturating_sub(1) as f64;
        let index = intensity.map(|x| (x.clamp(0.0, 1.0) * last).round() as usize);
        index.and_then(|index| self.ramp.get(index)).copied().unwrap_or_default()
    }
}

impl Widget for &Heat<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if self.columns() == 0 {
            return;
        }
        for (x, column) in area.columns().enumerate() {
            let columns = self.columns_at(x as u16, area.width);
            let marker = self.marker.is_some_and(|step| columns.contains(&step));
            for (y, cell) in column.rows().enumerate() {
                let intensity = self.intensity(&columns, &share(area.height - 1 - y as u16, area.height, self.rows));
                let Some(cell) = buf.cell_mut(cell.as_position()) else { continue };
                cell.set_symbol(self.glyph(intensity)).set_style(self.style(intensity));
                if marker {
                    if intensity.is_none_or(|x| x <= 0.0) {
                        cell.set_symbol(self.glyphs.pick("│", "|"));
                    }
                    cell.set_style(self.marker_style);
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
    use super::super::tests::drawn;
    use super::*;
    use ratatui::style::Color;

    fn heat(cells: &[Option<f64>], rows: usize) -> Heat<'_> {
        Heat { cells, rows, marker: None, marker_style: Style::new(), ramp: &[], glyphs: Glyphs::Unicode }
    }

    #[test]
    fn values_go_upward_and_small_intensities_are_visible() {
        let cells = [Some(0.0), Some(1.0), Some(1e-9), Some(0.5), None, Some(f64::NAN)];
        assert_eq!(drawn(&heat(&cells, 2), 3, 2), Buffer::with_lines(["█▒·", " ░·"]));
        let ascii = Heat { glyphs: Glyphs::Ascii, marker: Some(0), ..heat(&cells, 2) };
        assert_eq!(drawn(&ascii, 3, 2), Buffer::with_lines(["#:-", "|.-"]));
    }

    #[test]
    fn shared_cells_show_the_largest_intensity() {
        let cells: Vec<_> = (0..10_000).map(|i| Some(if i == 7_777 { 1.0 } else { 0.1 })).collect();
        let line: String = drawn(&heat(&cells, 1), 10, 1).content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(line, "░░░░░░░█░░");
        assert_eq!(drawn(&heat(&[Some(1.0), Some(0.0)], 1), 4, 2), Buffer::with_lines(["██  ", "██  "]));
    }

    #[test]
    fn the_marker_overrides_the_ramp() {
        let (cells, ramp) = ([Some(0.0), Some(1.0), Some(1.0)], [Color::Blue, Color::Red].map(|c| Style::new().fg(c)));
        let heat =
            Heat { ramp: &ramp, marker: Some(2), marker_style: Style::new().fg(Color::Green), ..heat(&cells, 1) };
        let colors: Vec<Color> = drawn(&heat, 3, 1).content.iter().map(|cell| cell.fg).collect();
        assert_eq!(colors, [Color::Blue, Color::Red, Color::Green]);
    }

    #[test]
    fn no_area_or_matrix_draws_outside() {
        for (width, height) in [(0, 0), (1, 1), (3, 2), (7, 1), (0, 5)] {
            drawn(&heat(&[Some(2.0), Some(-1.0), None], 2), width, height);
            drawn(&heat(&[], 0), width, height);
        }
    }
}
