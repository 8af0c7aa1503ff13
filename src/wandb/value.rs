//! The registry of W&B's types (`WBValue` in Python, 0.31.0) and the names of the files they are saved in.

use super::{Error, Histogram};
use crate::json::Node;

/// What stands behind a `_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Read and written here; the name of W&B's class.
    Opened(&'static str),
    /// Known by name alone.
    Known(&'static str),
}

/// What `init_from_json` found.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Histogram(Histogram),
    /// A type of W&B's that is not opened: its `_type` and its class.
    Known(&'static str, &'static str),
    /// A `_type` that W&B does not know either, where Python returns `None`.
    Unknown(String),
}

/// What a file is called after, besides its type of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ArtifactType {
    /// No artifact type, as at the time of W&B 0.10: `name.json`.
    #[default]
    None,
    /// As today: `name.histogram.json`.
    Histogram,
}

/// `WBValue.type_mapping()`: every `_type` with its class, by name.
pub fn type_mapping() -> &'static [(&'static str, Class)] {
    const MAPPING: [(&str, Class); 21] = [
        ("audio-file", Class::Known("Audio")),
        ("bokeh-file", Class::Known("Bokeh")),
        ("bounding-boxes", Class::Known("BoundingBoxes2D")),
        ("classes", Class::Known("Classes")),
        ("eval-table", Class::Known("EvalTable")),
        ("graph-file", Class::Known("TorchGraph")),
        ("histogram", Class::Opened("Histogram")),
        ("html-file", Class::Known("Html")),
        ("image-file", Class::Known("Image")),
        ("joined-table", Class::Known("JoinedTable")),
        ("mask", Class::Known("ImageMask")),
        ("molecule-file", Class::Known("Molecule")),
        ("object3D-file", Class::Known("Object3D")),
        ("partitioned-table", Class::Known("PartitionedTable")),
        ("plotly-file", Class::Known("Plotly")),
        ("pytorch-model-file", Class::Known("_PytorchSavedModel")),
        ("sklearn-model-file", Class::Known("_SklearnSavedModel")),
        ("table", Class::Known("Table")),
        ("tfkeras-model-file", Class::Known("_TensorflowKerasSavedModel")),
        ("video-file", Class::Known("Video")),
        ("wb_trace_tree", Class::Known("WBTraceTree")),
    ];
    &MAPPING
}

/// `WBValue.init_from_json(json, source)`: the value that a JSON object stands for; `source` is the artifact it is from.
///
/// # Errors
/// `_type` is missing or no string; or it is `histogram` and what follows is not one.
pub fn init_from_json(json: &Node, source: Option<&str>) -> Result<Value, Error> {
    let name = match json.get("_type").map(|item| &item.node) {
        Some(Node::Text(name)) => name,
        Some(other) => return Err(Error::Member(format!("`_type` holds {}, not a string", other.kind()))),
        None if matches!(json, Node::Object(_)) => return Err(Error::Member("the key `_type` is missing".into())),
        None => return Err(Error::Member(format!("expected an object with a `_type`, found {}", json.kind()))),
    };
    Ok(match type_mapping().iter().find(|(known, _)| known == name) {
        Some((_, Class::Opened(_))) => Value::Histogram(Histogram::from_json(json, source)?),
        Some((name, Class::Known(class))) => Value::Known(name, class),
        None => Value::Unknown(name.clone()),
    })
}

/// `Histogram.with_suffix(name, filetype)`: the name of the file a histogram is saved in. As in Python the name is left
/// alone if it ends in the suffix, with or without a dot before it.
pub fn with_suffix(name: &str, filetype: &str, artifact_type: ArtifactType) -> String {
    let suffix = match artifact_type {
        ArtifactType::None => filetype.to_owned(),
        ArtifactType::Histogram => format!("histogram.{filetype}"),
    };
    if name.ends_with(&suffix) { name.to_owned() } else { format!("{name}.{suffix}") }
}
