//! Journeys: keys in, screen out, in process. Each test follows one thing that a user does.
//!
//! Not here: what only a real terminal can show (`tests/program/pty.rs`).

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bins;
#[path = "../common/data.rs"]
mod data;
mod durable;
mod edit;
mod exports;
mod files;
mod grid;
mod looks;
mod odd;
mod over;
mod previews;
mod random;
mod replay;
mod screen;
mod series;
