//! The program's settings: an embedded file that is the truth for keys, theme and defaults, and a user's file over it.
//!
//! Finding and reading the user's file is not done here.

mod keymap;
mod theme;

pub use keymap::{Keymap, Match};
pub use theme::{Depth, Role, Theme};

use crate::engine::Memory;
use crate::hist::{MAX_BINS, Rounding, Rule};
use crate::wandb::ArtifactType;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The embedded defaults, which also document every setting.
pub const DEFAULT: &str = include_str!("settings/default.toml");

/// How many bins raw data starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstBins {
    Count(usize),
    Rule(Rule),
}

/// What the screen is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    Unicode,
    Ascii,
}

/// Everything that can be set, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    pub bins: FirstBins,
    pub artifact_type: ArtifactType,
    pub rounding: Rounding,
    pub glyphs: Glyphs,
    pub mouse: bool,
    /// What samples may take; `None` leaves it to how much is free.
    pub memory: Option<Memory>,
    /// Whether unsaved changes are kept beside, for a session that breaks off.
    pub keep_unsaved: bool,
    pub keymap: Keymap,
    pub theme: Theme,
    /// Where the user's file is, or would be; for people to read.
    pub file: String,
}

/// A settings file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct File {
    bins: Option<toml::Value>,
    artifact_type: Option<String>,
    rounding: Option<String>,
    glyphs: Option<String>,
    mouse: Option<bool>,
    memory: Option<toml::Value>,
    keep_unsaved: Option<bool>,
    keys: BTreeMap<String, Vec<String>>,
    theme: BTreeMap<String, theme::Entry>,
}

impl Settings {
    /// The embedded defaults with a user's file over them, for a terminal that shows `depth` colours.
    ///
    /// Whatever is wrong in the user's file is told, all of it together, and left at its default.
    pub fn load(user: Option<&str>, depth: Depth) -> (Self, Vec<String>) {
        let mut settings = Self {
            bins: FirstBins::Count(64),
            artifact_type: ArtifactType::None,
            rounding: Rounding::Integers,
            glyphs: Glyphs::Unicode,
            mouse: true,
            memory: None,
            keep_unsaved: true,
            keymap: Keymap::default(),
            theme: Theme::new(depth),
            file: String::new(),
        };
        let mut problems = Vec::new();
        for text in [Some(DEFAULT), user].into_iter().flatten() {
            match toml::from_str::<File>(text) {
                Ok(file) => settings.apply(file, depth, &mut problems),
                Err(error) => problems.push(error.to_string().lines().collect::<Vec<_>>().join(" ")),
            }
        }
        (settings, problems)
    }

    fn apply(&mut self, file: File, depth: Depth, problems: &mut Vec<String>) {
        if let Some(bins) = file.bins {
            match first_bins(&bins) {
                Some(bins) => self.bins = bins,
                None => problems.push(format!("bins = {bins}: a number from 1 to {MAX_BINS} or a rule is expected")),
            }
        }
        let artifact_types = [("none", ArtifactType::None), ("histogram", ArtifactType::Histogram)];
        choose(&mut self.artifact_type, "artifact-type", file.artifact_type, &artifact_types, problems);
        let roundings = [("integers", Rounding::Integers), ("fractional", Rounding::Fractional)];
        choose(&mut self.rounding, "rounding", file.rounding, &roundings, problems);
        let glyphs = [("unicode", Glyphs::Unicode), ("ascii", Glyphs::Ascii)];
        choose(&mut self.glyphs, "glyphs", file.glyphs, &glyphs, problems);
        self.mouse = file.mouse.unwrap_or(self.mouse);
        if let Some(memory) = file.memory {
            match self::memory(&memory) {
                Ok(memory) => self.memory = memory,
                Err(why) => problems.push(format!("memory = {memory}: {why}, or \"auto\"")),
            }
        }
        self.keep_unsaved = file.keep_unsaved.unwrap_or(self.keep_unsaved);
        self.keymap.bind(&file.keys, problems);
        self.theme.set(&file.theme, depth, problems);
    }
}

fn first_bins(value: &toml::Value) -> Option<FirstBins> {
    match value {
        toml::Value::Integer(n) => {
            usize::try_from(*n).ok().filter(|n| (1..=MAX_BINS).contains(n)).map(FirstBins::Count)
        }
        toml::Value::String(name) => Rule::parse(name).ok().map(FirstBins::Rule),
        _ => None,
    }
}

fn memory(value: &toml::Value) -> Result<Option<Memory>, &'static str> {
    match value.as_str() {
        Some("auto") => Ok(None),
        text => text.unwrap_or_default().parse().map(Some),
    }
}

/// Sets `slot` to the choice that `text` names.
fn choose<T: Copy>(slot: &mut T, name: &str, text: Option<String>, choices: &[(&str, T)], problems: &mut Vec<String>) {
    let Some(text) = text else { return };
    match choices.iter().find(|(choice, _)| *choice == text) {
        Some((_, value)) => *slot = *value,
        None => {
            let expected: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
            problems.push(format!("{name} = \"{text}\": expected {}", expected.join(" or ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::key::Key;

    #[test]
    fn the_embedded_file_is_sound_and_binds_every_action() {
        let (settings, problems) = Settings::load(None, Depth::True);
        assert_eq!(problems, Vec::<String>::new());
        let unbound: Vec<_> =
            Action::ALL.iter().filter(|action| settings.keymap.keys(**action).next().is_none()).collect();
        assert!(unbound.is_empty(), "{unbound:?}");
    }

    #[test]
    fn all_that_is_wrong_is_told_together_and_the_rest_holds() {
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
        assert!(problems.contains(&"memory = 8: a size is expected, such as 500M or 8G, or \"auto\"".to_owned()));
        assert_eq!(settings.bins, FirstBins::Count(64));
        assert_eq!(settings.keymap.look_up(&[Key::char('Q')]), Match::Action(Action::Quit));
        assert_eq!(settings.keymap.look_up(&[Key::char('q')]), Match::Nothing);
    }

    #[test]
    fn a_users_key_is_taken_from_the_default_action() {
        let (settings, problems) = Settings::load(Some("[keys]\nsave = [\"q\"]"), Depth::None);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(settings.keymap.look_up(&[Key::char('q')]), Match::Action(Action::Save));
        assert_eq!(settings.keymap.look_up(&[Key::ctrl('c')]), Match::Action(Action::Quit));
    }

    #[test]
    fn memory_is_a_size_or_what_is_free() {
        let memory = |text| Settings::load(Some(text), Depth::None).0.memory;
        assert_eq!(memory("memory = \"1.5G\""), Some(Memory(3 << 29)));
        assert_eq!(memory("memory = \"auto\""), None);
    }

    #[test]
    fn a_file_that_is_not_toml_is_one_sentence() {
        let (_, problems) = Settings::load(Some("bins = = 3"), Depth::None);
        assert_eq!(problems.len(), 1);
        assert!(!problems[0].contains('\n'));
    }
}
