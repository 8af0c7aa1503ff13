use super::*;
use crate::format::document;
use crate::hist::Samples;

fn columns(text: &str) -> Vec<Column> {
    read(&document::read(text.as_bytes()).unwrap(), &Budget::default()).unwrap()
}

fn named(text: &str) -> Vec<(String, Samples)> {
    columns(text).into_iter().map(|c| (c.path.join("/"), c.samples)).collect()
}

fn ints(name: &str, values: &[i64]) -> (String, Samples) {
    (name.to_owned(), Samples::I64(values.to_vec()))
}

fn floats(name: &str, values: &[f64]) -> (String, Samples) {
    (name.to_owned(), Samples::F64(values.to_vec()))
}

#[test]
fn an_array_is_one_series() {
    assert_eq!(named("[1, 2.5, -3e2]"), [floats("", &[1.0, 2.5, -300.0])]);
    assert_eq!(named("[[1, 2], [3, 4]]"), [ints("", &[1, 2, 3, 4])]);
    assert_eq!(named("5"), [ints("", &[5])]);
    assert_eq!(named("[true, false]"), [(String::new(), Samples::Bool(vec![1, 0]))]);
    assert_eq!(named("[]").len(), 1, "an empty array is a series");
    assert!(named("{\"a\": []}").is_empty());
    assert!(named("\"x7\"").is_empty());
}

#[test]
fn ragged_arrays_are_flattened_and_reported() {
    let ragged = columns("[[1, 2], [3, [4, 5]]]");
    assert_eq!(ragged[0].samples, Samples::I64(vec![1, 2, 3, 4, 5]));
    assert_eq!(ragged[0].problems.len(), 1);
    assert!(columns("[[1, 2], [3, 4]]")[0].problems.is_empty());
}

#[test]
fn cells_that_are_not_numbers_are_counted_and_located() {
    let column = columns("[1, null, NaN, Infinity, true, \"x7\"]").remove(0);
    assert_eq!((column.missing, column.bad, column.samples.len()), (1, 1, 4));
    assert_eq!(column.problems[0].to_string(), "[5]: the string \"x7\" is not a number");
    let lines = columns("{\"a\": {\"b\": 1}}\n{\"a\": {\"b\": \"x\"}}\n").remove(0);
    assert_eq!(lines.problems[0].to_string(), "line 2, column 'a.b': the string \"x\" is not a number");
}

#[test]
fn arrays_in_an_object_are_series_but_single_numbers_are_not() {
    let text = r#"{"a": [1, 2, 3], "b": {"c": [4.5]}, "lr": 0.1, "s": "x"}"#;
    assert_eq!(named(text), [ints("a", &[1, 2, 3]), floats("b/c", &[4.5])]);
    assert_eq!(
        named(r#"{"lr": 0.5, "n": 3}"#),
        [floats("lr", &[0.5]), ints("n", &[3])],
        "unless there is nothing else"
    );
}

#[test]
fn records_give_one_series_per_member() {
    let expected = [ints("x", &[1, 2]), floats("y", &[2.5])];
    assert_eq!(named(r#"[{"x": 1, "y": 2.5}, {"x": 2}, {"y": null}]"#), expected);
    let lines = "{\"step\": 0, \"loss\": 1.5}\n{\"step\": 1, \"loss\": 0.5, \"extra\": [1,2]}\n\n{\"step\": 2}\n";
    assert_eq!(named(lines), [ints("step", &[0, 1, 2]), floats("loss", &[1.5, 0.5]), ints("extra", &[1, 2])]);
    assert_eq!(named("[1, 2]\n3\n[4]\n"), [ints("", &[1, 2, 3, 4])]);
    let repeated = columns("[{\"a\": 1, \"a\": 2}, {\"a\": 3}]").remove(0);
    assert_eq!(repeated.samples, Samples::I64(vec![2, 3]), "the last of one name");
    assert!(repeated.problems[0].message.contains("several members with this name"), "{:?}", repeated.problems);
}

#[test]
fn strings_that_are_numbers_are_read_as_numbers() {
    let text = "{\"loss\": \"9.25\", \"n\": \"3\"}\n{\"loss\": \"NaN\", \"n\": \"N/A\"}\n{\"loss\": \"-Infinity\", \"n\": 4}\n";
    let columns = columns(text);
    let Samples::F64(loss) = &columns[0].samples else { panic!("{columns:?}") };
    assert!(loss[0] == 9.25 && loss[1].is_nan() && loss[2] == f64::NEG_INFINITY);
    assert_eq!((columns[1].samples.clone(), columns[1].missing), (Samples::I64(vec![3, 4]), 1));
    assert_eq!(named("[[\"1.5\", \"2\"], [\"-3e2\", \"4\"]]"), [floats("", &[1.5, 2.0, -300.0, 4.0])]);
    let words = "[{\"name\": \"a\", \"x\": 1}, {\"name\": \"7\", \"x\": 2}, {\"name\": \"b\", \"x\": 2}, {\"name\": \"c\", \"x\": 2}]";
    assert_eq!(named(words), [ints("x", &[1, 2, 2, 2])], "a number among words is a name");
    assert_eq!(columns_bad("[\"1,024\", \"1 024\", 5]"), 2, "separators are ambiguous");
}

fn columns_bad(text: &str) -> u64 {
    columns(text)[0].bad
}

#[test]
fn a_data_frame_gives_one_series_per_column_in_every_orient_of_pandas() {
    let expected = [ints("loss", &[3, 1]), floats("val", &[0.5])];
    for frame in [
        r#"{"loss": {"0": 3, "1": 1}, "val": {"0": 0.5, "1": null}}"#,
        r#"{"0": {"loss": 3, "val": 0.5}, "1": {"loss": 1, "val": null}}"#,
        r#"[{"loss": 3, "val": 0.5}, {"loss": 1, "val": null}]"#,
        r#"{"columns": ["loss", "val"], "index": [0, 1], "data": [[3, 0.5], [1, null]]}"#,
        r#"{"schema": {"fields": [{"name": "loss", "type": "integer"}], "pandas_version": "1.4.0"},
            "data": [{"loss": 3, "val": 0.5}, {"loss": 1, "val": null}]}"#,
    ] {
        assert_eq!(named(frame), expected, "{frame}");
        assert_eq!(columns(frame)[1].missing, 1, "{frame}");
    }
    assert_eq!(named("[[3, 0.5], [1, null]]"), [floats("", &[3.0, 0.5, 1.0])], "values have no names");
    let numbered = columns(r#"{"0": {"0": 1, "1": 2}, "1": {"0": 3, "1": 4}}"#);
    assert_eq!(numbered[0].samples, Samples::I64(vec![1, 2]));
    assert!(numbered[0].problems[0].message.contains("the outer ones are read as columns"));
    let settings = r#"{"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}}"#;
    assert_eq!(named(settings).len(), 4, "names that are not integers are settings");
}

#[test]
fn a_download_of_tensorboards_scalars_is_three_columns() {
    let text = "[[1700000000.5, 1, 0.25], [1700000001.5, 2, \"NaN\"]]";
    let names: Vec<String> = named(text).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Wall time", "Step", "Value"]);
}

#[test]
fn histograms_and_other_logged_values_are_skipped() {
    let row =
        r#"{"_step": 0, "_timestamp": 1.5, "h": {"_type": "histogram", "values": [1], "bins": [0, 1]}, "loss": 2}"#;
    let rows = format!("{row}\n{row}\n");
    assert_eq!(named(&rows), [ints("loss", &[2, 2])]);
    assert_eq!(named("{\"_step\": 0, \"loss\": 2}\n{\"_step\": 1}\n"), [ints("_step", &[0, 1]), ints("loss", &[2])]);
    assert!(named(r#"[{"t": {"_type": "table-file", "nrows": 3}}]"#).is_empty());
}

#[test]
fn a_table_gives_one_series_per_column() {
    let text = r#"{"_type": "table", "columns": ["name", "loss", "n"], "data": [["a", 0.5, 1], ["b", NaN, 2]]}"#;
    let columns = columns(text);
    assert_eq!(columns.len(), 2);
    assert!(matches!(&columns[0].samples, Samples::F64(v) if v[0] == 0.5 && v[1].is_nan()));
    assert_eq!((columns[1].path.join("/"), columns[1].samples.clone()), ints("n", &[1, 2]));
    assert_eq!(named(r#"{"columns": ["x", "y"], "data": [[1, 2], [3, 4]]}"#), [ints("x", &[1, 3]), ints("y", &[2, 4])]);
    let ragged = r#"{"columns": ["x", "y"], "data": [[1, 2], [3]]}"#;
    assert_eq!(named(ragged), [ints("data", &[1, 2, 3])], "not a table");
}

#[test]
fn integers_follow_numpys_rule() {
    let column = columns("[9007199254740993, 18446744073709551615, 123456789012345678901234567890]").remove(0);
    let nearest = [9_007_199_254_740_992.0, 18_446_744_073_709_551_615.0, 123_456_789_012_345_678_901_234_567_890.0];
    assert_eq!(column.samples, Samples::F64(nearest.to_vec()));
    assert!(column.problems[0].to_string().starts_with("[2]: integer exceeds 64 bits"), "{}", column.problems[0]);
}

#[test]
fn an_array_reads_the_same_in_chunks_as_at_once() {
    const NUMBERS: [&str; 8] = ["1", "-2.5", "3e5", "0.1", "NaN", "-Infinity", "-0", "9223372036854775807"];
    const UNUSUAL: [&str; 7] = ["18446744073709551615", "null", "[1]", "01", "1.", "\"1\"", "true"];
    let mut in_chunks = 0;
    for seed in 0..60 {
        let ints = seed % 3 == 0;
        let number = |i: usize| match (ints, NUMBERS[(i * i + seed) % 8]) {
            (true, _) => i.to_string(),
            (false, number) => number.to_owned(),
        };
        let mut all: Vec<String> = (0..20_000).map(number).collect();
        if seed % 4 == 0 {
            all[19_990] = UNUSUAL[seed / 4 % 7].to_owned();
        }
        let end = ["]", " ]\n", "]]", ",]", "", "] 1", "] ,"][if seed % 5 == 0 { seed % 7 } else { seed % 2 }];
        let text = format!("{}[ {}{end}", ["", "\u{feff}", " "][seed % 3], all.join([",", ", ", " ,\n"][seed / 3 % 3]));
        for size in [1, 7, 500] {
            let found = array::read(&text.as_bytes(), size, &crate::engine::Task::default()).unwrap();
            let Some(column) = found else { continue };
            let document = document::read(text.as_bytes()).unwrap();
            assert_eq!(
                format!("{:?}", [column]),
                format!("{:?}", read(&document, &Budget::default()).unwrap()),
                "{seed}"
            );
            in_chunks += 1;
        }
    }
    assert!((90..180).contains(&in_chunks), "{in_chunks}");
}
