use super::*;
use crate::engine::Budget;
use crate::format::DecodeError;
use crate::format::tensor::Tensor;
use crate::hist::{DType, Samples};

/// Returns a file with this header and data.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

fn header(bytes: &[u8]) -> Result<Header, DecodeError> {
    Header::read(&mut &bytes[..], bytes.len() as u64, &Budget::default())
}

fn samples(tensor: &Tensor, file: &[u8]) -> Samples {
    tensor.read(&file, &Budget::default(), |_| Ok(())).unwrap()
}

/// Returns a file with one tensor.
fn tensor(dtype: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let len = data.len();
    file(&format!(r#"{{"t": {{"dtype": "{dtype}", "shape": {shape}, "data_offsets": [0, {len}]}}}}"#), data)
}

fn values(dtype: &str, shape: &str, data: &[u8]) -> Samples {
    let bytes = tensor(dtype, shape, data);
    let header = header(&bytes).unwrap();
    samples(&header.tensors[0], &bytes)
}

fn floats(dtype: &str, data: &[u8]) -> Vec<f32> {
    match values(dtype, &format!("[{}]", if dtype == "F4" { 2 * data.len() } else { data.len() }), data) {
        Samples::F32(values) => values,
        other => panic!("{other:?}"),
    }
}

fn why(bytes: &[u8]) -> String {
    header(bytes).unwrap_err().to_string()
}

#[test]
fn types_that_numpy_has_are_read_unchanged() {
    assert_eq!(values("BOOL", "[3]", &[0, 1, 1]), Samples::Bool(vec![0, 1, 1]));
    assert_eq!(values("I16", "[1, 2]", &[1, 0, 255, 255]), Samples::I16(vec![1, -1]));
    assert_eq!(values("U64", "[]", &[1, 0, 0, 0, 0, 0, 0, 1]), Samples::U64(vec![(1 << 56) + 1]));
    assert_eq!(values("F64", "[0, 7]", &[]), Samples::F64(vec![]));
    assert_eq!(values("F16", "[1]", &[0, 0x3c]).dtype(), DType::F16);
}

#[test]
fn bfloat16_is_the_upper_half_of_a_float32() {
    assert_eq!(
        values("BF16", "[3]", &[0x80, 0x3f, 0x49, 0xc0, 1, 0]),
        Samples::F32(vec![1.0, -3.140_625, 9.183_55e-41])
    );
}

#[test]
fn floats_of_eight_bits_have_the_values_of_their_standards() {
    let of = |dtype, bits: u8| floats(dtype, &[bits])[0];
    for (dtype, largest, smallest, one, top) in [
        ("F8_E4M3", 448.0, 2.0_f32.powi(-9), 0x38, 0x7e),
        ("F8_E5M2", 57344.0, 2.0_f32.powi(-16), 0x3c, 0x7b),
        ("F8_E4M3FNUZ", 240.0, 2.0_f32.powi(-10), 0x40, 0x7f),
        ("F8_E5M2FNUZ", 57344.0, 2.0_f32.powi(-17), 0x40, 0x7f),
    ] {
        assert_eq!((of(dtype, top), of(dtype, 1), of(dtype, one)), (largest, smallest, 1.0), "{dtype}");
        assert_eq!((of(dtype, top | 0x80), of(dtype, one | 0x80)), (-largest, -1.0), "{dtype}");
        let all: Vec<f32> = floats(dtype, &(0..=255).collect::<Vec<u8>>());
        let finite: Vec<f32> = all.iter().copied().filter(|x| x.is_finite()).collect();
        assert!(all[..usize::from(top)].is_sorted_by(|a, b| a < b), "{dtype}");
        let (nan, infinite) =
            (all.iter().filter(|x| x.is_nan()).count(), all.iter().filter(|x| x.is_infinite()).count());
        let (nans, infinities) = match dtype {
            "F8_E4M3" => (2, 0),
            "F8_E5M2" => (6, 2),
            _ => (1, 0),
        };
        assert_eq!((nan, infinite, finite.len()), (nans, infinities, 256 - nans - infinities), "{dtype}");
    }
    assert!(of("F8_E4M3FNUZ", 0x80).is_nan() && of("F8_E4M3", 0x80).is_sign_negative());
    let scales = floats("F8_E8M0", &[0, 127, 254, 255]);
    assert_eq!(scales[..3], [2.0_f32.powi(-127), 1.0, 2.0_f32.powi(127)]);
    assert!(scales[3].is_nan());
}

#[test]
fn floats_of_four_bits_are_packed_two_per_byte() {
    assert_eq!(floats("F4", &[0x10, 0x32, 0x54, 0x76, 0xf9]), [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.5, -6.0]);
    assert!(why(&tensor("F4", "[3]", &[0, 0])).contains("do not match F4 [3]"), "half a byte");
}

#[test]
fn complex_tensors_become_two_and_undefined_types_are_skipped() {
    let data: Vec<u8> = [1.0_f32, 2.0, 3.0, 4.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let bytes = tensor("C64", "[2]", &data);
    let found = header(&bytes).unwrap();
    assert_eq!(found.tensors.iter().map(|t| t.path.join(".")).collect::<Vec<_>>(), ["t.real", "t.imag"]);
    let read = |t: &Tensor| samples(t, &bytes);
    assert_eq!(
        found.tensors.iter().map(read).collect::<Vec<_>>(),
        [Samples::F32(vec![1.0, 3.0]), Samples::F32(vec![2.0, 4.0])]
    );

    for (dtype, shape, part) in
        [("F6_E2M3", "[4]", "how the 6 bits of F6_E2M3 are packed"), ("I3", "[9]", "unknown type \"I3\"")]
    {
        let found = header(&tensor(dtype, shape, &[0; 3])).unwrap();
        assert!(found.tensors.is_empty() && found.problems[0].to_string().contains(part), "{:?}", found.problems);
    }
}

#[test]
fn tensors_must_fill_the_file_without_gaps() {
    let two = |a: &str, b: &str| {
        let entry = |at: &str| format!(r#"{{"dtype": "U8", "shape": [2], "data_offsets": {at}}}"#);
        file(&format!(r#"{{"a": {}, "b": {}, "__metadata__": {{"k": "v"}}}}"#, entry(a), entry(b)), &[1, 2, 3, 4])
    };
    let good = header(&two("[2, 4]", "[0, 2]")).unwrap();
    assert_eq!(
        good.tensors.iter().map(|t| t.path.join(".")).collect::<Vec<_>>(),
        ["b", "a"],
        "in the order of their bytes"
    );
    assert_eq!(good.metadata, [("k".to_owned(), "v".to_owned())]);
    for (a, b) in [("[0, 2]", "[0, 2]"), ("[0, 2]", "[1, 3]"), ("[0, 2]", "[3, 5]"), ("[2, 0]", "[2, 4]")] {
        let why = why(&two(a, b));
        assert!(why.contains("should start at"), "{why}");
    }
    let file = two("[0, 2]", "[2, 4]");
    for cut in 0..file.len() {
        why(&file[..cut]);
    }
    assert!(why(&[&file[..], b"x"].concat()).contains("need 4 bytes, but 5 follow"));
}

#[test]
fn invalid_headers_are_errors() {
    for (shape, end) in [("[3]", "4"), ("[18446744073709551615, 2]", "4"), ("[1]", "18446744073709551615")] {
        let text = format!(r#"{{"t": {{"dtype": "I32", "shape": {shape}, "data_offsets": [0, {end}]}}}}"#);
        assert!(why(&file(&text, &[0; 4])).contains("damaged"), "{text}");
    }
    for (text, part) in [
        (r#"{"t": {"dtype": "I32", "shape": [-1], "data_offsets": [0, 4]}}"#, "header: invalid value"),
        (r#"{"t": {"dtype": "I32"}}"#, "missing field"),
        (r#"{"t": {}} x"#, "damaged"),
        ("[]", "expected an object of tensors"),
    ] {
        let why = why(&file(text, &[0; 4]));
        assert!(why.contains(part), "{why}");
    }
    assert!(why(&100_000_001_u64.to_le_bytes()).contains("too large"));
    assert!(why(&99_000_000_u64.to_le_bytes()).contains("truncated"));
}

#[test]
fn the_last_of_two_tensors_with_one_name_is_read() {
    let entry = r#""a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}"#;
    let found = header(&file(&format!("{{{entry}, {entry}}}"), &[7])).unwrap();
    assert_eq!(found.tensors.len(), 1);
    assert_eq!(found.problems[0].to_string(), "a: several tensors have this name; rebin reads the last one");
}

#[test]
fn damaged_headers_never_cause_a_panic() {
    let good = include_bytes!("../../../tests/samples/raw/st_lib.safetensors");
    for at in 0..good.len() {
        for byte in [0, b'"', b'0', b'9', b'}', b',', 0xff, good[at] ^ 1, good[at] ^ 0x80] {
            let mut bytes = good.to_vec();
            bytes[at] = byte;
            for tensor in header(&bytes).map_or(Vec::new(), |header| header.tensors) {
                assert_eq!(samples(&tensor, &bytes).len() as u64, tensor.len());
            }
        }
    }
}
