//! Opening: the content determines the format, and every failure is a one-line error.

mod checkpoints;
mod folders;
mod hub;
mod memory;
mod tables;
mod torch;

use super::npy::npy;
use rebin::catalog::{Content, SeriesKind, Steps};
use rebin::engine::{MemoryLimit, Part, Population, count};
use rebin::hist::{Bins, Samples};
use rebin::source::{self, Input, Pool, Require, Source, Task};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

fn open(path: &Path) -> Arc<dyn Source> {
    source::open(&Input::Path(path.to_owned()), &Task::default()).unwrap()
}

fn from_bytes(bytes: &[u8]) -> Arc<dyn Source> {
    source::open_reader("-", bytes, &Task::default()).unwrap()
}

fn why(bytes: &[u8]) -> String {
    let error = source::open_reader("-", bytes, &Task::default()).err().unwrap().to_string();
    assert!(!error.contains('\n'), "{error}");
    error
}

fn population(source: &dyn Source, series: usize) -> Arc<Population> {
    match source.load(series, 0, &Task::default()).unwrap() {
        Content::Raw(population) => population,
        Content::Logged(logged) => panic!("{logged:?}"),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn npz(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const HISTOGRAM: &str = r#"{"_type": "histogram", "values": [1, 2], "bins": [0.0, 0.5, 1.0]}"#;

#[test]
fn content_reads_the_same_from_file_and_pipe_under_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let array = npy("<i2", "(2, 2)", &[1, 0, 2, 0, 3, 0, 4, 0]);
    let cases = [
        (array.clone(), "npy int16 (2, 2)", vec![vec![]]),
        (npz(&[("a.npy", array.clone())]), "npz int16 (2, 2)", vec![vec!["a".to_owned()]]),
        (gzip(&array), "npy int16 (2, 2)", vec![vec![]]),
        (gzip(&gzip(b"x,y\n1,2\n")), "CSV, 2 columns, 1 row", vec![vec!["x".into()], vec!["y".into()]]),
        (zstd(&array), "npy int16 (2, 2)", vec![vec![]]),
        (gzip(&zstd(b"x,y\n1,2\n")), "CSV, 2 columns, 1 row", vec![vec!["x".into()], vec!["y".into()]]),
        ([zstd(b"x,y\n"), zstd(b"1,2\n")].concat(), "CSV, 2 columns, 1 row", vec![vec!["x".into()], vec!["y".into()]]),
        (b"x\ty\n1\t2\n3\t4\n".to_vec(), "TSV, 2 columns, 2 rows", vec![vec!["x".into()], vec!["y".into()]]),
        (b"[1, 2, 3]".to_vec(), "JSON, 3 numbers", vec![vec![]]),
        (HISTOGRAM.into(), "histogram, 2 bins", vec![vec![]]),
    ];
    for (i, (bytes, title, paths)) in cases.into_iter().enumerate() {
        let path = folder.path().join(format!("{i}.wrong"));
        fs::write(&path, &bytes).unwrap();
        for source in [open(&path), from_bytes(&bytes)] {
            let info = source.info();
            assert_eq!(info.title, title);
            let found: Vec<_> = info.series.iter().map(|s| s.path.to_vec()).collect();
            assert_eq!(found, paths);
            for series in 0..paths.len() {
                source.load(series, 0, &Task::default()).unwrap();
                assert!(source.load(series, 1, &Task::default()).is_err());
            }
            assert!(source.load(paths.len(), 0, &Task::default()).is_err());
        }
    }
}

#[test]
fn large_texts_read_the_same_from_file_and_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<f64> = (0..250_000).map(|i| f64::from(i) * 0.001 - 7.25).collect();
    let list = values.iter().map(|x| format!("{x:?}")).collect::<Vec<_>>();
    let rows = format!("n,x\n{}\n", list.iter().map(|x| format!("3,{x}")).collect::<Vec<_>>().join("\n"));
    let (most, last) = rows.rsplit_once("\n3,").unwrap();
    let quoted = format!("{most}\n\"3\",{last}");
    for (text, title, last) in [
        (format!("[{}]", list.join(", ")), "JSON, 250,000 numbers", 0),
        (rows, "CSV, 2 columns, 250,000 rows", 1),
        (quoted, "CSV, 2 columns, 250,000 rows", 1),
    ] {
        let path = folder.path().join("text");
        fs::write(&path, &text).unwrap();
        let task = Task::default();
        let from_file = source::open(&Input::Path(path), &task).unwrap();
        let (done, total) = task.progress.get();
        assert!(done >= text.len() as u64 && done <= total + total / 100, "{done} of {total}");
        for source in [from_file, from_bytes(text.as_bytes()), from_bytes(&gzip(text.as_bytes()))] {
            assert_eq!((&*source.info().title, source.info().series.len()), (title, last + 1));
            assert!(population(&*source, last).samples().unwrap() == Samples::F64(values.clone()), "{title}");
        }
    }
}

#[test]
fn large_arrays_are_streamed_from_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let n = 2_200_000;
    let data: Vec<u8> = (0..n).flat_map(|i| (f64::from(i % 1000) - 3.5).to_be_bytes()).collect();
    let file = [&npy(">f8", &format!("({n},)"), &data)[..], b"trailing"].concat();
    fs::write(&path, &file).unwrap();
    let array = population(&*open(&path), 0);
    assert!(matches!(array.parts(), [Part::Stream(_)]));
    assert_eq!((array.len(), array.summary().min, array.summary().max), (2_200_000, -3.5, 995.5));
    let bins = Bins::Count(10);
    let counted = count(&array, &bins, None, &Task::default()).unwrap();
    assert_eq!(counted.counts().as_f64(), [220_000.0; 10]);

    fs::write(&path, &file[..file.len() / 2]).unwrap();
    let changed = count(&array, &bins, None, &Task::default()).unwrap_err().to_string();
    assert!(changed.ends_with("the file changed after it was opened; open it again"), "{changed}");
}

#[test]
fn arrays_in_files_are_read_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    fs::write(&path, npy("|u1", "(3,)", &[1, 2, 3])).unwrap();
    let source = open(&path);
    let task = Task::default();
    assert!(
        matches!(source.load(0, 0, &task).unwrap(), Content::Raw(p) if p.samples() == Ok(Samples::U8(vec![1, 2, 3])))
    );
    let (done, total) = task.progress.get();
    assert!(done > 0 && done == total, "{done} of {total}");

    task.cancel.cancel();
    assert_eq!(source.load(0, 0, &task).unwrap_err(), rebin::Error::Cancelled);
    fs::write(&path, npy("|u1", "(2,)", &[1, 2])).unwrap();
    assert!(source.load(0, 0, &Task::default()).unwrap_err().to_string().contains("replaced"));
    fs::remove_file(&path).unwrap();
    assert!(source.load(0, 0, &Task::default()).unwrap_err().to_string().contains("no such file or directory"));
}

#[test]
fn a_histogram_from_a_file_has_its_span_and_one_from_a_pipe_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.jsonl");
    let text = format!("{{\"_step\": 3, \"h\": {HISTOGRAM}, \"loss\": 0.5}}\n{{\"_step\": 7, \"h\": {HISTOGRAM}}}\n");
    fs::write(&path, &text).unwrap();
    let source = open(&path);
    let info = source.info();
    assert_eq!(info.title, "JSONL, 2 rows");
    let kinds: Vec<_> = info.series.iter().map(|s| (s.key(), s.kind, s.steps.clone())).collect();
    assert_eq!(
        kinds,
        [
            ("h".to_owned(), SeriesKind::Histogram, Steps::Known([3, 7].into())),
            ("loss".to_owned(), SeriesKind::Samples, Steps::Unknown(1))
        ]
    );
    let Content::Logged(logged) = source.load(0, 1, &Task::default()).unwrap() else { panic!("expected a histogram") };
    let origin = logged.origin.unwrap();
    assert_eq!((&text[origin.span], &origin.path), (HISTOGRAM, &path));
    for piped in [from_bytes(text.as_bytes()), from_bytes(&gzip(text.as_bytes()))] {
        let Content::Logged(logged) = piped.load(0, 0, &Task::default()).unwrap() else {
            panic!("expected a histogram")
        };
        assert_eq!(logged.origin, None);
    }
}

#[test]
fn utf16_is_read_as_json_and_as_a_table() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let json = from_bytes(&wide("\u{feff}[1, 2]"));
    assert_eq!(population(&*json, 0).samples().unwrap(), Samples::I64(vec![1, 2]));
    let table = from_bytes(&wide("\u{feff}x,y\r\n1,2.5\r\n"));
    assert_eq!(population(&*table, 1).samples().unwrap(), Samples::F64(vec![2.5]));
    assert!(why(b"\xff\xfe").contains("the input is empty"));
}

#[test]
fn missing_and_bad_cells_are_counted() {
    let source = from_bytes(b"x\n1\nNA\noops\nnan\n");
    let found = population(&*source, 0);
    assert_eq!((found.missing(), found.bad(), found.summary().n, found.summary().nan), (1, 1, 2, 1));
    assert_eq!(source.info().series[0].problems[0].to_string(), "line 4, column 'x': \"oops\" is not a number");
}

#[test]
fn unreadable_input_causes_a_one_line_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = |path: &Path| source::open(&Input::Path(path.to_owned()), &Task::default()).err().unwrap().to_string();
    assert!(error(folder.path()).ends_with("the directory contains nothing to open"));
    assert!(error(&folder.path().join("none")).ends_with("none: no such file or directory"));
    assert_eq!(why(b""), "cannot read -: the input is empty");
    assert!(why(b"Obj\x01").contains("Avro files cannot be read yet; "));
    assert!(why(b"\x80\x04\x95").contains("Python pickles of other objects than tensors are not supported; "));
    assert!(why(b"\x89HDF\r\n\x1a\n").contains("damaged or truncated HDF5 metadata"));
    assert_eq!(why(b"\x89PNG\r\n\x1a\n"), "cannot read -: PNG images are not supported; open the data that it shows");
    assert_eq!(why(b"\x7fELF\x02\x01"), "cannot read -: executables are not supported; open a data file");
    assert!(why(b"hello\n").contains("without a column of numbers"));
    assert!(from_bytes(b"{}").info().series.is_empty(), "an empty object is not an error");
    let short = why(br#"{"_type": "histogram", "values": [1], "bins": [1]}"#);
    assert!(short.ends_with("no readable histograms or numbers; len(bins) must be len(histogram) + 1"), "{short}");
    assert!(why(b"[1, 2,").contains("line 1, column 7"));
    assert!(why(&npz(&[("a/data.pkl", vec![])])).contains("data.pkl: damaged pickle, byte 0: it is truncated"));
    for packed in [gzip(b"x\n1\n2\n"), zstd(b"x\n1\n2\n")] {
        for cut in 3..packed.len() {
            match source::open_reader("-", &packed[..cut], &Task::default()) {
                Ok(source) => assert_eq!(source.info().problems.len(), 1, "cut after {cut} bytes"),
                Err(why) => assert!(!why.to_string().contains('\n'), "cut after {cut} bytes: {why}"),
            }
        }
    }
}

#[test]
fn zeros_after_gzip_are_ignored_and_other_trailing_data_is_reported() {
    for zeros in [1, 512, 100_000] {
        let padded = [gzip(b"x\n1\n"), vec![0; zeros], gzip(b"2\n"), vec![0; zeros]].concat();
        assert_eq!(population(&*from_bytes(&padded), 0).samples().unwrap(), Samples::I64(vec![1, 2]));
    }
    let after_gzip = [gzip(b"x\n1\n"), b"\0\0more than zeros".to_vec()].concat();
    let after_zstd = [zstd(b"x\n1\n"), b"not a frame".to_vec()].concat();
    for source in [after_gzip, after_zstd].map(|packed| from_bytes(&packed)) {
        assert_eq!(population(&*source, 0).samples().unwrap(), Samples::I64(vec![1]));
        assert!(source.info().problems[0].message.starts_with("ignored trailing data"));
    }
}

#[test]
fn complete_rows_of_truncated_compressed_text_are_read() {
    let rows: Vec<String> = (0..50_000).map(|i| format!("{i},{}\n", i * 7919 % 50_000)).collect();
    let rows = rows.concat();
    for packed in [gzip(rows.as_bytes()), zstd(rows.as_bytes())] {
        let source = from_bytes(&packed[..packed.len() - 3]);
        let read = population(&*source, 0).summary().n;
        assert!(read > 0 && read <= 50_000);
        let problem = &source.info().problems[0];
        assert_eq!(problem.at.to_string(), format!("line {}", read + 1));
        assert!(problem.message.starts_with("compressed data is truncated; "), "{problem}");
    }
}

#[test]
fn sizes_claimed_by_compressed_files_are_not_trusted() {
    let claim = npy("<f8", "(1000000000000,)", &vec![0; 1 << 20]);
    assert!(why(&gzip(&claim)).contains("could only read 131072 elements"));
    assert!(why(&zstd(&claim)).contains("could only read 131072 elements"));
    assert!(why(&npz(&[("a", claim.clone())])).contains("could only read 131072 elements"));
    let limited = Task { memory: MemoryLimit(1 << 20).into(), ..Task::default() };
    let numbers = b"0\n".repeat(2 << 20);
    let zeros = npy("|u1", "(2097152,)", &vec![0; 2 << 20]);
    for bomb in [gzip(&numbers), zstd(&numbers), zstd(&gzip(&zeros))] {
        assert!(bomb.len() < 1 << 16);
        let error = source::open_reader("-", &bomb[..], &limited).err().unwrap().to_string();
        assert!(error.contains("more than the 1.0 MiB memory limit") && error.contains("--memory"), "{error}");
    }
    let nested = (0..6).fold(b"1\n2\n".to_vec(), |inner, _| zstd(&inner));
    assert!(why(&nested).contains("nested compression is too deep"));
}

#[test]
fn opening_can_be_cancelled() {
    let task = Task::default();
    task.cancel.cancel();
    for bytes in [b"1\n2\n".as_slice(), b"[1]", &npy("|u1", "(1,)", &[1])] {
        assert_eq!(source::open_reader("-", bytes, &task).err(), Some(rebin::Error::Cancelled));
    }
}

#[test]
fn the_demo_opens_and_saved_histograms_are_discovered() {
    let demo = source::open(&Input::Demo, &Task::default()).unwrap();
    assert_eq!(demo.info().name, "demo");
    assert!(demo.info().series.iter().any(|s| s.kind == SeriesKind::Histogram));

    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("wandb")).unwrap();
    fs::create_dir(folder.path().join("not.histogram.json")).unwrap();
    for name in ["b.histogram.json", "a.histogram.json", "a.json", "wandb/c.histogram.json"] {
        fs::write(folder.path().join(name), HISTOGRAM).unwrap();
    }
    let expected = ["a.histogram.json", "b.histogram.json", "a.json", "wandb/c.histogram.json"];
    assert_eq!(source::expand(folder.path()).0, expected.map(|name| Input::Path(folder.path().join(name))));
}

#[test]
fn a_pool_of_one_file_has_the_name_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    fs::write(&path, npy("|u1", "(3,)", &[1, 2, 3])).unwrap();
    let name = path.to_string_lossy().into_owned();
    let pool = Pool { key: None, inputs: vec![Input::Path(path)], require: Require::Series };
    let source = source::open(&Input::Pool(pool), &Task::default()).unwrap();
    assert_eq!((&source.info().name, source.info().name_of(0)), (&name, name.clone()));
}

#[cfg(unix)]
#[test]
fn files_with_non_unicode_names_and_pipes_with_a_path_open() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"\xff.csv"));
    fs::write(&path, "1\n2\n").unwrap();
    assert_eq!(population(&*open(&path), 0).len(), 2);

    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&npy("|u1", "(1,)", &[5])).unwrap();
    drop(writer);
    let fd = std::os::fd::AsRawFd::as_raw_fd(&reader);
    let source = open(Path::new(&format!("/dev/fd/{fd}")));
    assert_eq!(population(&*source, 0).samples().unwrap(), Samples::U8(vec![5]));
}

#[test]
fn nan_in_large_texts_read_in_chunks_is_located() {
    let folder = tempfile::tempdir().unwrap();
    let problems = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let source = source::open(&Input::Path(path), &Task::default()).unwrap();
        source.info().non_finite.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let value = |i: u32, words: [&str; 2]| match i {
        123_456 | 150_000 => words[0].to_owned(),
        110_000 => words[1].to_owned(),
        i => format!("{i}.5"),
    };
    let rows = (0..200_000).map(|i| value(i, ["nan", "-1e999"]) + ",1\n");
    let expected = [
        "line 123458, column 'x': first of 2 NaN, which are not in any bin",
        "line 110002, column 'x': -inf, which is not in any bin",
    ];
    assert_eq!(problems("large.csv", "x,y\n".to_owned() + &rows.collect::<String>()), expected);
    let elements = (0..200_000).map(|i| value(i, ["NaN", "-1e999"])).collect::<Vec<_>>().join(",\n");
    let expected = ["[123456]: first of 2 NaN, which are not in any bin", "[110000]: -inf, which is not in any bin"];
    assert_eq!(problems("large.json", format!("[{elements}]")), expected);
}
