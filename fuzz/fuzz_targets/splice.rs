//! Saving into JSON text: the result parses, contains the new histogram, and every other byte is unchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::catalog::{FileSpan, Stamp};
use rebin::document::save::{Replacement, replace};
use rebin::format::document;
use rebin::hist::{Edges, Histogram, Numbers};
use rebin::wandb;
use std::path::PathBuf;

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (choice, count, text) = input;
    let Ok(found) = document::read(text) else { return };
    // The members of a histogram may be apart, as in an inspected log. Such a text cannot be saved in place.
    if found.scattered {
        return;
    }
    let all: Vec<_> = found.series.iter().flat_map(|series| &series.entries).collect();
    let Some(entry) = all.get(usize::from(choice) % all.len().max(1)) else { return };
    let edges = Edges::new(Numbers::floats(vec![0.0, 1.0])).expect("two edges");
    let histogram = Histogram::new(edges, Numbers::ints([i128::from(count)])).expect("one bin");
    let histogram = wandb::Histogram::from_hist(&histogram).expect("a histogram of W&B");
    let path: PathBuf = std::env::temp_dir().join(format!("rebin-splice-{}.json", std::process::id()));
    std::fs::write(&path, text).expect("a temporary file");
    let span =
        FileSpan { path: path.clone(), span: entry.span.clone(), extra: entry.extra.clone(), stamp: Stamp::of(text) };
    let rewritten = replace(&path, &[(span, Replacement::Histogram(&histogram))]).expect("a regular file");
    let written = std::fs::read(&path).expect("the file was written");
    let _ = std::fs::remove_file(&path);
    assert_eq!(written, rewritten.text);
    let Some(change) = rewritten.changes.first() else { return assert_eq!(written, text) };
    let new = &change.after.span;
    assert_eq!(written[..new.start], text[..entry.span.start]);
    assert_eq!(written[new.end..], text[entry.span.end..]);
    let again = document::read(&written).expect("the text is still valid");
    let again = again.series.iter().flat_map(|series| &series.entries).find(|entry| entry.span == *new);
    let again = again.expect("the histogram is at the new position");
    assert_eq!(again.histogram.values(), histogram.values());
    assert_eq!(again.histogram.bins(), histogram.bins());
});
