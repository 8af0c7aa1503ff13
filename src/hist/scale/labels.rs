//! Layout of tick labels on a row of cells.

/// Position of a label that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Index of its tick.
    pub tick: usize,
    /// First cell of the label.
    pub start: usize,
}

/// Places labels under their ticks on a row of `cells`. `marks` are pairs of tick cell and label width.
///
/// Labels are centered on their ticks and moved inward at the ends of the row. Labels that do not fit with `gap` free
/// cells between them are omitted, never cut. The first and last label take priority; the rest are thinned evenly.
pub fn lay_out(marks: &[(usize, usize)], cells: usize, gap: usize) -> Vec<Placed> {
    let all: Vec<(Placed, usize)> = marks
        .iter()
        .enumerate()
        .filter(|(_, (cell, width))| *cell < cells && *width > 0 && *width <= cells)
        .map(|(tick, (cell, width))| {
            let start = cell.saturating_sub(width / 2).min(cells - width);
            (Placed { tick, start }, start + width)
        })
        .collect();
    let clear = |(_, end): &(Placed, usize), (next, _): &(Placed, usize)| end + gap <= next.start;
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return Vec::new() };
    if all.len() == 1 || !clear(first, last) {
        return vec![first.0];
    }
    let thinned = |stride: usize| {
        let mut placed: Vec<(Placed, usize)> = all.iter().copied().step_by(stride).collect();
        while placed.len() > 1 && placed.last().is_some_and(|mark| mark != last && !clear(mark, last)) {
            placed.pop();
        }
        if placed.last() != Some(last) {
            placed.push(*last);
        }
        placed
    };
    let fits = |placed: &Vec<(Placed, usize)>| placed.windows(2).all(|pair| clear(&pair[0], &pair[1]));
    let placed = (1..all.len()).map(thinned).find(fits).unwrap_or_else(|| vec![*first, *last]);
    placed.into_iter().map(|(label, _)| label).collect()
}
