//! The letters of pictures: `DejaVu` Sans, which is matplotlib's. `assets/font` has its license.

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};

const FILE: &[u8] = include_bytes!("../../assets/font/DejaVuSans.ttf");

/// The letters at a size.
pub(super) struct Font {
    /// `None` if the embedded file were none: pictures would have no letters.
    font: Option<FontRef<'static>>,
    size: Size,
}

impl Font {
    /// So many units high.
    pub(super) fn new(size: f64) -> Self {
        Self { font: FontRef::new(FILE).ok(), size: Size::new(size as f32) }
    }

    /// How wide a text is.
    pub(super) fn width(&self, words: &str) -> f64 {
        self.glyphs(words).map(|(_, advance)| f64::from(advance)).sum()
    }

    /// The letters of a text, each with the distance to the next. A letter that the font lacks is an empty box.
    fn glyphs(&self, words: &str) -> impl Iterator<Item = (GlyphId, f32)> {
        let known =
            self.font.as_ref().map(|font| (font.charmap(), font.glyph_metrics(self.size, LocationRef::default())));
        known.into_iter().flat_map(|(map, metrics)| {
            words.chars().map(move |c| {
                let glyph = map.map(c).unwrap_or_default();
                (glyph, metrics.advance_width(glyph).unwrap_or(0.0))
            })
        })
    }

    /// The letters of a text that the font lacks.
    pub(super) fn lacks(&self, words: &str) -> Vec<char> {
        let map = self.font.as_ref().map(MetadataProvider::charmap);
        let mut incomplete: Vec<char> =
            words.chars().filter(|c| map.as_ref().is_none_or(|map| map.map(*c).is_none())).collect();
        incomplete.sort_unstable();
        incomplete.dedup();
        incomplete
    }

    /// Draws the outlines of a text; `place` gives the pen for a letter that begins so far to the right.
    pub(super) fn draw<P: OutlinePen>(&self, words: &str, mut place: impl FnMut(f32) -> P, mut done: impl FnMut(P)) {
        let Some(outlines) = self.font.as_ref().map(MetadataProvider::outline_glyphs) else { return };
        let mut at = 0.0;
        for (glyph, advance) in self.glyphs(words) {
            let mut pen = place(at);
            if let Some(outline) = outlines.get(glyph)
                && outline.draw(DrawSettings::unhinted(self.size, LocationRef::default()), &mut pen).is_ok()
            {
                done(pen);
            }
            at += advance;
        }
    }
}
