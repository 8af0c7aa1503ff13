use super::super::glyphs::Glyphs;
use super::super::tests::{drawn, rows};
use super::*;
use crate::hist::Segment;
use crate::hist::scale::{CountScale, Scale, Ticks};

fn chart(bars: Bars<'_>) -> Chart<'_> {
    Chart { bars, title: None, styles: ChartStyles::default() }
}

fn lines(chart: &Chart, width: u16, height: u16) -> Vec<String> {
    rows(&drawn(chart, width, height))
}

#[test]
fn axes_have_round_ticks() {
    let bars = Bars::new(&[-0.1, 0.0, 0.1, 0.2], &[100.0, 612.0, 300.0]);
    let expected = [
        "612 ┤         █████████         ",
        "    │         █████████         ",
        "    │         █████████▄▄▄▄▄▄▄▄▄",
        "250 ┤         ██████████████████",
        "    │▇▇▇▇▇▇▇▇▇██████████████████",
        "  0 ┼─────────┬────────┬───────┬",
        "   -0.1       0       0.1    0.2",
    ];
    let lines = lines(&chart(bars), 32, 7);
    assert_eq!(lines, expected, "\n{}", lines.join("\n"));
}

#[test]
fn negative_counts_have_a_zero_line_in_the_plot() {
    let bars = Bars { glyphs: Glyphs::Ascii, ..Bars::new(&[0.0, 1.0, 2.0], &[6.0, -2.5]) };
    let lines = lines(&chart(bars), 18, 8);
    let expected = ["   6 +######      ", "     |######      ", "     |######      ", "   0 +------------"];
    assert_eq!(lines[..4], expected, "\n{}", lines.join("\n"));
}

#[test]
fn low_areas_drop_the_title_then_the_axes() {
    let bars = Bars::new(&[0.0, 1.0, 3.0], &[0.5, 0.25]);
    let titled = Chart { title: Some("density"), ..chart(bars) };
    assert_eq!(lines(&titled, 24, 9)[0].trim_end(), "density");
    assert_eq!(lines(&titled, 24, 7)[0].trim_end(), "0.5 ┤██████");
    assert_eq!(lines(&titled, 6, 2), ["██    ", "██████"]);
}

#[test]
fn the_layout_tiles_the_area() {
    let bars = Bars::new(&[0.0, 1.0], &[1234.0]);
    let layout = chart(bars).layout(Rect::new(3, 2, 40, 10));
    assert_eq!(layout.heights, Rect::new(3, 2, 7, 8));
    assert_eq!(layout.plot, Rect::new(10, 2, 33, 8));
    assert_eq!(layout.axis, Rect::new(9, 10, 34, 1));
    assert_eq!(layout.values, Rect::new(3, 11, 40, 1));
    assert!(layout.title.is_empty());
}

#[test]
fn the_axis_marks_the_cursor_and_hidden_bins() {
    let bars = Bars::new(&[0.0, 1.0, 2.0, 3.0, 4.0], &[1.0, 1.0, 1.0, 1.0]);
    let bars = Bars { view: Segment { lo: 1.0, hi: 3.0 }, cursor: Some(1), ..bars };
    let lines = lines(&chart(bars), 23, 5);
    let axis = &lines[3];
    assert_eq!(lines[0], "1 ┤████████████████████", "no half counts");
    assert_eq!(axis, "0 ┼◂────▲────┬────────▸");
}

#[test]
fn a_cursor_out_of_view_is_an_arrow_at_its_side() {
    let bars = Bars::new(&[0.0, 1.0, 2.0, 3.0, 4.0], &[0.0, 1.0, 1.0, 0.0]);
    let axis = |cursor| {
        let bars = Bars { view: Segment { lo: 1.0, hi: 3.0 }, cursor: Some(cursor), ..bars.clone() };
        lines(&chart(bars), 23, 5)[3].clone()
    };
    assert_eq!(axis(0), "0 ┼◂─────────┬────────┬");
    assert_eq!(axis(3), "0 ┼──────────┬────────▸");
}

#[test]
fn tiny_values_share_a_power_of_ten() {
    let bars = Bars::new(&[-1e-5, 0.0, 1e-5, 2e-5], &[1.0, 3.0, 2.0]);
    let drawn = lines(&chart(bars.clone()), 50, 5);
    assert_eq!(drawn[4], " -1.0    -0.5      0      0.5    1.0    1.5  ×10⁻⁵", "{}", drawn.join("\n"));
    let drawn = lines(&chart(Bars { glyphs: Glyphs::Ascii, ..bars }), 50, 5);
    assert!(drawn[4].ends_with(" x1e-5"), "{}", drawn.join("\n"));
}

#[test]
fn axis_labels_are_never_truncated() {
    let ranges = [(0.0, 1e-3), (1e15, 1e15 + 8.0), (-1e300, 1e300), (-0.1, 0.2), (1e-300, 3e-300), (-50_000.0, 0.5)];
    for (lo, hi) in ranges {
        let edges = [lo, f64::midpoint(lo, hi), hi];
        for (width, height) in (1..90).step_by(8).flat_map(|width| [4, 12].map(|height| (width, height))) {
            for (x, heights) in
                [(Scale::Linear, [3.0, 1e9]), (Scale::Symlog, [-0.002, 0.123_456]), (Scale::Log, [0.0, 1e300])]
            {
                let bars = Bars { x, y: CountScale::log(&heights), ..Bars::new(&edges, &heights) };
                let chart = chart(bars);
                let layout = chart.layout(Rect::new(0, 0, width, height));
                let last = lines(&chart, width, height).pop().unwrap();
                let whole = |ticks: Ticks| {
                    let (power, labels) = ticks.factored().unzip();
                    let factor = power.map(|power| factor(power, Glyphs::Unicode));
                    let own = ticks.at.into_iter().map(|(_, label)| label);
                    own.chain(labels.unwrap_or_default()).chain(factor).collect::<Vec<_>>()
                };
                let ticks: Vec<String> = (1..13).flat_map(|most| whole(x.ticks(lo, hi, most))).collect();
                assert!(
                    layout.values.is_empty() || last.split_whitespace().all(|label| ticks.iter().any(|t| t == label)),
                    "{last:?}"
                );
            }
        }
    }
}

#[test]
fn no_area_or_histogram_draws_outside() {
    let (edges, heights) = ([f64::NEG_INFINITY, 0.0, 0.0, 1.0], [-1.0, f64::INFINITY, f64::NAN]);
    let chart = Chart { title: Some("density"), ..chart(Bars { cursor: Some(1), ..Bars::new(&edges, &heights) }) };
    for (width, height) in [(0, 0), (1, 1), (3, 2), (9, 3), (1, 9), (11, 4), (0, 5), (12, 8)] {
        drawn(&chart, width, height);
        // An area that exceeds the buffer is clipped.
        chart.render(Rect::new(0, 0, width, height), &mut Buffer::empty(Rect::new(0, 0, 5, 5)));
    }
}
