//! Search for a value among many sorted edges. A fine grid of equal cells gives the start, and comparisons with edges
//! decide.

use crate::hist::Element;

/// Cells of the grid. A cell is about as wide as the smallest distance between edges of up to 512 bins.
const CELLS: usize = 1 << 18;
/// Edges that a value is always compared with. A cell with more edges is searched.
const COMPARED: usize = 2;
/// Flag of a cell that is searched.
const SEARCHED: u32 = 1 << 31;
/// Values whose cells are computed together.
const BATCH: usize = 256;

/// Sorted edges under a grid of equal cells.
#[derive(Debug)]
pub(super) struct Grid {
    /// The edges, then infinities, so that comparisons need no bounds check.
    edges: Vec<f64>,
    /// Number of edges in the cells before each cell.
    before: Vec<u32>,
    lo: f64,
    /// Cells per unit.
    scale: f64,
}

impl Grid {
    /// Builds the grid of strictly increasing edges.
    pub(super) fn new(edges: &[f64]) -> Self {
        let (lo, hi) = (edges.first().copied().unwrap_or(0.0), edges.last().copied().unwrap_or(1.0));
        let scale = CELLS as f64 / (hi - lo);
        let mut grid = Self { edges: edges.to_vec(), before: vec![0; CELLS + 1], lo, scale };
        for edge in edges {
            let cell = grid.cell(*edge) as usize;
            grid.before[cell + 1] += 1;
        }
        let mut sum = 0;
        for cell in 0..CELLS {
            let here = grid.before[cell + 1];
            grid.before[cell] = if here as usize > COMPARED { sum | SEARCHED } else { sum };
            sum += here;
        }
        grid.before[CELLS] = sum;
        grid.edges.extend([f64::INFINITY; COMPARED]);
        grid
    }

    /// Length of the counts of [`Grid::tally`]: one more than the number of edges, and one for samples above the range.
    pub(super) fn slots(&self) -> usize {
        self.edges.len() - COMPARED + 2
    }

    /// Counts samples. A sample within `keep` goes into the slot of the number of edges less than or equal to it. Samples
    /// below (and NaN) go into the first slot, samples above into the last.
    pub(super) fn tally<T: Element>(&self, block: &[T], keep: (T, T), counts: &mut [u32]) {
        let above = counts.len() - 1;
        let mut cells = [0; BATCH];
        for values in block.chunks(BATCH) {
            for (cell, x) in cells.iter_mut().zip(values) {
                *cell = self.cell(x.to_f64());
            }
            for (cell, x) in cells.iter().zip(values) {
                let kept = *x >= keep.0 && *x <= keep.1;
                let slot = if kept { self.slot(*cell, x.to_f64()) } else { above * usize::from(*x > keep.1) };
                counts[slot] += 1;
            }
        }
    }

    /// Cell of a value, a monotone function. NaN gets the first cell.
    fn cell(&self, t: f64) -> u32 {
        (((t - self.lo) * self.scale) as u32).min(CELLS as u32 - 1)
    }

    /// Number of edges less than or equal to `t`, a value in `cell`.
    fn slot(&self, cell: u32, t: f64) -> usize {
        let before = self.before[cell as usize];
        if before & SEARCHED == 0 {
            let from = before as usize;
            let compared = &self.edges[from..from + COMPARED];
            return from + compared.iter().map(|edge| usize::from(*edge <= t)).sum::<usize>();
        }
        let (from, to) = (before & !SEARCHED, self.before[cell as usize + 1] & !SEARCHED);
        let (from, to) = (from as usize, to as usize);
        from + self.edges[from..to].partition_point(|edge| *edge <= t)
    }
}
