//! A picture's title, axes and margins, around a plot that others fill.

use super::canvas::{Anchor, Area, Canvas, Color, INK, Words};
use super::font::Font;
use crate::error::Error;
use crate::hist::Segment;
use crate::hist::scale::{Scale, Ticks};

/// Units of a picture whose size nobody said.
const SIZE: (u16, u16) = (800, 500);
/// In less there is no room for axes and title.
const SMALLEST: (u16, u16) = (240, 180);

const TITLE: f64 = 18.0;
const NOTE: f64 = 12.0;
const LABEL: f64 = 12.0;
const NAME: f64 = 13.0;
/// Free space at the sides of a picture, and between neighbours.
const MARGIN: f64 = 16.0;
const TICK: f64 = 5.0;
const GRID: Color = 0xe4_e4e4;
const FAINT: Color = 0x5f_5f5f;

/// What is said around the plot.
pub(super) struct Around<'a> {
    pub(super) title: &'a str,
    pub(super) note: &'a str,
    /// What the axes are.
    pub(super) across: String,
    pub(super) upward: String,
    /// Units kept free at the right of the plot.
    pub(super) beside: f64,
}

/// A canvas with a plot on it.
pub(super) struct Frame {
    pub(super) canvas: Canvas,
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// Ticks by their place along an axis, from 0 to 1.
pub(super) type Places = Vec<(f64, String)>;

/// Where the ticks of a value axis lie.
pub(super) fn places(ticks: Ticks, scale: Scale, view: Segment) -> Places {
    ticks.at.into_iter().map(|(at, label)| (scale.position(at, view.lo, view.hi), printed(&label))).collect()
}

/// A number with the minus sign of print.
pub(super) fn printed(label: &str) -> String {
    label.replace('-', "−")
}

/// How wide the widest label is.
pub(super) fn widest(places: &Places) -> f64 {
    let font = Font::new(LABEL);
    places.iter().map(|(_, label)| font.width(label)).fold(0.0, f64::max)
}

impl Frame {
    /// Writes what is around the plot. `upward` are the ticks of the upward axis for a plot of so many units' height,
    /// `across` those of the other for at most so many labels.
    ///
    /// # Errors
    /// [`Error::Value`] for a picture that is too small.
    pub(super) fn new(
        size: (Option<u16>, Option<u16>),
        around: &Around<'_>,
        upward: impl FnOnce(f64) -> Places,
        across: impl Fn(usize) -> Places,
    ) -> Result<Self, Error> {
        let (width, height) = (size.0.unwrap_or(SIZE.0), size.1.unwrap_or(SIZE.1));
        if width < SMALLEST.0 || height < SMALLEST.1 {
            let (least, high) = SMALLEST;
            return Err(Error::Value(format!(
                "a picture is at least {least} wide and {high} high, not {width} × {height}"
            )));
        }
        let (width, height) = (f64::from(width), f64::from(height));
        let mut canvas = Canvas::new((width, height), around.title);
        let notes = wrapped(around.note, width - MARGIN - 100.0);
        let top = 52.0 + notes.len() as f64 * 18.0;
        let bottom = height - 56.0;
        let upward = upward(bottom - top);
        let left = MARGIN + NAME + 10.0 + widest(&upward) + TICK + 3.0;
        // Half of a label may stand out at the end of the axis.
        let right = width - around.beside - (MARGIN + 8.0).max(widest(&across(6)) / 2.0 + 6.0);
        let room = width - left - MARGIN;
        let (title, size) = Canvas::fit(around.title, TITLE, 12.0, room);
        canvas.words(&title, (left, 30.0), size, Anchor::Start);
        for (line, note) in notes.iter().enumerate() {
            let (note, size) = Canvas::fit(note, NOTE, 9.0, room);
            let at = (left, 50.0 + line as f64 * 17.0);
            canvas.put(Words { color: FAINT, ..words(&note, at, size, Anchor::Start) });
        }
        let mut frame = Self { canvas, left, top, right, bottom };
        frame.upward(&upward);
        frame.across(across);
        let (name, size) = Canvas::fit(&around.across, NAME, 9.0, right - left);
        frame.canvas.words(&name, (f64::midpoint(left, right), height - 14.0), size, Anchor::Middle);
        let (name, size) = Canvas::fit(&around.upward, NAME, 9.0, bottom - top);
        let at = (MARGIN + NAME, f64::midpoint(top, bottom));
        frame.canvas.put(Words { upward: true, ..words(&name, at, size, Anchor::Middle) });
        Ok(frame)
    }

    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// The picture's x at a place along the axis.
    pub(super) fn x(&self, place: f64) -> f64 {
        self.left + place * self.width()
    }

    /// The picture's y at a place along the axis.
    pub(super) fn y(&self, place: f64) -> f64 {
        self.bottom - place * self.height()
    }

    fn upward(&mut self, places: &Places) {
        for (place, label) in places {
            let y = self.y(*place);
            self.canvas.line(vec![(self.left, y), (self.right, y)], GRID, 1.0);
            self.canvas.line(vec![(self.left - TICK, y), (self.left, y)], INK, 1.0);
            self.canvas.words(label, (self.left - TICK - 3.0, y + LABEL * 0.36), LABEL, Anchor::End);
        }
    }

    /// As many ticks as have room for their labels side by side.
    fn across(&mut self, ticks: impl Fn(usize) -> Places) {
        let font = Font::new(LABEL);
        let (least, most) = (self.left / 2.0, self.canvas.width - 4.0);
        let fits = |places: &Places| {
            let ends: Vec<(f64, f64)> = places
                .iter()
                .map(|(place, label)| (self.x(*place), font.width(label) / 2.0))
                .map(|(x, half)| (x - half, x + half))
                .collect();
            let inside = ends.iter().all(|(start, end)| *start >= least && *end <= most);
            inside && ends.windows(2).all(|pair| pair[0].1 + LABEL <= pair[1].0)
        };
        let places = (2..=12).rev().map(ticks).find(fits).unwrap_or_default();
        for (place, label) in places {
            let x = self.x(place);
            self.canvas.line(vec![(x, self.bottom), (x, self.bottom + TICK)], INK, 1.0);
            self.canvas.words(&label, (x, self.bottom + TICK + LABEL + 2.0), LABEL, Anchor::Middle);
        }
    }

    /// The two axes, over whatever was drawn in the plot.
    pub(super) fn axes(&mut self) {
        let corner = vec![(self.left, self.top), (self.left, self.bottom), (self.right, self.bottom)];
        self.canvas.line(corner, INK, 1.2);
    }

    /// A scale of colours beside the plot: areas from the bottom up, ticks, and what it is.
    pub(super) fn legend(&mut self, steps: &[Color], places: &Places, name: &str) {
        let (x, width) = (self.right + MARGIN, 14.0);
        let height = self.height() / steps.len().max(1) as f64;
        for (index, color) in steps.iter().enumerate() {
            let y = self.bottom - (index + 1) as f64 * height;
            let area: Area = [x, y, width, height];
            self.canvas.tiles(vec![area], *color);
        }
        for (place, label) in places {
            let y = self.y(*place);
            self.canvas.line(vec![(x + width, y), (x + width + TICK, y)], INK, 1.0);
            self.canvas.words(label, (x + width + TICK + 3.0, y + LABEL * 0.36), LABEL, Anchor::Start);
        }
        let at = (self.canvas.width - MARGIN, f64::midpoint(self.top, self.bottom));
        let (name, size) = Canvas::fit(name, NAME, 9.0, self.height());
        self.canvas.put(Words { upward: true, ..words(&name, at, size, Anchor::Middle) });
    }
}

/// Units that a legend with these ticks takes beside the plot.
pub(super) fn legend_width(places: &Places) -> f64 {
    MARGIN + 14.0 + TICK + 3.0 + widest(places) + 8.0 + NAME
}

/// Lines of a note that fit into a width, its parts whole.
fn wrapped(note: &str, room: f64) -> Vec<String> {
    const BETWEEN: &str = " · ";
    let font = Font::new(NOTE);
    let mut lines: Vec<String> = Vec::new();
    for part in note.split(BETWEEN).filter(|part| !part.is_empty()) {
        match lines.last_mut().filter(|line| font.width(line) + font.width(part) + NOTE <= room) {
            Some(line) => *line = format!("{line}{BETWEEN}{part}"),
            None => lines.push(part.to_owned()),
        }
    }
    lines
}

fn words(text: &str, at: (f64, f64), size: f64, anchor: Anchor) -> Words {
    Words { text: text.into(), at, size, anchor, upward: false, color: INK }
}
