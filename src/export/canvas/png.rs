//! Writes a canvas as PNG.

use super::{Canvas, Color, Mark, Words};
use crate::error::Error;
use crate::export::font::Font;
use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};
use ttf_parser::OutlineBuilder;

/// Pixels per unit. Two are sharp on high-density screens and on paper.
const SCALE: f64 = 2.0;

/// Returns the content of the file.
///
/// # Errors
/// [`Error::Value`] if the picture has no pixels or cannot be encoded.
pub(in crate::export) fn png(canvas: &Canvas) -> Result<Vec<u8>, Error> {
    let [width, height] = [canvas.width, canvas.height].map(|units| (units * SCALE).round() as u32);
    let size = || Error::Value(format!("cannot draw a picture of {width} × {height} pixels"));
    let mut pixels = Pixmap::new(width, height).ok_or_else(size)?;
    pixels.fill(tiny_skia::Color::WHITE);
    for mark in &canvas.marks {
        draw(mark, &mut pixels);
    }
    pixels.encode_png().map_err(|why| Error::Value(format!("cannot encode the picture: {why}")))
}

fn draw(mark: &Mark, pixels: &mut Pixmap) {
    let scale = Transform::from_scale(SCALE as f32, SCALE as f32);
    match mark {
        Mark::Areas { areas, color, sharp } => {
            let mut path = PathBuilder::new();
            for [x, y, width, height] in areas {
                if let Some(rect) = Rect::from_xywh(*x as f32, *y as f32, *width as f32, *height as f32) {
                    path.push_rect(rect);
                }
            }
            fill(pixels, path.finish(), &Paint { anti_alias: !sharp, ..paint(*color) }, scale);
        }
        Mark::Shape { corners, color } => {
            let mut path = along(corners);
            path.close();
            fill(pixels, path.finish(), &paint(*color), scale);
        }
        Mark::Line { points, color, width } => {
            if let Some(path) = along(points).finish() {
                let stroke = Stroke { width: *width as f32, ..Stroke::default() };
                pixels.stroke_path(&path, &paint(*color), &stroke, scale, None);
            }
        }
        Mark::Words(words) => letters(words, pixels),
    }
}

fn letters(words: &Words, pixels: &mut Pixmap) {
    let font = Font::new(words.size * SCALE);
    let start = -font.width(&words.text) * words.anchor.before();
    let (x, y) = ((words.at.0 * SCALE) as f32, (words.at.1 * SCALE) as f32);
    let turn = if words.upward { Transform::from_rotate(-90.0) } else { Transform::identity() };
    let place = |right| Letter { path: PathBuilder::new(), right: start as f32 + right };
    let color = paint(words.color);
    font.draw(&words.text, place, |letter| fill(pixels, letter.path.finish(), &color, turn.post_translate(x, y)));
}

fn fill(pixels: &mut Pixmap, path: Option<Path>, paint: &Paint, transform: Transform) {
    if let Some(path) = path {
        pixels.fill_path(&path, paint, FillRule::Winding, transform, None);
    }
}

fn along(points: &[(f64, f64)]) -> PathBuilder {
    let mut path = PathBuilder::new();
    for (index, (x, y)) in points.iter().enumerate() {
        if index == 0 { path.move_to(*x as f32, *y as f32) } else { path.line_to(*x as f32, *y as f32) }
    }
    path
}

fn paint(color: Color) -> Paint<'static> {
    let [_, r, g, b] = color.to_be_bytes();
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, 255);
    paint
}

/// The outline of a letter so far to the right. Fonts count upward, pictures downward.
struct Letter {
    path: PathBuilder,
    right: f32,
}

impl OutlineBuilder for Letter {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.right + x, -y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.right + x, -y);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.path.quad_to(self.right + cx, -cy, self.right + x, -y);
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.path.cubic_to(self.right + ax, -ay, self.right + bx, -by, self.right + x, -y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
