//! Counts that are none, and more of them than W&B takes.

use super::{Fault, fault, so_many};
use crate::hist::Number;
use crate::text::plural;
use crate::wandb::Histogram;
use crate::wandb::reduce::reduce;

pub(super) fn not_counts(counts: &mut [Number]) -> Option<Fault> {
    let found = set(counts, |x| !x.is_finite());
    let what = so_many(found, "count", "is no finite number", "are no finite numbers");
    (found > 0).then(|| fault(what, "they are taken for 0"))
}

pub(super) fn negative(counts: &mut [Number]) -> Option<Fault> {
    let found = set(counts, |x| x < 0.0);
    (found > 0).then(|| fault(so_many(found, "count", "is negative", "are negative"), "they are taken for 0"))
}

/// Makes zeros of some counts; returns of how many.
fn set(counts: &mut [Number], bad: impl Fn(f64) -> bool) -> usize {
    let mut found = 0;
    for count in counts.iter_mut().filter(|count| bad(count.as_f64())) {
        *count = Number::Int(0);
        found += 1;
    }
    found
}

pub(super) fn too_many(counts: &mut Vec<Number>, edges: &mut Vec<Number>) -> Option<Fault> {
    if counts.len() <= Histogram::MAX_LENGTH {
        return None;
    }
    let what = format!("there are {}, more than W&B takes", plural(counts.len() as u64, "bin"));
    let both = [&*edges, &*counts].map(|numbers| numbers.iter().map(|number| number.as_f64()).collect::<Vec<_>>());
    let (new_edges, new_counts) = reduce(&both[0], &both[1]);
    *edges = new_edges.into_iter().map(Number::Float).collect();
    *counts = new_counts.into_iter().map(|count| Number::Float(count.min(f64::MAX))).collect();
    Some(fault(what, "they are joined until there are 512, as W&B does it"))
}
