//! What can be read on pages over the screen: keys, problems, settings, the source.

use super::Model;
use super::overlay::Page;
use crate::action::{Action, Area};
use crate::catalog::Content;
use crate::document::HistoryEntry;
use crate::hist::{Bins, Numbers, Rounding};
use crate::settings::{Depth, Glyphs, Keymap};
use crate::text;
use crate::text::plural;
use crate::wandb::{ArtifactType, Fault, Repair, number_text};

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

/// The lines of a page, each in two columns: headings have an empty second one.
pub fn lines(page: Page, model: &Model) -> Vec<(String, String)> {
    let lines = match page {
        Page::Help => keys(&model.settings.keymap),
        Page::Problems => problems(model),
        Page::Settings => settings(model),
        Page::Source => source(model),
        Page::Repair => repair(model),
    };
    // Between the borders of a page and a space at both sides.
    let room = usize::from(model.size.width.saturating_sub(4));
    let wrap = |(first, rest): (String, String)| {
        let clean = text::visible(&first);
        if !rest.is_empty() || text::width(&clean) <= room {
            return vec![(first, rest)];
        }
        text::wrap(&clean, room).into_iter().map(|line| (line, String::new())).collect()
    };
    lines.into_iter().flat_map(wrap).collect()
}

/// A page's heading.
pub fn title(page: Page) -> &'static str {
    match page {
        Page::Help => "help",
        Page::Problems => "problems",
        Page::Settings => "settings",
        Page::Source => "source",
        Page::Repair => "repair: Enter accepts it, Esc leaves it",
    }
}

/// The lines of the help: headings, and keys with what they do.
fn keys(keymap: &Keymap) -> Vec<(String, String)> {
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
fn problems(model: &Model) -> Vec<(String, String)> {
    let told = model.problems().into_iter().map(|problem| problem.to_string());
    let mut lines: Vec<_> = model.unopened.iter().cloned().chain(told).map(|line| (line, String::new())).collect();
    if lines.is_empty() {
        lines.push(("everything could be read".into(), String::new()));
    }
    lines
}

/// The changes of the series on the screen: what marks them, and their names. The first line is what was opened.
pub fn history(model: &Model) -> Vec<(String, String)> {
    let Some((current, document)) = model.current.as_ref().zip(model.document()) else { return Vec::new() };
    let history = document.history();
    let steps = model.series(current.entry).map(|series| &series.steps);
    let several = steps.is_some_and(|steps| steps.len() > 1);
    let name = |entry: &HistoryEntry| {
        let step = steps.and_then(|steps| steps.number(entry.step)).unwrap_or(entry.step as i64);
        if several { format!("{}  (step {step})", entry.name) } else { entry.name.clone() }
    };
    let names = std::iter::once("as opened".to_owned()).chain(history.edits().map(name));
    let sign = |at: usize| match (at == history.position(), history.saved() == Some(at) && at > 0) {
        (true, true) => "here saved",
        (true, false) => "here",
        (false, true) => "saved",
        (false, false) => "",
    };
    names.enumerate().map(|(at, name)| (sign(at).to_owned(), name)).collect()
}

/// What is wrong with the histogram on the screen and what is done about it; then each bin that changes, before and after.
fn repair(model: &Model) -> Vec<(String, String)> {
    let logged = model.current.as_ref().and_then(|current| match &current.content {
        Content::Logged(logged) => Some(&logged.histogram),
        Content::Raw(_) => None,
    });
    let Some((before, Repair { histogram, faults })) = logged.zip(model.repair()) else {
        return vec![("nothing is wrong with it".into(), String::new())];
    };
    let heading = |text: &str| (text.to_owned(), String::new());
    let mut lines = vec![heading("what is wrong")];
    let told = |fault: Fault| [heading(&format!("  {}:", fault.what)), heading(&format!("    {}", fault.remedy))];
    lines.extend(faults.into_iter().flat_map(told));
    let bin = |bins: &Numbers, counts: &Numbers, at: usize| {
        let number = |numbers: &Numbers, at: usize| numbers.get(at).map_or_else(|| "–".into(), number_text);
        if at >= counts.len() && at + 1 >= bins.len() {
            return "–".to_owned();
        }
        format!("[{}, {})  {}", number(bins, at), number(bins, at + 1), number(counts, at))
    };
    lines.extend([heading(""), heading("bins before and after")]);
    let most = before.values().len().max(histogram.bins()).max(before.bins().len().saturating_sub(1));
    let mut same = 0;
    for at in 0..most {
        let old = bin(before.bins(), before.values(), at);
        let new = bin(histogram.edges().numbers(), histogram.counts(), at);
        if old == new {
            same += 1;
        } else {
            lines.push((format!("  {old}"), new));
        }
    }
    if same > 0 {
        lines.push(heading(&format!("  {} not changed", plural(same, "bin"))));
    }
    lines
}

/// The settings that are not keys, as the settings file names them.
fn settings(model: &Model) -> Vec<(String, String)> {
    let settings = &model.settings;
    let bins = match &settings.bins {
        Bins::Count(n) => n.to_string(),
        Bins::Rule(rule) => rule.name().to_owned(),
        Bins::Edges(edges) => plural(edges.len() as u64, "edge"),
    };
    let artifact_type = match settings.artifact_type {
        ArtifactType::None => "none: name.json",
        ArtifactType::Histogram => "histogram: name.histogram.json",
    };
    let rounding = match settings.rounding {
        Rounding::Integers => "integers",
        Rounding::Fractional => "fractional",
    };
    let glyphs = match settings.glyphs {
        Glyphs::Unicode => "unicode",
        Glyphs::Ascii => "ascii",
    };
    let colors = match settings.theme.depth() {
        Depth::None => "none",
        Depth::Ansi16 => "16",
        Depth::Ansi256 => "256",
        Depth::True => "24 bit",
    };
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        line("bins", &bins),
        line("artifact-type", artifact_type),
        line("rounding", rounding),
        line("glyphs", glyphs),
        line("memory", &settings.memory.map_or_else(|| "auto".to_owned(), |memory| memory.to_string())),
        line("mouse", if settings.mouse { "true" } else { "false" }),
        line("colours", colors),
        line("keys", "? shows them"),
        line("file", &settings.file),
    ]
}

/// What is known of the source on the screen.
fn source(model: &Model) -> Vec<(String, String)> {
    let current = model.current.as_ref().and_then(|current| model.sources.get(current.entry.source));
    let Some(source) = current.or_else(|| model.sources.first()) else {
        return vec![("nothing is open".into(), String::new())];
    };
    let mut lines = vec![("name".into(), source.name.clone()), ("what".into(), source.title.clone())];
    lines.push(("series".into(), source.series.len().to_string()));
    lines.extend(source.details.iter().cloned());
    lines
}
