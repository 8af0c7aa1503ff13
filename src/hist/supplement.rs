//! Parts of a histogram that only UHI's form has: flow bins, variances and categories.

use super::{Edges, Number, Numbers};

/// Data of a histogram in addition to its edges and counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Supplement {
    /// Count below the first edge; `None` if the histogram has no underflow bin.
    pub below: Option<Number>,
    /// Count above the last edge; `None` if the histogram has no overflow bin.
    pub above: Option<Number>,
    pub variances: Option<Variances>,
    /// True if values above the last edge continue at the first edge, as for angles.
    pub circular: bool,
    /// True if the axis is one of integers, each with a bin of its own.
    pub integers: bool,
    pub categories: Option<Categories>,
}

/// Variance of each count.
#[derive(Debug, Clone, PartialEq)]
pub struct Variances {
    pub below: f64,
    pub bins: Vec<f64>,
    pub above: f64,
}

/// Categories of the bins. Their edges are 0, 1, 2 …
#[derive(Debug, Clone, PartialEq)]
pub enum Categories {
    Texts(Vec<String>),
    Integers(Vec<i128>),
    /// False, then true.
    Booleans,
}

impl Supplement {
    /// Converts to other edges. Keeps variances if the new edges cut no bin, and categories if the edges are the same.
    /// `outside` are the counts below and above the new edges.
    #[must_use]
    pub fn rebinned(&self, old: &Edges, new: &Edges, outside: [f64; 2]) -> Self {
        let same = old.as_f64() == new.as_f64();
        let flow = |known: Option<Number>, count: f64| match known {
            Some(number) if number.as_f64() == count => Some(number),
            None if count == 0.0 => None,
            _ => Some(Number::Float(count)),
        };
        Self {
            below: flow(self.below, outside[0]),
            above: flow(self.above, outside[1]),
            variances: self.variances.as_ref().and_then(|variances| variances.merged(old.as_f64(), new.as_f64())),
            circular: self.circular && same,
            integers: self.integers && same,
            categories: self.categories.clone().filter(|_| same),
        }
    }
}

impl Variances {
    /// Adds the variances of merged bins. Returns `None` if a new edge cuts a bin, since the variance of a part of a bin is
    /// unknown.
    fn merged(&self, old: &[f64], new: &[f64]) -> Option<Self> {
        let increases = |edges: &[f64]| edges.windows(2).all(|pair| pair[0] < pair[1]);
        if old == new {
            return Some(self.clone());
        }
        if self.bins.len() + 1 != old.len() || new.len() < 2 || !increases(old) || !increases(new) {
            return None;
        }
        let position = |edge: &f64| old.iter().position(|other| other == edge);
        let at: Vec<usize> = new.iter().map(position).collect::<Option<_>>()?;
        let sum = |range: std::ops::Range<usize>| self.bins.get(range).unwrap_or_default().iter().sum::<f64>();
        let (first, last) = (*at.first()?, *at.last()?);
        Some(Self {
            below: self.below + sum(0..first),
            bins: at.windows(2).map(|pair| sum(pair[0]..pair[1])).collect(),
            above: self.above + sum(last..self.bins.len()),
        })
    }
}

impl Categories {
    /// Names of the categories.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Texts(names) => names.clone(),
            Self::Integers(numbers) => numbers.iter().map(i128::to_string).collect(),
            Self::Booleans => vec!["False".to_owned(), "True".to_owned()],
        }
    }
}

/// Edges of `bins` bins of equal width, with the arithmetic of boost-histogram.
pub fn regular_edges(lower: f64, upper: f64, bins: usize) -> Numbers {
    let width = upper - lower;
    let edge = |i: usize| {
        let part = i as f64 / bins as f64;
        (1.0 - part) * lower + part * (lower + width)
    };
    Numbers::floats((0..=bins).map(edge).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variances_of_merged_bins_are_added() {
        let edges = |at: &[f64]| Edges::from_f64(at.to_vec()).unwrap();
        let variances = Variances { below: 1.0, bins: vec![2.0, 4.0, 8.0, 16.0], above: 32.0 };
        let whole = Supplement { below: Some(Number::Int(3)), variances: Some(variances), ..Supplement::default() };
        let old = edges(&[0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(whole.rebinned(&old, &old, [3.0, 0.0]), whole);
        let merged = whole.rebinned(&old, &edges(&[1.0, 3.0]), [5.0, 7.0]);
        assert_eq!((merged.below, merged.above), (Some(Number::Float(5.0)), Some(Number::Float(7.0))));
        assert_eq!(merged.variances, Some(Variances { below: 3.0, bins: vec![12.0], above: 48.0 }));
        assert_eq!(whole.rebinned(&old, &edges(&[0.0, 1.5, 4.0]), [3.0, 0.0]).variances, None);
    }

    #[test]
    fn regular_edges_are_those_of_boost_histogram() {
        // boost_histogram 1.8.1: axis.Regular(30, -2, 2.5).edges
        let edges = regular_edges(-2.0, 2.5, 30);
        let first = [-2.0, -1.85, -1.7, -1.55, -1.400_000_000_000_000_1, -1.25, -1.1, -0.949_999_999_999_999_8];
        assert_eq!(edges.as_f64()[..8], first);
        assert_eq!(edges.as_f64()[30], 2.5);
    }
}
