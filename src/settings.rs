//! Settings: an embedded file with all defaults (keys, theme, options), overridden by the user's file.
//!
//! Not here: finding and reading the user's file (`cli::environment`).

mod file;
mod keymap;
mod theme;

pub use crate::widget::{Glyphs, Ground};
pub use keymap::{Keymap, Match};
pub use theme::{Depth, Role, Theme};

use crate::engine::MemoryLimit;
use crate::findings::{Kind, Limits};
use crate::hist::{Bins, MAX_BINS, Rounding, Rule};
use crate::wandb::ArtifactType;
use file::{Located, Mistakes, Section};
use toml::de::DeTable;

/// Text of the embedded settings file, which documents every setting and holds its default.
pub const DEFAULT: &str = include_str!("settings/default.toml");

/// Order of names in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOrder {
    /// Numbers in names are in numeric order: `layer2` before `layer10`.
    Natural,
    /// The order of logging.
    Logged,
}

/// Valid values of all settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Initial bins for raw data: a number from 1 to 512, or a rule.
    pub bins: Bins,
    pub artifact_type: ArtifactType,
    pub rounding: Rounding,
    pub glyphs: Glyphs,
    /// Background of the terminal. `None` lets the environment decide.
    pub background: Option<Ground>,
    pub mouse: bool,
    pub order: ListOrder,
    /// Memory limit for samples. `None` derives it from the free memory.
    pub memory: Option<MemoryLimit>,
    /// Keep unsaved changes on disk, so that they survive a crash.
    pub keep_unsaved: bool,
    /// Remember bins, range and scales of each series between sessions.
    pub remember_views: bool,
    /// Limits of the rules that find what needs attention.
    pub findings: Limits,
    pub keymap: Keymap,
    pub theme: Theme,
    /// Path of the user's file, for display. The file may not exist.
    pub file: String,
}

impl Settings {
    /// Loads the embedded defaults, then the text of the user's file, for a terminal with the given color depth.
    ///
    /// Returns all errors in the user's file, one line each, in the order of the file. A setting with an error keeps its
    /// default.
    pub fn load(user: Option<&str>, depth: Depth) -> (Self, Vec<String>) {
        let mut settings = Self {
            bins: Bins::Count(64),
            artifact_type: ArtifactType::None,
            rounding: Rounding::Integers,
            glyphs: Glyphs::Unicode,
            background: None,
            mouse: true,
            order: ListOrder::Natural,
            memory: None,
            keep_unsaved: true,
            remember_views: true,
            findings: Limits::default(),
            keymap: Keymap::default(),
            theme: Theme::new(depth),
            file: String::new(),
        };
        let mut problems = Vec::new();
        for text in [Some(DEFAULT), user].into_iter().flatten() {
            let mut mistakes = Mistakes::new(text);
            let (values, tables) = file::read(&["findings", "keys", "theme"], &mut mistakes);
            settings.apply(values, &tables, depth, &mut mistakes);
            problems.extend(mistakes.into_messages());
        }
        (settings, problems)
    }

    /// Uses a background that the environment names, unless the settings name one.
    pub fn suggest_background(&mut self, ground: Ground) {
        self.theme.set_ground(self.background.unwrap_or(ground));
    }

    fn apply(
        &mut self,
        mut file: Section<toml::Value>,
        tables: &DeTable<'_>,
        depth: Depth,
        mistakes: &mut Mistakes<'_>,
    ) {
        let mut take = |name: &str| file.remove(name);
        if let Some(Located { at, value }) = take("bins") {
            match first_bins(&value) {
                Some(bins) => self.bins = bins,
                None => {
                    mistakes.add(at, format!("bins = {value}: expected 1 to {MAX_BINS}, or a rule such as \"fd\""));
                }
            }
        }
        let artifact_types = [("none", ArtifactType::None), ("histogram", ArtifactType::Histogram)];
        choose(&mut self.artifact_type, "artifact-type", take("artifact-type"), &artifact_types, mistakes);
        let roundings = [("integers", Rounding::Integers), ("fractional", Rounding::Fractional)];
        choose(&mut self.rounding, "rounding", take("rounding"), &roundings, mistakes);
        let glyphs = [("unicode", Glyphs::Unicode), ("ascii", Glyphs::Ascii)];
        choose(&mut self.glyphs, "glyphs", take("glyphs"), &glyphs, mistakes);
        let backgrounds = [("auto", None), ("dark", Some(Ground::Dark)), ("light", Some(Ground::Light))];
        choose(&mut self.background, "background", take("background"), &backgrounds, mistakes);
        switch(&mut self.mouse, "mouse", take("mouse"), mistakes);
        let orders = [("natural", ListOrder::Natural), ("logged", ListOrder::Logged)];
        choose(&mut self.order, "order", take("order"), &orders, mistakes);
        if let Some(Located { at, value }) = take("memory") {
            match memory(&value) {
                Ok(memory) => self.memory = memory,
                Err(why) => mistakes.add(at, format!("memory = {value}: {why}, or \"auto\"")),
            }
        }
        switch(&mut self.keep_unsaved, "keep-unsaved", take("keep-unsaved"), mistakes);
        switch(&mut self.remember_views, "remember-views", take("remember-views"), mistakes);
        for (name, found) in file::section(tables, "findings", "a number or a list", mistakes) {
            if let Err(why) = set_limit(&mut self.findings, &name, &found.value) {
                mistakes.add(found.at, format!("findings.{name}: {why}"));
            }
        }
        self.keymap.bind(&file::section(tables, "keys", "a list of keys such as [\"u\"]", mistakes), mistakes);
        let expected = "a color, or a table of fg, bg, bold, dim, reverse and underline";
        let styles = file::section(tables, "theme", expected, mistakes);
        self.theme.set(&styles, depth, mistakes);
        self.theme.set_ground(self.background.unwrap_or_default());
        for (name, Located { at, .. }) in file {
            mistakes.add(at, format!("unknown setting '{name}'"));
        }
    }
}

/// Sets a limit of the rules.
fn set_limit(limits: &mut Limits, name: &str, value: &toml::Value) -> Result<(), String> {
    let number = value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
    let share = || number.filter(|x| *x > 0.0 && *x <= 1.0).ok_or("expected a share from 0 to 1");
    let above = |least: f64, expected| number.filter(|x| *x > least && x.is_finite()).ok_or(expected);
    match name {
        "dead" => limits.dead = share()?,
        "collapse" => limits.collapse = share()?,
        "jump" => limits.jump = above(1.0, "expected a factor above 1")?,
        "shift" => limits.shift = above(0.0, "expected a positive number")?,
        "steps" => {
            let steps = value.as_integer().and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=1000).contains(n));
            limits.steps = steps.ok_or("expected 1 to 1000")?;
        }
        "off" => {
            let names = value.as_array().ok_or("expected a list of rules such as [\"count-changed\"]")?;
            let kind = |name: &toml::Value| Kind::ALL.into_iter().find(|kind| name.as_str() == Some(kind.name()));
            let kinds = names.iter().map(|name| kind(name).ok_or_else(|| format!("unknown rule {name}")));
            limits.off = kinds.collect::<Result<_, _>>()?;
        }
        _ => return Err("unknown setting".to_owned()),
    }
    Ok(())
}

/// Reads a number of bins or the name of a rule.
fn first_bins(value: &toml::Value) -> Option<Bins> {
    match value {
        toml::Value::Integer(n) => usize::try_from(*n).ok().filter(|n| (1..=MAX_BINS).contains(n)).map(Bins::Count),
        toml::Value::String(name) => Rule::parse(name).ok().map(Bins::Rule),
        _ => None,
    }
}

/// Reads a size, or `"auto"` as `None`.
fn memory(value: &toml::Value) -> Result<Option<MemoryLimit>, &'static str> {
    match value.as_str() {
        Some("auto") => Ok(None),
        text => text.unwrap_or_default().parse().map(Some),
    }
}

/// Sets `slot` to the choice with the given name, if the setting is present.
fn choose<T: Copy>(
    slot: &mut T,
    name: &str,
    found: Option<Located<toml::Value>>,
    choices: &[(&str, T)],
    mistakes: &mut Mistakes<'_>,
) {
    let Some(Located { at, value }) = found else { return };
    match choices.iter().find(|(choice, _)| value.as_str() == Some(choice)) {
        Some((_, value)) => *slot = *value,
        None => {
            let expected: Vec<String> = choices.iter().map(|(choice, _)| format!("\"{choice}\"")).collect();
            mistakes.add(at, format!("{name} = {value}: expected {}", expected.join(" or ")));
        }
    }
}

/// Sets `slot` to a boolean, if the setting is present.
fn switch(slot: &mut bool, name: &str, found: Option<Located<toml::Value>>, mistakes: &mut Mistakes<'_>) {
    let Some(Located { at, value }) = found else { return };
    match value.as_bool() {
        Some(value) => *slot = value,
        None => mistakes.add(at, format!("{name} = {value}: expected true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::key::Key;

    #[test]
    fn embedded_file_is_valid_and_binds_every_action() {
        let (settings, problems) = Settings::load(None, Depth::True);
        assert_eq!(problems, Vec::<String>::new());
        let unbound: Vec<_> =
            Action::ALL.iter().filter(|action| settings.keymap.keys(**action).next().is_none()).collect();
        assert!(unbound.is_empty(), "{unbound:?}");
    }

    #[test]
    fn all_errors_are_reported_and_other_settings_apply() {
        let user = r##"
            bins = 900
            rounding = "up"
            memory = 8
            [keys]
            quit = ["Q"]
            nonsense = ["x"]
            zoom = ["ctrl-foo"]
            undo = ["U"]
            redo = ["U"]
            [theme]
            bar = "#12345"
            wood = "red"
        "##;
        let (settings, problems) = Settings::load(Some(user), Depth::True);
        assert_eq!(problems.len(), 8, "{problems:#?}");
        let lines: Vec<&str> = problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
        assert_eq!(lines, [2, 3, 4, 7, 8, 10, 12, 13].map(|line| format!("line {line}")));
        let memory = problems.iter().find(|problem| problem.starts_with("line 4: memory = 8: ")).unwrap();
        assert!(memory.ends_with(", or \"auto\""), "{memory}");
        assert_eq!(settings.bins, Bins::Count(64));
        assert_eq!(settings.keymap.look_up(&[Key::char('Q')]), Match::Action(Action::Quit));
        assert_eq!(settings.keymap.look_up(&[Key::char('q')]), Match::Nothing);
    }

    #[test]
    fn user_binding_removes_the_key_from_its_default_action() {
        let (settings, problems) = Settings::load(Some("[keys]\nsave = [\"q\"]"), Depth::None);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(settings.keymap.look_up(&[Key::char('q')]), Match::Action(Action::Save));
        assert_eq!(settings.keymap.look_up(&[Key::ctrl('c')]), Match::Action(Action::Quit));
    }

    #[test]
    fn limits_of_the_rules_are_set_and_checked() {
        let user = "[findings]\ndead = 0.9\njump = 4\nsteps = 1\noff = [\"constant\", \"shift\"]\n";
        let (settings, problems) = Settings::load(Some(user), Depth::None);
        assert_eq!(problems, Vec::<String>::new());
        let expected =
            Limits { dead: 0.9, jump: 4.0, steps: 1, off: vec![Kind::Constant, Kind::Shift], ..Limits::default() };
        assert_eq!(settings.findings, expected);
        assert_eq!(Settings::load(None, Depth::None).0.findings, Limits::default());
        let user = "[findings]\ndead = 2\njump = 1\nsteps = 0\noff = [\"nonsense\"]\nfoo = 1\n";
        let (settings, problems) = Settings::load(Some(user), Depth::None);
        let lines: Vec<&str> = problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6].map(|line| format!("line {line}")), "{problems:#?}");
        assert_eq!(settings.findings, Limits::default());
    }

    #[test]
    fn memory_is_a_size_or_auto() {
        let memory = |text| Settings::load(Some(text), Depth::None).0.memory;
        assert_eq!(memory("memory = \"1.5G\""), Some(MemoryLimit(3 << 29)));
        assert_eq!(memory("memory = \"auto\""), None);
    }

    #[test]
    fn invalid_toml_is_reported_on_one_line() {
        let (_, problems) = Settings::load(Some("bins = = 3"), Depth::None);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("line 1: ") && !problems[0].contains('\n'), "{problems:?}");
    }

    #[test]
    fn wrong_types_and_unknown_names_are_reported_with_their_lines() {
        let user = "bins = 9999\nfoo = 1\nrounding = 2\nmouse = \"no\"\n[keys]\nquit = [\"zz-q\"]\nundo = 5\n[theme]\nbar = true\n";
        let (settings, problems) = Settings::load(Some(user), Depth::True);
        let expected = [
            "line 1: bins = 9999: expected 1 to 512, or a rule",
            "line 2: unknown setting 'foo'",
            "line 3: rounding = 2: expected \"integers\" or",
            "line 4: mouse = \"no\": expected true or false",
            "line 6: keys.quit:",
            "line 7: keys.undo: expected a list of keys",
            "line 9: theme.bar: expected a color",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.starts_with(expected), "{problem}");
        }
        assert_eq!(settings.keymap.look_up(&[Key::char('u')]), Match::Action(Action::Undo));
    }
}
