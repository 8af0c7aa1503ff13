//! Checks images by their SVG, since SVG and PNG are written from the same canvas.

use super::*;
use crate::catalog::Steps;
use crate::hist::scale::Scale;
use crate::hist::{ColorScale, Edges, Histogram, Measure, Normalization, Number, Numbers, Segment, StepStack};
use crate::wandb;
use std::sync::Arc;
use tiny_skia::Pixmap;

fn figure(edges: &[f64], counts: impl IntoIterator<Item = f64>) -> Figure {
    let counts: Numbers = counts
        .into_iter()
        .map(|count| if count.fract() == 0.0 { Number::Int(count as i128) } else { Number::Float(count) })
        .collect();
    let histogram = wandb::Histogram::from_np_histogram(counts, Numbers::floats(edges.to_vec())).unwrap();
    let appearance = Appearance { width: Some(300), height: Some(240), ..Appearance::default() };
    let (title, note) = ("grad/w1 · step 7".to_owned(), String::new());
    Figure {
        title,
        names: AxisNames::default(),
        note,
        histogram: Arc::new(histogram),
        density: false,
        max_error: None,
        supplement: None,
        comparison: None,
        appearance,
    }
}

fn text(export: &Export, format: Format) -> String {
    String::from_utf8(export.bytes(format).unwrap()).unwrap()
}

fn png(figure: Figure) -> Result<Vec<u8>, Error> {
    Export::Histogram(Box::new(figure)).bytes(Format::Png)
}

fn svg(figure: Figure) -> String {
    text(&Export::Histogram(Box::new(figure)), Format::Svg)
}

/// Left, top, width and height of each bar of a color.
fn bars(svg: &str, color: &str) -> Vec<[f64; 4]> {
    let path = svg.lines().find(|line| line.contains(color) && line.contains('M')).unwrap_or_default();
    let path = path.split('"').nth(1).unwrap_or_default();
    let number = |text: &str| text.parse::<f64>().unwrap();
    let bar = |bar: &str| {
        let (place, size) = bar.split_once('h').unwrap();
        let (x, y) = place.split_once(' ').unwrap();
        let (width, rest) = size.split_once('v').unwrap();
        [x, y, width, rest.split('h').next().unwrap()].map(number)
    };
    path.split('M').skip(1).map(bar).collect()
}

const BAR: &str = "#4c78a8";

#[test]
fn an_image_has_title_axes_ticks_and_bars() {
    insta::assert_snapshot!(svg(figure(&[0.0, 1.0, 2.0, 3.0], [2.0, 5.0, 0.0])));
}

#[test]
fn areas_represent_counts_if_widths_differ() {
    let image = svg(figure(&[0.0, 1.0, 4.0], [3.0, 9.0]));
    assert!(image.contains(">density<"), "{image}");
    let [narrow, wide] = bars(&image, BAR)[..] else { panic!("{image}") };
    // Three times the count over three times the width. A small gap separates the bars.
    assert!((narrow[3] - wide[3]).abs() < 0.05 && (wide[2] / narrow[2] - 3.0).abs() < 0.05, "{narrow:?} {wide:?}");
    let densities = svg(Figure { density: true, ..figure(&[0.0, 1.0, 4.0], [0.25, 0.25]) });
    assert!(densities.contains(">density<"));
    let [narrow, wide] = bars(&densities, BAR)[..] else { panic!("{densities}") };
    assert!((narrow[3] - wide[3]).abs() < 0.05, "densities are not divided by the widths again");
}

#[test]
fn nonzero_counts_are_visible_and_zeros_are_not() {
    let image = svg(figure(&[0.0, 1.0, 2.0, 3.0], [1e9, 0.0, 1.0]));
    let [_, least] = bars(&image, BAR)[..] else { panic!("{image}") };
    assert!(least[3] >= 2.0, "{least:?}");
    let many: Vec<f64> = (0..=512).map(f64::from).collect();
    let spike = svg(figure(&many, (0..512).map(|bin| if bin == 77 { 4.0 } else { 0.0 })));
    assert!(matches!(bars(&spike, BAR)[..], [[.., width, _]] if width >= 0.75), "{spike}");
    assert!(bars(&svg(figure(&[0.0, 1.0, 2.0], [0.0, 0.0])), BAR).is_empty());
}

#[test]
fn negative_bars_and_log_scales_start_at_zero() {
    let image = svg(figure(&[0.0, 1.0, 2.0], [-2.0, 4.0]));
    let [below, above] = bars(&image, BAR)[..] else { panic!("{image}") };
    assert!((above[1] + above[3] - below[1]).abs() < 0.05 && (above[3] / below[3] - 2.0).abs() < 0.05);
    assert!(image.contains(">−2<"), "labels have a minus sign instead of a hyphen");
    let mut logs = figure(&[0.0, 1.0, 2.0, 3.0], [1.0, 1000.0, 0.0]);
    logs.appearance.log_counts = true;
    let image = svg(logs);
    let [one, thousand] = bars(&image, BAR)[..] else { panic!("{image}") };
    assert!((thousand[3] / one[3] - 1001_f64.ln() / 2_f64.ln()).abs() < 0.1);
    assert!(image.contains(">count, log scale<"));
}

#[test]
fn other_histograms_are_lines_inside_of_the_plot_with_a_legend() {
    let line = |name: &str, color| ComparedLine {
        name: name.to_owned(),
        heights: vec![8.0, 1.0],
        color,
        is_hanging: false,
        symbol: ("─", "~"),
    };
    let compared = Compared {
        edges: vec![0.0, 1.0, 2.0],
        heights: vec![2.0, 4.0],
        axis: "count".to_owned(),
        is_ratio: false,
        view: Segment { lo: 0.0, hi: 2.0 },
        name: "here".to_owned(),
        others: vec![line("before <x>", 0), line("b", 1)],
    };
    let image = svg(Figure { comparison: Some(compared.clone()), ..figure(&[0.0, 1.0, 2.0], [2.0, 4.0]) });
    assert!(image.contains(">before &lt;x&gt;<") && image.contains(">here<") && image.contains(">b<"), "{image}");
    let line = image.lines().find(|line| line.contains("#d55e00") && line.contains("stroke=")).unwrap();
    let highest = bars(&image, BAR)[1];
    let top: f64 =
        line.split(['L', 'M', 'h', '"']).filter_map(|at| at.split(' ').nth(1)?.parse().ok()).fold(1e9, f64::min);
    // Twice as high as the highest bar, and inside of the plot.
    assert!(top > 50.0 && highest[1] - top > highest[3] * 0.9, "{line} {highest:?}");
    // Ratios have a logarithmic axis around 1.
    let ratio = Compared { heights: vec![-1.0, 2.0], is_ratio: true, others: Vec::new(), ..compared };
    let image = svg(Figure { comparison: Some(ratio), ..figure(&[0.0, 1.0, 2.0], [2.0, 4.0]) });
    assert!([">0.5<", ">1<", ">2<", ">4<"].iter().all(|label| image.contains(label)), "{image}");
}

#[test]
fn bins_without_width_and_unbounded_bins_are_noted() {
    let inf = f64::INFINITY;
    let image = svg(figure(&[-inf, 0.0, 1.0, 1.0, 2.0, inf], [3.0, 4.0, 5.0, 6.0, 7.0]));
    assert!(image.contains("10 in unbounded bins") && image.contains("5 in bins without width (▲)"), "{image}");
    assert_eq!(bars(&image, BAR).len(), 2);
    assert_eq!(bars(&image, "#1f3f66").len(), 1);
    let point = svg(figure(&[3.5, 3.5], [7.0]));
    assert!(point.contains(">count<") && bars(&point, "#1f3f66").len() == 1 && point.contains(">6<"));
    let huge = svg(figure(&[-f64::MAX, 0.0, 1.0, f64::MAX], [1.0, 8.0, 2.0]));
    assert!(huge.contains("3 in unbounded bins"), "{huge}");
}

#[test]
fn every_histogram_is_an_image_or_an_error() {
    let extreme: [(&[f64], &[f64]); 6] = [
        (&[0.0, 1.0], &[f64::NAN]),
        (&[-f64::MAX, 0.0, f64::MAX], &[f64::MAX, -f64::MAX]),
        (&[1e-320, 2e-320], &[5e-324]),
        (&[f64::NEG_INFINITY, f64::INFINITY], &[1.0]),
        (&[100_000.001, 100_000.002, 100_000.003], &[1.0, 2.0]),
        (&[0.0, 0.0, 0.0], &[f64::INFINITY, 1.0]),
    ];
    for (edges, counts) in extreme {
        for (measure, value_scale) in [(Measure::Count, Scale::Linear), (Measure::Cumulative, Scale::Symlog)] {
            for log_counts in [false, true] {
                let mut figure = figure(edges, counts.iter().copied());
                figure.appearance = Appearance { measure, log_counts, value_scale, ..figure.appearance };
                let image = svg(figure);
                assert!(!image.contains("NaN") && !image.contains("inf\""), "{edges:?}: {image}");
            }
        }
    }
    let error = |figure: Figure| png(figure).unwrap_err().to_string();
    assert_eq!(error(figure(&[0.0], [])), "cannot draw a histogram without bins");
    assert_eq!(error(figure(&[1.0, 0.0], [2.0])), "`bins` must increase monotonically, when an array");
    let mut small = figure(&[0.0, 1.0], [1.0]);
    small.appearance.width = Some(20);
    assert_eq!(error(small), "picture size 20 × 240 is too small; use at least 240 × 180");
}

#[test]
fn titles_are_escaped_and_shortened_in_the_middle() {
    let title = format!("a<b>&\"c\u{1b}[31m{}", "/very long".repeat(30));
    let image = svg(Figure { title, ..figure(&[0.0, 1.0], [1.0]) });
    assert!(image.contains("<title>a&lt;b&gt;&amp;\"c␛[31m/very"), "{image}");
    let shown = image.lines().find(|line| line.contains("font-size=\"12\"") && line.contains('…')).unwrap();
    let words = shown.split(['>', '<']).nth(2).unwrap().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    assert!(Font::new(12.0).width(&words) < 290.0 && words.ends_with("long"), "{words}");
}

#[test]
fn a_png_has_two_pixels_per_unit_and_is_not_blank() {
    let figure = figure(&[0.0, 1.0, 2.0], [1.0, 3.0]);
    let pixels = Pixmap::decode_png(&png(figure).unwrap()).unwrap();
    assert_eq!((pixels.width(), pixels.height()), (600, 480));
    let dark = pixels.pixels().iter().filter(|pixel| pixel.red() < 0x80).count();
    let white = pixels.pixels().iter().filter(|pixel| pixel.red() == 255).count();
    assert!(dark > 10_000 && white > 50_000, "{dark} {white}");
    let of_title = pixels.clone_rect(tiny_skia::IntRect::from_xywh(0, 0, 600, 80).unwrap()).unwrap();
    assert!(of_title.pixels().iter().any(|pixel| pixel.red() < 0x40), "the title is visible");
}

#[test]
fn the_font_warning_lists_missing_characters() {
    let export = Export::Histogram(Box::new(Figure { title: "層/w".into(), ..figure(&[0.0, 1.0], [1.0]) }));
    assert!(export.font_warning(Format::Png).is_some_and(|words| words.contains("(層)")));
    assert_eq!(export.font_warning(Format::Svg), None);
    let plain = Export::Histogram(Box::new(figure(&[0.0, 1.0], [1.0])));
    assert_eq!(plain.font_warning(Format::Png), None);
}

fn over_steps(normalization: Normalization) -> OverSteps {
    let step = |counts: [i128; 2]| {
        let edges = Edges::from_f64(vec![0.0, 1.0, 2.0]).unwrap();
        Some(Histogram::new(edges, Numbers::ints(counts)).unwrap())
    };
    OverSteps {
        title: "grad/w1".into(),
        picture: StepPicture::Heatmap,
        names: AxisNames::default(),
        stack: Arc::new(StepStack::new(vec![step([1, 1]), None, step([0, 4])])),
        steps: Steps::Known([10, 20, 30].into()),
        shown: 0..3,
        range: None,
        normalization,
        colors: ColorScale::Auto,
        appearance: Appearance { width: Some(300), height: Some(240), ..Appearance::default() },
    }
}

#[test]
fn steps_are_columns_of_an_image() {
    let export = |heat_map| Export::OverSteps(Box::new(heat_map));
    let shares = export(over_steps(Normalization::Step));
    insta::assert_snapshot!(text(&shares, Format::Svg));
    let counts = text(&export(over_steps(Normalization::Counts)), Format::Svg);
    assert!(counts.contains(">count per cell<") && counts.contains(">1 without a histogram (gray)<"));
    let pixels = Pixmap::decode_png(&shares.bytes(Format::Png).unwrap()).unwrap();
    assert_eq!((pixels.width(), pixels.height()), (600, 480));
    let error = |export: &Export, format| export.bytes(format).unwrap_err().to_string();
    assert_eq!(error(&shares, Format::Csv), "cannot export all steps as csv; use svg or png");
    let empty = OverSteps { stack: Arc::new(StepStack::new(vec![None])), ..over_steps(Normalization::Step) };
    assert_eq!(error(&export(empty), Format::Svg), "no step has a histogram that can be drawn");
}

#[test]
fn unevenly_spaced_steps_are_labeled_by_their_numbers() {
    let uneven = OverSteps { steps: Steps::Known([1, 10, 1000].into()), ..over_steps(Normalization::Step) };
    let image = text(&Export::OverSteps(Box::new(uneven)), Format::Svg);
    assert!([">1<", ">10<", ">1,000<"].iter().all(|label| image.contains(label)), "{image}");
    let few = OverSteps { steps: Steps::Known([0, 1, 2].into()), ..over_steps(Normalization::Step) };
    let image = text(&Export::OverSteps(Box::new(few)), Format::Svg);
    assert!([">0<", ">1<", ">2<"].iter().all(|label| image.contains(label)) && !image.contains(">1.0<"), "{image}");
    let ranged = OverSteps { range: Some(Segment { lo: 0.0, hi: 1.0 }), ..over_steps(Normalization::Step) };
    let image = text(&Export::OverSteps(Box::new(ranged)), Format::Svg);
    assert!(image.contains("▲▼ steps with values outside"), "{image}");
    let zoomed = OverSteps { shown: 1..3, colors: ColorScale::Log, ..over_steps(Normalization::Step) };
    let image = text(&Export::OverSteps(Box::new(zoomed)), Format::Svg);
    assert!(image.contains("steps 20–30 (2 of 3)") && image.contains("% of a step, log"), "{image}");
    assert!(!image.contains(">10<"), "{image}");
}

#[test]
fn csv_reads_back_bit_for_bit() {
    let numbers = [f64::MIN_POSITIVE, 0.1, 1.0 / 3.0, 1e16, f64::MAX];
    let table = text(&Export::Histogram(Box::new(figure(&numbers, [1.0, -0.5, 2.0, 3.0]))), Format::Csv);
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("left,right,count"));
    for (line, bin) in lines.zip(numbers.windows(2)) {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        assert_eq!([cells[0].to_bits(), cells[1].to_bits()], [bin[0].to_bits(), bin[1].to_bits()]);
    }
    assert!(table.ends_with("1e+16,1.7976931348623157e+308,3\n"), "{table}");
}

#[test]
fn csv_carries_the_largest_error_of_each_estimated_count() {
    let mut estimated = figure(&[0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 0.0]);
    estimated.max_error = Some(vec![0.5, f64::INFINITY, 0.0]);
    let table = text(&Export::Histogram(Box::new(estimated)), Format::Csv);
    let rows = "0.0,1.0,1,0.5\n1.0,2.0,3,Infinity\n2.0,3.0,0,0.0\n";
    assert_eq!(table, format!("left,right,count,max_error\n{rows}"));
}

#[test]
fn text_and_markdown_charts() {
    let mut note = figure(&[0.0, 1.0, 2.0], [1.0, 3.0]);
    (note.note, note.title) = ("2 bins".into(), "a*b_c".into());
    note.appearance = Appearance { width: Some(30), height: Some(6), ..note.appearance };
    let plain = text(&Export::Histogram(Box::new(note.clone())), Format::Txt);
    assert!(plain.starts_with("a*b_c\n2 bins\n\n3 ┤") && plain.ends_with("2.0\n"), "{plain}");
    insta::assert_snapshot!(text(&Export::Histogram(Box::new(note)), Format::Md));
}

#[test]
fn formats_are_parsed_by_name_and_guessed_by_extension() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
        assert_eq!(Format::of_name(&format!("a.b.{}", format.extension().to_uppercase())), Some(format));
    }
    let error = "gif".parse::<Format>().unwrap_err();
    assert_eq!(error, "unknown format 'gif'; expected one of json, csv, svg, png, md, txt, py, uhi");
}

#[test]
fn bands_and_ridges_have_gaps_at_missing_steps_and_named_axes() {
    let image = |picture| {
        let names = AxisNames { x: Some("iteration".into()), y: None };
        let over = OverSteps { picture, names, ..over_steps(Normalization::Step) };
        String::from_utf8(Export::OverSteps(Box::new(over)).bytes(Format::Svg).unwrap()).unwrap()
    };
    let bands = image(StepPicture::Bands);
    for words in ["median", "87 %", "38 %", ">iteration<", ">value<", "1 without a histogram"] {
        assert!(bands.contains(words), "{words}");
    }
    let ridges = image(StepPicture::Ridges);
    for words in [">10<", ">20<", ">30<", ">step<", ">iteration<"] {
        assert!(ridges.contains(words), "{words}");
    }
}

#[test]
fn panels_share_one_image_with_a_title() {
    let panel = |title: &str| Figure { title: title.into(), ..figure(&[0.0, 1.0, 2.0], [2.0, 4.0]) };
    let panels = SideBySide {
        title: "all".into(),
        panels: ["a · w", "b · w", "c · w"].map(panel).to_vec(),
        columns: None,
        width: None,
        height: None,
    };
    let image = String::from_utf8(Export::SideBySide(Box::new(panels.clone())).bytes(Format::Svg).unwrap()).unwrap();
    for words in [">all<", ">a · w<", ">b · w<", ">c · w<", "width=\"1200\"", "height=\"310\""] {
        assert!(image.contains(words), "{words}");
    }
    let narrow = SideBySide { width: Some(240), height: Some(100), ..panels.clone() };
    assert!(Export::SideBySide(Box::new(narrow)).bytes(Format::Png).is_err());
    assert!(Export::SideBySide(Box::new(panels.clone())).bytes(Format::Csv).is_err());
    let none = SideBySide { panels: Vec::new(), ..panels };
    assert!(Export::SideBySide(Box::new(none)).bytes(Format::Svg).is_err());
}
