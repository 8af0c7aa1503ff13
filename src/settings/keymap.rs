//! Key bindings: which keys run which action.

use super::file::{Located, Mistakes, Section};
use crate::action::Action;
use crate::key::{Key, parse_sequence};

/// Bindings of key sequences to actions. No sequence is bound twice, and none is the start of another.
#[derive(Debug, Clone, Default)]
pub struct Keymap(Vec<(Vec<Key>, Action)>);

/// Result of looking up a sequence of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    Action(Action),
    /// The start of a longer sequence.
    Prefix,
    Nothing,
}

impl Keymap {
    /// Looks up the keys that were typed so far.
    pub fn look_up(&self, keys: &[Key]) -> Match {
        let begins = |bound: &&(Vec<Key>, Action)| bound.0.starts_with(keys);
        match self.0.iter().find(begins) {
            Some((bound, action)) if bound.len() == keys.len() => Match::Action(*action),
            Some(_) => Match::Prefix,
            None => Match::Nothing,
        }
    }

    /// Sequences that start with `keys`: the remaining keys and the action of each.
    pub fn following(&self, keys: &[Key]) -> Vec<(String, Action)> {
        let rest = |bound: &(Vec<Key>, Action)| {
            let rest = bound.0.strip_prefix(keys)?.iter().map(Key::to_string).collect::<Vec<_>>();
            Some((rest.join(" "), bound.1))
        };
        self.0.iter().filter_map(rest).collect()
    }

    /// Sequences bound to `action`, in the order of the settings file.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = &[Key]> {
        self.0.iter().filter(move |bound| bound.1 == action).map(|bound| bound.0.as_slice())
    }

    /// Sequences bound to `action` as the help shows them: `←`, `c j`.
    pub fn shown(&self, action: Action) -> Vec<String> {
        self.keys(action).map(|keys| keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")).collect()
    }

    /// Replaces the bindings of each named action.
    ///
    /// A sequence from `bindings` removes any earlier binding that it equals, starts or continues. Two such sequences
    /// within `bindings` are an error.
    pub(super) fn bind(&mut self, bindings: &Section<Vec<String>>, mistakes: &mut Mistakes<'_>) {
        let mut fresh: Vec<(Vec<Key>, Action)> = Vec::new();
        // In the order of the actions, so that the help does not depend on the order of the names.
        let known = Action::ALL.iter().filter_map(|action| Some((*action, bindings.get(action.name())?)));
        for (action, Located { at, value: texts }) in known {
            self.0.retain(|bound| bound.1 != action);
            let name = action.name();
            for text in texts {
                match parse_sequence(text) {
                    Ok(keys) => match fresh.iter().find(|other| overlap(&other.0, &keys)) {
                        Some((_, other)) => {
                            mistakes
                                .add(*at, format!("keys.{name}: '{text}' conflicts with the keys of {}", other.name()));
                        }
                        None => fresh.push((keys, action)),
                    },
                    Err(error) => mistakes.add(*at, format!("keys.{name}: {error}")),
                }
            }
        }
        for (name, Located { at, .. }) in bindings {
            if Action::ALL.iter().all(|action| action.name() != name.as_str()) {
                mistakes.add(*at, format!("keys: unknown action '{name}'"));
            }
        }
        self.0.retain(|bound| fresh.iter().all(|(keys, _)| !overlap(keys, &bound.0)));
        self.0.extend(fresh);
    }
}

/// Returns true if one sequence is the start of the other, so that only one of them can be bound.
fn overlap(a: &[Key], b: &[Key]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}
