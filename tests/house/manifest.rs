//! `Cargo.toml`: the minimum Rust version.

use std::process::Command;

/// Rust versions compare by their numbers: 1.9 is older than 1.85.
fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|number| number.parse().unwrap()).collect()
}

#[test]
fn the_minimum_rust_version_suffices_for_all_dependencies() {
    // Only packages of one platform are sure to be downloaded.
    let platform = concat!("--filter-platform=", env!("REBIN_TARGET"));
    let arguments = ["metadata", "--locked", "--offline", "--format-version=1", platform];
    let output = Command::new(env!("CARGO")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let (own, others): (Vec<_>, Vec<_>) =
        packages.iter().partition(|package| package["name"] == env!("CARGO_PKG_NAME"));
    let demanded = others.iter().filter_map(|package| Some((package["rust_version"].as_str()?, &package["name"])));
    let (highest, name) = demanded.max_by_key(|(text, _)| version(text)).unwrap();
    let stated = own[0]["rust_version"].as_str().unwrap();
    assert!(version(stated) >= version(highest), "{name} needs Rust {highest}: set `rust-version` to it");
}
