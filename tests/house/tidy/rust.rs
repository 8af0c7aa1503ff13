//! Reads just enough Rust to see which paths a source names. Not a parser: it relies on the code being formatted.

/// The code without comments and without the content of strings; lines stay where they are.
pub(crate) fn code(text: &str) -> String {
    let text: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < text.len() {
        let end = match text[at] {
            '/' if text.get(at + 1) == Some(&'/') => find(&text, at, |rest| rest[0] == '\n'),
            '/' if text.get(at + 1) == Some(&'*') => find(&text, at + 2, |rest| rest.starts_with(&['*', '/'])) + 2,
            '"' => end_of_string(&text, at),
            '\'' if text.get(at + 1) == Some(&'\\') => find(&text, at + 3, |rest| rest[0] == '\'') + 1,
            '\'' if text.get(at + 2) == Some(&'\'') => at + 3,
            _ => {
                out.push(text[at]);
                at += 1;
                continue;
            }
        };
        let end = end.min(text.len());
        out.extend(text[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at = end;
    }
    out
}

/// Behind the string that starts with the quote at `at`; a raw one ends with as many `#` as stand before it.
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

/// The first position from `at` on where `stop` holds, or the end.
fn find(text: &[char], at: usize, stop: impl Fn(&[char]) -> bool) -> usize {
    (at..text.len()).find(|i| stop(&text[*i..])).unwrap_or(text.len())
}

/// [`code`] with everything behind `#[cfg(test)]` blanked up to the end of its item.
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

/// Every path of at least two parts that the code names, with its line, `use` groups taken apart, and `super` and
/// `self` resolved against `module` (the names from the crate's root): `crate::hist::Edges`, `std::fs::read`.
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

/// Reads `name`, `name::tree` or `{tree, tree}` at `at` below `prefix`; returns the position behind it.
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
            // Something that is no path (`as name`): leave the group.
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
