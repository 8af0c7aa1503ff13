//! Decoders, one file a format: bytes in, values and located problems out. No paths, no files.

pub mod document;
