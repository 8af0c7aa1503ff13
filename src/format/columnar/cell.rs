//! Conversion of a cell of an Arrow array to a JSON value.

use super::{child, member, runs, valid};
use crate::hist::{Number, Numbers};
use crate::json::{Item, Node};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use std::ops::Range;
use std::slice;

/// Descends to a member of nested structs. Returns its array and the rows that have a value.
pub(super) fn descend<'a>(array: &'a ArrayRef, labels: &[String]) -> Option<(&'a dyn Array, Vec<Range<usize>>)> {
    let mut array: &dyn Array = array;
    let (mut rows, _) = valid(array, slice::from_ref(&(0..array.len())));
    for label in labels {
        array = child(array, label)?;
        (rows, _) = valid(array, &rows);
    }
    Some((array, rows))
}

/// Converts a cell. Returns `None` if it has no value, or one of a type that histograms do not contain.
pub(super) fn node(array: &dyn Array, row: usize) -> Option<Node> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    macro_rules! integer {
        ($type:ty) => {
            Number::Int(array.as_primitive_opt::<$type>()?.value(row).into())
        };
    }
    let number = match array.data_type() {
        DataType::Int8 => integer!(Int8Type),
        DataType::Int16 => integer!(Int16Type),
        DataType::Int32 => integer!(Int32Type),
        DataType::Int64 => integer!(Int64Type),
        DataType::UInt8 => integer!(UInt8Type),
        DataType::UInt16 => integer!(UInt16Type),
        DataType::UInt32 => integer!(UInt32Type),
        DataType::UInt64 => integer!(UInt64Type),
        DataType::Float16 => Number::Float(array.as_primitive_opt::<Float16Type>()?.value(row).to_f64()),
        DataType::Float32 => Number::Float(array.as_primitive_opt::<Float32Type>()?.value(row).into()),
        DataType::Float64 => Number::Float(array.as_primitive_opt::<Float64Type>()?.value(row)),
        _ => return other(array, row),
    };
    Some(Node::Number(number))
}

fn other(array: &dyn Array, row: usize) -> Option<Node> {
    Some(match array.data_type() {
        DataType::Boolean => Node::Bool(array.as_boolean_opt()?.value(row)),
        DataType::Utf8 => Node::Text(array.as_string_opt::<i32>()?.value(row).to_owned()),
        DataType::LargeUtf8 => Node::Text(array.as_string_opt::<i64>()?.value(row).to_owned()),
        DataType::Utf8View => Node::Text(array.as_string_view_opt()?.value(row).to_owned()),
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => list(&items(array, row)?),
        DataType::RunEndEncoded(..) => {
            let (values, run) = runs::value_at(array, row)?;
            return node(values, run);
        }
        DataType::Struct(members) => {
            let columns = array.as_struct_opt()?.columns();
            let cells = members.iter().zip(columns);
            Node::Object(cells.filter_map(|(field, column)| Some(member(field.name(), node(column, row)?))).collect())
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary_opt()?;
            let Some(Node::Number(Number::Int(key))) = node(dictionary.keys(), row) else { return None };
            return node(dictionary.values(), usize::try_from(key).ok()?);
        }
        _ => return None,
    })
}

/// Returns the elements of a list cell, which must have a value.
pub(super) fn items(array: &dyn Array, row: usize) -> Option<ArrayRef> {
    match array.data_type() {
        DataType::List(_) => Some(array.as_list_opt::<i32>()?.value(row)),
        DataType::LargeList(_) => Some(array.as_list_opt::<i64>()?.value(row)),
        DataType::ListView(_) => Some(array.as_list_view_opt::<i32>()?.value(row)),
        DataType::LargeListView(_) => Some(array.as_list_view_opt::<i64>()?.value(row)),
        DataType::FixedSizeList(..) => Some(array.as_fixed_size_list_opt()?.value(row)),
        _ => None,
    }
}

/// Converts a list. A list of only numbers has a compact representation.
fn list(array: &dyn Array) -> Node {
    let cells: Vec<Node> = (0..array.len()).map(|row| node(array, row).unwrap_or(Node::Null)).collect();
    let number = |cell: &Node| match cell {
        Node::Number(number) => Some(*number),
        _ => None,
    };
    match cells.iter().map(number).collect::<Option<Numbers>>() {
        Some(numbers) if !numbers.is_empty() => Node::Numbers(Box::new(numbers)),
        _ => Node::Array(cells.into_iter().map(|node| Item { span: 0..0, node }).collect()),
    }
}
