//! Tables in text: no panic, and each cell of each row is a sample, missing or bad.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::engine::Task;
use rebin::format::table;

fuzz_target!(|bytes: &[u8]| {
    let Ok(table) = table::read(bytes, &Task::default()) else { return };
    assert!(table.rows <= bytes.len() as u64);
    for column in &table.columns {
        assert_eq!(column.samples.len() as u64 + column.missing + column.bad, table.rows);
    }
});
