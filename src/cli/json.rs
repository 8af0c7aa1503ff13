//! JSON output of `ls` and `show`.

use super::exit::{Failure, print};
use crate::catalog::SourceInfo;
use crate::hist::Number;
use crate::text::json_string;
use crate::wandb::number_text;

pub(super) const NULL: &str = "null";

/// JSON text of a number; null if it is unknown or not finite.
pub(super) fn number(number: Option<Number>) -> String {
    number.filter(|n| n.as_f64().is_finite()).map_or(NULL.into(), number_text)
}

/// JSON text of a list of numbers.
pub(super) fn numbers(numbers: impl Iterator<Item = Number>) -> String {
    let all: Vec<String> = numbers.map(|n| number(Some(n))).collect();
    format!("[{}]", all.join(", "))
}

/// JSON text of an object, given the texts of its values.
pub(super) fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("{}: {value}", json_string(name))).collect();
    format!("{{{}}}", members.join(", "))
}

/// JSON text of the display name of a source's run; null for plain files.
pub(super) fn run(info: &SourceInfo) -> String {
    info.run.as_ref().map_or(NULL.into(), |run| json_string(&run.name))
}

/// Bytes that are printed at once.
pub(super) const BLOCK: usize = 64 << 10;

/// JSON array with one object per line, printed while it grows.
#[derive(Default)]
pub(super) struct JsonArray {
    text: String,
    started: bool,
}

impl JsonArray {
    pub(super) fn push(&mut self, object: &str) -> Result<(), Failure> {
        self.text += if std::mem::replace(&mut self.started, true) { ",\n" } else { "[\n" };
        self.text += object;
        if self.text.len() >= BLOCK {
            print(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.text += if self.started { "\n]\n" } else { "[]\n" };
        print(self.text.as_bytes())
    }
}
