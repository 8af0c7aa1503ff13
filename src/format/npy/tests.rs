use super::*;

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn described(descr: &str, shape: &str, data: &[u8]) -> Result<(Header, Samples), DecodeError> {
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
    read(&mut file(&header, data).as_slice())
}

fn why(descr: &str, shape: &str, data: &[u8]) -> String {
    described(descr, shape, data).unwrap_err().to_string()
}

#[test]
fn every_notation_of_a_type_reads_the_same_numbers() {
    let little = 1.5_f64.to_le_bytes();
    for descr in ["'<f8'", "\"<f8\"", "'=f8'", "'f8'", "'|f8'", "'float64'", "'d'"] {
        assert_eq!(described(descr, "(1,)", &little).unwrap().1, Samples::F64(vec![1.5]), "{descr}");
    }
    assert_eq!(described("'>f8'", "(1,)", &1.5_f64.to_be_bytes()).unwrap().1, Samples::F64(vec![1.5]));
    assert_eq!(described("'>i2'", "(2,)", &[0x01, 0x00, 0xff, 0xfe]).unwrap().1, Samples::I16(vec![256, -2]));
    assert_eq!(described("'|b1'", "(3,)", &[0, 1, 7]).unwrap().1, Samples::Bool(vec![0, 1, 1]));
}

#[test]
fn shapes_have_zero_or_more_dimensions() {
    let one = described("'|u1'", "()", &[7]).unwrap();
    assert_eq!((one.0.dims().as_str(), one.1), ("()", Samples::U8(vec![7])));
    assert_eq!(described("'|u1'", "(0, 9)", &[]).unwrap().1, Samples::U8(vec![]));
    // The product of the other lengths overflows, but the array is empty.
    assert_eq!(described("'|u1'", "(0, 9999999999, 9999999999)", &[]).unwrap().1, Samples::U8(vec![]));
    let fortran = file("{'descr': '|u1', 'fortran_order': True, 'shape': (9999999999, 9999999999, 0)}", &[]);
    assert_eq!(read(&mut fortran.as_slice()).unwrap().1, Samples::U8(vec![]));
    let cube = described("'|u1'", "(2L, 2, 2)", &[1, 2, 3, 4, 5, 6, 7, 8, 99]).unwrap();
    assert_eq!(cube.1, Samples::U8(vec![1, 2, 3, 4, 5, 6, 7, 8]), "bytes after the array are legal");
}

#[test]
fn fortran_order_is_converted_to_c_order() {
    let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2)}";
    // Element (i, j, k) has the value 100 i + 10 j + k. The first index runs fastest in the file.
    let at = |i: u8, j: u8, k: u8| 100 * i + 10 * j + k;
    let mut data = Vec::new();
    let mut expected = Vec::new();
    for (a, b, c) in (0..2).flat_map(|c| (0..3).flat_map(move |b| (0..2).map(move |a| (a, b, c)))) {
        data.push(at(a, b, c));
    }
    for (a, b, c) in (0..2).flat_map(|a| (0..3).flat_map(move |b| (0..2).map(move |c| (a, b, c)))) {
        expected.push(at(a, b, c));
    }
    assert_eq!(read(&mut file(header, &data).as_slice()).unwrap().1, Samples::U8(expected));
}

#[test]
fn arrays_larger_than_a_block_are_read_completely() {
    let n = BLOCK / 4 * 3 + 5;
    let values: Vec<u32> = (0..n as u32).collect();
    let data: Vec<u8> = values.iter().flat_map(|v| v.to_be_bytes()).collect();
    assert_eq!(described("'>u4'", &format!("({n},)"), &data).unwrap().1, Samples::U32(values));
}

#[test]
fn truncated_data_is_reported_in_numpys_words() {
    let expected = "Failed to read all data for array. Expected (10,) = 10 elements, could only read 9 elements.";
    assert_eq!(why("'<f8'", "(10,)", &[0; 79]), expected);
    let (header, _) = described("'<f8'", "(10,)", &[0; 80]).unwrap();
    assert_eq!(header.fits(header.len + 79).unwrap_err().to_string(), expected);
    assert!(header.fits(header.len + 80).is_ok());
}

#[test]
fn a_wrong_size_does_not_allocate() {
    assert!(why("'<f8'", "(1152921504606846975,)", &[0; 16]).contains("could only read 2 elements"));
    assert!(why("'<f8'", "(4294967296, 4294967296)", &[]).contains("(4294967296, 4294967296) is too large"));
    let long = [b"\x93NUMPY\x02\x00".as_slice(), &u32::MAX.to_le_bytes()].concat();
    assert!(read(&mut long.as_slice()).unwrap_err().to_string().contains("4294967295 bytes long"));
}

#[test]
fn types_that_are_not_real_numbers_are_reported_with_a_remedy() {
    for (descr, word) in [
        ("[('a', '<f8'), ('b', '<i4', (2,))]", "structured"),
        ("'|O'", "pickled"),
        ("'<U2'", "text"),
        ("'|S5'", "text"),
        ("'<f16'", "long double"),
        ("'<M8[ns]'", "dates"),
        ("'<m8[s]'", "durations"),
        ("'<c16'", "complex"),
        ("'|V2'", "raw bytes"),
        ("'<q9'", "\"<q9\" is not a valid type"),
        ("''", "not a valid type"),
        ("'é'", "not a valid type"),
        ("8", "descr is not a type"),
    ] {
        let why = why(descr, "(1,)", &[0; 64]);
        assert!(why.contains(word), "{descr}: {why}");
        assert!(!why.contains('\n'), "{why}");
    }
}

#[test]
fn errors_name_the_damaged_part_of_the_header() {
    assert!(why("'<f8'", "(-1,)", &[0; 64]).contains("invalid length"));
    assert!(why("'<f8'", "(1.5,)", &[0; 64]).contains("cannot parse"));
    assert!(why("'<f8'", "10", &[0; 64]).contains("not a tuple"));
    let cases = [
        ("{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", "fortran_order"),
        ("{'descr': '<f8', 'shape': (1,)}", "expected the keys"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}", "expected the keys"),
        ("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", "expected the keys"),
        ("not a dict\n\n", "cannot parse \"not a dict\""),
    ];
    for (header, word) in cases {
        let why = read(&mut file(header, &[0; 8]).as_slice()).unwrap_err().to_string();
        assert!(why.contains(word), "{header}: {why}");
        assert!(!why.contains('\n'), "{why}");
    }
}

#[test]
fn a_file_truncated_at_any_byte_is_an_error() {
    let valid = file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", &[0; 8]);
    for cut in 0..valid.len() {
        assert!(read(&mut &valid[..cut]).is_err(), "{cut}");
    }
    assert!(read(&mut valid.as_slice()).is_ok());
}
