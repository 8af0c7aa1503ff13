//! What work is given: how to be stopped, where to say how far it is, how much memory it may take.

use crate::error::Error;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a worker is given.
#[derive(Debug, Clone, Default)]
pub struct Work {
    pub cancel: Cancel,
    /// In bytes, as they lie on disk or in memory.
    pub progress: Progress,
    pub memory: Memory,
}

/// How many bytes of samples may be held in memory at once; by default what the process was [limited](Memory::limit) to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory(pub u64);

/// A flag that is shared between who asks and who works.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// For workers: `?` at every block.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once asked.
    pub fn check(&self) -> Result<(), Error> {
        if self.asked() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// A flag that something else sets, such as a signal.
impl From<Arc<AtomicBool>> for Cancel {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

/// How far a piece of work is, in units of its own.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<(AtomicU64, AtomicU64)>);

impl Progress {
    /// Sets the amount of work, once it is known.
    pub fn set_total(&self, total: u64) {
        self.0.1.store(total, Ordering::Relaxed);
    }

    /// Adds to the amount of work.
    pub fn expect(&self, more: u64) {
        self.0.1.fetch_add(more, Ordering::Relaxed);
    }

    /// Adds to what is done.
    pub fn add(&self, done: u64) {
        self.0.0.fetch_add(done, Ordering::Relaxed);
    }

    /// Done and total; a total of 0 is unknown.
    pub fn get(&self) -> (u64, u64) {
        (self.0.0.load(Ordering::Relaxed), self.0.1.load(Ordering::Relaxed))
    }
}

/// The process's limit, which is set once, where it begins.
static LIMIT: AtomicU64 = AtomicU64::new(u64::MAX);

impl Memory {
    /// Makes this the default from now on.
    pub fn limit(self) {
        LIMIT.store(self.0, Ordering::Relaxed);
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self(LIMIT.load(Ordering::Relaxed))
    }
}

/// `8G` and the like: bytes, or as many KiB, MiB, GiB or TiB as a letter says.
impl FromStr for Memory {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower.trim_end_matches("ib").trim_end_matches('b');
        let power = digits.chars().next_back().and_then(|letter| "kmgt".find(letter));
        let number = digits.trim_end_matches(['k', 'm', 'g', 't']).trim_end();
        let unit = power.map_or(1, |power| 1_u64 << (10 * (power + 1)));
        let size = number.parse::<f64>().ok().filter(|size| size.is_finite() && *size >= 0.0);
        // Casting saturates.
        size.map(|size| Self((size * unit as f64) as u64)).ok_or("a size is expected, such as 500M or 8G")
    }
}

/// In the largest unit of which there is at least one.
impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
        match units.iter().find(|(_, power)| self.0 >> power > 0) {
            Some((unit, power)) => write!(f, "{:.1} {unit}", self.0 as f64 / (1_u64 << power) as f64),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let sizes = ["0", "1500", "64k", "500M", "8G", "8 GiB", "1.5gb", "2T"];
        let bytes = [0, 1500, 64 << 10, 500 << 20, 8 << 30, 8 << 30, 3 << 29, 2 << 40];
        assert_eq!(sizes.map(|size| size.parse().map(|Memory(bytes)| bytes)), bytes.map(Ok));
        assert!(["", "G", "-1", "8X", "1e400", "nan"].iter().all(|text| text.parse::<Memory>().is_err()));
    }

    #[test]
    fn sizes_are_told_in_fitting_units() {
        let told = [1000, 1 << 10, 3 << 29, u64::MAX].map(|bytes| Memory(bytes).to_string());
        assert_eq!(told, ["1000 bytes", "1.0 KiB", "1.5 GiB", "16777216.0 TiB"]);
    }
}
