//! What pictures are made of, before it is known whether they become SVG or PNG: both show the same.
//!
//! Units are those of an SVG: x to the right, y downward, a hundred an inch or so.

mod png;
mod svg;

use super::font::Font;
use crate::text;

/// 0xRRGGBB.
pub(super) type Color = u32;

/// The colour of words and axes.
pub(super) const INK: Color = 0x26_2626;

/// A picture on white.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Canvas {
    pub(super) width: f64,
    pub(super) height: f64,
    /// For who cannot see it.
    pub(super) title: String,
    marks: Vec<Mark>,
}

/// A rectangle: left, top, width, height.
pub(super) type Area = [f64; 4];

#[derive(Debug, Clone, PartialEq)]
enum Mark {
    /// Rectangles of one colour, their sides sharp or smoothed.
    Areas {
        areas: Vec<Area>,
        color: Color,
        sharp: bool,
    },
    /// A filled outline.
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

/// A line of text whose baseline is at a point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) at: (f64, f64),
    pub(super) size: f64,
    pub(super) anchor: Anchor,
    /// Read from bottom to top.
    pub(super) upward: bool,
    pub(super) color: Color,
}

/// Which part of a text is at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    /// How much of the text lies before its point.
    fn before(self) -> f64 {
        match self {
            Self::Start => 0.0,
            Self::Middle => 0.5,
            Self::End => 1.0,
        }
    }
}

impl Canvas {
    pub(super) fn new((width, height): (f64, f64), title: &str) -> Self {
        Self { width, height, title: text::visible(title).into_owned(), marks: Vec::new() }
    }

    pub(super) fn areas(&mut self, areas: Vec<Area>, color: Color) {
        self.marks.push(Mark::Areas { areas, color, sharp: false });
    }

    /// Rectangles side by side with those of other colours, between which nothing may shine through.
    pub(super) fn tiles(&mut self, areas: Vec<Area>, color: Color) {
        self.marks.push(Mark::Areas { areas, color, sharp: true });
    }

    pub(super) fn shape(&mut self, corners: Vec<(f64, f64)>, color: Color) {
        self.marks.push(Mark::Shape { corners, color });
    }

    pub(super) fn line(&mut self, points: Vec<(f64, f64)>, color: Color, width: f64) {
        self.marks.push(Mark::Line { points, color, width });
    }

    /// Black words of a size.
    pub(super) fn words(&mut self, text: &str, at: (f64, f64), size: f64, anchor: Anchor) {
        self.put(Words { text: text.into(), at, size, anchor, upward: false, color: INK });
    }

    pub(super) fn put(&mut self, words: Words) {
        self.marks.push(Mark::Words(words));
    }

    /// Words that fit into a width, in smaller letters (down to `smallest`) or shortened in the middle where they must.
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
