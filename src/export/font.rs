//! The font of pictures: `DejaVu` Sans, like in matplotlib. `assets/font` has its license.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

const FILE: &[u8] = include_bytes!("../../assets/font/DejaVuSans.ttf");

/// The font at a size.
pub(super) struct Font {
    /// `None` if the embedded file is malformed. Pictures then have no letters.
    face: Option<Face<'static>>,
    /// Pixels per unit of the font.
    scale: f32,
}

impl Font {
    /// Returns the font with an em of `size` pixels.
    pub(super) fn new(size: f64) -> Self {
        let face = Face::parse(FILE, 0).ok();
        let scale = face.as_ref().map_or(0.0, |face| size as f32 / f32::from(face.units_per_em()));
        Self { face, scale }
    }

    /// Returns the width of a text in pixels.
    pub(super) fn width(&self, words: &str) -> f64 {
        self.glyphs(words).map(|(_, advance)| f64::from(advance)).sum()
    }

    /// Returns the glyphs of a text, each with its advance. Missing characters become an empty box.
    fn glyphs(&self, words: &str) -> impl Iterator<Item = (GlyphId, f32)> {
        self.face.iter().flat_map(move |face| {
            words.chars().map(move |c| {
                let glyph = face.glyph_index(c).unwrap_or_default();
                (glyph, f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * self.scale)
            })
        })
    }

    /// Returns the characters of a text that are not in the font, sorted and without duplicates.
    pub(super) fn missing(&self, words: &str) -> Vec<char> {
        let has = |c: char| self.face.as_ref().is_some_and(|face| face.glyph_index(c).is_some());
        let mut missing: Vec<char> = words.chars().filter(|c| !has(*c)).collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// Draws the outlines of a text. `place` returns the pen for a glyph at a distance from the start, in pixels.
    pub(super) fn draw<P: OutlineBuilder>(
        &self,
        words: &str,
        mut place: impl FnMut(f32) -> P,
        mut done: impl FnMut(P),
    ) {
        let Some(face) = &self.face else { return };
        let mut at = 0.0;
        for (glyph, advance) in self.glyphs(words) {
            let mut pen = Scaled { pen: place(at), scale: self.scale };
            if face.outline_glyph(glyph, &mut pen).is_some() {
                done(pen.pen);
            }
            at += advance;
        }
    }
}

/// A pen that converts units of the font to pixels.
struct Scaled<P> {
    pen: P,
    scale: f32,
}

impl<P: OutlineBuilder> OutlineBuilder for Scaled<P> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.pen.move_to(x * self.scale, y * self.scale);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.pen.line_to(x * self.scale, y * self.scale);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let k = self.scale;
        self.pen.quad_to(x1 * k, y1 * k, x * k, y * k);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let k = self.scale;
        self.pen.curve_to(x1 * k, y1 * k, x2 * k, y2 * k, x * k, y * k);
    }

    fn close(&mut self) {
        self.pen.close();
    }
}
