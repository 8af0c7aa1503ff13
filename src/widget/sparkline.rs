//! A histogram's silhouette in one row of cells, for lists.

use super::columns::Columns;
use super::glyphs::Glyphs;
use super::rows::Rows;
use crate::hist::Segment;
use crate::hist::scale::{CountScale, Scale, view};

/// `▁▂▅█▅▂▁`: all bins over so many cells, the largest of those that share one; nothing is a space, what is no number a
/// question mark, negative heights hang.
pub fn spark(edges: &[f64], heights: &[f64], cells: u16, glyphs: Glyphs) -> String {
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
    fn the_silhouette_keeps_widths_spikes_and_signs() {
        let edges: Vec<f64> = (0..=8).map(f64::from).collect();
        let heights = [0.0, 1.0, 8.0, 4.0, 0.0, 0.001, 6.0, 0.0];
        assert_eq!(spark(&edges, &heights, 8, Glyphs::Unicode), " ▁█▄ ▁▆ ");
        assert_eq!(spark(&edges, &heights, 4, Glyphs::Unicode), "▁█▁▆");
        assert_eq!(spark(&edges, &heights, 8, Glyphs::Ascii), " .#= .* ");
        assert_eq!(spark(&[0.0, 1.0, 4.0], &[1.0, 2.0], 4, Glyphs::Unicode), "▄███");
        assert_eq!(spark(&[0.0, 1.0, 2.0, 3.0], &[-4.0, 4.0, f64::NAN], 3, Glyphs::Unicode), "▀█?");
        assert_eq!(spark(&[0.0, 1.0, 2.0], &[-1.0, 4.0], 2, Glyphs::Unicode), "▔█");
    }

    #[test]
    fn open_outer_buckets_do_not_hide_the_others() {
        let edges = [-f64::MAX, -1.0, 0.0, 1.0, f64::MAX];
        assert_eq!(spark(&edges, &[0.0, 2.0, 4.0, 0.0], 4, Glyphs::Unicode), "▄▄██");
    }

    #[test]
    fn nothing_to_draw_and_nowhere_to_draw() {
        assert_eq!(spark(&[], &[], 3, Glyphs::Unicode), "   ");
        assert_eq!(spark(&[0.0, 1.0], &[1.0], 0, Glyphs::Unicode), "");
        assert_eq!(spark(&[2.0, 2.0], &[5.0], 3, Glyphs::Unicode), " █ ");
    }
}
