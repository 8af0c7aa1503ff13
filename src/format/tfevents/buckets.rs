//! TensorBoard's two kinds of buckets as edges and counts.
//!
//! As wandb-core takes them over: nothing is rounded, trimmed or rescaled, edges of ±`f64::MAX` and empty buckets are
//! kept. Where it drops something, this keeps it: gaps between rows, and a lone bucket at the minimum.

use super::proto::{HistogramProto, TensorProto};
use super::tensor;

/// Edges and counts that fit in length.
pub(super) type Bins = (Vec<f64>, Vec<f64>);

/// The buckets of a v1 summary: each holds what lies between the limit before it and its own.
///
/// The first has no limit before it. Writers that know the left edge put an empty bucket in front of it; for others it
/// is the minimum.
pub(super) fn of_histo(histo: HistogramProto) -> Result<Bins, String> {
    let HistogramProto { min, bucket_limit: limits, bucket: counts } = histo;
    if limits.len() != counts.len() {
        return Err(format!("it has {} bucket limits for {} buckets", limits.len(), counts.len()));
    }
    match (limits.first(), counts.first()) {
        (Some(_), Some(0.0)) => Ok((limits, counts[1..].to_vec())),
        (Some(limit), Some(_)) if min <= *limit => Ok(([&[min], &limits[..]].concat(), counts)),
        (Some(limit), _) => Err(format!("its minimum {min} lies behind its first bucket, which ends at {limit}")),
        _ => Err("it has no buckets".to_owned()),
    }
}

/// The buckets of a v2 summary: rows of left edge, right edge and count.
pub(super) fn of_tensor(tensor: &TensorProto) -> Result<Bins, String> {
    let rows = tensor::rows(tensor)?;
    let Some(&[first, ..]) = rows.first() else { return Err("it has no buckets".to_owned()) };
    let (mut edges, mut counts) = (vec![first], Vec::with_capacity(rows.len()));
    for (i, [left, right, count]) in rows.iter().enumerate() {
        counts.push(*count);
        // Neighbours whose edges differ by rounding meet at the next left edge; a real gap is an empty bin.
        match rows.get(i + 1) {
            Some([next, ..]) if next - right > (right - left).abs() * 1e-6 => {
                edges.extend([right, next]);
                counts.push(0.0);
            }
            Some([next, ..]) => edges.push(*next),
            None => edges.push(*right),
        }
    }
    Ok((edges, counts))
}
