//! Histograms in JSON and JSONL: each span is inside its root, and each histogram is equal after a round trip.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::format::document;
use rebin::wandb::Form;

fuzz_target!(|text: &[u8]| {
    let Ok(found) = document::read(text) else { return };
    for series in &found.series {
        for entry in &series.entries {
            assert!(entry.span.end <= text.len());
            assert!(
                found
                    .roots
                    .iter()
                    .any(|root| root.item.span.start <= entry.span.start && entry.span.end <= root.item.span.end)
            );
            let inside = |span: &std::ops::Range<usize>| entry.span.start < span.start && span.end < entry.span.end;
            assert!(entry.extra.iter().all(inside));

            let form = entry.histogram.form();
            let written = entry.histogram.to_json_as(form);
            let again = document::read(written.as_bytes()).expect("to_json_as writes valid JSON");
            let again = &again.series[0].entries[0];
            assert_eq!(again.span, 0..written.len());
            // Rounded edges may not have a packed form.
            assert!(again.histogram.form() == form || form == Form::Packed);
            assert_eq!(again.histogram.bins(), entry.histogram.bins());
            assert_eq!(again.histogram.values(), entry.histogram.values());
        }
    }
});
