//! Parses a settings file. Keeps the position of each name, so that errors can show the line.

use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, ValueDeserializer};

/// A value and the byte offset of its name in the file.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub(super) at: usize,
    pub(super) value: T,
}

/// Values of a TOML table, by name.
pub(super) type Section<T> = BTreeMap<String, Located<T>>;

/// Errors found in a settings file.
#[derive(Debug)]
pub(super) struct Mistakes<'t> {
    text: &'t str,
    found: Vec<(usize, String)>,
    /// Lines with a syntax error. Later errors on these lines only follow from it, so they are ignored.
    broken: BTreeSet<usize>,
}

impl<'t> Mistakes<'t> {
    /// Starts without errors.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new(), broken: BTreeSet::new() }
    }

    /// Adds an error at a byte offset of the file.
    pub(super) fn add(&mut self, at: usize, message: impl Into<String>) {
        if !self.broken.contains(&self.line(at)) {
            self.found.push((at, message.into()));
        }
    }

    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }

    /// Returns one line per error, such as `line 3: unknown setting 'foo'`, in the order of the file.
    pub(super) fn into_messages(mut self) -> Vec<String> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.iter().map(|(at, message)| format!("line {}: {message}", self.line(*at))).collect()
    }
}

/// Parses the file: the values of its top level, and its tables with these names. Skips lines that are not valid TOML and
/// adds an error for each.
pub(super) fn read<'t>(tables: &[&str], mistakes: &mut Mistakes<'t>) -> (Section<toml::Value>, DeTable<'t>) {
    let (table, errors) = DeTable::parse_recoverable(mistakes.text);
    for error in errors {
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        let at = error.span().map_or(0, |span| span.start);
        mistakes.add(at, message);
        mistakes.broken.insert(mistakes.line(at));
    }
    let is_table = |(key, _): &(Spanned<DeString<'t>>, Spanned<DeValue<'t>>)| tables.contains(&&**key.get_ref());
    let (tables, values): (Vec<_>, Vec<_>) = table.into_inner().into_iter().partition(is_table);
    (members(values.into_iter().collect(), "", "", mistakes), tables.into_iter().collect())
}

/// Takes the members of the table called `name`, if the file has one. Adds an error for each member that is not a `T`;
/// `expected` describes a `T`.
pub(super) fn section<T: DeserializeOwned>(
    tables: &DeTable<'_>,
    name: &str,
    expected: &str,
    mistakes: &mut Mistakes<'_>,
) -> Section<T> {
    let found = tables.clone().into_iter().find(|(key, _)| key.get_ref() == name);
    match found.map(|(key, value)| (key.span().start, value.into_inner())) {
        Some((_, DeValue::Table(table))) => members(table, &format!("{name}."), expected, mistakes),
        Some((at, _)) => {
            mistakes.add(at, format!("{name} is not a table"));
            Section::new()
        }
        None => Section::new(),
    }
}

fn members<T: DeserializeOwned>(
    table: DeTable<'_>,
    prefix: &str,
    expected: &str,
    mistakes: &mut Mistakes<'_>,
) -> Section<T> {
    let mut members = Section::new();
    for (name, value) in table {
        let (at, name) = (name.span().start, name.into_inner().into_owned());
        match read_value(value) {
            Some(value) => {
                members.insert(name, Located { at, value });
            }
            None => mistakes.add(at, format!("{prefix}{name}: expected {expected}")),
        }
    }
    members
}

fn read_value<T: DeserializeOwned>(value: Spanned<DeValue<'_>>) -> Option<T> {
    T::deserialize(ValueDeserializer::from(value)).ok()
}
