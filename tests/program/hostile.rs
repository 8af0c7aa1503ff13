//! Files that unpack to more than the memory limit, one or more for each format, read with little memory.

use super::log_writer::{event, event_record, wandb_log};
use super::protobuf::Message;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, Int32Array, RecordBatch, StringArray};
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

const MIB: usize = 1 << 20;

/// Memory limit in MiB, and the memory that the program may use in addition.
const LIMIT: usize = 10;
const REST: usize = 32;

/// Memory in MiB that a release build uses for a file of a few bytes. Debug builds have more code in memory.
const OWN: usize = 14;

/// Address space in KiB.
const ADDRESSES: usize = 200 << 10;

/// Runs the program with little address space. Returns its exit code, its errors, and the largest resident set in MiB that
/// was seen.
fn run(command: &str, path: &Path) -> (Option<i32>, String, usize) {
    let script = format!("ulimit -c 0; ulimit -v {ADDRESSES}; exec \"$0\" \"$@\"");
    let errors = path.with_extension("err");
    let mut child = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_rebin"), command, "--memory", &format!("{LIMIT}M")])
        .arg(path)
        .env("HOME", "/nonexistent")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // A pipe that nobody reads would block the program.
        .stderr(fs::File::create(&errors).unwrap())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
        peak = peak.max(kibibytes.unwrap_or(0) >> 10);
        thread::sleep(Duration::from_millis(1));
    }
    let code = child.wait().unwrap().code();
    (code, fs::read_to_string(&errors).unwrap(), peak)
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

fn parquet(batch: &RecordBatch) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    file
}

fn arrow(batch: &RecordBatch) -> Vec<u8> {
    let options = arrow_ipc::writer::IpcWriteOptions::default();
    let options = options.try_with_compression(Some(arrow_ipc::CompressionType::ZSTD)).unwrap();
    let mut file = Vec::new();
    let mut writer = arrow_ipc::writer::FileWriter::try_new_with_options(&mut file, &batch.schema(), options).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    file
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn safetensors(header: &str, data: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; data]].concat()
}

/// A GGUF file with entries of the metadata and descriptions of tensors.
fn gguf(entries: &[Vec<u8>], tensors: &[Vec<u8>]) -> Vec<u8> {
    let counts = [tensors.len() as u64, entries.len() as u64].map(u64::to_le_bytes).concat();
    let header = [b"GGUF\x03\0\0\0", &counts[..], &entries.concat(), &tensors.concat()].concat();
    [header, vec![0; 64]].concat()
}

/// The header of a `.npy` file, without data.
fn npy_header(elements: usize) -> Vec<u8> {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({elements},), }}");
    let header = format!("{header:<117}\n");
    [b"\x93NUMPY\x01\0", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat()
}

fn npz(members: usize, array: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for member in 0..members {
        zip.start_file(format!("a{member}.npy"), options).unwrap();
        zip.write_all(array).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An archive whose directory has many members with the same data.
fn overlapping_npz(members: u16) -> Vec<u8> {
    let array = [npy_header(4000), vec![0; 32_000]].concat();
    let (crc, len) = (crc32fast::hash(&array).to_le_bytes(), (array.len() as u32).to_le_bytes());
    let common = |name: &[u8]| [&[0; 8][..], &crc, &len, &len, &(name.len() as u16).to_le_bytes()].concat();
    let local = [b"PK\x03\x04\x14\0", &common(b"a.npy")[..], &[0; 2], b"a.npy", &array].concat();
    let mut file = local.clone();
    for member in 0..members {
        let name = format!("a{member}.npy");
        file.extend([b"PK\x01\x02\x14\0\x14\0", &common(name.as_bytes())[..], &[0; 16], name.as_bytes()].concat());
    }
    let (start, end) = (local.len() as u32, file.len() as u32);
    let count = members.to_le_bytes();
    file.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count].concat());
    file.extend([&(end - start).to_le_bytes()[..], &start.to_le_bytes(), &[0; 2]].concat());
    file
}

/// A PyTorch checkpoint with this pickle, and a storage of four bytes.
fn checkpoint(pickle: &[u8], compression: zip::CompressionMethod) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(compression);
    for (name, content) in [("a/data.pkl", pickle), ("a/data/0", &[0; 4])] {
        zip.start_file(name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Pickles of a few megabytes whose objects need more memory.
fn pickles() -> Vec<(&'static str, Vec<u8>)> {
    let list = |items: Vec<u8>| [b"\x80\x02](".as_slice(), &items, b"e."].concat();
    let memo = (0..500_000_u32).flat_map(|i| [b"Nr".as_slice(), &i.to_le_bytes()].concat()).collect();
    // Each list has the list before it twice.
    let twice = (0..200_000).flat_map(|_| b"](h\0h\0eq\0".to_vec()).collect::<Vec<u8>>();
    let texts = (0..400).flat_map(|_| [b"X\0\xf0\0\0".as_slice(), &vec![b'x'; 0xf000]].concat()).collect();
    let storage = b"((X\x07\0\0\0storageq\x01ctorch\nFloatStorage\nq\x02X\x01\0\0\x000q\x03X\x03\0\0\0cpuq\x04K\x01tQ";
    let rebuild = b"K\0(tq\x05h\x05\x89Ntq\x06ctorch._utils\n_rebuild_tensor_v2\nq\x07";
    let tensors = [b"0".as_slice(), &b"h\x07h\x06R".repeat(60_000)].concat();
    let tensors = [b"(".as_slice(), storage, &rebuild[..], &tensors, b"l."].concat();
    let stored = zip::CompressionMethod::Stored;
    vec![
        ("objects.pt", checkpoint(&list(b"}".repeat(MIB)), stored)),
        ("deflated.pt", checkpoint(&list(b"N".repeat(20 * MIB)), zip::CompressionMethod::Deflated)),
        ("memo.pt", checkpoint(&list(memo), stored)),
        ("twice.pt", checkpoint(&[b"\x80\x02]q\0".as_slice(), &twice, b"."].concat(), stored)),
        ("texts.pt", checkpoint(&list(texts), stored)),
        ("tensors.pt", checkpoint(&[b"\x80\x02".as_slice(), &tensors].concat(), stored)),
        ("arguments.pt", checkpoint(&list(b"cos\nsystem\n)R".repeat(200_000)), stored)),
    ]
}

/// ONNX models with many tensors and many dimensions.
fn models() -> Vec<(&'static str, Vec<u8>)> {
    let model = |graph: Message| Message::default().varint(1, 8).bytes(7, graph).as_ref().to_vec();
    let tensor = |name: &str| Message::default().varint(1, 1).varint(2, 1).bytes(8, name).bytes(9, [0; 4]);
    let many = (0..60_000).fold(Message::default(), |graph, i| graph.bytes(5, tensor(&format!("t{i}"))));
    let dims = Message::default().bytes(1, vec![1; 4 * MIB]).varint(2, 1).bytes(8, "w").bytes(9, [0; 4]);
    vec![("tensors.onnx", model(many)), ("dims.onnx", model(Message::default().bytes(5, dims)))]
}

const HISTOGRAM: &str = r#"{"_type":"histogram","values":[1],"bins":[0,1]}"#;

/// Files whose content needs more than the memory limit.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let many = |n: usize, item: &dyn Fn(usize) -> String| (0..n).map(item).collect::<Vec<_>>().join(",");
    let numbers = "1,".repeat(12 * MIB);
    let text = "x".repeat(20 * MIB);
    let utf16 = |text: &str| format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let tensors = many(60_000, &|i| format!(r#""t{i}":{{"dtype":"U8","shape":[1],"data_offsets":[{i},{}]}}"#, i + 1));
    let shape = format!(r#"{{"a":{{"dtype":"U8","shape":[{numbers}1],"data_offsets":[0,1]}}}}"#);
    let metadata = many(300_000, &|i| format!(r#""k{i}":"v""#));
    let metadata =
        format!(r#"{{"__metadata__":{{{metadata}}},"a":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#);
    let name = |name: &str| [&(name.len() as u64).to_le_bytes()[..], name.as_bytes()].concat();
    let entry = |i: usize| [name(&format!("key{i}")), [8, 0, 0, 0].to_vec(), name(&"v".repeat(150))].concat();
    let tensor = |i: usize| [name(&format!("blk.{i}.weight")), [0; 16].to_vec()].concat();
    let item = |key: &str, json: &str| Message::default().bytes(1, key).bytes(16, json);
    let rows = (0..100_000).fold(Message::default(), |row, i| row.bytes(1, item(&format!("k{i}"), HISTOGRAM)));
    let long = item("h", &format!(r#"{{"_type":"histogram","values":[{numbers}1],"bins":[0,1]}}"#));
    let settings = (0..300_000).fold(Message::default(), |all, i| all.bytes(1, item(&format!("k{i}"), "1")));
    let tags = (0..150_000).fold(Message::default(), |all, i| {
        all.bytes(1, Message::default().bytes(1, format!("tag{i}")).bytes(5, Message::default().doubles(6, &[1.0])))
    });
    let zeros: ArrayRef = Arc::new(Float64Array::from(vec![0.0; 4 * MIB]));
    let keys = Int32Array::from(vec![0; 1000]);
    let dictionary: ArrayRef = Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::from(vec![text.as_str()]))));
    let few: ArrayRef = Arc::new(Float64Array::from(vec![0.0; 1000]));
    let repeated = batch(vec![("text", dictionary), ("x", few)]);
    let names: Vec<String> = (0..20_000).map(|i| format!("c{i}")).collect();
    let one: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    let wide = batch(names.iter().map(|name| (name.as_str(), Arc::clone(&one))).collect());
    let window = {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(b"a,b\n1,2\n").unwrap();
        encoder.write_all(&vec![b'\n'; 32 * MIB]).unwrap();
        encoder.finish().unwrap()
    };
    vec![
        ("array.json", format!("[{numbers}1]").into()),
        ("object.json", format!("{{\"x\":[{numbers}1]}}").into()),
        ("nested.json", format!("[{}1]", "[1],".repeat(6 * MIB)).into()),
        ("text.json", format!("{{\"x\":\"{text}\"}}").into()),
        ("keys.json", format!("{{{}}}", many(200_000, &|i| format!("\"k{i}\":{HISTOGRAM}"))).into()),
        ("paths.json", format!("{{\"{}\":{{{}}}}}", "k".repeat(MIB), many(5000, &|i| format!("\"k{i}\":[1]"))).into()),
        ("lines.jsonl", "{\"a\":1}\n".repeat(3 * MIB).into()),
        ("rows.csv", "a,b\n".to_owned().into_bytes().into_iter().chain("1,2\n".repeat(6 * MIB).bytes()).collect()),
        ("runs.csv", runs(100_000).into()),
        ("runs.jsonl", run_lines(60_000).into()),
        ("bins.uhi.json", uhi(400).into()),
        ("line.csv", numbers.clone().into()),
        ("cell.csv", format!("a,b\n1,{text}\n").into()),
        ("names.csv", format!("{}b\n{}1\n", "a,".repeat(3 * MIB), "1,".repeat(3 * MIB)).into()),
        ("columns.csv", format!("{}1\n", "1,".repeat(99_000)).repeat(100).into()),
        ("utf16.csv", utf16(&"1,2\n".repeat(4 * MIB))),
        ("numbers.json.gz", gzip(format!("[{numbers}1]").as_bytes())),
        ("rows.csv.zst", zstd::encode_all(&b"1\n".repeat(20 * MIB)[..], 1).unwrap()),
        ("window.csv.zst", window),
        ("array.npy.gz", gzip(&[npy_header(4 * MIB), vec![0; 32 * MIB]].concat())),
        ("members.npz", npz(60_000, &[npy_header(1), vec![0; 8]].concat())),
        ("tensors.safetensors", safetensors(&format!("{{{tensors}}}"), 60_000)),
        ("shape.safetensors", safetensors(&shape, 1)),
        ("metadata.safetensors", safetensors(&metadata, 1)),
        ("tensors.gguf", gguf(&[], &(0..60_000).map(tensor).collect::<Vec<_>>())),
        ("metadata.gguf", gguf(&(0..100_000).map(entry).collect::<Vec<_>>(), &[])),
        ("keys.wandb", wandb_log(&[Message::default().bytes(2, rows)], 0)),
        ("record.wandb", wandb_log(&[Message::default().bytes(2, Message::default().bytes(1, long))], 0)),
        ("settings.wandb", wandb_log(&[Message::default().bytes(17, Message::default().bytes(4, settings))], 0)),
        ("events.out.tfevents.tags", event_record(event(1).bytes(5, tags))),
        ("text.parquet", parquet(&repeated)),
        ("columns.parquet", parquet(&wide)),
        ("text.arrow", arrow(&repeated)),
        ("columns.arrow", arrow(&wide)),
        ("zeros.arrow", arrow(&batch(vec![("x", zeros)]))),
    ]
}

/// An HDF5 file of 120 KB with a chunk of 120 MB.
fn large_chunk() -> (&'static str, Vec<u8>) {
    let file = fs::File::open("tests/samples/hdf5/big_chunk_cinder.h5.gz").unwrap();
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut content).unwrap();
    ("chunk.h5", content)
}

/// A table with a histogram of each of many runs.
fn runs(runs: usize) -> String {
    let cell = HISTOGRAM.replace('"', "\"\"");
    let rows: Vec<String> = (0..runs).map(|run| format!("r{run},0,\"{cell}\"\n")).collect();
    format!("run,step,w\n{}", rows.concat())
}

/// Lines with a histogram of each of many runs.
fn run_lines(runs: usize) -> String {
    let lines: Vec<String> =
        (0..runs).map(|run| format!("{{\"run\":\"r{run}\",\"step\":0,\"w\":{HISTOGRAM}}}\n")).collect();
    lines.concat()
}

/// Histograms of UHI with far more bins than values.
fn uhi(histograms: usize) -> String {
    let one = r#"{"uhi_schema":1,"axes":[{"type":"regular","lower":0,"upper":1,"bins":1000000,"underflow":false,"overflow":false,"circular":false}],"storage":{"type":"int","index":[[1]],"values":[1]}}"#;
    let all: Vec<String> = (0..histograms).map(|n| format!("\"h{n}\":{one}")).collect();
    format!("{{{}}}", all.join(","))
}

/// Largest peak in MiB that this build may have.
fn most(folder: &TempDir) -> usize {
    let path = folder.path().join("small.json");
    fs::write(&path, "[1, 2]").unwrap();
    let (code, _, peak) = run("ls", &path);
    assert_eq!(code, Some(0));
    LIMIT + REST - OWN + peak
}

#[test]
fn files_that_need_too_much_memory_are_rejected_with_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let most = most(&folder);
    let mut wrong = Vec::new();
    for (name, content) in files().into_iter().chain(pickles()).chain(models()) {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let (code, err, peak) = run("ls", &path);
        if code != Some(1) || err.lines().count() != 1 || !err.contains("memory") || peak > most {
            wrong.push(format!("{name}: exit code {code:?}, {peak} MiB, {err}"));
        }
        fs::remove_file(&path).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `ls` lists the rest of a file, and `show` rejects the chunk.
#[test]
fn large_chunks_of_hdf5_files_are_rejected_alone() {
    let folder = tempfile::tempdir().unwrap();
    let most = most(&folder);
    let (name, content) = large_chunk();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let (code, err, peak) = run("ls", &path);
    assert!(code == Some(0) && peak <= most, "{code:?}, {peak} MiB, {err}");
    let (code, err, peak) = run("show", &path);
    assert!(code == Some(1) && err.lines().count() == 1 && err.contains("memory") && peak <= most, "{peak} MiB, {err}");
}

#[test]
fn damaged_models_never_take_memory_or_crash() {
    let folder = tempfile::tempdir().unwrap();
    let most = most(&folder);
    let (mut files, mut wrong) = (0, Vec::new());
    for format in ["torch", "onnx", "hdf5", "gguf"] {
        for entry in fs::read_dir(Path::new("tests/samples").join(format)).unwrap() {
            let source = entry.unwrap().path();
            let name = source.file_name().unwrap().to_string_lossy().into_owned();
            if !name.starts_with("bad_") || source.is_dir() {
                continue;
            }
            let path = folder.path().join(&name);
            fs::copy(&source, &path).unwrap();
            let (code, err, peak) = run("ls", &path);
            files += 1;
            if !matches!(code, Some(0 | 1)) || (code == Some(1) && err.lines().count() != 1) || peak > most {
                wrong.push(format!("{name}: exit code {code:?}, {peak} MiB, {err}"));
            }
        }
    }
    assert!(files > 75 && wrong.is_empty(), "{files} files\n{}", wrong.join("\n"));
}

#[test]
fn overlapping_members_of_an_archive_are_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("overlap.npz");
    fs::write(&path, overlapping_npz(5000)).unwrap();
    let (code, err, peak) = run("ls", &path);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("overlaps the next member") && err.contains("more problems not listed"), "{err}");
    assert!(peak <= most(&folder), "{peak} MiB");
}

#[test]
fn limits_of_the_process_limit_memory_by_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zeros.arrow");
    let zeros: ArrayRef = Arc::new(Float64Array::from(vec![0.0; 30 * MIB]));
    fs::write(&path, arrow(&batch(vec![("x", zeros)]))).unwrap();
    let script = format!("ulimit -c 0; ulimit -v {ADDRESSES}; exec \"$0\" ls \"$1\"");
    let rebin = env!("CARGO_BIN_EXE_rebin");
    let done = Command::new("sh").args(["-c", &script, rebin]).arg(&path).env("HOME", "/nonexistent").output().unwrap();
    let err = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "{err}");
    assert!(err.contains("process limits leave; raise them with ulimit") && err.lines().count() == 1, "{err}");
}
