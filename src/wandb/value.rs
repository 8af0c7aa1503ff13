//! Registry of W&B's types (`WBValue` in Python, 0.31.0), and names of the files in which values are saved.

use super::{Error, Histogram};
use crate::json::Node;

/// Class that a `_type` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// W&B class that this crate reads and writes.
    Opened(&'static str),
    /// W&B class that is only known by name.
    Known(&'static str),
}

/// Result of [`init_from_json`].
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Histogram(Histogram),
    /// W&B type that this crate does not read: its `_type` and its class.
    Known(&'static str, &'static str),
    /// `_type` that W&B does not know; Python returns `None`.
    Unknown(String),
}

/// Type name in a file's suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ArtifactType {
    /// No type, like W&B 0.10: `name.json`.
    #[default]
    None,
    /// Current W&B: `name.histogram.json`.
    Histogram,
}

/// All `_type`s with their classes, sorted by name, like `WBValue.type_mapping()`.
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

/// Creates the value of a JSON object like `WBValue.init_from_json(json, source)`. `source` is its artifact.
///
/// # Errors
/// [`Error::Member`] if `_type` is missing or not a string, and the errors of [`Histogram::from_json`].
pub fn init_from_json(json: &Node, source: Option<&str>) -> Result<Value, Error> {
    let name = match json.get("_type").map(|item| &item.node) {
        Some(Node::Text(name)) => name,
        Some(other) => return Err(Error::Member(format!("`_type` is {}, not a string", other.kind()))),
        None if matches!(json, Node::Object(_)) => return Err(Error::Member("the key `_type` is missing".into())),
        None => return Err(Error::Member(format!("expected an object with a `_type`, found {}", json.kind()))),
    };
    Ok(match type_mapping().iter().find(|(known, _)| known == name) {
        Some((_, Class::Opened(_))) => Value::Histogram(Histogram::from_json(json, source)?),
        Some((name, Class::Known(class))) => Value::Known(name, class),
        None => Value::Unknown(name.clone()),
    })
}

/// Adds the suffix of saved histograms to a name, like `Histogram.with_suffix(name, filetype)`. As in Python, a name
/// that already ends in the suffix stays unchanged, with or without a dot before the suffix.
///
/// # Examples
/// ```
/// use rebin::wandb::{ArtifactType, with_suffix};
///
/// assert_eq!(with_suffix("grad", "json", ArtifactType::None), "grad.json");
/// assert_eq!(with_suffix("grad", "json", ArtifactType::Histogram), "grad.histogram.json");
/// assert_eq!(with_suffix("grad.json", "json", ArtifactType::None), "grad.json");
/// ```
pub fn with_suffix(name: &str, filetype: &str, artifact_type: ArtifactType) -> String {
    let suffix = match artifact_type {
        ArtifactType::None => filetype.to_owned(),
        ArtifactType::Histogram => format!("histogram.{filetype}"),
    };
    if name.ends_with(&suffix) { name.to_owned() } else { format!("{name}.{suffix}") }
}
