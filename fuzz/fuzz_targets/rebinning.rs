//! Redistribution of counts: it preserves the total for any edges, changes nothing for the same edges, and differs from
//! the counts of real samples by at most the reported error.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rebin::hist::{Edges, Histogram, Numbers, Rounding, rebin};

#[derive(Debug, Arbitrary)]
struct Case {
    start: i16,
    /// Width and count of each bin, and the position in the bin of all its samples.
    bins: Vec<(u8, u16, u8)>,
    onto: i16,
    widths: Vec<u8>,
}

fuzz_target!(|case: Case| {
    let widths = case.bins.iter().map(|bin| bin.0);
    let counts = Numbers::ints(case.bins.iter().map(|bin| i128::from(bin.1)));
    let Ok(source) = Histogram::new(edges(case.start, widths), counts) else { return };
    let onto = edges(case.onto, case.widths.iter().copied());
    let total = source.total().as_f64();
    for rounding in [Rounding::Integers, Rounding::Fractional] {
        let same = rebin(&source, source.edges(), rounding);
        assert_eq!(same.histogram.counts().as_f64(), source.counts().as_f64());
        assert!(same.exact());

        let new = rebin(&source, &onto, rounding);
        assert_eq!(new.histogram.edges(), &onto);
        assert_eq!(new.max_error.len(), new.histogram.bins());
        let sum = new.below + new.histogram.total().as_f64() + new.above;
        assert!((sum - total).abs() <= 1e-9 * total.max(1.0), "{total} became {sum}");
        assert!(new.histogram.counts().as_f64().iter().all(|count| *count >= 0.0));

        // For the same edges, the counts are exact. numpy would count the samples of a zero-width bin differently.
        if onto == *source.edges() {
            continue;
        }
        let truth = recount(&source, &case, &onto);
        for (index, count) in new.histogram.counts().as_f64().iter().enumerate() {
            let (error, max_error) = ((count - truth[index]).abs(), new.max_error[index]);
            assert!(error <= max_error + 1e-9 * total, "bin {index}: the error is {error}, the bound {max_error}");
        }
    }
});

/// Counts the samples directly.
fn recount(source: &Histogram, case: &Case, onto: &Edges) -> Vec<f64> {
    let mut counts = vec![0.0; onto.bins()];
    for (index, (_, count, position)) in case.bins.iter().enumerate() {
        let Some(bin) = source.edges().bin(index) else { continue };
        // The product of a width and this fraction is never an integer, so only samples of a zero-width bin are on an edge.
        let x = bin.lo + bin.width() * (f64::from(*position) + 0.37) / 256.0;
        if let Some(at) = onto.find(x) {
            counts[at] += f64::from(*count);
        }
    }
    counts
}

/// Returns integer edges. A width of zero occurs in real files.
fn edges(start: i16, widths: impl Iterator<Item = u8>) -> Edges {
    let mut at = vec![f64::from(start)];
    for width in widths.take(512) {
        at.push(at[at.len() - 1] + f64::from(width));
    }
    Edges::from_f64(at).expect("widths are not negative")
}
