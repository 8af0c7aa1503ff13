//! The order of many rows whose values arrive in batches.

/// Rank of a row whose value is unknown: after all others, in both directions.
pub(super) const UNKNOWN: u64 = u64::MAX - 1;
/// Rank of a row whose value is not loaded.
pub(super) const UNLOADED: u64 = u64::MAX;

/// Rows in the order of their ranks. Rows with equal ranks keep their own order.
///
/// A batch is merged in one pass without comparisons between rows that stay, so batches that grow with the number of rows
/// cost as much as sorting once.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    ranks: Vec<u64>,
    rows: Vec<u32>,
}

/// Returns the rank of a value. Smaller ranks come first.
pub(super) fn rank(value: f64, descending: bool) -> u64 {
    if value.is_nan() {
        return UNKNOWN;
    }
    // Zeros of both signs are equal.
    let bits = (value + 0.0).to_bits();
    let ascending = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    if descending { !ascending } else { ascending }.min(UNKNOWN - 1)
}

impl Order {
    /// Sorts rows by these ranks.
    pub(super) fn new(ranks: Vec<u64>) -> Self {
        let mut sorted: Vec<(u64, u32)> = ranks.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        Self { rows: sorted.into_iter().map(|(_, row)| row).collect(), ranks }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the row at a position.
    pub(super) fn row(&self, position: usize) -> Option<usize> {
        self.rows.get(position).map(|row| *row as usize)
    }

    /// Returns the position of a row.
    pub(super) fn position(&self, row: usize) -> Option<usize> {
        let key = (*self.ranks.get(row)?, row as u32);
        self.rows.binary_search_by_key(&key, |row| (self.ranks[*row as usize], *row)).ok()
    }

    /// Changes the ranks of some rows.
    pub(super) fn change(&mut self, changes: &[(usize, u64)]) {
        let changes: Vec<_> = changes.iter().filter(|(row, rank)| self.ranks.get(*row) != Some(rank)).collect();
        if changes.is_empty() {
            return;
        }
        let mut moved = vec![false; self.ranks.len()];
        for (row, rank) in &changes {
            if let Some(slot) = self.ranks.get_mut(*row) {
                (*slot, moved[*row]) = (*rank, true);
            }
        }
        let mut batch: Vec<(u64, u32)> = changes.iter().map(|(row, rank)| (*rank, *row as u32)).collect();
        batch.retain(|(_, row)| (*row as usize) < moved.len());
        batch.sort_unstable();
        batch.dedup();
        let mut stay: Vec<u32> = Vec::with_capacity(self.rows.len());
        stay.extend(self.rows.iter().filter(|row| !moved[**row as usize]));
        let mut merged = Vec::with_capacity(self.rows.len());
        let mut from = 0;
        for key in batch {
            let until = from + stay[from..].partition_point(|row| (self.ranks[*row as usize], *row) < key);
            merged.extend_from_slice(&stay[from..until]);
            merged.push(key.1);
            from = until;
        }
        merged.extend_from_slice(&stay[from..]);
        self.rows = merged;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(order: &Order) -> Vec<usize> {
        (0..order.len()).filter_map(|at| order.row(at)).collect()
    }

    #[test]
    fn unknown_values_are_last_in_both_directions() {
        let values = [f64::NAN, 3.0, -1.0, f64::INFINITY, 0.0, -0.0, f64::NEG_INFINITY];
        let sorted = |descending| rows(&Order::new(values.map(|x| rank(x, descending)).to_vec()));
        assert_eq!(sorted(false), [6, 2, 4, 5, 1, 3, 0]);
        assert_eq!(sorted(true), [3, 1, 4, 5, 2, 6, 0]);
        assert!(rank(f64::NAN, true) < UNLOADED);
    }

    #[test]
    fn batches_give_the_same_order_as_sorting_once() {
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let mut order = Order::new(vec![UNLOADED; 500]);
        let mut ranks = vec![UNLOADED; 500];
        for size in [1, 3, 50, 200, 499, 7] {
            let batch: Vec<(usize, u64)> = (0..size).map(|_| ((random() % 500) as usize, random() % 90)).collect();
            // A later rank of the same row would replace the first, so each row is in a batch once.
            let batch: std::collections::BTreeMap<usize, u64> = batch.into_iter().collect();
            ranks.iter_mut().enumerate().for_each(|(row, rank)| *rank = *batch.get(&row).unwrap_or(rank));
            order.change(&batch.into_iter().collect::<Vec<_>>());
            assert_eq!(rows(&order), rows(&Order::new(ranks.clone())));
            assert!((0..500).all(|row| order.position(row).and_then(|at| order.row(at)) == Some(row)));
        }
        order.change(&[(9999, 1)]);
        assert_eq!(order.len(), 500);
    }
}
