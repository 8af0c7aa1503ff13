//! The list of the values of a bin: its lines, its text for the clipboard, and its file.

use super::Model;
use crate::engine::{BinValues, PlacedValue};
use crate::error::At;
use crate::export::{Export, ValueTable};
use crate::hist::{DType, Number, number_repr};
use crate::text::{Notation, edge_resolution, format_count};
use std::sync::Arc;

/// Maximum number of values to list.
pub const MAX_VALUES: usize = 10_000;

/// Values of a bin, as they are listed.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueList {
    /// Bin and its edges, such as `bin 31 [-0.0031, 0.0012)`.
    pub bin: String,
    pub total: u64,
    /// Texts of the values and their places.
    pub lines: Arc<Vec<(String, String)>>,
    /// First line on the screen.
    pub top: usize,
}

impl ValueList {
    pub(super) fn new(bin: String, found: BinValues, dtype: DType) -> Self {
        let line = |PlacedValue { value, at }: PlacedValue| {
            let place = if at == At::Whole { String::new() } else { at.to_string() };
            (value_text(value, dtype), place)
        };
        let lines = Arc::new(found.values.into_iter().map(line).collect());
        Self { bin, total: found.total, lines, top: 0 }
    }

    /// Returns a heading, such as `bin 31 [-0.0031, 0.0012) · 604 values, the largest magnitude first`.
    pub fn title(&self) -> String {
        format!("{} · {}, largest magnitude first", self.bin, crate::text::plural(self.total, "value"))
    }

    /// Describes the visible lines, and the keys.
    pub fn position(&self, height: usize) -> String {
        let listed = self.lines.len();
        let all = if listed as u64 == self.total {
            format_count(self.total as f64, 0)
        } else {
            format!("the largest {}", format_count(listed as f64, 0))
        };
        let last = (self.top + height).min(listed);
        format!("{}–{last} of {all}, c copies, E exports, Esc closes", (self.top + 1).min(last))
    }

    /// Returns the lines as text, with tabs.
    pub(super) fn text(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|(value, place)| format!("{value}\t{place}")).collect();
        lines.join("\n") + "\n"
    }

    pub(super) fn export(&self, title: String) -> Export {
        Export::Values(ValueTable { title, lines: Arc::clone(&self.lines) })
    }
}

/// Digits of a value in its own type.
fn value_text(value: Number, dtype: DType) -> String {
    match (value, dtype) {
        (Number::Float(x), DType::F16 | DType::F32) => format!("{:?}", x as f32),
        (value, _) => number_repr(value),
    }
}

/// Names the bins under the cursor or in the selection, with their edges.
pub(super) fn bin_name(model: &Model, first: usize, last: usize) -> Option<String> {
    let edges = model.shown()?.histogram.edges();
    let (from, to) = (edges.bin(first)?, edges.bin(last)?);
    let width = (to.hi - from.lo) / (last + 1 - first) as f64;
    let ends = Notation::format_even(&[from.lo, to.hi].map(|x| (x, edge_resolution(x, width)))).join(", ");
    let close = if last + 1 == edges.bins() { ']' } else { ')' };
    let name = if first == last { format!("bin {}", first + 1) } else { format!("bins {}–{}", first + 1, last + 1) };
    Some(format!("{name} [{ends}{close}"))
}
