//! A parser for the Python literals in `.npy` headers.

use std::str::Chars;

/// A Python literal.
#[derive(Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Int(i128),
    Bool(bool),
    Tuple(Vec<Literal>),
    List(Vec<Literal>),
    Dict(Vec<(String, Literal)>),
}

/// Maximum nesting. numpy never writes deeper types, and a hostile header must not exhaust the stack.
const MAX_DEPTH: usize = 32;

/// Parses a text that is one literal, with optional blanks around it.
pub(super) fn parse(text: &str) -> Option<Literal> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.blanks();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c', '\0']);
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.rest.strip_prefix(token);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Literal> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.eat("{") {
            return self.dict(depth).map(Literal::Dict);
        }
        if self.eat("[") {
            return self.items("]", depth).map(|(items, _)| Literal::List(items));
        }
        if self.eat("(") {
            let (mut items, comma) = self.items(")", depth)?;
            // `(10)` is a number in parentheses; `(10,)` is a tuple.
            return if items.len() == 1 && !comma { items.pop() } else { Some(Literal::Tuple(items)) };
        }
        if self.eat("True") {
            return Some(Literal::Bool(true));
        }
        if self.eat("False") {
            return Some(Literal::Bool(false));
        }
        self.text().map(Literal::Text).or_else(|| self.int().map(Literal::Int))
    }

    /// Parses the items up to `close`. Returns true if a comma follows the last one.
    fn items(&mut self, close: &str, depth: usize) -> Option<(Vec<Literal>, bool)> {
        let mut items = Vec::new();
        let mut comma = false;
        while !self.eat(close) {
            if !items.is_empty() && !comma {
                return None;
            }
            items.push(self.value(depth + 1)?);
            comma = self.eat(",");
        }
        Some((items, comma))
    }

    fn dict(&mut self, depth: usize) -> Option<Vec<(String, Literal)>> {
        let mut members = Vec::new();
        let mut comma = true;
        while !self.eat("}") {
            if !comma {
                return None;
            }
            let key = self.text()?;
            if !self.eat(":") {
                return None;
            }
            members.push((key, self.value(depth + 1)?));
            comma = self.eat(",");
        }
        Some(members)
    }

    /// Parses a string in single or double quotes. Python 2 wrote some with the prefix `u` or `b`. Only names of fields
    /// contain escapes.
    fn text(&mut self) -> Option<String> {
        self.blanks();
        let from = self.rest.strip_prefix(['u', 'b']).unwrap_or(self.rest);
        let quote = from.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (mut text, mut chars) = (String::new(), from[1..].chars());
        loop {
            match chars.next()? {
                c if c == quote => break,
                '\\' => text.push(escaped(&mut chars)?),
                c => text.push(c),
            }
        }
        self.rest = chars.as_str();
        Some(text)
    }

    /// Parses an integer. Python 2 wrote some as `2L`.
    fn int(&mut self) -> Option<i128> {
        self.blanks();
        let sign = usize::from(self.rest.starts_with(['-', '+']));
        let digits = self.rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at(sign + digits);
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        number.parse().ok()
    }
}

/// Parses the escape of Python's `repr` that follows a backslash.
fn escaped(chars: &mut Chars) -> Option<char> {
    let digits = match chars.next()? {
        'n' => return Some('\n'),
        't' => return Some('\t'),
        'r' => return Some('\r'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        c => return Some(c),
    };
    let mut code = 0;
    for _ in 0..digits {
        code = code * 16 + chars.next()?.to_digit(16)?;
    }
    // Python allows half of a surrogate pair, Rust does not.
    Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_notations_of_python_2_and_3() {
        let new = parse("{'shape': (2, 3), 'fortran_order': False}   \n");
        let old = parse("{\"shape\" :(2L,3L,),\"fortran_order\":False,}");
        assert!(new.is_some());
        assert_eq!(new, old);
        assert_eq!(parse("()"), Some(Literal::Tuple(vec![])));
        assert_eq!(parse("(10)"), Some(Literal::Int(10)));
        assert_eq!(parse(r"'\x1b\'\\\u2603'"), Some(Literal::Text("\u{1b}'\\\u{2603}".into())));
        assert_eq!(parse("(-1,)"), Some(Literal::Tuple(vec![Literal::Int(-1)])));
    }

    #[test]
    fn invalid_literals_are_rejected() {
        for bad in ["", "{", "{'a'}", "{'a': 1 'b': 2}", "(1 2)", "'a", "1 2", "(,)", "{'a': x}", "99e9"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse(&"(".repeat(100_000)), None);
    }
}
