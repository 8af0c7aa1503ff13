//! `numpy.asarray` for JSON values: nested lists of numbers, booleans, strings, null and objects.

use super::Error;
use crate::hist::{Number, Numbers, Samples};
use crate::json::{Item, Node};

/// numpy's error for `object` arrays: it finds their smallest and largest value, then fails to check if they are finite.
const NOT_COUNTABLE: &str = "ufunc 'isfinite' not supported for the input types, and the inputs could not be safely \
                             coerced to any supported types according to the casting rule ''safe''";

/// Flattened array.
#[derive(Debug)]
pub(super) enum Array {
    Samples(Samples),
    /// `object` or string array, with numpy's error.
    Uncountable(String),
}

/// Element of a list that is not a list itself.
#[derive(Debug, Clone, Copy)]
enum Leaf<'n> {
    None,
    Bool(bool),
    Number(Number),
    Text(&'n str),
    Dict,
}

impl Array {
    /// Flattens a value.
    ///
    /// # Errors
    /// numpy's error for lists of different lengths.
    pub(super) fn of(node: &Node) -> Result<Self, Error> {
        homogeneous(node)?;
        if let Node::Numbers(numbers) = node
            && numbers.iter().all(within_64_bits)
        {
            return Ok(Self::Samples(Samples::from_numbers(numbers)));
        }
        let mut leaves = Vec::new();
        flatten(node, &mut leaves);
        Ok(of_leaves(&leaves))
    }

    pub(super) fn into_samples(self) -> Result<Samples, Error> {
        match self {
            Self::Samples(samples) => Ok(samples),
            Self::Uncountable(why) => Err(Error::Array(why)),
        }
    }
}

/// Returns true if numpy has a type for the number. Otherwise the array has the type `object`.
fn within_64_bits(number: Number) -> bool {
    match number {
        Number::Int(i) => i64::try_from(i).is_ok() || u64::try_from(i).is_ok(),
        Number::Float(_) => true,
    }
}

/// Checks that lists at the same depth have the same length.
fn homogeneous(node: &Node) -> Result<(), Error> {
    let mut shape = Vec::new();
    let mut first = Some(node);
    while let Some(list @ (Node::Array(_) | Node::Numbers(_))) = first {
        shape.push(length(list).unwrap_or(0));
        first = if let Node::Array(items) = list { items.first().map(|item| &item.node) } else { None };
    }
    let depth = first_difference(node, 0, &shape);
    if depth == usize::MAX {
        return Ok(());
    }
    let lengths: Vec<String> = shape[..depth].iter().map(ToString::to_string).collect();
    let tuple = if depth == 1 { format!("({},)", lengths[0]) } else { format!("({})", lengths.join(", ")) };
    Err(Error::Array(format!(
        "setting an array element with a sequence. The requested array has an inhomogeneous shape after {depth} \
         dimensions. The detected shape was {tuple} + inhomogeneous part."
    )))
}

/// First depth at which the value differs from `shape`; `usize::MAX` if it matches.
fn first_difference(node: &Node, depth: usize, shape: &[usize]) -> usize {
    if length(node) != shape.get(depth).copied() {
        return depth;
    }
    match node {
        Node::Array(items) => {
            items.iter().map(|item| first_difference(&item.node, depth + 1, shape)).min().unwrap_or(usize::MAX)
        }
        Node::Numbers(_) if shape.len() > depth + 1 => depth + 1,
        _ => usize::MAX,
    }
}

fn length(node: &Node) -> Option<usize> {
    match node {
        Node::Array(items) => Some(items.len()),
        Node::Numbers(numbers) => Some(numbers.len()),
        _ => None,
    }
}

fn flatten<'n>(node: &'n Node, leaves: &mut Vec<Leaf<'n>>) {
    leaves.push(match node {
        Node::Array(items) => return items.iter().for_each(|Item { node, .. }| flatten(node, leaves)),
        Node::Numbers(numbers) => return leaves.extend(numbers.iter().map(Leaf::Number)),
        Node::Null => Leaf::None,
        Node::Bool(truth) => Leaf::Bool(*truth),
        Node::Number(number) => Leaf::Number(*number),
        Node::Text(text) => Leaf::Text(text),
        Node::Object(_) => Leaf::Dict,
    });
}

/// Applies numpy's promotion: null, objects and large integers give an `object` array, else strings give a string array,
/// else floats give a float array.
fn of_leaves(leaves: &[Leaf]) -> Array {
    let object = |leaf: &Leaf| match leaf {
        Leaf::None | Leaf::Dict => true,
        Leaf::Number(number) => !within_64_bits(*number),
        Leaf::Bool(_) | Leaf::Text(_) => false,
    };
    if leaves.iter().any(object) {
        return Array::Uncountable(smallest_object(leaves));
    }
    if leaves.iter().any(|leaf| matches!(leaf, Leaf::Text(_))) {
        let width = leaves.iter().map(Leaf::width).max().unwrap_or(1);
        let dtype = format!("dtype('<U{width}')");
        return Array::Uncountable(format!(
            "ufunc 'minimum' did not contain a loop with signature matching types ({dtype}, {dtype}) -> None"
        ));
    }
    if !leaves.is_empty() && leaves.iter().all(|leaf| matches!(leaf, Leaf::Bool(_))) {
        return Array::Samples(Samples::Bool(
            leaves.iter().map(|leaf| u8::from(leaf.number() == Number::Int(1))).collect(),
        ));
    }
    let numbers: Numbers = leaves.iter().map(Leaf::number).collect();
    Array::Samples(Samples::from_numbers(&numbers))
}

/// numpy's error for an `object` array: comparing two elements fails, or else the check if they are finite.
fn smallest_object(leaves: &[Leaf]) -> String {
    let mut leaves = leaves.iter();
    let Some(mut smallest) = leaves.next() else { return NOT_COUNTABLE.into() };
    for leaf in leaves {
        let ordered = match (smallest, leaf) {
            (Leaf::Text(a), Leaf::Text(b)) => a <= b,
            (Leaf::None | Leaf::Dict | Leaf::Text(_), _) | (_, Leaf::None | Leaf::Dict | Leaf::Text(_)) => {
                let (a, b) = (smallest.python_type(), leaf.python_type());
                return format!("'<=' not supported between instances of '{a}' and '{b}'");
            }
            (a, b) => a.number().as_f64() <= b.number().as_f64(),
        };
        smallest = if ordered { smallest } else { leaf };
    }
    NOT_COUNTABLE.into()
}

impl Leaf<'_> {
    fn python_type(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Number(Number::Int(_)) => "int",
            Self::Number(Number::Float(_)) => "float",
            Self::Text(_) => "str",
            Self::Dict => "dict",
        }
    }

    /// Value as a number: 0 or 1 for booleans, NaN for elements without a number.
    fn number(&self) -> Number {
        match self {
            Self::Bool(truth) => Number::Int(i128::from(*truth)),
            Self::Number(number) => *number,
            Self::None | Self::Text(_) | Self::Dict => Number::Float(f64::NAN),
        }
    }

    /// Number of characters that numpy reserves for the element in a string array.
    fn width(&self) -> usize {
        match self {
            Self::Text(text) => text.chars().count().max(1),
            Self::Bool(_) => 5,
            Self::Number(Number::Int(_)) => 21,
            Self::Number(Number::Float(_)) => 32,
            Self::None | Self::Dict => 1,
        }
    }
}
