//! The downloads of TensorBoard: `[[wall_time, step, value], …]` for one tag of a run.
//!
//! The value of a histogram is a list of buckets, `[left, right, count]` each.

use super::{JsonHistogram, JsonSeries};
use crate::error::{At, Problem};
use crate::format::spelling::{self, Spelling};
use crate::format::tfevents::Buckets;
use crate::hist::{Number, Numbers};
use crate::json::{Item, Node};
use crate::wandb::Histogram;

/// Seconds since 1970 from the first version of TensorBoard to the year 2100. Other numbers are not wall times.
const WALL_TIMES: std::ops::Range<f64> = 1.4e9..4.2e9;

/// Returns the histograms of a download, or `None` for any other value. Malformed rows are problems if at least one row is
/// a histogram.
pub(super) fn histograms(root: &Item) -> Option<JsonSeries> {
    let Node::Array(rows) = &root.node else { return None };
    let mut series = JsonSeries { path: Vec::new(), entries: Vec::new(), problems: Vec::new() };
    for (i, row) in rows.iter().enumerate() {
        let Node::Array(cells) = &row.node else { return None };
        let [_, _, Item { node: Node::Array(_) | Node::Numbers(_), .. }] = cells.as_slice() else { return None };
        match histogram(cells) {
            Ok((step, histogram)) => {
                let (span, extra) = (row.span.clone(), Vec::new());
                series.entries.push(JsonHistogram { step: Some(step), span, extra, histogram });
            }
            Err(why) => series.problems.push(Problem::new(At::Path(format!("[{i}]")), why)),
        }
    }
    (!series.entries.is_empty()).then_some(series)
}

/// Reads the step and the histogram of a row.
fn histogram(cells: &[Item]) -> Result<(i64, Histogram), String> {
    let [wall_time, step, Item { node: Node::Array(buckets), .. }] = cells else {
        return Err("not a list of buckets".to_owned());
    };
    float(&wall_time.node).ok_or("the wall time is not a number")?;
    let step = integer(&step.node).ok_or("the step is not an integer")?;
    let buckets: Vec<[f64; 3]> =
        buckets.iter().map(bucket).collect::<Option<_>>().ok_or("a bucket is not [left, right, count]")?;
    let Buckets { edges, counts } = Buckets::of_rows(&buckets)?;
    let histogram = Histogram::from_log(Numbers::whole(counts), Numbers::floats(edges));
    Ok((step, histogram.map_err(|why| why.to_string())?))
}

/// Returns the columns `Wall time`, `Step` and `Value` of a download of scalars, or `None` for any other value.
pub(in crate::format) fn scalars(root: &Item) -> Option<Vec<[Number; 3]>> {
    let Node::Array(rows) = &root.node else { return None };
    let rows: Vec<[Number; 3]> = rows.iter().map(scalar).collect::<Option<_>>()?;
    (!rows.is_empty()).then_some(rows)
}

fn scalar(row: &Item) -> Option<[Number; 3]> {
    let [wall_time, step, value]: [Number; 3] = match &row.node {
        Node::Numbers(numbers) => numbers.iter().collect::<Vec<_>>().try_into().ok()?,
        Node::Array(cells) => {
            cells.iter().map(|cell| number(&cell.node)).collect::<Option<Vec<_>>>()?.try_into().ok()?
        }
        _ => return None,
    };
    let is_step = matches!(step, Number::Int(step) if step >= 0);
    (is_step && WALL_TIMES.contains(&wall_time.as_f64())).then_some([wall_time, step, value])
}

fn bucket(item: &Item) -> Option<[f64; 3]> {
    let bucket: [f64; 3] = match &item.node {
        Node::Numbers(numbers) => numbers.as_f64().to_vec().try_into().ok()?,
        Node::Array(cells) => {
            cells.iter().map(|cell| float(&cell.node)).collect::<Option<Vec<_>>>()?.try_into().ok()?
        }
        _ => return None,
    };
    (bucket[0] <= bucket[1] || bucket.iter().any(|x| x.is_nan())).then_some(bucket)
}

/// Reads a number. TensorBoard writes NaN and infinities as strings.
fn number(node: &Node) -> Option<Number> {
    match node {
        Node::Number(number) => Some(*number),
        Node::Text(text) => match spelling::read(text.as_bytes())? {
            Spelling::Float(x) => Some(Number::Float(x)),
            _ => None,
        },
        _ => None,
    }
}

fn float(node: &Node) -> Option<f64> {
    number(node).map(Number::as_f64)
}

fn integer(node: &Node) -> Option<i64> {
    match number(node)? {
        Number::Int(step) => i64::try_from(step).ok(),
        Number::Float(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn a_download_of_histograms_is_a_series_with_steps() {
        let text = b"[[1700000000.1, 0, [[-1.0, 0.0, 3.0], [0.0, 1.0, 5.0]]], [1700000001.1, 7, []]]";
        let series = histograms(&json::parse(text).unwrap()).unwrap();
        let [entry] = series.entries.as_slice() else { panic!("{series:?}") };
        assert_eq!(entry.step, Some(0));
        assert_eq!(entry.histogram.values().as_f64(), [3.0, 5.0]);
        assert_eq!(entry.histogram.bins().as_f64(), [-1.0, 0.0, 1.0]);
        assert_eq!(series.problems[0].to_string(), "[1]: the histogram has no buckets");
    }

    #[test]
    fn a_download_of_scalars_has_wall_times_steps_and_values() {
        let rows = scalars(&json::parse(b"[[1700000000.5, 1, 0.25], [1700000001, 2, \"NaN\"]]").unwrap()).unwrap();
        assert_eq!(rows[0], [Number::Float(1_700_000_000.5), Number::Int(1), Number::Float(0.25)]);
        assert!(rows[1][2].as_f64().is_nan());
    }

    #[test]
    fn malformed_rows_of_a_download_are_problems() {
        let text = br#"[[1.5, 0, [[0, 1, 5], [1, 2]]], [1.5, "x", [[0, 1, 5]]], [1.5, 3, [[0, 1, 5]]]]"#;
        let series = histograms(&json::parse(text).unwrap()).unwrap();
        assert_eq!(series.entries.len(), 1);
        let problems: Vec<String> = series.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, ["[0]: a bucket is not [left, right, count]", "[1]: the step is not an integer"]);
    }

    #[test]
    fn other_arrays_are_not_downloads() {
        for text in ["[]", "[[1, 2, 3]]", "[[1700000000, 1]]", "[[1700000000, 0.5, 1]]", "[[1, 2, [3, 4]], [1]]", "{}"]
        {
            let item = json::parse(text.as_bytes()).unwrap();
            assert!(scalars(&item).is_none() && histograms(&item).is_none(), "{text}");
        }
    }
}
