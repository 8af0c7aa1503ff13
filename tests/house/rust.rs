//! Just enough of a Rust reader to find the paths, names and prose in a source. It relies on formatted code.

/// Returns the code without comments and string contents. Line numbers stay the same.
pub(crate) fn code(text: &str) -> String {
    split(text).into_iter().map(|(part, text)| if part == Part::Code { text } else { blank(&text) }).collect()
}

/// Returns the comments and strings, everything else blanked. Line numbers stay the same, and only white space
/// separates the words of a sentence that continues on the next line.
pub(crate) fn prose(text: &str) -> String {
    let clean = |(part, text): (Part, String)| match part {
        Part::Code if text.trim().is_empty() => text,
        // Something that is not white space, so that no phrase reaches across code.
        Part::Code => text.chars().map(|c| if c == '\n' { '\n' } else { '|' }).collect(),
        Part::Comment => text.replace(['/', '!'], " "),
        Part::String => text.replace("\\n", "||").replace('\\', " "),
    };
    split(text).into_iter().map(clean).collect()
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Code,
    Comment,
    String,
}

fn blank(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect()
}

/// Splits a source into code, comments, and string and character literals, in order.
fn split(text: &str) -> Vec<(Part, String)> {
    let text: Vec<char> = text.chars().collect();
    let mut parts: Vec<(Part, String)> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (part, end) = match text[at] {
            '/' if text.get(at + 1) == Some(&'/') => (Part::Comment, find(&text, at, |rest| rest[0] == '\n')),
            '/' if text.get(at + 1) == Some(&'*') => {
                (Part::Comment, find(&text, at + 2, |rest| rest.starts_with(&['*', '/'])) + 2)
            }
            '"' => (Part::String, end_of_string(&text, at)),
            '\'' if text.get(at + 1) == Some(&'\\') => (Part::String, find(&text, at + 3, |rest| rest[0] == '\'') + 1),
            '\'' if text.get(at + 2) == Some(&'\'') => (Part::String, at + 3),
            _ => (Part::Code, at + 1),
        };
        let end = end.min(text.len());
        match parts.last_mut() {
            Some((Part::Code, code)) if part == Part::Code => code.extend(&text[at..end]),
            _ => parts.push((part, text[at..end].iter().collect())),
        }
        at = end;
    }
    parts
}

/// Returns the position after the string that opens at `at`. A raw string closes with the `#`s it opened with.
fn end_of_string(text: &[char], at: usize) -> usize {
    let hashes = text[..at].iter().rev().take_while(|c| **c == '#').count();
    if at > hashes && text[at - hashes - 1] == 'r' {
        let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
        return find(text, at + 1, |rest| rest.starts_with(&close)) + close.len();
    }
    let mut end = at + 1;
    while end < text.len() && text[end] != '"' {
        end += if text[end] == '\\' { 2 } else { 1 };
    }
    end + 1
}

/// Returns the first position at or after `at` for which `stop` is true, or the end.
fn find(text: &[char], at: usize, stop: impl Fn(&[char]) -> bool) -> usize {
    (at..text.len()).find(|i| stop(&text[*i..])).unwrap_or(text.len())
}

/// Blanks the items under `#[cfg(test)]` in [`code`].
pub(crate) fn without_tests(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some(start) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let mut depth = 0;
        let end = rest.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0 && matches!(c, ';' | '}')
        });
        let end = end.map_or(rest.len(), |(at, _)| at + 1);
        out.extend(rest[..end].chars().filter(|c| *c == '\n'));
        rest = &rest[end..];
    }
    out + rest
}

/// Returns every path of two parts or more in the code, with its line: `crate::hist::Edges`, `std::fs::read`.
///
/// `use` groups are expanded, and `super` and `self` resolved against `module` (the names from the crate's root).
pub(crate) fn paths(code: &str, module: &[String]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = code[at..].find(|c: char| c.is_alphanumeric() || c == '_').map(|i| at + i) {
        let mut here = Vec::new();
        at = tree(code, start, &[], &mut here);
        let line = |from: usize| 1 + code[..from].matches('\n').count();
        found.extend(here.into_iter().filter(|(_, path)| path.len() > 1).map(|(from, path)| (line(from), path)));
    }
    found.into_iter().map(|(line, path)| (line, resolve(&path, module))).collect()
}

/// Reads `name`, `name::tree` or `{tree, tree}` at `at` below `prefix`. Returns the position after it.
fn tree<'a>(code: &'a str, at: usize, prefix: &[&'a str], found: &mut Vec<(usize, Vec<&'a str>)>) -> usize {
    let rest = &code[at..];
    if rest.starts_with('{') {
        let mut next = at + 1;
        loop {
            next += code[next..].len() - code[next..].trim_start_matches([',', ' ', '\n']).len();
            if next >= code.len() || code[next..].starts_with('}') {
                return next + 1;
            }
            let end = tree(code, next, prefix, found);
            // Not a path, as in `as name`: leave the group.
            if end == next {
                return next + 1;
            }
            next = end;
        }
    }
    let name = &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())];
    let path: Vec<&str> = prefix.iter().copied().chain([name]).collect();
    let end = at + name.len();
    let more = code[end..].strip_prefix("::").and_then(|more| more.chars().next());
    if !name.is_empty() && more.is_some_and(|c| c == '{' || c.is_alphabetic() || c == '_') {
        return tree(code, end + 2, &path, found);
    }
    found.push((at, path));
    end
}

fn resolve(path: &[&str], module: &[String]) -> String {
    let ups = path.iter().take_while(|part| **part == "super").count();
    let from = match path[0] {
        "super" => &module[..module.len().saturating_sub(ups)],
        "self" => module,
        _ => return path.join("::"),
    };
    let inner = path.iter().skip(ups.max(1)).map(|part| (*part).to_owned());
    std::iter::once("crate".to_owned()).chain(from.iter().cloned()).chain(inner).collect::<Vec<_>>().join("::")
}
