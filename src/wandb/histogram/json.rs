//! Histograms from JSON, in all forms in which they are logged.

use super::{Draft, Form, Histogram, fit, unpacked};
use crate::hist::{Number, Numbers};
use crate::json::{Item, Node};
use crate::wandb::Error;
use crate::wandb::repair::{Fault, loose};
use std::borrow::Cow;

impl Histogram {
    /// A histogram in any [`Form`]. `source` is the artifact it comes from.
    ///
    /// # Errors
    /// A member that is missing or of another kind, by name; then as [`Histogram::from_log`].
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
        Ok(Self { values, bins, form, artifact_source: source.map(str::to_owned), draft: None })
    }

    /// As [`Histogram::from_json`], and what is none but can be [repaired](Histogram::repair) too, which
    /// [`Histogram::check`] tells apart.
    ///
    /// # Errors
    /// Why it is none, for what nothing can be made of.
    pub fn read(node: &Node) -> Result<Self, Error> {
        Self::from_json(node, None)
            .or_else(|why| Self::broken(node, &why).filter(|broken| broken.repair().is_some()).ok_or(why))
    }

    /// An object that says it is a histogram and is none, with as much of it as can be read, so that it can be
    /// [repaired](Histogram::repair). `None` for anything else.
    pub fn broken(node: &Node, why: &Error) -> Option<Self> {
        let form = match node.get("_type").map(|item| &item.node) {
            Some(Node::Text(name)) if name == "histogram" => Form::Wandb,
            Some(Node::Text(name)) if name == "trackio.histogram" => Form::Trackio,
            _ => return None,
        };
        let mut faults = Vec::new();
        let values = loose(node.get("values").map(|item| &item.node), "values", &mut faults);
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
                let (what, remedy) = ("`packedBins` do not fit the counts".into(), "there are as many bins as counts");
                faults.push(Fault { what, remedy });
                unpacked(min, size).take(values.len() + 1).map(Number::Float).collect()
            }
            None => loose(node.get("bins").map(|item| &item.node), "bins", &mut faults),
        };
        let draft = Some(Box::new(Draft { why: why.clone(), faults }));
        Some(Self { values, bins, form, artifact_source: None, draft })
    }
}

/// Form, values and bins, which fit.
type Parts = (Form, Numbers, Numbers);

fn from_object(node: &Node) -> Result<Parts, Error> {
    let form = match node.get("_type").map(|item| &item.node) {
        Some(Node::Text(name)) if name == "trackio.histogram" => Form::Trackio,
        Some(Node::Text(name)) if name == "histogram" => match (node.get("bins"), node.get("packedBins")) {
            (None, Some(packed)) => return from_packed(numbers(member(node, "values")?, "values")?, &packed.node),
            _ => Form::Wandb,
        },
        Some(Node::Text(name)) => return Err(Error::Member(format!("`_type` is \"{name}\", not \"histogram\""))),
        Some(other) => return Err(Error::Member(format!("`_type` holds {}, not a string", other.kind()))),
        None => return Err(Error::Member("`_type` is missing".into())),
    };
    both(form, numbers(member(node, "values")?, "values")?, numbers(member(node, "bins")?, "bins")?)
}

fn from_packed(values: Cow<Numbers>, packed: &Node) -> Result<Parts, Error> {
    let number = |name: &str| match packed.get(name).map(|Item { node, .. }| node) {
        Some(Node::Number(number)) => Ok(*number),
        Some(other) => Err(Error::Member(format!("`packedBins.{name}` holds {}, not a number", other.kind()))),
        None => Err(Error::Member(format!("`packedBins.{name}` is missing"))),
    };
    let (min, size, count) = (number("min")?.as_f64(), number("size")?.as_f64(), number("count")?);
    if count.as_f64() != values.len() as f64 {
        let count = crate::wandb::number_text(count);
        let message = format!("`packedBins.count` is {count}, but `values` holds {} numbers", values.len());
        return Err(Error::Member(message));
    }
    let bins = unpacked(min, size).take(values.len() + 1).map(Number::Float).collect();
    Ok((Form::Packed, values.into_owned(), bins))
}

fn both(form: Form, values: Cow<Numbers>, bins: Cow<Numbers>) -> Result<Parts, Error> {
    fit(values.len(), bins.len())?;
    Ok((form, values.into_owned(), bins.into_owned()))
}

fn member<'n>(node: &'n Node, name: &str) -> Result<&'n Node, Error> {
    node.get(name).map(|item| &item.node).ok_or_else(|| Error::Member(format!("`{name}` is missing")))
}

/// Borrowed, so that only what fits is copied.
fn numbers<'n>(node: &'n Node, name: &str) -> Result<Cow<'n, Numbers>, Error> {
    match node {
        Node::Numbers(numbers) => Ok(Cow::Borrowed(numbers)),
        Node::Array(items) => match items.iter().enumerate().find(|(_, i)| !matches!(i.node, Node::Number(_))) {
            Some((index, item)) => {
                Err(Error::Member(format!("`{name}` holds {} at index {index}, not a number", item.node.kind())))
            }
            None => Ok(Cow::Owned(Numbers::default())),
        },
        other => Err(Error::Member(format!("`{name}` holds {}, not a list of numbers", other.kind()))),
    }
}
