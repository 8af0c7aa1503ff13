//! Names of entries: run or file, series and step.

use super::Model;
use crate::catalog::EntryId;
use std::fmt;

/// The parts of an entry's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryName {
    /// Short name of the run or the file, if it says more than the series.
    pub run: Option<String>,
    pub series: String,
    /// The step, if it is known.
    pub step: Option<i64>,
}

/// Writes `base · layer0.weight step 500`.
impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(run) = &self.run {
            write!(f, "{run} · ")?;
        }
        f.write_str(&self.series)?;
        self.step.map_or(Ok(()), |step| write!(f, " step {step}"))
    }
}

impl EntryName {
    /// Names both sides of a comparison. What they share follows once: `hot vs. base · layer0.weight · step 500`.
    pub fn versus(&self, sign: &str, other: &Self) -> String {
        if self.series != other.series {
            return format!("{self} {sign} {other}");
        }
        let run = self.run.clone().filter(|_| self.run == other.run);
        let step = self.step.filter(|_| self.step == other.step).map(|step| format!("step {step}"));
        let shared = run.into_iter().chain([self.series.clone()]).chain(step).collect::<Vec<_>>().join(" · ");
        if self == other {
            return format!("{shared} {sign} itself");
        }
        format!("{} {sign} {} · {shared}", self.side(other), other.side(self))
    }

    /// Names the run and the step, as far as they differ from those of `other`.
    fn side(&self, other: &Self) -> String {
        let run = self.run.clone().filter(|_| self.run != other.run);
        let step = self.step.filter(|_| self.step != other.step).map(|step| format!("step {step}"));
        run.into_iter().chain(step).collect::<Vec<_>>().join(" ")
    }

    /// Names what differs from `other`, such as `base step 0`; the series if nothing differs.
    pub fn differing(&self, other: &Self) -> String {
        if self.series == other.series && self != other {
            return self.side(other);
        }
        let run = self.run.clone().filter(|_| self.run != other.run);
        let step = self.step.filter(|_| self.step != other.step).map(|step| format!(" step {step}"));
        let name = run.into_iter().chain([self.series.clone()]).collect::<Vec<_>>().join(" · ");
        name + &step.unwrap_or_default()
    }
}

impl Model {
    /// Returns the name of a series: its key, or the short name of its source if the key is empty.
    fn short_name(&self, entry: EntryId) -> String {
        let name = self.name(entry);
        let source = self.sources.get(entry.source);
        let is_source = source.is_some_and(|source| source.name == name);
        if is_source { self.label(entry.source).to_string() } else { name }
    }

    /// Returns the name of an entry.
    pub fn entry_name(&self, entry: EntryId) -> EntryName {
        EntryName {
            run: self.source_label(entry).map(|label| label.to_string()),
            series: self.short_name(entry),
            step: self.series(entry).and_then(|series| series.steps.number(entry.index)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_name_what_differs_first() {
        let name = |run: &str, series: &str, step| EntryName {
            run: (!run.is_empty()).then(|| run.to_owned()),
            series: series.to_owned(),
            step,
        };
        let versus = |a: EntryName, b: EntryName| a.versus("vs.", &b);
        assert_eq!(versus(name("hot", "w", Some(5)), name("base", "w", Some(5))), "hot vs. base · w · step 5");
        assert_eq!(versus(name("hot", "w", Some(5)), name("hot", "w", Some(0))), "step 5 vs. step 0 · hot · w");
        assert_eq!(versus(name("hot", "w", Some(5)), name("base", "w", Some(0))), "hot step 5 vs. base step 0 · w");
        assert_eq!(versus(name("", "a", None), name("", "b", Some(1))), "a vs. b step 1");
        assert_eq!(versus(name("", "a", None), name("", "a", None)), "a vs. itself");
        let (hot, base) = (name("hot", "w", Some(5)), name("base", "b", Some(0)));
        assert_eq!(base.differing(&hot), "base · b step 0");
        assert_eq!(EntryName { series: "w".into(), ..base }.differing(&hot), "base step 0");
        assert_eq!(hot.differing(&hot), "w");
    }
}
