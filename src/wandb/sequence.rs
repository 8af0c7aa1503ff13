//! `numpy.asarray` of what JSON can hold: nested lists of numbers, booleans, strings, null and objects.

use super::Error;
use crate::hist::{Number, Numbers, Samples};
use crate::json::{Item, Node};

/// numpy: the smallest and the largest value of an `object` array are compared, then asked whether they are finite.
const NOT_COUNTABLE: &str = "ufunc 'isfinite' not supported for the input types, and the inputs could not be safely \
                             coerced to any supported types according to the casting rule ''safe''";

/// A flattened array.
#[derive(Debug)]
pub(super) enum Array {
    Samples(Samples),
    /// An `object` or string array, with numpy's words on its smallest value.
    Uncountable(String),
}

/// What a list holds that is not a list.
#[derive(Debug, Clone, Copy)]
enum Leaf<'n> {
    None,
    Bool(bool),
    Number(Number),
    Text(&'n str),
    Dict,
}

impl Array {
    /// # Errors
    /// numpy's for lists of different lengths.
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

/// Whether numpy has an integer type for it; if not, the whole array is one of Python objects.
fn within_64_bits(number: Number) -> bool {
    match number {
        Number::Int(i) => i64::try_from(i).is_ok() || u64::try_from(i).is_ok(),
        Number::Float(_) => true,
    }
}

/// Lists at the same depth must have the same length.
fn homogeneous(node: &Node) -> Result<(), Error> {
    let mut shape = Vec::new();
    let mut first = Some(node);
    while let Some(list @ (Node::Array(_) | Node::Numbers(_))) = first {
        shape.push(length(list).unwrap_or(0));
        first = if let Node::Array(items) = list { items.first().map(|item| &item.node) } else { None };
    }
    let depth = agreed(node, 0, &shape);
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

/// The first depth at which something differs from `shape`; `usize::MAX` if nothing does.
fn agreed(node: &Node, depth: usize, shape: &[usize]) -> usize {
    if length(node) != shape.get(depth).copied() {
        return depth;
    }
    match node {
        Node::Array(items) => items.iter().map(|item| agreed(&item.node, depth + 1, shape)).min().unwrap_or(usize::MAX),
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

/// Promotion: anything that is not a number or a string makes an `object` array, any string one of strings, any float
/// one of floats.
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

/// What goes wrong when numpy looks for the smallest of Python objects: a comparison, or else the check for finiteness.
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

    /// A boolean is 0 or 1; NaN stands for what has no number.
    fn number(&self) -> Number {
        match self {
            Self::Bool(truth) => Number::Int(i128::from(*truth)),
            Self::Number(number) => *number,
            Self::None | Self::Text(_) | Self::Dict => Number::Float(f64::NAN),
        }
    }

    /// Characters that numpy reserves for it in an array of strings.
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
