//! W&B transaction logs: no panic, an index that does not depend on the windows, and each record is inside the file.
//!
//! Each input is also tested with repaired checksums, so that mutations reach the records.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::engine::Budget;
use rebin::format::wandb_log::Index;

const BLOCK: usize = 32768;

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let mut repaired = bytes.to_vec();
    repair(&mut repaired);
    read(&repaired);
});

fn read(bytes: &[u8]) {
    let Ok(mut at_once) = Index::start(bytes, &Budget::default()) else { return };
    let mut parts = at_once.clone();
    feed(&mut at_once, bytes);
    // The position of the cut is arbitrary, but must depend only on the input.
    let cut = bytes.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    feed(&mut parts, &bytes[..cut % (bytes.len() + 1)]);
    feed(&mut parts, bytes);
    assert_eq!(parts.series(), at_once.series());
    assert_eq!(parts.problems(), at_once.problems());
    assert_eq!(parts.rows(), at_once.rows());

    for series in at_once.series() {
        assert!(series.steps.len() == series.entries.len() && !series.entries.is_empty());
        for record in &series.entries {
            let end = record.at as usize + record.len as usize;
            // A malformed row may be an error, but must not panic.
            let _ = at_once.decode(*record, &bytes[record.at as usize..end], &series.path, &Budget::default());
        }
    }
}

/// Indexes a file that has grown to these bytes.
fn feed(index: &mut Index, bytes: &[u8]) {
    if let Some(window) = bytes.get(index.offset() as usize..) {
        let used = index.extend(window).unwrap_or(window.len());
        index.end(&window[used..]);
    }
}

/// Corrects the checksum of every chunk.
fn repair(bytes: &mut [u8]) {
    let mut at = 7;
    while at + 7 <= bytes.len() {
        let room = BLOCK - at % BLOCK;
        let len = usize::from(u16::from_le_bytes([bytes[at + 4], bytes[at + 5]]));
        let end = at + 7 + len;
        if room < 7 || 7 + len > room || bytes[at + 6] == 0 {
            at += room;
        } else if end > bytes.len() {
            return;
        } else {
            let crc = crc32fast::hash(&bytes[at + 6..end]);
            bytes[at..at + 4].copy_from_slice(&crc.to_le_bytes());
            at = end;
        }
    }
}
