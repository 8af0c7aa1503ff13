//! Laws of the JSON reader, of W&B's JSON text and of saving in place, over generated input.

use proptest::prelude::*;
use rebin::catalog::{FileSpan, Stamp};
use rebin::document::save;
use rebin::format::document;
use rebin::hist::{Number, Numbers};
use rebin::json::{self, Node};
use rebin::wandb::{ArtifactType, Form, Histogram, number_text, with_suffix};
use std::fs;

/// Any number. All NaNs are the same, because Python's text has only one.
fn number() -> impl Strategy<Value = Number> {
    let float = any::<f64>().prop_map(|x| Number::Float(if x.is_nan() { f64::NAN } else { x }));
    let special = prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 5e-324, f64::MAX]);
    prop_oneof![
        4 => float,
        1 => special.prop_map(Number::Float),
        2 => any::<i64>().prop_map(|i| Number::Int(i128::from(i))),
        1 => any::<i128>().prop_map(Number::Int),
    ]
}

fn histogram() -> impl Strategy<Value = Histogram> {
    (0_usize..20).prop_flat_map(|n| {
        let list = |n| prop::collection::vec(number(), n).prop_map(Numbers::from_iter);
        (list(n), list(n + 1)).prop_map(|(values, bins)| Histogram::from_np_histogram(values, bins).unwrap())
    })
}

/// Any JSON value, in the types of `serde_json`.
fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

fn to_serde(node: &Node) -> serde_json::Value {
    let number = |number| match number {
        Number::Int(i) => serde_json::Number::from_i128(i).map_or(serde_json::Value::Null, Into::into),
        Number::Float(x) => x.into(),
    };
    match node {
        Node::Null => serde_json::Value::Null,
        Node::Bool(truth) => (*truth).into(),
        Node::Number(n) => number(*n),
        Node::Text(text) => text.clone().into(),
        Node::Numbers(numbers) => numbers.iter().map(number).collect(),
        Node::Array(items) => items.iter().map(|item| to_serde(&item.node)).collect(),
        Node::Object(members) => members.iter().map(|m| (m.name.clone(), to_serde(&m.value.node))).collect(),
    }
}

proptest! {
    #[test]
    fn printed_numbers_are_read_back(number in number()) {
        let item = json::parse(number_text(number).as_bytes()).unwrap();
        prop_assert_eq!(item.node, Node::Number(number));
    }

    #[test]
    fn written_histograms_are_read_back(histogram in histogram()) {
        for form in [Form::Wandb, Form::Trackio, Form::Pair, Form::Packed] {
            let text = histogram.to_json_as(form);
            let read = Histogram::from_json(&json::parse(text.as_bytes()).unwrap().node, None).unwrap();
            prop_assert_eq!(&read, &histogram);
            prop_assert_eq!(read.to_json_as(form), text);
        }
    }

    #[test]
    fn packed_bins_are_read_as_edges(min in -1e6..1e6_f64, size in 1e-6..1e3_f64, n in 0_usize..100) {
        let values = vec!["1"; n].join(", ");
        let packed = format!(r#"{{"min": {min:?}, "size": {size:?}, "count": {n}}}"#);
        let text = format!(r#"{{"_type": "histogram", "values": [{values}], "packedBins": {packed}}}"#);
        let histogram = Histogram::from_json(&json::parse(text.as_bytes()).unwrap().node, None).unwrap();
        let edges: Vec<f64> = (0..=n).map(|i| min + i as f64 * size).collect();
        prop_assert_eq!(histogram.bins(), &Numbers::floats(edges));
        let again = histogram.to_json_as(Form::Packed);
        prop_assert_eq!(Histogram::from_json(&json::parse(again.as_bytes()).unwrap().node, None).unwrap(), histogram);
    }

    #[test]
    fn strict_json_reads_as_with_serde_json(value in value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let item = json::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(&to_serde(&item.node), &value);
        prop_assert_eq!(item.span, 0..text.len());
    }

    #[test]
    fn invalid_json_is_an_error_with_a_position(value in value(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut text = serde_json::to_vec(&value).unwrap();
        let at = at.index(text.len());
        text[at] = byte;
        match (json::parse(&text), serde_json::from_slice::<serde_json::Value>(&text)) {
            (Ok(_), _) => {}
            (Err(error), Err(_)) => {
                let before = &text[..error.byte];
                prop_assert!(error.byte <= text.len());
                prop_assert_eq!(error.line as usize, before.split(|b| *b == b'\n').count());
            }
            (Err(error), Ok(_)) => prop_assert!(false, "rejects valid JSON: {}", error),
        }
    }

    #[test]
    fn reading_any_bytes_succeeds_or_fails_within_them(text in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = document::read(&text) {
            prop_assert!(error.byte <= text.len());
        }
    }

    #[test]
    fn adding_a_suffix_twice_equals_adding_it_once(name in any::<String>(), filetype in ".{0,5}", typed in any::<bool>()) {
        let artifact_type = if typed { ArtifactType::Histogram } else { ArtifactType::None };
        let once = with_suffix(&name, &filetype, artifact_type);
        prop_assert_eq!(with_suffix(&once, &filetype, artifact_type), once);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn replacing_one_histogram_keeps_every_other_byte(
        before in value(),
        after in value(),
        old in histogram(),
        new in histogram(),
        form in prop::sample::select(vec![Form::Wandb, Form::Trackio]),
        lines in any::<bool>(),
    ) {
        // Members on both sides in one value, or lines above and below.
        let around = |h: &str| if lines {
            format!("{{\"before\": {before}}}\r\n{{\"target\":{h}}}\n{{\"after\": {after}}}")
        } else {
            format!("\n{{\"before\": {before:#},\t\"target\":{h}\n, \"after\":{after}}}\n\n")
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("h.json");
        let text = around(&old.to_json_as(form));
        fs::write(&path, &text).unwrap();

        let document = document::read(text.as_bytes()).unwrap();
        let Some(series) = document.series.into_iter().find(|s| s.path == ["target"]) else { panic!("the target is missing") };
        let entry = &series.entries[0];
        let stamp = Stamp::of(text.as_bytes());
        let origin = FileSpan { path: path.clone(), span: entry.span.clone(), extra: entry.extra.clone(), stamp };
        let saved = save::replace(&path, &[(origin.clone(), save::Replacement::Histogram(&new))]).unwrap().changes;
        let now = save::locate(&saved, &origin);

        let expected = around(&new.to_json_as(form));
        prop_assert_eq!(fs::read_to_string(&path).unwrap(), expected.clone());
        let back = save::replace(&path, &[(now.clone(), save::Replacement::Histogram(&old))]).unwrap().changes;
        prop_assert_eq!(fs::read_to_string(&path).unwrap(), text);
        prop_assert_eq!(save::locate(&back, &now), origin);
    }
}
