//! TensorBoard event files: no panic, an index that does not depend on the windows, and each record is inside the file.
//!
//! Each input is also tested with repaired checksums, so that mutations reach the events.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::engine::Budget;
use rebin::format::tfevents::{self, Index};

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let mut repaired = bytes.to_vec();
    repair(&mut repaired);
    read(&repaired);
});

fn read(bytes: &[u8]) {
    let mut at_once = Index::default();
    let Ok(file) = at_once.start(bytes) else { return };
    let mut parts = at_once.clone();
    feed(&mut at_once, file, bytes);
    // The position of the cut is arbitrary, but must depend only on the input.
    let cut = bytes.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    feed(&mut parts, file, &bytes[..cut % (bytes.len() + 1)]);
    feed(&mut parts, file, bytes);
    assert_eq!(parts.series(), at_once.series());
    assert_eq!(parts.problems(file), at_once.problems(file));

    for series in at_once.series() {
        assert!(series.steps.len() == series.entries.len() && !series.entries.is_empty());
        for record in &series.entries {
            let end = record.at as usize + record.len as usize;
            // A malformed event may be an error, but must not panic.
            let _ = tfevents::decode(*record, &bytes[record.at as usize..end], &series.path, &Budget::default());
        }
    }
}

/// Indexes a file that has grown to these bytes.
fn feed(index: &mut Index, file: u32, bytes: &[u8]) {
    if let Some(window) = bytes.get(index.offset(file) as usize..) {
        let used = index.extend(file, window).unwrap_or(window.len());
        index.end(file, &window[used..]);
    }
}

/// Corrects both checksums of every record.
fn repair(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(head) = bytes.get(at..at + 8) {
        let len = head.iter().rev().fold(0_u64, |len, byte| len << 8 | u64::from(*byte)) as usize;
        let Some(end) = len.checked_add(at + 16).filter(|end| *end <= bytes.len()) else { return };
        let crcs = [masked(&bytes[at..at + 8]), masked(&bytes[at + 12..end - 4])];
        bytes[at + 8..at + 12].copy_from_slice(&crcs[0]);
        bytes[end - 4..end].copy_from_slice(&crcs[1]);
        at = end;
    }
}

/// Returns the rotated and offset checksum of TFRecord.
fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xA282_EAD8).to_le_bytes()
}
