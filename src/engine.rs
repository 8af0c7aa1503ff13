//! Exact counts for raw samples: a population with its summary, counted in interruptible blocks on all cores.
//!
//! No terminal and no files. Results do not depend on the number of threads.

mod cancel;
mod count;
mod direct;
mod population;
mod quantile;
mod table;
mod tables;

pub use cancel::{Cancel, Progress};
pub use count::{Binning, Outside, count, count_all, edges_for, outside};
pub use population::Population;
pub use quantile::quantiles;
