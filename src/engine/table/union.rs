//! Edges of all histograms with equally spaced bins over one range, in one sorted list.

use crate::hist::scale::Scale;
use crate::hist::{self, Edges, Element, MAX_BINS, Outer, Uniform, spaced_edges};

/// Computes the edges of a number of bins: numpy's, in the type of the samples, or spaced ones.
type MakeEdges = fn(&Outer, usize) -> Result<Edges, hist::Error>;

/// Distinct edges of all uniform histograms, and the positions of the edges of each.
#[derive(Debug)]
pub(in crate::engine) struct EdgeUnion {
    outer: Outer,
    spacing: Scale,
    make_edges: MakeEdges,
    /// Strictly increasing, without negative zero.
    edges: Vec<f64>,
    /// Positions in `edges` of the edges of 1 bin, then of 2 bins, and so on.
    positions: Vec<u32>,
    /// Range in `positions` of each number of bins: empty if the samples' type cannot represent that many bins, `None` if
    /// numpy's counts contradict its own edges.
    of_bins: Vec<Option<(usize, usize)>>,
}

impl EdgeUnion {
    pub(in crate::engine) fn new<T: Element>(outer: Outer, spacing: Scale) -> Self {
        let make_edges: MakeEdges = match spacing {
            Scale::Linear => |outer, n| Uniform::<T>::new(outer, n)?.edges(),
            Scale::Log => |outer, n| spaced_edges(Scale::Log, outer.lo.as_f64(), outer.hi.as_f64(), n),
            Scale::Symlog => |outer, n| spaced_edges(Scale::Symlog, outer.lo.as_f64(), outer.hi.as_f64(), n),
        };
        // numpy's formula may contradict its own edges. Spaced edges are searched.
        let matches = |n| {
            spacing != Scale::Linear || Uniform::<T>::new(&outer, n).ok().is_none_or(|uniform| uniform.matches_search())
        };
        let mut all = Vec::with_capacity(MAX_BINS * (MAX_BINS + 3) / 2);
        let of_bins = (1..=MAX_BINS).map(|n| {
            let from = all.len();
            if !matches(n) {
                return None;
            }
            if let Ok(edges) = make_edges(&outer, n) {
                // Adding zero turns a negative zero into a positive one, so that equal edges have equal bits.
                all.extend(edges.as_f64().iter().map(|edge| edge + 0.0));
            }
            Some((from, all.len()))
        });
        let of_bins = of_bins.collect();
        let mut edges = all.clone();
        edges.sort_unstable_by(f64::total_cmp);
        edges.dedup();
        let positions = all.iter().map(|edge| edges.partition_point(|other| other < edge) as u32).collect();
        Self { outer, spacing, make_edges, edges, positions, of_bins }
    }

    /// Returns true if all samples have the same counts between the edges of both, and the same histograms.
    pub(in crate::engine) fn is_same_as(&self, other: &Self) -> bool {
        (&self.edges, &self.positions, &self.of_bins) == (&other.edges, &other.positions, &other.of_bins)
    }

    pub(super) fn outer(&self) -> Outer {
        self.outer
    }

    pub(super) fn spacing(&self) -> Scale {
        self.spacing
    }

    pub(super) fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Returns numpy's edges of `n` bins.
    pub(super) fn edges_of(&self, n: usize) -> Result<Edges, hist::Error> {
        (self.make_edges)(&self.outer, n)
    }

    /// Positions of the edges of `n` bins: empty if the samples' type cannot represent that many bins, `None` for a number
    /// of bins that must be counted.
    pub(super) fn positions(&self, n: usize) -> Option<&[u32]> {
        let (from, to) = (*self.of_bins.get(n.checked_sub(1)?)?)?;
        self.positions.get(from..to)
    }
}
