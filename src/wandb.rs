//! W&B's value model: the registry of types, `Histogram` with `from_json` and `to_json`, names with suffixes,
//! and Python's JSON text.
//!
//! Not here: reading files and locating errors in them (`format`), binning (`hist`).

mod error;
mod histogram;
mod reduce;
mod repair;
mod sequence;
mod text;
mod value;

pub use error::Error;
pub use histogram::{Form, Histogram};
pub use repair::{Fault, Repair};
pub use text::{number_text, numbers_text};
pub use value::{ArtifactType, Class, Value, init_from_json, type_mapping, with_suffix};
