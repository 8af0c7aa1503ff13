//! A histogram as a table: a row for each bin.

use crate::wandb::{self, number_text};
use std::fmt::Write as _;

/// `left,right` and the name of the values; numbers as Python writes them, which read back as the same bits.
pub(super) fn csv(histogram: &wandb::Histogram, values: &str) -> String {
    let mut rows = format!("left,right,{values}\n");
    let edges: Vec<String> = histogram.bins().iter().map(number_text).collect();
    for (bin, value) in edges.windows(2).zip(histogram.values().iter()) {
        // Writing to a string cannot fail.
        let _ = writeln!(rows, "{},{}", bin.join(","), number_text(value));
    }
    rows
}
