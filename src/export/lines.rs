//! Draws a statistic over steps: a line for each run, and a legend. Also writes the values as CSV.

use super::canvas::{Anchor, Canvas, Color, Words};
use super::chart::axis_name;
use super::figure::Appearance;
use super::font::Font;
use super::frame::{Frame, Labels, Places, places, printed};
use crate::error::Error;
use crate::hist::scale::{Scale, whole_label, whole_ticks};
use crate::hist::{Bounded, Segment};
use crate::text::{clip_middle, plural, visible};
use std::fmt::Write as _;

/// A statistic over steps, to export.
#[derive(Debug, Clone, PartialEq)]
pub struct StatisticOverSteps {
    pub title: String,
    /// Name of the statistic.
    pub statistic: String,
    pub lines: Vec<ExportLine>,
    /// The first and the last step to draw.
    pub steps: (i64, i64),
    pub log: bool,
    /// Number of runs with this series. `lines` may have only some of them.
    pub runs: usize,
    /// Appearance. Only the size has an effect.
    pub appearance: Appearance,
}

/// The values of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportLine {
    pub run: String,
    pub series: String,
    /// Step numbers and values, in increasing order of steps.
    pub points: Vec<(i64, Bounded)>,
}

/// Colors of Okabe and Ito, which color-blind readers can distinguish, in the order of the screen.
const COLORS: [Color; 7] = [0x00_72b2, 0xe6_9f00, 0x00_9e73, 0xcc_79a7, 0x56_b4e9, 0xd5_5e00, 0x88_8888];
/// Width of a line, in units.
const WIDTH: f64 = 1.6;
/// Font size of the legend.
const NAME: f64 = 12.0;
/// Maximum number of characters of a name in the legend.
const NAME_CELLS: usize = 28;
/// Width and height of a marker, and the distance of two on a line.
const MARKER: f64 = 6.0;
const APART: f64 = 90.0;

impl StatisticOverSteps {
    /// Returns a table with one line for each run and step. Unknown values are empty.
    pub(super) fn csv(&self) -> String {
        let text = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let number = |x: f64| if x.is_nan() { String::new() } else { x.to_string() };
        let mut csv = format!("run,series,step,{0},{0}_lo,{0}_hi\n", self.statistic);
        for line in &self.lines {
            let (run, series) = (text(&line.run), text(&line.series));
            for (step, Bounded { at, lo, hi }) in line.points.iter().filter(|(step, _)| self.contains(*step)) {
                let _ = writeln!(csv, "{run},{series},{step},{},{},{}", number(*at), number(*lo), number(*hi));
            }
        }
        csv
    }

    fn contains(&self, step: i64) -> bool {
        (self.steps.0..=self.steps.1).contains(&step)
    }

    /// Draws the lines.
    ///
    /// # Errors
    /// [`Error::Value`] if no value is known, or if the size is too small.
    pub(super) fn image(&self) -> Result<Canvas, Error> {
        let points = self.lines.iter().flat_map(|line| &line.points).filter(|(step, _)| self.contains(*step));
        let ends = points.map(|(_, value)| value.at).filter(|x| x.is_finite()).map(|x| Segment { lo: x, hi: x });
        let view = ends.reduce(Segment::union).ok_or_else(|| Error::Value("no step has a known value".into()))?;
        let pad = if view.lo < view.hi { 0.0 } else { (view.lo.abs() / 10.0).max(1e-12) };
        let view = Segment { lo: view.lo - pad, hi: view.hi + pad };
        let scale = if self.log { Scale::Log } else { Scale::Linear };
        let names: Vec<String> = match self.lines.len() {
            0 | 1 => Vec::new(),
            _ => self.lines.iter().map(|line| clip_middle(&visible(&line.run), NAME_CELLS).into_owned()).collect(),
        };
        let font = Font::new(NAME);
        let widest = names.iter().map(|name| font.width(name)).fold(0.0, f64::max);
        let labels = Labels {
            title: &self.title,
            note: &self.note(),
            x: "step".into(),
            y: axis_name(&self.statistic, scale.over(view.lo)),
            legend_width: if names.is_empty() { 0.0 } else { widest + 44.0 },
        };
        let y_ticks = |height: f64| places(scale.ticks(view.lo, view.hi, (height / 40.0) as usize), scale, view);
        let mut frame = Frame::new((self.appearance.width, self.appearance.height), &labels, y_ticks, |most| {
            self.step_ticks(most)
        })?;
        for (at, line) in self.lines.iter().enumerate() {
            self.line(&mut frame, line, at, (view, scale));
        }
        frame.axes();
        for (at, name) in names.iter().enumerate() {
            let (x, y) = (frame.right + 18.0, frame.top + 8.0 + at as f64 * 19.0);
            frame.canvas.line(vec![(x - 8.0, y), (x + 8.0, y)], COLORS[at % COLORS.len()], WIDTH);
            marker(&mut frame.canvas, (x, y), at);
            let at = (x + 14.0, y + NAME * 0.36);
            let words = Words {
                text: name.clone(),
                at,
                size: NAME,
                anchor: Anchor::Start,
                upward: false,
                color: super::canvas::INK,
            };
            frame.canvas.put(words);
        }
        Ok(frame.canvas)
    }

    fn note(&self) -> String {
        let (first, last) = self.steps;
        let mut parts = vec![format!("steps {}–{}", whole_label(first), whole_label(last))];
        if self.lines.len() < self.runs {
            parts.push(format!("{} of {}", self.lines.len(), plural(self.runs as u64, "run")));
        }
        if self.lines.iter().flat_map(|line| &line.points).any(|(_, value)| value.lo < value.hi) {
            parts.push("estimated from bins".into());
        }
        parts.join(" · ")
    }

    fn place(&self, step: i64) -> f64 {
        Scale::Linear.position(step as f64, self.steps.0 as f64, self.steps.1 as f64)
    }

    fn step_ticks(&self, most: usize) -> Places {
        let ticks = whole_ticks(self.steps.0, self.steps.1, most);
        ticks.into_iter().map(|step| (self.place(step), printed(&whole_label(step)))).collect()
    }

    /// Draws a line, which unknown values interrupt, and its markers. Points closer than a unit are drawn as their extremes.
    fn line(&self, frame: &mut Frame, line: &ExportLine, at: usize, (view, scale): (Segment, Scale)) {
        let color = COLORS[at % COLORS.len()];
        let mut points: Vec<(f64, f64)> = Vec::new();
        let mut next_marker = frame.left + at as f64 * 23.0 % APART;
        let mut markers = Vec::new();
        let flush = |frame: &mut Frame, points: &mut Vec<(f64, f64)>| {
            let drawn = thinned(&std::mem::take(points));
            match drawn[..] {
                [] => {}
                [(x, y)] => frame.canvas.line(vec![(x - 1.0, y), (x + 1.0, y)], color, WIDTH),
                _ => frame.canvas.line(drawn, color, WIDTH),
            }
        };
        for (step, value) in line.points.iter().filter(|(step, _)| self.contains(*step)) {
            if value.at.is_nan() {
                flush(frame, &mut points);
                continue;
            }
            let point = (frame.x(self.place(*step)), frame.y(scale.position(value.at, view.lo, view.hi)));
            if point.0 >= next_marker && self.lines.len() > 1 {
                markers.push(point);
                next_marker = point.0 + APART;
            }
            points.push(point);
        }
        flush(frame, &mut points);
        for point in markers {
            marker(&mut frame.canvas, point, at);
        }
    }
}

/// Keeps the first, the lowest, the highest and the last of the points that share a unit of width.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    for group in points.chunk_by(|a, b| a.0.floor() == b.0.floor()) {
        let by_y = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let picks = [group.first(), group.iter().min_by(by_y), group.iter().max_by(by_y), group.last()];
        kept.extend(picks.into_iter().flatten().copied());
    }
    kept.dedup();
    kept
}

/// Draws the marker of a line: a square, a triangle, a diamond or a triangle that points down.
fn marker(canvas: &mut Canvas, (x, y): (f64, f64), at: usize) {
    let (half, color) = (MARKER / 2.0, COLORS[at % COLORS.len()]);
    let corners = match at % 4 {
        0 => vec![(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)],
        1 => vec![(x - half, y + half), (x + half, y + half), (x, y - half)],
        2 => vec![(x - half, y), (x, y - half), (x + half, y), (x, y + half)],
        _ => vec![(x - half, y - half), (x + half, y - half), (x, y + half)],
    };
    canvas.shape(corners, color);
}
