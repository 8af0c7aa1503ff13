//! Contents of a picture, independent of the format. SVG and PNG show the same.
//!
//! Units are SVG units: x to the right, y downward, about 100 per inch.

mod png;
mod svg;

use super::font::Font;
use crate::text;

/// Color as 0xRRGGBB.
pub(super) type Color = u32;

/// Color of text and axes.
pub(super) const INK: Color = 0x26_2626;

/// A picture on a white background.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Canvas {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Title for screen readers.
    pub(super) title: String,
    marks: Vec<Mark>,
}

/// Rectangle: left, top, width, height.
pub(super) type Area = [f64; 4];

#[derive(Debug, Clone, PartialEq)]
enum Mark {
    /// Rectangles of one color, with or without anti-aliasing.
    Areas {
        areas: Vec<Area>,
        color: Color,
        sharp: bool,
    },
    /// A filled polygon.
    Shape {
        corners: Vec<(f64, f64)>,
        color: Color,
    },
    Line {
        points: Vec<(f64, f64)>,
        color: Color,
        width: f64,
    },
    Words(Words),
}

/// A line of text with its baseline at a point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) at: (f64, f64),
    pub(super) size: f64,
    pub(super) anchor: Anchor,
    /// True if the text runs from bottom to top.
    pub(super) upward: bool,
    pub(super) color: Color,
}

/// Part of a text that is at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    /// Share of the text before its point.
    fn before(self) -> f64 {
        match self {
            Self::Start => 0.0,
            Self::Middle => 0.5,
            Self::End => 1.0,
        }
    }
}

impl Canvas {
    /// Creates an empty picture of a width and height in units.
    pub(super) fn new((width, height): (f64, f64), title: &str) -> Self {
        Self { width, height, title: text::visible(title).into_owned(), marks: Vec::new() }
    }

    /// Draws another picture with its top left corner at a point.
    pub(super) fn place(&mut self, image: Self, (x, y): (f64, f64)) {
        let moved = |(left, top): (f64, f64)| (left + x, top + y);
        self.marks.extend(image.marks.into_iter().map(|mark| match mark {
            Mark::Areas { areas, color, sharp } => {
                let areas = areas.into_iter().map(|[left, top, width, height]| [left + x, top + y, width, height]);
                Mark::Areas { areas: areas.collect(), color, sharp }
            }
            Mark::Shape { corners, color } => Mark::Shape { corners: corners.into_iter().map(moved).collect(), color },
            Mark::Line { points, color, width } => {
                Mark::Line { points: points.into_iter().map(moved).collect(), color, width }
            }
            Mark::Words(words) => Mark::Words(Words { at: moved(words.at), ..words }),
        }));
    }

    /// Draws rectangles with anti-aliasing.
    pub(super) fn areas(&mut self, areas: Vec<Area>, color: Color) {
        self.marks.push(Mark::Areas { areas, color, sharp: false });
    }

    /// Draws adjacent rectangles without anti-aliasing, so that no background is visible between them.
    pub(super) fn tiles(&mut self, areas: Vec<Area>, color: Color) {
        self.marks.push(Mark::Areas { areas, color, sharp: true });
    }

    /// Fills a polygon.
    pub(super) fn shape(&mut self, corners: Vec<(f64, f64)>, color: Color) {
        self.marks.push(Mark::Shape { corners, color });
    }

    /// Draws a line through points.
    pub(super) fn line(&mut self, points: Vec<(f64, f64)>, color: Color, width: f64) {
        self.marks.push(Mark::Line { points, color, width });
    }

    /// Writes text in the default color.
    pub(super) fn words(&mut self, text: &str, at: (f64, f64), size: f64, anchor: Anchor) {
        self.put(Words { text: text.into(), at, size, anchor, upward: false, color: INK });
    }

    /// Writes text.
    pub(super) fn put(&mut self, words: Words) {
        self.marks.push(Mark::Words(words));
    }

    /// Fits text into a width: reduces its size down to `smallest`, then shortens it in the middle. Returns text and size.
    pub(super) fn fit(words: &str, size: f64, smallest: f64, room: f64) -> (String, f64) {
        let clean = text::visible(words).into_owned();
        let width = Font::new(1.0).width(&clean);
        if width * smallest <= room {
            return (clean, size.min(room / width));
        }
        let cells = text::width(&clean);
        let fits = |short: &String| Font::new(smallest).width(short) <= room;
        let shorter = (0..cells).rev().map(|cells| text::clip_middle(&clean, cells).into_owned());
        (shorter.into_iter().find(fits).unwrap_or_default(), smallest)
    }
}

pub(super) use png::png;
pub(super) use svg::svg;
