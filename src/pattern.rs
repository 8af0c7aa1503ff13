//! Patterns that match names: words, regular expression or glob. Used by the filter, the palettes and the command line.

mod words;

pub use words::{Hits, Strictness, Words};

use regex_lite::{Regex, RegexBuilder};

/// Syntax of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Syntax {
    /// Words that must all occur; see [`Words`].
    #[default]
    Words,
    /// Regular expression that matches anywhere in the key.
    Regex,
    /// Glob that matches the entire key: `*`, `?`, `[a-z]`. `*` also matches separators.
    Glob,
}

impl Syntax {
    /// Next syntax in the cycle.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Words => Self::Regex,
            Self::Regex => Self::Glob,
            Self::Glob => Self::Words,
        }
    }

    /// Name in the user interface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Regex => "regex",
            Self::Glob => "glob",
        }
    }
}

/// Compiled regular expression or glob.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    /// Ignores case.
    fold: bool,
}

impl Pattern {
    /// Compiles a regular expression.
    ///
    /// # Errors
    /// One line that describes the error in the expression.
    pub fn regex(text: &str) -> Result<Self, String> {
        // Smart case, like most pagers: a capital letter makes the search case-sensitive.
        Self::compile(text, !text.chars().any(char::is_uppercase))
    }

    /// Compiles a glob.
    ///
    /// # Errors
    /// One line that describes the error in the glob.
    pub fn glob(text: &str) -> Result<Self, String> {
        Self::compile(&regex_of_glob(text), false)
    }

    fn compile(expression: &str, fold: bool) -> Result<Self, String> {
        let built = RegexBuilder::new(expression).case_insensitive(fold).size_limit(1 << 20).build();
        built.map(|regex| Self { regex, fold }).map_err(|error| error.to_string())
    }

    /// Returns true if the key matches.
    pub fn matches(&self, key: &str) -> bool {
        // The engine folds ASCII only. The pattern has no capitals, so a lower-case key also matches beyond ASCII.
        if self.fold && !key.is_ascii() { self.regex.is_match(&key.to_lowercase()) } else { self.regex.is_match(key) }
    }
}

/// Returns true if the text is a glob, not a plain name.
pub fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Converts a glob to a regular expression. An unclosed `[` matches itself.
fn regex_of_glob(glob: &str) -> String {
    let mut expression = String::from("(?s)^");
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '[' => {
                // A `]` directly after the bracket or its negation is a member of the class.
                let (negated, body) = match rest.strip_prefix(['!', '^']) {
                    Some(body) => (true, body),
                    None => (false, rest),
                };
                let Some(end) = body.char_indices().skip(1).find(|(_, c)| *c == ']').map(|(at, _)| at) else {
                    expression.push_str("\\[");
                    continue;
                };
                expression.push_str(if negated { "[^" } else { "[" });
                for member in body[..end].chars() {
                    if matches!(member, '\\' | '[' | ']' | '^' | '&' | '~') {
                        expression.push('\\');
                    }
                    expression.push(member);
                }
                expression.push(']');
                rest = &body[end + 1..];
            }
            c => expression.push_str(&regex_lite::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    expression.push('$');
    expression
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matching<'a>(pattern: &Pattern, keys: &[&'a str]) -> Vec<&'a str> {
        keys.iter().copied().filter(|key| pattern.matches(key)).collect()
    }

    const KEYS: &[&str] = &["grad/w1", "grad/w2", "acts/relu.1", "Loss", "item[1]"];

    #[test]
    fn regex_and_glob_patterns_match_keys() {
        let regex = |text| matching(&Pattern::regex(text).unwrap(), KEYS);
        let glob = |text| matching(&Pattern::glob(text).unwrap(), KEYS);
        assert_eq!(regex("w[12]$"), ["grad/w1", "grad/w2"]);
        assert_eq!(regex("loss"), ["Loss"]);
        assert_eq!(regex("Acts"), Vec::<&str>::new());
        assert_eq!(glob("grad/*"), ["grad/w1", "grad/w2"]);
        assert_eq!(glob("grad/w[!1]"), ["grad/w2"]);
        assert_eq!(glob("*.1"), ["acts/relu.1"]);
        assert_eq!(glob("item["), Vec::<&str>::new());
        assert_eq!(glob("item[[]1]"), ["item[1]"]);
    }

    #[test]
    fn errors_of_expressions_are_one_line() {
        let error = Pattern::regex("a(").unwrap_err();
        assert_eq!(error, "found open group without closing ')'");
        assert!(Pattern::glob("[z-a]").is_err());
    }
}
