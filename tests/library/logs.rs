//! W&B transaction logs and TensorBoard event files: real ones against what independent readers saw in them, and laws
//! on written ones.

mod framing;
mod rows;
mod sources;
mod tb;
mod wandb;

use super::{protobuf, writer};
use std::path::PathBuf;

/// A file below `tests/`.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(file(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

fn golden(name: &str) -> serde_json::Value {
    serde_json::from_slice(&bytes(&format!("golden/{name}"))).unwrap()
}
