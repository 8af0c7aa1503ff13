//! Names in lists: their natural order, and short forms that stay distinct.

use super::{ELLIPSIS, clip, clip_middle, visible, width};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// Compares two names so that numbers in them are in numeric order: `layer2` before `layer10`.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    alphanumeric_sort::compare_str(a, b)
}

/// Shortens names that are listed together to at most `cells` each, so that different names stay different.
///
/// Drops the part that all names start with, then replaces other shared parts with an ellipsis. The parts that differ stay
/// as long as there is room for them. Then words become shorter: `grad/laye12.weig`, or `g/l12.w`. If all names fit, they are
/// returned as they are.
pub fn shorten(names: &[&str], cells: usize) -> Vec<String> {
    let names: Vec<Cow<'_, str>> = names.iter().map(|name| visible(name)).collect();
    if names.iter().all(|name| width(name) <= cells) {
        return names.into_iter().map(Cow::into_owned).collect();
    }
    let fits =
        |short: &Vec<String>| short.iter().all(|short| width(short) <= cells) && collisions(&names, short).is_empty();
    let by_parts = squeezed(&names, parts, cells);
    if fits(&by_parts) {
        return by_parts;
    }
    let by_numbers = squeezed(&names, |name| parts(name).into_iter().flat_map(around_numbers).collect(), cells);
    if fits(&by_numbers) {
        return by_numbers;
    }
    let clipped: Vec<String> = by_parts.iter().map(|name| clip_middle(name, cells).into_owned()).collect();
    if fits(&clipped) && !by_parts.iter().zip(&clipped).any(|(name, clipped)| cuts_a_number(name, clipped)) {
        return clipped;
    }
    let shorter = |letters| names.iter().map(|name| with_short_words(name, letters, cells)).collect();
    let shorter = (1..=LONGEST_WORD).rev().map(shorter).find(fits);
    shorter.unwrap_or_else(|| distinct(&names, &by_parts, cells))
}

/// Most letters of a word that was shortened.
const LONGEST_WORD: usize = 6;

/// Drops and replaces the shared parts of names.
fn squeezed<'n>(names: &'n [Cow<'_, str>], split: impl Fn(&'n str) -> Vec<&'n str>, cells: usize) -> Vec<String> {
    let mut parts: Vec<Vec<&str>> = names.iter().map(|name| split(name)).collect();
    if names.iter().any(|name| *name != names[0]) {
        let shared = (0..parts[0].len()).take_while(|at| is_shared_start(&parts, *at)).count();
        for parts in &mut parts {
            parts.drain(..shared);
        }
    }
    let shared = shared_parts(&parts);
    parts.iter().map(|parts| squeeze(parts, &shared, cells)).collect()
}

/// Splits a part of a name where a number starts: `layer`, `12.`
fn around_numbers(part: &str) -> impl Iterator<Item = &str> {
    let start = part.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (word, number) = part.split_at(start);
    [word, number].into_iter().filter(|piece| !piece.is_empty())
}

/// Returns true if only a part of a number was left by clipping a name in its middle.
fn cuts_a_number(name: &str, clipped: &str) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let shared = name.chars().zip(clipped.chars()).take_while(|(a, b)| a == b).count();
    let same_end = name.chars().rev().zip(clipped.chars().rev()).take_while(|(a, b)| a == b).count();
    let cuts = |before: usize, chars: &mut dyn Iterator<Item = char>| {
        let mut chars = chars.skip(before.saturating_sub(1));
        before > 0 && is_digit(chars.next()) && is_digit(chars.next())
    };
    cuts(shared, &mut name.chars()) || cuts(same_end, &mut name.chars().rev())
}

/// Cuts every word of a name that does not fit to some letters. Numbers and separators stay.
fn with_short_words(name: &str, letters: usize, cells: usize) -> String {
    if width(name) <= cells {
        return name.to_owned();
    }
    let mut length = 0;
    let kept = name.chars().filter(|c| {
        length = if c.is_alphabetic() { length + 1 } else { 0 };
        length <= letters
    });
    kept.collect()
}

/// Splits a name after its separators. A point between digits belongs to a number.
fn parts(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let separates = match byte {
            b'.' => !(at > 0 && is_digit(at - 1) && is_digit(at + 1)),
            byte => b"/-_: ".contains(byte),
        };
        // Consecutive separators stay together.
        let ends = separates && bytes.get(at + 1).is_some_and(|next| !b"/-_:. ".contains(next));
        if ends {
            parts.push(&name[start..=at]);
            start = at + 1;
        }
    }
    parts.push(&name[start..]);
    parts
}

/// Returns true if all names have the same part at this position, and another part after it.
fn is_shared_start(names: &[Vec<&str>], at: usize) -> bool {
    names.iter().all(|parts| parts.len() > at + 1 && parts[at] == names[0][at])
}

/// Returns the parts that occur in every name.
fn shared_parts<'n>(names: &[Vec<&'n str>]) -> HashSet<&'n str> {
    let mut shared: HashSet<&str> = names.first().into_iter().flatten().copied().collect();
    for parts in names {
        shared.retain(|part| parts.contains(part));
    }
    shared
}

/// Replaces runs of shared parts with an ellipsis until the name fits: the longest first, and only as much as necessary.
fn squeeze(parts: &[&str], shared: &HashSet<&str>, cells: usize) -> String {
    let mut runs: Vec<(bool, String)> = Vec::new();
    for part in parts {
        let drops = shared.contains(part);
        match runs.last_mut() {
            Some((before, run)) if *before == drops => run.push_str(part),
            _ => runs.push((drops, (*part).to_owned())),
        }
    }
    let total = |runs: &[(bool, String)]| runs.iter().map(|(_, run)| width(run)).sum::<usize>();
    while total(&runs) > cells {
        let longest = (0..runs.len()).filter(|at| runs[*at].0 && width(&runs[*at].1) > 1);
        let Some(at) = longest.max_by_key(|at| width(&runs[*at].1)) else { break };
        let spare = cells.saturating_sub(total(&runs) - width(&runs[at].1) + 1);
        let mut kept = "";
        for part in split_ends(&runs[at].1) {
            if width(part) <= spare {
                kept = part;
            }
        }
        runs[at] = (false, format!("{ELLIPSIS}{kept}"));
    }
    runs.into_iter().map(|(_, run)| run).collect()
}

/// Returns the ends of a name that start with a part, the shortest first.
fn split_ends(name: &str) -> Vec<&str> {
    let mut from = name.len();
    let starts = parts(name).into_iter().rev().map(|part| {
        from -= part.len();
        &name[from..]
    });
    starts.collect()
}

/// Clips short names that are still too wide, and keeps them different where the full names are.
fn distinct(names: &[Cow<'_, str>], short: &[String], cells: usize) -> Vec<String> {
    let mut clipped: Vec<String> = short.iter().map(|name| clip_middle(name, cells).into_owned()).collect();
    for group in collisions(names, &clipped) {
        let first = &short[group[0]];
        let same =
            |other: &String| first.char_indices().zip(other.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
        let start = group.iter().filter_map(|at| same(&short[*at])).min().unwrap_or(first.len());
        for at in &group {
            let rest = short[*at].get(start..).unwrap_or_default();
            clipped[*at] = clip(&format!("{ELLIPSIS}{rest}"), cells).into_owned();
        }
    }
    // Too narrow for the parts that differ: number the names.
    let mut taken: HashSet<String> = clipped.iter().cloned().collect();
    for group in collisions(names, &clipped) {
        let mut numbered: HashMap<&str, String> = HashMap::new();
        for at in group {
            let new = numbered.entry(&names[at]).or_insert_with(|| {
                let candidate = |number: usize| {
                    let number = format!("{ELLIPSIS}{number}");
                    let start = super::head(&short[at], cells.saturating_sub(width(&number)));
                    clip(&format!("{start}{number}"), cells).into_owned()
                };
                let free = (1..=names.len() * 2).map(candidate).find(|new| !taken.contains(new));
                free.unwrap_or_else(|| candidate(at))
            });
            taken.insert(new.clone());
            clipped[at].clone_from(new);
        }
    }
    clipped
}

/// Lists the groups of different names that have the same short form.
fn collisions(names: &[Cow<'_, str>], short: &[String]) -> Vec<Vec<usize>> {
    let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, short) in short.iter().enumerate() {
        groups.entry(short).or_default().push(at);
    }
    let differ = |group: &Vec<usize>| group.iter().any(|at| names[*at] != names[group[0]]);
    let mut groups: Vec<Vec<usize>> = groups.into_values().filter(differ).collect();
    groups.sort_unstable();
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_in_names_are_in_numeric_order() {
        let mut names = ["run10", "run2", "layer10.w", "layer2.w", "layer2.b", "run1", "run"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["layer2.b", "layer2.w", "layer10.w", "run", "run1", "run2", "run10"]);
    }

    #[test]
    fn names_that_fit_are_kept() {
        assert_eq!(shorten(&["grad/w1", "grad/w2"], 7), ["grad/w1", "grad/w2"]);
        assert_eq!(shorten(&[], 7), Vec::<String>::new());
    }

    /// Annoyance 3: 24 panels were titled `parameter…roj.weight`.
    #[test]
    fn the_shared_start_is_dropped_first_and_then_shared_parts_in_the_middle() {
        let names = |layers: [u8; 3]| layers.map(|n| format!("parameters/model.layers.{n}.self_attn.q_proj.weight"));
        let names = names([4, 16, 31]);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let rest = ["4.self_attn.q_proj.weight", "16.self_attn.q_proj.weight", "31.self_attn.q_proj.weight"];
        assert_eq!(shorten(&names, 26), rest);
        assert_eq!(shorten(&names, 12), ["4.…weight", "16.…weight", "31.…weight"]);
        assert_eq!(shorten(&names, 5), ["4.…", "16.…", "31.…"]);
    }

    #[test]
    fn every_part_that_differs_stays() {
        let names = ["hot · layers.1.q_proj.weight", "hot · layers.1.k_proj.weight", "base · layers.12.k_proj.weight"];
        assert_eq!(shorten(&names, 20), ["hot · layers.1.q_…", "hot · layers.1.k_…", "base · layers.12.k_…"]);
    }

    #[test]
    fn long_numbers_in_run_names_stay_whole() {
        let names = ["lr1.0e-01-seed0", "lr1.0e-01-seed1", "lr3.2e-02-seed0"];
        assert_eq!(shorten(&names, 15), names);
        assert_eq!(shorten(&names[..2], 8), ["seed0", "seed1"]);
    }

    /// Panels were titled `base · gradien…1` to `base · gradien…12`, and the first was layer 10.
    #[test]
    fn numbers_in_names_are_never_invented() {
        let names = ["gradients/layer1.weight", "gradients/layer12.weight", "parameters/layer1.weight"];
        assert_eq!(shorten(&names, 16), ["gradients/…1.…", "gradients/…12.…", "parameters/…1.…"]);
        assert_eq!(shorten(&names, 7), ["g/l1.w", "g/l12.w", "p/l1.w"]);
        let names = [0, 5, 11].map(|n| format!("gradients/layer{n}.weight"));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(shorten(&names, 9), ["layer0.…", "layer5.…", "layer11.…"]);
        assert_eq!(shorten(&names, 6), ["0.…", "5.…", "11.…"]);
    }

    #[test]
    fn a_single_name_is_cut_in_the_middle() {
        assert_eq!(shorten(&["gradients/layer5.weight"], 12), ["…weight"]);
    }

    proptest! {
        #[test]
        fn short_names_fit_and_differ_where_the_names_do(
            names in proptest::collection::vec("[ab重]{0,3}([/._-][ab0-9]{1,6}){0,4}", 1..12), cells in 3..20_usize,
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let short = shorten(&names, cells);
            for (a, short_a) in names.iter().zip(&short) {
                prop_assert!(width(short_a) <= cells, "{short_a}");
                for (b, short_b) in names.iter().zip(&short) {
                    prop_assert_eq!(a == b, short_a == short_b, "{} {} → {} {}", a, b, short_a, short_b);
                }
            }
        }

        #[test]
        fn natural_order_is_a_total_order(mut names in proptest::collection::vec("[a0-9重-]{0,6}", 0..40)) {
            names.sort_by(|a, b| natural_order(a, b));
            for pair in names.windows(2) {
                prop_assert_eq!(natural_order(&pair[1], &pair[0]) == Ordering::Less, false);
            }
        }
    }
}
