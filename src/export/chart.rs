//! Draws a histogram as a picture: bars with axes.
//!
//! Bins of different widths are drawn as densities, so that areas are comparable. Every nonempty bin is visible: narrow
//! bars have a minimum width, and low ones a minimum height.

use super::canvas::{Anchor, Area, Canvas, Color};
use super::figure::{ComparedLine, Figure, Plot};
use super::font::Font;
use super::frame::{Frame, Labels, Places, places, printed};
use crate::error::Error;
use crate::hist::Segment;
use crate::hist::scale::{Scale, Ticks};
use crate::text::visible;

const BAR: Color = 0x4c_78a8;
/// Color of bins without width.
const SPIKE: Color = 0x1f_3f66;
/// Colors of other histograms: those of Okabe and Ito that are dark enough on white, which differ for color-blind people,
/// too.
const LINES: [Color; 7] = [0xd5_5e00, 0xcc_79a7, 0x00_9e73, 0xe6_9f00, 0x00_0000, 0x00_72b2, 0x8c_6d31];
/// Font size and height of a line of the legend, in units.
const LEGEND: f64 = 12.0;
const LEGEND_LINE: f64 = 18.0;
/// Color of the arrows at infinite heights.
const ARROW: Color = 0xd6_2728;
/// Minimum width of a bar, in units.
const MIN_WIDTH: f64 = 0.75;
/// Minimum height of a bar, in units. The axis would hide less.
const MIN_HEIGHT: f64 = 2.0;
/// Minimum width of bars that have a gap between them, in units.
const WIDE: f64 = 5.0;
/// Width of the gap, in units.
const GAP: f64 = 0.6;
/// Share of the plot's height above the highest bar.
const HEADROOM: f64 = 0.04;

/// Draws a figure.
///
/// # Errors
/// The errors of [`Figure::plot`], and [`Error::Value`] for a size that is too small.
pub(super) fn chart(figure: &Figure) -> Result<Canvas, Error> {
    let plot = figure.plot()?;
    let appearance = &figure.appearance;
    let heights = Heights::of(&plot);
    let hidden = plot.hidden_counts(&figure.histogram.to_hist()?);
    let parts = [figure.note.as_str(), &hidden];
    let note = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" · ");
    let scale = appearance.value_scale;
    let labels = Labels {
        title: &figure.title,
        note: &note,
        x: figure.names.x(&axis_name("value", scale.over(plot.view.lo))),
        y: figure.names.y(&if appearance.log_counts && figure.comparison.is_none() {
            format!("{}, log scale", plot.name)
        } else {
            plot.name.clone()
        }),
        legend_width: names(figure).map(|(name, _)| Font::new(LEGEND).width(&name) + 30.0).fold(0.0, f64::max),
    };
    let y_ticks = |height: f64| heights.ticks(&plot, (height / 30.0) as usize);
    let x_ticks = |most| places(scale.ticks(plot.view.lo, plot.view.hi, most), scale, plot.view);
    let mut frame = Frame::new((appearance.width, appearance.height), &labels, y_ticks, x_ticks)?;
    bars(&mut frame, &plot, &heights, scale);
    for line in &plot.lines {
        if line.is_hanging {
            other_bars(&mut frame, &plot, &heights, line, scale);
        } else {
            outline(&mut frame, &plot, &heights, line, scale);
        }
    }
    frame.axes();
    legend(&mut frame, figure);
    Ok(frame.canvas)
}

/// Returns the name of an axis with its scale.
pub(super) fn axis_name(name: &str, scale: Scale) -> String {
    match scale {
        Scale::Linear => name.into(),
        Scale::Log => format!("{name}, log scale"),
        Scale::Symlog => format!("{name}, symmetric log scale"),
    }
}

/// Vertical axis: the range of the heights, and the same as scaled lengths.
struct Heights {
    range: Segment,
    lengths: Segment,
}

impl Heights {
    fn of(plot: &Plot) -> Self {
        let range = plot.range();
        let range = if range.lo == range.hi { Segment { lo: 0.0, hi: 1.0 } } else { range };
        Self {
            range,
            lengths: Segment { lo: plot.count_scale.length(range.lo), hi: plot.count_scale.length(range.hi) },
        }
    }

    /// Position of a height along the axis, from 0 (bottom) to 1 (top).
    fn place(&self, plot: &Plot, height: f64) -> f64 {
        let (above, below) = (HEADROOM, if self.range.lo < 0.0 { HEADROOM } else { 0.0 });
        let part = Scale::Linear.position(plot.count_scale.length(height), self.lengths.lo, self.lengths.hi);
        below + part * (1.0 - above - below)
    }

    /// Ticks of the axis, about `most`.
    fn ticks(&self, plot: &Plot, most: usize) -> Places {
        let ticks = |most| plot.count_scale.ticks(self.range.lo, self.range.hi, most);
        let whole = |ticks: &Ticks| ticks.at.iter().all(|(at, _)| at.fract() == 0.0);
        // A count has no fractions.
        let counts = plot.heights.iter().all(|height| height.fract() == 0.0);
        let found = (2..=most.clamp(4, 10)).rev().map(ticks).find(|ticks| !counts || whole(ticks));
        found.unwrap_or_default().at.into_iter().map(|(at, label)| (self.place(plot, at), printed(&label))).collect()
    }
}

/// Draws the bars, the zero line if there are negative heights, and arrows at infinite ones.
fn bars(frame: &mut Frame, plot: &Plot, heights: &Heights, scale: Scale) {
    let zero = frame.y(heights.place(plot, 0.0));
    let place = |x: f64| frame.x(scale.position(x, plot.view.lo, plot.view.hi));
    let visible: Vec<(f64, f64, f64)> = plot
        .edges
        .windows(2)
        .zip(&plot.heights)
        .filter(|(edges, height)| plot.shows(edges) && **height != 0.0 && !height.is_nan())
        .map(|(edges, height)| (place(edges[0]), place(edges[1]), *height))
        .collect();
    let bins = plot.edges.windows(2).filter(|edges| plot.shows(edges)).count();
    let gap = if frame.width() / bins.max(1) as f64 > WIDE { GAP } else { 0.0 };
    let (mut wide, mut spikes, mut arrows): (Vec<Area>, Vec<Area>, Vec<(f64, f64)>) =
        (Vec::new(), Vec::new(), Vec::new());
    for (left, right, height) in visible {
        let end = if height.is_infinite() {
            if height > 0.0 { frame.top } else { frame.bottom }
        } else {
            frame.y(heights.place(plot, height))
        };
        let (top, tall) = (end.min(zero), (end - zero).abs());
        // Extend a low bar away from zero.
        let (top, tall) = match tall {
            tall if tall >= MIN_HEIGHT => (top, tall),
            _ if height > 0.0 => (zero - MIN_HEIGHT, MIN_HEIGHT),
            _ => (zero, MIN_HEIGHT),
        };
        if left == right {
            spikes.push([left - 1.0, top, 2.0, tall]);
        } else {
            let width = (right - left - gap).max(MIN_WIDTH);
            wide.push([f64::midpoint(left, right) - width / 2.0, top, width, tall]);
        }
        if height.is_infinite() {
            arrows.push((f64::midpoint(left, right), end));
        }
    }
    let negative = heights.range.lo < 0.0;
    let (left, right) = (frame.left, frame.right);
    for (areas, color) in [(wide, BAR), (spikes, SPIKE)].into_iter().filter(|(areas, _)| !areas.is_empty()) {
        frame.canvas.areas(areas, color);
    }
    if negative {
        frame.canvas.line(vec![(left, zero), (right, zero)], SPIKE, 1.0);
    }
    for (x, y) in arrows {
        let length = if y < zero { 7.0 } else { -7.0 };
        frame.canvas.shape(vec![(x, y), (x - 4.5, y + length), (x + 4.5, y + length)], ARROW);
    }
}

/// Returns the color of another histogram.
fn color_of(line: &ComparedLine) -> Color {
    LINES[line.color % LINES.len()]
}

/// Returns the names in the legend of a comparison, with their colors.
fn names(figure: &Figure) -> impl Iterator<Item = (String, Color)> + use<'_> {
    let compared = figure.comparison.iter().filter(|compared| !compared.others.is_empty());
    compared.flat_map(|compared| {
        let others = compared.others.iter().map(|line| (visible(&line.name).into_owned(), color_of(line)));
        std::iter::once((visible(&compared.name).into_owned(), BAR)).chain(others)
    })
}

/// Draws the legend at the right of the plot.
fn legend(frame: &mut Frame, figure: &Figure) {
    let most = ((frame.bottom - frame.top) / LEGEND_LINE) as usize;
    let count = names(figure).count();
    for (at, (name, color)) in names(figure).take(most).enumerate() {
        let y = frame.top + (at as f64 + 0.7) * LEGEND_LINE;
        let x = frame.right + 10.0;
        if at + 1 == most && count > most {
            frame.canvas.words(&format!("+{} more", count - at), (x, y), LEGEND, Anchor::Start);
            return;
        }
        frame.canvas.areas(vec![[x, y - 6.0, 12.0, 4.0]], color);
        frame.canvas.words(&name, (x + 17.0, y), LEGEND, Anchor::Start);
    }
}

/// Draws another histogram as bars.
fn other_bars(frame: &mut Frame, plot: &Plot, heights: &Heights, line: &ComparedLine, scale: Scale) {
    let zero = frame.y(heights.place(plot, 0.0));
    let place = |x: f64| frame.x(scale.position(x, plot.view.lo, plot.view.hi));
    let visible =
        plot.edges.windows(2).zip(&line.heights).filter(|(edges, height)| plot.shows(edges) && **height < 0.0);
    let areas: Vec<Area> = visible
        .map(|(edges, height)| {
            let (left, right) = (place(edges[0]), place(edges[1]));
            let bottom = if height.is_finite() { frame.y(heights.place(plot, *height)) } else { frame.bottom };
            [left, zero, (right - left - GAP).max(MIN_WIDTH), (bottom - zero).max(MIN_HEIGHT)]
        })
        .collect();
    frame.canvas.areas(areas, color_of(line));
}

/// Draws the outline of another histogram, which starts and ends at zero.
fn outline(frame: &mut Frame, plot: &Plot, heights: &Heights, line: &ComparedLine, scale: Scale) {
    let zero = frame.y(heights.place(plot, 0.0));
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (edges, height) in plot.edges.windows(2).zip(&line.heights).filter(|(edges, _)| plot.shows(edges)) {
        let [left, right] = [edges[0], edges[1]].map(|x| frame.x(scale.position(x, plot.view.lo, plot.view.hi)));
        let y = if height.is_nan() { zero } else { frame.y(heights.place(plot, *height)) };
        if points.is_empty() {
            points.push((left, zero));
        }
        points.extend([(left, y), (right, y)]);
    }
    if let Some((right, _)) = points.last().copied() {
        points.push((right, zero));
        frame.canvas.line(points, color_of(line), 1.5);
    }
}
