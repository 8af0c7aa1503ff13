//! The edges of all uniform histograms over one range, in one sorted list.

use crate::hist::{self, Edges, Element, MAX_BINS, Outer, Uniform};

/// How numpy makes the edges of so many bins, in the type of the samples.
type Edging = fn(&Outer, usize) -> Result<Edges, hist::Error>;

/// Distinct edges, and which of them belong to each number of bins.
#[derive(Debug)]
pub(in crate::engine) struct Union {
    outer: Outer,
    edging: Edging,
    /// Strictly increasing; no negative zero.
    edges: Vec<f64>,
    /// The places in `edges` of the edges of 1 bin, of 2 bins, …
    places: Vec<u32>,
    /// Where in `places` those of each number of bins are: nothing at all where the range cannot hold so many. `None`
    /// where comparing with edges is not what numpy does.
    of_bins: Vec<Option<(usize, usize)>>,
}

impl Union {
    pub(in crate::engine) fn new<T: Element>(outer: Outer) -> Self {
        let edging = |outer: &Outer, n| Uniform::<T>::new(outer, n)?.edges();
        let mut all = Vec::with_capacity(MAX_BINS * (MAX_BINS + 3) / 2);
        let of_bins = (1..=MAX_BINS).map(|n| {
            let from = all.len();
            match Uniform::<T>::new(&outer, n) {
                // Adding zero makes a negative zero positive, so that equal edges have the same bits.
                Ok(uniform) if uniform.faithful() => all.extend(uniform.at().map(|edge| edge + 0.0)),
                Ok(_) => return None,
                Err(_) => {}
            }
            Some((from, all.len()))
        });
        let of_bins = of_bins.collect();
        let mut edges = all.clone();
        edges.sort_unstable_by(f64::total_cmp);
        edges.dedup();
        let places = all.iter().map(|edge| edges.partition_point(|other| other < edge) as u32).collect();
        Self { outer, edging, edges, places, of_bins }
    }

    /// Whether the same samples have the same counts between the edges of both, and the same histograms come of them.
    pub(in crate::engine) fn is_same_as(&self, other: &Self) -> bool {
        (&self.edges, &self.places, &self.of_bins) == (&other.edges, &other.places, &other.of_bins)
    }

    pub(super) fn outer(&self) -> Outer {
        self.outer
    }

    pub(super) fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// The edges of `n` bins as numpy returns them.
    pub(super) fn edges_of(&self, n: usize) -> Result<Edges, hist::Error> {
        (self.edging)(&self.outer, n)
    }

    /// Where the edges of `n` bins are; empty where the range cannot hold so many, `None` where the union says nothing.
    pub(super) fn places(&self, n: usize) -> Option<&[u32]> {
        let (from, to) = (*self.of_bins.get(n.checked_sub(1)?)?)?;
        self.places.get(from..to)
    }
}
