//! Library of `rebin`, a program that views and edits logged histograms in the terminal.
//!
//! # Entry points
//!
//! - [`hist`] computes histograms as numpy does ([`hist::histogram()`]) and redistributes counts to other bins
//!   ([`hist::rebin()`]).
//! - [`wandb`] reads and writes the JSON of W&B's values, such as [`wandb::Histogram`].
//! - [`engine`] counts large samples exactly and in parallel ([`engine::Population`]), with cancellation and a memory limit.
//! - [`source`] opens files, directories and pipes ([`source::open()`]) and lists their series.
//! - [`document`] has the bins, the edits and the undo history of a series, and saves it atomically.
//! - [`export`] writes JSON of W&B and UHI, CSV, pictures, text and Python.
//! - [`widget`] has ratatui widgets, such as [`widget::Chart`].
//!
//! A histogram depends on a choice of bins and range. rebin keeps the content of a file as it is, and a
//! [`document::BinSpec`] selects bins and range. Counts of raw samples are exact and equal to numpy's. Counts of logged
//! bins are redistributed to the new bins, with a maximum error for each of them.
//!
//! # Example
//!
//! ```
//! use rebin::hist::{self, Bins, Samples};
//! use rebin::wandb::Histogram;
//!
//! let samples = Samples::I64(vec![1, 2, 3]);
//! let histogram = Histogram::from_hist(&hist::histogram(&samples, &Bins::Count(4), None)?)?;
//! assert_eq!(
//!     histogram.to_json(),
//!     r#"{"_type": "histogram", "values": [1, 0, 1, 1], "bins": [1.0, 1.5, 2.0, 2.5, 3.0]}"#
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The screen and its modules
//!
//! ```text
//!  rebin  run.jsonl   grad/w1   step 59 · 60 of 200      64 bins logged      view::header
//! ┌ series 3 ───────┐┌ grad/w1 ──────────────────────┐┌ statistics ───────┐
//! │▾ grad           ││ 612 ┤       ▃▆█▇▄             ││ n          12,800 │
//! │  › w1  ▁▂▅█▅ 200││     │     ▂▇██████▃           ││ p50  [0.0,0.0021] │
//! │    w2  ▁▂▅█▂ 200││   0 ┼───────┬───▲─────┬───────││ nan             0 │
//! │  view::list     ││  bin 31  [-0.0031, 0.0012)    ││ view::statistics  │
//! └─────────────────┘└ view::chart, widget::chart ───┘└───────────────────┘
//!  step 1 ▕━━━━━━━●━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━▏ 200     widget::slider
//!  bins 1 ▕━━━━━●━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━▏ 512
//!  -/+ bins  ↑/↓ series  [ ] step  s save  ? help        view::footer, app::hints
//! ```
//!
//! Keys and results of workers are [`app::Message`]s. [`app::update()`] changes the [`app::Model`] and returns
//! [`app::Effect`]s, which [`runtime`] performs. [`view`] draws the model. `ARCHITECTURE.md` has the details.

pub mod action;
pub mod app;
pub mod catalog;
pub mod cli;
pub mod document;
pub mod engine;
pub mod error;
pub mod export;
pub mod findings;
pub mod format;
pub mod hist;
pub mod json;
pub mod key;
pub mod pattern;
pub mod runtime;
pub mod settings;
pub mod source;
pub mod text;
pub mod view;
pub mod wandb;
pub mod widget;

pub use error::{At, Error, Problem};
