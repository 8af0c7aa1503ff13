//! Count files: counted samples as JSON, `{"_type": "rebin-partial", "version": 1, …}`, or in a [`binary`] form.
//!
//! A file contains the counts between the edges of all histograms with 1 to 512 bins. The element type and the range
//! determine the edges. In `counts`, a negative number -n stands for n zeros. Not here: merging (`engine`).

pub mod binary;

use super::DecodeError;
use super::document::JsonDocument;
use crate::engine::{MergeableCounts, OutOfRange};
use crate::hist::{DType, Moments, Number, Numbers, Range, Summary};
use crate::json::Node;
use crate::text::json_string;
use crate::wandb::{number_text, numbers_text};

const TYPE: &str = "rebin-partial";
const VERSION: i128 = 1;

/// Upper bound for the number of counts of any range.
const MAX_COUNTS: usize = 1 << 18;

/// Returns the text of a count file.
pub fn text(counts: &MergeableCounts, key: &str) -> String {
    format!("{{{}, \"counts\": {}}}\n", members(counts, key), numbers_text(&packed(&counts.counts)))
}

/// Text of the members other than the counts.
fn members(counts: &MergeableCounts, key: &str) -> String {
    let MergeableCounts { summary, moments, outside, .. } = counts;
    let ends = |range: Range| format!("[{}, {}]", number_text(range.lo), number_text(range.hi));
    let float = |x: f64| number_text(Number::Float(x));
    let (mean, std, mean_abs) = (float(moments.mean()), float(moments.std()), float(moments.mean_abs()));
    let (skewness, kurtosis) = (float(moments.skewness()), float(moments.kurtosis()));
    let key = json_string(key);
    format!(
        "\"_type\": \"{TYPE}\", \"version\": {VERSION}, \"key\": {key}, \"dtype\": \"{}\", \"range\": {}, \"own\": {}, \
         \"n\": {}, \"nan\": {}, \"posinf\": {}, \"neginf\": {}, \"zeros\": {}, \"below\": {}, \"above\": {}, \
         \"missing\": {}, \"bad\": {}, \"ends\": {}, \"mean\": {mean}, \"std\": {std}, \"mean_abs\": {mean_abs}, \
         \"skewness\": {skewness}, \"kurtosis\": {kurtosis}, \"parts\": {}",
        counts.dtype.name(),
        ends(counts.range),
        counts.own,
        summary.n,
        summary.nan,
        summary.posinf,
        summary.neginf,
        summary.zeros,
        outside.below,
        outside.above,
        counts.missing,
        counts.bad,
        counts.ends.map_or("null".into(), ends),
        numbers_text(&counts.parts.iter().map(|part| Number::Int((*part).into())).collect()),
    )
}

/// Replaces each run of n zeros by -n.
fn packed(counts: &[u64]) -> Numbers {
    let runs = counts.chunk_by(|a, b| *a == 0 && *b == 0);
    runs.map(|run| Number::Int(if run[0] == 0 { -(run.len() as i128) } else { run[0].into() })).collect()
}

/// Reads the key and the counts, if a document is a count file.
///
/// # Errors
/// A member is missing or invalid.
pub fn read(document: &JsonDocument) -> Option<Result<(String, MergeableCounts), DecodeError>> {
    let [root] = document.roots.as_slice() else { return None };
    let node = &root.item.node;
    match &node.get("_type")?.node {
        Node::Text(name) if name == TYPE => {
            let members = Members(node);
            Some(members.counts().and_then(|counts| members.read(counts)))
        }
        _ => None,
    }
}

struct Members<'a>(&'a Node);

impl Members<'_> {
    fn read(&self, counts: Vec<u64>) -> Result<(String, MergeableCounts), DecodeError> {
        match self.get("version")? {
            Node::Number(Number::Int(VERSION)) => {}
            Node::Number(Number::Int(version)) => {
                return Err(DecodeError::new(format!(
                    "count file version {version} is not supported (only {VERSION}); count the samples again"
                )));
            }
            _ => return Err(self.wrong("version")),
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
        // Earlier versions did not write them.
        let optional = |name| if self.0.get(name).is_some() { self.count(name) } else { Ok(0) };
        let (missing, bad) = (optional("missing")?, optional("bad")?);
        let parts = self.parts()?;
        // `Population::from_counts` checks that the numbers are consistent.
        let non_finite = summary.nan.saturating_add(summary.posinf).saturating_add(summary.neginf);
        let finite = summary.n.saturating_sub(non_finite);
        let moments = if finite == 0 {
            Moments::default()
        } else {
            let moments = Moments::new(finite, self.number("mean")?.as_f64(), self.number("std")?.as_f64());
            // Earlier versions did not write the others.
            let [mean_abs, skewness, kurtosis] =
                ["mean_abs", "skewness", "kurtosis"].map(|name| self.number(name).ok());
            match (mean_abs, skewness, kurtosis) {
                (Some(mean_abs), Some(skewness), Some(kurtosis)) => {
                    moments.with_shape(mean_abs.as_f64(), skewness.as_f64(), kurtosis.as_f64())
                }
                _ => moments,
            }
        };
        let key = self.text("key")?.to_owned();
        Ok((key, MergeableCounts { dtype, range, own, summary, ends, moments, outside, missing, bad, counts, parts }))
    }

    /// Identifiers of the counted parts. Earlier versions did not write them.
    fn parts(&self) -> Result<Vec<u64>, DecodeError> {
        match self.0.get("parts").map(|item| &item.node) {
            None => Ok(Vec::new()),
            Some(Node::Array(items)) if items.is_empty() => Ok(Vec::new()),
            Some(Node::Numbers(numbers)) => {
                let part = |number| match number {
                    Number::Int(part) => u64::try_from(part).map_err(|_| self.wrong("parts")),
                    Number::Float(_) => Err(self.wrong("parts")),
                };
                numbers.iter().map(part).collect()
            }
            Some(_) => Err(self.wrong("parts")),
        }
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
                    let zeros = zeros.filter(|zeros| *zeros <= MAX_COUNTS).ok_or_else(|| self.wrong("counts"))?;
                    counts.resize(counts.len() + zeros, 0);
                }
            }
            if counts.len() > MAX_COUNTS {
                return Err(self.wrong("counts"));
            }
        }
        Ok(counts)
    }

    fn get(&self, name: &str) -> Result<&Node, DecodeError> {
        let found = self.0.get(name).map(|item| &item.node);
        found.ok_or_else(|| DecodeError::new(format!("missing {name:?}; the count file was not written by rebin")))
    }

    fn wrong(&self, name: &str) -> DecodeError {
        let kind = self.0.get(name).map_or("nothing", |item| item.node.kind());
        DecodeError::new(format!("invalid {name:?} ({kind}); the count file was not written by rebin"))
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
        let is_valid = |range: &Range| {
            range.lo.as_f64() <= range.hi.as_f64() && (range.hi.as_f64() - range.lo.as_f64()).is_finite()
        };
        pair.filter(is_valid).ok_or_else(|| self.wrong(name))
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

    /// Moments are rebuilt from rounded values.
    pub(super) fn assert_same(read: &MergeableCounts, written: &MergeableCounts) {
        for value in [Moments::mean, Moments::std, Moments::mean_abs, Moments::skewness, Moments::kurtosis] {
            let (a, b) = (value(&read.moments), value(&written.moments));
            assert!((a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-14 * b.abs().max(1.0), "{a} {b}");
        }
        let rest = |counts: &MergeableCounts| {
            format!("{:?}", MergeableCounts { moments: Moments::default(), ..counts.clone() })
        };
        assert!(rest(read) == rest(written));
    }

    #[test]
    fn written_counts_are_read_back() {
        let cases = [
            Samples::F32(vec![0.5, -1.0, f32::NAN, 3.25, f32::INFINITY, 0.0]),
            Samples::I64(vec![i64::MIN, 0, i64::MAX]),
            Samples::F64(vec![0.1; 5]),
            Samples::F64(vec![]),
        ];
        for samples in cases {
            let population = Population::new(samples);
            let range = Range { lo: Number::Int(0), hi: Number::Float(2.5) };
            for range in [None, Some(range)] {
                let mut counts = population.mergeable_counts(range, &Task::default()).unwrap();
                counts.parts = vec![0, u64::MAX];
                let written = text(&counts, "a\"b");
                let (key, read) = back(&written).unwrap().unwrap();
                assert_eq!(key, "a\"b");
                assert_same(&read, &counts);
            }
        }
    }

    #[test]
    fn invalid_members_are_named() {
        let counts = Population::new(Samples::U8(vec![1, 2, 3])).mergeable_counts(None, &Task::default()).unwrap();
        let written = text(&counts, "");
        let why = |from: &str, to: &str| back(&written.replace(from, to)).unwrap().unwrap_err().to_string();
        assert_eq!(
            why("\"version\": 1", "\"version\": 2"),
            "count file version 2 is not supported (only 1); count the samples again"
        );
        assert!(why("\"uint8\"", "\"text\"").starts_with("invalid \"dtype\" (a string)"));
        assert!(why("\"own\"", "\"on\"").starts_with("missing \"own\""));
        assert!(why("\"counts\": [", "\"counts\": [-99999999999999999999999, ").starts_with("invalid \"counts\""));
        assert!(why("\"range\": [1, 3]", "\"range\": [3, 1]").starts_with("invalid \"range\""));
        assert!(why("\"parts\": []", "\"parts\": [-1]").starts_with("invalid \"parts\""));
        assert!(back("{\"_type\": \"histogram\"}").is_none());
    }
}
