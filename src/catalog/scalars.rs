//! Scalars of a run, such as its loss.

use std::collections::{BTreeMap, BTreeSet};

/// A scalar over steps, and the names of all scalars of its run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scalars {
    /// Names of all scalars, in alphabetic order.
    pub names: Vec<String>,
    /// The name of the scalar in `points`. Empty if the run has none that was wanted.
    pub name: String,
    /// Steps and values, in increasing order of steps.
    pub points: Vec<(i64, f64)>,
}

/// Names that are chosen by default, the first one that exists. Otherwise, the shortest name with `loss` in it.
const DEFAULTS: [&str; 8] =
    ["loss", "train/loss", "train_loss", "train.loss", "loss/train", "Loss/train", "training_loss", "Loss"];

/// Maximum number of names to keep.
const MAX_NAMES: usize = 10_000;
/// Maximum number of scalars whose values are kept until the best one is known.
const MAX_CANDIDATES: usize = 8;

/// Collects the scalars of a log in one pass. Keeps the values of the wanted one, or of those that may become the default.
#[derive(Debug, Default)]
pub struct ScalarCollector {
    wanted: Option<String>,
    names: BTreeSet<String>,
    candidates: BTreeMap<String, Vec<(i64, f64)>>,
}

impl ScalarCollector {
    pub fn new(wanted: Option<&str>) -> Self {
        Self { wanted: wanted.map(str::to_owned), ..Self::default() }
    }

    /// Adds a name. Names that start with an underscore are the writer's own.
    pub fn name(&mut self, name: &str) {
        if !name.starts_with('_') && !self.names.contains(name) && self.names.len() < MAX_NAMES {
            self.names.insert(name.to_owned());
        }
    }

    /// Adds a value.
    pub fn add(&mut self, name: &str, step: i64, value: f64) {
        if name.starts_with('_') {
            return;
        }
        self.name(name);
        if let Some(points) = self.candidates.get_mut(name) {
            points.push((step, value));
            return;
        }
        let is_candidate = match &self.wanted {
            Some(wanted) => wanted == name,
            None => DEFAULTS.contains(&name) || (has_loss(name) && self.candidates.len() < MAX_CANDIDATES),
        };
        if is_candidate {
            self.candidates.insert(name.to_owned(), vec![(step, value)]);
        }
    }

    /// Returns the wanted scalar, or the default.
    pub fn finish(mut self) -> Scalars {
        let default = || {
            let known = DEFAULTS.into_iter().find(|name| self.candidates.contains_key(*name)).map(str::to_owned);
            known.or_else(|| self.candidates.keys().min_by_key(|name| name.len()).cloned())
        };
        let name = self.wanted.clone().or_else(default).unwrap_or_default();
        let mut points = self.candidates.remove(&name).unwrap_or_default();
        points.sort_by_key(|(step, _)| *step);
        Scalars { names: self.names.into_iter().collect(), name, points }
    }
}

fn has_loss(name: &str) -> bool {
    name.to_ascii_lowercase().contains("loss")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(wanted: Option<&str>, names: &[&str]) -> Scalars {
        let mut collector = ScalarCollector::new(wanted);
        for step in [1, 0] {
            for name in names {
                collector.add(name, step, step as f64 + name.len() as f64);
            }
        }
        collector.finish()
    }

    #[test]
    fn the_usual_name_of_the_loss_is_the_default() {
        let found = collected(None, &["lr", "val/loss", "train/loss", "_step"]);
        assert_eq!((found.name.as_str(), found.points), ("train/loss", vec![(0, 10.0), (1, 11.0)]));
        assert_eq!(found.names, ["lr", "train/loss", "val/loss"]);
        assert_eq!(collected(None, &["lr", "aux_Loss_total", "my_loss"]).name, "my_loss");
        assert_eq!(collected(Some("lr"), &["lr", "loss"]).points.len(), 2);
        let none = collected(None, &["lr"]);
        assert!(none.name.is_empty() && none.points.is_empty() && none.names == ["lr"]);
        assert!(collected(Some("gone"), &["lr"]).points.is_empty());
    }
}
