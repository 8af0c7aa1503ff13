//! Durations. Parquet stores them as integers; only the schema that Arrow writers add to a file names them.

use crate::engine::Budget;
use arrow_ipc::{TimeUnit as Unit, Type, root_as_message};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use parquet::file::metadata::KeyValue;
use std::sync::Arc;

/// Key of the added schema, a message of Arrow IPC in Base64.
const ADDED: &str = "ARROW:schema";
/// Start of the messages of newer writers, before the length.
const CONTINUATION: &[u8] = &[0xff; 4];

/// Returns the schema with the durations that the added one names; `None` without any. Damage in the added schema does not
/// matter, nor a schema that exceeds the memory budget.
pub(super) fn marked(schema: &Schema, pairs: Option<&Vec<KeyValue>>, memory: &Budget) -> Option<Schema> {
    let added = pairs?.iter().find(|pair| pair.key == ADDED)?.value.as_deref()?;
    let _decoded = memory.reserve(added.len() as u64).ok()?;
    let bytes = BASE64_STANDARD.decode(added).ok()?;
    let message = bytes.strip_prefix(CONTINUATION).unwrap_or(&bytes).get(4..)?;
    let added = root_as_message(message).ok()?.header_as_schema()?.fields()?;
    let fields = marked_fields(schema.fields(), added.iter())?;
    Some(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// Returns the fields with their durations; `None` without any.
fn marked_fields<'a>(fields: &Fields, added: impl Iterator<Item = arrow_ipc::Field<'a>>) -> Option<Fields> {
    let mut all: Vec<FieldRef> = fields.iter().cloned().collect();
    let mut has_any = false;
    for (field, added) in all.iter_mut().zip(added) {
        if let Some(marked) = marked_field(field, &added) {
            *field = Arc::new(marked);
            has_any = true;
        }
    }
    has_any.then(|| all.into())
}

/// Returns the field with its durations; `None` without any.
fn marked_field(field: &Field, added: &arrow_ipc::Field<'_>) -> Option<Field> {
    let mut children = added.children().into_iter().flatten();
    let mut marked = |child: &FieldRef| marked_field(child, &children.next()?).map(Arc::new);
    let dtype = match field.data_type() {
        DataType::Int64 if added.type_type() == Type::Duration => DataType::Duration(unit(added)?),
        DataType::List(child) => DataType::List(marked(child)?),
        DataType::LargeList(child) => DataType::LargeList(marked(child)?),
        DataType::Map(entries, is_sorted) => DataType::Map(marked(entries)?, *is_sorted),
        DataType::Struct(fields) => DataType::Struct(marked_fields(fields, children)?),
        _ => return None,
    };
    Some(field.clone().with_data_type(dtype))
}

fn unit(duration: &arrow_ipc::Field<'_>) -> Option<TimeUnit> {
    Some(match duration.type_as_duration()?.unit() {
        Unit::SECOND => TimeUnit::Second,
        Unit::MILLISECOND => TimeUnit::Millisecond,
        Unit::MICROSECOND => TimeUnit::Microsecond,
        Unit::NANOSECOND => TimeUnit::Nanosecond,
        _ => return None,
    })
}
