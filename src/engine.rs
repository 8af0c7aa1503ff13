//! Exact counts for raw samples of any size: a population of parts, in memory or read again block by block, counted on
//! all cores, interruptible.
//!
//! No terminal and no files. Results depend neither on the number of threads nor on how samples are split into parts.

mod count;
mod direct;
mod memory;
mod part;
mod partial;
mod pass;
mod population;
mod ranks;
mod rules;
mod table;
mod tables;
mod work;

pub use count::{Binning, Outside, count, count_all};
pub use memory::{Budget, Held, Memory, TooMuch};
pub use part::{Part, Stream};
pub use partial::Partial;
pub use population::Population;
pub use ranks::quantiles;
pub use table::Estimated;
pub use work::{Cancel, Progress, Work};
