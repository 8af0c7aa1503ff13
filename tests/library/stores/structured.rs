//! Structured arrays: the number fields of a `.npy` and an `.npz`.

use super::check;
use rebin::catalog::Content;
use rebin::engine::Part;
use rebin::hist::Samples;
use rebin::source::{self, Input, Source, Task};
use std::fs;
use std::path::PathBuf;

#[test]
fn number_fields_are_series_and_other_fields_are_left_out() {
    assert_eq!(check("misc"), (5, 18));
    let path = PathBuf::from("tests/samples/stores/misc/structured_willow.npy");
    let source = source::open(&Input::Path(path), &Task::default()).unwrap();
    let problems: Vec<String> = source.info().problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["name: skipped: text", "text: skipped: text", "when: skipped: times"]);
    assert_eq!(source.info().title, "npy, structured, 5 number fields");
}

/// Array of records of `size` bytes: padding, a float64 at byte 4, and the rest.
fn records(n: usize, size: usize) -> Vec<u8> {
    let descr = format!("[('', '|V4'), ('x', '>f8'), ('y', '<u2', (2,)), ('', '|V{}')]", size - 16);
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': ({n},), }}\n");
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    for i in 0..n {
        let start = bytes.len();
        bytes.extend([0xff; 4]);
        bytes.extend((i as f64 / 8.0).to_be_bytes());
        bytes.extend((i as u16).to_le_bytes());
        bytes.extend((i as u16).wrapping_mul(3).to_le_bytes());
        bytes.resize(start + size, 0xff);
    }
    bytes
}

fn samples(source: &dyn Source, series: usize) -> (Samples, bool) {
    let Content::Raw(population) = source.load(series, 0, &Task::default()).unwrap() else { panic!("samples") };
    (population.samples().unwrap(), matches!(population.parts(), [Part::Stream(_)]))
}

#[test]
fn fields_of_large_files_are_read_in_place() {
    let folder = tempfile::tempdir().unwrap();
    // Records in blocks, and records that are larger than a block.
    for (n, size) in [(400_000, 48), (9, 2 << 20)] {
        let bytes = records(n, size);
        let path = folder.path().join("a.npy");
        fs::write(&path, &bytes).unwrap();
        let on_disk = source::open(&Input::Path(path), &Task::default()).unwrap();
        let piped = source::open_reader("-", bytes.as_slice(), &Task::default()).unwrap();
        let x = Samples::F64((0..n).map(|i| i as f64 / 8.0).collect());
        let y = Samples::U16((0..n).flat_map(|i| [i as u16, (i as u16).wrapping_mul(3)]).collect());
        for (series, expected) in [(0, x), (1, y)] {
            let ((streamed, is_stream), (read, _)) = (samples(&*on_disk, series), samples(&*piped, series));
            assert!(is_stream && streamed == expected, "{n} records of {size} bytes");
            assert_eq!(read, expected, "{n} records of {size} bytes");
        }
        let cut = source::open_reader("-", &bytes[..bytes.len() - 1], &Task::default());
        let why = cut.err().unwrap().to_string();
        assert!(why.contains("could only read"), "{why}");
    }
}
