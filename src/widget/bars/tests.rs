use super::super::tests::{drawn, rows};
use super::*;
use proptest::prelude::*;
use ratatui::style::Color;

/// Symbols of each row, without styles.
fn lines(bars: &Bars, width: u16, height: u16) -> Vec<String> {
    rows(&drawn(bars, width, height))
}

#[test]
fn bars_are_as_wide_as_their_bins() {
    let bars = Bars::new(&[0.0, 1.0, 2.0, 4.0], &[1.0, 4.0, 2.5]);
    assert_eq!(drawn(&bars, 8, 2), Buffer::with_lines(["  ██▂▂▂▂", "▄▄██████"]));
}

#[test]
fn a_single_bin_fills_the_plot_and_zeros_are_blank() {
    assert_eq!(drawn(&Bars::new(&[0.0, 1.0], &[7.0]), 3, 2), Buffer::with_lines(["███", "███"]));
    assert_eq!(drawn(&Bars::new(&[0.0, 1.0, 2.0], &[0.0, 0.0]), 4, 2), Buffer::empty(Rect::new(0, 0, 4, 2)));
}

#[test]
fn a_count_of_one_next_to_a_million_is_visible() {
    assert_eq!(lines(&Bars::new(&[0.0, 1.0, 2.0, 3.0], &[1.0, 1e6, 0.0]), 3, 2), [" █ ", "▁█ "]);
}

#[test]
fn spikes_are_visible_with_512_bins_in_40_columns() {
    let edges: Vec<f64> = (0..=512).map(f64::from).collect();
    let mut heights = vec![1.0; 512];
    for spike in [0, 77, 300, 511] {
        heights[spike] = 16.0;
    }
    let bars = Bars::new(&edges, &heights);
    let columns = bars.columns(40);
    let top: Vec<usize> =
        lines(&bars, 40, 2)[0].chars().enumerate().filter(|(_, c)| *c == '█').map(|(x, _)| x).collect();
    let expected: Vec<usize> = [0, 77, 300, 511].map(|bin| usize::from(columns.of_bin(bin).unwrap().start)).to_vec();
    assert_eq!(top, expected);
    assert_eq!(lines(&bars, 40, 2)[1].matches('▁').count(), 36);
}

#[test]
fn negative_counts_hang_from_a_zero_line() {
    let bars = Bars::new(&[0.0, 1.0, 2.0, 3.0, 4.0], &[2.0, -1.0, 0.0, -2.0]);
    assert_eq!(lines(&bars, 4, 5), ["█   ", "█   ", "────", " █ █", "   █"]);
    assert_eq!(lines(&bars, 4, 2), ["█   ", " ▀ █"], "no row for the line");
    assert_eq!(lines(&bars, 4, 1), ["█▀ ▀"], "negative bars fill half a cell");
    let ascii = Bars { glyphs: Glyphs::Ascii, ..bars };
    assert_eq!(lines(&ascii, 4, 3), ["#   ", "----", " \" #"]);
}

#[test]
fn an_infinite_density_is_a_spike_with_an_arrow() {
    let bars = Bars::new(&[0.0, 1.0, 1.0, 2.0], &[1.0, f64::INFINITY, 2.0]);
    assert_eq!(lines(&bars, 4, 2), ["  ▲█", "▄▄██".replace("▄▄", "██").as_str()]);
    assert_eq!(lines(&Bars::new(&[3.0, 3.0], &[5.0]), 5, 2), ["  █  ", "  █  "]);
}

#[test]
fn nan_is_a_question_mark() {
    assert_eq!(lines(&Bars::new(&[0.0, 1.0, 2.0], &[f64::NAN, 2.0]), 4, 2), ["  ██", "??██"]);
}

#[test]
fn log_scale_distinguishes_zero_from_one() {
    let heights = [0.0, 1.0, 10.0, 1000.0];
    let bars = Bars { y: CountScale::log(&heights), ..Bars::new(&[0.0, 1.0, 2.0, 3.0, 4.0], &heights) };
    assert_eq!(lines(&bars, 4, 2), ["   █", " ▂▆█"]);
}

#[test]
fn huge_and_ascii_heights() {
    let bars = Bars { glyphs: Glyphs::Ascii, ..Bars::new(&[0.0, 1.0, 2.0, 3.0], &[f64::MAX, f64::MAX / 2.0, 1.0]) };
    assert_eq!(lines(&bars, 3, 1), ["#=."]);
    let clipped = Bars { range: Some(Segment { lo: 0.0, hi: 2.0 }), ..Bars::new(&[0.0, 1.0, 2.0], &[5.0, 1.0]) };
    assert_eq!(lines(&clipped, 2, 2), ["▲ ", "██"]);
}

#[test]
fn an_outline_is_a_line_above_shorter_and_across_longer_bars() {
    let edges = [0.0, 1.0, 2.0];
    let style = Style::new().fg(Color::Red);
    let outline = |heights| vec![Outline { style, ..Outline::new(&edges, heights) }];
    let bars = Bars { outlines: outline(&[4.0, 1.0]), ..Bars::new(&edges, &[1.0, 4.0]) };
    assert_eq!(lines(&bars, 4, 2), ["──██", "▄▄──"]);
    assert_eq!(drawn(&bars, 4, 2)[(3, 1)].fg, Color::Red);
    // If both end in the same cell, the symbol of the bar remains.
    let same = Bars { outlines: outline(&[4.0, 3.0]), ..Bars::new(&edges, &[4.0, 4.0]) };
    assert_eq!(lines(&same, 4, 2), ["████", "████"]);
    assert_eq!(lines(&Bars { glyphs: Glyphs::Ascii, ..bars }, 4, 2)[1], "==~~");
}

#[test]
fn cursor_selection_and_bars_have_one_style_each() {
    let styles = BarStyles {
        bar: Style::new().fg(Color::Blue),
        cursor: Style::new().fg(Color::Yellow),
        selected: Style::new().fg(Color::Green),
        ..BarStyles::default()
    };
    let edges = [0.0, 1.0, 2.0, 3.0, 4.0];
    let bars = Bars { cursor: Some(1), selected: 1..3, styles, ..Bars::new(&edges, &[1.0, 1.0, 1.0, 0.0]) };
    let colors: Vec<Color> = drawn(&bars, 4, 1).content.iter().map(|cell| cell.fg).collect();
    assert_eq!(colors, [Color::Blue, Color::Yellow, Color::Green, Color::Reset]);
}

#[test]
fn no_area_or_histogram_draws_outside() {
    let edges = [f64::NEG_INFINITY, 0.0, 0.0, 1.0, f64::INFINITY];
    let heights = [-1.0, f64::INFINITY, f64::NAN, 3.0];
    let other = Outline::new(&edges, &heights);
    let (outlines, hanging) = (vec![other], Some(other));
    let bars = Bars { outlines, hanging, cursor: Some(9), selected: 3..70, ..Bars::new(&edges, &heights) };
    for (width, height) in [(0, 0), (1, 1), (3, 2), (7, 1), (1, 9), (0, 5)] {
        drawn(&bars, width, height);
    }
    for empty in [Bars::new(&[], &[]), Bars::new(&[0.0, 1.0], &[])] {
        assert_eq!(drawn(&empty, 4, 4), Buffer::empty(Rect::new(0, 0, 4, 4)));
    }
    // An area that exceeds the buffer is clipped.
    let mut small = Buffer::empty(Rect::new(5, 5, 4, 4));
    bars.render(Rect::new(7, 7, u16::MAX, u16::MAX), &mut small);
    assert!(small.content.iter().take(8).all(|cell| cell.symbol() == " "), "rows above the area are blank");
}

fn height() -> impl Strategy<Value = f64> {
    prop_oneof![3 => Just(0.0), 4 => -5.0..100.0_f64, 1 => any::<f64>(), 1 => Just(1e-300)]
}

proptest! {
    #[test]
    fn nonzero_heights_are_visible_and_zeros_are_blank(
        mut edges in prop::collection::vec(-10.0..10.0_f64, 2..60), heights in prop::collection::vec(height(), 60),
        width in 1..70_u16, height in 1..12_u16, log in any::<bool>(), ascii in any::<bool>(),
        x in prop::sample::select(vec![Scale::Linear, Scale::Log, Scale::Symlog]),
    ) {
        edges.sort_by(f64::total_cmp);
        let heights = &heights[..edges.len() - 1];
        let y = if log { CountScale::log(heights) } else { CountScale::Linear };
        let glyphs = if ascii { Glyphs::Ascii } else { Glyphs::Unicode };
        let bars = Bars { x, y, glyphs, ..Bars::new(&edges, heights) };
        let (columns, rows, buf) = (bars.columns(width), bars.rows(height), drawn(&bars, width, height));
        for column in 0..width {
            let nonzero = columns.bins_at(column).any(|bin| heights[bin] != 0.0);
            let ink = (0..height).any(|row| Some(row) != rows.zero() && buf[(column, row)].symbol() != " ");
            let marked = rows.zero().is_some_and(|row| buf[(column, row)].symbol() == "?");
            prop_assert_eq!(nonzero, ink || marked, "column {}", column);
        }
    }
}
