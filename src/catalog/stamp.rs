//! Stamps of file content, to detect that a file changed after it was read.

use std::hash::{DefaultHasher, Hasher as _};

/// Length and hash of a file's content when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Length in bytes.
    pub len: u64,
    /// 64-bit hash of the full content.
    pub hash: u64,
}

impl Stamp {
    /// Stamps the full content of a file. Stamps are comparable within one run of the program only.
    pub fn of(content: &[u8]) -> Self {
        StampHasher::default().stamp_with(content)
    }
}

/// Incremental [`Stamp`] of a growing file.
#[derive(Debug, Clone, Default)]
pub struct StampHasher {
    len: u64,
    hasher: DefaultHasher,
}

impl StampHasher {
    /// Appends content.
    pub fn add(&mut self, more: &[u8]) {
        self.hasher.write(more);
        self.len += more.len() as u64;
    }

    /// Returns the stamp of all content added so far followed by `rest`.
    pub fn stamp_with(&self, rest: &[u8]) -> Stamp {
        let mut all = self.clone();
        all.add(rest);
        Stamp { len: all.len, hash: all.hasher.finish() }
    }
}
