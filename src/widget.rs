//! ratatui widgets for histograms: bars, axes, slider, sparkline, heat map, lines.
//!
//! Start with [`Bars`] for a plain plot or [`Chart`] for a plot with axes. The geometry ([`Columns`], [`Rows`],
//! [`ChartLayout`]) is public and pure, so that drawing and mouse clicks use the same one.
//!
//! Not here: the state of the program, keys and themes. Widgets get numbers and styles.

pub mod axis;
pub mod bars;
pub mod chart;
pub mod columns;
pub mod glyphs;
pub mod heat;
pub mod lines;
pub mod ramp;
pub mod rows;
pub mod slider;
pub mod sparkline;

pub use bars::{BarStyles, Bars, Outline};
pub use chart::{Chart, ChartLayout, ChartStyles};
pub use columns::Columns;
pub use glyphs::Glyphs;
pub use heat::Heat;
pub use lines::{Line, Lines};
pub use ramp::{Colors, Ground, HeatColors};
pub use rows::Rows;
pub use slider::{Slider, SliderStyles};
pub use sparkline::sparkline;

#[cfg(test)]
mod tests;
