//! Sets `REBIN_VERSION`, which `rebin --version` prints: version, target and commit. Sets `REBIN_TARGET` for tests.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let variable = |name| env::var(name).unwrap_or_default();
    let (version, target) = (variable("CARGO_PKG_VERSION"), variable("TARGET"));
    // A debug build omits the commit. Otherwise each commit would compile the whole crate again, tests included.
    let commit = if variable("PROFILE") == "release" { packaged_commit().or_else(checked_out_commit) } else { None };
    let commit = commit.map(|commit| format!(", {commit}")).unwrap_or_default();
    println!("cargo:rustc-env=REBIN_TARGET={target}");
    println!("cargo:rustc-env=REBIN_VERSION={version} ({target}{commit})");
}

/// Returns the commit that `cargo package` recorded, for builds from crates.io.
fn packaged_commit() -> Option<String> {
    let record = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = record.split_once("\"sha1\": \"")?;
    abbreviated(rest)
}

/// Returns the commit of this clone, unless it is a folder inside another repository or git is not installed.
fn checked_out_commit() -> Option<String> {
    if !Path::new(".git").exists() {
        return None;
    }
    // Git appends a line whenever the commit changes, on every branch and in every worktree.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&log).exists() {
        println!("cargo:rerun-if-changed={log}");
    }
    abbreviated(&git(&["rev-parse", "HEAD"])?)
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Returns the first seven digits of a commit's hash.
fn abbreviated(hash: &str) -> Option<String> {
    let digits = hash.get(..7)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| digits.to_owned())
}
