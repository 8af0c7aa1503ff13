//! An empty directory with a minimal environment, to run the binary in.

use arrow_array::{Float64Array, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

pub(super) struct Room(TempDir);

/// Exit code, stdout and stderr of a run.
pub(super) struct Done {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Room {
    pub(super) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, "", &[])
    }

    pub(super) fn run_with(&self, arguments: &[&str], input: &str, environment: &[(&str, &str)]) -> Done {
        self.run_on(arguments, input.as_bytes(), environment)
    }

    /// Runs with bytes on stdin.
    pub(super) fn run_on(&self, arguments: &[&str], input: &[u8], environment: &[(&str, &str)]) -> Done {
        let mut command = self.command(arguments);
        let mut child = command.envs(environment.iter().copied()).stdout(Stdio::piped()).spawn().unwrap();
        // Fails if the program does not read stdin.
        let _ = child.stdin.take().unwrap().write_all(input);
        done(&child.wait_with_output().unwrap())
    }

    /// Runs with a stdout pipe whose reader is closed from the start.
    pub(super) fn run_into_nothing(&self, arguments: &[&str]) -> Done {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        self.run_into(arguments, writer)
    }

    /// Runs with another stdout.
    pub(super) fn run_into(&self, arguments: &[&str], stdout: impl Into<Stdio>) -> Done {
        done(&self.command(arguments).stdin(Stdio::null()).stdout(stdout).output().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rebin"));
        command.args(arguments).current_dir(self.0.path()).env_clear().stdin(Stdio::piped()).stderr(Stdio::piped());
        let config = self.path("config");
        command.env("HOME", self.0.path()).env("XDG_CONFIG_HOME", config).env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
        command
    }
}

fn done(output: &Output) -> Done {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Done { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}

/// Returns a one-dimensional `.npy` file with 8-byte numbers.
pub(super) fn npy(descr: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({},), }}", data.len() / 8);
    let header = format!("{header:<117}\n");
    [b"\x93NUMPY\x01\0", (header.len() as u16).to_le_bytes().as_slice(), header.as_bytes(), data].concat()
}

/// Writes an Arrow stream with batches of 1000 values and a null.
pub(super) fn arrow_stream(samples: &[f64]) -> Vec<u8> {
    let batch = |values: &[f64]| {
        let values: Float64Array = values.iter().map(|x| Some(*x)).chain([None]).collect();
        RecordBatch::try_from_iter([("loss", Arc::new(values) as _)]).unwrap()
    };
    let mut writer = StreamWriter::try_new(Vec::new(), &batch(&[]).schema()).unwrap();
    samples.chunks(1000).for_each(|values| writer.write(&batch(values)).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}
