//! Data frames as pandas writes them (`DataFrame.to_json`), if one is the whole text.
//!
//! The orients `records`, `split` and `values` are arrays and tables like any other. In the orients `columns` and `index`,
//! the names of one level of objects are the row numbers. The orient `table` has a schema next to its records.

use super::{ROOT, Reader};
use crate::error::{At, Problem};
use crate::format::document::{Trail, scalars};
use crate::json::{Item, Member, Node};
use std::borrow::Cow;

impl<'d> Reader<'d> {
    /// Reads a text that is one data frame or one download of TensorBoard. Returns false for any other text.
    pub(super) fn whole(&mut self, root: &'d Item) -> bool {
        if let Some(rows) = scalars(root) {
            for (i, name) in ["Wall time", "Step", "Value"].into_iter().enumerate() {
                let child = self.child(ROOT, Cow::Borrowed(name));
                self.branch(child).has_numbers = true;
                let column = self.column(child, true);
                for row in &rows {
                    column.push(row[i], || At::Whole);
                }
            }
            return true;
        }
        let Node::Object(members) = &root.node else { return false };
        if let Some(records) = table_records(members) {
            self.walk(records, ROOT, &Trail::Member(&Trail::Root, "data"));
            return true;
        }
        let Some(frame) = frame(members) else { return false };
        self.in_frame = true;
        for outer in members {
            let Node::Object(inner) = &outer.value.node else { continue };
            let trail = Trail::Member(&Trail::Root, &outer.name);
            for Member { name, value, .. } in inner {
                let column = if frame == Frame::Index { name } else { &outer.name };
                let child = self.child(ROOT, Cow::Borrowed(column));
                self.walk(value, child, &Trail::Member(&trail, name));
            }
        }
        self.in_frame = false;
        if frame == Frame::Ambiguous {
            let why = "the names of columns and rows are integers; the outer ones are read as columns";
            let first = members.first().map_or("", |member| &member.name);
            let child = self.child(ROOT, Cow::Borrowed(first));
            self.column(child, true).note_whole(Problem::new(At::Whole, why));
        }
        true
    }
}

/// The level that holds the row numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Rows are inside columns.
    Columns,
    /// Columns are inside rows.
    Index,
    /// Both levels are integers. Rows are inside columns by default.
    Ambiguous,
}

/// Returns the layout of a data frame: objects of single values, all with the same names.
fn frame(members: &[Member]) -> Option<Frame> {
    let first = names(members.first()?)?;
    if first.is_empty() || !members.iter().all(|member| names(member).is_some_and(|names| names == first)) {
        return None;
    }
    let outer = members.iter().all(|member| is_integer(&member.name));
    let inner = first.iter().all(|name| is_integer(name));
    match (outer, inner) {
        (false, true) => Some(Frame::Columns),
        (true, false) => Some(Frame::Index),
        (true, true) => Some(Frame::Ambiguous),
        (false, false) => None,
    }
}

/// Returns the names in an object of single values.
fn names(member: &Member) -> Option<Vec<&str>> {
    let Node::Object(members) = &member.value.node else { return None };
    let is_single = |node: &Node| !matches!(node, Node::Object(_) | Node::Array(_) | Node::Numbers(_));
    members.iter().map(|member| is_single(&member.value.node).then_some(member.name.as_str())).collect()
}

fn is_integer(name: &str) -> bool {
    let digits = name.strip_prefix('-').unwrap_or(name);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Returns the records of the orient `table`.
fn table_records(members: &[Member]) -> Option<&Item> {
    let [schema, data] = members else { return None };
    let has_fields = schema.name == "schema" && schema.value.node.get("fields").is_some();
    (has_fields && data.name == "data" && matches!(data.value.node, Node::Array(_))).then_some(&data.value)
}
