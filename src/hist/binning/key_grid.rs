//! Search for values among edges by the bits of the values, which are nearly their logarithms.
//!
//! A cell is a range of bits. Its entry in a table gives the edges that are surely less than a value in the cell, and
//! comparisons with the edges inside the cell decide. So the result is that of a binary search among the edges.

/// Number of edges in a cell up to which they are compared one after the other.
const FEW: usize = 8;

/// Finite edges under a grid of cells that is finest near `unit`.
#[derive(Debug, Clone)]
pub(crate) struct KeyGrid {
    edges: Vec<f64>,
    /// Magnitude below which cells are about equally wide. Zero if all edges are on one side of zero.
    unit: f64,
    first: i64,
    shift: u32,
    /// Number of edges in the cells before each cell, and finally of all edges.
    before: Vec<u32>,
}

impl KeyGrid {
    /// Builds a grid of at most `2^bits` cells. The edges never decrease. `None` without two different finite edges.
    pub(crate) fn new(edges: &[f64], bits: u32) -> Option<Self> {
        let (lo, hi) = (*edges.first()?, *edges.last()?);
        if !(lo < hi && lo.is_finite() && hi.is_finite()) {
            return None;
        }
        let unit = if lo > 0.0 || hi < 0.0 { 0.0 } else { lo.abs().max(hi.abs()) / 1024.0 };
        let mut grid = Self { edges: edges.to_vec(), unit, first: 0, shift: 0, before: Vec::new() };
        (grid.first, grid.shift) = (grid.key(lo), 0);
        let span = grid.key(hi).abs_diff(grid.first);
        grid.shift = (u64::BITS - span.leading_zeros()).saturating_sub(bits);
        let cells = (span >> grid.shift) as usize + 1;
        grid.before = vec![0; cells + 1];
        for edge in edges {
            let cell = grid.cell(*edge);
            grid.before[cell + 1] += 1;
        }
        let mut sum = 0;
        for before in &mut grid.before {
            sum += *before;
            *before = sum;
        }
        Some(grid)
    }

    /// Number of edges less than or equal to `x`, which is between the outer edges or equal to one.
    #[inline]
    pub(crate) fn edges_up_to(&self, x: f64) -> usize {
        let cell = self.cell(x);
        let (from, to) = (self.before[cell] as usize, self.before[cell + 1] as usize);
        let inside = &self.edges[from..to];
        if inside.len() > FEW {
            return from + inside.partition_point(|edge| *edge <= x);
        }
        from + inside.iter().map(|edge| usize::from(*edge <= x)).sum::<usize>()
    }

    /// First and last edge.
    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.edges[0], self.edges[self.edges.len() - 1])
    }

    /// Cell of a value, a monotone function.
    #[inline]
    fn cell(&self, x: f64) -> usize {
        (self.key(x).wrapping_sub(self.first) as u64 >> self.shift) as usize
    }

    /// Integer that never decreases as `x` increases, and is equal for both zeros.
    #[inline]
    fn key(&self, x: f64) -> i64 {
        let key = (x.abs() + self.unit).to_bits() as i64 - self.unit.to_bits() as i64;
        if x < 0.0 { -key } else { key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::scale::Scale;
    use crate::hist::spaced_edges;
    use proptest::prelude::*;

    fn agrees(edges: &[f64], bits: u32) {
        let Some(grid) = KeyGrid::new(edges, bits) else { return };
        let (lo, hi) = grid.ends();
        let near = edges.iter().flat_map(|x| [x.next_down(), *x, x.next_up(), x / 2.0, x * 1.01]);
        for x in near.chain([0.0, -0.0, 5e-324, -5e-324]).filter(|x| (lo..=hi).contains(x)) {
            assert_eq!(grid.edges_up_to(x), edges.partition_point(|edge| *edge <= x), "{x} in {edges:?}");
        }
    }

    #[test]
    fn values_near_the_edges_are_found_like_in_a_search() {
        for (lo, hi) in
            [(1e-6, 1.0), (1e-300, 1e300), (-0.11, 9.0), (-2.0, 2.0), (0.0, 7.0), (-9.0, -1.0), (-1e-320, 1e-320)]
        {
            for scale in [Scale::Linear, Scale::Log, Scale::Symlog] {
                for n in [1, 2, 64, 512] {
                    if let Ok(edges) = spaced_edges(scale, lo, hi, n) {
                        agrees(edges.as_f64(), 15);
                        agrees(edges.as_f64(), 4);
                    }
                }
            }
        }
        agrees(&[-f64::MAX, 0.0, f64::MAX], 15);
        agrees(&[-0.0, 0.0, 1.0, 1.0, 2.0], 15);
        assert!(KeyGrid::new(&[1.0, 1.0], 15).is_none() && KeyGrid::new(&[0.0, f64::INFINITY], 15).is_none());
    }

    proptest! {
        #[test]
        fn any_edges_are_found_like_in_a_search(
            mut edges in prop::collection::vec(any::<f64>().prop_filter("finite", |x| x.is_finite()), 2..40),
            bits in 1_u32..18,
        ) {
            edges.sort_by(f64::total_cmp);
            agrees(&edges, bits);
        }
    }
}
