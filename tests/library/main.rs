//! The library: golden vectors from numpy and W&B, laws, and every reader against independent values.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod columnar;
mod distances;
mod exact;
mod formats;
mod golden;
mod hex_float;
mod laws;
mod laws_edit;
mod laws_json;
#[path = "../common/log_writer.rs"]
mod log_writer;
mod logs;
mod lookup_table;
#[path = "../common/npy.rs"]
mod npy;
#[path = "../common/protobuf.rs"]
mod protobuf;
#[path = "../common/rational.rs"]
mod rational;
mod reported;
mod semantics;
mod sources;
mod spacing;
mod statistics;
mod stores;
mod tensors;
