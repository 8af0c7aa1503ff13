//! The search for series in the columns of a schema.

use super::histograms::HistogramEncoding;
use super::{Contents, HistogramColumn, NumberColumn, is_text, numbers, unique_names};
use crate::error::{At, Problem};
use arrow_schema::DataType;

/// The search in one root column.
pub(super) struct Walk<'w> {
    pub(super) root: usize,
    pub(super) path: Vec<String>,
    /// Inside a list: the number of labels that lead to it.
    pub(super) labels_to_list: Option<usize>,
    /// True if the next value is an element of the outermost list.
    pub(super) listed: bool,
    pub(super) found: &'w mut Contents,
    pub(super) candidates: &'w mut Vec<HistogramColumn>,
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
                if is_histogram && self.labels_to_list.is_none() {
                    self.candidate(HistogramEncoding::Struct { root: self.root });
                    return;
                }
                if is_histogram && self.listed {
                    self.candidate(HistogramEncoding::Listed { root: self.root, index: 0 });
                    return;
                }
                self.listed = false;
                for (member, name) in members.iter().zip(unique_names(members)) {
                    self.member(&name, member.data_type());
                }
            }
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _)
            | DataType::Map(item, _) => {
                let before = self.labels_to_list;
                // Nested lists and maps are searched only for numbers.
                self.listed = before.is_none() && !matches!(data_type, DataType::Map(..));
                self.labels_to_list = before.or(Some(self.path.len()));
                self.value(item.data_type());
                self.labels_to_list = before;
            }
            DataType::Dictionary(_, values) => self.value(values),
            DataType::RunEndEncoded(_, values) => self.value(values.data_type()),
            text if is_text(text) && self.labels_to_list.is_none() => {
                self.candidate(HistogramEncoding::Text { root: self.root });
            }
            leaf => match numbers::dtype(leaf) {
                Some(dtype) => self.found.numbers.push(NumberColumn {
                    path: self.path.clone(),
                    problems: rounding_problem(leaf),
                    root: self.root,
                    struct_labels: self.labels_to_list.unwrap_or(self.path.len()) - 1,
                    listed: self.labels_to_list.is_some(),
                    dtype,
                }),
                None => self.found.skipped.push(format!("{} ({leaf})", self.path.join("."))),
            },
        }
    }

    fn candidate(&mut self, encoding: HistogramEncoding) {
        self.candidates.push(HistogramColumn::new(self.path.clone(), encoding));
    }
}

/// Reports decimals, which are converted to float64.
fn rounding_problem(data_type: &DataType) -> Vec<Problem> {
    let message = format!("{data_type} values are rounded to the nearest float64");
    if numbers::is_decimal(data_type) { vec![Problem::new(At::Whole, message)] } else { Vec::new() }
}
