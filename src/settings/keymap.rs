//! Which keys ask for which action.

use super::file::{Mistakes, Placed, Table};
use crate::action::Action;
use crate::key::{Key, parse_sequence};

/// Bindings of key sequences to actions. No sequence is bound twice or begins another.
#[derive(Debug, Clone, Default)]
pub struct Keymap(Vec<(Vec<Key>, Action)>);

/// What a sequence of keys means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    Action(Action),
    /// More keys are needed.
    Prefix,
    Nothing,
}

impl Keymap {
    /// What `keys` ask for.
    pub fn look_up(&self, keys: &[Key]) -> Match {
        let begins = |bound: &&(Vec<Key>, Action)| bound.0.starts_with(keys);
        match self.0.iter().find(begins) {
            Some((bound, action)) if bound.len() == keys.len() => Match::Action(*action),
            Some(_) => Match::Prefix,
            None => Match::Nothing,
        }
    }

    /// What can follow `keys`: the rest of each sequence, and what it asks for.
    pub fn following(&self, keys: &[Key]) -> Vec<(String, Action)> {
        let rest = |bound: &(Vec<Key>, Action)| {
            let rest = bound.0.strip_prefix(keys)?.iter().map(Key::to_string).collect::<Vec<_>>();
            Some((rest.join(" "), bound.1))
        };
        self.0.iter().filter_map(rest).collect()
    }

    /// The sequences that ask for `action`, in the order they were bound.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = &[Key]> {
        self.0.iter().filter(move |bound| bound.1 == action).map(|bound| bound.0.as_slice())
    }

    /// The sequences for `action` as the help shows them: `← h`, `c j`.
    pub fn shown(&self, action: Action) -> Vec<String> {
        self.keys(action).map(|keys| keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")).collect()
    }

    /// Binds each named action to its sequences instead of what it was bound to; a sequence that is already bound (by an
    /// earlier file) is taken over, one that appears twice among `bindings` is a mistake.
    pub(super) fn bind(&mut self, bindings: &Table<Vec<String>>, mistakes: &mut Mistakes<'_>) {
        let mut fresh: Vec<(Vec<Key>, Action)> = Vec::new();
        // In the order of the actions, so that what the help shows does not depend on the spelling of names.
        let known = Action::ALL.iter().filter_map(|action| Some((*action, bindings.get(action.name())?)));
        for (action, Placed { at, value: texts }) in known {
            self.0.retain(|bound| bound.1 != action);
            for text in texts {
                match parse_sequence(text) {
                    Ok(keys) => match fresh.iter().find(|other| overlap(&other.0, &keys)) {
                        Some((_, other)) => mistakes
                            .add(*at, format!("keys: '{text}' is bound to {} and to {}", other.name(), action.name())),
                        None => fresh.push((keys, action)),
                    },
                    Err(error) => mistakes.add(*at, format!("keys: {}: {error}", action.name())),
                }
            }
        }
        for (name, Placed { at, .. }) in bindings {
            if Action::ALL.iter().all(|action| action.name() != name.as_str()) {
                mistakes.add(*at, format!("keys: '{name}' is not an action"));
            }
        }
        self.0.retain(|bound| fresh.iter().all(|(keys, _)| !overlap(keys, &bound.0)));
        self.0.extend(fresh);
    }
}

/// Whether one sequence begins the other, so that both cannot be bound.
fn overlap(a: &[Key], b: &[Key]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}
