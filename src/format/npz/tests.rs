use super::*;
use crate::engine::Budget;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes(), data].concat()
}

fn archive(members: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

type Opened = Result<(Npz<Cursor<Vec<u8>>>, Vec<Problem>), DecodeError>;

fn open(bytes: Vec<u8>) -> Opened {
    Npz::open(Cursor::new(bytes), &Budget::default())
}

#[test]
fn arrays_are_identified_by_their_magic_and_not_by_name() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let members = [
            ("ü/w.npy", npy("|u1", "(3,)", &[1, 2, 3])),
            ("notes.npy", b"not an array".to_vec()),
            ("plain", npy("<i2", "()", &[5, 0])),
        ];
        let (mut npz, problems) = open(archive(&members, method)).unwrap();
        let names: Vec<_> = npz.members().iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["ü/w", "plain"]);
        assert_eq!(npz.read(0, |_| Ok(())).unwrap().unwrap(), Samples::U8(vec![1, 2, 3]));
        assert_eq!(npz.read(1, |_| Ok(())).unwrap().unwrap(), Samples::I16(vec![5]));
        assert!(npz.read(2, |_| Ok(())).is_none());
        assert_eq!(problems, [Problem::new(At::Path("notes.npy".into()), "skipped: not a .npy array")]);
    }
}

#[test]
fn an_archive_without_arrays_is_an_error_unless_it_is_empty() {
    let why = |members: &[(&str, Vec<u8>)]| open(archive(members, CompressionMethod::Stored)).unwrap_err().to_string();
    let (empty, problems) = open(archive(&[], CompressionMethod::Stored)).unwrap();
    assert!(empty.members().is_empty() && problems.is_empty(), "an empty archive is not an error");
    assert!(why(&[("a.txt", vec![])]).starts_with("the archive has no arrays; a.txt: skipped"));
    assert!(why(&[("o.npy", npy("|O", "(1,)", &[0; 8])), ("b", vec![])]).contains("pickled"));
}

#[test]
fn a_member_shorter_than_its_header_declares_is_skipped_without_allocating() {
    let short = npy("<f8", "(99999999999,)", &[0; 16]);
    let members = [("short.npy", short), ("valid.npy", npy("|b1", "(1,)", &[1]))];
    let (npz, problems) = open(archive(&members, CompressionMethod::Deflated)).unwrap();
    assert_eq!(npz.members().len(), 1);
    assert!(problems[0].to_string().contains("could only read 2 elements"), "{}", problems[0]);
}

#[test]
fn damaged_archives_are_errors() {
    let valid = archive(&[("a.npy", npy("|u1", "(3,)", &[7, 8, 9]))], CompressionMethod::Stored);
    for cut in 0..valid.len() {
        assert!(open(valid[..cut].to_vec()).is_err(), "{cut}");
    }
    let at = valid.windows(3).position(|w| w == [7, 8, 9]).unwrap();
    let mut flipped = valid;
    flipped[at] = 6;
    let (mut npz, _) = open(flipped).unwrap();
    assert!(npz.read(0, |_| Ok(())).unwrap().is_err(), "the checksum is wrong");
}

#[test]
fn an_error_from_watch_stops_the_reading() {
    let members = [("a.npy", npy("|u1", "(3,)", &[7, 8, 9]))];
    let (mut npz, _) = open(archive(&members, CompressionMethod::Deflated)).unwrap();
    assert!(npz.read(0, |_| Err(io::Error::other("stop"))).unwrap().is_err());
}

#[test]
fn zip64_end_records_are_read_for_first_names_of_every_length() {
    for length in 20..40 {
        let name = "a".repeat(length);
        let mut file = archive(&[(&name, npy("|u1", "(2,)", &[1, 2]))], CompressionMethod::Stored);
        // The end record follows a zip64 end record and its locator.
        let end = file.split_off(file.len() - 22);
        let (directory, start) = (&end[12..16], u32::from_le_bytes(end[16..20].try_into().unwrap()));
        let record = file.len() as u64;
        file.extend(b"PK\x06\x06".iter().chain(&44_u64.to_le_bytes()).chain(&[45, 0, 45, 0]).chain(&[0; 8]));
        file.extend([1_u64, 1].iter().flat_map(|count| count.to_le_bytes()));
        file.extend([directory, &[0; 4], &u64::from(start).to_le_bytes()].concat());
        file.extend([&b"PK\x06\x07\0\0\0\0"[..], &record.to_le_bytes(), &1_u32.to_le_bytes()].concat());
        file.extend(end);
        let (mut npz, problems) = open(file).unwrap();
        assert_eq!((npz.members()[0].name.len(), problems), (length, vec![]));
        assert_eq!(npz.read(0, |_| Ok(())).unwrap().unwrap(), Samples::U8(vec![1, 2]));
    }
}
