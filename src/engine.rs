//! Exact counting of raw samples of any size.
//!
//! A [`Population`] is one array in several parts. Each part is in memory or read again, block by block, whenever it is
//! counted. Counting runs on all cores and can be cancelled. Results depend neither on the number of threads nor on how
//! the samples are split into parts.
//!
//! Not here: terminal and files.

mod changes;
mod count;
mod direct;
mod distances;
mod lattice;
mod memory;
mod mergeable;
mod non_finite;
mod part;
mod pass;
mod places;
mod population;
mod ranks;
mod rules;
mod span;
mod summarizer;
mod table;
mod task;
mod values;

pub use changes::{Since, changes};
pub use count::{OutOfRange, count, count_all, count_between, rule_bins};
pub use distances::{Comparison, Elementwise, Side, distances};
pub use memory::{ALLOCATION, Budget, LimitExceeded, MemoryLimit, Reservation};
pub use mergeable::{CountsSum, MergeableCounts};
pub use non_finite::{ElementOrder, NonFinite, Shape};
pub use part::{Part, Stream};
pub use pass::on_all_cores;
pub use places::RowNumbers;
pub use population::Population;
pub use ranks::quantiles;
pub use span::Span;
pub use summarizer::{BlockSummary, Summarizer};
pub use table::RangeEstimate;
pub use task::{Cancel, Progress, Task, Upcoming};
pub use values::{BinValues, PlacedValue};
