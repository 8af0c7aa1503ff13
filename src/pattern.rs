//! Finding keys by a pattern: fuzzy, regular expression or glob. Used by the filter and by the command line.

use regex::{Regex, RegexBuilder};

/// How a pattern is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Syntax {
    /// The characters in order, anywhere, without regard to case.
    #[default]
    Fuzzy,
    /// A regular expression that matches anywhere.
    Regex,
    /// A glob over the whole key: `*`, `?`, `[a-z]`. `*` also matches separators.
    Glob,
}

impl Syntax {
    /// The one after this, around.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Fuzzy => Self::Regex,
            Self::Regex => Self::Glob,
            Self::Glob => Self::Fuzzy,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Fuzzy => "fuzzy",
            Self::Regex => "regex",
            Self::Glob => "glob",
        }
    }
}

/// A pattern, ready to match.
#[derive(Debug, Clone)]
pub struct Pattern(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Fuzzy(Vec<char>),
    Regex(Regex),
}

impl Pattern {
    /// # Errors
    /// One line on what is wrong with the expression.
    pub fn new(text: &str, syntax: Syntax) -> Result<Self, String> {
        let expression = match syntax {
            Syntax::Fuzzy => return Ok(Self(Kind::Fuzzy(text.to_lowercase().chars().collect()))),
            Syntax::Regex => text.to_owned(),
            Syntax::Glob => regex_of_glob(text),
        };
        // Smart case, as in most pagers: a capital letter makes the search exact.
        let fold = syntax == Syntax::Regex && !text.chars().any(char::is_uppercase);
        let built = RegexBuilder::new(&expression).case_insensitive(fold).size_limit(1 << 20).build();
        built.map(|regex| Self(Kind::Regex(regex))).map_err(|error| {
            let text = error.to_string();
            text.lines().last().unwrap_or("not a regular expression").trim().trim_start_matches("error: ").to_owned()
        })
    }

    /// Whether `key` matches.
    pub fn matches(&self, key: &str) -> bool {
        match &self.0 {
            Kind::Regex(regex) => regex.is_match(key),
            Kind::Fuzzy(wanted) => {
                let mut characters = key.chars().flat_map(char::to_lowercase);
                wanted.iter().all(|c| characters.any(|k| k == *c))
            }
        }
    }
}

/// Whether a text is a glob rather than a plain name.
pub fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Everything but the glob's own signs stands for itself; an unclosed `[` too.
fn regex_of_glob(glob: &str) -> String {
    let mut expression = String::from("(?s)^");
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '[' => {
                // A `]` right behind the bracket (or its negation) is a member of the class.
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
            c => expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
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

    const KEYS: &[&str] = &["grad/w1", "grad/w2", "acts/relu.1", "Loss", "odd[1]"];

    #[test]
    fn three_ways_to_find_keys() {
        assert_eq!(matching("gw1", Syntax::Fuzzy, KEYS), ["grad/w1"]);
        assert_eq!(matching("", Syntax::Fuzzy, KEYS), KEYS);
        assert_eq!(matching("w[12]$", Syntax::Regex, KEYS), ["grad/w1", "grad/w2"]);
        assert_eq!(matching("loss", Syntax::Regex, KEYS), ["Loss"]);
        assert_eq!(matching("Acts", Syntax::Regex, KEYS), Vec::<&str>::new());
        assert_eq!(matching("grad/*", Syntax::Glob, KEYS), ["grad/w1", "grad/w2"]);
        assert_eq!(matching("grad/w[!1]", Syntax::Glob, KEYS), ["grad/w2"]);
        assert_eq!(matching("*.1", Syntax::Glob, KEYS), ["acts/relu.1"]);
        assert_eq!(matching("odd[", Syntax::Glob, KEYS), Vec::<&str>::new());
        assert_eq!(matching("odd[[]1]", Syntax::Glob, KEYS), ["odd[1]"]);
    }

    #[test]
    fn a_bad_expression_is_one_line() {
        let error = Pattern::new("a(", Syntax::Regex).unwrap_err();
        assert_eq!(error, "unclosed group");
        assert!(Pattern::new("[z-a]", Syntax::Glob).is_err());
    }
}
