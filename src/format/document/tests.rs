use super::*;
use crate::engine::Budget;
use crate::hist::Numbers;

const SMALL: &str = r#"{"_type": "histogram", "values": [1, 2], "bins": [0.0, 0.5, 1.0]}"#;

/// Returns each series as `path: steps`, and each problem as text.
fn found(text: &str) -> (Vec<String>, Vec<String>) {
    let document = read(text.as_bytes()).unwrap();
    let entries =
        |s: &JsonSeries| s.steps().map_or(format!("{} unknown", s.entries.len()), |steps| format!("{steps:?}"));
    let series = document.series.iter().map(|s| format!("{}: {}", s.path.join("|"), entries(s))).collect();
    let problems = document.series.iter().flat_map(|s| &s.problems).chain(&document.problems);
    (series, problems.map(ToString::to_string).collect())
}

fn paths(text: &str) -> Vec<String> {
    let document = read(text.as_bytes()).unwrap();
    document.series.iter().map(|s| s.path.join("|")).collect()
}

#[test]
fn values_follow_each_other_with_or_without_separators() {
    for text in [
        "{\"x\":1}{\"x\":2}{\"x\":3}",
        "{\"x\":1} {\"x\":2}\n\n{\"x\":3}\n",
        "{\n  \"x\": 1\n}\n{\n  \"x\": 2\n}\r\n{\n  \"x\": 3\n}\n",
        "{\"x\":1}\n{\n\"x\": 2\n}\n{\n\"x\": 3\n}",
        "\x1e{\"x\":1}\n\x1e{\"x\":2}\n\x1e{\"x\":3}\n",
        "[{\"x\":1}]\n[\n{\"x\":2}\n][{\"x\":3}]",
    ] {
        let document = read(text.as_bytes()).unwrap();
        assert_eq!((document.roots.len(), document.problems.len()), (3, 0), "{text:?}");
        let last = text[..text.rfind(['{', '[']).unwrap()].trim_end_matches(['[', '\n']).matches('\n').count() as u64;
        assert!(document.roots[2].line >= last, "{text:?}");
    }
    let histogram = "{\n\"step\": 5,\n\"h\": {\"_type\": \"histogram\", \"values\": [1], \"bins\": [0, 1]}}\n";
    let text = histogram.repeat(2);
    let document = read(text.as_bytes()).unwrap();
    assert_eq!(document.series[0].steps(), Some(vec![5, 5]));
    assert!(text[document.series[0].entries[1].span.clone()].starts_with("{\"_type\""), "spans stay exact");
}

#[test]
fn a_malformed_value_ends_the_sequence_and_is_located() {
    let document = read(b"{\n\"x\": 1}{\n\"x\": 2}\n{\n\"x\": oops}").unwrap();
    assert_eq!(document.roots.len(), 2);
    let problem = document.problems[0].to_string();
    assert!(problem.starts_with("line 5, column 6: ") && problem.ends_with("does not read the rest"), "{problem}");
    let torn = read(b"{\n\"x\": 1}{\n\"x\": ").unwrap();
    assert!(torn.problems[0].unfinished && torn.roots.len() == 1);
    assert!(read(b"{\n\"x\": 1} words").is_err());
}

#[test]
fn a_text_may_be_one_histogram() {
    let document = read(format!("\n{SMALL}\n").as_bytes()).unwrap();
    assert_eq!(document.layout, JsonLayout::Single);
    assert_eq!(document.roots[0].line, 2);
    let [series] = &document.series[..] else { panic!("one series") };
    assert!(series.path.is_empty());
    assert_eq!(series.entries[0].histogram.to_json(), SMALL);
    assert_eq!(series.entries[0].span, 1..1 + SMALL.len());
    assert!(document.is_histogram(&document.roots[0].item));
}

#[test]
fn histograms_are_found_at_any_depth_with_separate_labels() {
    let text =
        format!(r#"{{"a.b": {{"c": {SMALL}}}, "list": [{SMALL}, 1, {{"x": {SMALL}}}], "table": [[1, {SMALL}]]}}"#);
    assert_eq!(paths(&text), ["a.b|c", "list|0", "list|2|x", "table|0|1"]);
    assert_eq!(paths(&format!("[{SMALL}, {SMALL}]")), ["0", "1"]);
}

#[test]
fn pairs_that_may_be_two_rows_are_not_histograms() {
    assert_eq!(paths("[[1, 2], [0, 0.5, 1]]"), [""]);
    assert_eq!(paths(r#"{"w": [[3], [0, 1]]}"#), ["w"]);
    for rows in [
        "[[[1, 2], [0, 1, 2]], [[1, 2], [0, 1, 2]]]",
        "[[1, 2], [0, 2, 1]]",
        "[[1, 2], [0, NaN, 1]]",
        "[[1, 2], [0, 1]]",
        "[[], [1]]",
        "[[1], [0, 1], [2]]",
    ] {
        assert!(paths(rows).is_empty(), "{rows}");
    }
}

#[test]
fn reads_packed_bins_and_trackio() {
    let packed = r#"{"_type": "histogram", "values": [1, 2], "packedBins": {"min": -1, "size": 0.5, "count": 2}}"#;
    let trackio = r#"{"_type": "trackio.histogram", "bins": [0, 1], "values": [4]}"#;
    let document = read(format!("[{packed}, {trackio}]").as_bytes()).unwrap();
    let histograms: Vec<_> = document.series.iter().map(|s| &s.entries[0].histogram).collect();
    assert_eq!(histograms[0].bins(), &Numbers::floats(vec![-1.0, -0.5, 0.0]));
    assert_eq!([histograms[0].form(), histograms[1].form()], [wandb::Form::Packed, wandb::Form::Trackio]);
    assert_eq!(histograms[0].to_json_as(wandb::Form::Packed), packed.replace("-1,", "-1.0,"));
    assert_eq!(histograms[1].to_json_as(wandb::Form::Trackio), trackio);
}

#[test]
fn extra_members_have_their_byte_ranges() {
    let text = r#"{"_type": "histogram", "note" : "x", "values": [1], "bins": [0, 1], "_step":3}"#;
    let document = read(text.as_bytes()).unwrap();
    let entry = &document.series[0].entries[0];
    let extra: Vec<&str> = entry.extra.iter().map(|span| &text[span.clone()]).collect();
    assert_eq!(extra, [r#""note" : "x""#, r#""_step":3"#]);
    assert_eq!(entry.step, Some(3));
}

#[test]
fn malformed_histograms_are_located_and_valid_ones_read() {
    let text = format!(r#"{{"ok": {SMALL}, "runs": [{{"grad": {{"_type": "histogram", "values": [1, "2"]}}}}]}}"#);
    let (series, problems) = found(&text);
    assert_eq!(series, ["ok: 1 unknown", "runs|0|grad: []"]);
    assert_eq!(problems, ["runs[0].grad: `values` contains a string at index 1, not a number"]);
}

#[test]
fn lines_make_one_series_with_steps() {
    let text = format!("{{\"w\": {SMALL}, \"_step\": 0}}\r\n\n{{\"b\": {SMALL}, \"_step\": 4, \"w\": {SMALL}}}\r\n");
    assert_eq!(found(&text).0, ["w: [0, 4]", "b: [4]"]);
    let text = format!("{{\"w\": {SMALL}, \"step\": 7}}\n{{\"w\": {SMALL}}}\n");
    assert_eq!(found(&text).0, ["w: 2 unknown"]);
    let text = format!("{{\"w\": {SMALL}, \"step\": 7}}\n{{\"w\": {SMALL}, \"step\": 8.5}}\n");
    assert_eq!(found(&text).0, ["w: 2 unknown"]);
}

#[test]
fn malformed_lines_become_problems() {
    let text = format!("{{\"w\": {SMALL}}}\n{{\"w\": oops}}\n{{\"w\": {{\"_type\": \"histogram\"}}}}\n{{\"w\": [1, 2");
    let (series, problems) = found(&text);
    assert_eq!(series, ["w: 1 unknown"]);
    assert_eq!(
        problems,
        [
            "line 3: w: `values` is missing",
            "line 2, column 7: expected a value, found `o`",
            "line 4, column 12: expected `,` or `]`, found the end of the text; the file ends inside this line",
        ]
    );
}

#[test]
fn lines_after_a_malformed_first_line_are_read() {
    let (series, problems) = found(&format!("{{\"w\": \n{{\"w\": {SMALL}}}\n{{\"w\": {SMALL}}}\n"));
    assert_eq!((series, problems.len()), (vec!["w: 2 unknown".to_owned()], 1));
}

#[test]
fn one_malformed_value_is_a_located_error() {
    for (text, place) in
        [("{\n \"a\": [1,\n [2],\n 3\n", (5, 1)), ("{\"a\": 1} x", (1, 10)), ("", (1, 1)), ("[\n1\n]\n2", (4, 1))]
    {
        let error = read(text.as_bytes()).unwrap_err();
        assert_eq!((error.line, error.column), place, "{text}");
    }
}

#[test]
fn the_last_of_several_members_with_one_name_is_read() {
    let text = format!(r#"{{"w": {SMALL}, "w": [[5], [0, 1]]}}"#);
    let document = read(text.as_bytes()).unwrap();
    assert_eq!(document.series.len(), 1);
    assert_eq!(document.series[0].entries.len(), 1);
    assert_eq!(document.series[0].entries[0].histogram.form(), wandb::Form::Pair);
}

/// Output of `wandb leet inspect --json`.
const RECORDS: &str = r#"{"num":1,"type":"header","header":{"version_info":{"producer":"0.31.0"}}}
{"num":2,"type":"run","run":{"config":{"update":{"lr":0.1,"sizes":[1,2]}},"run_id":"x"}}
{"num":4,"type":"history","history":{"item":{"_step":59,"a.b.c._type":"histogram","a.b.c.bins":["NaN",0.5,"Infinity"],"a.b.c.values":[1,2],"acc":0.5,"img._type":"image-file","img.path":"x.png"},"step":{"num":59}}}
{"num":5,"type":"summary","summary":{"update":{"a":{"b.c":{"_type":"histogram","bins":[0,1],"values":[9]}}}}}
{"num":6,"type":"history","history":{"item":{"a.b.c._type":"histogram","a.b.c.bins":[0,1,2],"a.b.c.values":[3,4],"acc":"NaN","list":[{"_type":"histogram","bins":[0,"Infinity"],"values":[7]}],"old":{"_type":"histogram","bins":[0,1],"values":[8]}},"step":{"num":60}}}
"#;

#[test]
fn history_records_are_read_as_rows() {
    let (series, problems) = found(RECORDS);
    assert_eq!(series, ["a.b.c: [59, 60]", "list|0: [60]", "old: [60]"]);
    assert_eq!(problems, [""; 0]);
    let document = read(RECORDS.as_bytes()).unwrap();
    assert!(document.scattered, "histograms cannot be replaced in this text");
    let entries = &document.series[0].entries;
    assert_eq!(
        entries[0].histogram.to_json(),
        r#"{"_type": "histogram", "values": [1, 2], "bins": [NaN, 0.5, Infinity]}"#
    );
    assert_eq!(entries[1].histogram.to_json(), r#"{"_type": "histogram", "values": [3, 4], "bins": [0, 1, 2]}"#);
    let columns = super::super::samples::read(&document, &Budget::default()).unwrap();
    let columns: Vec<_> = columns.iter().map(|column| (column.path.join("|"), column.samples.len())).collect();
    assert_eq!(columns, [("acc".to_owned(), 2)], "settings and summaries are not samples");
}

#[test]
fn a_summary_is_read_as_a_row() {
    let text = r#"{"config": {"sizes": [1, 2]}, "run_id": "x", "state": "finished", "step": 12,
        "summary": {"_step": 12, "w": {"_type": "histogram", "bins": ["NaN", "Infinity"], "values": [1]}}}"#;
    let document = read(text.as_bytes()).unwrap();
    let [series] = &document.series[..] else { panic!("one series") };
    assert_eq!((series.path.join("|"), series.steps()), ("w".to_owned(), Some(vec![12])));
    let entry = &series.entries[0];
    assert_eq!(entry.histogram.bins().len(), 2);
    assert!(text[entry.span.clone()].starts_with("{\"_type\"") && text[entry.span.clone()].ends_with('}'));
    assert!(super::super::samples::read(&document, &Budget::default()).unwrap().is_empty());
}

#[test]
fn lines_similar_to_records_are_read_unchanged() {
    let text = format!("{{\"type\": \"history\", \"w\": {SMALL}}}\n{{\"type\": \"a\", \"w\": {SMALL}}}\n");
    assert_eq!(paths(&text), ["w"]);
    assert_eq!(paths(&format!("{{\"summary\": {{\"w\": {SMALL}}}}}")), ["summary|w"]);
}

#[test]
fn progress_is_reported_and_reading_can_be_stopped() {
    let rows = "{\"a\": [1, 2]}\n".repeat(200_000);
    let single = format!("[{}]", rows.trim_end().replace('\n', ","));
    let bytes_read = Cell::new(0);
    let held = Cell::new(0);
    let count = |more: ReadProgress| {
        bytes_read.set(bytes_read.get() + more.read);
        held.set(held.get() + more.held);
        true
    };
    assert_eq!(read_watched(single.as_bytes(), &count).unwrap().roots.len(), 1);
    assert_eq!(bytes_read.replace(0), single.len());
    let tree = held.replace(0);
    assert!(tree > 200_000 * size_of::<Item>() as isize, "{tree}");
    assert!(read_watched(single.as_bytes(), &|_| false).unwrap_err().message.contains("stopped"));
    assert_eq!(read_watched(rows.as_bytes(), &count).unwrap().roots.len(), 200_000);
    assert!(bytes_read.get() >= rows.len() - 200_000, "all but the line ends");
    let roots = size_of::<Root>() as isize * 200_000;
    assert!(held.get() < tree && held.get() > tree - 3 * roots, "{held:?} {tree}");
    assert!(read_watched(rows.as_bytes(), &|_| false).unwrap_err().message.contains("stopped"));
}

#[test]
fn a_column_of_a_table_is_a_series_with_one_entry_per_row() {
    let table = |columns: &str| {
        format!(r#"{{"t": {{"columns": {columns}, "data": [[1, {SMALL}], [2, null], [3, {SMALL}], [4, {SMALL}]]}}}}"#)
    };
    assert_eq!(found(&table(r#"["i", "h"]"#)), (vec!["t|h: 3 unknown".to_owned()], vec![]));
    assert_eq!(paths(&table("[0, 1]")), ["t|1"], "pandas numbers columns without names");
    assert_eq!(paths(&table(r#"["h"]"#)), ["t|data|0|1", "t|data|2|1", "t|data|3|1"], "not a table: two cells per row");

    let broken = table(r#"["i", "h"]"#).replace(
        "[3, {\"_type\": \"histogram\", \"values\": [1, 2]",
        "[3, {\"_type\": \"histogram\", \"values\": [-1, 2, 3]",
    );
    let (_, problems) = found(&broken);
    assert!(problems[0].starts_with("t.data[2][1]: "), "{problems:?}");
}
