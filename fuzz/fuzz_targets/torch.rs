//! PyTorch checkpoints: no panic, no more memory than the limit, and each tensor has the length of its shape or is an error.
//! An input that is not a checkpoint is the pickle of an archive with two storages.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::catalog::Content;
use rebin::engine::MemoryLimit;
use rebin::format::torch::{is_legacy, read};
use rebin::source::{Task, open_reader};

/// Tensors of an input that are loaded.
const LOADED: usize = 20;

fuzz_target!(|bytes: &[u8]| {
    let archive;
    let checkpoint = if bytes.starts_with(b"PK") || is_legacy(bytes) {
        bytes
    } else {
        archive = archive_of(bytes);
        &archive
    };
    let task = || Task { memory: MemoryLimit(8 << 20).into(), ..Task::default() };
    let Ok(found) = read(&checkpoint, &task().memory) else { return };
    for tensor in found.tensors.iter().take(LOADED).filter(|tensor| tensor.memory() < 1 << 20) {
        if let Ok(samples) = tensor.read(&checkpoint, &task().memory, |_| Ok(())) {
            assert_eq!(samples.len() as u64, tensor.len());
        }
    }
    let Ok(source) = open_reader("-", checkpoint, &task()) else { return };
    for index in 0..source.info().series.len().min(LOADED) {
        match source.load(index, 0, &task()) {
            Ok(Content::Raw(_)) => {}
            Ok(Content::Logged(_)) => panic!("a tensor is not a histogram"),
            Err(why) => assert!(!why.to_string().is_empty()),
        }
    }
});

/// Returns an archive with a pickle and the storages `0` and `1`.
fn archive_of(pickle: &[u8]) -> Vec<u8> {
    let storage: Vec<u8> = (0..=255).collect();
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in [("a/data.pkl", pickle), ("a/data/0", &storage), ("a/data/1", &storage)] {
        let (at, size) = ((file.len() as u32).to_le_bytes(), (content.len() as u32).to_le_bytes());
        // Time, checksum, both sizes, length of the name, length of the extra field.
        let common = [&[0; 8][..], &[0; 4], &size, &size, &(name.len() as u16).to_le_bytes(), &[0; 2]].concat();
        file.extend([b"PK\x03\x04\x14\0", &common[..], name.as_bytes(), content].concat());
        directory.extend([b"PK\x01\x02\x14\0\x14\0", &common[..], &[0; 10], &at, name.as_bytes()].concat());
    }
    let (start, size) = ((file.len() as u32).to_le_bytes(), (directory.len() as u32).to_le_bytes());
    file.extend(directory);
    file.extend([b"PK\x05\x06\0\0\0\0\x03\0\x03\0", &size[..], &start, &[0; 2]].concat());
    file
}
