//! The language of everything that people read: comments, strings, names, documents, settings.
//!
//! The list of forbidden phrases is in `forbidden.txt`, where it does not trip over itself. Passing this test is not
//! enough: a sentence without these words can still be a riddle.

use super::rust::{code, prose};
use super::tidy::{Violation, report, sources};
use std::path::Path;

const FORBIDDEN: &str = include_str!("forbidden.txt");

/// Phrases that are code: a method of the standard library, an operator of Python.
const ALLOWED_NAMES: [&str; 1] = [concat!("is", " none")];

/// First words that hide the subject of a doc comment.
const OPENINGS: [&str; 7] = ["What", "How", "Whether", "Where", "Of", "With", "As"];

#[test]
fn texts_and_names_avoid_the_forbidden_phrases() {
    report(sources("").iter().flat_map(|(file, text)| forbidden_phrases(file, text)));
}

#[test]
fn comments_begin_with_the_noun_or_the_verb_of_their_item() {
    report(sources("").iter().flat_map(|(file, text)| bad_openings(file, text)));
}

/// The forbidden phrases, each with advice.
fn phrases() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = FORBIDDEN.lines().filter(|line| !line.starts_with(['#', '+']));
    lines.map(|line| line.split_once(": ").expect("phrase: advice"))
}

/// Longer phrases that are allowed although they contain a forbidden one.
fn allowed() -> impl Iterator<Item = &'static str> {
    FORBIDDEN.lines().filter_map(|line| line.strip_prefix("+ "))
}

/// Returns the forbidden phrases in one file: in the prose of a source and in its names, or anywhere in a document.
fn forbidden_phrases(file: &Path, text: &str) -> Vec<Violation> {
    let extension = file.extension().unwrap_or_default();
    let is_rust = extension == "rs";
    let (prose, names) = if is_rust { (prose(text), code(text)) } else { (text.to_owned(), String::new()) };
    let mut found = find_phrases(file, &words(&prose, false), extension == "py");
    found.extend(find_phrases(file, &words(&names, true), true));
    found
}

fn find_phrases(file: &Path, words: &[Word], code: bool) -> Vec<Violation> {
    let allowed: Vec<(usize, usize)> =
        allowed().flat_map(|phrase| positions(words, phrase).map(|at| (at, at + phrase.split(' ').count()))).collect();
    let mut found = Vec::new();
    for (phrase, advice) in phrases().filter(|(phrase, _)| !code || !ALLOWED_NAMES.contains(phrase)) {
        let hits = positions(words, phrase).filter(|at| !allowed.iter().any(|(from, to)| (from..to).contains(&at)));
        found.extend(hits.map(|at| Violation {
            file: file.to_owned(),
            line: words[at].line,
            what: format!("`{phrase}`"),
            why: advice.to_owned(),
        }));
    }
    found
}

/// Returns the positions of a phrase among words that only white space separates.
fn positions(words: &[Word], phrase: &str) -> impl Iterator<Item = usize> {
    let parts: Vec<&str> = phrase.split(' ').collect();
    let is_phrase = |run: &[Word]| {
        run.iter().zip(&parts).enumerate().all(|(i, (word, part))| word.text == **part && (i == 0 || word.follows))
    };
    let all: Vec<usize> =
        words.windows(parts.len()).enumerate().filter(|(_, run)| is_phrase(run)).map(|(at, _)| at).collect();
    all.into_iter()
}

/// A lower-case word, its line, and true if only white space separates it from the word before.
#[derive(Debug)]
struct Word {
    text: String,
    line: usize,
    follows: bool,
}

/// Splits a text into words. In names, `_` separates words and so does a change to upper case.
fn words(text: &str, names: bool) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut line, mut adjacent, mut previous) = (1, false, ' ');
    for c in text.chars() {
        let begins = names && c.is_uppercase() && previous.is_lowercase();
        if c.is_alphabetic() || c == '\'' && previous.is_alphabetic() {
            match words.last_mut() {
                Some(word) if previous.is_alphabetic() && !begins => word.text.extend(c.to_lowercase()),
                _ => words.push(Word {
                    text: c.to_lowercase().collect(),
                    line,
                    follows: !words.is_empty() && (adjacent || begins),
                }),
            }
            adjacent = true;
        } else {
            line += usize::from(c == '\n');
            adjacent &= if names { c == '_' } else { c.is_whitespace() };
        }
        previous = c;
    }
    words
}

/// Returns the comments of a source, a script or a settings file that open with one of [`OPENINGS`].
fn bad_openings(file: &Path, text: &str) -> Vec<Violation> {
    let markers: &[&str] = match file.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => &["///", "//!"],
        Some("toml") => &["#"],
        Some("py") => &["\"\"\"", "#"],
        _ => return Vec::new(),
    };
    let comment = |line: &'_ str| {
        let line = line.trim_start();
        markers.iter().find_map(|marker| line.strip_prefix(marker)).map(|rest| rest.trim_start().to_owned())
    };
    let lines: Vec<&str> = text.lines().collect();
    let opens = |at: usize| at == 0 || comment(lines[at - 1]).is_none_or(|before| before.is_empty());
    let first_word = |at: usize| comment(lines[at])?.split(|c: char| !c.is_alphanumeric()).next().map(str::to_owned);
    let bad = |at: &usize| opens(*at) && first_word(*at).is_some_and(|word| OPENINGS.contains(&&*word));
    let violation = |at: usize| Violation {
        file: file.to_owned(),
        line: at + 1,
        what: format!("comment begins with `{}`", first_word(at).unwrap_or_default()),
        why: "begin with the noun or the verb of the item".to_owned(),
    };
    (0..lines.len()).filter(bad).map(violation).collect()
}

mod the_checker {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<String> {
        let found = forbidden_phrases(Path::new(file), text);
        found.iter().map(|violation| format!("{} {}", violation.line, violation.what)).collect()
    }

    #[test]
    fn every_phrase_is_found_in_comments_strings_names_and_documents() {
        for (phrase, _) in phrases() {
            let first = format!("`{phrase}`");
            let hits = |file: &str, text: &str| {
                let found = found(file, text);
                found.iter().any(|hit| hit.ends_with(&first))
            };
            let (start, end) = phrase.split_once(' ').unwrap_or((phrase, ""));
            assert!(hits("src/a.rs", &format!("// It {phrase} x.\nfn f() {{}}\n")), "comment: {phrase}");
            assert!(
                hits("src/a.rs", &format!("/// It {start}\n    /// {end} x.\nfn f() {{}}\n")),
                "two lines: {phrase}"
            );
            assert!(hits("src/a.rs", &format!("const A: &str = \"It {phrase} x\";\n")), "string: {phrase}");
            assert!(hits("docs/a.md", &format!("It {} x.\n", phrase.to_uppercase())), "document: {phrase}");
            if !ALLOWED_NAMES.contains(&phrase) {
                assert!(hits("src/a.rs", &format!("fn it_{}_x() {{}}\n", phrase.replace(' ', "_"))), "name: {phrase}");
            }
        }
    }

    #[test]
    fn lines_are_counted_and_names_are_split_at_capitals() {
        let one = phrases().next().expect("a phrase").0;
        let several = phrases().map(|(phrase, _)| phrase).find(|phrase| phrase.contains(' ')).expect("several words");
        assert_eq!(found("a.md", &format!("fine\n\n  {one}\n")), [format!("3 `{one}`")]);
        let camel = format!("struct Not{}Yet;\n", one[..1].to_uppercase() + &one[1..]);
        assert_eq!(found("src/a.rs", &format!("use x;\n{camel}")), [format!("2 `{one}`")]);
        assert_eq!(
            found("src/a.rs", &format!("fn this_{}_x() {{}}", several.replace(' ', "_"))),
            [format!("1 `{several}`")]
        );
    }

    #[test]
    fn plain_english_and_parts_of_words_pass() {
        let longer = allowed().map(|phrase| format!("It {phrase} x."));
        let fine = ["Retold, untellable, aside; nonetheless.".to_owned(), "It is. No more.".to_owned()];
        for text in longer.chain(fine) {
            assert_eq!(found("a.md", &text), [""; 0], "{text}");
        }
        assert_eq!(found("src/a.rs", "fn f(x: Option<u8>) -> bool { x.is_none() }\n"), [""; 0]);
    }

    #[test]
    fn openings_are_checked_at_the_start_of_a_comment_only() {
        let lines = |file: &str, text: &str| -> Vec<usize> {
            bad_openings(Path::new(file), text).iter().map(|violation| violation.line).collect()
        };
        for word in OPENINGS {
            assert_eq!(lines("src/a.rs", &format!("    /// {word} it is.\n")), [1]);
            assert_eq!(lines("src/a.rs", &format!("//! Edges.\n//!\n//! {word} it is.\n")), [3]);
            assert_eq!(lines("src/a.toml", &format!("a = 1\n# {word} it is.\n")), [2]);
            assert_eq!(lines("benches/a.py", &format!("\"\"\"{word} it is.\"\"\"\n")), [1]);
            assert_eq!(lines("src/a.rs", &format!("/// Edges,\n/// {word} it is.\n// {word} it is.\n")), [0; 0]);
        }
        assert_eq!(lines("src/a.rs", "/// Assigns.\n/// Offsets.\n"), [0; 0]);
    }
}
