//! The repository: house rules that a compiler cannot check, and documents that must match the program.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod documents;
mod language;
mod manifest;
mod rust;
mod tidy;
