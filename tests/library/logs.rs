//! W&B transaction logs and TensorBoard event files: real ones against independent readers, and laws on generated ones.

mod framing;
mod rows;
mod scalars;
mod sources;
mod tensorboard;
mod wandb;

use super::{log_writer, protobuf};
use std::path::PathBuf;

/// The path of a file in `tests/`.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(file(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

fn golden(name: &str) -> serde_json::Value {
    serde_json::from_slice(&bytes(&format!("golden/{name}"))).unwrap()
}
