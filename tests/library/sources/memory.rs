//! The memory limit: input within it is loaded, larger input is streamed or rejected.

use super::population;
use crate::npy::npy;
use rebin::catalog::Content;
use rebin::engine::{MemoryLimit, Part};
use rebin::hist::Samples;
use rebin::source::{self, Input, Pool, Require, Task};
use std::fs;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn limited(bytes: u64) -> Task {
    Task { memory: MemoryLimit(bytes).into(), ..Task::default() }
}

#[test]
fn compact_json_stays_within_the_memory_limit() {
    let many = |item: &str| vec![item; 50_000].join(",");
    let texts = [
        format!("[{}]", many("{}")),
        format!("[{}]", many("[[1]]")),
        format!("{{{}}}", many("\"\":0")),
        format!("[1,{}]", many("\"\"")),
        format!("{{\"a\": [{}], \"b\": \"\"}}", many("1,12345678901234567,1,1,1,1")),
        "{\"a\":[1]}\n".repeat(50_000),
        format!("{{torn\n{}", "{\"a\":[1]}\n".repeat(50_000)),
    ];
    for text in texts {
        let error = source::open_reader("-", text.as_bytes(), &limited(2 << 20)).err().unwrap().to_string();
        assert!(text.len() < 2 << 20 && error.contains("more than the 2.0 MiB memory limit"), "{error}");
    }
    let numbers = format!("{{\"a\": [{}], \"b\": \"\"}}", many("1"));
    assert_eq!(population(&*source::open_reader("-", numbers.as_bytes(), &limited(2 << 20)).unwrap(), 0).len(), 50_000);
}

#[test]
fn many_small_arrays_are_streamed_with_few_open_files() {
    let folder = tempfile::tempdir().unwrap();
    let files = (0..200_u8).map(|i| {
        let path = folder.path().join(format!("{i}.npy"));
        fs::write(&path, npy("|u1", "(100,)", &[i; 100])).unwrap();
        Input::Path(path)
    });
    let pool = Pool { key: None, inputs: files.collect(), require: Require::Series };
    let all = population(&*source::open(&Input::Pool(pool), &limited(1000)).unwrap(), 0);
    let streams = all.parts().iter().filter(|part| matches!(part, Part::Stream(_))).count();
    assert_eq!((all.len(), streams, all.summary().max), (20_000, 190, 199.0));
    let expected: Vec<u8> = (0..200).flat_map(|i| [i; 100]).collect();
    assert_eq!(all.samples().unwrap(), Samples::U8(expected));
}

#[test]
fn files_that_exceed_the_limit_together_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let files = (0..20).map(|i| {
        let path = folder.path().join(format!("{i}.csv"));
        fs::write(&path, "1\n".repeat(1000)).unwrap();
        Input::Path(path)
    });
    let pool = Input::Pool(Pool { key: None, inputs: files.collect(), require: Require::Nothing });
    let error = source::open(&pool, &limited(100_000)).err().unwrap().to_string();
    assert!(error.starts_with("the samples of all files need more than the 97.7 KiB memory limit"), "{error}");
    assert_eq!(population(&*source::open(&pool, &limited(1 << 20)).unwrap(), 0).len(), 20_000);
}

#[test]
fn damage_in_a_streamed_zip_member_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    let numbers: Vec<u8> = (0..100_000_u32).map(|i| (i % 251) as u8).collect();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("w.npy", plain).unwrap();
    zip.write_all(&npy("|u1", "(100000,)", &numbers)).unwrap();
    zip.write_all(b"trailing").unwrap();
    let mut file = zip.finish().unwrap().into_inner();
    let load = |file: &[u8]| {
        fs::write(&path, file).unwrap();
        let source = source::open(&Input::Path(path.clone()), &limited(10_000)).unwrap();
        source.load(0, 0, &limited(0)).map_err(|error| error.to_string())
    };
    let Content::Raw(samples) = load(&file).unwrap() else { panic!("expected samples") };
    assert!(matches!(samples.parts(), [Part::Stream(_)]));
    assert_eq!(samples.samples().unwrap(), Samples::U8(numbers));
    file[70_000] ^= 1;
    let error = load(&file).unwrap_err();
    assert!(error.ends_with("a.npz: w: damaged data: the CRC-32 does not match the one in the archive"));
}
