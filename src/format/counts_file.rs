//! What counting found, as JSON: `{"_type": "rebin-partial", "version": 1, …}`.
//!
//! Counts between the edges of all histograms with 1 … 512 bins; where these lie, type and range say. In `counts` a
//! negative number stands for so many zeros. Not here: adding such files up (`engine`).

use super::DecodeError;
use super::document::Document;
use crate::engine::{MergeableCounts, OutOfRange};
use crate::hist::{DType, Moments, Number, Numbers, Range, Summary};
use crate::json::Node;
use crate::wandb::{number_text, numbers_text};

const TYPE: &str = "rebin-partial";
const VERSION: i128 = 1;

/// More counts than this no range has.
const MOST: usize = 1 << 18;

/// The text of a file.
pub fn text(partial: &MergeableCounts, key: &str) -> String {
    let MergeableCounts { summary, moments, outside, .. } = partial;
    let ends = |range: Range| format!("[{}, {}]", number_text(range.lo), number_text(range.hi));
    let (mean, std) = (number_text(Number::Float(moments.mean())), number_text(Number::Float(moments.std())));
    let key = serde_json::Value::from(key);
    format!(
        "{{\"_type\": \"{TYPE}\", \"version\": {VERSION}, \"key\": {key}, \"dtype\": \"{}\", \"range\": {}, \"own\": {}, \
         \"n\": {}, \"nan\": {}, \"posinf\": {}, \"neginf\": {}, \"zeros\": {}, \"below\": {}, \"above\": {}, \
         \"ends\": {}, \"mean\": {mean}, \"std\": {std}, \"counts\": {}}}\n",
        partial.dtype.name(),
        ends(partial.range),
        partial.own,
        summary.n,
        summary.nan,
        summary.posinf,
        summary.neginf,
        summary.zeros,
        outside.below,
        outside.above,
        partial.ends.map_or("null".into(), ends),
        numbers_text(&packed(&partial.counts)),
    )
}

/// With runs of zeros as negative numbers.
fn packed(counts: &[u64]) -> Numbers {
    let runs = counts.chunk_by(|a, b| *a == 0 && *b == 0);
    runs.map(|run| Number::Int(if run[0] == 0 { -(run.len() as i128) } else { run[0].into() })).collect()
}

/// The key and what was counted, if a document is such a file.
///
/// # Errors
/// What is missing or wrong in one that is.
pub fn read(document: &Document) -> Option<Result<(String, MergeableCounts), DecodeError>> {
    let [root] = document.roots.as_slice() else { return None };
    let node = &root.item.node;
    match &node.get("_type")?.node {
        Node::Text(name) if name == TYPE => Some(Members(node).read()),
        _ => None,
    }
}

struct Members<'a>(&'a Node);

impl Members<'_> {
    fn read(&self) -> Result<(String, MergeableCounts), DecodeError> {
        if !matches!(self.get("version")?, Node::Number(Number::Int(VERSION))) {
            return Err(DecodeError::new(format!("it is a count of another version than {VERSION}; count again")));
        }
        let dtype = self.text("dtype").and_then(|name| {
            DType::ALL.into_iter().find(|dtype| dtype.name() == name).ok_or_else(|| self.wrong("dtype"))
        })?;
        let own = match self.get("own")? {
            Node::Bool(own) => *own,
            _ => return Err(self.wrong("own")),
        };
        let range = self.range("range")?;
        let ends = if *self.get("ends")? == Node::Null { None } else { Some(self.range("ends")?) };
        let end = |end: fn(Range) -> Number| ends.map_or(f64::NAN, |ends| end(ends).as_f64());
        let summary = Summary {
            n: self.count("n")?,
            nan: self.count("nan")?,
            posinf: self.count("posinf")?,
            neginf: self.count("neginf")?,
            zeros: self.count("zeros")?,
            min: end(|ends| ends.lo),
            max: end(|ends| ends.hi),
        };
        let outside = OutOfRange { below: self.count("below")?, above: self.count("above")? };
        let counts = self.counts()?;
        // Whether any of this can be true, whoever counts on it looks (`Population::from_counts_file`).
        let odd = summary.nan.saturating_add(summary.posinf).saturating_add(summary.neginf);
        let finite = summary.n.saturating_sub(odd);
        let moments = if finite == 0 {
            Moments::default()
        } else {
            Moments::new(finite, self.number("mean")?.as_f64(), self.number("std")?.as_f64())
        };
        let key = self.text("key")?.to_owned();
        Ok((key, MergeableCounts { dtype, range, own, summary, ends, moments, outside, counts }))
    }

    fn counts(&self) -> Result<Vec<u64>, DecodeError> {
        let Node::Numbers(numbers) = self.get("counts")? else { return Err(self.wrong("counts")) };
        let mut counts = Vec::new();
        for number in numbers.iter() {
            let Number::Int(n) = number else { return Err(self.wrong("counts")) };
            match u64::try_from(n) {
                Ok(n) => counts.push(n),
                Err(_) => {
                    let zeros = usize::try_from(n.saturating_neg()).ok();
                    let zeros = zeros.filter(|zeros| *zeros <= MOST).ok_or_else(|| self.wrong("counts"))?;
                    counts.resize(counts.len() + zeros, 0);
                }
            }
            if counts.len() > MOST {
                return Err(self.wrong("counts"));
            }
        }
        Ok(counts)
    }

    fn get(&self, name: &str) -> Result<&Node, DecodeError> {
        let found = self.0.get(name).map(|item| &item.node);
        found.ok_or_else(|| DecodeError::new(format!("it lacks {name:?}; it was cut short or not written by rebin")))
    }

    fn wrong(&self, name: &str) -> DecodeError {
        let kind = self.0.get(name).map_or("nothing", |item| item.node.kind());
        DecodeError::new(format!("its {name:?} cannot be used ({kind}); it was not written by rebin"))
    }

    fn text(&self, name: &str) -> Result<&str, DecodeError> {
        if let Node::Text(text) = self.get(name)? { Ok(text) } else { Err(self.wrong(name)) }
    }

    fn number(&self, name: &str) -> Result<Number, DecodeError> {
        if let Node::Number(number) = self.get(name)? { Ok(*number) } else { Err(self.wrong(name)) }
    }

    fn count(&self, name: &str) -> Result<u64, DecodeError> {
        let Number::Int(n) = self.number(name)? else { return Err(self.wrong(name)) };
        u64::try_from(n).map_err(|_| self.wrong(name))
    }

    fn range(&self, name: &str) -> Result<Range, DecodeError> {
        let Node::Numbers(numbers) = self.get(name)? else { return Err(self.wrong(name)) };
        let pair = numbers.get(0).zip(numbers.get(1)).map(|(lo, hi)| Range { lo, hi });
        let sound = |range: &Range| {
            range.lo.as_f64() <= range.hi.as_f64() && (range.hi.as_f64() - range.lo.as_f64()).is_finite()
        };
        pair.filter(sound).ok_or_else(|| self.wrong(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Population, Task};
    use crate::format::document;
    use crate::hist::Samples;

    fn back(text: &str) -> Option<Result<(String, MergeableCounts), DecodeError>> {
        read(&document::read(text.as_bytes()).unwrap())
    }

    #[test]
    fn what_was_written_is_read_again() {
        let lots = [
            Samples::F32(vec![0.5, -1.0, f32::NAN, 3.25, f32::INFINITY, 0.0]),
            Samples::I64(vec![i64::MIN, 0, i64::MAX]),
            Samples::F64(vec![]),
        ];
        for samples in lots {
            let population = Population::new(samples);
            let range = Range { lo: Number::Int(0), hi: Number::Float(2.5) };
            for range in [None, Some(range)] {
                let partial = population.partial(range, &Task::default()).unwrap();
                let written = text(&partial, "a\"b");
                let (key, read) = back(&written).unwrap().unwrap();
                assert_eq!(key, "a\"b");
                assert_eq!(text(&read, "a\"b"), written);
                assert_eq!((read.counts, read.range, read.own), (partial.counts, partial.range, partial.own));
            }
        }
    }

    #[test]
    fn what_is_damaged_is_a_sentence() {
        let partial = Population::new(Samples::U8(vec![1, 2, 3])).partial(None, &Task::default()).unwrap();
        let written = text(&partial, "");
        let why = |from: &str, to: &str| back(&written.replace(from, to)).unwrap().unwrap_err().to_string();
        assert_eq!(why("\"version\": 1", "\"version\": 2"), "it is a count of another version than 1; count again");
        assert!(why("\"uint8\"", "\"text\"").starts_with("its \"dtype\" cannot be used (a string)"));
        assert!(why("\"own\"", "\"on\"").starts_with("it lacks \"own\""));
        assert!(why("\"counts\": [", "\"counts\": [-99999999999999999999999, ").starts_with("its \"counts\" cannot"));
        assert!(why("\"range\": [1, 3]", "\"range\": [3, 1]").starts_with("its \"range\" cannot"));
        assert!(back("{\"_type\": \"histogram\"}").is_none());
    }
}
