//! Tables in text: no panic, and each cell of each row is a sample, missing, bad or a histogram.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::engine::Task;
use rebin::format::table;

fuzz_target!(|bytes: &[u8]| {
    let Ok(table) = table::read(bytes, &Task::default()) else { return };
    assert!(table.rows <= bytes.len() as u64);
    // A row with too few cells can have its histogram in another column.
    let histograms: usize = table.histograms.iter().map(|series| series.entries.len() + series.problems.len()).sum();
    for column in &table.columns {
        let cells = column.samples.len() as u64 + column.missing + column.bad;
        assert!(cells <= table.rows && table.rows - cells <= histograms as u64);
    }
});
