//! Redistribution keeps the mass onto any edges, changes nothing onto the same edges, and is never further from the
//! counts of real samples than it says.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rebin::hist::{Edges, Histogram, Numbers, Rounding, rebin};

#[derive(Debug, Arbitrary)]
struct Case {
    start: i16,
    /// Width and count of each bin, and where in it all its samples really were.
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
        let kept = new.below + new.histogram.total().as_f64() + new.above;
        assert!((kept - total).abs() <= 1e-9 * total.max(1.0), "{total} became {kept}");
        assert!(new.histogram.counts().as_f64().iter().all(|count| *count >= 0.0));

        // On the edges it has, a histogram is what it says, whatever numpy would make of a bin without width.
        if onto == *source.edges() {
            continue;
        }
        let truth = recount(&source, &case, &onto);
        for (index, count) in new.histogram.counts().as_f64().iter().enumerate() {
            let (error, most) = ((count - truth[index]).abs(), new.max_error[index]);
            assert!(error <= most + 1e-9 * total, "bin {index} is off by {error}, said to be at most {most}");
        }
    }
});

/// What the samples themselves would give.
fn recount(source: &Histogram, case: &Case, onto: &Edges) -> Vec<f64> {
    let mut counts = vec![0.0; onto.bins()];
    for (index, (_, count, place)) in case.bins.iter().enumerate() {
        let Some(bin) = source.edges().bin(index) else { continue };
        // No multiple of a width makes this fraction whole, so only a bin without width puts samples on an edge.
        let x = bin.lo + bin.width() * (f64::from(*place) + 0.37) / 256.0;
        if let Some(at) = onto.find(x) {
            counts[at] += f64::from(*count);
        }
    }
    counts
}

/// Edges on whole numbers; a width of zero is one that files really have.
fn edges(start: i16, widths: impl Iterator<Item = u8>) -> Edges {
    let mut at = vec![f64::from(start)];
    for width in widths.take(512) {
        at.push(at[at.len() - 1] + f64::from(width));
    }
    Edges::from_f64(at).expect("widths are not negative")
}
