//! Helper for the tests of all widgets.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// Cells around the area of the widget.
const MARGIN: u16 = 2;
/// Content of these cells.
const SENTINEL: Cell = Cell::new("¤");

/// Draws a widget into an area of a larger buffer and returns the cells of the area.
///
/// Fails if the widget changes a cell outside its area.
#[track_caller]
pub(super) fn drawn(widget: impl Widget, width: u16, height: u16) -> Buffer {
    let screen = Rect::new(0, 0, width + 2 * MARGIN, height + 2 * MARGIN);
    let area = Rect::new(MARGIN, MARGIN, width, height);
    let mut buf = Buffer::filled(screen, SENTINEL);
    area.positions().for_each(|position| buf[position].reset());
    widget.render(area, &mut buf);
    let mut inner = Buffer::empty(Rect::new(0, 0, width, height));
    for position in screen.positions() {
        if area.contains(position) {
            inner[(position.x - MARGIN, position.y - MARGIN)] = buf[position].clone();
        } else {
            assert_eq!(buf[position], SENTINEL, "cell {position} is outside of {area}");
        }
    }
    inner
}

/// Symbols of each row of a buffer.
pub(super) fn rows(buf: &Buffer) -> Vec<String> {
    buf.content.chunks(usize::from(buf.area.width)).map(|row| row.iter().map(Cell::symbol).collect()).collect()
}
