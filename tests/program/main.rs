//! The real program: as scripts call it, on a real terminal, and on logs that grow while it runs.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod cli;
#[cfg(target_os = "linux")]
#[path = "../common/data.rs"]
#[expect(dead_code, reason = "the journeys need the rest of it")]
mod data;
mod live;
#[path = "../common/protobuf.rs"]
mod protobuf;
#[cfg(target_os = "linux")]
mod pty;
#[path = "../common/writer.rs"]
mod writer;
