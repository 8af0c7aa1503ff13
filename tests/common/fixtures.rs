//! Temporary directories and the files that the tests open in them.

pub(crate) use super::npy::npy_f64;

use rebin::hist::{Histogram, Samples};
use rebin::{hist, wandb};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory that is deleted when the test ends.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("the file is writable");
        path
    }
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the file exists")
}

/// Returns `n` values that are nearly standard normal: sums of twelve uniform numbers from a fixed seed.
pub(crate) fn normals(n: usize) -> Vec<f64> {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..n).map(|_| (0..12).map(|_| uniform()).sum::<f64>() - 6.0).collect()
}

/// The JSON that rebin must save for these values in `bins` bins.
pub(crate) fn expected_json(values: &[f64], bins: usize) -> String {
    let counted = hist::histogram(&Samples::F64(values.to_vec()), &hist::Bins::Count(bins), None);
    wandb::Histogram::from_hist(&counted.expect("the values are countable")).expect("a W&B histogram").to_json()
}

/// Reads the histogram in a file.
pub(crate) fn histogram(path: &Path) -> Histogram {
    histogram_in(&read(path))
}

/// Parses a histogram object.
pub(crate) fn histogram_in(text: &str) -> Histogram {
    let item = rebin::json::parse(text.as_bytes()).expect("JSON");
    wandb::Histogram::from_json(&item.node, None).and_then(|h| Ok(h.to_hist()?)).expect("a histogram")
}

/// A histogram object with these counts in bins of width 1 from 0.
pub(crate) fn object(values: &[i64]) -> String {
    let edges: Vec<String> = (0..=values.len()).map(|edge| format!("{edge}.0")).collect();
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    format!("{{\"_type\": \"histogram\", \"values\": [{}], \"bins\": [{}]}}", values.join(", "), edges.join(", "))
}

/// A JSONL run with the series `grad/w`, `grad/b` and `act` at `steps` steps: 0, 10, 20 …
pub(crate) fn run(steps: i64) -> String {
    let mut text = String::new();
    for step in 0..steps {
        let (w, b) = (object(&[1, 2 + step, 4, 8, 4, 2, 1, 2]), object(&[5, step, 5, 5]));
        let act = object(&[9, 3, 1, step % 3]);
        let _ = writeln!(
            text,
            "{{\"_step\": {},  \"loss\": 0.{step},\"grad/w\": {w}, \"grad/b\":{b}, \"act\" : {act} }}",
            step * 10
        );
    }
    text
}

/// A JSONL run of `steps` steps (1000, 1001 …). With each step, the histogram `w` moves up by one, and every bin gains
/// one count.
pub(crate) fn drift(steps: i64) -> String {
    let mut text = String::new();
    for step in 0..steps {
        let edges: Vec<String> = (step..=step + 4).map(|edge| edge.to_string()).collect();
        let counts: Vec<String> = [1, 4, 2, 1].iter().map(|count| (count + step).to_string()).collect();
        let _ = writeln!(
            text,
            "{{\"_step\": {}, \"w\": {{\"_type\": \"histogram\", \"values\": [{}], \"bins\": [{}]}}}}",
            1000 + step,
            counts.join(", "),
            edges.join(", ")
        );
    }
    text
}
