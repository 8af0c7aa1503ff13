//! Scalars of event files: `simple_value` of v1 summaries, and tensors with a single number of v2 summaries.

use super::framing::Framer;
use super::histogram::scalar;
use crate::format::protobuf::{Fields, Malformed, Value};

/// Reads the scalars of an event file, in consecutive windows.
#[derive(Debug, Clone, Default)]
pub struct ScalarReader {
    framer: Framer,
}

impl ScalarReader {
    /// Calls `each` with the tag, the step and the value of every scalar in a window. Returns the number of bytes used.
    pub fn read(&mut self, window: &[u8], each: &mut dyn FnMut(&str, i64, f64)) -> usize {
        // Opening the file reports malformed events.
        self.framer.feed(window, &mut |record| _ = event(record.data, each))
    }
}

fn event(event: &[u8], each: &mut dyn FnMut(&str, i64, f64)) -> Result<(), Malformed> {
    let mut step = 0;
    for field in Fields::of(event) {
        if let (2, Value::Varint(number)) = field? {
            step = number as i64;
        }
    }
    for field in Fields::of(event) {
        let (5, Value::Bytes(summary)) = field? else { continue };
        for field in Fields::of(summary) {
            let (1, Value::Bytes(value)) = field? else { continue };
            let (mut tag, mut number) = (&b""[..], None);
            for field in Fields::of(value) {
                match field? {
                    (1, Value::Bytes(text)) => tag = text,
                    (2, Value::Fixed32(bits)) => number = Some(f64::from(f32::from_bits(bits))),
                    (8, Value::Bytes(tensor)) => number = scalar(tensor).or(number),
                    _ => {}
                }
            }
            if let Some(number) = number {
                each(&String::from_utf8_lossy(tag), step, number);
            }
        }
    }
    Ok(())
}
