//! ratatui widgets over histogram types: bars, axes, slider, sparkline, heatmap.
//!
//! They know numbers, cells and the styles they are given; nothing of the program's state, keys or themes. The geometry
//! (columns, rows, layouts) is public and pure, so that a mouse click and the picture agree.

pub mod axis;
pub mod bars;
pub mod chart;
pub mod columns;
pub mod glyphs;
pub mod heat;
pub mod rows;
pub mod slider;
pub mod sparkline;

pub use bars::{BarStyles, Bars};
pub use chart::{Chart, ChartLayout, ChartStyles};
pub use columns::Columns;
pub use glyphs::Glyphs;
pub use heat::Heat;
pub use rows::Rows;
pub use slider::{Slider, SliderStyles};
pub use sparkline::spark;
