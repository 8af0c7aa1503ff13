//! A settings file as it is written: every value with its place, so that every mistake in it is told with its line.

use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// A value and the byte where its name stands.
#[derive(Debug, Clone)]
pub(super) struct Placed<T> {
    pub(super) at: usize,
    pub(super) value: T,
}

/// The values of a table, by their names.
pub(super) type Table<T> = BTreeMap<String, Placed<T>>;

/// What is wrong with a file, as it is found.
#[derive(Debug)]
pub(super) struct Mistakes<'t> {
    text: &'t str,
    found: Vec<(usize, String)>,
    /// The lines that are no TOML: what else is said of them only follows from that.
    broken: BTreeSet<usize>,
}

impl<'t> Mistakes<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, found: Vec::new(), broken: BTreeSet::new() }
    }

    /// Notes a mistake at a byte of the file.
    pub(super) fn add(&mut self, at: usize, words: impl Into<String>) {
        if !self.broken.contains(&self.line(at)) {
            self.found.push((at, words.into()));
        }
    }

    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }

    /// A sentence each, in the order of the file.
    pub(super) fn told(mut self) -> Vec<String> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.iter().map(|(at, words)| format!("line {}: {words}", self.line(*at))).collect()
    }
}

/// Everything in a file that is TOML.
pub(super) fn read(mistakes: &mut Mistakes<'_>) -> Table<toml::Value> {
    let (table, errors) = DeTable::parse_recoverable(mistakes.text);
    for error in errors {
        let words = error.message().lines().collect::<Vec<_>>().join(" ");
        let at = error.span().map_or(0, |span| span.start);
        mistakes.add(at, words);
        mistakes.broken.insert(mistakes.line(at));
    }
    members(table.into_inner(), "", "", mistakes)
}

/// The values in a table of that name in a file that was [read], each as a `T`; others are mistakes.
pub(super) fn table<T: DeserializeOwned>(name: &str, expected: &str, mistakes: &mut Mistakes<'_>) -> Table<T> {
    let (whole, _) = DeTable::parse_recoverable(mistakes.text);
    let found = whole.into_inner().into_iter().find(|(key, _)| key.get_ref() == name);
    match found.map(|(key, value)| (key.span().start, value.into_inner())) {
        Some((_, DeValue::Table(table))) => members(table, &format!("{name}."), expected, mistakes),
        Some((at, _)) => {
            mistakes.add(at, format!("{name} is not a table"));
            Table::new()
        }
        None => Table::new(),
    }
}

fn members<T: DeserializeOwned>(
    table: DeTable<'_>,
    prefix: &str,
    expected: &str,
    mistakes: &mut Mistakes<'_>,
) -> Table<T> {
    let mut members = Table::new();
    for (name, value) in table {
        let (at, name) = (name.span().start, name.into_inner().into_owned());
        match read_value(value) {
            Some(value) => {
                members.insert(name, Placed { at, value });
            }
            None => mistakes.add(at, format!("{prefix}{name}: {expected} is expected")),
        }
    }
    members
}

fn read_value<T: DeserializeOwned>(value: Spanned<DeValue<'_>>) -> Option<T> {
    T::deserialize(ValueDeserializer::from(value)).ok()
}
