//! TensorBoard's event files, as they come and with their checksums repaired, so that mutations reach the events: no
//! panic, the same index however the file arrives, and every row inside the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::format::tfevents::{self, Index};

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let mut repaired = bytes.to_vec();
    repair(&mut repaired);
    read(&repaired);
});

fn read(bytes: &[u8]) {
    let mut whole = Index::default();
    let Ok(file) = whole.start(bytes) else { return };
    let mut parts = whole.clone();
    feed(&mut whole, file, bytes);
    // Anywhere will do, so the bytes decide.
    let cut = bytes.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    feed(&mut parts, file, &bytes[..cut % (bytes.len() + 1)]);
    feed(&mut parts, file, bytes);
    assert_eq!(parts.series(), whole.series());
    assert_eq!(parts.problems(file), whole.problems(file));

    for series in whole.series() {
        assert!(series.steps.len() == series.rows.len() && !series.rows.is_empty());
        for row in &series.rows {
            let end = row.at as usize + row.len as usize;
            // What is wrong with one event is an error of that event.
            let _ = tfevents::decode(*row, &bytes[row.at as usize..end], &series.path);
        }
    }
}

/// The file so far, from where the index is.
fn feed(index: &mut Index, file: u32, bytes: &[u8]) {
    if let Some(window) = bytes.get(index.offset(file) as usize..) {
        let used = index.extend(file, window);
        index.end(file, &window[used..]);
    }
}

/// Gives every record both of its checksums.
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

/// TFRecord's rotated and shifted checksum.
fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xA282_EAD8).to_le_bytes()
}
