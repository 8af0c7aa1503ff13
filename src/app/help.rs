//! The table of keys, and the text of pages: settings, source, repair and edit history.

use super::Model;
use super::overlay::Page;
use crate::action::{Action, Area};
use crate::catalog::Content;
use crate::document::HistoryEntry;
use crate::hist::{Bins, Numbers, Rounding};
use crate::settings::{Depth, Glyphs, Ground, Keymap, ListOrder};
use crate::text;
use crate::text::{format_value, plural};
use crate::wandb::{ArtifactType, Fault, Repair, number_text};

/// A line of the key table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub area: Area,
    pub keys: String,
    pub help: &'static str,
}

/// Digits and mouse actions, which cannot be rebound.
pub(super) const FIXED: &[(Area, &str, &str)] = &[
    (Area::Bins, "0–9 … Enter", "use this many bins"),
    (Area::Bins, "Ctrl-wheel", "one bin more or fewer, like the wheel on the slider; with Shift, eight"),
    (Area::Bins, "drag the slider", "set the number of bins"),
    (Area::Range, "wheel", "zoom in or out at the pointer"),
    (Area::Range, "drag, then click", "select bins in the chart, then zoom to them"),
    (Area::Range, "right click", "show the full range"),
    (Area::Cursor, "click", "go to the bin"),
    (Area::Steps, "drag the slider", "go to a step"),
    (Area::Series, "← →", "in the list: fold, unfold"),
    (Area::Series, "click, wheel", "choose, fold, scroll"),
    (Area::Series, "drag the border", "resize the list"),
    (Area::View, "wheel, Tab ↑ ↓", "scroll the statistics"),
];

/// Returns the key table, in order. The help, docs/keys.md and the man page are generated from it.
pub fn bindings(keymap: &Keymap) -> Vec<Binding> {
    let mut all = Vec::new();
    for area in Area::ALL {
        let actions = Action::ALL.iter().filter(|action| action.area() == *area);
        all.extend(
            actions.filter_map(|action| {
                Some(Binding { area: *area, keys: keys_of(keymap, *action)?, help: action.help() })
            }),
        );
        let fixed = FIXED.iter().filter(|(of, ..)| of == area);
        all.extend(fixed.map(|(area, keys, help)| Binding { area: *area, keys: (*keys).into(), help }));
    }
    all
}

/// Returns the keys of an action; `None` if it has no key.
pub(super) fn keys_of(keymap: &Keymap, action: Action) -> Option<String> {
    let keys = keymap.shown(action);
    (!keys.is_empty()).then(|| keys.join("  "))
}

/// Returns the lines of a page in two columns. The second column of a heading is empty.
pub fn lines(page: Page, model: &Model) -> Vec<(String, String)> {
    let lines = match page {
        Page::Settings => settings(model),
        Page::Messages => messages(model),
        Page::Source => source(model),
        Page::Repair => repair(model),
    };
    // A border and a space on each side.
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

/// Returns the title of a page.
pub fn title(page: Page) -> &'static str {
    match page {
        Page::Settings => "settings",
        Page::Messages => "messages, the newest first",
        Page::Source => "source",
        Page::Repair => "repair (Enter: apply, Esc: cancel)",
    }
}

/// Lines of the messages page, the newest message first.
fn messages(model: &Model) -> Vec<(String, String)> {
    let lines: Vec<_> = model.messages.iter().rev().map(|status| (status.text.clone(), String::new())).collect();
    if lines.is_empty() { vec![("no messages yet".into(), String::new())] } else { lines }
}

/// Returns the edit history of the current series: the mark and the name of each change. The first line is the state
/// after opening.
pub fn history(model: &Model) -> Vec<(String, String)> {
    let Some((current, document)) = model.current.as_ref().zip(model.document()) else { return Vec::new() };
    let history = document.history();
    let steps = model.series(current.entry).map(|series| &series.steps);
    let several = steps.is_some_and(|steps| steps.len() > 1);
    let name = |entry: &HistoryEntry| {
        let step = steps.and_then(|steps| steps.number(entry.index)).unwrap_or(entry.index as i64);
        if several { format!("{}  (step {step})", entry.name) } else { entry.name.clone() }
    };
    let names = std::iter::once("as opened".to_owned()).chain(history.edits().map(name));
    let mark = |at: usize| match (at == history.position(), history.saved() == Some(at) && at > 0) {
        (true, true) => "now, saved",
        (true, false) => "now",
        (false, true) => "saved",
        (false, false) => "",
    };
    names.enumerate().map(|(at, name)| (mark(at).to_owned(), name)).collect()
}

/// Lines of the repair page: the faults with their remedies, then each changed bin before and after.
fn repair(model: &Model) -> Vec<(String, String)> {
    let logged = model.current.as_ref().and_then(|current| match &current.content {
        Content::Logged(logged) => Some(&logged.histogram),
        Content::Raw(_) => None,
    });
    let Some((before, Repair { histogram, faults })) = logged.zip(model.repair()) else {
        return vec![("this histogram is not malformed".into(), String::new())];
    };
    let heading = |text: &str| (text.to_owned(), String::new());
    let mut lines = vec![heading("faults")];
    let describe = |fault: Fault| [heading(&format!("  {}:", fault.what)), heading(&format!("    {}", fault.remedy))];
    lines.extend(faults.into_iter().flat_map(describe));
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
        lines.push(heading(&format!("  {} unchanged", plural(same, "bin"))));
    }
    lines
}

/// Lines of the settings page: every setting except keys, named as in the settings file.
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
    let background = match settings.background {
        Some(Ground::Dark) => "dark",
        Some(Ground::Light) => "light",
        None => "auto",
    };
    let switch = |on: bool| if on { "true" } else { "false" };
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let limits = &settings.findings;
    let off: Vec<&str> = limits.off.iter().map(|kind| kind.name()).collect();
    let mut lines = vec![
        line("bins", &bins),
        line("artifact-type", artifact_type),
        line("rounding", rounding),
        line("glyphs", glyphs),
        line("memory", &settings.memory.map_or_else(|| "auto".to_owned(), |memory| memory.to_string())),
        line("background", background),
        line("mouse", switch(settings.mouse)),
        line("order", if settings.order == ListOrder::Natural { "natural" } else { "logged" }),
        line("keep-unsaved", switch(settings.keep_unsaved)),
        line("remember-views", switch(settings.remember_views)),
        line("colors", colors),
    ];
    let number = |name: &str, limit: f64| line(&format!("findings.{name}"), &format_value(limit, 0.0));
    lines.extend([
        number("dead", limits.dead),
        number("jump", limits.jump),
        number("collapse", limits.collapse),
        number("shift", limits.shift),
        number("steps", limits.steps as f64),
        line("findings.off", &if off.is_empty() { "none".to_owned() } else { off.join(", ") }),
        line("keys", "press ? to list them"),
        line("file", &settings.file),
    ]);
    lines
}

/// Lines of the source page.
fn source(model: &Model) -> Vec<(String, String)> {
    let current = model.current.as_ref().and_then(|current| model.sources.get(current.entry.source));
    let Some(source) = current.or_else(|| model.sources.first()) else {
        return vec![("nothing is open".into(), String::new())];
    };
    let mut lines = vec![("name".into(), source.name.clone()), ("type".into(), source.title.clone())];
    lines.push(("series".into(), text::format_count(source.series.len() as f64, 0)));
    lines.extend(source.details.iter().cloned());
    let unfinished = source.problems.iter().filter(|problem| problem.unfinished);
    lines.extend(unfinished.map(|problem| ("being written".to_owned(), problem.to_string())));
    lines
}
