//! Names of columns and members.

use std::collections::{HashMap, HashSet};

/// Makes column names unique, like pandas: `a`, `a.1`, `a.2`.
pub(crate) fn unique(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut used = HashSet::new();
    let mut repeats = HashMap::<String, usize>::new();
    names
        .map(|name| {
            let mut free = name.clone();
            while !used.insert(free.clone()) {
                let n = repeats.entry(name.clone()).or_insert(0);
                *n += 1;
                free = format!("{name}.{n}");
            }
            free
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_are_numbered_without_collisions() {
        let names = ["x", "x", "y", "x.1", "x"].map(str::to_owned);
        assert_eq!(unique(names.into_iter()), ["x", "x.1", "y", "x.1.1", "x.2"]);
    }
}
