//! The real program: in scripts, on a real terminal, and on logs that grow while it runs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg_attr(target_os = "linux", expect(clippy::expect_used, reason = "a test fails by panicking"))]

mod cli;
#[cfg(target_os = "linux")]
#[path = "../common/fixtures.rs"]
#[expect(dead_code, reason = "only the journeys use all fixtures")]
mod fixtures;
#[cfg(target_os = "linux")]
mod hostile;
mod live;
#[path = "../common/log_writer.rs"]
mod log_writer;
#[cfg(target_os = "linux")]
#[path = "../common/npy.rs"]
mod npy;
#[path = "../common/protobuf.rs"]
mod protobuf;
#[cfg(target_os = "linux")]
mod pty;
