//! What the README says of the keys is what the key map says.

use rebin::action::Area;
use rebin::settings::{Depth, Settings};
use rebin::view::bindings;

const BEGIN: &str = "<!-- keys -->\n";
const END: &str = "<!-- /keys -->";

/// The key table in Markdown: a row an area and action, keys as code.
fn table() -> String {
    let (settings, _) = Settings::load(None, Depth::None);
    let bindings = bindings(&settings.keymap);
    let mut rows = vec!["| | keys | |".to_owned(), "|---|---|---|".to_owned()];
    for area in Area::ALL {
        let of_area = bindings.iter().filter(|binding| binding.area == *area);
        for (index, binding) in of_area.enumerate() {
            let title = if index == 0 { area.title() } else { "" };
            let keys: Vec<String> =
                binding.keys.split("  ").map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
            rows.push(format!("| {title} | {} | {} |", keys.join(" "), binding.help));
        }
    }
    rows.join("\n") + "\n"
}

/// `BLESS=1 cargo test --test house` writes the table anew.
#[test]
fn the_key_table_is_fresh() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let begin = readme.find(BEGIN).unwrap() + BEGIN.len();
    let end = readme.find(END).unwrap();
    let table = table();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write("README.md", format!("{}{table}{}", &readme[..begin], &readme[end..])).unwrap();
    } else {
        assert_eq!(&readme[begin..end], table, "BLESS=1 cargo test --test house writes it anew");
    }
}

#[test]
fn pictures_that_are_shown_exist() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let pictures: Vec<&str> = readme.split("](assets/").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(!pictures.is_empty());
    for picture in pictures {
        assert!(std::path::Path::new("assets").join(picture).is_file(), "assets/{picture}");
    }
}
