//! rebin: look at and edit logged histograms in the terminal.

pub mod action;
pub mod app;
pub mod catalog;
pub mod document;
pub mod engine;
pub mod error;
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
