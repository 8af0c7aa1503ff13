use super::*;
use crate::engine::MemoryLimit;
use crate::hist::Samples;
use std::fs;
use std::io::Read as _;
use std::path::Path;

#[derive(Debug)]
struct Memory(Vec<u8>);

impl ByteRanges for Memory {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> Result<(), DecodeError> {
        bytes.copy_from_slice(&self.0[at as usize..at as usize + bytes.len()]);
        Ok(())
    }
}

fn sample(name: &str) -> Arc<dyn ByteRanges> {
    let mut bytes = fs::read(Path::new("tests/samples/hdf5").join(name)).unwrap();
    if bytes.starts_with(b"\x1f\x8b") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut plain).unwrap();
        bytes = plain;
    }
    Arc::new(Memory(bytes))
}

fn floats(samples: &Samples) -> Vec<f64> {
    crate::hist::each!(samples, values => values.iter().map(|x| crate::hist::Element::to_f64(*x)).collect())
}

#[test]
fn blocks_of_every_size_have_the_elements_of_the_whole() {
    let mut in_c_order = [0, 0];
    for name in ["chunked_earliest_cedar.h5.gz", "chunked_latest_jackdaw.h5.gz", "types_walnut.h5", "shapes_osprey.h5"]
    {
        let bytes = sample(name);
        let budget = Budget::default();
        for dataset in Tree::read(&bytes, &budget).unwrap().datasets {
            let entries = dataset.entries(&bytes, &budget).unwrap();
            let whole = floats(&dataset.read(&*bytes, &entries, &dataset.whole()).unwrap());
            assert_eq!(whole.len() as u64, dataset.len, "{name}: {:?}", dataset.path);
            for limit in [1, 50, 200, 1000, 1 << 20] {
                let blocks = dataset.blocks(limit);
                let (mut at, mut index, mut all) = (0, 0, Vec::new());
                while at < dataset.len {
                    let block = blocks.locate(at);
                    assert_eq!((block.start, block.index, &blocks.locate(at + block.len - 1)), (at, index, &block));
                    assert!(block.len <= blocks.largest());
                    all.extend(floats(&dataset.read(&*bytes, &entries, &block).unwrap()));
                    (at, index) = (at + block.len, index + 1);
                }
                let is_c_order = blocks.is_c_order();
                in_c_order[usize::from(is_c_order)] += 1;
                let mut expected = whole.clone();
                if !is_c_order {
                    all.sort_by(f64::total_cmp);
                    expected.sort_by(f64::total_cmp);
                }
                let is_equal = all.iter().map(|x| x.to_bits()).eq(expected.iter().map(|x| x.to_bits()));
                assert!(is_equal, "{name}: {:?}, blocks of {limit} bytes", dataset.path);
            }
        }
    }
    assert!(in_c_order.iter().all(|n| *n > 10), "{in_c_order:?}");
}

#[test]
fn lzf_repeats_bytes_and_rejects_damage() {
    assert_eq!(lzf::decompress(b"\x02abc\x20\x02", 100).unwrap(), b"abcabc");
    assert_eq!(lzf::decompress(b"\x00a\x20\x00", 100).unwrap(), b"aaaa");
    assert_eq!(lzf::decompress(b"\x00a\xe0\x01\x00", 100).unwrap(), b"a".repeat(11));
    assert!(lzf::decompress(b"\x02abc\x20\x03", 100).is_err(), "before the start");
    assert!(lzf::decompress(b"\x02ab", 100).is_err() && lzf::decompress(b"\x20", 100).is_err(), "truncated");
    assert!(lzf::decompress(b"\x00a\xe0\xff\x00", 100).is_err(), "too long");
}

#[test]
fn only_as_many_bits_as_an_integer_has_are_used() {
    // 12 bits of an int16, the lower four bits are padding.
    let raw = |class: u8, flags: u8, size: u8, first: u8, bits: u8| {
        [class | 0x10, flags, 0, 0, size, 0, 0, 0, first, 0, bits, 0]
    };
    let decoded = |raw: &[u8], bytes: &[u8]| {
        let numbers = element::numbers(raw, None).unwrap();
        let mut samples = Samples::empty(numbers.fields[0].1.dtype());
        numbers.fields[0].1.decode(bytes, &mut samples);
        samples
    };
    assert_eq!(decoded(&raw(0, 8, 2, 4, 12), &[0xf5, 0xff, 0x1a, 0x00]), Samples::I16(vec![-1, 1]));
    assert_eq!(decoded(&raw(0, 0, 2, 4, 12), &[0xf5, 0xff]), Samples::U16(vec![4095]));
    assert_eq!(decoded(&raw(0, 9, 2, 0, 16), &[0xff, 0xfe]), Samples::I16(vec![-2]), "big-endian");
}

#[test]
fn files_are_recognized_after_a_user_block() {
    let at = |n: usize| [vec![b' '; n], MAGIC.to_vec()].concat();
    assert!([0, 512, 1024, 8192].iter().all(|n| starts_like_file(&at(*n))));
    assert!(!starts_like_file(&at(100)) && !starts_like_file(b""));
}

#[test]
fn metadata_is_reserved_before_it_is_read() {
    let bytes = sample("groups_thicket.h5");
    let limit = MemoryLimit(4 << 10);
    let why = Tree::read(&bytes, &limit.into()).unwrap_err();
    assert!(why.to_string().contains("memory limit"), "{why}");
}
