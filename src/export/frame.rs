//! Title, axes and margins of a picture, around an empty plot.

use super::canvas::{Anchor, Area, Canvas, Color, INK, Words};
use super::font::Font;
use crate::error::Error;
use crate::hist::Segment;
use crate::hist::scale::{Scale, Ticks};

/// Default width and height of a picture, in units.
const SIZE: (u16, u16) = (800, 500);
/// Minimum width and height. Axes and title do not fit into less.
const SMALLEST: (u16, u16) = (240, 180);

/// Font size of the title, in units.
const TITLE: f64 = 18.0;
/// Font size of the notes below the title.
const NOTE: f64 = 12.0;
/// Font size of tick labels.
const LABEL: f64 = 12.0;
/// Font size of axis names.
const NAME: f64 = 13.0;
/// Margin of the picture, and distance between its parts.
const MARGIN: f64 = 16.0;
/// Length of a tick.
const TICK: f64 = 5.0;
const GRID: Color = 0xe4_e4e4;
const FAINT: Color = 0x5f_5f5f;

/// Texts around the plot, and the space for its legend.
pub(super) struct Labels<'a> {
    pub(super) title: &'a str,
    /// Notes below the title, separated by ` · `.
    pub(super) note: &'a str,
    /// Name of the horizontal axis.
    pub(super) x: String,
    /// Name of the vertical axis.
    pub(super) y: String,
    /// Free space at the right of the plot, in units.
    pub(super) legend_width: f64,
}

/// A canvas with axes, and the sides of its plot in units.
pub(super) struct Frame {
    pub(super) canvas: Canvas,
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// Ticks: positions along an axis from 0 to 1, and labels.
pub(super) type Places = Vec<(f64, String)>;

/// Positions the ticks of a value axis.
pub(super) fn places(ticks: Ticks, scale: Scale, view: Segment) -> Places {
    ticks.at.into_iter().map(|(at, label)| (scale.position(at, view.lo, view.hi), printed(&label))).collect()
}

/// Replaces hyphens with minus signs (U+2212).
pub(super) fn printed(label: &str) -> String {
    label.replace('-', "−")
}

/// Width of the widest label, in units.
pub(super) fn widest(places: &Places) -> f64 {
    let font = Font::new(LABEL);
    places.iter().map(|(_, label)| font.width(label)).fold(0.0, f64::max)
}

impl Frame {
    /// Draws everything around the plot.
    ///
    /// `y_ticks` computes the vertical ticks from the height of the plot in units, `x_ticks` the horizontal ones from
    /// their maximum number.
    ///
    /// # Errors
    /// [`Error::Value`] if the size is too small.
    pub(super) fn new(
        size: (Option<u16>, Option<u16>),
        labels: &Labels<'_>,
        y_ticks: impl FnOnce(f64) -> Places,
        x_ticks: impl Fn(usize) -> Places,
    ) -> Result<Self, Error> {
        let (width, height) = (size.0.unwrap_or(SIZE.0), size.1.unwrap_or(SIZE.1));
        if width < SMALLEST.0 || height < SMALLEST.1 {
            let (min_width, min_height) = SMALLEST;
            return Err(Error::Value(format!(
                "picture size {width} × {height} is too small; use at least {min_width} × {min_height}"
            )));
        }
        let (width, height) = (f64::from(width), f64::from(height));
        let mut canvas = Canvas::new((width, height), labels.title);
        let notes = wrapped(labels.note, width - MARGIN - 100.0);
        let top = 52.0 + notes.len() as f64 * 18.0;
        let bottom = height - 56.0;
        let y_ticks = y_ticks(bottom - top);
        let left = MARGIN + NAME + 10.0 + widest(&y_ticks) + TICK + 3.0;
        // Leave space for half of a label after the end of the axis.
        let right = width - labels.legend_width - (MARGIN + 8.0).max(widest(&x_ticks(6)) / 2.0 + 6.0);
        let room = width - left - MARGIN;
        let (title, size) = Canvas::fit(labels.title, TITLE, 12.0, room);
        canvas.words(&title, (left, 30.0), size, Anchor::Start);
        for (line, note) in notes.iter().enumerate() {
            let (note, size) = Canvas::fit(note, NOTE, 9.0, room);
            let at = (left, 50.0 + line as f64 * 17.0);
            canvas.put(Words { color: FAINT, ..words(&note, at, size, Anchor::Start) });
        }
        let mut frame = Self { canvas, left, top, right, bottom };
        frame.draw_y_ticks(&y_ticks);
        frame.draw_x_ticks(x_ticks);
        let (name, size) = Canvas::fit(&labels.x, NAME, 9.0, right - left);
        frame.canvas.words(&name, (f64::midpoint(left, right), height - 14.0), size, Anchor::Middle);
        let (name, size) = Canvas::fit(&labels.y, NAME, 9.0, bottom - top);
        let at = (MARGIN + NAME, f64::midpoint(top, bottom));
        frame.canvas.put(Words { upward: true, ..words(&name, at, size, Anchor::Middle) });
        Ok(frame)
    }

    /// Width of the plot, in units.
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Height of the plot, in units.
    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Converts a position along the horizontal axis to the x of the picture.
    pub(super) fn x(&self, place: f64) -> f64 {
        self.left + place * self.width()
    }

    /// Converts a position along the vertical axis to the y of the picture.
    pub(super) fn y(&self, place: f64) -> f64 {
        self.bottom - place * self.height()
    }

    /// Draws the ticks and grid lines of the vertical axis.
    fn draw_y_ticks(&mut self, places: &Places) {
        for (place, label) in places {
            let y = self.y(*place);
            self.canvas.line(vec![(self.left, y), (self.right, y)], GRID, 1.0);
            self.canvas.line(vec![(self.left - TICK, y), (self.left, y)], INK, 1.0);
            self.canvas.words(label, (self.left - TICK - 3.0, y + LABEL * 0.36), LABEL, Anchor::End);
        }
    }

    /// Draws as many ticks of the horizontal axis as have space for their labels.
    fn draw_x_ticks(&mut self, ticks: impl Fn(usize) -> Places) {
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

    /// Draws both axes, on top of the plot.
    pub(super) fn axes(&mut self) {
        let corner = vec![(self.left, self.top), (self.left, self.bottom), (self.right, self.bottom)];
        self.canvas.line(corner, INK, 1.2);
    }

    /// Draws a color scale to the right of the plot: colors from the bottom up, ticks, and a name.
    pub(super) fn legend(&mut self, colors: &[Color], places: &Places, name: &str) {
        let (x, width) = (self.right + MARGIN, 14.0);
        let height = self.height() / colors.len().max(1) as f64;
        for (index, color) in colors.iter().enumerate() {
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

/// Width of a legend with these ticks, in units.
pub(super) fn legend_width(places: &Places) -> f64 {
    MARGIN + 14.0 + TICK + 3.0 + widest(places) + 8.0 + NAME
}

/// Wraps notes at their separators to lines of at most `room` units.
fn wrapped(note: &str, room: f64) -> Vec<String> {
    const SEPARATOR: &str = " · ";
    let font = Font::new(NOTE);
    let mut lines: Vec<String> = Vec::new();
    for part in note.split(SEPARATOR).filter(|part| !part.is_empty()) {
        match lines.last_mut().filter(|line| font.width(line) + font.width(part) + NOTE <= room) {
            Some(line) => *line = format!("{line}{SEPARATOR}{part}"),
            None => lines.push(part.to_owned()),
        }
    }
    lines
}

fn words(text: &str, at: (f64, f64), size: f64, anchor: Anchor) -> Words {
    Words { text: text.into(), at, size, anchor, upward: false, color: INK }
}
