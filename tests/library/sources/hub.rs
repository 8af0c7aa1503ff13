//! Folders of models: the cache of Hugging Face's hub, whose snapshots are links to blobs, and the output of a training.

use rebin::source::{self, Input, Task};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A cache of the hub.
struct Hub(TempDir);

impl Hub {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn model(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Adds files to a snapshot of a model, as links to blobs.
    fn add(&self, model: &str, snapshot: &str, files: &[(&str, &str)]) -> PathBuf {
        let blobs = self.model(model).join("blobs");
        let snapshot = self.model(model).join("snapshots").join(snapshot);
        fs::create_dir_all(&blobs).unwrap();
        for (name, sample) in files {
            let blob = format!("{:064x}", fs::read_dir(&blobs).unwrap().count());
            fs::copy(Path::new("tests/samples").join(sample), blobs.join(&blob)).unwrap();
            let link = snapshot.join(name);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            let up = "../".repeat(name.matches('/').count() + 2);
            symlink(format!("{up}blobs/{blob}"), link).unwrap();
        }
        snapshot
    }

    fn main(&self, model: &str, snapshot: &str) {
        fs::create_dir_all(self.model(model).join("refs")).unwrap();
        fs::write(self.model(model).join("refs/main"), snapshot).unwrap();
    }
}

/// Finds everything in a folder. Returns paths below it with the number of series, and what was left out.
fn found(folder: &Path) -> (Vec<(String, usize)>, Vec<String>) {
    let (inputs, notices) = source::expand(folder);
    let opened = inputs.iter().map(|input| {
        let Input::Path(path) = input else { panic!("{input:?}") };
        let source = source::open(input, &Task::default()).unwrap();
        assert!(source.info().problems.is_empty(), "{}: {:?}", path.display(), source.info().problems);
        for series in 0..source.info().series.len() {
            source.load(series, 0, &Task::default()).unwrap();
        }
        (path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned(), source.info().series.len())
    });
    (opened.collect(), notices)
}

fn sharded() -> Vec<(&'static str, &'static str)> {
    vec![
        ("pytorch_model.bin.index.json", "torch/hf_sharded_clover/pytorch_model.bin.index.json"),
        ("pytorch_model-00001-of-00002.bin", "torch/hf_sharded_clover/pytorch_model-00001-of-00002.bin"),
        ("pytorch_model-00002-of-00002.bin", "torch/hf_sharded_clover/pytorch_model-00002-of-00002.bin"),
    ]
}

#[test]
fn a_hub_cache_opens_the_main_snapshot_of_every_model() {
    let hub = Hub::new();
    let torch = "models--org--torch";
    hub.add(torch, "aaaaaaaa", &[("model.gguf", "gguf/v2_cypress.gguf")]);
    hub.add(torch, "bbbbbbbb", &sharded());
    hub.main(torch, "bbbbbbbb\n");
    let shards = [
        ("q-00001-of-00002.gguf", "gguf/shards_cedar-00001-of-00002.gguf"),
        ("q-00002-of-00002.gguf", "gguf/shards_cedar-00002-of-00002.gguf"),
    ];
    hub.add("models--org--q", "cccccccc", &shards);
    let onnx = [
        ("onnx/external_ursa.onnx", "onnx/external_ursa.onnx"),
        ("onnx/external_ursa.onnx.data", "onnx/external_ursa.onnx.data"),
    ];
    hub.add("models--x", "dddddddd", &onnx);
    fs::write(hub.0.path().join("CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55").unwrap();
    let (opened, notices) = found(hub.0.path());
    let expected = [
        ("models--org--q/snapshots/cccccccc/q-00001-of-00002.gguf", 5),
        ("models--org--torch/snapshots/bbbbbbbb/pytorch_model.bin.index.json", 8),
        ("models--x/snapshots/dddddddd/onnx/external_ursa.onnx", 4),
    ];
    assert_eq!(opened, expected.map(|(path, series)| (path.to_owned(), series)));
    assert_eq!(notices, ["left out aaaaaaaa (other snapshots; pass the directory of one to open it)"]);
    // The cache itself has the tag of caches, and so it is below another directory, too.
    let above = tempfile::tempdir().unwrap();
    fs::rename(hub.0.path(), above.path().join("hub")).unwrap();
    assert_eq!(found(above.path()).0.len(), 3);
    // The directory of a model, of its snapshots, and of one snapshot.
    let model = above.path().join("hub").join(torch);
    for folder in [model.clone(), model.join("snapshots"), model.join("snapshots/bbbbbbbb")] {
        assert_eq!(found(&folder).0.len(), 1, "{}", folder.display());
        assert_eq!(source::open(&Input::Path(folder), &Task::default()).unwrap().info().series.len(), 8);
    }
    assert_eq!(found(&model.join("snapshots/aaaaaaaa")).0, [("model.gguf".to_owned(), 3)]);
    // Without a main branch, every snapshot is opened.
    fs::remove_file(model.join("refs/main")).unwrap();
    assert_eq!(found(&model).0.len(), 2);
}

#[test]
fn a_file_of_a_snapshot_that_was_not_downloaded_is_named() {
    let hub = Hub::new();
    let snapshot = hub.add("models--a", "aaaaaaaa", &[("model.gguf", "gguf/v2_cypress.gguf")]);
    symlink("../../blobs/missing", snapshot.join("other.gguf")).unwrap();
    symlink("nowhere", snapshot.join("README.md")).unwrap();
    let (opened, notices) = found(hub.0.path());
    assert_eq!(opened.len(), 1);
    assert_eq!(notices, ["left out other.gguf (links to files that do not exist)"]);
}

#[test]
fn a_folder_of_a_training_opens_all_its_checkpoints_and_logs() {
    let folder = tempfile::tempdir().unwrap();
    let add = |name: &str, sample: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(Path::new("tests/samples").join(sample), path).unwrap();
    };
    for step in ["checkpoint-500", "checkpoint-1000"] {
        for (name, sample) in sharded() {
            add(&format!("{step}/{name}"), sample);
        }
        add(&format!("{step}/optimizer.pt"), "torch/hf_poppy/optimizer.pt");
        add(&format!("{step}/scheduler.pt"), "torch/hf_poppy/scheduler.pt");
        // The index does not list this file.
        add(&format!("{step}/adapter-00001-of-00001.bin"), "torch/hf_sharded_clover/pytorch_model-00001-of-00002.bin");
    }
    add("model.gguf", "gguf/v2_cypress.gguf");
    let (opened, notices) = found(folder.path());
    let names: Vec<&str> = opened.iter().map(|(name, _)| name.as_str()).collect();
    let mut expected = vec!["model.gguf".to_owned()];
    for step in ["checkpoint-1000", "checkpoint-500"] {
        for name in ["pytorch_model.bin.index.json", "adapter-00001-of-00001.bin", "optimizer.pt"] {
            expected.push(format!("{step}/{name}"));
        }
    }
    assert_eq!(names, expected);
    assert_eq!(notices, ["left out scheduler.pt, scheduler.pt (checkpoints without tensors)"]);
}
