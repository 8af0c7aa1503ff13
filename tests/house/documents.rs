//! Documents that are generated from the program or refer to files of the repository.

use rebin::action::Area;
use rebin::settings::{Depth, Settings};
use rebin::view::bindings;
use std::fs;
use std::path::Path;

const KEYS: &str = "docs/keys.md";

/// `docs/keys.md`: a table with one row per action.
fn keys() -> String {
    let (settings, _) = Settings::load(None, Depth::None);
    let bindings = bindings(&settings.keymap);
    let mut text = "\
# Keys

You can change every key in the settings file, except digits and the mouse. Press `,` to see its path. The names of the actions
are in [default.toml](../src/settings/default.toml).

| | keys | |
|---|---|---|
"
    .to_owned();
    for area in Area::ALL {
        let of_area = bindings.iter().filter(|binding| binding.area == *area);
        for (index, binding) in of_area.enumerate() {
            let title = if index == 0 { area.title() } else { "" };
            let keys: Vec<String> =
                binding.keys.split("  ").map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
            text.extend(["| ", title, " | ", &keys.join(" "), " | ", binding.help, " |\n"]);
        }
    }
    text
}

/// Run `BLESS=1 cargo test --test house` to write the file.
#[test]
fn the_table_of_keys_is_current() {
    if std::env::var_os("BLESS").is_some() {
        fs::write(KEYS, keys()).unwrap();
    }
    assert_eq!(fs::read_to_string(KEYS).unwrap(), keys(), "run BLESS=1 cargo test --test house to update {KEYS}");
}

#[test]
fn links_to_files_of_the_repository_work() {
    let mut documents = vec!["README.md".into(), "ARCHITECTURE.md".into(), "CHANGELOG.md".into()];
    documents.extend(fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path()));
    let mut links = 0;
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for opening in ["](", "src=\"", "srcset=\""] {
            for rest in text.split(opening).skip(1) {
                let target = rest.split([')', '"', '#']).next().unwrap_or_default();
                let inside = !target.is_empty() && !target.contains("://");
                let path = document.parent().unwrap_or(Path::new("")).join(target);
                assert!(!inside || path.exists(), "{}: {target} does not exist", document.display());
                links += usize::from(inside);
            }
        }
    }
    assert!(links > 15, "only {links} links found");
}
