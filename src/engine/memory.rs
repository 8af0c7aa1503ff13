//! Memory budget of a job.
//!
//! Budgets cover memory that grows with the data: texts, trees, samples. Not here: buffers of fixed size.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Maximum number of bytes that a job may reserve at once. The default is the limit of the
/// [process](MemoryLimit::set_default).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemoryLimit(pub u64);

/// Memory budget of one job, shared by all its threads.
#[derive(Debug, Clone, Default)]
pub struct Budget(Arc<Ledger>);

#[derive(Debug, Default)]
struct Ledger {
    limit: MemoryLimit,
    reserved: AtomicU64,
    exceeded: AtomicBool,
}

/// Reserved bytes of a budget. Dropping it releases them.
#[derive(Debug)]
pub struct Reservation {
    budget: Budget,
    bytes: AtomicU64,
}

/// Error for a reservation that does not fit into the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitExceeded(MemoryLimit);

/// Bytes that the allocator uses per allocation, in addition to the requested size.
pub const ALLOCATION: usize = 16;

/// Default limit of the process, set once at startup.
static LIMIT: AtomicU64 = AtomicU64::new(u64::MAX);

/// True if limits of the system determine the default.
static OF_PROCESS: AtomicBool = AtomicBool::new(false);

impl MemoryLimit {
    /// Makes this the default limit of the process.
    pub fn set_default(self) {
        LIMIT.store(self.0, Ordering::Relaxed);
    }

    /// Makes this the default limit of the process, because the system does not allow it more memory. Error messages then
    /// recommend raising that limit instead of `--memory`.
    pub fn set_default_of_process(self) {
        self.set_default();
        OF_PROCESS.store(true, Ordering::Relaxed);
    }
}

impl Default for MemoryLimit {
    fn default() -> Self {
        Self(LIMIT.load(Ordering::Relaxed))
    }
}

/// Parses sizes such as `8G`: a number of bytes, or of KiB, MiB, GiB or TiB with the letter K, M, G or T.
impl FromStr for MemoryLimit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower.trim_end_matches("ib").trim_end_matches('b');
        let power = digits.chars().next_back().and_then(|letter| "kmgt".find(letter));
        let number = digits.trim_end_matches(['k', 'm', 'g', 't']).trim_end();
        let unit = power.map_or(1, |power| 1_u64 << (10 * (power + 1)));
        let size = number.parse::<f64>().ok().filter(|size| size.is_finite() && *size >= 0.0);
        // The cast saturates.
        size.map(|size| Self((size * unit as f64) as u64)).ok_or("expected a size such as 500M or 8G")
    }
}

/// Formats the limit in the largest unit that gives at least 1.
impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
        match units.iter().find(|(_, power)| self.0 >> power > 0) {
            Some((unit, power)) => write!(f, "{:.1} {unit}", self.0 as f64 / (1_u64 << power) as f64),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

/// Creates a budget without reservations.
impl From<MemoryLimit> for Budget {
    fn from(limit: MemoryLimit) -> Self {
        Self(Arc::new(Ledger { limit, ..Ledger::default() }))
    }
}

impl Budget {
    pub fn limit(&self) -> MemoryLimit {
        self.0.limit
    }

    /// Returns a reservation of no bytes, which can grow.
    pub fn reservation(&self) -> Reservation {
        Reservation { budget: self.clone(), bytes: AtomicU64::new(0) }
    }

    /// Reserves `bytes`.
    ///
    /// # Errors
    /// The budget has fewer bytes left. [`Budget::check`] fails from then on.
    pub fn reserve(&self, bytes: u64) -> Result<Reservation, LimitExceeded> {
        let reservation = self.reservation();
        reservation.grow(bytes).map(|()| reservation)
    }

    /// Reserves `bytes` if the budget has as many left. Unlike [`Budget::reserve`], a failure does not affect
    /// [`Budget::check`]: the caller can go on with less memory.
    pub fn try_reserve(&self, bytes: u64) -> Option<Reservation> {
        self.take(bytes).then(|| Reservation { budget: self.clone(), bytes: AtomicU64::new(bytes) })
    }

    /// Returns true if `bytes` fit and half of the limit stays free, for data that is decoded again and again.
    pub fn fits_with_half_free(&self, bytes: u64) -> bool {
        bytes.checked_add(self.0.limit.0 / 2).is_some_and(|all| self.try_reserve(all).is_some())
    }

    /// Fails if any reservation failed.
    ///
    /// # Errors
    /// [`LimitExceeded`], once [`Budget::reserve`], [`Reservation::grow`] or [`Reservation::set`] returned it.
    pub fn check(&self) -> Result<(), LimitExceeded> {
        if self.0.exceeded.load(Ordering::Relaxed) { Err(LimitExceeded(self.0.limit)) } else { Ok(()) }
    }

    fn take(&self, bytes: u64) -> bool {
        let more = |reserved: u64| reserved.checked_add(bytes).filter(|reserved| *reserved <= self.0.limit.0);
        self.0.reserved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }
}

impl Reservation {
    /// Reserves `bytes` more.
    ///
    /// # Errors
    /// The same as [`Budget::reserve`].
    pub fn grow(&self, bytes: u64) -> Result<(), LimitExceeded> {
        if self.budget.take(bytes) {
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
            return Ok(());
        }
        self.budget.0.exceeded.store(true, Ordering::Relaxed);
        Err(LimitExceeded(self.budget.0.limit))
    }

    /// Changes the reservation to `bytes`.
    ///
    /// # Errors
    /// The same as [`Budget::reserve`].
    pub fn set(&self, bytes: u64) -> Result<(), LimitExceeded> {
        match bytes.checked_sub(self.bytes.load(Ordering::Relaxed)) {
            Some(more) => self.grow(more),
            None => {
                let before = self.bytes.swap(bytes, Ordering::Relaxed);
                self.budget.0.reserved.fetch_sub(before - bytes, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    /// Keeps the bytes reserved until the budget itself is dropped.
    pub fn keep(self) {
        self.bytes.store(0, Ordering::Relaxed);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.0.reserved.fetch_sub(*self.bytes.get_mut(), Ordering::Relaxed);
    }
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if OF_PROCESS.load(Ordering::Relaxed) {
            return write!(
                f,
                "needs more than the {} of memory that the process limits leave; raise them with ulimit",
                self.0
            );
        }
        write!(f, "needs more than the {} memory limit; raise it with --memory", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_parse_with_and_without_units() {
        let sizes = ["0", "1500", "64k", "500M", "8G", "8 GiB", "1.5gb", "2T"];
        let bytes = [0, 1500, 64 << 10, 500 << 20, 8 << 30, 8 << 30, 3 << 29, 2 << 40];
        assert_eq!(sizes.map(|size| size.parse().map(|MemoryLimit(bytes)| bytes)), bytes.map(Ok));
        assert!(["", "G", "-1", "8X", "1e400", "nan"].iter().all(|text| text.parse::<MemoryLimit>().is_err()));
    }

    #[test]
    fn sizes_are_printed_in_fitting_units() {
        let texts = [1000, 1 << 10, 3 << 29, u64::MAX].map(|bytes| MemoryLimit(bytes).to_string());
        assert_eq!(texts, ["1000 bytes", "1.0 KiB", "1.5 GiB", "16777216.0 TiB"]);
    }

    #[test]
    fn dropped_reservations_are_released_unless_kept() {
        let budget = Budget::from(MemoryLimit(100));
        let some = budget.reserve(60).unwrap();
        assert!(budget.try_reserve(41).is_none() && budget.check().is_ok());
        drop(budget.try_reserve(40).unwrap());
        some.set(70).unwrap();
        some.set(10).unwrap();
        budget.reserve(50).unwrap().keep();
        some.grow(40).unwrap();
        assert!(budget.reserve(1).is_err() && budget.check().is_err());
        drop(some);
        assert!(budget.reserve(50).is_ok() && budget.reserve(u64::MAX).is_err());
    }
}
