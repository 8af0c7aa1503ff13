use super::*;
use crate::engine::{Budget, MemoryLimit};
use crate::format::DecodeError;
use crate::format::tensor::Data;

/// A file as it is written: metadata and descriptions, both as bytes, then the data.
struct File {
    version: u32,
    entries: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    data: Vec<u8>,
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

fn entry(key: &str, kind: u32, value: &[u8]) -> Vec<u8> {
    [&text(key)[..], &kind.to_le_bytes(), value].concat()
}

fn tensor(name: &str, dimensions: &[u64], kind: u32, offset: u64) -> Vec<u8> {
    let lengths: Vec<u8> = dimensions.iter().flat_map(|length| length.to_le_bytes()).collect();
    let count = (dimensions.len() as u32).to_le_bytes();
    [&text(name)[..], &count, &lengths, &kind.to_le_bytes(), &offset.to_le_bytes()].concat()
}

impl File {
    fn new(tensors: Vec<Vec<u8>>, data: usize) -> Self {
        Self { version: 3, entries: Vec::new(), tensors, data: vec![0; data] }
    }

    fn bytes(&self) -> Vec<u8> {
        let counts = [self.tensors.len() as u64, self.entries.len() as u64].map(u64::to_le_bytes).concat();
        let mut bytes = [MAGIC, &self.version.to_le_bytes(), &counts].concat();
        bytes.extend(self.entries.iter().chain(&self.tensors).flatten());
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(&self.data);
        bytes
    }

    fn header(&self) -> Result<Header, DecodeError> {
        read(&self.bytes())
    }

    fn why(&self) -> String {
        self.header().unwrap_err().to_string()
    }
}

fn read(bytes: &[u8]) -> Result<Header, DecodeError> {
    Header::read(&mut &bytes[..], bytes.len() as u64, &Budget::default())
}

/// The only problem of a file whose second tensor is faulty, without the name.
fn left_out(faulty: Vec<u8>) -> String {
    let header = File::new(vec![tensor("good", &[8], 0, 0), faulty], 64).header().unwrap();
    assert_eq!(header.tensors.len(), 1, "the other tensor is read");
    let [problem] = &header.problems[..] else { panic!("{:?}", header.problems) };
    problem.message.clone()
}

#[test]
fn shapes_are_those_of_numpy_and_offsets_count_from_the_data() {
    let file = File::new(vec![tensor("a", &[4, 2], 0, 0), tensor("b", &[], 24, 32)], 33);
    let header = file.header().unwrap();
    let [a, b] = &header.tensors[..] else { panic!("{header:?}") };
    let start = file.bytes().len() as u64 - 33;
    assert_eq!((a.view.shape(), a.bytes(), &a.data, a.dtype), (vec![2, 4], 32, &Data::At(start), "F32"));
    assert_eq!((b.view.shape(), b.bytes(), &b.data, b.dtype), (vec![], 1, &Data::At(start + 32), "I8"));
    assert!(header.problems.is_empty());
}

#[test]
fn metadata_of_every_type_is_read_or_described() {
    let mut file = File::new(vec![tensor("a", &[1], 24, 8)], 9);
    let array = |kind: u32, n: u64, items: &[u8]| [&kind.to_le_bytes()[..], &n.to_le_bytes(), items].concat();
    let nested = array(9, 2, &[array(8, 1, &text("x")), array(6, 0, &[])].concat());
    file.entries = vec![
        entry("general.alignment", 4, &8_u32.to_le_bytes()),
        entry("name", 8, &text("small \u{1b}[2J")),
        entry("template", 8, &text(&"é".repeat(400))),
        entry("tokens", 9, &nested),
        entry("theta", 6, &1.5_f32.to_le_bytes()),
        entry("flag", 7, &[1]),
        entry("big", 11, &(-5_i64).to_le_bytes()),
        entry("general.file_type", 4, &15_u32.to_le_bytes()),
        entry("words", 9, &array(8, 2, &[text("a\"b"), text("c")].concat())),
        entry("merges", 9, &array(0, 20, &[7; 20])),
    ];
    let header = file.header().unwrap();
    let value = |key: &str| header.metadata.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
    assert_eq!(value("name"), Some("small \u{1b}[2J"));
    assert_eq!(value("template"), Some(format!("{}…", "é".repeat(100)).as_str()), "shortened");
    assert_eq!((value("tokens"), value("theta")), (Some("2 arrays"), Some("1.5")));
    assert_eq!((value("general.file_type"), value("tensor types")), (Some("15 (Q4_K_M)"), Some("1 I8")));
    assert_eq!(value("words"), Some(r#"["a\"b", "c"]"#));
    assert_eq!(value("merges"), Some("[7, 7, 7, 7, 7, 7, 7, 7, … 20 items]"));
    assert_eq!((value("flag"), value("big")), (Some("true"), Some("-5")));
    assert_eq!(header.tensors.len(), 1, "with an alignment of 8, the offset 8 is right");
}

#[test]
fn texts_that_are_not_shown_as_they_are_in_the_file_are_reported() {
    let mut file = File::new(Vec::new(), 0);
    file.entries = vec![
        entry(&"k".repeat(70_000), 7, &[1]),
        entry("words", 8, &[&2_u64.to_le_bytes()[..], b"\xff\xfe"].concat()),
        entry("good", 8, &text("\u{fffd}")),
    ];
    let problems: Vec<String> = file.header().unwrap().problems.iter().map(ToString::to_string).collect();
    let [name, words] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(*name, format!("{}…: the name is shortened, since GGUF allows at most 65,535 bytes", "k".repeat(64)));
    assert_eq!(words, "words: the text is not UTF-8; replacement characters mark the faulty bytes");
}

#[test]
fn a_faulty_tensor_is_left_out_by_name_and_the_others_are_read() {
    for (faulty, why) in [
        (tensor("u", &[8], 200, 32), "skipped: unknown type 200"),
        (tensor("u", &[8], 4, 32), "skipped: rebin cannot decode the type Q4_2"),
        (tensor("u", &[8], 0, 4096), "skipped: its data is not in the file, which is truncated or damaged"),
        (tensor("u", &[8], 0, u64::MAX - 31), "skipped: its data is not in the file, which is truncated or damaged"),
        (tensor("u", &[1, 1, 1, 1, 1], 0, 32), "skipped: 5 dimensions; GGUF has at most 4"),
        (tensor("u", &[33], 8, 32), "skipped: a row of 33 elements does not fill the blocks of 32 of Q8_0"),
        (tensor("u", &[8], 0, 33), "skipped: the offset 33 is not a multiple of 32"),
        (tensor("good", &[8], 0, 32), "skipped: another tensor has this name"),
        (tensor("u", &[1 << 40, 1 << 40], 0, 32), "skipped: a tensor of"),
    ] {
        let found = left_out(faulty);
        assert!(found.starts_with(why), "{found}");
    }
    let shared = File::new(vec![tensor("a", &[8], 0, 0), tensor("b", &[8], 0, 0)], 32).header().unwrap();
    assert_eq!((shared.tensors.len(), shared.problems.len()), (2, 1), "shared bytes are read and reported");
}

#[test]
fn a_header_that_does_not_fit_in_the_file_is_refused_before_anything_is_allocated() {
    let good = File::new(vec![tensor("a", &[8], 0, 0)], 32);
    let bytes = good.bytes();
    for cut in 0..bytes.len() - 40 {
        assert!(read(&bytes[..cut]).is_err(), "{cut}");
    }
    let counts = |tensors: u64, entries: u64| {
        [MAGIC, &3_u32.to_le_bytes(), &tensors.to_le_bytes(), &entries.to_le_bytes(), &[0; 64]].concat()
    };
    let why = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert!(why(&counts(1 << 60, 0)).contains("tensors do not fit in a file of"));
    assert!(why(&counts(0, 1 << 61)).contains("metadata entries do not fit in a file of"));
    let with = |entry: Vec<u8>| File { entries: vec![entry], ..File::new(Vec::new(), 64) }.why();
    assert!(with(entry("t", 8, &(1_u64 << 62).to_le_bytes())).contains("is longer than the file"));
    let array = |kind: u32, n: u64| [&kind.to_le_bytes()[..], &n.to_le_bytes()].concat();
    assert!(with(entry("a", 9, &array(10, u64::MAX / 4))).contains("is longer than the file"));
    assert!(with(entry("a", 9, &array(77, 1))).contains("unknown type 77"));
    assert!(with(entry("a", 9, &array(9, 1).repeat(1000))).contains("nested too deeply"));
    assert!(with(entry("general.alignment", 4, &24_u32.to_le_bytes())).contains("24 is not a power of two"));
    assert!(with(entry("general.alignment", 4, &0_u32.to_le_bytes())).contains("0 is not a power of two"));
    assert!(with(entry("general.alignment", 8, &text("32"))).contains("is not an unsigned integer"));
    assert!(File::new(vec![tensor("u", &[1; 65], 0, 0)], 32).why().contains("65 dimensions"));
}

#[test]
fn other_versions_and_byte_orders_are_named() {
    let version = |version: u32| File { version, ..File::new(Vec::new(), 0) }.why();
    assert!(version(1).contains("version 1 of GGUF is not supported"));
    assert!(version(99).contains("version 99"));
    assert!(version(3_u32.swap_bytes()).contains("big-endian GGUF files are not supported"));
    assert!(File { version: 2, ..File::new(Vec::new(), 0) }.header().is_ok());
}

#[test]
fn a_header_beyond_the_memory_budget_is_refused() {
    let tensors: Vec<_> = (0..200).map(|i| tensor(&format!("blk.{i}.weight"), &[0], 0, 0)).collect();
    let bytes = File::new(tensors, 0).bytes();
    let refused =
        Header::read(&mut &bytes[..], bytes.len() as u64, &MemoryLimit(50_000).into()).unwrap_err().to_string();
    assert!(refused.contains("--memory"), "{refused}");
}

#[test]
fn values_of_blocks_have_the_bits_of_the_gguf_package() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/golden/ggml_blocks.json")).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 15);
    for case in cases {
        let name = case["type"].as_str().unwrap();
        let kind = (0..64).filter_map(kind).find(|(known, _)| *known == name).and_then(|(_, kind)| kind);
        let Some(Kind::Blocks(quant)) = kind else { panic!("{name} has no decoder") };
        let bytes = |field: &str| -> Vec<u8> {
            let hex = case[field].as_str().unwrap();
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
        };
        let blocks = bytes("blocks");
        assert_eq!(blocks.len(), 4 * quant.bytes(), "{name}");
        let mut values = Vec::new();
        quant.decode(&blocks, &mut values);
        let expected: Vec<u32> = bytes("bits").chunks(4).map(|b| u32::from_be_bytes(b.try_into().unwrap())).collect();
        let bits = |value: &f32| if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() };
        assert_eq!(values.iter().map(bits).collect::<Vec<_>>(), expected, "{name}");
    }
}
