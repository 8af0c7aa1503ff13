//! Histograms from JSON, in every [`Form`].

use super::{Draft, Form, Histogram, check_lengths, unpacked};
use crate::hist::{Number, Numbers};
use crate::json::{Item, Node};
use crate::wandb::Error;
use crate::wandb::repair::{Fault, read_numbers};
use std::borrow::Cow;

impl Histogram {
    /// Reads a histogram in any [`Form`]. `source` is its artifact.
    ///
    /// # Errors
    /// [`Error::NotAPair`], [`Error::Member`] for a member that is missing or has the wrong type, and
    /// [`Error::Lengths`].
    ///
    /// # Examples
    /// ```
    /// use rebin::{json, wandb};
    ///
    /// let text = br#"{"_type": "histogram", "values": [3, 1], "bins": [0.0, 0.5, 1.0]}"#;
    /// let histogram = wandb::Histogram::from_json(&json::parse(text)?.node, None)?;
    /// assert_eq!(histogram.values().as_f64(), [3.0, 1.0]);
    /// assert_eq!(histogram.to_json().as_bytes(), text);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_json(node: &Node, source: Option<&str>) -> Result<Self, Error> {
        let (form, values, bins) = match node {
            Node::Object(_) => from_object(node)?,
            Node::Array(items) => match &items[..] {
                [values, bins] => both(Form::Pair, numbers(&values.node, "values")?, numbers(&bins.node, "bins")?)?,
                _ => return Err(Error::NotAPair),
            },
            Node::Numbers(_) => return Err(Error::NotAPair),
            other => return Err(Error::Member(format!("expected a histogram, found {}", other.kind()))),
        };
        Ok(Self { values, bins, form, artifact_source: source.map(str::to_owned), draft: None, supplement: None })
    }

    /// Reads a histogram, even a malformed one if it can be [repaired](Histogram::repair). [`Histogram::check`]
    /// distinguishes the two.
    ///
    /// # Errors
    /// The error of [`Histogram::from_json`] if the histogram cannot be repaired.
    pub fn read(node: &Node) -> Result<Self, Error> {
        Self::from_json(node, None)
            .or_else(|error| Self::from_malformed(node, &error).filter(|read| read.repair().is_some()).ok_or(error))
    }

    /// Reads the usable parts of a malformed histogram, so that it can be [repaired](Histogram::repair). `error` is the
    /// error of [`Histogram::from_json`]. Returns `None` if the value's `_type` is not a histogram.
    pub fn from_malformed(node: &Node, error: &Error) -> Option<Self> {
        let form = match node.get("_type").map(|item| &item.node) {
            Some(Node::Text(name)) if name == "histogram" => Form::Wandb,
            Some(Node::Text(name)) if name == "trackio.histogram" => Form::Trackio,
            _ => return None,
        };
        let mut faults = Vec::new();
        let values = read_numbers(node.get("values").map(|item| &item.node), "values", &mut faults);
        let number = |node: &Node| match node {
            Node::Number(number) => Some(number.as_f64()),
            Node::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        let packed = node.get("packedBins").filter(|_| node.get("bins").is_none());
        let packed = packed.and_then(|packed| {
            let number = |name| packed.node.get(name).and_then(|item| number(&item.node));
            number("min").zip(number("size"))
        });
        let bins = match packed {
            Some((min, size)) => {
                let (what, remedy) = ("`packedBins` does not match the counts".into(), "use as many bins as counts");
                faults.push(Fault { what, remedy });
                unpacked(min, size).take(values.len() + 1).map(Number::Float).collect()
            }
            None => read_numbers(node.get("bins").map(|item| &item.node), "bins", &mut faults),
        };
        let draft = Some(Box::new(Draft { error: error.clone(), faults }));
        Some(Self { values, bins, form, artifact_source: None, draft, supplement: None })
    }
}

/// Form, values and bins, with matching lengths.
type Parts = (Form, Numbers, Numbers);

fn from_object(node: &Node) -> Result<Parts, Error> {
    let form = match node.get("_type").map(|item| &item.node) {
        Some(Node::Text(name)) if name == "trackio.histogram" => Form::Trackio,
        Some(Node::Text(name)) if name == "histogram" => match (node.get("bins"), node.get("packedBins")) {
            (None, Some(packed)) => return from_packed(numbers(member(node, "values")?, "values")?, &packed.node),
            _ => Form::Wandb,
        },
        Some(Node::Text(name)) => return Err(Error::Member(format!("`_type` is \"{name}\", not \"histogram\""))),
        Some(other) => return Err(Error::Member(format!("`_type` is {}, not a string", other.kind()))),
        None => return Err(Error::Member("`_type` is missing".into())),
    };
    both(form, numbers(member(node, "values")?, "values")?, numbers(member(node, "bins")?, "bins")?)
}

fn from_packed(values: Cow<Numbers>, packed: &Node) -> Result<Parts, Error> {
    let number = |name: &str| match packed.get(name).map(|Item { node, .. }| node) {
        Some(Node::Number(number)) => Ok(*number),
        Some(other) => Err(Error::Member(format!("`packedBins.{name}` is {}, not a number", other.kind()))),
        None => Err(Error::Member(format!("`packedBins.{name}` is missing"))),
    };
    let (min, size, count) = (number("min")?.as_f64(), number("size")?.as_f64(), number("count")?);
    if count.as_f64() != values.len() as f64 {
        let count = crate::wandb::number_text(count);
        let message = format!("`packedBins.count` is {count}, but `values` has {} numbers", values.len());
        return Err(Error::Member(message));
    }
    let bins = unpacked(min, size).take(values.len() + 1).map(Number::Float).collect();
    Ok((Form::Packed, values.into_owned(), bins))
}

fn both(form: Form, values: Cow<Numbers>, bins: Cow<Numbers>) -> Result<Parts, Error> {
    check_lengths(values.len(), bins.len())?;
    Ok((form, values.into_owned(), bins.into_owned()))
}

fn member<'n>(node: &'n Node, name: &str) -> Result<&'n Node, Error> {
    node.get(name).map(|item| &item.node).ok_or_else(|| Error::Member(format!("`{name}` is missing")))
}

/// Numbers of a list, borrowed to avoid a copy before the lengths are checked.
fn numbers<'n>(node: &'n Node, name: &str) -> Result<Cow<'n, Numbers>, Error> {
    match node {
        Node::Numbers(numbers) => Ok(Cow::Borrowed(numbers)),
        Node::Array(items) => match items.iter().enumerate().find(|(_, i)| !matches!(i.node, Node::Number(_))) {
            Some((index, item)) => {
                Err(Error::Member(format!("`{name}` contains {} at index {index}, not a number", item.node.kind())))
            }
            None => Ok(Cow::Owned(Numbers::default())),
        },
        other => Err(Error::Member(format!("`{name}` is {}, not a list of numbers", other.kind()))),
    }
}
