//! The library: golden vectors from numpy and W&B, laws, and every reader against independent values.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod columnar;
mod formats;
mod golden;
mod instant;
mod laws;
mod laws_edit;
mod laws_json;
mod logs;
#[path = "../common/protobuf.rs"]
mod protobuf;
mod semantics;
mod sources;
#[path = "../common/writer.rs"]
mod writer;
