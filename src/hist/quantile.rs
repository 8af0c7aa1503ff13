//! Quantiles where only bins are known.

use super::Histogram;

/// The value below which a share `p` of the total lies, if counts lie evenly inside their bins. `None` without a positive
/// total. Bins that reach to infinity give their finite edge; negative counts count as none.
pub fn quantile_in_bins(histogram: &Histogram, p: f64) -> Option<f64> {
    let counts = || histogram.counts().as_f64().iter().map(|count| count.max(0.0));
    let total: f64 = counts().sum();
    let wanted = p.clamp(0.0, 1.0) * total;
    let mut below = 0.0;
    let mut last = None;
    for (count, bin) in counts().zip(histogram.edges().as_f64().windows(2)).filter(|(count, _)| *count > 0.0) {
        let (lo, hi) = (bin[0], bin[1]);
        let at = |part: f64| match (lo.is_finite(), hi.is_finite()) {
            (true, true) => lo * (1.0 - part) + hi * part,
            (true, false) => lo,
            _ => hi,
        };
        if below + count >= wanted {
            return Some(at((wanted - below) / count)).filter(|x| x.is_finite());
        }
        below += count;
        last = Some(at(1.0));
    }
    last.filter(|x| x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Edges, Numbers};

    #[test]
    fn counts_lie_evenly_in_their_bins() {
        let edges = Edges::from_f64(vec![0.0, 1.0, 2.0, 4.0]).unwrap();
        let histogram = Histogram::new(edges, Numbers::ints([1, 0, 1])).unwrap();
        let at = |p| quantile_in_bins(&histogram, p);
        assert_eq!([at(0.0), at(0.25), at(0.5), at(0.75), at(1.0)], [0.0, 0.5, 1.0, 3.0, 4.0].map(Some));
    }

    #[test]
    fn nothing_has_no_quantiles() {
        let edges = Edges::from_f64(vec![0.0, 1.0]).unwrap();
        assert_eq!(quantile_in_bins(&Histogram::new(edges, Numbers::ints([0])).unwrap(), 0.5), None);
    }
}
