//! UHI's JSON form of a histogram, which hist, boost-histogram and uproot read.

use super::figure::Figure;
use crate::error::Error;
use crate::hist::{Categories, Number, Numbers, Supplement, Variances, regular_edges};
use crate::text::json_string;
use crate::wandb::{number_text, numbers_text};

/// Writes a histogram. An unbounded outer bin becomes a flow bin.
///
/// # Errors
/// UHI cannot represent the edges.
pub(super) fn uhi(figure: &Figure) -> Result<String, Error> {
    let histogram = figure.histogram.to_hist()?;
    let supplement = figure.supplement.clone().unwrap_or_default();
    let (edges, counts, supplement) =
        bounded(histogram.edges().numbers().clone(), histogram.counts().clone(), supplement);
    if counts.is_empty() {
        return Err(Error::Value("cannot write a histogram without bins as uhi; use json".into()));
    }
    if !edges.as_f64().windows(2).all(|pair| pair[0] < pair[1]) {
        return Err(Error::Value("cannot write bins without width as uhi; use json, or merge them".into()));
    }
    if !counts.as_f64().iter().all(|count| count.is_finite()) {
        return Err(Error::Value("cannot write counts that are NaN or infinite as uhi; use json".into()));
    }
    let axis = axis(&edges, &supplement);
    let storage = storage(&counts, &supplement);
    let title = json_string(&figure.title);
    let version = env!("CARGO_PKG_VERSION");
    Ok(format!(
        r#"{{"uhi_schema": 1, "writer_info": {{"rebin": {{"version": "{version}"}}}}, "metadata": {{"name": {title}}}, "axes": [{axis}], "storage": {storage}}}"#
    ))
}

/// Moves the counts of unbounded bins to the flow bins.
fn bounded(edges: Numbers, counts: Numbers, mut supplement: Supplement) -> (Numbers, Numbers, Supplement) {
    let at = edges.as_f64();
    let first = usize::from(at.first() == Some(&f64::NEG_INFINITY));
    let end = counts.len().saturating_sub(usize::from(at.last() == Some(&f64::INFINITY)));
    if (first, end) == (0, counts.len()) || first >= end {
        return (edges, counts, supplement);
    }
    let add = |flow: Option<Number>, bin: Option<Number>| match (flow, bin) {
        (Some(Number::Int(a)), Some(Number::Int(b))) => Some(Number::Int(a + b)),
        (Some(a), Some(b)) => Some(Number::Float(a.as_f64() + b.as_f64())),
        (flow, bin) => flow.or(bin),
    };
    supplement.below = add(supplement.below, counts.get(0).filter(|_| first == 1));
    supplement.above = add(supplement.above, counts.get(end).filter(|_| end < counts.len()));
    if let Some(Variances { below, bins, above }) = &mut supplement.variances {
        *below += bins.get(..first).unwrap_or_default().iter().sum::<f64>();
        *above += bins.get(end..).unwrap_or_default().iter().sum::<f64>();
        *bins = bins.get(first..end).unwrap_or_default().to_vec();
    }
    let part = |numbers: &Numbers, n: usize| numbers.iter().skip(first).take(n).collect();
    (part(&edges, end - first + 1), part(&counts, end - first), supplement)
}

fn axis(edges: &Numbers, supplement: &Supplement) -> String {
    let (below, above) = (supplement.below.is_some(), supplement.above.is_some());
    match &supplement.categories {
        Some(Categories::Booleans) if !above => return r#"{"type": "boolean"}"#.to_owned(),
        Some(Categories::Texts(names)) => {
            let names: Vec<String> = names.iter().map(|name| json_string(name)).collect();
            let names = names.join(", ");
            return format!(r#"{{"type": "category_str", "categories": [{names}], "flow": {above}}}"#);
        }
        Some(Categories::Integers(numbers)) => {
            let numbers = numbers_text(&Numbers::ints(numbers.iter().copied()));
            return format!(r#"{{"type": "category_int", "categories": {numbers}, "flow": {above}}}"#);
        }
        Some(Categories::Booleans) | None => {}
    }
    let circular = supplement.circular;
    let flags = format!(r#""underflow": {below}, "overflow": {above}, "circular": {circular}"#);
    let (at, bins) = (edges.as_f64(), edges.len() - 1);
    let (lower, upper) = (at[0], at[bins]);
    if supplement.integers {
        let marker = r#""writer_info": {"boost-histogram": {"orig_type": "Integer"}}"#;
        return format!(
            r#"{{"type": "regular", "lower": {lower}, "upper": {upper}, "bins": {bins}, {flags}, {marker}}}"#
        );
    }
    if regular_edges(lower, upper, bins).as_f64() == at {
        let [lower, upper] = [lower, upper].map(|x| number_text(Number::Float(x)));
        return format!(r#"{{"type": "regular", "lower": {lower}, "upper": {upper}, "bins": {bins}, {flags}}}"#);
    }
    let edges = numbers_text(&edges.clone().into_floats());
    format!(r#"{{"type": "variable", "edges": {edges}, {flags}}}"#)
}

fn storage(counts: &Numbers, supplement: &Supplement) -> String {
    let Supplement { below, above, variances, .. } = supplement;
    let values: Numbers = below.iter().copied().chain(counts.iter()).chain(above.iter().copied()).collect();
    if let Some(Variances { below: low, bins, above: high }) = variances
        && bins.len() == counts.len()
    {
        let low = below.map(|_| *low).into_iter();
        let all = low.chain(bins.iter().copied()).chain(above.map(|_| *high)).collect();
        let (values, variances) = (numbers_text(&values.into_floats()), numbers_text(&Numbers::floats(all)));
        return format!(r#"{{"type": "weighted", "values": {values}, "variances": {variances}}}"#);
    }
    let fits = |number: Number| matches!(number, Number::Int(count) if i64::try_from(count).is_ok());
    if values.iter().all(fits) {
        return format!(r#"{{"type": "int", "values": {}}}"#, numbers_text(&values));
    }
    format!(r#"{{"type": "double", "values": {}}}"#, numbers_text(&values.into_floats()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Appearance, AxisNames, Export, Format};
    use crate::hist::{Edges, Histogram};
    use crate::wandb;
    use std::sync::Arc;

    fn text(edges: &[f64], counts: Numbers, supplement: Option<Supplement>) -> Result<String, String> {
        let histogram = Histogram::new(Edges::from_f64(edges.to_vec()).unwrap(), counts).unwrap();
        let figure = Figure {
            title: "w \"x\"".to_owned(),
            names: AxisNames::default(),
            note: String::new(),
            histogram: Arc::new(wandb::Histogram::from_hist(&histogram).unwrap()),
            density: false,
            max_error: None,
            supplement,
            comparison: None,
            appearance: Appearance::default(),
        };
        let bytes = Export::Histogram(Box::new(figure)).bytes(Format::Uhi).map_err(|why| why.to_string())?;
        let text = String::from_utf8(bytes).unwrap();
        Ok(text.split_once(r#""axes": "#).unwrap().1.trim_end_matches('}').to_owned())
    }

    #[test]
    fn equal_widths_are_a_regular_axis() {
        let even = text(&[0.0, 0.5, 1.0], Numbers::ints([3, 4]), None).unwrap();
        assert_eq!(
            even,
            r#"[{"type": "regular", "lower": 0.0, "upper": 1.0, "bins": 2, "underflow": false, "overflow": false, "circular": false}], "storage": {"type": "int", "values": [3, 4]"#
        );
        let uneven = text(&[0.0, 0.5, 2.0], Numbers::floats(vec![0.5, 4.0]), None).unwrap();
        assert!(uneven.contains(r#""type": "variable", "edges": [0.0, 0.5, 2.0]"#), "{uneven}");
        assert!(uneven.ends_with(r#""type": "double", "values": [0.5, 4.0]"#), "{uneven}");
    }

    #[test]
    fn unbounded_bins_become_flow_bins() {
        let edges = [f64::NEG_INFINITY, 0.0, 1.0, f64::INFINITY];
        let supplement = Supplement { below: Some(Number::Int(10)), ..Supplement::default() };
        let open = text(&edges, Numbers::ints([1, 2, 3]), Some(supplement)).unwrap();
        assert!(open.contains(r#""bins": 1, "underflow": true, "overflow": true"#), "{open}");
        assert!(open.ends_with(r#""values": [11, 2, 3]"#), "{open}");
    }

    #[test]
    fn bins_that_uhi_cannot_represent_are_errors() {
        let why = text(&[0.0, 0.0, 1.0], Numbers::ints([1, 2]), None).unwrap_err();
        assert_eq!(why, "cannot write bins without width as uhi; use json, or merge them");
        assert!(text(&[0.0, 1.0], Numbers::floats(vec![f64::NAN]), None).is_err());
    }
}
