//! A slider for an integer: ` bins 1 ▕━━━━━●━━━━━━━━▏ 512 `.
//!
//! The scale is linear: dragging by one cell always changes the value by the same amount.

use super::glyphs::Glyphs;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

/// A labeled track with a knob, drawn in the first row of the area.
///
/// ```
/// use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};
/// use rebin::widget::{Glyphs, Slider, SliderStyles};
///
/// let (glyphs, styles) = (Glyphs::Unicode, SliderStyles::default());
/// let slider = Slider { label: "bins", value: 1, min: 1, max: 512, ends: None, glyphs, styles };
/// let mut buf = Buffer::empty(Rect::new(0, 0, 24, 1));
/// slider.render(buf.area, &mut buf);
/// assert_eq!(buf, Buffer::with_lines([" bins 1 ▕●━━━━━━━━▏ 512 "]));
///
/// let track = slider.track(buf.area);
/// assert_eq!(slider.value_at(track, track.right()), 512);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slider<'a> {
    pub label: &'a str,
    pub value: usize,
    pub min: usize,
    pub max: usize,
    /// Numbers to show at the ends instead of the limits.
    pub ends: Option<(i64, i64)>,
    pub glyphs: Glyphs,
    pub styles: SliderStyles,
}

/// Styles of the parts of a slider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SliderStyles {
    pub label: Style,
    pub track: Style,
    pub knob: Style,
}

impl Slider<'_> {
    /// Cells that the knob can occupy. Narrow areas drop the label, then the limits; below 3 cells the track is empty.
    pub fn track(&self, area: Rect) -> Rect {
        self.parts(area).map_or(Rect { width: 0, ..area }, |(_, track, _)| track)
    }

    /// Returns the value at a column, for a click or a drag. Columns outside of the track give the nearest limit.
    pub fn value_at(&self, track: Rect, column: u16) -> usize {
        let last = usize::from(track.width.saturating_sub(1));
        let cell = usize::from(column.saturating_sub(track.x)).min(last);
        let span = self.max.saturating_sub(self.min);
        self.min.saturating_add((span.saturating_mul(cell) + last / 2).checked_div(last).unwrap_or(0))
    }

    /// Returns the column of the knob for a value. Values outside of the limits are clamped.
    pub fn column_of(&self, track: Rect, value: usize) -> u16 {
        let last = usize::from(track.width.saturating_sub(1));
        let span = self.max.saturating_sub(self.min);
        let above = value.saturating_sub(self.min).min(span);
        let cell = (above.saturating_mul(last) + span / 2).checked_div(span).unwrap_or(0);
        track.x.saturating_add(cell as u16)
    }

    /// Text before the track, the track, and text after it; `None` if the track does not fit.
    fn parts(&self, area: Rect) -> Option<(String, Rect, String)> {
        let (open, close) = self.glyphs.pick(("▕", "▏"), ("[", "]"));
        let limit = |limit: usize| limit.to_string();
        let (min, max) = self
            .ends
            .map_or_else(|| (limit(self.min), limit(self.max)), |(first, last)| (first.to_string(), last.to_string()));
        let full = (format!(" {} {min} {open}", self.label), format!("{close} {max} "));
        let limits = (format!("{min} {open}"), format!("{close} {max}"));
        let bare = (open.to_string(), close.to_string());
        let fitting = [(full, 8), (limits, 4), (bare, 1)].into_iter().find_map(|((before, after), least)| {
            let (left, right) = (before.width(), after.width());
            let room = usize::from(area.width).checked_sub(left + right).filter(|room| *room >= least)?;
            Some((before, after, left as u16, room as u16))
        });
        let (before, after, left, width) = fitting.filter(|_| area.height > 0)?;
        Some((before, Rect { x: area.x.saturating_add(left), width, height: 1, ..area }, after))
    }
}

impl Widget for &Slider<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Some((before, track, after)) = self.parts(area.intersection(buf.area)) else { return };
        let (line, knob) = self.glyphs.pick(("━", "●"), ("-", "o"));
        buf.set_string(track.x - before.width() as u16, track.y, &before, self.styles.label);
        buf.set_string(track.x, track.y, line.repeat(usize::from(track.width)), self.styles.track);
        buf.set_string(self.column_of(track, self.value), track.y, knob, self.styles.knob);
        buf.set_string(track.right(), track.y, &after, self.styles.label);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use super::*;
    use proptest::prelude::*;

    fn slider(value: usize) -> Slider<'static> {
        let (glyphs, styles) = (Glyphs::Unicode, SliderStyles::default());
        Slider { label: "bins", value, min: 1, max: 512, ends: None, glyphs, styles }
    }

    #[test]
    fn the_knob_is_at_the_value() {
        assert_eq!(drawn(&slider(1), 24, 1), Buffer::with_lines([" bins 1 ▕●━━━━━━━━▏ 512 "]));
        assert_eq!(drawn(&slider(512), 24, 1), Buffer::with_lines([" bins 1 ▕━━━━━━━━●▏ 512 "]));
        assert_eq!(drawn(&slider(9999), 17, 1), Buffer::with_lines(["1 ▕━━━━━━━━●▏ 512"]));
        let steps = Slider { ends: Some((-50, 9950)), ..slider(1) };
        assert_eq!(drawn(&steps, 26, 1), Buffer::with_lines([" bins -50 ▕●━━━━━━━▏ 9950 "]));
        let ascii = Slider { glyphs: Glyphs::Ascii, ..slider(256) };
        assert_eq!(drawn(&ascii, 24, 1), Buffer::with_lines([" bins 1 [----o----] 512 "]));
    }

    #[test]
    fn narrow_areas_drop_text_before_the_track() {
        assert_eq!(drawn(&slider(1), 12, 1), Buffer::with_lines(["1 ▕●━━━▏ 512"]));
        assert_eq!(drawn(&slider(1), 3, 1), Buffer::with_lines(["▕●▏"]));
        assert_eq!(drawn(&slider(1), 2, 1), Buffer::empty(Rect::new(0, 0, 2, 1)));
        for (width, height) in [(0, 0), (1, 1), (3, 2), (0, 4), (40, 0)] {
            drawn(&slider(7), width, height);
        }
        let reversed = Slider { min: usize::MAX, max: 0, ..slider(5) };
        assert_eq!(reversed.value_at(reversed.track(Rect::new(0, 0, 90, 1)), 70), usize::MAX);
    }

    proptest! {
        #[test]
        fn dragging_moves_the_knob_under_the_pointer(x in 0..40_u16, width in 3..300_u16, at in 0..400_u16) {
            let slider = slider(1);
            let track = slider.track(Rect::new(x, 0, width, 1));
            let column = at.clamp(track.x, track.right() - 1);
            prop_assert_eq!(slider.column_of(track, slider.value_at(track, at)), column);
        }
    }
}
