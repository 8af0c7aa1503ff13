//! Good and bad files of other programs, compared with what those programs read from them.
//!
//! `manifest.json` lists what numpy or the reference reader read from each `.npy`, `.npz` and `.safetensors` file: type,
//! shape and every value, or the error.

use super::hex_float::hex_float;
use rebin::catalog::{self, Content};
use rebin::hist::Samples;
use rebin::json::{self, Item, Node};
use rebin::source::{self, Input, Source, Task};
use rebin::wandb::{number_text, numbers_text};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

const FOLDER: &str = "tests/samples/raw";

/// Text files with their content as [`outline`] prints it, or with a part of the error.
const TEXTS: [(&str, Result<&str, &str>); 24] = [
    ("csv_crlf_bom.csv", Ok("x: I64([1, 3]); y: I64([2, 4])")),
    ("csv_empty.csv", Err("the input is empty")),
    ("csv_gz.csv.gz", Ok("x: I64([1, 2])")),
    (
        "csv_header.csv",
        Ok("step: I64([0, 1, 2]); loss: F64([1.5, 0.75, 0.001]); \
            line 2, column 'name': skipped column 'name': \"a\" is not a number"),
    ),
    (
        "csv_hexfloat.csv",
        Ok("x: F64([1.0, 0.5, 3.0, inf, -0.0]), 3 bad; \
            line 2, column 'x': \"0x1.8p+1\" is not a number; \
            line 3, column 'x': \"0x10\" is not a number; \
            line 4, column 'x': \"1_000\" is not a number"),
    ),
    ("csv_naninf.csv", Ok("x: F64([NaN, NaN, NaN, inf, -inf, inf, 1.0])")),
    ("csv_no_final_newline.csv", Ok("a: I64([1, 2])")),
    (
        "csv_quoted.csv",
        Ok("x: I64([1, 3]), 1 bad; line 4, column 'x': \"multi\\nline\" is not a number; y, z: I64([2, 4, 5])"),
    ),
    (
        "csv_ragged.csv",
        Ok("a: I64([1, 4, 6]); b: I64([2, 5, 7]); c: I64([3, 8]), 1 missing; 3: I64([9]), 2 missing; \
            line 3: 2 cells instead of 3; line 4: 4 cells instead of 3"),
    ),
    ("csv_semicolon.csv", Ok("x: F64([1.5, 2.5]); y: I64([2, 3])")),
    ("csv_utf16.csv", Ok("a: I64([1]); b: I64([2])")),
    ("csv_ws.txt", Ok("0: I64([1, 4, 7]); 1: I64([2, 5, 8]); 2: I64([3, 6, 9])")),
    ("txt_numbers.txt", Ok(": F64([1.0, 2.0, 3.0])")),
    (
        "json_bigint.json",
        Ok(": F64([9007199254740992.0, 1.8446744073709552e19, 1.2345678901234568e29]); \
            [2]: integer exceeds 64 bits; rounded to 1.2345678901234568e29"),
    ),
    ("json_flat.json", Ok(": F64([1.0, 2.5, -300.0, 0.1])")),
    ("json_hist.json", Ok(": [1, 2] in [0.0, 0.5, 1.0]")),
    (
        "json_hist_packed.json",
        Ok(": [3, 5, 7, 18] in [-0.03076171875, -0.029804229736328125, -0.02884674072265625, \
            -0.027889251708984375, -0.0269317626953125]"),
    ),
    (
        "json_nested.json",
        Ok(": I64([1, 2, 3, 4, 5]); file: the rows have different lengths; flattened into one series"),
    ),
    ("json_nullnan.json", Ok(": F64([1.0, NaN, inf, -inf, 1.0, 7.0]), 1 missing")),
    ("json_number.json", Ok(": I64([5])")),
    ("json_object_arrays.json", Ok("a: I64([1, 2, 3]); b.c: F64([4.5])")),
    ("json_records.json", Ok("x: I64([1, 2]); y: F64([2.5]), 1 missing")),
    ("json_trailing.json", Err("line 1, column 7")),
    ("jsonl_records.jsonl", Ok("step: I64([0, 1, 2]); loss: F64([1.5, 0.5]); extra: I64([1, 2])")),
];

/// Parquet and Arrow files with their content, or with a part of the error. Cells without a value are missing. Text, dates
/// and columns of the null type are skipped.
const COLUMNS: [(&str, Result<&str, &str>); 13] = [
    ("pq_types_none_v1.parquet", Ok(TYPES)),
    ("pq_types_zstd_rg2.parquet", Ok(TYPES)),
    ("pq_bad_magic.parquet", Ok(TYPES)),
    ("pq_bad_page.parquet", Ok(TYPES)),
    ("arrow_file.arrow", Ok(TYPES)),
    ("arrow_bad_magic.arrow", Ok(TYPES)),
    ("feather_v2.feather", Ok(TYPES)),
    (
        "arrow_file_zstd.arrow",
        Ok("w: [1, 2] in [0.0, 1.0, 2.0]; g: [5.0, 6.0] in [-1.0, -0.5, 0.0]; loss: F64([1.0, 0.25]), 1 missing"),
    ),
    ("arrow_bad_trunc.arrow", Err("damaged, truncated or unsupported Arrow file")),
    ("arrow_bad_zero.arrow", Err("the input is empty")),
    ("pq_bad_footerlen.parquet", Err("damaged, truncated or unsupported Parquet file")),
    ("pq_bad_text.parquet", Err("text without a column of numbers")),
    (
        "pq_empty.parquet",
        Ok("f64: F64([]); f32: F32([]); f16: F16([]); i64: I64([]); u8: U8([]); bool: Bool([]); dec: F64([]); \
            file: Decimal128(12, 2) values are rounded to the nearest float64; list: F64([]); fsl: F32([])"),
    ),
];

const TYPES: &str = "f64: F64([1.0, 2.5, NaN]), 1 missing; f32: F32([0.1, 0.2, 0.4]), 1 missing; \
    f16: F16([0.5, 1.0, 2.0, 4.0]); i64: I64([1, 2, 9007199254740993]), 1 missing; u8: U8([0, 1, 254, 255]); \
    bool: Bool([1, 0, 1]), 1 missing; dec: F64([1.0, 2.0, 3.0, 4.0]); \
    file: Decimal128(12, 2) values are rounded to the nearest float64; list: F64([1.0, 2.0, 3.0]), 1 missing; \
    fsl: F32([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])";

fn open(name: &str) -> Result<Arc<dyn Source>, String> {
    let path = PathBuf::from(FOLDER).join(name);
    source::open(&Input::Path(path), &Task::default()).map_err(|error| error.to_string())
}

/// Prints a source on one line: each series with its values, gaps and problems, then the problems of the file.
fn outline(source: &dyn Source) -> String {
    let mut parts = Vec::new();
    for (i, series) in source.info().series.iter().enumerate() {
        let content = match source.load(i, 0, &Task::default()).unwrap() {
            Content::Raw(population) => {
                assert_eq!(population.problems(), series.problems);
                let gap = |n, what| if n > 0 { format!(", {n} {what}") } else { String::new() };
                let (missing, bad) = (gap(population.missing(), "missing"), gap(population.bad(), "bad"));
                format!("{:?}{missing}{bad}", population.samples().unwrap())
            }
            Content::Logged(logged) => {
                let (values, bins) = (logged.histogram.values(), logged.histogram.bins());
                format!("{} in {}", numbers_text(values), numbers_text(bins))
            }
        };
        parts.push(format!("{}: {content}", series.key()));
        parts.extend(series.problems.iter().map(ToString::to_string));
    }
    let problems = source.info().problems.iter().map(ToString::to_string);
    parts.extend(problems.filter(|problem| !problem.starts_with("file: skipped column ")));
    parts.join("; ")
}

#[test]
fn texts_and_columns_have_the_expected_series_and_problems() {
    for (name, expected) in TEXTS.into_iter().chain(COLUMNS) {
        match (open(name), expected) {
            (Ok(source), Ok(expected)) => assert_eq!(outline(&*source), expected, "{name}"),
            (Err(why), Err(part)) => assert!(why.contains(part) && !why.contains('\n'), "{name}: {why}"),
            (Ok(source), Err(_)) => panic!("{name}: {}", outline(&*source)),
            (Err(why), Ok(_)) => panic!("{name}: {why}"),
        }
    }
}

#[test]
fn a_truncated_last_line_is_reported_and_the_rows_before_it_are_kept() {
    let source = open("jsonl_torn.jsonl").unwrap();
    let outline = outline(&*source);
    assert!(outline.starts_with("step: I64([0]); x: I64([1]); line 2, column "), "{outline}");
    assert!(outline.ends_with("the file ends inside this line"), "{outline}");
}

#[test]
fn arrays_equal_numpys_bit_for_bit() {
    let text = fs::read(PathBuf::from(FOLDER).join("manifest.json")).unwrap();
    let manifest = json::parse(&text).unwrap().node;
    let mut seen = 0;
    for name in files().filter(|name| name.starts_with("np")) {
        let entry = &manifest.get(&name).unwrap().node;
        let arrays = entry.get("arrays").map_or(&[][..], items);
        match open(&name) {
            Ok(source) => {
                assert_eq!(source.info().series.len(), arrays.len(), "{name}: {}", source.info().title);
                for (i, array) in arrays.iter().enumerate() {
                    let Content::Raw(found) = source.load(i, 0, &Task::default()).unwrap() else { panic!("{name}") };
                    compare(&format!("{name} {i}"), &array.node, &found.samples().unwrap());
                    assert_eq!(source.info().series[i].key(), string(&array.node, "name"), "{name}");
                }
            }
            Err(why) => {
                assert!(arrays.is_empty(), "{name}: {why}");
                assert!(!why.contains('\n') && why.contains(&name), "{why}");
            }
        }
        seen += 1;
    }
    assert_eq!(seen, 38);
}

#[test]
fn tensors_equal_those_of_the_reference_reader() {
    let text = fs::read(PathBuf::from(FOLDER).join("manifest.json")).unwrap();
    let manifest = json::parse(&text).unwrap().node;
    let mut seen = 0;
    for name in files().filter(|name| name.starts_with("st_")) {
        let entry = &manifest.get(&name).unwrap().node;
        let refused = entry.get("error").is_some_and(|_| !string(entry, "error").starts_with("LOADS"));
        match open(&name) {
            Ok(source) => {
                assert!(!refused, "{name}");
                let keys: Vec<String> = source.info().series.iter().map(catalog::Series::key).collect();
                for array in entry.get("arrays").map_or(&[][..], items) {
                    let key = string(&array.node, "name");
                    let at = keys.iter().position(|found| found == key).unwrap();
                    let Content::Raw(found) = source.load(at, 0, &Task::default()).unwrap() else { panic!("{name}") };
                    compare(&format!("{name} {key}"), &array.node, &found.samples().unwrap());
                }
            }
            Err(why) => assert!(refused && !why.contains('\n') && why.contains(&name), "{why}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 9);
    let lib = open("st_lib.safetensors").unwrap();
    assert_eq!(lib.info().title, "safetensors, 2 tensors");
    assert_eq!(lib.info().details[0], ("step".to_owned(), "7".to_owned()));
    let twice = open("st_bad_dupkey.safetensors").unwrap();
    assert_eq!(twice.info().problems[0].to_string(), "a: several tensors have this name; rebin reads the last one");
}

#[test]
fn every_sample_file_has_an_expectation() {
    let others = ["manifest.json", "jsonl_torn.jsonl"];
    for name in files().filter(|name| !name.starts_with("np") && !name.starts_with("st_")) {
        assert!(
            TEXTS.iter().chain(&COLUMNS).any(|(text, _)| *text == name) || others.contains(&name.as_str()),
            "{name}"
        );
    }
}

fn files() -> impl Iterator<Item = String> {
    fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap())
}

fn items(item: &Item) -> &[Item] {
    match &item.node {
        Node::Array(items) => items,
        _ => &[],
    }
}

fn string<'n>(node: &'n Node, name: &str) -> &'n str {
    match &node.get(name).unwrap().node {
        Node::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

/// Compares type, number of elements and values. Floats are compared by their bits.
fn compare(what: &str, array: &Node, samples: &Samples) {
    let dtype = string(array, "dtype");
    let code = format!("{}{}", &samples.dtype().name()[..1], dtype.trim_start_matches(|c: char| !c.is_ascii_digit()));
    assert!(dtype == samples.dtype().name() || dtype.ends_with(&code), "{what}: {dtype}");
    let shape = match &array.get("shape").unwrap().node {
        Node::Numbers(lengths) => lengths.as_f64().iter().product::<f64>(),
        _ => 1.0,
    };
    assert_eq!(shape, samples.len() as f64, "{what}");
    let expected: Vec<String> = match &array.get("c_order").unwrap().node {
        Node::Numbers(numbers) => numbers.iter().map(number_text).collect(),
        Node::Array(items) => items.iter().map(|item| text(&item.node)).collect(),
        other => panic!("{what}: {other:?}"),
    };
    let found: Vec<String> = match samples {
        Samples::F64(v) => v.iter().map(|x| bits(*x)).collect(),
        Samples::F32(v) => v.iter().map(|x| bits(f64::from(*x))).collect(),
        Samples::F16(v) => v.iter().map(|x| bits(f64::from(*x))).collect(),
        Samples::Bool(v) | Samples::U8(v) => v.iter().map(ToString::to_string).collect(),
        Samples::I8(v) => v.iter().map(ToString::to_string).collect(),
        Samples::I16(v) => v.iter().map(ToString::to_string).collect(),
        Samples::I32(v) => v.iter().map(ToString::to_string).collect(),
        Samples::I64(v) => v.iter().map(ToString::to_string).collect(),
        Samples::U16(v) => v.iter().map(ToString::to_string).collect(),
        Samples::U32(v) => v.iter().map(ToString::to_string).collect(),
        Samples::U64(v) => v.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(found, expected, "{what}");
}

fn text(node: &Node) -> String {
    match node {
        Node::Text(hex) => bits(hex_float(hex)),
        other => panic!("{other:?}"),
    }
}

fn bits(x: f64) -> String {
    if x.is_nan() { "nan".to_owned() } else { format!("{:016x}", x.to_bits()) }
}
