//! Journeys: keys in, screen out, in process. Each test follows one user through one task.
//!
//! Not here: anything that only a real terminal can show (`tests/program/pty.rs`).

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod advice;
mod all_steps;
mod appearance;
mod bins;
mod changes;
mod compare;
mod edge_cases;
mod edit;
mod exports;
mod finding;
mod findings;
#[path = "../common/fixtures.rs"]
mod fixtures;
mod folders;
mod grid;
mod jobs;
mod lines;
mod models;
#[path = "../common/npy.rs"]
mod npy;
mod previews;
mod random_input;
mod recovery;
mod saving;
mod screen;
mod series;
mod series_table;
mod small_screen;
mod spacing;
mod statistics;
mod trackers;
mod values;
mod zoom;
