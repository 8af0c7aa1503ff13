//! rebin looks at logged histograms in a terminal, changes their bins live, and saves them as they were logged.
//!
//! # The idea
//!
//! A histogram is a choice: of bins, of a range. What a file holds never changes here; a [`document::BinSpec`] says how it is
//! looked at, and [`document::look`] answers with counts and with how sure they are: recounted from raw samples exactly as
//! numpy does, as stored, or redistributed from logged bins with the largest possible error of every new bin.
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
//! # The screen, and who draws it
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
//!  -/+ bins  ↑/↓ series  [ ] step  s save  ? help             view::foot, app::hints
//! ```
//!
//! Keys and workers' answers are [`app::Message`]s; [`app::update`] changes the [`app::Model`] and asks for
//! [`app::Effect`]s; [`runtime`] performs them; [`view`] draws the model. `ARCHITECTURE.md` has the rest.

pub mod action;
pub mod app;
pub mod catalog;
pub mod cli;
pub mod document;
pub mod engine;
pub mod error;
pub mod export;
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
