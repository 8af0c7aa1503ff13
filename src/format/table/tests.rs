use super::*;
use crate::hist::Samples;

fn table(text: impl AsRef<[u8]>) -> Table {
    read(text.as_ref(), &Task::default()).unwrap()
}

fn named(table: &Table) -> Vec<(String, Samples)> {
    table.columns.iter().map(|c| (c.path.join("/"), c.samples.clone())).collect()
}

fn messages(table: &Table) -> Vec<String> {
    table.problems.iter().chain(table.columns.iter().flat_map(|c| &c.problems)).map(ToString::to_string).collect()
}

fn floats(name: &str, values: &[f64]) -> (String, Samples) {
    (name.to_owned(), Samples::F64(values.to_vec()))
}

fn ints(name: &str, values: &[i64]) -> (String, Samples) {
    (name.to_owned(), Samples::I64(values.to_vec()))
}

#[test]
fn column_names_are_read_and_a_column_of_words_is_skipped() {
    let table = table("step,loss,name\n0,1.5,a\n1,0.75,b\n");
    assert_eq!(named(&table), [ints("step", &[0, 1]), floats("loss", &[1.5, 0.75])]);
    assert_eq!((table.delimiter, table.rows), (Delimiter::Comma, 2));
    assert_eq!(messages(&table), ["line 2, column 'name': skipped column 'name': \"a\" is not a number"]);
}

#[test]
fn columns_without_names_are_numbered() {
    assert_eq!(named(&table("1,2\n3,4\n")), [ints("0", &[1, 3]), ints("1", &[2, 4])]);
    assert_eq!(named(&table("cat,1\ndog,2\n")), [ints("1", &[1, 2])]);
    assert_eq!(named(&table("1\n2.5\n")), [floats("", &[1.0, 2.5])]);
    assert_eq!(named(&table("NA,2\n3,4\n")), [ints("0", &[3]), ints("1", &[2, 4])]);
}

#[test]
fn column_names_may_be_integers() {
    // The output of pandas for a frame without column names: with its index, and without.
    let with_index = table(",0,1\n0,5,6\n1,7,8\n");
    assert_eq!(named(&with_index), [ints("0", &[0, 1]), ints("0.1", &[5, 7]), ints("1", &[6, 8])]);
    let without = table("0,1\n0.5,1.5\n2.0,3.0\n");
    assert_eq!(named(&without), [floats("0", &[0.5, 2.0]), floats("1", &[1.5, 3.0])]);
    assert_eq!(messages(&without).len(), 1, "the guess is reported");
    let years = table("country,2019,2020\nFR,1.5,2.5\n");
    assert_eq!(named(&years).len(), 2);
    assert_eq!(named(&table("0,1\n0.5,2\n")), [floats("0", &[0.0, 0.5]), ints("1", &[1, 2])], "ambiguous, so data");
}

#[test]
fn column_names_may_be_in_a_comment_and_rows_may_have_names() {
    let commented = table("#step,loss\n1,2\n# why\nx,3\n");
    assert_eq!(named(&commented), [ints("step", &[1]), ints("loss", &[2, 3])]);
    let messages = messages(&commented);
    assert_eq!(messages[0], "line 3: skipped 1 line starting with #");
    assert!(messages[1].starts_with("line 4, column 'step'"), "{messages:?}");
    // R does not name the column of row names.
    assert_eq!(named(&table("x y\na 1 2\nb 3 4\n")), [ints("x", &[1, 3]), ints("y", &[2, 4])]);
}

#[test]
fn one_line_of_numbers_is_one_series() {
    assert_eq!(named(&table("1, 2, 3.5")), [floats("", &[1.0, 2.0, 3.5])]);
    assert_eq!(named(&table("1 2 3\n")), [ints("", &[1, 2, 3])]);
    assert_eq!(named(&table("5")), [ints("", &[5])]);
}

#[test]
fn quoted_cells_may_contain_delimiters_and_line_ends() {
    let table = table("x,\"y, z\"\r\n\"1\",\"2\"\r\n\r\n3,4\r\n\"multi\r\nline\",5\r\n6,\"say \"\"oops\"\"\"\r\n");
    assert_eq!(named(&table), [ints("x", &[1, 3, 6]), ints("y, z", &[2, 4, 5])]);
    assert_eq!(
        messages(&table),
        [
            "line 5, column 'x': \"multi\\r\\nline\" is not a number",
            "line 7, column 'y, z': \"say \\\"oops\\\"\" is not a number"
        ]
    );
    assert_eq!(table.columns[0].bad, 1);
}

#[test]
fn a_single_column_may_be_quoted_and_its_name_may_contain_blanks() {
    assert_eq!(named(&table("x\n1\n\"2\"\n3\n")), [ints("x", &[1, 2, 3])]);
    assert_eq!(named(&table("grad norm\n1\n2\n")), [ints("grad norm", &[1, 2])]);
    assert_eq!(named(&table("\"a, b\"\n\"0.5\"\n")), [floats("a, b", &[0.5])]);
    assert_eq!(named(&table("a b\n1 2\n3\n")).len(), 2);
}

#[test]
fn quotes_are_read_in_text_without_a_delimiter() {
    // pandas and R write these.
    let gap = table("x\n1.5\n\"\"\n2.5\n");
    assert_eq!((named(&gap), gap.columns[0].missing), (vec![floats("x", &[1.5, 2.5])], 1));
    assert_eq!(named(&table("\"x\"\n1.5\n2.5\n")), [floats("x", &[1.5, 2.5])]);
    assert_eq!(named(&table("\"x\"\n\"1,5\"\n\"2,5\"\n")), [floats("x", &[1.5, 2.5])]);
    let rows = table("\"x\" \"y z\"\n\"1\" 1.5 2\n\"2\" 3.5 4\n");
    assert_eq!(named(&rows), [ints("0", &[1, 2]), floats("x", &[1.5, 3.5]), ints("y z", &[2, 4])]);
    assert_eq!(named(&table("\"a \"\"b\"\" c\" d\n1 2\n")), [ints("a \"\"b\"\" c", &[1]), ints("d", &[2])]);
    assert_eq!(named(&table("\"x y\"z\n1 2\n")), [ints("\"x", &[1]), ints("y\"z", &[2])], "not a quoted cell");
}

#[test]
fn a_first_line_may_declare_the_delimiter() {
    let expected = [floats("a", &[1.5, 2.5]), ints("b", &[3, 4])];
    assert_eq!(named(&table("sep=;\na;b\n1,5;3\n2,5;4\n")), expected);
    assert_eq!(named(&table("sep=;\r\n\"a\";b\r\n1,5;3\r\n2,5;4\r\n")), expected);
    let bad = table("sep=,\nx\n1\ny\n");
    assert_eq!(named(&bad), [ints("x", &[1])]);
    assert!(messages(&bad)[0].starts_with("line 4, "), "{:?}", messages(&bad));
    assert_eq!(named(&table("sep=x,y\n1,2\n")), [ints("sep=x", &[1]), ints("y", &[2])]);
}

#[test]
fn an_unclosed_quote_is_reported() {
    let table = table("a,b\n1,2\n3,\"4\n5,6\n7,8\n");
    assert!(
        messages(&table).iter().any(|p| p == "line 3: the quote that opens here is not closed"),
        "{:?}",
        messages(&table)
    );
}

#[test]
fn between_semicolons_a_comma_is_a_decimal_point() {
    let table = table("x;y\n1,5;2\n2,5;1e3\n");
    assert_eq!(named(&table), [floats("x", &[1.5, 2.5]), floats("y", &[2.0, 1000.0])]);
    assert_eq!(table.delimiter, Delimiter::Semicolon);
}

#[test]
fn blanks_and_tabs_separate_cells_and_comments_are_skipped() {
    let blanks = table("  1 2\t3\n\n4   5 6 # why\n# comment\n   # another\n7 8 9\n");
    assert_eq!(named(&blanks), [ints("0", &[1, 4, 7]), ints("1", &[2, 5, 8]), ints("2", &[3, 6, 9])]);
    assert!(messages(&blanks).is_empty());
    let tabs = table("a b\tc\n1\t\n3\t4\n");
    assert_eq!(named(&tabs), [ints("a b", &[1, 3]), ints("c", &[4])]);
    assert_eq!(tabs.columns[1].missing, 1);
    let commas = table("a,b\n1,2\n#3,4\n");
    assert_eq!(messages(&commas), ["line 3: skipped 1 line starting with #"]);
}

#[test]
fn ragged_rows_are_reported_and_read_completely() {
    let ragged = table("a,b,c\n1,2,3\n4,5\n6,7,8,9\n");
    assert_eq!(named(&ragged), [ints("a", &[1, 4, 6]), ints("b", &[2, 5, 7]), ints("c", &[3, 8]), ints("3", &[9])]);
    assert_eq!(messages(&ragged), ["line 3: 2 cells instead of 3", "line 4: 4 cells instead of 3"]);
    assert_eq!(ragged.columns.iter().map(|c| c.missing).collect::<Vec<_>>(), [0, 0, 1, 2]);
}

#[test]
fn an_empty_cell_before_an_added_column_is_missing() {
    let table = table("a\n1\n2,,3\n4,5,6\n");
    let counted: Vec<_> = table.columns.iter().map(|c| (c.samples.len() as u64, c.missing)).collect();
    assert_eq!(counted, [(3, 0), (1, 2), (2, 1)]);
}

#[test]
fn a_trailing_delimiter_does_not_add_a_column() {
    let table = table("a,b\n1,2,\n3,4,\n");
    assert_eq!(named(&table), [ints("a", &[1, 3]), ints("b", &[2, 4])]);
    assert!(messages(&table).is_empty());
    assert_eq!(named(&self::table("1,2,\n3,4,\n")), [ints("0", &[1, 3]), ints("1", &[2, 4])]);
}

#[test]
fn repeated_column_names_are_made_unique() {
    let table = table("a,a,,a.1\n1,2,3,4\n");
    let names: Vec<_> = named(&table).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "a.1", "2", "a.1.1"]);
}

#[test]
fn utf16_latin1_and_mac_line_ends_are_read() {
    let wide: Vec<u8> = "\u{feff}ä,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(named(&table(&wide)), [ints("ä", &[1]), ints("b", &[2])]);
    let wide: Vec<u8> = "\u{feff}x\n1.5\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(named(&table(&wide)), [floats("x", &[1.5])]);
    let latin = table(b"\xe4,b\n1,2\n");
    assert_eq!(named(&latin), [ints("ä", &[1]), ints("b", &[2])]);
    assert_eq!(messages(&latin), ["byte 0: not UTF-8; names are read as Latin-1"]);
    assert_eq!(named(&table("\u{feff}x,y\r\n1,2\r\n")), [ints("x", &[1]), ints("y", &[2])]);
    assert_eq!(named(&table("x\r1\r2\r")), [ints("x", &[1, 2])], "lines of classic Mac OS");
}

#[test]
fn bad_cells_are_counted_and_the_first_ones_located() {
    let table = table("x\n".to_owned() + &"7\n0x1\n".repeat(30));
    let column = &table.columns[0];
    assert_eq!((column.bad, column.samples.len(), column.problems.len()), (30, 30, LOCATED + 1));
    assert_eq!(column.problems[0].to_string(), "line 3, column 'x': \"0x1\" is not a number");
    assert_eq!(column.problems[LOCATED].to_string(), "file: 10 more cells like these");
    let nul = self::table(b"x\n1\n\x00\n2\n");
    assert_eq!((nul.columns[0].bad, nul.columns[0].samples.len()), (1, 2));
}

#[test]
fn integers_follow_numpys_rule() {
    assert_eq!(table("x\n18446744073709551615\n").columns[0].samples, Samples::U64(vec![u64::MAX]));
    let huge = table("x\n1\n123456789012345678901234567890\n");
    assert_eq!(huge.columns[0].samples, Samples::F64(vec![1.0, 123_456_789_012_345_678_901_234_567_890.0]));
    assert!(messages(&huge)[0].starts_with("line 3, column 'x': integer exceeds 64 bits"));
}

#[test]
fn text_without_numbers_is_an_error() {
    for text in ["hello world\n", "a,b\n", "a,b\nx,y\n", "# only a comment\n", "\n\n", "\"", "NA\n"] {
        assert!(read(text.as_bytes(), &Task::default()).is_err(), "{text:?}");
    }
}

#[test]
fn a_row_of_names_may_be_longer_than_the_sample() {
    let names: Vec<String> = (0..20_000).map(|i| format!("parameter{i}")).collect();
    let table = table(names.join(",") + "\n" + &vec!["1"; names.len()].join(",") + "\n");
    assert_eq!(table.columns.len(), names.len());
    assert_eq!(table.columns.last().unwrap().path, ["parameter19999"]);
}

#[test]
fn too_many_columns_and_cancelling_are_errors() {
    let wide = "1,".repeat(MAX_COLUMNS + 1) + "1\n";
    assert!(read((wide.clone() + &wide).as_bytes(), &Task::default()).is_err());
    assert_eq!(table(&wide).columns[0].samples.len(), MAX_COLUMNS + 2, "one line is a series of any length");
    let task = Task::default();
    task.cancel.cancel();
    assert!(read(b"1\n2\n", &task).is_err());
}

/// Rows of every kind, in an order that depends on the seed. About `unusual` of 100 rows are unusual.
fn mixed(seed: u64, unusual: u64) -> Vec<u8> {
    const USUAL: [&str; 6] = ["1,2.5", "-3,4e-3", " 7 , .5", "NA,1", "5", "+8,nan"];
    const UNUSUAL: [&str; 10] = [
        "oops,1",
        "",
        "# why",
        "6,7,",
        "1,2,",
        "99999999999999999999999999999999999999999,1",
        "18446744073709551615,1.",
        "1_0,0x1",
        "\u{e9},2",
        "\"q\",1",
    ];
    let mut state = seed;
    let mut next = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let mut text = if next(2) == 0 { b"\xef\xbb\xbfa,b\n".to_vec() } else { Vec::new() };
    let end = if next(2) == 0 { "\r\n" } else { "\n" };
    while text.len() < super::super::chunks::FIRST_SIZE + 4000 {
        let row = if next(100) < unusual { UNUSUAL[next(10) as usize] } else { USUAL[next(6) as usize] };
        text.extend([row, end].concat().bytes());
    }
    if next(2) == 0 {
        text.truncate(text.len() - 1);
    }
    if next(4) == 0 {
        text.extend(b"\xff,1");
    }
    text
}

#[test]
fn a_text_reads_the_same_in_parts_as_at_once() {
    let mut in_parts = 0;
    for seed in 0..200 {
        let text = mixed(seed, [0, 0, 1, 5][seed as usize % 4]);
        for size in [1, 13, 300, 2000] {
            let Ok(Some(parts)) = parts::read(&&text[..], size, &Task::default()) else { continue };
            // Compared as debug text, since NaN does not equal NaN.
            assert_eq!(format!("{parts:?}"), format!("{:?}", read(&text, &Task::default()).unwrap()), "{seed}");
            in_parts += 1;
        }
    }
    assert!(in_parts > 300, "{in_parts}");
}

proptest::proptest! {
    #[test]
    fn every_cell_of_every_row_is_accounted_for(text in "[0-9,;\t\n\r\"# .eaN-]{0,80}", cut in 0..80_usize) {
        if let Ok(table) = read(text.as_bytes().get(cut..).unwrap_or(text.as_bytes()), &Task::default()) {
            for column in &table.columns {
                let cells = column.samples.len() as u64 + column.missing + column.bad;
                proptest::prop_assert_eq!(cells, table.rows);
            }
        }
    }
}
