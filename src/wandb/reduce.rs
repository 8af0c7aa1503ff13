//! Reduction to the bins that W&B allows, like wandb-core does when it imports TensorBoard histograms.

use super::Histogram;

/// Reduces a histogram with more than [`Histogram::MAX_LENGTH`] bins to that number. Takes one more edge than counts.
///
/// New edges divide the list of old edges evenly, not the value axis, so fine bins stay fine. A bin that a new edge cuts
/// is divided by width. The arithmetic equals wandb-core's bit for bit, except where that gives NaN or loses counts: a cut
/// bin without a finite width moves to the left as one, and bins left after the last edge (equal edges) are added to the
/// last bin.
pub(super) fn reduce(edges: &[f64], counts: &[f64]) -> (Vec<f64>, Vec<f64>) {
    const BINS: usize = Histogram::MAX_LENGTH;
    let new_edges: Vec<f64> = (0..=BINS).map(|k| edge_at(edges, k * counts.len(), BINS)).collect();
    let mut new_counts = vec![0.0; BINS];
    let mut old = edges.windows(2).zip(counts).map(|(edge, count)| (edge[0], edge[1], *count)).peekable();
    for (k, right) in new_edges.iter().skip(1).enumerate() {
        while let Some((_, _, count)) = old.next_if(|(_, old_right, _)| old_right < right) {
            new_counts[k] += count;
        }
        if let Some((lo, hi, count)) = old.next_if(|(_, old_right, _)| right <= old_right) {
            let part = (right - lo) / (hi - lo);
            let part = if part.is_finite() { part } else { 1.0 };
            new_counts[k] += part * count;
            new_counts[(k + 1).min(BINS - 1)] += (1.0 - part) * count;
        }
    }
    new_counts[BINS - 1] += old.map(|(_, _, count)| count).sum::<f64>();
    (new_edges, new_counts)
}

/// Edge at position `numerator / denominator` in the list, interpolated between its neighbors.
fn edge_at(edges: &[f64], numerator: usize, denominator: usize) -> f64 {
    let (at, part) = (numerator / denominator, numerator % denominator);
    let part = part as f64 / denominator as f64;
    match (edges[at], edges.get(at + 1)) {
        (left, Some(right)) if (right - left).is_finite() => left + (right - left) * part,
        (left, Some(right)) if part > 0.0 => left * (1.0 - part) + right * part,
        (left, _) => left,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_maximum_is_merged_in_pairs() {
        let (edges, counts) = reduce(&(0..=1024).map(f64::from).collect::<Vec<_>>(), &[1.5; 1024]);
        assert_eq!(edges, (0..=512).map(|k| f64::from(2 * k)).collect::<Vec<_>>());
        assert_eq!(counts, [3.0; 512]);
    }

    #[test]
    fn no_counts_are_lost_with_equal_or_huge_edges() {
        let mut counts = vec![0.0; 600];
        counts[599] = 5.0;
        assert_eq!(reduce(&[3.0; 601], &counts).1.iter().sum::<f64>(), 5.0);
        let mut edges: Vec<f64> = (0..=600).map(f64::from).collect();
        (edges[0], edges[600]) = (-f64::MAX, f64::MAX);
        let (edges, counts) = reduce(&edges, &counts);
        assert!(edges.windows(2).all(|pair| pair[0] <= pair[1]), "{edges:?}");
        assert_eq!(counts.iter().sum::<f64>(), 5.0);
    }
}
