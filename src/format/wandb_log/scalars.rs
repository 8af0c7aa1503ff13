//! Scalars in the history of a log, such as the loss.

use super::framing::Framer;
use super::history::{StepFrom, items, step};
use crate::engine::Budget;
use crate::format::DecodeError;
use crate::format::protobuf::{Fields, Malformed, Value};

/// Reads the numbers of all rows, in consecutive windows of a file.
#[derive(Debug, Clone)]
pub struct ScalarReader {
    framer: Framer,
    from: StepFrom,
    memory: Budget,
}

impl ScalarReader {
    /// Starts to read a file, given all of its bytes or at least the first [`Framer::PROBE`].
    ///
    /// # Errors
    /// The file is not a W&B log.
    pub fn start(first: &[u8], memory: &Budget) -> Result<Self, DecodeError> {
        Ok(Self { framer: Framer::start(first)?.within(memory), from: StepFrom::Row, memory: memory.clone() })
    }

    /// Calls `each` with the name, the step and the value of every number in a window. Labels of nested names are joined
    /// with `/`. Skips malformed rows, which opening the log reports. Returns the number of bytes used.
    ///
    /// # Errors
    /// A record exceeds the memory budget.
    pub fn read(&mut self, window: &[u8], each: &mut dyn FnMut(&str, i64, f64)) -> Result<usize, DecodeError> {
        let Self { framer, from, memory } = self;
        let used = framer.feed(window, &mut |record| {
            for (number, value) in Fields::of(record.bytes).map_while(Result::ok) {
                match (number, value) {
                    // A record of TensorBoard's folder precedes the copies of its events.
                    (9, _) => *from = StepFrom::TensorBoard,
                    (2, Value::Bytes(history)) => _ = row(history, *from, each),
                    _ => {}
                }
            }
        });
        memory.check()?;
        Ok(used)
    }
}

fn row(history: &[u8], from: StepFrom, each: &mut dyn FnMut(&str, i64, f64)) -> Result<(), Malformed> {
    let mut at = None;
    items(history, &mut |labels, text| {
        let is_own = labels.first().is_none_or(|label| label.starts_with(b"_"));
        // Members of a typed value are not scalars.
        let is_typed = labels.len() > 1 && matches!(labels.last(), Some(&(b"bins" | b"values" | b"_type")));
        if is_own || is_typed {
            return;
        }
        let Some(value) = number(&text) else { return };
        let name = labels.iter().map(|label| String::from_utf8_lossy(label)).collect::<Vec<_>>().join("/");
        if let Some(step) = *at.get_or_insert_with(|| step(history, from).ok().flatten()) {
            each(&name, step, value);
        }
    })
}

/// Parses a number as Python writes it in JSON. `None` for any other value.
fn number(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii();
    match text {
        b"NaN" | b"\"NaN\"" => Some(f64::NAN),
        b"Infinity" | b"\"Infinity\"" => Some(f64::INFINITY),
        b"-Infinity" | b"\"-Infinity\"" => Some(f64::NEG_INFINITY),
        [b'-' | b'0'..=b'9', ..] => fast_float2::parse(text).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_scalars() {
        let found =
            ["1.5", " -2e3 ", "NaN", "\"1\"", "[1]", "{}", "true", "null", ""].map(|text| number(text.as_bytes()));
        assert_eq!(found[..2], [Some(1.5), Some(-2000.0)]);
        assert!(found[2].is_some_and(f64::is_nan) && found[3..].iter().all(Option::is_none));
        assert_eq!(number(b"-Infinity"), Some(f64::NEG_INFINITY));
    }
}
