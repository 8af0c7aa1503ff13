//! Parquet and Arrow: exported W&B histories and ordinary tables.

use arrow_array::types::{DurationMicrosecondType, Float64Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, DurationMicrosecondArray, Float64Array, Int64Array, ListArray, RecordBatch,
    StringArray, StructArray, UInt64Array,
};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::Field;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use rebin::catalog::{Content, Steps};
use rebin::engine::{MemoryLimit, Part, Upcoming, count_all};
use rebin::hist::{Bins, Samples, Segment};
use rebin::source::{self, Input, Source, Task};
use rebin::wandb::numbers_text;
use std::fs;
use std::sync::Arc;

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    parquet_in_groups(columns, 2)
}

fn parquet_in_groups(columns: Vec<(&str, ArrayRef)>, rows: usize) -> Vec<u8> {
    let nullable = columns.into_iter().map(|(name, column)| (name, column, true));
    let batch = RecordBatch::try_from_iter_with_nullable(nullable).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(rows)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn open(bytes: &[u8]) -> Arc<dyn Source> {
    source::open_reader("-", bytes, &Task::default()).unwrap()
}

/// Prints each series on a line: its key, its steps and its entries.
fn outline(source: &dyn Source) -> Vec<String> {
    let entry = |series, step| match source.load(series, step, &Task::default()) {
        Ok(Content::Logged(logged)) => {
            format!("{} in {}", numbers_text(logged.histogram.values()), numbers_text(logged.histogram.bins()))
        }
        Ok(Content::Raw(samples)) => format!("{:?}, {} missing", samples.samples().unwrap(), samples.missing()),
        Err(why) => why.to_string(),
    };
    let all = source.info().series.iter().enumerate();
    all.map(|(i, series)| {
        let entries: Vec<_> = (0..series.steps.len()).map(|step| entry(i, step)).collect();
        let steps = match &series.steps {
            Steps::Known(steps) => format!("{steps:?}"),
            Steps::Unknown(n) => n.to_string(),
        };
        format!("{} {steps}: {}", series.key(), entries.join("; "))
    })
    .collect()
}

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

fn floats(rows: &[&[f64]]) -> ArrayRef {
    let rows = rows.iter().map(|row| Some(row.iter().map(|x| Some(*x))));
    array(ListArray::from_iter_primitive::<Float64Type, _, _>(rows))
}

fn integers(rows: &[&[i64]]) -> ArrayRef {
    let rows = rows.iter().map(|row| Some(row.iter().map(|x| Some(*x))));
    array(ListArray::from_iter_primitive::<Int64Type, _, _>(rows))
}

fn record(members: &[(&str, ArrayRef)], logged: &[bool]) -> ArrayRef {
    let fields: Vec<Field> =
        members.iter().map(|(name, member)| Field::new(*name, member.data_type().clone(), true)).collect();
    let members = members.iter().map(|(_, member)| Arc::clone(member)).collect();
    array(StructArray::try_new(fields.into(), members, Some(logged.to_vec().into())).unwrap())
}

const KIND: [&str; 3] = ["histogram"; 3];

#[test]
fn a_history_has_each_histogram_at_its_logged_step() {
    let kind = array(StringArray::from(KIND.to_vec()));
    let grad = record(
        &[
            ("_type", Arc::clone(&kind)),
            ("bins", floats(&[&[0.0, 1.0, 2.0], &[], &[0.5, 1.5]])),
            ("values", integers(&[&[1, 2], &[], &[3]])),
        ],
        &[true, false, true],
    );
    let packed = record(
        &[
            ("count", array(Int64Array::from(vec![2, 2, 2]))),
            ("min", array(Float64Array::from(vec![-1.0; 3]))),
            ("size", array(Float64Array::from(vec![0.5; 3]))),
        ],
        &[true; 3],
    );
    let weights = record(
        &[("_type", Arc::clone(&kind)), ("packedBins", packed), ("values", floats(&[&[], &[5.0, 6.0], &[]]))],
        &[false, true, false],
    );
    let text = r#"{"_type": "histogram", "values": [7], "bins": [0, 1]}"#;
    let history = parquet(vec![
        ("_step", array(UInt64Array::from(vec![10, 20, 30]))),
        ("_timestamp", array(Float64Array::from(vec![1.5; 3]))),
        ("grad", grad),
        ("loss", array(Float64Array::from(vec![Some(0.5), None, Some(0.25)]))),
        ("weights", weights),
        ("text", array(StringArray::from(vec![None, Some(text), Some("{\"_type\": 1")]))),
        ("flat._type", array(StringArray::from(vec![None, Some("histogram"), None]))),
        ("flat.values", floats(&[&[], &[8.0], &[]])),
        ("flat.bins", floats(&[&[], &[0.0, 4.0], &[]])),
        ("name", array(StringArray::from(vec!["a", "b", "c"]))),
    ]);
    let source = open(&history);
    assert_eq!(
        outline(&*source),
        [
            "flat [20]: [8.0] in [0.0, 4.0]",
            "grad [10, 30]: [1, 2] in [0.0, 1.0, 2.0]; [3] in [0.5, 1.5]",
            "weights [20]: [5.0, 6.0] in [-1.0, -0.5, 0.0]",
            "text [20, 30]: [7] in [0, 1]; cannot read -: row 3 of 'text': line 1, column 12: \
                expected `,` or `}`, found the end of the text",
            "loss 1: F64([0.5, 0.25]), 1 missing",
        ]
    );
    assert_eq!(source.info().title, "Parquet, 10 columns, 3 rows");
    assert_eq!(source.info().details, [("skipped columns".to_owned(), "name (text)".to_owned())]);
    assert_eq!(source.info().problems[0].to_string(), "file: skipped column name (text)");
}

#[test]
fn an_invalid_histogram_is_reported_with_its_row() {
    let kinds = array(StringArray::from(vec!["histogram", "image-file", "histogram"]));
    let broken = record(
        &[
            ("_type", kinds),
            ("bins", floats(&[&[0.0], &[0.0, 1.0], &[0.0, 1.0]])),
            ("values", floats(&[&[1.0], &[1.0], &[2.0]])),
        ],
        &[true; 3],
    );
    assert_eq!(
        outline(&*open(&parquet(vec![("h", broken)]))),
        ["h 3: cannot read -: row 1 of 'h': len(bins) must be len(histogram) + 1; \
            cannot read -: row 2 of 'h': `_type` is \"image-file\", not \"histogram\"; [2.0] in [0.0, 1.0]"]
    );
}

#[test]
fn a_broken_histogram_can_be_repaired() {
    let kinds = array(StringArray::from(vec!["histogram"; 2]));
    let broken = record(
        &[
            ("_type", kinds),
            ("bins", floats(&[&[3.0, 2.0, 1.0], &[0.0, 1.0]])),
            ("values", floats(&[&[10.0, 20.0, 30.0], &[f64::NAN]])),
        ],
        &[true; 2],
    );
    let source = open(&parquet(vec![("h", broken)]));
    let Ok(Content::Logged(logged)) = source.load(0, 0, &Task::default()) else {
        panic!("expected a logged histogram")
    };
    assert_eq!(logged.histogram.check().unwrap_err().to_string(), "len(bins) must be len(histogram) + 1");
    let repaired = logged.histogram.repair().unwrap().histogram;
    assert_eq!(repaired.edges().as_f64(), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(repaired.counts().as_f64(), [30.0, 20.0, 10.0]);
}

#[test]
fn numbers_in_lists_structs_and_dictionaries_keep_their_types_and_gaps() {
    let keys = arrow_array::Int32Array::from(vec![Some(1), None, Some(0)]);
    let coded = DictionaryArray::<Int32Type>::new(keys, array(Float64Array::from(vec![0.5, 1.5])));
    let inner = record(&[("x", array(Int64Array::from(vec![Some(1), None, Some(3)])))], &[true, true, false]);
    let deep = record(&[("in", inner), ("list", integers(&[&[1], &[2, 3], &[4]]))], &[true; 3]);
    let lists = ListArray::from_iter_primitive::<Float64Type, _, _>([
        Some(vec![Some(1.0), None]),
        None,
        Some(vec![Some(i32::MAX.into())]),
    ]);
    let bytes = parquet(vec![
        ("coded", array(coded)),
        ("deep", deep),
        ("lists", array(lists)),
        ("_step", array(Int64Array::from(vec![1, 2, 3]))),
    ]);
    assert_eq!(
        outline(&*open(&bytes)),
        [
            "coded 1: F64([1.5, 0.5]), 1 missing",
            "deep.in.x 1: I64([1]), 2 missing",
            "deep.list 1: I64([1, 2, 3, 4]), 0 missing",
            "lists 1: F64([1.0, 2147483647.0]), 2 missing",
            "_step 1: I64([1, 2, 3]), 0 missing",
        ],
        "without a histogram, the steps are ordinary numbers"
    );
}

/// Parquet stores durations as integers. Only the schema that Arrow writers add distinguishes them.
#[test]
fn durations_are_reported_and_skipped() {
    let duration = || array(DurationMicrosecondArray::from(vec![5, 6]));
    let list = ListArray::from_iter_primitive::<DurationMicrosecondType, _, _>([Some([Some(5)]), Some([Some(6)])]);
    let x = array(Float64Array::from(vec![1.0, 2.0]));
    let bytes = parquet(vec![
        ("duration", duration()),
        ("list", array(list)),
        ("record", record(&[("d", duration()), ("x", x)], &[true, true])),
        ("n", array(Int64Array::from(vec![7, 8]))),
    ]);
    let source = open(&bytes);
    let expected = ["record.x 1: F64([1.0, 2.0]), 0 missing", "n 1: I64([7, 8]), 0 missing"];
    assert_eq!(outline(&*source), expected);
    let problems: Vec<String> = source.info().problems.iter().map(ToString::to_string).collect();
    let skipped = ["duration", "list", "record.d"].map(|name| format!("file: skipped column {name} (Duration(µs))"));
    assert_eq!(problems, skipped);
}

#[test]
fn streams_and_histograms_in_lists_and_maps_are_read() {
    for (name, title) in [
        ("arrow_stream.arrow", "Arrow stream, 6 columns, 3 rows"),
        ("arrow_stream_zstd.arrow", "Arrow stream, 6 columns, 3 rows"),
        ("pq_nested.parquet", "Parquet, 6 columns, 3 rows"),
    ] {
        let bytes = fs::read(format!("tests/samples/columnar/{name}")).unwrap();
        let source = open(&bytes);
        assert_eq!(source.info().title, title);
        assert_eq!(
            outline(&*source),
            [
                "grad [0, 9]: [1, 2] in [0.0, 1.0, 2.0]; [3] in [0.0, 1.0]",
                "list.0 [0, 9]: [1] in [0.0, 1.0]; [4] in [0.0, 1.0]",
                "list.1 [0]: [2, 3] in [0.0, 1.0, 2.0]",
                "per.value 1: F64([1.5, 2.5, 3.5]), 1 missing",
                "loss 1: F32([0.5, 0.25]), 1 missing",
            ],
            "{name}"
        );
    }
}

#[test]
fn a_truncated_stream_keeps_its_complete_batches() {
    let batch = |values: Vec<i64>| RecordBatch::try_from_iter([("x", array(Int64Array::from(values)))]).unwrap();
    let (one, two) = (batch(vec![1, 2]), batch(vec![3]));
    let mut writer = StreamWriter::try_new(Vec::new(), &one.schema()).unwrap();
    let schema = writer.get_ref().len();
    writer.write(&one).unwrap();
    let first = writer.get_ref().len();
    writer.write(&two).unwrap();
    let second = writer.get_ref().len();
    let bytes = writer.into_inner().unwrap();
    let complete = ["x 1: I64([1, 2, 3]), 0 missing"];
    for end in schema + 1..=bytes.len() {
        let found = source::open_reader("-", &bytes[..end], &Task::default());
        if end < first {
            let why = found.err().unwrap().to_string();
            assert!(why.contains("the first batch is incomplete"), "{why}");
            continue;
        }
        let source = found.unwrap();
        let problems: Vec<String> = source.info().problems.iter().map(ToString::to_string).collect();
        // The end marker is optional.
        if [first, second, bytes.len()].contains(&end) {
            assert!(problems.is_empty(), "cut after {end} bytes: {problems:?}");
        } else {
            let (at, rows) = if end < second { (first, 2) } else { (second, 3) };
            assert_eq!(problems, [format!("byte {at}: the stream is truncated here, after {rows} rows")]);
        }
        let samples = if end < second { ["x 1: I64([1, 2]), 0 missing"] } else { complete };
        assert_eq!(outline(&*source), samples, "cut after {end} bytes");
    }
}

#[test]
fn a_damaged_stream_causes_a_one_line_error() {
    let bytes = fs::read("tests/samples/columnar/arrow_stream.arrow").unwrap();
    // The last eight bytes mark the end.
    for end in (9..bytes.len() - 8).step_by(7) {
        let found = source::open_reader("-", &bytes[..end], &Task::default());
        let why = match found {
            Ok(source) => source.info().problems[0].to_string(),
            Err(why) => why.to_string(),
        };
        assert!(why.contains("truncated") && !why.contains('\n'), "cut after {end} bytes: {why}");
    }
    for at in 4..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        let lines = match source::open_reader("-", &damaged[..], &Task::default()) {
            Ok(source) => outline(&*source),
            Err(why) => vec![why.to_string()],
        };
        assert!(lines.iter().all(|line| !line.contains('\n')), "byte {at}: {lines:?}");
    }
}

#[test]
fn a_file_reads_like_a_pipe_until_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wrong");
    let bytes = parquet(vec![("x", array(Int64Array::from(vec![4, 5, 6])))]);
    fs::write(&path, &bytes).unwrap();
    let source = source::open(&Input::Path(path.clone()), &Task::default()).unwrap();
    let task = Task::default();
    match source.load(0, 0, &task).unwrap() {
        Content::Raw(found) => assert_eq!(found.samples(), Ok(Samples::I64(vec![4, 5, 6]))),
        Content::Logged(logged) => panic!("{logged:?}"),
    }
    assert!(task.progress.get().0 > 0);
    task.cancel.cancel();
    assert_eq!(source.load(0, 0, &task).err().unwrap().to_string(), "cancelled");
    fs::write(&path, [&bytes[..], &bytes[..]].concat()).unwrap();
    let why = source.load(0, 0, &Task::default()).err().unwrap().to_string();
    assert!(why.ends_with("the file changed after it was opened; open it again"), "{why}");
}

#[test]
fn damage_anywhere_causes_a_one_line_error() {
    let bytes = parquet(vec![
        ("x", array(Float64Array::from(vec![Some(1.0), None, Some(3.0)]))),
        ("lists", integers(&[&[1, 2], &[], &[3]])),
    ]);
    let read = |bytes: &[u8]| {
        let found = source::open_reader("-", bytes, &Task::default()).map(|source| outline(&*source).join("\n"));
        let text = found.map_err(|why| why.to_string());
        assert!(!text.as_ref().is_err_and(|why| why.contains('\n')), "{text:?}");
        text
    };
    read(&bytes).unwrap();
    for end in (5..bytes.len()).step_by(7) {
        assert!(read(&bytes[..end]).is_err(), "cut after {end} bytes");
    }
    for at in 4..bytes.len() {
        let mut damaged = bytes.clone();
        for flip in [0x01, 0x80, 0xff] {
            damaged[at] = bytes[at] ^ flip;
            _ = read(&damaged);
        }
    }
}

#[test]
fn a_small_file_with_much_data_stays_within_the_memory_limit() {
    let zeros = parquet_in_groups(vec![("x", array(Int64Array::from(vec![0; 100_000])))], 100_000);
    let list = parquet(vec![("x", floats(&[&[0.0; 100_000]]))]);
    let limited = |bytes| Task { memory: MemoryLimit(bytes).into(), ..Task::default() };
    for (file, needed) in [(&zeros, 1 << 20), (&list, 4 << 20)] {
        let source = open(file);
        assert!(file.len() < 10_000, "{}", file.len());
        let refused = source.load(0, 0, &limited(500_000)).unwrap_err().to_string();
        assert!(refused.contains("needs more than the 488.3 KiB memory limit"), "{refused}");
        let Content::Raw(found) = source.load(0, 0, &limited(needed)).unwrap() else { panic!("samples") };
        assert_eq!((found.len(), found.summary().zeros), (100_000, 100_000));
    }
    assert_eq!(open(&list).info().details, [("flattened lists".to_owned(), "x".to_owned())]);
}

#[test]
fn nan_and_infinities_are_located_by_row() {
    let x = array(Float64Array::from(vec![Some(1.0), None, Some(f64::NAN), Some(2.0), None, Some(f64::NEG_INFINITY)]));
    let lists = floats(&[&[1.0, 2.0], &[], &[3.0], &[4.0, f64::INFINITY], &[f64::NAN], &[]]);
    let bytes = parquet(vec![("x", x), ("lists", lists)]);
    let task = Task::default();
    let problems = |series: usize, source: &dyn Source| {
        let Content::Raw(samples) = source.load(series, 0, &task).unwrap() else { panic!() };
        samples.non_finite_problems().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let source = open(&bytes);
    assert_eq!(problems(0, &*source), ["row 3: NaN, which is not in any bin", "row 6: -inf, which is not in any bin"]);
    let expected = ["row 5: NaN, which is not in any bin", "row 4, value 2: +inf, which is not in any bin"];
    assert_eq!(problems(1, &*source), expected);
}

#[test]
fn row_groups_that_exceed_the_memory_limit_are_streamed() {
    let cell = |i: i32| (i % 7 != 0).then(|| f64::from(i % 1009) - 500.0);
    let lists = (0..300_000).map(|i| (i % 5 != 0).then(|| vec![cell(i), cell(i + 1)]));
    let columns = || {
        let lists = ListArray::from_iter_primitive::<Float64Type, _, _>(lists.clone());
        vec![("x", array(Float64Array::from((0..300_000).map(cell).collect::<Vec<_>>()))), ("lists", array(lists))]
    };
    let source = open(&parquet_in_groups(columns(), 250));
    let load = |series, task: &Task| match source.load(series, 0, task).unwrap() {
        Content::Raw(found) => found,
        Content::Logged(logged) => panic!("{logged:?}"),
    };
    let short = Task { memory: MemoryLimit(4 << 20).into(), ..Task::default() };
    for series in [0, 1] {
        let (whole, streamed) = (load(series, &Task::default()), load(series, &short));
        assert!(matches!(whole.parts(), [Part::Memory(_)]) && matches!(streamed.parts(), [Part::Stream(_)]));
        assert_eq!((whole.len(), whole.missing()), (streamed.len(), streamed.missing()));
        assert_eq!(whole.samples(), streamed.samples());
        assert_eq!(whole.stats(&Task::default()), streamed.stats(&Task::default()));
    }
}

/// A large column is decoded in blocks, but its values have the same places as those of a small one.
#[test]
fn values_of_large_columns_have_their_rows() {
    let cells = |n: u32| (0..n).map(|i| (i % 7 != 0).then(|| f64::from(i)));
    let n = 2_500_000;
    let column = array(Float64Array::from(cells(n).collect::<Vec<_>>()));
    let source = open(&parquet_in_groups(vec![("x", column)], 999_999));
    let task = Task { upcoming: Upcoming::Histogram(64), ..Task::default() };
    let Content::Raw(large) = source.load(0, 0, &task).unwrap() else { panic!() };
    assert!(matches!(large.parts(), [Part::Stream(_)]));
    assert_eq!(large.missing(), cells(n).filter(Option::is_none).count() as u64);
    let last = Segment { lo: f64::from(n - 3), hi: f64::from(n) };
    let found = large.values_in(last, true, 10, &task).unwrap();
    let found: Vec<String> = found.values.iter().map(|placed| format!("{:?} {}", placed.value, placed.at)).collect();
    let expected = (n - 3..n).rev().filter(|i| i % 7 != 0).map(|i| format!("Float({i}.0) row {}", i + 1));
    assert_eq!(found, expected.collect::<Vec<_>>());
    let (counted, _) = count_all(&large, &Bins::Count(64), None, &task).unwrap();
    let Content::Raw(other) = source.load(0, 0, &Task::default()).unwrap() else { panic!() };
    assert_eq!(counted, count_all(&other, &Bins::Count(64), None, &Task::default()).unwrap().0);
}

/// The range in the statistics of a file saves a pass, but only if the samples have this range.
#[test]
fn wrong_statistics_do_not_change_the_counts() {
    let cells = (0..200_000).map(|i| (i % 7 != 0).then(|| f64::from(i % 1009) - 500.0));
    let right = parquet_in_groups(vec![("x", array(Float64Array::from(cells.collect::<Vec<_>>())))], 7_000);
    let (rest, _) = right.split_last_chunk::<4>().unwrap();
    let length = u32::from_le_bytes(*rest.last_chunk().unwrap());
    let footer = right.len() - 8 - length as usize;
    let replaced = |from: f64, to: f64| {
        let mut bytes = right.clone();
        let (from, to) = (from.to_le_bytes(), to.to_le_bytes());
        let found: Vec<usize> = (footer..bytes.len() - 8).filter(|at| bytes[*at..].starts_with(&from)).collect();
        assert!(!found.is_empty(), "the footer states the range");
        for at in found {
            bytes[at..at + 8].copy_from_slice(&to);
        }
        bytes
    };
    let count = |bytes: &[u8], memory: MemoryLimit| {
        let task = Task { memory: memory.into(), ..Task::default() };
        let of = |upcoming| {
            let task = Task { upcoming, ..task.clone() };
            let Content::Raw(found) = open(bytes).load(0, 0, &task).unwrap() else { panic!() };
            (found.knows(64, None), count_all(&found, &Bins::Count(64), None, &task).unwrap())
        };
        let ((ready, all), (_, one)) = (of(Upcoming::AllHistograms), of(Upcoming::Histogram(64)));
        assert_eq!(all, one);
        (ready, all)
    };
    let (_, expected) = count(&right, MemoryLimit::default());
    let streamed = MemoryLimit(3_000_000);
    assert_eq!(count(&right, streamed), (true, expected.clone()));
    for (from, to) in [(508.0, 600.0), (508.0, 400.0), (-500.0, -500.5), (-500.0, f64::NAN), (508.0, f64::MAX)] {
        assert_eq!(count(&replaced(from, to), streamed), (false, expected.clone()), "{from} became {to}");
    }
}

#[test]
fn a_table_without_numbers_names_the_types_of_its_columns() {
    let texts = |_| array(StringArray::from(vec!["a", "b"]));
    let columns = ["u", "v", "w", "x", "y"].map(|name| (name, texts(name)));
    let error = source::open_reader("-", &*parquet(columns.to_vec()), &Task::default()).err().unwrap().to_string();
    assert!(error.ends_with("numbers; skipped u (text), v (text), w (text), 2 more"), "{error}");
}

/// polars writes such a file.
#[test]
fn integers_of_128_bits_in_an_arrow_file_are_named() {
    let bytes = fs::read("tests/samples/columnar/int128.arrow").unwrap();
    let error = source::open_reader("-", &*bytes, &Task::default()).err().unwrap().to_string();
    assert!(error.contains("column 'y' has integers of 128 bits, which Arrow does not define"), "{error}");
}

#[test]
fn an_unsupported_codec_is_named_with_a_remedy() {
    let source = open(include_bytes!("../samples/columnar/brotli.parquet"));
    let why = source.load(0, 0, &Task::default()).unwrap_err().to_string();
    assert!(why.contains("Brotli compression is not supported; write the file again with zstd or snappy"), "{why}");
}
