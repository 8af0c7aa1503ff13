//! A histogram in a single row of cells, for lists.

use super::columns::Columns;
use super::glyphs::Glyphs;
use super::rows::Rows;
use crate::hist::Segment;
use crate::hist::scale::{CountScale, Scale, view};

/// Draws all bins in one row: `▁▂▅█▅▂▁`.
///
/// Bins that share a cell show the largest height. Zero is a space, NaN a question mark; negative heights hang from the
/// top. `edges` has one element more than `heights`.
///
/// ```
/// use rebin::widget::{Glyphs, sparkline};
///
/// let edges = [0.0, 1.0, 2.0, 3.0, 4.0];
/// assert_eq!(sparkline(&edges, &[1.0, 8.0, 4.0, 0.0], 4, Glyphs::Unicode), "▁█▄ ");
/// assert_eq!(sparkline(&edges, &[1.0, 8.0, 4.0, 0.0], 4, Glyphs::Ascii), ".#= ");
/// ```
pub fn sparkline(edges: &[f64], heights: &[f64], cells: u16, glyphs: Glyphs) -> String {
    let Some(view) = view(edges) else { return " ".repeat(usize::from(cells)) };
    let peaks = Columns::new(edges, view, Scale::Linear, cells).peaks(heights);
    let finite = heights.iter().filter(|height| height.is_finite());
    let range = finite.fold(Segment { lo: 0.0, hi: 0.0 }, |range, height| Segment {
        lo: range.lo.min(*height),
        hi: range.hi.max(*height),
    });
    let rows = Rows::new(CountScale::Linear, range, 1);
    let glyph = |eighths: i32| {
        if eighths < 0 { glyphs.hanging(eighths.unsigned_abs()) } else { glyphs.rising(eighths.unsigned_abs()) }
    };
    peaks.iter().map(|peak| if peak.nan { "?" } else { glyph(rows.reach(peak.height).eighths) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_spikes_and_signs_are_visible() {
        let edges: Vec<f64> = (0..=8).map(f64::from).collect();
        let heights = [0.0, 1.0, 8.0, 4.0, 0.0, 0.001, 6.0, 0.0];
        assert_eq!(sparkline(&edges, &heights, 8, Glyphs::Unicode), " ▁█▄ ▁▆ ");
        assert_eq!(sparkline(&edges, &heights, 4, Glyphs::Unicode), "▁█▁▆");
        assert_eq!(sparkline(&edges, &heights, 8, Glyphs::Ascii), " .#= .* ");
        assert_eq!(sparkline(&[0.0, 1.0, 4.0], &[1.0, 2.0], 4, Glyphs::Unicode), "▄███");
        assert_eq!(sparkline(&[0.0, 1.0, 2.0, 3.0], &[-4.0, 4.0, f64::NAN], 3, Glyphs::Unicode), "▀█?");
        assert_eq!(sparkline(&[0.0, 1.0, 2.0], &[-1.0, 4.0], 2, Glyphs::Unicode), "▔█");
    }

    #[test]
    fn unbounded_outer_bins_do_not_squeeze_the_rest() {
        let edges = [-f64::MAX, -1.0, 0.0, 1.0, f64::MAX];
        assert_eq!(sparkline(&edges, &[0.0, 2.0, 4.0, 0.0], 4, Glyphs::Unicode), "▄▄██");
    }

    #[test]
    fn empty_input_and_no_cells() {
        assert_eq!(sparkline(&[], &[], 3, Glyphs::Unicode), "   ");
        assert_eq!(sparkline(&[0.0, 1.0], &[1.0], 0, Glyphs::Unicode), "");
        assert_eq!(sparkline(&[2.0, 2.0], &[5.0], 3, Glyphs::Unicode), " █ ");
    }
}
