//! House rules that a compiler cannot check, read from the text of the sources.
//!
//! They cover imports, access to files, clock, threads and terminal, the length of files, and leftovers. Not here:
//! the language (`language.rs`) and the rules that clippy checks better (`unwrap`, `panic!`, `todo!` …), though a test
//! below makes sure that those lints stay enabled.

use super::rust::{code, paths, without_tests};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Imports allowed in each module of `src/`: other modules, crates (`crate::path` for a part of one), and the parts of
/// `std` listed in [`WORLD`]. The rest of `std` and the module itself are always allowed. `*` allows everything.
const MAY_USE: [(&str, &str); 23] = [
    ("hist", "fearless_simd half text"),
    ("text", "alphanumeric_sort serde_json unicode_width"),
    ("json", "fast_float2 hist"),
    ("pattern", "nucleo_matcher regex_lite"),
    ("action", "error"),
    ("key", "error"),
    ("error", "hist thiserror"),
    ("wandb", "error hist json text serde_json"),
    ("engine", "error hist text fearless_simd rayon"),
    ("catalog", "engine error hist wandb"),
    (
        "format",
        "engine error hist json text wandb arrow_array arrow_ipc arrow_schema base64 crc32c crc32fast csv fast_float2 flate2 half hdf5_reader memchr parquet prost rayon serde serde_json zerocopy zip zstd",
    ),
    (
        "source",
        "catalog engine error findings format hist json pattern text wandb arrow_schema bytes csv flate2 memchr parquet rusqlite serde_json tempfile zstd std::fs std::env std::thread std::io::stdin",
    ),
    ("document", "catalog engine error format hist json text wandb crc32fast rustix tempfile std::fs"),
    ("findings", "engine error hist text"),
    (
        "export",
        "catalog document error hist text wandb widget ratatui::buffer ratatui::layout ratatui::widgets tiny_skia ttf_parser",
    ),
    ("settings", "action engine error findings hist key wandb widget ratatui::style serde toml"),
    ("widget", "hist text color ratatui unicode_width"),
    (
        "app",
        "action catalog document engine error export findings hist key pattern settings text wandb widget ratatui::layout",
    ),
    (
        "view",
        "action app catalog document engine error findings hist key settings text wandb widget ratatui unicode_width",
    ),
    ("runtime", "*"),
    ("cli", "*"),
    ("lib", "*"),
    ("main", "*"),
];

/// Names that `lib.rs` exports from `error`.
const EXPORTED: [&str; 3] = ["At", "Error", "Problem"];

/// Parts of `std` that a module may use only if [`MAY_USE`] lists them: they reach outside the program.
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

/// Lines of a source file: above the first number the test warns, above the second it fails.
const LONG: usize = 300;
const TOO_LONG: usize = 600;

/// Leftovers that must not be committed, with advice. Each is split so that this file passes.
const LEFTOVERS: [(&str, &str); 7] = [
    (concat!("TO", "DO"), "finish it, or open an issue"),
    (concat!("FIX", "ME"), "fix it, or open an issue"),
    (concat!("#[", "allow"), "use #[expect(…, reason = \"…\")], which warns once it is no longer needed"),
    (concat!("/ho", "me/"), "a path that exists on one machine only"),
    (concat!("/ro", "ot/"), "a path that exists on one machine only"),
    (concat!("/wo", "rk/"), "a path that exists on one machine only"),
    (concat!("/tm", "p/"), "a path that exists on one kind of machine only"),
];

/// Lints that replace checks of this file.
const LINTS: [&str; 6] = ["unwrap_used", "expect_used", "panic", "todo", "unimplemented", "allow_attributes"];

/// One violation of a rule.
#[derive(Debug, PartialEq)]
pub(crate) struct Violation {
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    pub(crate) what: String,
    pub(crate) why: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} - {}", self.file.display(), self.line, self.what, self.why)
    }
}

#[test]
fn modules_only_import_what_the_table_allows() {
    let dependencies = dependencies();
    report(sources("src").iter().flat_map(|(file, text)| imports(file, text, &dependencies)));
}

#[test]
fn files_are_short_and_never_named_mod() {
    let rust: Vec<_> =
        sources("").into_iter().filter(|(file, _)| file.extension().is_some_and(|e| e == "rs")).collect();
    for (file, text) in rust.iter().filter(|(_, text)| text.lines().count() > LONG) {
        println!("{}: {} lines; aim for {LONG}", file.display(), text.lines().count());
    }
    report(rust.iter().flat_map(|(file, text)| file_shape(file, text)));
}

#[test]
fn leftovers_are_not_committed() {
    report(sources("").iter().flat_map(|(file, text)| leftovers(file, text)));
}

#[test]
fn lints_that_replace_checks_are_enabled() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let lints = manifest.split("[lints.clippy]").nth(1).expect("Cargo.toml has a [lints.clippy] table");
    for lint in LINTS {
        assert!(lints.contains(&format!("\n{lint} = \"warn\"")), "enable clippy::{lint} in Cargo.toml");
    }
}

/// Fails if there are violations, and lists them, one per line.
pub(crate) fn report(violations: impl Iterator<Item = Violation>) {
    let lines: Vec<String> = violations.map(|violation| violation.to_string()).collect();
    assert!(lines.is_empty(), "{} style violations:\n{}", lines.len(), lines.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads the sources, documents and scripts in a folder of the package: path from the package's root, and content.
pub(crate) fn sources(below: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(below)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !["target", ".git", "samples", "golden", "corpus", "artifacts"].contains(&&*name) {
                folders.push(path);
            } else if path.is_file()
                && [".rs", ".md", ".toml", ".py", ".sh", "run"].iter().any(|end| name.ends_with(end))
            {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// Returns the dependencies of Cargo.toml, spelled like in code.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    manifest["dependencies"].as_table().unwrap().keys().map(|name| name.replace('-', "_")).collect()
}

/// Returns the path of the module in a file of `src/`, one name per element.
fn module_of(file: &Path) -> Vec<String> {
    let inner = file.strip_prefix("src").unwrap_or(file).with_extension("");
    inner.iter().map(|part| part.to_string_lossy().into_owned()).collect()
}

/// Returns true if `path` is `prefix` or inside it.
fn under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Returns the violations of [`MAY_USE`] in one file of `src/`.
fn imports(file: &Path, text: &str, dependencies: &[String]) -> Vec<Violation> {
    let module = module_of(file);
    if module.iter().any(|name| name == "tests") {
        return Vec::new();
    }
    let violation = |line, what: String, why: String| Violation { file: file.to_owned(), line, what, why };
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module[0]) else {
        return vec![violation(1, format!("module `{}`", module[0]), "give it a row in MAY_USE".to_owned())];
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
    named.map(|(line, path)| violation(line, format!("names `{path}`"), why.clone())).collect()
}

/// Returns a violation if the file is too long or a `mod.rs`.
fn file_shape(file: &Path, text: &str) -> Vec<Violation> {
    let violation =
        |line, what: String, why: &str| Violation { file: file.to_owned(), line, what, why: why.to_owned() };
    let lines = text.lines().count();
    let long = (lines > TOO_LONG)
        .then(|| violation(lines, format!("{lines} lines"), "split it: 600 lines is the maximum, 300 the aim"));
    let named = file.ends_with("mod.rs").then(|| violation(1, "mod.rs".to_owned(), "name it after the module"));
    long.into_iter().chain(named).collect()
}

/// Returns the lines that contain one of [`LEFTOVERS`].
fn leftovers(file: &Path, text: &str) -> Vec<Violation> {
    let lines = text.lines().enumerate();
    let found = lines.flat_map(|(index, line)| {
        let words = LEFTOVERS.iter().filter(move |(words, _)| line.contains(words));
        words.map(move |(words, why)| (index + 1, *words, *why))
    });
    let violation = |(line, words, why): (usize, &str, &str)| Violation {
        file: file.to_owned(),
        line,
        what: format!("contains `{words}`"),
        why: why.to_owned(),
    };
    found.map(violation).collect()
}

mod the_checker {
    use super::*;

    /// The violations in a file's imports, as `line path`.
    fn found(file: &str, text: &str) -> Vec<String> {
        let dependencies = ["ratatui", "crossterm", "csv", "half"].map(String::from);
        let violations = imports(Path::new(file), text, &dependencies);
        violations.iter().map(|b| format!("{} {}", b.line, b.what.trim_start_matches("names "))).collect()
    }

    #[test]
    fn groups_and_supers_are_resolved() {
        let text = "use super::{Edges, super::app::Model};\nuse crate::{error, wandb::{self, text}};\n";
        assert_eq!(
            found("src/hist/edges.rs", text),
            ["1 `crate::app::Model`", "2 `crate::error`", "2 `crate::wandb::self`", "2 `crate::wandb::text`"]
        );
        assert_eq!(found("src/app/update.rs", "use super::Model;\nuse super::super::view;\n"), ["2 `crate::view`"]);
    }

    #[test]
    fn full_paths_in_expressions_are_found() {
        let text =
            "fn f() {\n    std::fs::read(p)?;\n    let t = std::time::Instant::now();\n    std::mem::take(v)\n}\n";
        assert_eq!(found("src/engine/count.rs", text), ["2 `std::fs::read`", "3 `std::time::Instant::now`"]);
        assert_eq!(found("src/source/run.rs", "use std::{fs, net::TcpStream};\n"), ["1 `std::net::TcpStream`"]);
    }

    #[test]
    fn only_the_runtime_may_use_the_terminal() {
        let text = "use crossterm::event::KeyEvent;\nuse ratatui::crossterm::event;\nuse ratatui::style::Color;\n";
        assert_eq!(
            found("src/widget/bars.rs", text),
            ["1 `crossterm::event::KeyEvent`", "2 `ratatui::crossterm::event`"]
        );
        assert_eq!(found("src/runtime/input.rs", text), [""; 0]);
        assert_eq!(found("src/app.rs", "use ratatui::layout::Rect;\nuse ratatui::Frame;\n"), ["2 `ratatui::Frame`"]);
    }

    #[test]
    fn comments_strings_and_tests_are_ignored() {
        let text = "// std::fs::read\n/* crate::app */\nconst A: &str = r#\"std::fs::\"read\"#;\nconst B: char = '\"';\n\
                    #[cfg(test)]\nmod tests {\n    fn f() { std::fs::read(p) }\n}\nfn g() { csv::Reader::new() }\n";
        assert_eq!(found("src/hist/edges.rs", text), ["9 `csv::Reader::new`"]);
        assert_eq!(found("src/hist/edges/tests.rs", "use crate::app::Model;\n"), [""; 0]);
    }

    #[test]
    fn a_new_module_needs_a_row_in_the_table() {
        assert_eq!(found("src/helper.rs", ""), ["1 module `helper`"]);
        assert_eq!(found("src/hist.rs", "use crate::Problem;\nuse crate::surprise;\n").len(), 2);
        assert_eq!(found("src/source.rs", "use crate::Problem;\n"), [""; 0]);
    }

    #[test]
    fn long_files_bad_names_and_leftovers_are_found() {
        assert_eq!(file_shape(Path::new("src/a.rs"), &"\n".repeat(TOO_LONG)), []);
        assert_eq!(file_shape(Path::new("src/a.rs"), &"\n".repeat(TOO_LONG + 1)).len(), 1);
        assert_eq!(file_shape(Path::new("src/a/mod.rs"), "").len(), 1);
        for (words, why) in LEFTOVERS {
            let found = leftovers(Path::new("src/a.rs"), &format!("fine\n  {words} x\n"));
            let expected =
                Violation { file: "src/a.rs".into(), line: 2, what: format!("contains `{words}`"), why: why.into() };
            assert_eq!(found, [expected]);
        }
    }
}
