//! Exact counts for raw samples of any size: a population of parts, in memory or read again block by block, counted on
//! all cores, interruptible.
//!
//! No terminal and no files. Results depend neither on the number of threads nor on how samples are split into parts.

mod count;
mod direct;
mod memory;
mod mergeable;
mod part;
mod pass;
mod population;
mod ranks;
mod rules;
mod table;
mod tables;
mod task;

pub use count::{OutOfRange, count, count_all};
pub use memory::{Budget, LimitExceeded, MemoryLimit, Reservation};
pub use mergeable::MergeableCounts;
pub use part::{Part, Stream};
pub use population::Population;
pub use ranks::quantiles;
pub use table::RangeEstimate;
pub use task::{Cancel, Progress, Task};
