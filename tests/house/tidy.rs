//! The house rules that a compiler does not know, checked on the text of the sources.
//!
//! Who may import whom, where files, clock, threads and terminal may be named, how long a file may get, and what no
//! committed line says. Not here: what clippy sees better (`unwrap`, `panic!`, `todo!` …); that those lints stay
//! switched on is checked below.

mod rust;

use rust::{code, paths, without_tests};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module of `src/` may name: other modules, crates (`crate::path` for a part of one), and the parts of
/// `std` that reach the world. Everything else of `std` is free, the module itself too. `*` is everything.
const MAY_USE: [(&str, &str); 22] = [
    ("hist", "half text"),
    ("text", "unicode_width"),
    ("json", "fast_float2 hist"),
    ("pattern", "regex"),
    ("action", "error"),
    ("key", "error"),
    ("error", "hist thiserror"),
    ("wandb", "error hist json text serde_json"),
    ("engine", "error hist text fearless_simd rayon"),
    ("catalog", "engine error hist wandb"),
    (
        "format",
        "engine error hist json text wandb arrow_array arrow_ipc arrow_schema crc32c crc32fast csv fast_float2 flate2 half memchr parquet prost rayon serde serde_json zerocopy zip",
    ),
    (
        "source",
        "catalog engine error format hist json pattern text wandb arrow_schema bytes csv flate2 memchr parquet serde_json zstd std::fs std::env std::thread std::io::stdin",
    ),
    ("document", "catalog engine error format hist json text wandb rustix serde_json tempfile std::fs"),
    (
        "export",
        "catalog document error hist text wandb widget ratatui::buffer ratatui::layout ratatui::widgets skrifa tiny_skia",
    ),
    ("settings", "action engine error hist key wandb etcetera ratatui::style serde toml std::env std::fs"),
    ("widget", "hist text ratatui unicode_width"),
    ("app", "action catalog document engine error export hist key pattern settings text wandb widget ratatui::layout"),
    ("view", "action app catalog document engine error hist key settings text wandb widget ratatui unicode_width"),
    ("runtime", "*"),
    ("cli", "*"),
    ("lib", "*"),
    ("main", "*"),
];

/// What `lib.rs` exports from `error`.
const EXPORTED: [&str; 3] = ["At", "Error", "Problem"];

/// The parts of `std` that a module may use only if the table says so.
const WORLD: [&str; 8] = [
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::io::stdin",
];

/// Lines of a source file: what is aimed at, and what fails.
const LONG: usize = 300;
const TOO_LONG: usize = 600;

/// What no committed text says, and why. Taken apart so that this file does not say it.
const UNSAID: [(&str, &str); 7] = [
    (concat!("TO", "DO"), "finish it, or say it in an issue"),
    (concat!("FIX", "ME"), "fix it, or say it in an issue"),
    (concat!("#[", "allow"), "use #[expect(…, reason = \"…\")]: it complains once it is no longer needed"),
    (concat!("/ho", "me/"), "a path that exists on one machine only"),
    (concat!("/ro", "ot/"), "a path that exists on one machine only"),
    (concat!("/wo", "rk/"), "a path that exists on one machine only"),
    (concat!("/tm", "p/"), "a path that exists on one kind of machine only"),
];

/// Lints that stand for rules which would otherwise be checked here.
const LINTS: [&str; 6] = ["unwrap_used", "expect_used", "panic", "todo", "unimplemented", "allow_attributes"];

/// One breach: where, what, why.
#[derive(Debug, PartialEq)]
struct Breach {
    file: PathBuf,
    line: usize,
    what: String,
    why: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} - {}", self.file.display(), self.line, self.what, self.why)
    }
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let dependencies = dependencies();
    report(sources("src").iter().flat_map(|(file, text)| imports(file, text, &dependencies)));
}

#[test]
fn no_file_is_too_long_and_none_is_named_mod() {
    let rust: Vec<_> =
        sources("").into_iter().filter(|(file, _)| file.extension().is_some_and(|e| e == "rs")).collect();
    for (file, text) in rust.iter().filter(|(_, text)| text.lines().count() > LONG) {
        println!("{}: {} lines, more than the {LONG} aimed at", file.display(), text.lines().count());
    }
    report(rust.iter().flat_map(|(file, text)| shape(file, text)));
}

#[test]
fn nothing_is_said_that_should_not_be() {
    report(sources("").iter().flat_map(|(file, text)| unsaid(file, text)));
}

#[test]
fn the_lints_that_stand_for_rules_are_on() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let lints = manifest.split("[lints.clippy]").nth(1).expect("Cargo.toml has a [lints.clippy] table");
    for lint in LINTS {
        assert!(lints.contains(&format!("\n{lint} = \"warn\"")), "Cargo.toml must keep clippy::{lint} on");
    }
}

/// Fails with all breaches, one a line.
fn report(breaches: impl Iterator<Item = Breach>) {
    let lines: Vec<String> = breaches.map(|breach| breach.to_string()).collect();
    assert!(lines.is_empty(), "{} breaches of the house rules:\n{}", lines.len(), lines.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The texts that people write below a folder of the package: path from the package's root, and content.
fn sources(below: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(below)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !["target", ".git", "samples", "golden", "corpus", "artifacts"].contains(&&*name) {
                folders.push(path);
            } else if path.is_file() && [".rs", ".md", ".toml", ".py", "run"].iter().any(|end| name.ends_with(end)) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// The crates of Cargo.toml as code names them.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table = manifest.split("\n[dependencies]\n").nth(1).expect("Cargo.toml has [dependencies]");
    let table = table.split("\n[").next().unwrap_or_default();
    let names = table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" ="));
    names.map(|(name, _)| name.replace('-', "_")).collect()
}

/// The names from the crate's root to the module that a file of `src/` holds.
fn module_of(file: &Path) -> Vec<String> {
    let inner = file.strip_prefix("src").unwrap_or(file).with_extension("");
    inner.iter().map(|part| part.to_string_lossy().into_owned()).collect()
}

/// Whether `path` is `prefix` or lies below it.
fn under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Breaches of [`MAY_USE`] in one file of `src/`.
fn imports(file: &Path, text: &str, dependencies: &[String]) -> Vec<Breach> {
    let module = module_of(file);
    if module.iter().any(|name| name == "tests") {
        return Vec::new();
    }
    let breach = |line, what: String, why: String| Breach { file: file.to_owned(), line, what, why };
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module[0]) else {
        return vec![breach(1, format!("module `{}`", module[0]), "give it a row in MAY_USE".to_owned())];
    };
    if *allowed == "*" {
        return Vec::new();
    }
    let allowed: Vec<&str> = allowed.split(' ').collect();
    let may = |path: &str| allowed.iter().any(|prefix| under(path, prefix));
    let forbidden = |path: &str| {
        let (root, inner) = path.split_once("::").unwrap_or_default();
        match root {
            "crate" => !under(inner, &module[0]) && !may(if EXPORTED.contains(&inner) { "error" } else { inner }),
            "std" => WORLD.iter().any(|part| under(path, part)) && !may(path),
            _ => dependencies.iter().any(|name| name == root) && !may(path) || under(path, "ratatui::crossterm"),
        }
    };
    let named = paths(&without_tests(&code(text)), &module);
    let named = named.into_iter().filter(|(_, path)| forbidden(path));
    let why = format!("`{}` may use only: {}", module[0], allowed.join(", "));
    named.map(|(line, path)| breach(line, format!("names `{path}`"), why.clone())).collect()
}

/// A file that is too long, or a `mod.rs`.
fn shape(file: &Path, text: &str) -> Vec<Breach> {
    let breach = |line, what: String, why: &str| Breach { file: file.to_owned(), line, what, why: why.to_owned() };
    let lines = text.lines().count();
    let long =
        (lines > TOO_LONG).then(|| breach(lines, format!("{lines} lines"), "split it: 600 at most, 300 aimed at"));
    let named = file.ends_with("mod.rs").then(|| breach(1, "mod.rs".to_owned(), "name it after the module"));
    long.into_iter().chain(named).collect()
}

/// Lines that say what [`UNSAID`] lists.
fn unsaid(file: &Path, text: &str) -> Vec<Breach> {
    let lines = text.lines().enumerate();
    let said = lines.flat_map(|(index, line)| {
        let words = UNSAID.iter().filter(move |(words, _)| line.contains(words));
        words.map(move |(words, why)| (index + 1, *words, *why))
    });
    let breach = |(line, words, why): (usize, &str, &str)| Breach {
        file: file.to_owned(),
        line,
        what: format!("says `{words}`"),
        why: why.to_owned(),
    };
    said.map(breach).collect()
}

mod the_checker {
    use super::*;

    /// What a file's imports are told, as `line path`.
    fn told(file: &str, text: &str) -> Vec<String> {
        let dependencies = ["ratatui", "crossterm", "csv", "half"].map(String::from);
        let breaches = imports(Path::new(file), text, &dependencies);
        breaches.iter().map(|b| format!("{} {}", b.line, b.what.trim_start_matches("names "))).collect()
    }

    #[test]
    fn sees_through_groups_and_supers() {
        let text = "use super::{Edges, super::app::Model};\nuse crate::{error, wandb::{self, text}};\n";
        assert_eq!(
            told("src/hist/edges.rs", text),
            ["1 `crate::app::Model`", "2 `crate::error`", "2 `crate::wandb::self`", "2 `crate::wandb::text`"]
        );
        assert_eq!(told("src/app/update.rs", "use super::Model;\nuse super::super::view;\n"), ["2 `crate::view`"]);
    }

    #[test]
    fn sees_the_world_where_it_is_used_in_passing() {
        let text =
            "fn f() {\n    std::fs::read(p)?;\n    let t = std::time::Instant::now();\n    std::mem::take(v)\n}\n";
        assert_eq!(told("src/engine/count.rs", text), ["2 `std::fs::read`", "3 `std::time::Instant::now`"]);
        assert_eq!(told("src/source/run.rs", "use std::{fs, net::TcpStream};\n"), ["1 `std::net::TcpStream`"]);
    }

    #[test]
    fn keeps_the_terminal_in_the_runtime() {
        let text = "use crossterm::event::KeyEvent;\nuse ratatui::crossterm::event;\nuse ratatui::style::Color;\n";
        assert_eq!(
            told("src/widget/bars.rs", text),
            ["1 `crossterm::event::KeyEvent`", "2 `ratatui::crossterm::event`"]
        );
        assert_eq!(told("src/runtime/input.rs", text), [""; 0]);
        assert_eq!(told("src/app.rs", "use ratatui::layout::Rect;\nuse ratatui::Frame;\n"), ["2 `ratatui::Frame`"]);
    }

    #[test]
    fn reads_code_and_neither_comments_nor_strings_nor_tests() {
        let text = "// std::fs::read\n/* crate::app */\nconst A: &str = r#\"std::fs::\"read\"#;\nconst B: char = '\"';\n\
                    #[cfg(test)]\nmod tests {\n    fn f() { std::fs::read(p) }\n}\nfn g() { csv::Reader::new() }\n";
        assert_eq!(told("src/hist/edges.rs", text), ["9 `csv::Reader::new`"]);
        assert_eq!(told("src/hist/edges/tests.rs", "use crate::app::Model;\n"), [""; 0]);
    }

    #[test]
    fn asks_for_a_row_of_the_table_for_a_new_module() {
        assert_eq!(told("src/helper.rs", ""), ["1 module `helper`"]);
        assert_eq!(told("src/hist.rs", "use crate::Problem;\nuse crate::surprise;\n").len(), 2);
        assert_eq!(told("src/source.rs", "use crate::Problem;\n"), [""; 0]);
    }

    #[test]
    fn sees_long_files_odd_names_and_words() {
        assert_eq!(shape(Path::new("src/a.rs"), &"\n".repeat(TOO_LONG)), []);
        assert_eq!(shape(Path::new("src/a.rs"), &"\n".repeat(TOO_LONG + 1)).len(), 1);
        assert_eq!(shape(Path::new("src/a/mod.rs"), "").len(), 1);
        for (words, why) in UNSAID {
            let found = unsaid(Path::new("src/a.rs"), &format!("fine\n  {words} x\n"));
            let expected =
                Breach { file: "src/a.rs".into(), line: 2, what: format!("says `{words}`"), why: why.into() };
            assert_eq!(found, [expected]);
        }
    }
}
