use super::*;

fn node(text: &str) -> Node {
    parse(text.as_bytes()).unwrap().node
}

/// `line:column path: message`
fn error(text: impl AsRef<[u8]>) -> String {
    let e = parse(text.as_ref()).unwrap_err();
    format!("{}:{} {}: {}", e.line, e.column, e.path, e.message)
}

fn int(i: i128) -> Node {
    Node::Number(Number::Int(i))
}

fn float(x: f64) -> Node {
    Node::Number(Number::Float(x))
}

#[test]
fn extensions_that_python_writes_are_accepted() {
    assert_eq!(node("NaN"), float(f64::NAN));
    assert_eq!(node("-Infinity"), float(f64::NEG_INFINITY));
    assert_eq!(node("[1, Infinity]"), {
        let numbers: Numbers = [Number::Int(1), Number::Float(f64::INFINITY)].into_iter().collect();
        Node::Numbers(Box::new(numbers))
    });
    assert_eq!(parse(b"\xEF\xBB\xBF {}").unwrap(), Item { span: 4..6, node: Node::Object(vec![]) });
}

#[test]
fn numbers_keep_their_type_and_every_digit() {
    assert_eq!(node("-0"), int(0));
    assert_eq!(node("-0.0"), float(-0.0));
    assert_eq!(node("1e400"), float(f64::INFINITY));
    assert_eq!(node("1E2"), float(100.0));
    assert_eq!(node("0.1"), float(0.1));
    assert_eq!(node("999999999999999999"), int(999_999_999_999_999_999));
    assert_eq!(node("18446744073709551616"), int(1 << 64));
    assert_eq!(node("-170141183460469231731687303715884105728"), int(i128::MIN));
}

#[test]
fn syntax_errors_are_located() {
    for (text, expected) in [
        ("", "1:1 : expected a value, found the end of the text"),
        ("[1, 2,]", "1:7 : expected another element after the comma; JSON has no trailing comma"),
        ("{\"a\": [0, {\"b c\": 01}]}", "1:19 a[1][\"b c\"]: a number has leading zeros"),
        ("+1", "1:1 : expected a value, found `+`"),
        (".5", "1:1 : expected a value, found `.`"),
        ("1.", "1:3 : expected a digit after the decimal point"),
        ("1e+", "1:4 : expected a digit in the exponent"),
        ("-", "1:1 : expected digits after the minus sign"),
        ("-NaN", "1:1 : expected digits after the minus sign"),
        ("Nan", "1:1 : expected a value, found an unknown word"),
        ("[1\n 2]", "2:2 : expected `,` or `]`, found `2`"),
        ("{\"a\" 1}", "1:6 : expected `:`, found `1`"),
        ("{a: 1}", "1:2 : expected a name in double quotes, found `a`"),
        ("1 é", "1:3 : expected nothing after the value, found `é`"),
        ("[\"é\ta\"]", "1:4 [0]: a string contains the control character U+0009; it must be escaped"),
        ("\"\\x\"", "1:2 : a string contains an unknown escape"),
        ("\"\\u12g4\"", "1:2 : expected four hexadecimal digits after \\u"),
        ("\"ab", "1:4 : the text ends inside a string"),
        ("[1, 2", "1:6 : expected `,` or `]`, found the end of the text"),
    ] {
        assert_eq!(error(text), expected, "{text}");
    }
    assert_eq!(error(b"{\"w\":\n\"a\xFFb\"}"), "2:3 w: a string contains bytes that are not UTF-8");
    assert_eq!(error(b"\xFF\xFE[\0"), "1:1 : the text is UTF-16; save it as UTF-8");
    assert_eq!(error(b"\xEF\xBB\xBF!"), "1:1 : expected a value, found `!`");
}

#[test]
fn integers_above_128_bits_are_errors() {
    let big = format!("[1, 1{}]", "0".repeat(50));
    assert_eq!(error(big), "1:5 [1]: an integer of 51 digits exceeds 128 bits; write it as a float, such as 1e40");
}

#[test]
fn strings_decode_every_escape_and_replace_unpaired_surrogates() {
    assert_eq!(node(r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#), Node::Text("\"\\/\u{8}\u{c}\n\r\té😀".into()));
    assert_eq!(node(r#""\ud83d|\ude00|\ud83d\u0041""#), Node::Text("\u{FFFD}|\u{FFFD}|\u{FFFD}A".into()));
}

#[test]
fn every_value_has_its_byte_range() {
    let text = r#" {"a" : [ 1, "x" ], "b":[2 ,3] } "#;
    let item = parse(text.as_bytes()).unwrap();
    assert_eq!(&text[item.span.clone()], text.trim());
    let Node::Object(members) = &item.node else { panic!("not an object") };
    assert_eq!(&text[members[0].span.clone()], r#""a" : [ 1, "x" ]"#);
    assert_eq!(&text[members[1].value.span.clone()], "[2 ,3]");
    let Node::Array(items) = &members[0].value.node else { panic!("not an array") };
    assert_eq!(&text[items[1].span.clone()], "\"x\"");
}

#[test]
fn lookups_return_the_last_of_equal_names() {
    assert_eq!(node(r#"{"a": 1, "a": 2}"#).get("a").map(|item| &item.node), Some(&int(2)));
}

#[test]
fn deep_nesting_is_an_error() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(deep(MAX_DEPTH).as_bytes()).is_ok());
    assert!(error(deep(MAX_DEPTH + 1)).ends_with("arrays and objects are nested deeper than 256 levels"));
    assert!(error("{\"a\":".repeat(100_000)).ends_with("arrays and objects are nested deeper than 256 levels"));
}

#[test]
fn values_of_a_stream_are_read_one_after_another() {
    let text = b"{\"a\": 1}\n[2]\n";
    let (first, after) = parse_prefix(text, 0).unwrap();
    let (second, end) = parse_prefix(text, after).unwrap();
    assert_eq!((first.span, second.span, end), (0..8, 9..12, 12));
    assert_eq!(parse_prefix(text, end).unwrap_err().line, 3);
}

#[test]
fn long_paths_are_shortened_in_the_middle() {
    let path = |n: usize| path_text(&vec![Label::Name("é".into()); n]);
    assert_eq!(path(60).chars().count(), 119);
    assert_eq!(path(100), format!("{}…{}", "é.".repeat(30), ".é".repeat(30)));
}
