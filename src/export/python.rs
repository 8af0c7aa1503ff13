//! A histogram as a Python script that makes the same one.

use crate::hist::{Number, Numbers, python_repr};
use crate::text;
use crate::wandb;

/// The script needs numpy; with wandb installed it makes a `wandb.Histogram` too. Run, it prints the same JSON as is
/// saved.
pub(super) fn python(histogram: &wandb::Histogram, title: &str) -> String {
    let (counts, edges) = (array(histogram.values()), array(histogram.bins()));
    let finite = |numbers: &Numbers| numbers.as_f64().iter().all(|x| x.is_finite());
    let all = finite(histogram.values()) && finite(histogram.bins());
    let names = if all { "" } else { "from numpy import inf, nan\n" };
    format!(
        r#"# {}
import json

import numpy as np
{names}
try:
    import wandb
except ImportError:
    wandb = None

counts = {counts}
edges = {edges}

if wandb is None:
    as_json = {{"_type": "histogram", "values": counts.tolist(), "bins": edges.tolist()}}
else:
    histogram = wandb.Histogram(np_histogram=(counts, edges))
    as_json = histogram.to_json()

if __name__ == "__main__":
    print(json.dumps(as_json))
"#,
        text::visible(title)
    )
}

/// An array of the type that holds the numbers as they are: objects where integers and floats are mixed, or are too large.
fn array(numbers: &Numbers) -> String {
    let int = |number: Number| if let Number::Int(i) = number { Some(i) } else { None };
    let all_fit = |fits: fn(i128) -> bool| numbers.iter().all(|number| int(number).is_some_and(fits));
    let dtype = if all_fit(|i| i64::try_from(i).is_ok()) {
        "np.int64"
    } else if all_fit(|i| u64::try_from(i).is_ok()) {
        "np.uint64"
    } else if numbers.iter().all(|number| int(number).is_none()) {
        "np.float64"
    } else {
        "object"
    };
    let literal = |number| match number {
        Number::Int(i) => i.to_string(),
        Number::Float(x) => python_repr(x),
    };
    let literals: Vec<String> = numbers.iter().map(literal).collect();
    let mut lines = String::new();
    for line in literals.chunks(4) {
        lines = lines + "        " + &line.join(", ") + ",\n";
    }
    let list = if lines.is_empty() { "[]".into() } else { format!("[\n{lines}    ]") };
    format!("np.array(\n    {list},\n    dtype={dtype},\n)")
}
