use super::*;
use crate::hist::Numbers;
use crate::json;

/// A histogram read from a text, broken or not, and what it would be.
#[track_caller]
fn repaired(values: &str, bins: &str) -> (Vec<f64>, Vec<f64>, Vec<String>) {
    let text = format!(r#"{{"_type": "histogram", "values": {values}, {bins}}}"#);
    let node = json::parse(text.as_bytes()).unwrap().node;
    let read = Histogram::from_json(&node, None);
    let read = read.unwrap_or_else(|error| Histogram::broken(&node, &error).unwrap());
    let Repair { histogram, faults } = read.repair().expect("something is wrong");
    let told = faults.iter().map(|fault| format!("{}: {}", fault.what, fault.remedy)).collect();
    (histogram.counts().as_f64().to_vec(), histogram.edges().as_f64().to_vec(), told)
}

fn edges(bins: &str) -> String {
    format!("\"bins\": {bins}")
}

#[test]
fn what_is_sound_is_left_alone() {
    let sound = Histogram::from_np_histogram(Numbers::ints([1, 2]), Numbers::floats(vec![0.0, 1.0, 1.0])).unwrap();
    assert_eq!(sound.repair(), None);
    let none = Histogram::from_np_histogram(Numbers::default(), Numbers::floats(vec![f64::NAN])).unwrap();
    assert_eq!(none.repair(), None, "nothing can be made of no counts");
    let lost = Histogram::from_np_histogram(Numbers::ints([1, 2]), Numbers::floats(vec![f64::NAN; 3])).unwrap();
    assert_eq!(lost.repair(), None, "nothing can be made of no bins");
}

#[test]
fn missing_edges_and_counts_are_added() {
    let (counts, at, told) = repaired("[1, 2, 3]", &edges("[0, 0.5, 1]"));
    assert_eq!((counts, at), (vec![1.0, 2.0, 3.0], vec![0.0, 0.5, 1.0, 1.5]));
    assert_eq!(
        told,
        ["there are 3 counts and 3 edges: the missing edges follow the last one at the width of the last bin"]
    );
    let (counts, at, told) = repaired("[1, 2]", &edges("[0, 1, 2, 3, 4]"));
    assert_eq!((counts, at.len()), (vec![1.0, 2.0, 0.0, 0.0], 5));
    assert_eq!(told, ["there are 2 counts and 5 edges: the missing counts are taken for 0"]);
}

#[test]
fn edges_that_decrease_go_on_as_they_began() {
    let sound = (vec![30.0, 20.0, 10.0], vec![0.0, 1.0, 2.0, 3.0]);
    let (counts, at, told) = repaired("[10, 20, 30]", &edges("[3, 2, 1]"));
    assert_eq!((counts, at), sound);
    assert_eq!(
        told,
        [
            "there are 3 counts and 3 edges: the missing edges follow the last one at the width of the last bin",
            "the edges decrease: bins and counts are turned around"
        ]
    );
    for bins in ["[3, 2, 1, NaN]", "[NaN, 2, 1, 0]", "[3, null, 1]", "[3, 2, NaN]", "[3, -Infinity, 1, 0]"] {
        let (counts, at, _) = repaired("[10, 20, 30]", &edges(bins));
        assert_eq!((counts, at), sound, "{bins}");
    }
    let (counts, at, told) = repaired("[1, 2, 3, 4]", &edges(r#"[5, 4, null, 2, "1"]"#));
    assert_eq!((counts, at), (vec![4.0, 3.0, 2.0, 1.0], vec![1.0, 2.0, 3.0, 4.0, 5.0]));
    assert_eq!(told.len(), 4, "{told:?}");
    let (counts, at, _) = repaired("[1, 2, 3]", &edges("[Infinity, 3, 2, -Infinity]"));
    assert_eq!((counts, at), (vec![3.0, 2.0, 1.0], vec![1.0, 2.0, 3.0, 4.0]));
}

#[test]
fn edges_that_are_no_numbers_lie_between_their_neighbours() {
    let (_, at, told) = repaired("[1, 2, 3, 4]", &edges("[0, NaN, Infinity, 3, NaN]"));
    assert_eq!(at, [0.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!(told, ["3 edges are no finite numbers: they lie evenly between their neighbours"]);
}

#[test]
fn edges_are_put_in_order() {
    let (counts, at, told) = repaired("[1, 2]", &edges("[2, 1, 0]"));
    assert_eq!((counts, at), (vec![2.0, 1.0], vec![0.0, 1.0, 2.0]));
    assert_eq!(told, ["the edges decrease: bins and counts are turned around"]);
    let (counts, at, told) = repaired("[1, 2, 3]", &edges("[0, 2, 1, 3]"));
    assert_eq!((counts, at), (vec![1.0, 2.0, 3.0], vec![0.0, 1.0, 2.0, 3.0]));
    assert_eq!(told, ["1 edge is followed by a smaller one: the edges are sorted, counts stay where they are"]);
}

#[test]
fn buckets_without_end_go_or_get_one() {
    let (counts, at, told) = repaired("[0, 5, 6, 7]", &edges("[-1.7976931348623157e308, 0, 1, 2, 1e20]"));
    assert_eq!((counts, at), (vec![5.0, 6.0, 7.0], vec![0.0, 1.0, 2.0, 3.0]));
    assert_eq!(told, ["2 outer bins reach beyond all values: empty ones go, others get the width of their neighbours"]);
    assert_eq!(repaired("[1, 5]", &edges("[-Infinity, 0, 2]")).1, [-2.0, 0.0, 2.0]);
}

#[test]
fn counts_that_are_none_are_nothing() {
    let (counts, _, told) = repaired("[NaN, -3, 2, Infinity]", &edges("[0, 1, 2, 3, 4]"));
    assert_eq!(counts, [0.0, 0.0, 2.0, 0.0]);
    assert_eq!(
        told,
        ["2 counts are no finite numbers: they are taken for 0", "1 count is negative: they are taken for 0"]
    );
}

#[test]
fn strings_are_read_as_numbers() {
    let (counts, at, told) = repaired(r#"["1", 2, null]"#, &edges(r#"[0, "1.5", "x", 4]"#));
    assert_eq!((counts, at), (vec![1.0, 2.0, 0.0], vec![0.0, 1.5, 2.75, 4.0]));
    assert_eq!(
        told[..3],
        [
            "1 string stands in `values` for numbers: they are read as numbers",
            "1 thing is in `values` that no number can be made of: they are taken for NaN",
            "2 strings stand in `bins` for numbers: they are read as numbers",
        ]
    );
}

#[test]
fn packed_bins_are_as_many_as_there_are_counts() {
    let (counts, at, told) = repaired("[1, 2, 3]", r#""packedBins": {"min": 1, "size": "0.5", "count": 9}"#);
    assert_eq!((counts, at), (vec![1.0, 2.0, 3.0], vec![1.0, 1.5, 2.0, 2.5]));
    assert_eq!(told, ["`packedBins` do not fit the counts: there are as many bins as counts"]);
}

#[test]
fn more_bins_than_are_taken_are_joined() {
    let counts = vec!["1"; 1024].join(", ");
    let at = (0..=1024).map(|edge| edge.to_string()).collect::<Vec<_>>().join(", ");
    let (counts, at, told) = repaired(&format!("[{counts}]"), &edges(&format!("[{at}]")));
    assert_eq!((counts, at.len()), (vec![2.0; 512], 513));
    assert_eq!(
        told,
        ["there are 1,024 bins, more than W&B takes: they are joined until there are 512, as W&B does it"]
    );
}

#[test]
fn several_faults_are_put_right_together() {
    let (counts, at, told) = repaired(r#"["3", -1, NaN]"#, &edges("[2, null, 0]"));
    assert_eq!((counts.len(), at.len()), (3, 4));
    assert!(told.len() >= 4, "{told:?}");
    assert!(at.windows(2).all(|pair| pair[0] <= pair[1]));
}
