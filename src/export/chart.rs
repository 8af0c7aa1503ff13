//! A histogram as a picture: bars with their axes.
//!
//! Bins of different widths are drawn as densities, so that areas compare. A bin that holds something is never drawn as
//! nothing: a narrow one keeps a line, a low one a little height.

use super::canvas::{Area, Canvas, Color};
use super::figure::{Figure, Plot};
use super::frame::{Around, Frame, Places, places, printed};
use crate::error::Error;
use crate::hist::Segment;
use crate::hist::scale::{Scale, Ticks};
use crate::text::visible;

const BAR: Color = 0x4c_78a8;
/// Bins without width.
const SPIKE: Color = 0x1f_3f66;
/// What is compared with.
const OUTLINE: Color = 0xe0_7b1f;
/// What goes beyond the scale.
const BEYOND: Color = 0xd6_2728;
/// The least width of a bar and the least height, which the axis does not hide, in units.
const THIN: f64 = 0.75;
const LOW: f64 = 2.0;
/// Bars wider than this are told apart by a line of light.
const WIDE: f64 = 5.0;
const GAP: f64 = 0.6;
/// The part of the plot that stays free beyond the highest bar.
const ROOM: f64 = 0.04;

/// Draws it.
///
/// # Errors
/// What [`Figure::plot`] says; a picture that is too small.
pub(super) fn chart(figure: &Figure) -> Result<Canvas, Error> {
    let plot = figure.plot()?;
    let look = &figure.look;
    let heights = Heights::of(&plot);
    let unseen = plot.unseen(&figure.histogram.to_hist()?);
    let compared = figure.outline.as_ref().map(|(name, _)| format!("outline: {}", visible(name))).unwrap_or_default();
    let parts = [figure.note.as_str(), &unseen, &compared];
    let note = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" · ");
    let around = Around {
        title: &figure.title,
        note: &note,
        across: named("value", look.value_scale.over(plot.view.lo)),
        upward: if look.log_counts { format!("{}, log scale", plot.name) } else { plot.name.into() },
        beside: 0.0,
    };
    let upward = |height: f64| heights.ticks(&plot, (height / 30.0) as usize);
    let across = |most| places(look.value_scale.ticks(plot.view.lo, plot.view.hi, most), look.value_scale, plot.view);
    let mut frame = Frame::new((look.width, look.height), &around, upward, across)?;
    bars(&mut frame, &plot, &heights, look.value_scale);
    outline(&mut frame, &plot, &heights, look.value_scale);
    frame.axes();
    Ok(frame.canvas)
}

/// What a value axis is called.
pub(super) fn named(what: &str, scale: Scale) -> String {
    match scale {
        Scale::Linear => what.into(),
        Scale::Log => format!("{what}, log scale"),
        Scale::Symlog => format!("{what}, symmetric log scale"),
    }
}

/// The heights that the plot spans, as lengths, with room beyond the highest.
struct Heights {
    range: Segment,
    lengths: Segment,
}

impl Heights {
    fn of(plot: &Plot) -> Self {
        let range = plot.range();
        let range = if range.lo == range.hi { Segment { lo: 0.0, hi: 1.0 } } else { range };
        Self { range, lengths: Segment { lo: plot.rise.length(range.lo), hi: plot.rise.length(range.hi) } }
    }

    /// A height's place in the plot.
    fn place(&self, plot: &Plot, height: f64) -> f64 {
        let (above, below) = (ROOM, if self.range.lo < 0.0 { ROOM } else { 0.0 });
        let part = Scale::Linear.position(plot.rise.length(height), self.lengths.lo, self.lengths.hi);
        below + part * (1.0 - above - below)
    }

    fn ticks(&self, plot: &Plot, most: usize) -> Places {
        let ticks = |most| plot.rise.ticks(self.range.lo, self.range.hi, most);
        let whole = |ticks: &Ticks| ticks.at.iter().all(|(at, _)| at.fract() == 0.0);
        // There is no half a count.
        let counts = plot.heights.iter().all(|height| height.fract() == 0.0);
        let found = (2..=most.clamp(4, 10)).rev().map(ticks).find(|ticks| !counts || whole(ticks));
        found.unwrap_or_default().at.into_iter().map(|(at, label)| (self.place(plot, at), printed(&label))).collect()
    }
}

fn bars(frame: &mut Frame, plot: &Plot, heights: &Heights, scale: Scale) {
    let zero = frame.y(heights.place(plot, 0.0));
    let place = |x: f64| frame.x(scale.position(x, plot.view.lo, plot.view.hi));
    let seen: Vec<(f64, f64, f64)> = plot
        .edges
        .windows(2)
        .zip(&plot.heights)
        .filter(|(edges, height)| plot.sees(edges) && **height != 0.0 && !height.is_nan())
        .map(|(edges, height)| (place(edges[0]), place(edges[1]), *height))
        .collect();
    let bins = plot.edges.windows(2).filter(|edges| plot.sees(edges)).count();
    let gap = if frame.width() / bins.max(1) as f64 > WIDE { GAP } else { 0.0 };
    let (mut wide, mut spikes, mut beyond): (Vec<Area>, Vec<Area>, Vec<(f64, f64)>) =
        (Vec::new(), Vec::new(), Vec::new());
    for (left, right, height) in seen {
        let end = if height.is_infinite() {
            if height > 0.0 { frame.top } else { frame.bottom }
        } else {
            frame.y(heights.place(plot, height))
        };
        let (top, tall) = (end.min(zero), (end - zero).abs());
        // Something is never nothing: a low bar grows away from zero.
        let (top, tall) = match tall {
            tall if tall >= LOW => (top, tall),
            _ if height > 0.0 => (zero - LOW, LOW),
            _ => (zero, LOW),
        };
        if left == right {
            spikes.push([left - 1.0, top, 2.0, tall]);
        } else {
            let width = (right - left - gap).max(THIN);
            wide.push([f64::midpoint(left, right) - width / 2.0, top, width, tall]);
        }
        if height.is_infinite() {
            beyond.push((f64::midpoint(left, right), end));
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
    for (x, y) in beyond {
        let toward = if y < zero { 7.0 } else { -7.0 };
        frame.canvas.shape(vec![(x, y), (x - 4.5, y + toward), (x + 4.5, y + toward)], BEYOND);
    }
}

/// The other histogram's outline, from zero to zero.
fn outline(frame: &mut Frame, plot: &Plot, heights: &Heights, scale: Scale) {
    let Some((edges, outline)) = &plot.outline else { return };
    let zero = frame.y(heights.place(plot, 0.0));
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (edges, height) in edges.windows(2).zip(outline).filter(|(edges, _)| plot.sees(edges)) {
        let [left, right] = [edges[0], edges[1]].map(|x| frame.x(scale.position(x, plot.view.lo, plot.view.hi)));
        let y = if height.is_nan() { zero } else { frame.y(heights.place(plot, *height)) };
        if points.is_empty() {
            points.push((left, zero));
        }
        points.extend([(left, y), (right, y)]);
    }
    if let Some((right, _)) = points.last().copied() {
        points.push((right, zero));
        frame.canvas.line(points, OUTLINE, 1.5);
    }
}
