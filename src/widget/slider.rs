//! A slider for a whole number: ` bins 1 ▕━━━━━●━━━━━━━━▏ 512 `.
//!
//! Linear, so that equal drags are equal changes; single steps are the keys' and the wheel's business.

use super::glyphs::Glyphs;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

/// A labelled track with a knob. The first row of the area is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slider<'a> {
    pub label: &'a str,
    pub value: usize,
    pub min: usize,
    pub max: usize,
    pub glyphs: Glyphs,
    pub styles: SliderStyles,
}

/// How the parts of a slider look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SliderStyles {
    pub label: Style,
    pub track: Style,
    pub knob: Style,
}

impl Slider<'_> {
    /// The cells that the knob can take, empty when there is no room. The label gives way first, then the two limits.
    pub fn track(&self, area: Rect) -> Rect {
        self.parts(area).map_or(Rect { width: 0, ..area }, |(_, track, _)| track)
    }

    /// The value under a column of the track's row, for a click or a drag: columns beside the track are its ends.
    pub fn value_at(&self, track: Rect, column: u16) -> usize {
        let last = usize::from(track.width.saturating_sub(1));
        let cell = usize::from(column.saturating_sub(track.x)).min(last);
        let span = self.max.saturating_sub(self.min);
        self.min.saturating_add((span.saturating_mul(cell) + last / 2).checked_div(last).unwrap_or(0))
    }

    /// The column of the knob for a value; values beyond the limits sit at the ends.
    pub fn column_of(&self, track: Rect, value: usize) -> u16 {
        let last = usize::from(track.width.saturating_sub(1));
        let span = self.max.saturating_sub(self.min);
        let above = value.saturating_sub(self.min).min(span);
        let cell = (above.saturating_mul(last) + span / 2).checked_div(span).unwrap_or(0);
        track.x.saturating_add(cell as u16)
    }

    /// Text before the track, the track, text after it.
    fn parts(&self, area: Rect) -> Option<(String, Rect, String)> {
        let (open, close) = self.glyphs.pick(("▕", "▏"), ("[", "]"));
        let full = (format!(" {} {} {open}", self.label, self.min), format!("{close} {} ", self.max));
        let limits = (format!("{} {open}", self.min), format!("{close} {}", self.max));
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
    use super::*;
    use proptest::prelude::*;

    fn slider(value: usize) -> Slider<'static> {
        let (glyphs, styles) = (Glyphs::Unicode, SliderStyles::default());
        Slider { label: "bins", value, min: 1, max: 512, glyphs, styles }
    }

    fn drawn(slider: &Slider, width: u16, height: u16) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
        slider.render(buf.area, &mut buf);
        buf
    }

    #[test]
    fn the_knob_stands_where_the_value_is() {
        assert_eq!(drawn(&slider(1), 24, 1), Buffer::with_lines([" bins 1 ▕●━━━━━━━━▏ 512 "]));
        assert_eq!(drawn(&slider(512), 24, 1), Buffer::with_lines([" bins 1 ▕━━━━━━━━●▏ 512 "]));
        assert_eq!(drawn(&slider(9999), 17, 1), Buffer::with_lines(["1 ▕━━━━━━━━●▏ 512"]));
        let ascii = Slider { glyphs: Glyphs::Ascii, ..slider(256) };
        assert_eq!(drawn(&ascii, 24, 1), Buffer::with_lines([" bins 1 [----o----] 512 "]));
    }

    #[test]
    fn text_gives_way_before_the_track() {
        assert_eq!(drawn(&slider(1), 12, 1), Buffer::with_lines(["1 ▕●━━━▏ 512"]));
        assert_eq!(drawn(&slider(1), 3, 1), Buffer::with_lines(["▕●▏"]));
        assert_eq!(drawn(&slider(1), 2, 1), Buffer::empty(Rect::new(0, 0, 2, 1)));
        for (width, height) in [(0, 0), (1, 1), (3, 2), (0, 4), (40, 0)] {
            drawn(&slider(7), width, height);
        }
        let odd = Slider { min: usize::MAX, max: 0, ..slider(5) };
        assert_eq!(odd.value_at(odd.track(Rect::new(0, 0, 90, 1)), 70), usize::MAX);
    }

    proptest! {
        #[test]
        fn a_drag_puts_the_knob_under_the_pointer(x in 0..40_u16, width in 3..300_u16, at in 0..400_u16) {
            let slider = slider(1);
            let track = slider.track(Rect::new(x, 0, width, 1));
            let column = at.clamp(track.x, track.right() - 1);
            prop_assert_eq!(slider.column_of(track, slider.value_at(track, at)), column);
        }
    }
}
