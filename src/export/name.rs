//! What exported files are called.

/// What stands for the name of a series in a pattern.
const KEY: &str = "{key}";
/// What stands for its step.
const STEP: &str = "{step}";
/// The longest name of a series in a file's name, in bytes; file systems take 255 with everything around it.
const LONGEST: usize = 200;

/// Whether a name is a pattern for several files.
pub fn is_pattern(name: &str) -> bool {
    name.contains(KEY) || name.contains(STEP)
}

/// The file for a series at a step. The series' name adds no folder to those of the pattern.
pub fn expand(pattern: &str, key: &str, step: &str) -> String {
    pattern.replace(KEY, &safe(key)).replace(STEP, step)
}

/// A text as part of a file's name: letters, digits, `-`, `_` and dots inside; everything else becomes `-`.
pub fn safe(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = text.chars().map(plain).collect();
    let mut name = name.trim_matches(['-', '.']);
    while name.len() > LONGEST {
        name = name.char_indices().next_back().map_or("", |(at, _)| &name[..at]);
    }
    if name.is_empty() { "histogram".into() } else { name.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_names_and_no_paths() {
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
        assert_eq!(expand("out/{key}.{step}.png", "grad/w1", "-3"), "out/grad-w1.-3.png");
        assert_eq!(expand("{step}/{key}-{key}", "{step}", "7"), "7/step-step");
        assert!(is_pattern("out/{key}") && !is_pattern("out/key{}"));
    }

    proptest! {
        #[test]
        fn no_key_leaves_the_folder_of_the_pattern(key in any::<String>()) {
            let name = expand("{key}", &key, "0");
            prop_assert!(!name.is_empty() && name.len() <= LONGEST && !name.starts_with('.') && !name.contains(['/', '\0']));
        }
    }
}
