//! Journeys: keys in, screen out, in-process. Every test is something that a person does.
//!
//! Not here: what only a terminal can show (`pty.rs`).

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "journeys/bins.rs"]
mod bins;
#[path = "journeys/data.rs"]
mod data;
#[path = "journeys/durable.rs"]
mod durable;
#[path = "journeys/edit.rs"]
mod edit;
#[path = "journeys/exports.rs"]
mod exports;
#[path = "journeys/files.rs"]
mod files;
#[path = "journeys/grid.rs"]
mod grid;
#[path = "journeys/looks.rs"]
mod looks;
#[path = "journeys/odd.rs"]
mod odd;
#[path = "journeys/over.rs"]
mod over;
#[path = "journeys/previews.rs"]
mod previews;
#[path = "journeys/random.rs"]
mod random;
#[path = "journeys/replay.rs"]
mod replay;
#[path = "journeys/screen.rs"]
mod screen;
#[path = "journeys/series.rs"]
mod series;
