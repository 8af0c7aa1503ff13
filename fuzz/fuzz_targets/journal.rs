//! Journals: arbitrary bytes never panic, and a damaged journal never yields an entry that was not written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::catalog::SeriesKind;
use rebin::document::journal::{JournalEntry, Writer, decode, encode};
use rebin::document::{BinSpec, Change, Document, Replay, State};

/// The bins of each edit, and bytes to overwrite: position and value.
type Input = (Vec<u8>, Vec<(u16, u8)>, u16);

fuzz_target!(|input: (&[u8], Input)| {
    let (bytes, (edits, damage, cut)) = input;
    if let Ok(journal) = decode(bytes) {
        restore(&journal.entries);
    }
    let entry = |(position, bins): (usize, &u8)| JournalEntry {
        source: "a.json".into(),
        version: None,
        series: vec!["w".into()],
        kind: SeriesKind::Histogram,
        step: None,
        change: Change::Edit {
            position,
            name: format!("{bins} bins"),
            index: usize::from(*bins % 3),
            state: State::of_source(BinSpec::count(usize::from(*bins) + 1)),
        },
    };
    let entries: Vec<JournalEntry> = (1..).zip(&edits).map(entry).collect();
    let (text, _) = encode(&Writer { process: 1, host: "host".into() }, &entries, usize::MAX);
    assert_eq!(decode(text.as_bytes()).expect("a valid journal").entries, entries);
    let mut damaged = text.into_bytes();
    // A checksum of 32 bits finds every damage within four bytes. More could collide.
    let first = damage.first().map_or(0, |(at, _)| *at);
    for (at, value) in damage.iter().take(4) {
        let at = usize::from(first) + usize::from(*at % 4);
        if let Some(byte) = damaged.get_mut(at) {
            *byte = *value;
        }
    }
    if cut > 0 {
        damaged.truncate(usize::from(cut));
    }
    let Ok(journal) = decode(&damaged) else { return };
    let mut written = entries.iter();
    for entry in &journal.entries {
        assert!(written.any(|other| other == entry));
    }
    restore(&journal.entries);
});

fn restore(entries: &[JournalEntry]) {
    let mut document = Document::new(BinSpec::AS_STORED);
    let mut replay = Replay::new(&document);
    for JournalEntry { change, .. } in entries {
        let index = if let Change::Edit { index, .. } = change { Some(*index) } else { None };
        replay.apply(&mut document, change, index);
    }
    while document.undo().is_some() {}
}
