//! What can be read on pages over the screen: the keys, and the problems found while reading.

use super::Model;
use crate::action::{Action, Area};
use crate::settings::Keymap;

/// A line of the key table: its area, the keys, what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub area: Area,
    pub keys: String,
    pub help: &'static str,
}

/// What is done by keys and by the mouse that no binding holds.
const FIXED: &[(Area, &str, &str)] = &[
    (Area::Bins, "0–9 … Enter", "exactly so many bins"),
    (Area::Bins, "wheel", "one bin more or fewer; with Shift eight"),
    (Area::Bins, "drag the slider", "any number of bins"),
    (Area::Range, "drag, then click", "select bins in the chart, zoom to them"),
    (Area::Range, "right click", "the full range again"),
    (Area::Cursor, "click", "the bin there"),
    (Area::Steps, "drag the slider", "any step"),
    (Area::Series, "click, wheel", "choose, fold, move"),
];

/// The whole key table, in order: the help, the README and the manual are made of it.
pub fn bindings(keymap: &Keymap) -> Vec<Binding> {
    let mut all = Vec::new();
    for area in Area::ALL {
        let actions = Action::ALL.iter().filter(|action| action.area() == *area);
        all.extend(actions.filter_map(|action| {
            let keys = keymap.shown(*action);
            (!keys.is_empty()).then(|| Binding { area: *area, keys: keys.join("  "), help: action.help() })
        }));
        let fixed = FIXED.iter().filter(|(of, ..)| of == area);
        all.extend(fixed.map(|(area, keys, help)| Binding { area: *area, keys: (*keys).into(), help }));
    }
    all
}

/// The lines of the help: headings, and keys with what they do.
pub fn keys(keymap: &Keymap) -> Vec<(String, String)> {
    let bindings = bindings(keymap);
    let mut lines = Vec::new();
    for area in Area::ALL {
        if !lines.is_empty() {
            lines.push((String::new(), String::new()));
        }
        lines.push((area.title().to_owned(), String::new()));
        let of_area = bindings.iter().filter(|binding| binding.area == *area);
        lines.extend(of_area.map(|binding| (format!("  {}", binding.keys), binding.help.to_owned())));
    }
    lines
}

/// The lines of the problems, at least one.
pub fn problems(model: &Model) -> Vec<(String, String)> {
    let mut lines: Vec<_> = model.problems().into_iter().map(|problem| (problem, String::new())).collect();
    if lines.is_empty() {
        lines.push(("everything could be read".into(), String::new()));
    }
    lines
}
