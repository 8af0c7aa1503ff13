//! Words that are searched in names, with the operators of fzf.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Maximum number of words.
const MAX_WORDS: usize = 64;

/// Words that must all match. Words are separated by blanks (`\ ` is a literal one).
///
/// | word | matches |
/// |---|---|
/// | `seed3` | texts that contain it |
/// | `!word` | texts that do not contain it |
/// | `^start` | texts that start with it |
/// | `end$` | texts that end with it |
/// | `^all$` | this text only |
/// | `'exact` | texts that contain it, and nothing looser |
///
/// Case matters only if a word has a capital letter. A text has up to two parts: the name of a run and a key. Each word
/// matches in one of them, or across the `/` between them. If no text contains every word, [`Strictness`] relaxes.
#[derive(Debug)]
pub struct Words {
    all: Vec<Word>,
    spans: Vec<Span>,
    matcher: Matcher,
}

/// A word and its operator.
#[derive(Debug)]
struct Word {
    atom: Atom,
    negative: bool,
    /// The word as letters in this order, if it has no operator.
    loose: Option<Atom>,
}

/// A word with a `/`, split there: the end of a run's name and the start of a key.
#[derive(Debug)]
struct Span {
    word: usize,
    name: Atom,
    key: Atom,
}

/// Strictness of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strictness {
    /// Words match where they occur.
    Contained,
    /// Words also match as abbreviations, whose parts start at the start of words and numbers: `gw1` in `grad/w1`. Numbers
    /// cannot be skipped, so `seed3` does not match in `seed2-lr3`.
    Abbreviated,
    /// Words without digits also match as letters in this order.
    Scattered,
}

impl Strictness {
    /// All levels, the strictest first.
    pub const ALL: [Self; 3] = [Self::Contained, Self::Abbreviated, Self::Scattered];
}

/// The words that match in one part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hits {
    /// One bit per word.
    words: u64,
    /// One bit per span.
    spans: u64,
    /// Rank among the matches; the largest is best.
    pub score: u32,
}

impl Hits {
    /// Combines the matches in several names of one run.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { words: self.words | other.words, spans: self.spans | other.spans, score: self.score.max(other.score) }
    }

    /// Returns the same matches without a rank.
    #[must_use]
    pub fn unranked(self) -> Self {
        Self { score: 0, ..self }
    }

    /// Returns the bits, without the score.
    pub fn bits(self) -> (u64, u64) {
        (self.words, self.spans)
    }
}

impl Words {
    /// Parses words.
    pub fn new(text: &str) -> Self {
        let mut found = Self { all: Vec::new(), spans: Vec::new(), matcher: Matcher::new(Config::DEFAULT) };
        for word in split(text).into_iter().take(MAX_WORDS) {
            let atom = Atom::parse(word, CaseMatching::Smart, Normalization::Smart);
            if atom.needle_text().is_empty() {
                continue;
            }
            let is_plain = atom.kind == AtomKind::Fuzzy;
            let (kind, negative) = (if is_plain { AtomKind::Substring } else { atom.kind }, atom.negative);
            let needle = atom.needle_text().to_string();
            let of_kind =
                |needle: &str, kind| Atom::new(needle, CaseMatching::Smart, Normalization::Smart, kind, false);
            if found.spans.len() < MAX_WORDS {
                let (start, end) = match kind {
                    AtomKind::Prefix => (AtomKind::Exact, AtomKind::Prefix),
                    AtomKind::Postfix => (AtomKind::Postfix, AtomKind::Exact),
                    AtomKind::Exact => (AtomKind::Exact, AtomKind::Exact),
                    _ => (AtomKind::Postfix, AtomKind::Prefix),
                };
                let at = needle.find('/').filter(|at| *at > 0 && at + 1 < needle.len());
                found.spans.extend(at.map(|at| Span {
                    word: found.all.len(),
                    name: of_kind(&needle[..at], start),
                    key: of_kind(&needle[at + 1..], end),
                }));
            }
            let loose = is_plain.then_some(atom);
            found.all.push(Word { atom: of_kind(&needle, kind), negative, loose });
        }
        found
    }

    /// Returns true without words. Then everything matches.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Finds the words in a text.
    pub fn find(&mut self, text: &str) -> Option<u32> {
        let hits = self.find_in(text, None, Strictness::Contained, 0);
        self.score(hits, Hits::default())
    }

    /// Finds the words in the name of a run.
    pub fn find_in_name(&mut self, name: &str, strictness: Strictness) -> Hits {
        self.find_in(name, Some(false), strictness, 0)
    }

    /// Finds the words in a key.
    pub fn find_in_key(&mut self, key: &str, strictness: Strictness) -> Hits {
        self.find_in(key, Some(true), strictness, 0)
    }

    /// Finds the words in a key. Stops at the first word that is missing and occurs in none of the `names`.
    pub fn find_in_key_of(&mut self, names: Hits, key: &str, strictness: Strictness) -> Hits {
        let needed = self.all.iter().enumerate().filter(|(at, word)| {
            !word.negative && names.words & (1 << at) == 0 && self.spans.iter().all(|span| span.word != *at)
        });
        let needed = needed.fold(0, |bits, (at, _)| bits | (1 << at));
        self.find_in(key, Some(true), strictness, needed)
    }

    /// Finds the words in a text. Stops if one of the words in `needed` is missing.
    fn find_in(&mut self, text: &str, is_key: Option<bool>, strictness: Strictness, needed: u64) -> Hits {
        let mut buffer = Vec::new();
        let text = Utf32Str::new(text, &mut buffer);
        let mut hits = Hits::default();
        for (at, word) in self.all.iter().enumerate() {
            let found = word.atom.score(text, &mut self.matcher);
            let loose = || {
                let atom = word.loose.as_ref().filter(|_| strictness != Strictness::Contained)?;
                let score = atom.score(text, &mut self.matcher)?;
                let needle = atom.needle_text();
                let scatters = strictness == Strictness::Scattered && !needle.chars().any(|c| c.is_ascii_digit());
                // A match that is not contiguous never ranks above one that is.
                (scatters || abbreviates(text, needle)).then_some(score / 4)
            };
            if let Some(score) = found.or_else(loose) {
                hits.words |= 1 << at;
                if !word.negative {
                    let whole = u32::from(text.len() == word.atom.needle_text().len()) * 64;
                    hits.score += u32::from(score) + whole;
                }
            } else if needed & (1 << at) != 0 {
                return hits;
            }
        }
        let Some(is_key) = is_key else { return hits };
        for (at, span) in self.spans.iter().enumerate() {
            let atom = if is_key { &span.key } else { &span.name };
            hits.spans |= u64::from(atom.score(text, &mut self.matcher).is_some()) << at;
        }
        hits
    }

    /// Returns the rank of a text with these matches in its two parts; `None` if a word is missing.
    pub fn score(&self, name: Hits, key: Hits) -> Option<u32> {
        let mut found = name.words | key.words;
        let across = name.spans & key.spans;
        if across != 0 {
            let spans = self.spans.iter().enumerate().filter(|(at, _)| across & (1 << at) != 0);
            found |= spans.fold(0, |bits, (_, span)| bits | (1 << span.word));
        }
        let fits = |(at, word): (usize, &Word)| (found & (1 << at) != 0) != word.negative;
        self.all.iter().enumerate().all(fits).then_some(name.score + key.score)
    }
}

/// Splits a text at blanks that are not escaped.
fn split(text: &str) -> Vec<&str> {
    let mut escaped = false;
    let words = text.split(|c: char| {
        let separates = c.is_whitespace() && !escaped;
        escaped = c == '\\';
        separates
    });
    words.filter(|word| !word.is_empty()).collect()
}

/// Returns true if each part of `needle` starts at the start of a word or a number of `text`, and no number is skipped
/// before one.
fn abbreviates(text: Utf32Str<'_>, needle: Utf32Str<'_>) -> bool {
    let fold = |c: char| c.to_lowercase().next().unwrap_or(c);
    let text: Vec<char> = text.chars().collect();
    let starts = |at: usize| {
        at == 0 || {
            let (before, here) = (text[at - 1], text[at]);
            !before.is_alphanumeric()
                || before.is_ascii_digit() != here.is_ascii_digit()
                || (before.is_lowercase() && here.is_uppercase())
        }
    };
    // The positions in the text at which the letters so far can end.
    let mut ends: Vec<bool> = Vec::new();
    for (index, letter) in needle.chars().enumerate() {
        let mut next = vec![false; text.len()];
        let mut reached = index == 0;
        for at in 0..text.len() {
            let continues = at > 0 && ends.get(at - 1).copied().unwrap_or(false);
            next[at] = fold(text[at]) == fold(letter) && (continues || (reached && starts(at)));
            // A number that was begun is not left before its end.
            let is_inside = at > 0 && text[at - 1].is_ascii_digit() && text[at].is_ascii_digit();
            reached |= continues && !is_inside;
            // A number ends the reach of a digit, unless the digit starts it.
            let skips = letter.is_ascii_digit() && text[at].is_ascii_digit();
            reached &= !skips;
        }
        ends = next;
    }
    ends.contains(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(words: &str, text: &str, strictness: Strictness) -> bool {
        let mut words = Words::new(words);
        let hits = words.find_in_key(text, strictness);
        words.score(Hits::default(), hits).is_some()
    }

    #[test]
    fn words_must_all_occur_and_operators_narrow_them() {
        let found = |words: &str| {
            let keys = ["grad/layer1.weight", "grad/layer10.weight", "grad/layer1.bias", "Loss"];
            keys.into_iter().filter(|key| matches(words, key, Strictness::Contained)).collect::<Vec<_>>()
        };
        assert_eq!(found("grad weight"), ["grad/layer1.weight", "grad/layer10.weight"]);
        assert_eq!(found("weight grad layer1."), ["grad/layer1.weight"]);
        assert_eq!(found("grad !weight"), ["grad/layer1.bias"]);
        assert_eq!(found("^lay"), Vec::<&str>::new());
        assert_eq!(found("bias$"), ["grad/layer1.bias"]);
        assert_eq!(found("loss"), ["Loss"]);
        assert_eq!(found("lOss"), Vec::<&str>::new());
        assert_eq!(found("^loss$"), ["Loss"]);
        assert_eq!(found("gw"), Vec::<&str>::new());
        assert_eq!(found("!"), found(""));
    }

    /// B5: `/seed3` found seeds 0, 1 and 2.
    #[test]
    fn abbreviations_start_at_words_and_skip_no_number() {
        let found = |words, text| matches(words, text, Strictness::Abbreviated);
        assert!(found("gw1", "grad/w1"));
        assert!(found("l10w", "layer10.weight"));
        assert!(found("qproj", "self_attn.q_proj"));
        assert!(found("gradw", "grad/layer1.weight"));
        assert!(!found("gdt", "gradient"));
        assert!(!found("l1w", "layer10.weight"));
        assert!(!found("seed3", "seed2-lr3.0e-01"));
        assert!(!found("seed3", "lr3.0e-01-seed2/grad/layer3"));
        assert!(!found("'gw1", "grad/w1"));
    }

    #[test]
    fn letters_may_scatter_only_in_words_without_digits() {
        assert!(matches("gdt", "gradient", Strictness::Scattered));
        assert!(!matches("sd3", "seed2/layer3", Strictness::Scattered));
    }

    #[test]
    fn words_match_in_the_name_in_the_key_or_across_the_slash_between_them() {
        let found = |text: &str, name: &str, key: &str| {
            let mut words = Words::new(text);
            let name = words.find_in_name(name, Strictness::Contained);
            let key = words.find_in_key(key, Strictness::Contained);
            words.score(name, key).is_some()
        };
        assert!(found("hot weight", "hot", "grad/weight"));
        assert!(found("hot/grad", "hot", "grad/weight"));
        assert!(found("^hot/grad/w", "hot", "grad/weight"));
        assert!(!found("^ot/grad", "hot", "grad/weight"));
        assert!(!found("hot !weight", "hot", "grad/weight"));
        assert!(!found("!hot/grad", "hot", "grad/weight"));
        assert!(!found("hot/weight", "hot", "grad/weight"));
        // Letters do not scatter from the name into the key.
        assert!(!found("hotgrad", "hot", "grad/weight"));
    }

    #[test]
    fn whole_names_rank_first_and_abbreviations_last() {
        let mut words = Words::new("w1");
        let mut score = |text| words.find_in_key(text, Strictness::Abbreviated).score;
        assert!(score("w1") > score("grad/w1"));
        assert!(score("grad/w1") > score("weights/1"));
    }
}
