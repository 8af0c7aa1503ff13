use super::*;
use crate::hist::Numbers;
use crate::json;

/// Reads a malformed histogram and returns the repaired counts and edges, and the faults.
#[track_caller]
fn repaired(values: &str, bins: &str) -> (Vec<f64>, Vec<f64>, Vec<String>) {
    let text = format!(r#"{{"_type": "histogram", "values": {values}, {bins}}}"#);
    let node = json::parse(text.as_bytes()).unwrap().node;
    let read = Histogram::from_json(&node, None);
    let read = read.unwrap_or_else(|error| Histogram::from_malformed(&node, &error).unwrap());
    let Repair { histogram, faults } = read.repair().expect("a repair");
    let descriptions = faults.iter().map(|fault| format!("{}: {}", fault.what, fault.remedy)).collect();
    (histogram.counts().as_f64().to_vec(), histogram.edges().as_f64().to_vec(), descriptions)
}

fn edges(bins: &str) -> String {
    format!("\"bins\": {bins}")
}

#[test]
fn valid_histograms_need_no_repair() {
    let valid = Histogram::from_np_histogram(Numbers::ints([1, 2]), Numbers::floats(vec![0.0, 1.0, 1.0])).unwrap();
    assert_eq!(valid.repair(), None);
    let empty = Histogram::from_np_histogram(Numbers::default(), Numbers::floats(vec![f64::NAN])).unwrap();
    assert_eq!(empty.repair(), None, "a histogram without counts cannot be repaired");
    let no_edges = Histogram::from_np_histogram(Numbers::ints([1, 2]), Numbers::floats(vec![f64::NAN; 3])).unwrap();
    assert_eq!(no_edges.repair(), None, "a histogram without finite edges cannot be repaired");
}

#[test]
fn missing_edges_and_counts_are_added() {
    let (counts, at, faults) = repaired("[1, 2, 3]", &edges("[0, 0.5, 1]"));
    assert_eq!((counts, at), (vec![1.0, 2.0, 3.0], vec![0.0, 0.5, 1.0, 1.5]));
    assert_eq!(faults, ["3 counts but 3 edges: add edges at the width of the last bin"]);
    let (counts, at, faults) = repaired("[1, 2]", &edges("[0, 1, 2, 3, 4]"));
    assert_eq!((counts, at.len()), (vec![1.0, 2.0, 0.0, 0.0], 5));
    assert_eq!(faults, ["2 counts but 5 edges: set the missing counts to 0"]);
}

#[test]
fn missing_edges_continue_decreasing_edges() {
    let expected = (vec![30.0, 20.0, 10.0], vec![0.0, 1.0, 2.0, 3.0]);
    let (counts, at, faults) = repaired("[10, 20, 30]", &edges("[3, 2, 1]"));
    assert_eq!((counts, at), expected);
    assert_eq!(
        faults,
        [
            "3 counts but 3 edges: add edges at the width of the last bin",
            "the edges decrease: reverse edges and counts"
        ]
    );
    for bins in ["[3, 2, 1, NaN]", "[NaN, 2, 1, 0]", "[3, null, 1]", "[3, 2, NaN]", "[3, -Infinity, 1, 0]"] {
        let (counts, at, _) = repaired("[10, 20, 30]", &edges(bins));
        assert_eq!((counts, at), expected, "{bins}");
    }
    let (counts, at, faults) = repaired("[1, 2, 3, 4]", &edges(r#"[5, 4, null, 2, "1"]"#));
    assert_eq!((counts, at), (vec![4.0, 3.0, 2.0, 1.0], vec![1.0, 2.0, 3.0, 4.0, 5.0]));
    assert_eq!(faults.len(), 4, "{faults:?}");
    let (counts, at, _) = repaired("[1, 2, 3]", &edges("[Infinity, 3, 2, -Infinity]"));
    assert_eq!((counts, at), (vec![3.0, 2.0, 1.0], vec![1.0, 2.0, 3.0, 4.0]));
}

#[test]
fn non_finite_edges_are_interpolated() {
    let (_, at, faults) = repaired("[1, 2, 3, 4]", &edges("[0, NaN, Infinity, 3, NaN]"));
    assert_eq!(at, [0.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!(faults, ["3 edges are not finite: space such edges evenly between their neighbors"]);
}

#[test]
fn edges_are_reversed_or_sorted() {
    let (counts, at, faults) = repaired("[1, 2]", &edges("[2, 1, 0]"));
    assert_eq!((counts, at), (vec![2.0, 1.0], vec![0.0, 1.0, 2.0]));
    assert_eq!(faults, ["the edges decrease: reverse edges and counts"]);
    let (counts, at, faults) = repaired("[1, 2, 3]", &edges("[0, 2, 1, 3]"));
    assert_eq!((counts, at), (vec![1.0, 2.0, 3.0], vec![0.0, 1.0, 2.0, 3.0]));
    assert_eq!(faults, ["1 edge is followed by a smaller one: sort the edges and keep the order of the counts"]);
}

#[test]
fn unbounded_buckets_are_removed_or_narrowed() {
    let (counts, at, faults) = repaired("[0, 5, 6, 7]", &edges("[-1.7976931348623157e308, 0, 1, 2, 1e20]"));
    assert_eq!((counts, at), (vec![5.0, 6.0, 7.0], vec![0.0, 1.0, 2.0, 3.0]));
    assert_eq!(
        faults,
        ["2 outer bins are practically unbounded: remove empty ones and give the rest the width of their neighbors"]
    );
    assert_eq!(repaired("[1, 5]", &edges("[-Infinity, 0, 2]")).1, [-2.0, 0.0, 2.0]);
}

#[test]
fn invalid_counts_become_zero() {
    let (counts, _, faults) = repaired("[NaN, -3, 2, Infinity]", &edges("[0, 1, 2, 3, 4]"));
    assert_eq!(counts, [0.0, 0.0, 2.0, 0.0]);
    assert_eq!(faults, ["2 counts are not finite: set such counts to 0", "1 count is negative: set such counts to 0"]);
}

#[test]
fn strings_are_parsed_as_numbers() {
    let (counts, at, faults) = repaired(r#"["1", 2, null]"#, &edges(r#"[0, "1.5", "x", 4]"#));
    assert_eq!((counts, at), (vec![1.0, 2.0, 0.0], vec![0.0, 1.5, 2.75, 4.0]));
    assert_eq!(
        faults[..3],
        [
            "`values` contains 1 string: parse strings as numbers",
            "`values` contains 1 value of the wrong type: treat such values as NaN",
            "`bins` contains 2 strings: parse strings as numbers",
        ]
    );
}

#[test]
fn packed_bins_are_unpacked_for_the_number_of_counts() {
    let (counts, at, faults) = repaired("[1, 2, 3]", r#""packedBins": {"min": 1, "size": "0.5", "count": 9}"#);
    assert_eq!((counts, at), (vec![1.0, 2.0, 3.0], vec![1.0, 1.5, 2.0, 2.5]));
    assert_eq!(faults, ["`packedBins` does not match the counts: use as many bins as counts"]);
}

#[test]
fn too_many_bins_are_merged() {
    let counts = vec!["1"; 1024].join(", ");
    let at = (0..=1024).map(|edge| edge.to_string()).collect::<Vec<_>>().join(", ");
    let (counts, at, faults) = repaired(&format!("[{counts}]"), &edges(&format!("[{at}]")));
    assert_eq!((counts, at.len()), (vec![2.0; 512], 513));
    assert_eq!(faults, ["1,024 bins, more than W&B's maximum of 512: merge bins like W&B does"]);
}

#[test]
fn several_faults_are_repaired_together() {
    let (counts, at, faults) = repaired(r#"["3", -1, NaN]"#, &edges("[2, null, 0]"));
    assert_eq!((counts.len(), at.len()), (3, 4));
    assert!(faults.len() >= 4, "{faults:?}");
    assert!(at.windows(2).all(|pair| pair[0] <= pair[1]));
}
