//! The way down the columns of a schema, to the series in them.

use super::histograms::Shape;
use super::{Contents, Histograms, Numbers, is_text, numbers};
use crate::error::{At, Problem};
use arrow_schema::DataType;

/// The way down one root column.
pub(super) struct Walk<'w> {
    pub(super) root: usize,
    pub(super) path: Vec<String>,
    /// Once in a list: how many labels led to it.
    pub(super) plain: Option<usize>,
    /// Whether what comes is what a list holds that is in no other.
    pub(super) listed: bool,
    pub(super) found: &'w mut Contents,
    pub(super) candidates: &'w mut Vec<Histograms>,
}

impl Walk<'_> {
    pub(super) fn member(&mut self, name: &str, data_type: &DataType) {
        self.path.push(name.to_owned());
        self.value(data_type);
        self.path.pop();
    }

    fn value(&mut self, data_type: &DataType) {
        match data_type {
            DataType::Struct(members) => {
                let member = |name: &str| members.iter().find(|member| member.name() == name);
                let is_histogram =
                    member("_type").is_some_and(|m| is_text(m.data_type())) && member("values").is_some();
                if is_histogram && self.plain.is_none() {
                    self.candidates.push(Histograms::new(self.path.clone(), Shape::Struct(self.root)));
                    return;
                }
                if is_histogram && self.listed {
                    self.candidates.push(Histograms::new(self.path.clone(), Shape::Listed(self.root, 0)));
                    return;
                }
                self.listed = false;
                for member in members {
                    self.member(member.name(), member.data_type());
                }
            }
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::FixedSizeList(item, _)
            | DataType::Map(item, _) => {
                let before = self.plain;
                // Of lists in lists, and of maps, the numbers alone are told.
                self.listed = before.is_none() && !matches!(data_type, DataType::Map(..));
                self.plain = before.or(Some(self.path.len()));
                self.value(item.data_type());
                self.plain = before;
            }
            DataType::Dictionary(_, values) => self.value(values),
            text if is_text(text) && self.plain.is_none() => {
                self.candidates.push(Histograms::new(self.path.clone(), Shape::Text(self.root)));
            }
            leaf => match numbers::dtype(leaf) {
                Some(dtype) => self.found.numbers.push(Numbers {
                    path: self.path.clone(),
                    problems: rounded(leaf),
                    root: self.root,
                    plain: self.plain.unwrap_or(self.path.len()) - 1,
                    listed: self.plain.is_some(),
                    dtype,
                }),
                None => self.found.left_out.push(format!("{} ({leaf})", self.path.join("."))),
            },
        }
    }
}

/// What is said of numbers that are not kept as they are.
fn rounded(data_type: &DataType) -> Vec<Problem> {
    let note = format!("{data_type}, read as the nearest float64");
    if numbers::is_decimal(data_type) { vec![Problem::new(At::Whole, note)] } else { Vec::new() }
}
