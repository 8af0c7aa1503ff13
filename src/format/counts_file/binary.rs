//! The binary form of count files, which is several times smaller than JSON.
//!
//! After [`MAGIC`] follows one zstd frame. It contains a JSON object of all members but the counts, and then the counts in
//! planes: first the lowest byte of every count, then the second byte of every count, and so on. All numbers are
//! little-endian.

use super::{MAX_COUNTS, Members, members};
use crate::engine::MergeableCounts;
use crate::format::{DecodeError, fill};
use crate::json;
use std::io::{self, Read};

/// First bytes of a file. The last one is the version of the form.
pub const MAGIC: &[u8] = b"\x93REBIN\0\x01";

/// zstd's level: the best compression whose time does not matter next to counting.
const LEVEL: i32 = 9;
/// Largest length of the JSON object, far above that of a sum of 100,000 files.
const MAX_MEMBERS: u32 = 1 << 24;
/// Largest window of a frame. Larger ones are not from rebin.
const WINDOW_LOG: u32 = 24;

/// Returns the bytes of a count file.
///
/// # Errors
/// The compressor fails.
pub fn bytes(counts: &MergeableCounts, key: &str) -> io::Result<Vec<u8>> {
    let members = format!("{{{}}}", members(counts, key));
    let largest = counts.counts.iter().max().copied().unwrap_or(0);
    let planes = (u64::BITS - largest.leading_zeros()).div_ceil(8) as u8;
    let mut content = Vec::new();
    content.extend((members.len() as u32).to_le_bytes());
    content.extend(members.as_bytes());
    content.extend((counts.counts.len() as u32).to_le_bytes());
    content.push(planes);
    for plane in 0..planes {
        content.extend(counts.counts.iter().map(|count| (count >> (8 * plane)) as u8));
    }
    let mut bytes = MAGIC.to_vec();
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    compressor.include_checksum(true)?;
    bytes.extend(compressor.compress(&content)?);
    Ok(bytes)
}

/// Reads the key and the counts of a file that starts with [`MAGIC`].
///
/// # Errors
/// The file is truncated, damaged, or not from rebin.
pub fn read(input: &mut impl Read) -> Result<(String, MergeableCounts), DecodeError> {
    let mut magic = [0; MAGIC.len()];
    if fill(input, &mut magic)? < magic.len() || magic != MAGIC {
        return Err(damaged("the start is missing"));
    }
    let mut decoder = zstd::Decoder::new(input)?;
    decoder.window_log_max(WINDOW_LOG)?;
    let length = u32::from_le_bytes(array(&mut decoder)?);
    if length > MAX_MEMBERS {
        return Err(damaged("its description is too long"));
    }
    let text = plane(&mut decoder, length as usize)?;
    let item = json::parse(&text).map_err(|error| damaged(&error.to_string()))?;
    let len = u32::from_le_bytes(array(&mut decoder)?) as usize;
    let [planes] = array(&mut decoder)?;
    if len > MAX_COUNTS || planes > 8 {
        return Err(damaged("it has more counts than any range"));
    }
    let mut counts = vec![0; len];
    for shift in (0..planes).map(|plane| 8 * plane) {
        let bytes = plane(&mut decoder, len)?;
        counts.iter_mut().zip(bytes).for_each(|(count, byte)| *count |= u64::from(byte) << shift);
    }
    // Reads the checksum, too.
    if decoder.read(&mut [0]).map_err(|error| damaged(&error.to_string()))? > 0 {
        return Err(damaged("bytes follow the counts"));
    }
    Members(&item.node).read(counts)
}

fn array<const N: usize>(input: &mut impl Read) -> Result<[u8; N], DecodeError> {
    let mut bytes = [0; N];
    if fill(input, &mut bytes)? < N { Err(truncated()) } else { Ok(bytes) }
}

fn plane(input: &mut impl Read, len: usize) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = vec![0; len];
    if fill(input, &mut bytes)? < len { Err(truncated()) } else { Ok(bytes) }
}

fn truncated() -> DecodeError {
    damaged("it is truncated")
}

fn damaged(why: &str) -> DecodeError {
    DecodeError::new(format!("damaged count file ({why}); count the samples again"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_same;
    use super::*;
    use crate::engine::{Population, Task};
    use crate::hist::{Range, Samples};

    fn counts(samples: Samples, range: Option<Range>) -> MergeableCounts {
        Population::new(samples).mergeable_counts(range, &Task::default()).unwrap()
    }

    #[test]
    fn written_counts_are_read_back() {
        let range = Some(Range::floats(-4.0, 4.0));
        let many = Samples::F64((0..70_000).map(|i| f64::from(i % 3)).collect());
        for mut counts in [
            counts(Samples::F32(vec![0.5, -1.0, f32::NAN, 3.25, f32::INFINITY, 0.0]), None),
            counts(Samples::F64(Vec::new()), range),
            counts(many, range),
        ] {
            counts.parts = vec![0, u64::MAX];
            let written = bytes(&counts, "a\"b").unwrap();
            let (key, read) = read(&mut &written[..]).unwrap();
            assert_eq!(key, "a\"b");
            assert_same(&read, &counts);
        }
    }

    #[test]
    fn a_part_of_a_million_values_has_less_than_60_kilobytes() {
        // Quantiles of a logistic distribution: smooth, with tails.
        let value = |i: u32| (f64::from(i) + 0.5) / 1e6;
        let samples = (0..1_000_000).map(|i| 0.3 * (value(i) / (1.0 - value(i))).ln() + f64::from(i % 97) * 1e-4);
        let counts = counts(Samples::F64(samples.collect()), Some(Range::floats(-4.0, 4.0)));
        let (binary, text) = (bytes(&counts, "loss").unwrap(), super::super::text(&counts, "loss"));
        assert!(binary.len() < 60_000 && 3 * binary.len() < text.len(), "{} {}", binary.len(), text.len());
    }

    #[test]
    fn damaged_files_are_refused() {
        let whole = bytes(&counts(Samples::U8(vec![1, 2, 3]), None), "key").unwrap();
        let why = |bytes: &[u8]| read(&mut &bytes[..]).unwrap_err().to_string();
        for len in 0..whole.len() {
            assert!(read(&mut &whole[..len]).is_err(), "{len}");
        }
        let same = read(&mut &whole[..]).unwrap();
        for bit in 0..8 * whole.len() {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(
                read(&mut &flipped[..]).is_ok_and(|read| read == same) || read(&mut &flipped[..]).is_err(),
                "{bit}"
            );
        }
        assert!(why(&whole[..4]).contains("the start is missing"));
        let with = |content: &[u8]| [MAGIC, &zstd::bulk::compress(content, 1).unwrap()].concat();
        assert!(why(&with(&u32::MAX.to_le_bytes())).contains("its description is too long"));
        let claimed = [&2_u32.to_le_bytes()[..], b"{}", &u32::MAX.to_le_bytes(), &[1]].concat();
        assert!(why(&with(&claimed)).contains("more counts than any range"));
        let empty = [&2_u32.to_le_bytes()[..], b"{}", &[0; 5]].concat();
        assert!(why(&with(&empty)).contains("missing \"version\""));
        assert!(why(&with(&[&empty[..], b"x"].concat())).contains("bytes follow the counts"));
    }
}
