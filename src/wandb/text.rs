//! Numbers as Python's `json.dumps` writes them.

use crate::hist::{Number, Numbers};

/// One number: integers in decimal, floats as `repr`, `NaN`, `Infinity`, `-Infinity`.
pub fn number_text(number: Number) -> String {
    let _ = number;
    todo!()
}

/// A list: `[1, 2.0, NaN]`.
pub fn numbers_text(numbers: &Numbers) -> String {
    let _ = numbers;
    todo!()
}
