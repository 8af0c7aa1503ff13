//! W&B's value model: the registry of types, `Histogram` with `from_json` and `to_json`, names with suffixes,
//! and Python's JSON text.
//!
//! Not here: reading files and locating errors in them (`format`), binning (`hist`).

mod histogram;
mod text;
mod value;

pub use histogram::{Form, Histogram};
pub use text::{number_text, numbers_text};
