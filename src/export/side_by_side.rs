//! Draws several histograms as panels of one picture.

use super::canvas::{Anchor, Canvas};
use super::chart::chart;
use super::figure::{Appearance, Figure};
use crate::error::Error;

/// Width and height of a panel if the size of the picture is not given, in units.
const PANEL: (u16, u16) = (400, 270);
/// Maximum number of columns if the size of the picture is not given.
const COLUMNS: usize = 4;
/// Font size of the title, in units.
const TITLE: f64 = 20.0;
/// Height of the title.
const TITLE_ROOM: f64 = 40.0;

/// Histograms to export as panels of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct SideBySide {
    /// Title above all panels. May be empty.
    pub title: String,
    /// Panels in the order of reading. Their sizes have no effect.
    pub panels: Vec<Figure>,
    /// Number of columns. `None` depends on the number of panels.
    pub columns: Option<usize>,
    /// Size of the picture in units. `None` depends on the number of panels.
    pub width: Option<u16>,
    pub height: Option<u16>,
}

impl SideBySide {
    /// Maximum number of panels.
    pub const MOST: usize = 64;

    /// Draws the picture.
    ///
    /// # Errors
    /// The errors of [`chart`], and [`Error::Value`] without panels.
    pub(super) fn image(&self) -> Result<Canvas, Error> {
        if self.panels.is_empty() || self.panels.len() > Self::MOST {
            return Err(Error::Value(format!("a picture has 1 to {} panels, not {}", Self::MOST, self.panels.len())));
        }
        let n = self.panels.len();
        let columns = match (self.columns, self.width) {
            (Some(columns), _) => columns.clamp(1, n),
            (None, Some(width)) => usize::from(width / PANEL.0).clamp(1, n),
            // Few panels are drawn in rows of equal length.
            (None, None) => n.div_ceil(n.div_ceil(COLUMNS)),
        };
        let rows = n.div_ceil(columns);
        let top = if self.title.is_empty() { 0.0 } else { TITLE_ROOM };
        let width = self.width.map_or(f64::from(PANEL.0) * columns as f64, f64::from);
        let height = self.height.map_or(f64::from(PANEL.1) * rows as f64 + top, f64::from);
        let panel = ((width / columns as f64).floor(), ((height - top) / rows as f64).floor());
        let mut canvas = Canvas::new((width, height), if top > 0.0 { &self.title } else { &self.panels[0].title });
        if top > 0.0 {
            let (title, size) = Canvas::fit(&self.title, TITLE, 12.0, width - 32.0);
            canvas.words(&title, (width / 2.0, 28.0), size, Anchor::Middle);
        }
        for (index, figure) in self.panels.iter().enumerate() {
            let size = (Some(panel.0 as u16), Some(panel.1 as u16));
            let appearance = Appearance { width: size.0, height: size.1, ..figure.appearance };
            let image = chart(&Figure { appearance, ..figure.clone() })?;
            let at = ((index % columns) as f64 * panel.0, top + (index / columns) as f64 * panel.1);
            canvas.place(image, at);
        }
        Ok(canvas)
    }
}
