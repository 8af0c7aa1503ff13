//! rebin: look at and edit logged histograms in the terminal.

pub mod catalog;
pub mod document;
pub mod engine;
pub mod error;
pub mod format;
pub mod hist;
pub mod json;
pub mod source;
pub mod text;
pub mod wandb;
pub mod widget;

pub use error::{At, Error, Problem};
