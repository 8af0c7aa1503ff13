//! W&B's value model against the answers of W&B 0.31.0, case by case.

use half::f16;
use rebin::hist::{Bins, Numbers, Rule, Samples};
use rebin::json::{self, Node};
use rebin::wandb::{ArtifactType, Class, Error, Histogram, Value, init_from_json, type_mapping, with_suffix};
use serde_json::Value as Golden;

/// The equivalent of a Python call.
enum Call {
    /// `Histogram(sequence, num_bins=bins)`, the sequence as JSON.
    Sequence(String, Bins),
    /// `Histogram(array, num_bins=bins)` with a dtype that JSON does not have.
    Array(Samples, Bins),
    /// `Histogram(np_histogram=pair)`, the pair as JSON.
    Pair(String),
    /// `Histogram([1, 2], num_bins=name)`.
    Rule(&'static str),
    /// A call that neither a file nor rebin's types can express, with the reason.
    Inexpressible(&'static str),
}

const NO_PYTHON: &str = "files cannot contain this Python object";
const NO_BINS: &str = "`Bins` has neither floats nor booleans";
const NO_LISTS: &str = "values and bins must be lists of numbers; anything else is an error";

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/semantics.json")).unwrap()
}

fn node(text: &str) -> Node {
    json::parse(text.as_bytes()).unwrap().node
}

fn sequence(text: &str, bins: usize) -> Call {
    Call::Sequence(text.into(), Bins::Count(bins))
}

fn pair(text: &str) -> Call {
    Call::Pair(text.into())
}

fn edges(edges: [i128; 2]) -> Bins {
    Bins::Edges(Numbers::ints(edges))
}

/// `[[0, 0, …], [0, 0, …]]`.
fn zeros(values: usize, bins: usize) -> Call {
    let list = |n: usize| format!("[{}]", vec!["0"; n].join(", "));
    Call::Pair(format!("[{}, {}]", list(values), list(bins)))
}

fn sequence_call(case: &str) -> Option<Call> {
    Some(match case {
        "Histogram()" | "np_histogram ()" => sequence("null", 64),
        "Histogram(None, num_bins=3)" => sequence("null", 3),
        "Histogram([])" => sequence("[]", 3),
        "Histogram([], None, 64) default" => sequence("[]", 64),
        "[1,2,3] num_bins=4" => sequence("[1, 2, 3]", 4),
        "tuple input" => sequence("[1, 2, 3]", 2),
        "range input" => sequence("[0, 1, 2, 3, 4]", 2),
        "string input" => sequence("\"abc\"", 2),
        "scalar 5" => sequence("5", 2),
        "nested [[1,2],[3,4]]" => sequence("[[1, 2], [3, 4]]", 3),
        "ragged [[1,2],[3]]" => sequence("[[1, 2], [3]]", 3),
        "3-D array" => {
            let rows = |from: i32| (from..from + 12).step_by(4).map(|i| format!("[{i},{},{},{}]", i + 1, i + 2, i + 3));
            let plane = |from| rows(from).collect::<Vec<_>>().join(",");
            Call::Sequence(format!("[[{}],[{}]]", plane(0), plane(12)), Bins::Count(3))
        }
        "mixed int/float [1,2.5]" => sequence("[1, 2.5]", 2),
        "bools" => sequence("[true, false, true]", 2),
        "None element" => sequence("[1, null, 2]", 2),
        "str numbers" => sequence("[\"1\", \"2\"]", 2),
        "NaN" => sequence("[1, NaN]", 2),
        "inf" => sequence("[1.0, Infinity]", 2),
        "-inf" => sequence("[1.0, -Infinity]", 2),
        "all NaN" => sequence("[NaN, NaN]", 2),
        "NaN f32" => Call::Array(Samples::F32(vec![1.0, f32::NAN]), Bins::Count(2)),
        "f16" => Call::Array(Samples::F16([0.0, 1.0, 2.5].map(f16::from_f32).to_vec()), Bins::Count(3)),
        "f32" => Call::Array(Samples::F32(vec![0.0, 1.0]), Bins::Count(3)),
        "f64" => Call::Array(Samples::F64(vec![0.0, 1.0]), Bins::Count(3)),
        "i64" => Call::Array(Samples::I64(vec![0, 1]), Bins::Count(3)),
        "u8" => Call::Array(Samples::U8(vec![0, 255]), Bins::Count(3)),
        "python big int" => sequence("[1, 1180591620717411303424]", 2),
        "num_bins=1" => sequence("[1, 2]", 1),
        // A count is unsigned here; Python rejects -1 in the same words as 0.
        "num_bins=0" | "num_bins=-1" => sequence("[1, 2]", 0),
        "num_bins=512" => sequence("[1, 2]", 512),
        "num_bins=513" => sequence("[1, 2]", 513),
        "num_bins='auto'" => Call::Sequence("[1, 2, 3, 3]".into(), Bins::Rule(Rule::Auto)),
        "num_bins='bogus'" => Call::Rule("bogus"),
        "num_bins=[0,1,2] (edges)" => Call::Sequence("[0, 1, 2]".into(), Bins::Edges(Numbers::ints([0, 1, 2]))),
        "num_bins=[2,1]" => Call::Sequence("[1, 2]".into(), edges([2, 1])),
        "np_histogram () + seq" => sequence("[1, 2]", 2),
        _ => return None,
    })
}

fn pair_call(case: &str) -> Option<Call> {
    Some(match case {
        "np_histogram ok" | "np_histogram density" | "np_histogram f32 edges" => pair(match case {
            "np_histogram ok" => "[[1, 2], [0.0, 1.0, 2.0]]",
            "np_histogram density" => "[[0.6666666666666666, 1.3333333333333333], [1.0, 1.5, 2.0]]",
            _ => "[[1, 2], [0.10000000149011612, 0.20000000298023224, 0.30000001192092896]]",
        }),
        "np_histogram lists"
        | "np_histogram both given"
        | "np_histogram list-of-2"
        | "np_histogram tuples kept (json as list)" => pair("[[1, 2], [0, 1, 2]]"),
        "np_histogram 3-tuple" => pair("[[1], [0, 1], [2]]"),
        "np_histogram 1-tuple" => pair("[[1]]"),
        "np_histogram bad lens equal" => pair("[[1, 2], [0, 1]]"),
        "np_histogram bad lens long" => pair("[[1, 2], [0, 1, 2, 3]]"),
        "np_histogram 513" => zeros(513, 514),
        "np_histogram 513 and bad bins (order of checks)" => zeros(513, 3),
        "np_histogram empty" => pair("[[], []]"),
        "np_histogram 0 bins 1 edge" => pair("[[], [1.5]]"),
        "np_histogram decreasing edges" => pair("[[1], [2, 1]]"),
        "np_histogram NaN edges" => pair("[[1], [NaN, Infinity]]"),
        "np_histogram float counts" => pair("[[0.5, -1], [0, 1, 2]]"),
        _ => return None,
    })
}

fn inexpressible(case: &str) -> Option<Call> {
    Some(Call::Inexpressible(match case {
        "generator input"
        | "set input"
        | "complex"
        | "object Fraction"
        | "datetime64"
        | "np_histogram ndarray 2xN"
        | "np_histogram np.float32 scalars in list" => NO_PYTHON,
        "num_bins=2.0" | "num_bins=True" => NO_BINS,
        "np_histogram dict len2" | "np_histogram strings" => NO_LISTS,
        "np_histogram 512" => "the golden text has one value only; the test of the longest histogram covers it",
        _ => return None,
    }))
}

/// The two lists for W&B's constructor, if the JSON is a pair of lists. They may be longer than W&B allows.
fn pair_of(node: &Node) -> Option<(Numbers, Numbers)> {
    let Node::Array(items) = node else { return None };
    let list = |node: &Node| match node {
        Node::Numbers(numbers) => Some(Numbers::clone(numbers)),
        Node::Array(items) if items.is_empty() => Some(Numbers::default()),
        _ => None,
    };
    match &items[..] {
        [values, bins] => Some((list(&values.node)?, list(&bins.node)?)),
        _ => None,
    }
}

fn answer(call: &Call) -> Result<Histogram, Error> {
    match call {
        Call::Sequence(text, bins) => Histogram::from_sequence(&node(text), bins),
        Call::Array(samples, bins) => Histogram::from_samples(samples, bins),
        Call::Pair(text) => match pair_of(&node(text)) {
            Some((values, bins)) => Histogram::from_np_histogram(values, bins),
            None => Histogram::from_json(&node(text), None),
        },
        Call::Rule(name) => Histogram::from_sequence(&node("[1, 2]"), &Bins::Rule(Rule::parse(name)?)),
        Call::Inexpressible(why) => panic!("{why}"),
    }
}

#[test]
fn the_constructor_answers_as_in_python() {
    let (mut checked, mut wrong) = (0, Vec::new());
    for row in golden()["ctor"].as_array().unwrap() {
        let case = row["case"].as_str().unwrap();
        let call = sequence_call(case).or_else(|| pair_call(case)).or_else(|| inexpressible(case));
        let call = call.unwrap_or_else(|| panic!("the case {case} has no equivalent call"));
        if matches!(call, Call::Inexpressible(_)) {
            continue;
        }
        let expected = match row["json"].as_str() {
            Some(json) => json.to_owned(),
            // Without the name of Python's exception.
            None => row["error"].as_str().unwrap().split_once(": ").unwrap().1.to_owned(),
        };
        let got = answer(&call).map_or_else(|error| error.to_string(), |histogram| histogram.to_json());
        if got != expected {
            wrong.push(format!("{case}\n  expected {expected}\n  got      {got}"));
        }
        checked += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(checked, 56, "68 cases, 12 of them inexpressible");
}

#[test]
fn the_longest_histogram_has_512_bins() {
    let Call::Pair(text) = zeros(512, 513) else { unreachable!() };
    let histogram = Histogram::from_json(&node(&text), None).unwrap();
    assert_eq!((histogram.values().len(), histogram.bins().len()), (Histogram::MAX_LENGTH, 513));
}

#[test]
fn file_names_get_their_suffix_as_in_python() {
    let golden = golden();
    let rows = golden["with_suffix"].as_array().unwrap();
    assert_eq!(rows.len(), 40);
    for row in rows {
        let artifact_type = if row["log_type"].is_null() { ArtifactType::None } else { ArtifactType::Histogram };
        let filetype = row["args"][0].as_str().unwrap_or("json");
        let name = row["name"].as_str().unwrap();
        assert_eq!(with_suffix(name, filetype, artifact_type), row["result"].as_str().unwrap(), "{row}");
    }
}

#[test]
fn the_registry_has_every_wandb_type() {
    let golden = golden();
    let golden = golden["misc"]["type_mapping"].as_object().unwrap();
    let expected: Vec<(&str, &str)> =
        golden.iter().map(|(name, class)| (&**name, class.as_str().unwrap().rsplit('.').next().unwrap())).collect();
    let named = type_mapping().iter().map(|(name, Class::Opened(class) | Class::Known(class))| (*name, *class));
    assert_eq!(named.collect::<Vec<_>>(), expected);
}

#[test]
fn values_are_made_from_json_by_their_type() {
    let init = |text: &str| init_from_json(&node(text), Some("run-1/h:v0"));
    // Python: None.
    assert_eq!(init(r#"{"_type": "nope"}"#), Ok(Value::Unknown("nope".into())));
    assert_eq!(init(r#"{"_type": "table", "data": []}"#), Ok(Value::Known("table", "Table")));
    // Python: KeyError, TypeError, TypeError.
    let error = |text: &str| init(text).unwrap_err().to_string();
    assert_eq!(error(r#"{"values": []}"#), "the key `_type` is missing");
    assert_eq!(error(r#"{"_type": ["histogram"]}"#), "`_type` is an array, not a string");
    assert_eq!(error("null"), "expected an object with a `_type`, found null");
    // Python: NotImplementedError.
    let Ok(Value::Histogram(histogram)) = init(r#"{"_type": "histogram", "values": [1], "bins": [0, 1]}"#) else {
        panic!("expected a histogram")
    };
    assert_eq!(histogram.artifact_source(), Some("run-1/h:v0"));
    assert_eq!(histogram.to_json(), r#"{"_type": "histogram", "values": [1], "bins": [0, 1]}"#);
}

#[test]
fn bad_histograms_name_what_is_wrong() {
    for (text, expected) in [
        (r#"{"_type": "histogram", "bins": [1]}"#, "`values` is missing"),
        (r#"{"_type": "histogram", "values": [1]}"#, "`bins` is missing"),
        (r#"{"_type": "histogram", "values": {}, "bins": [1]}"#, "`values` is an object, not a list of numbers"),
        (
            r#"{"_type": "histogram", "values": [1], "bins": [0, 1, 2, "3"]}"#,
            "`bins` contains a string at index 3, not a number",
        ),
        (r#"{"_type": "histogram", "values": [1, 2], "bins": [0, 1]}"#, "len(bins) must be len(histogram) + 1"),
        (r#"{"_type": "table"}"#, "`_type` is \"table\", not \"histogram\""),
        (r#"{"_type": "histogram", "values": [1], "packedBins": {"min": 0}}"#, "`packedBins.size` is missing"),
        (
            r#"{"_type": "histogram", "values": [1], "packedBins": {"min": 0, "size": 1, "count": 1000000000000}}"#,
            "`packedBins.count` is 1000000000000, but `values` has 1 numbers",
        ),
        ("[1, 2]", "Expected np_histogram to be a tuple of (values, bin_edges) or sequence to be specified"),
        ("true", "expected a histogram, found a boolean"),
    ] {
        assert_eq!(Histogram::from_json(&node(text), None).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn only_valid_edges_convert_to_a_histogram() {
    let to_hist = |text: &str| Histogram::from_json(&node(text), None).unwrap().to_hist();
    assert!(to_hist("[[1], [0, 1]]").is_ok());
    assert_eq!(to_hist("[[1], [1, 0]]").unwrap_err().to_string(), "`bins` must increase monotonically, when an array");
    assert_eq!(to_hist("[[1], [0, NaN]]").unwrap_err().to_string(), "edge 1 of the bins is NaN");
}

#[test]
fn equality_compares_content() {
    let histogram = |text: &str| Histogram::from_json(&node(text), None).unwrap();
    let pair = histogram("[[1], [0, 1]]");
    assert_eq!(pair, histogram(r#"{"_type": "histogram", "values": [1], "bins": [0, 1]}"#));
    assert_ne!(pair, histogram("[[1], [0, 1.0]]"));
}

#[test]
fn nested_lists_cause_the_errors_of_numpy() {
    let error = |text: &str| Histogram::from_sequence(&node(text), &Bins::Count(2)).unwrap_err().to_string();
    let ragged = |dimensions: &str, shape: &str| {
        format!(
            "setting an array element with a sequence. The requested array has an inhomogeneous shape after \
             {dimensions} dimensions. The detected shape was {shape} + inhomogeneous part."
        )
    };
    assert_eq!(error("[1, [2]]"), ragged("1", "(2,)"));
    assert_eq!(error("[[[1], [2, 3]], [[1], [2]]]"), ragged("2", "(2, 2)"));
    assert_eq!(error("[[[3], [4]], [1, 2]]"), ragged("2", "(2, 2)"));
    assert_eq!(error("[null, 1]"), "'<=' not supported between instances of 'NoneType' and 'int'");
    assert_eq!(error("[1, \"ab\"]"), {
        let dtype = "dtype('<U21')";
        format!("ufunc 'minimum' did not contain a loop with signature matching types ({dtype}, {dtype}) -> None")
    });
}
