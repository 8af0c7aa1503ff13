//! Labels side by side on a row of cells: whole or not at all.

/// A label that found room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Index of the tick it belongs to.
    pub tick: usize,
    /// First cell of the label.
    pub start: usize,
}

/// Places labels under their ticks, given as (cell, label width), on a row of `cells`. A label is centred on its tick,
/// moved inward where it would leave the row, and dropped rather than cut or crowded: `gap` cells stay free between
/// two. The first and the last are preferred, those between them are thinned evenly.
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
        let mut kept: Vec<(Placed, usize)> = all.iter().copied().step_by(stride).collect();
        while kept.len() > 1 && kept.last().is_some_and(|mark| mark != last && !clear(mark, last)) {
            kept.pop();
        }
        if kept.last() != Some(last) {
            kept.push(*last);
        }
        kept
    };
    let apart = |kept: &Vec<(Placed, usize)>| kept.windows(2).all(|pair| clear(&pair[0], &pair[1]));
    let kept = (1..all.len()).map(thinned).find(apart).unwrap_or_else(|| vec![*first, *last]);
    kept.into_iter().map(|(placed, _)| placed).collect()
}
