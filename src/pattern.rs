//! Patterns that match keys: fuzzy, regular expression or glob. Used by the filter and the command line.

use regex_lite::{Regex, RegexBuilder};

/// Syntax of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Syntax {
    /// Characters in this order, anywhere in the key, ignoring case.
    #[default]
    Fuzzy,
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
            Self::Fuzzy => Self::Regex,
            Self::Regex => Self::Glob,
            Self::Glob => Self::Fuzzy,
        }
    }

    /// Name in the user interface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fuzzy => "fuzzy",
            Self::Regex => "regex",
            Self::Glob => "glob",
        }
    }
}

/// Compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern(Matcher);

#[derive(Debug, Clone)]
enum Matcher {
    Fuzzy(Vec<char>),
    Regex {
        regex: Regex,
        /// Ignores case.
        fold: bool,
    },
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// One line that describes the error in the expression.
    pub fn new(text: &str, syntax: Syntax) -> Result<Self, String> {
        let expression = match syntax {
            Syntax::Fuzzy => return Ok(Self(Matcher::Fuzzy(text.to_lowercase().chars().collect()))),
            Syntax::Regex => text.to_owned(),
            Syntax::Glob => regex_of_glob(text),
        };
        // Smart case, like most pagers: a capital letter makes the search case-sensitive.
        let fold = syntax == Syntax::Regex && !text.chars().any(char::is_uppercase);
        let built = RegexBuilder::new(&expression).case_insensitive(fold).size_limit(1 << 20).build();
        built.map(|regex| Self(Matcher::Regex { regex, fold })).map_err(|error| error.to_string())
    }

    /// Returns true if the key matches.
    pub fn matches(&self, key: &str) -> bool {
        match &self.0 {
            // The engine folds ASCII only. The pattern has no capitals, so a lower-case key also matches beyond ASCII.
            Matcher::Regex { regex, fold: true } if !key.is_ascii() => regex.is_match(&key.to_lowercase()),
            Matcher::Regex { regex, .. } => regex.is_match(key),
            Matcher::Fuzzy(pattern) => {
                let mut characters = key.chars().flat_map(char::to_lowercase);
                pattern.iter().all(|c| characters.any(|k| k == *c))
            }
        }
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

    fn matching<'a>(text: &str, syntax: Syntax, keys: &[&'a str]) -> Vec<&'a str> {
        let pattern = Pattern::new(text, syntax).unwrap();
        keys.iter().copied().filter(|key| pattern.matches(key)).collect()
    }

    const KEYS: &[&str] = &["grad/w1", "grad/w2", "acts/relu.1", "Loss", "item[1]"];

    #[test]
    fn fuzzy_regex_and_glob_patterns_match_keys() {
        assert_eq!(matching("gw1", Syntax::Fuzzy, KEYS), ["grad/w1"]);
        assert_eq!(matching("", Syntax::Fuzzy, KEYS), KEYS);
        assert_eq!(matching("w[12]$", Syntax::Regex, KEYS), ["grad/w1", "grad/w2"]);
        assert_eq!(matching("loss", Syntax::Regex, KEYS), ["Loss"]);
        assert_eq!(matching("Acts", Syntax::Regex, KEYS), Vec::<&str>::new());
        assert_eq!(matching("grad/*", Syntax::Glob, KEYS), ["grad/w1", "grad/w2"]);
        assert_eq!(matching("grad/w[!1]", Syntax::Glob, KEYS), ["grad/w2"]);
        assert_eq!(matching("*.1", Syntax::Glob, KEYS), ["acts/relu.1"]);
        assert_eq!(matching("item[", Syntax::Glob, KEYS), Vec::<&str>::new());
        assert_eq!(matching("item[[]1]", Syntax::Glob, KEYS), ["item[1]"]);
    }

    #[test]
    fn errors_of_expressions_are_one_line() {
        let error = Pattern::new("a(", Syntax::Regex).unwrap_err();
        assert_eq!(error, "found open group without closing ')'");
        assert!(Pattern::new("[z-a]", Syntax::Glob).is_err());
    }
}
