//! W&B's transaction log, as it comes and with its checksums repaired, so that mutations reach the records: no panic,
//! the same index however the file arrives, and every row inside the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::format::wandb_log::Index;

const BLOCK: usize = 32768;

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let mut repaired = bytes.to_vec();
    repair(&mut repaired);
    read(&repaired);
});

fn read(bytes: &[u8]) {
    let Ok(mut whole) = Index::start(bytes) else { return };
    let mut parts = whole.clone();
    feed(&mut whole, bytes);
    // Anywhere will do, so the bytes decide.
    let cut = bytes.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    feed(&mut parts, &bytes[..cut % (bytes.len() + 1)]);
    feed(&mut parts, bytes);
    assert_eq!(parts.series(), whole.series());
    assert_eq!(parts.problems(), whole.problems());
    assert_eq!(parts.rows(), whole.rows());

    for series in whole.series() {
        assert!(series.steps.len() == series.rows.len() && !series.rows.is_empty());
        for row in &series.rows {
            let end = row.at as usize + row.len as usize;
            // What is wrong with one row is an error of that row.
            let _ = whole.decode(*row, &bytes[row.at as usize..end], &series.path);
        }
    }
}

/// The file so far, from where the index is.
fn feed(index: &mut Index, bytes: &[u8]) {
    if let Some(window) = bytes.get(index.offset() as usize..) {
        let used = index.extend(window);
        index.end(&window[used..]);
    }
}

/// Gives every chunk of the right layout its checksum.
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
