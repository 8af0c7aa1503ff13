//! How much memory work may take, and how much of it is taken.
//!
//! What is counted is what grows with the data: texts, trees, samples. Not here: rooms of a fixed size.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How many bytes may be held in memory at once; by default what the process was [limited](Memory::limit) to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemoryLimit(pub u64);

/// What one piece of work may hold, shared by all who work on it.
#[derive(Debug, Clone, Default)]
pub struct Budget(Arc<Ledger>);

#[derive(Debug, Default)]
struct Ledger {
    limit: MemoryLimit,
    reservation: AtomicU64,
    refused: AtomicBool,
}

/// Bytes of a budget that are given back when this is dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: Budget,
    bytes: AtomicU64,
}

/// More memory would be taken than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitExceeded(MemoryLimit);

/// The process's limit, which is set once, where it begins.
static LIMIT: AtomicU64 = AtomicU64::new(u64::MAX);

impl MemoryLimit {
    /// Makes this the default from now on.
    pub fn limit(self) {
        LIMIT.store(self.0, Ordering::Relaxed);
    }
}

impl Default for MemoryLimit {
    fn default() -> Self {
        Self(LIMIT.load(Ordering::Relaxed))
    }
}

/// `8G` and the like: bytes, or as many KiB, MiB, GiB or TiB as a letter says.
impl FromStr for MemoryLimit {
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
impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
        match units.iter().find(|(_, power)| self.0 >> power > 0) {
            Some((unit, power)) => write!(f, "{:.1} {unit}", self.0 as f64 / (1_u64 << power) as f64),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

/// Nothing is held yet.
impl From<MemoryLimit> for Budget {
    fn from(limit: MemoryLimit) -> Self {
        Self(Arc::new(Ledger { limit, ..Ledger::default() }))
    }
}

impl Budget {
    pub fn limit(&self) -> MemoryLimit {
        self.0.limit
    }

    /// Holds so many bytes.
    ///
    /// # Errors
    /// There are not as many left, which [`Budget::check`] says from now on.
    pub fn hold(&self, bytes: u64) -> Result<Reservation, LimitExceeded> {
        let reservation = Reservation { budget: self.clone(), bytes: AtomicU64::new(0) };
        reservation.grow(bytes).map(|()| reservation)
    }

    /// Holds so many bytes if as many are left; for who can do without.
    pub fn try_reserve(&self, bytes: u64) -> Option<Reservation> {
        self.take(bytes).then(|| Reservation { budget: self.clone(), bytes: AtomicU64::new(bytes) })
    }

    /// Whether so many bytes can be held and half of the limit stays free beside them, for what is read again and again.
    pub fn fits_with_half_free(&self, bytes: u64) -> bool {
        bytes.checked_add(self.0.limit.0 / 2).is_some_and(|all| self.try_reserve(all).is_some())
    }

    /// Whether nothing was refused so far.
    ///
    /// # Errors
    /// Something was.
    pub fn check(&self) -> Result<(), LimitExceeded> {
        if self.0.refused.load(Ordering::Relaxed) { Err(LimitExceeded(self.0.limit)) } else { Ok(()) }
    }

    fn take(&self, bytes: u64) -> bool {
        let more =
            |reservation: u64| reservation.checked_add(bytes).filter(|reservation| *reservation <= self.0.limit.0);
        self.0.reservation.try_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }
}

impl Reservation {
    /// Holds so many bytes more.
    ///
    /// # Errors
    /// As [`Budget::hold`].
    pub fn grow(&self, bytes: u64) -> Result<(), LimitExceeded> {
        if self.budget.take(bytes) {
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
            return Ok(());
        }
        self.budget.0.refused.store(true, Ordering::Relaxed);
        Err(LimitExceeded(self.budget.0.limit))
    }

    /// Holds so many bytes instead.
    ///
    /// # Errors
    /// As [`Budget::hold`].
    pub fn set(&self, bytes: u64) -> Result<(), LimitExceeded> {
        match bytes.checked_sub(self.bytes.load(Ordering::Relaxed)) {
            Some(more) => self.grow(more),
            None => {
                let before = self.bytes.swap(bytes, Ordering::Relaxed);
                self.budget.0.reservation.fetch_sub(before - bytes, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    /// Holds them as long as the work goes on.
    pub fn keep(self) {
        self.bytes.store(0, Ordering::Relaxed);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.0.reservation.fetch_sub(*self.bytes.get_mut(), Ordering::Relaxed);
    }
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it takes more than the {} of memory that are allowed: allow more with --memory", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let sizes = ["0", "1500", "64k", "500M", "8G", "8 GiB", "1.5gb", "2T"];
        let bytes = [0, 1500, 64 << 10, 500 << 20, 8 << 30, 8 << 30, 3 << 29, 2 << 40];
        assert_eq!(sizes.map(|size| size.parse().map(|MemoryLimit(bytes)| bytes)), bytes.map(Ok));
        assert!(["", "G", "-1", "8X", "1e400", "nan"].iter().all(|text| text.parse::<MemoryLimit>().is_err()));
    }

    #[test]
    fn sizes_are_told_in_fitting_units() {
        let told = [1000, 1 << 10, 3 << 29, u64::MAX].map(|bytes| MemoryLimit(bytes).to_string());
        assert_eq!(told, ["1000 bytes", "1.0 KiB", "1.5 GiB", "16777216.0 TiB"]);
    }

    #[test]
    fn what_is_held_is_given_back_unless_it_is_kept() {
        let budget = Budget::from(MemoryLimit(100));
        let some = budget.hold(60).unwrap();
        assert!(budget.try_reserve(41).is_none() && budget.check().is_ok());
        drop(budget.try_reserve(40).unwrap());
        some.set(70).unwrap();
        some.set(10).unwrap();
        budget.hold(50).unwrap().keep();
        some.grow(40).unwrap();
        assert!(budget.hold(1).is_err() && budget.check().is_err());
        drop(some);
        assert!(budget.hold(50).is_ok() && budget.hold(u64::MAX).is_err());
    }
}
