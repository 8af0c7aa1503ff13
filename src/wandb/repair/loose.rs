//! Reading lists in which anything may stand.

use super::{Fault, fault, so_many};
use crate::hist::{Number, Numbers};
use crate::json::Node;

/// What a list of numbers that may be anything else holds as numbers, and how many were none.
pub(in crate::wandb) fn loose(node: Option<&Node>, name: &str, faults: &mut Vec<Fault>) -> Numbers {
    let items = match node {
        Some(Node::Numbers(numbers)) => return Numbers::clone(numbers),
        Some(Node::Array(items)) => items,
        Some(_) => {
            faults.push(fault(format!("`{name}` is no list"), "it is taken for empty"));
            return Numbers::default();
        }
        None => {
            faults.push(fault(format!("`{name}` is missing"), "it is taken for empty"));
            return Numbers::default();
        }
    };
    let (mut texts, mut others) = (0, 0);
    let numbers = items.iter().map(|item| match &item.node {
        Node::Number(number) => *number,
        Node::Text(text) => {
            texts += 1;
            let text = text.trim();
            let float = || Number::Float(text.parse().unwrap_or(f64::NAN));
            text.parse().map_or_else(|_| float(), Number::Int)
        }
        _ => {
            others += 1;
            Number::Float(f64::NAN)
        }
    });
    let numbers = numbers.collect();
    if texts > 0 {
        let what = so_many(texts, "string", "stands", "stand");
        faults.push(fault(format!("{what} in `{name}` for numbers"), "they are read as numbers"));
    }
    if others > 0 {
        let what = so_many(others, "thing", "is", "are");
        faults.push(fault(format!("{what} in `{name}` that no number can be made of"), "they are taken for NaN"));
    }
    numbers
}
