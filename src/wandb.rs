//! W&B's data types: the registry of types, `Histogram` with `from_json` and `to_json`, and file names.
//!
//! Not here: reading files and locating errors in them (`format`), binning and number text (`hist`).

mod error;
mod histogram;
mod reduce;
mod repair;
mod sequence;
mod value;

pub use crate::hist::{number_text, numbers_text};
pub use error::Error;
pub use histogram::{Form, Histogram};
pub use repair::{Fault, Repair};
pub use value::{ArtifactType, Class, Value, init_from_json, type_mapping, with_suffix};
