//! Names of exported files.

use std::collections::HashMap;

/// Placeholder for the name of a run.
const RUN: &str = "{run}";
/// Placeholder for the name of a series.
const KEY: &str = "{key}";
/// Placeholder for the number of a step.
const STEP: &str = "{step}";
/// Maximum length of a sanitized name, in bytes. File systems limit complete file names to 255.
const MAX_LENGTH: usize = 200;

/// Returns true if `name` contains a placeholder, and thus names several files.
pub fn is_pattern(name: &str) -> bool {
    [RUN, KEY, STEP].iter().any(|placeholder| name.contains(placeholder))
}

/// Returns true if `name` contains `{run}`, and thus names files of several runs.
pub fn has_run(name: &str) -> bool {
    name.contains(RUN)
}

/// Returns true if `name` contains `{key}`.
pub fn has_key(name: &str) -> bool {
    name.contains(KEY)
}

/// Returns the first word in braces that is not a placeholder.
pub fn unknown(name: &str) -> Option<&str> {
    let word = |text: &&str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    let starts =
        name.match_indices('{').filter_map(|(at, _)| name.get(at + 1..)?.split_once('}').map(|(text, _)| text));
    starts.filter(word).find(|text| !["run", "key", "step"].contains(text))
}

/// Replaces the placeholders of a pattern. `run` and `name` should be [`safe`], so that they contain no placeholder.
pub fn expand(pattern: &str, run: &str, name: &str, step: &str) -> String {
    pattern.replace(RUN, run).replace(KEY, name).replace(STEP, step)
}

/// Returns a distinct [`safe`] name for each series. Repeated names get a number: `a`, `a~2`.
pub fn distinct(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut times: HashMap<String, usize> = HashMap::new();
    let name = |key: String| {
        let name = safe(&key);
        let time = times.entry(name.clone()).and_modify(|time| *time += 1).or_insert(1);
        if *time > 1 { format!("{name}~{time}") } else { name }
    };
    keys.map(name).collect()
}

/// Sanitizes text for a file name. Keeps letters, digits, `-`, `_` and inner dots; replaces all other characters with `-`.
///
/// The result is not empty, has at most 200 bytes, and does not start with a dot.
pub fn safe(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = text.chars().map(plain).collect();
    let mut name = name.trim_matches(['-', '.']);
    while name.len() > MAX_LENGTH {
        name = name.char_indices().next_back().map_or("", |(at, _)| &name[..at]);
    }
    if name.is_empty() { "histogram".into() } else { name.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_become_distinct_names_without_folders() {
        let cases = [
            ("grad/w1", "grad-w1"),
            ("../../etc/passwd", "etc-passwd"),
            ("..", "histogram"),
            ("", "histogram"),
            ("a\0b\nc:*?", "a-b-c"),
            ("層/重み", "層-重み"),
            ("{step}", "step"),
            ("-rf", "rf"),
        ];
        for (key, name) in cases {
            assert_eq!(safe(key), name);
        }
        assert_eq!(expand("out/{run}/{key}.{step}.png", "a", &safe("grad/w1"), "-3"), "out/a/grad-w1.-3.png");
        assert_eq!(expand("{step}/{key}-{key}", "", &safe("{step}"), "7"), "7/step-step");
        assert!(is_pattern("out/{key}") && !is_pattern("out/key{}"));
        assert_eq!(
            ["{foo}.json", "{key}.{Step}", "{key}{step}{run}", "a{1}{", "{}"].map(unknown),
            [Some("foo"), Some("Step"), None, None, None]
        );
        let keys = ["a/b", "a-b", "c", "a b", "a-b~2"].map(String::from);
        assert_eq!(distinct(keys.into_iter()), ["a-b", "a-b~2", "c", "a-b~3", "a-b-2"]);
    }

    proptest! {
        #[test]
        fn names_stay_in_the_folder_of_the_pattern(key in any::<String>()) {
            let name = expand("{key}", "", &safe(&key), "0");
            prop_assert!(!name.is_empty() && name.len() <= MAX_LENGTH && !name.starts_with('.') && !name.contains(['/', '\0']));
        }
    }
}
