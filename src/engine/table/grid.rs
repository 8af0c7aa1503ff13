//! Finding a value among many sorted edges: a fine, even grid says where to begin, comparing with edges decides.

use crate::hist::Element;

/// Cells of the grid: about as wide as the closest neighbours among the edges of up to 512 bins.
const CELLS: usize = 1 << 18;
/// Edges that a value is always compared with; a cell that holds more of them is searched.
const COMPARED: usize = 2;
/// Marks the start of a cell that is searched.
const CROWDED: u32 = 1 << 31;
/// Values whose cells are computed together.
const TOGETHER: usize = 256;

/// Sorted edges under a grid of equal cells.
#[derive(Debug)]
pub(super) struct Grid {
    /// Then infinities, so that the comparisons need not look whether they are at the end.
    edges: Vec<f64>,
    /// How many edges lie in the cells before each cell.
    before: Vec<u32>,
    lo: f64,
    /// Cells a unit.
    scale: f64,
}

impl Grid {
    /// Of edges that strictly increase.
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
            grid.before[cell] = if here as usize > COMPARED { sum | CROWDED } else { sum };
            sum += here;
        }
        grid.before[CELLS] = sum;
        grid.edges.extend([f64::INFINITY; COMPARED]);
        grid
    }

    /// How long the counts of [`Grid::tally`] are: one more than there are edges, and one for what lies above the range.
    pub(super) fn slots(&self) -> usize {
        self.edges.len() - COMPARED + 2
    }

    /// Adds samples to the counts: those that `keep` holds by how many edges are at most as large, those below it (and
    /// NaN) to the first, those above it to the last.
    pub(super) fn tally<T: Element>(&self, block: &[T], keep: (T, T), counts: &mut [u32]) {
        let above = counts.len() - 1;
        let mut cells = [0; TOGETHER];
        for values in block.chunks(TOGETHER) {
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

    /// The cell of a value; it never falls as the value rises. NaN has the first.
    fn cell(&self, t: f64) -> u32 {
        (((t - self.lo) * self.scale) as u32).min(CELLS as u32 - 1)
    }

    /// How many edges are at most `t`, which is in `cell`.
    fn slot(&self, cell: u32, t: f64) -> usize {
        let before = self.before[cell as usize];
        if before & CROWDED == 0 {
            let from = before as usize;
            let compared = &self.edges[from..from + COMPARED];
            return from + compared.iter().map(|edge| usize::from(*edge <= t)).sum::<usize>();
        }
        let (from, to) = (before & !CROWDED, self.before[cell as usize + 1] & !CROWDED);
        let (from, to) = (from as usize, to as usize);
        from + self.edges[from..to].partition_point(|edge| *edge <= t)
    }
}
