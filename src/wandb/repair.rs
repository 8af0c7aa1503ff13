//! What is wrong with a histogram as it is written, and what it would be if that were put right.
//!
//! Every fault has one rule, told with it; nothing is changed until somebody accepts it.

use super::Histogram;
use super::reduce::reduce;
use crate::hist::scale::counted;
use crate::hist::{self, Edges, Number, Numbers};
use crate::json::Node;

/// Edges this far out are not values: TensorBoard ends its outermost buckets at ±1e20 or at the largest number there is.
const FAR: f64 = 1e20;

/// Something that is wrong, and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub what: String,
    pub remedy: &'static str,
}

/// A histogram put right.
#[derive(Debug, Clone, PartialEq)]
pub struct Repair {
    pub histogram: hist::Histogram,
    /// In the order in which they were put right; at least one.
    pub faults: Vec<Fault>,
}

impl Histogram {
    /// What it would be if everything that is wrong with it were put right; `None` where nothing is, or where there is
    /// no count or not one bin.
    pub fn repair(&self) -> Option<Repair> {
        let mut faults = self.draft().map(|draft| draft.faults.clone()).unwrap_or_default();
        let (values, bins) = (self.values().iter().collect(), self.bins().iter().collect());
        let (mut counts, mut edges): (Vec<Number>, Vec<Number>) = (values, bins);
        // Nobody knows where counts belong of which no bin is known.
        if counts.is_empty() || edges.iter().filter(|edge| edge.as_f64().is_finite()).count() < 2 {
            return None;
        }
        let mut note = |fault: Option<Fault>| faults.extend(fault);
        note(lengths(&mut counts, &mut edges));
        note(not_numbers(&mut edges));
        note(order(&mut counts, &mut edges));
        note(far(&mut counts, &mut edges));
        note(not_counts(&mut counts));
        note(negative(&mut counts));
        note(too_many(&mut counts, &mut edges));
        let edges = Edges::new(edges.into_iter().collect()).ok()?;
        let histogram = hist::Histogram::new(edges, counts.into_iter().collect()).ok()?;
        (!faults.is_empty()).then_some(Repair { histogram, faults })
    }
}

fn fault(what: impl Into<String>, remedy: &'static str) -> Fault {
    Fault { what: what.into(), remedy }
}

/// `3 counts are …`, or `1 count is …`.
fn so_many(n: usize, what: &str, one: &str, many: &str) -> String {
    format!("{} {}", counted(n as u64, what), if n == 1 { one } else { many })
}

/// One more edge than counts. Missing edges go on in steps of the last bin, missing counts are nothing.
fn lengths(counts: &mut Vec<Number>, edges: &mut Vec<Number>) -> Option<Fault> {
    let wanted = counts.len() + 1;
    if edges.len() == wanted {
        return None;
    }
    let what =
        format!("there are {} and {}", counted(counts.len() as u64, "count"), counted(edges.len() as u64, "edge"));
    if edges.len() > wanted {
        counts.resize(edges.len() - 1, Number::Int(0));
        return Some(fault(what, "the missing counts are taken for 0"));
    }
    let width = match edges[..] {
        [.., before, last] => last.as_f64() - before.as_f64(),
        _ => 1.0,
    };
    let width = if width > 0.0 && width.is_finite() { width } else { 1.0 };
    let first = edges.last().map_or(-width, |last| last.as_f64());
    let missing = wanted - edges.len();
    edges.extend((1..=missing).map(|n| Number::Float(first + width * n as f64)));
    Some(fault(what, "the missing edges follow the last one at the width of the last bin"))
}

/// Edges that are NaN, or infinite between others, lie evenly between the numbers around them.
fn not_numbers(edges: &mut [Number]) -> Option<Fault> {
    let last = edges.len().saturating_sub(1);
    let bad =
        |(at, edge): (usize, &Number)| edge.as_f64().is_nan() || (edge.as_f64().is_infinite() && at != 0 && at != last);
    let bad: Vec<usize> = edges.iter().enumerate().filter(|edge| bad(*edge)).map(|(at, _)| at).collect();
    let good: Vec<(usize, f64)> =
        edges.iter().map(|edge| edge.as_f64()).enumerate().filter(|(_, x)| x.is_finite()).collect();
    for at in &bad {
        let left = good.iter().rev().find(|(good, _)| good < at);
        let right = good.iter().find(|(good, _)| good > at);
        let step = match good[..] {
            [(i, x), .., (j, y)] if y > x => (y - x) / (j - i) as f64,
            _ => 1.0,
        };
        edges[*at] = Number::Float(match (left, right) {
            (Some((i, x)), Some((j, y))) => x + (y - x) * ((at - i) as f64 / (j - i) as f64),
            (Some((i, x)), None) => x + step * (at - i) as f64,
            (None, Some((j, y))) => y - step * (j - at) as f64,
            (None, None) => *at as f64,
        });
    }
    let what = so_many(bad.len(), "edge", "is no finite number", "are no finite numbers");
    (!bad.is_empty()).then(|| fault(what, "they lie evenly between their neighbours"))
}

/// Edges that never decrease: turned around with their counts, or sorted.
fn order(counts: &mut [Number], edges: &mut [Number]) -> Option<Fault> {
    let value = |edge: &Number| edge.as_f64();
    if edges.is_sorted_by_key(value) {
        return None;
    }
    if edges.iter().rev().is_sorted_by_key(value) {
        edges.reverse();
        counts.reverse();
        return Some(fault("the edges decrease", "bins and counts are turned around"));
    }
    let wrong = edges.windows(2).filter(|pair| pair[0].as_f64() > pair[1].as_f64()).count();
    edges.sort_by(|a, b| a.as_f64().total_cmp(&b.as_f64()));
    let what = so_many(wrong, "edge", "is followed by a smaller one", "are followed by smaller ones");
    Some(fault(what, "the edges are sorted, counts stay where they are"))
}

/// Outer bins that reach beyond all values: empty ones go, others are as wide as their neighbours.
fn far(counts: &mut Vec<Number>, edges: &mut Vec<Number>) -> Option<Fault> {
    let mut found = 0;
    for side in [0, 1] {
        // The right side is the left one of the mirror image.
        let mirror = |counts: &mut Vec<Number>, edges: &mut Vec<Number>| {
            counts.reverse();
            edges.reverse();
        };
        if side == 1 {
            mirror(counts, edges);
        }
        if let [outer, inner, ..] = edges[..]
            && edges.len() > 2
            && outer.as_f64().abs() >= FAR
            && inner.as_f64().abs() < FAR
        {
            found += 1;
            if counts[0].as_f64() == 0.0 {
                counts.remove(0);
                edges.remove(0);
            } else {
                let next = edges[2].as_f64() - inner.as_f64();
                let next =
                    if next.is_finite() && next.abs() < FAR && next != 0.0 { next } else { -outer.as_f64().signum() };
                edges[0] = Number::Float(inner.as_f64() - next);
            }
        }
        if side == 1 {
            mirror(counts, edges);
        }
    }
    let what = so_many(found, "outer bin", "reaches beyond all values", "reach beyond all values");
    (found > 0).then(|| fault(what, "empty ones go, others get the width of their neighbours"))
}

fn not_counts(counts: &mut [Number]) -> Option<Fault> {
    let found = set(counts, |x| !x.is_finite());
    let what = so_many(found, "count", "is no finite number", "are no finite numbers");
    (found > 0).then(|| fault(what, "they are taken for 0"))
}

fn negative(counts: &mut [Number]) -> Option<Fault> {
    let found = set(counts, |x| x < 0.0);
    (found > 0).then(|| fault(so_many(found, "count", "is negative", "are negative"), "they are taken for 0"))
}

/// Makes zeros of some counts; returns of how many.
fn set(counts: &mut [Number], bad: impl Fn(f64) -> bool) -> usize {
    let mut found = 0;
    for count in counts.iter_mut().filter(|count| bad(count.as_f64())) {
        *count = Number::Int(0);
        found += 1;
    }
    found
}

fn too_many(counts: &mut Vec<Number>, edges: &mut Vec<Number>) -> Option<Fault> {
    if counts.len() <= Histogram::MAX_LENGTH {
        return None;
    }
    let what = format!("there are {}, more than W&B takes", counted(counts.len() as u64, "bin"));
    let both = [&*edges, &*counts].map(|numbers| numbers.iter().map(|number| number.as_f64()).collect::<Vec<_>>());
    let (new_edges, new_counts) = reduce(&both[0], &both[1]);
    *edges = new_edges.into_iter().map(Number::Float).collect();
    *counts = new_counts.into_iter().map(Number::Float).collect();
    Some(fault(what, "they are joined until there are 512, as W&B does it"))
}

/// What a list of numbers that may be anything else holds as numbers, and how many were none.
pub(super) fn loose(node: Option<&Node>, name: &str, faults: &mut Vec<Fault>) -> Numbers {
    let items = match node {
        Some(Node::Numbers(numbers)) => return Numbers::clone(numbers),
        Some(Node::Array(items)) => items,
        Some(_) => {
            faults.push(fault(format!("`{name}` is no list"), "it is taken for empty"));
            return Numbers::default();
        }
        None => {
            faults.push(fault(format!("`{name}` is missing"), "it is taken for empty"));
            return Numbers::default();
        }
    };
    let (mut texts, mut others) = (0, 0);
    let numbers = items.iter().map(|item| match &item.node {
        Node::Number(number) => *number,
        Node::Text(text) => {
            texts += 1;
            let text = text.trim();
            let float = || Number::Float(text.parse().unwrap_or(f64::NAN));
            text.parse().map_or_else(|_| float(), Number::Int)
        }
        _ => {
            others += 1;
            Number::Float(f64::NAN)
        }
    });
    let numbers = numbers.collect();
    if texts > 0 {
        let what = so_many(texts, "string", "stands", "stand");
        faults.push(fault(format!("{what} in `{name}` for numbers"), "they are read as numbers"));
    }
    if others > 0 {
        let what = so_many(others, "thing", "is", "are");
        faults.push(fault(format!("{what} in `{name}` that no number can be made of"), "they are taken for NaN"));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert_eq!(
            told,
            ["2 outer bins reach beyond all values: empty ones go, others get the width of their neighbours"]
        );
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
}
