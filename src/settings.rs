//! The program's settings: an embedded file that is the truth for keys, theme and defaults, and a user's file over it.
//!
//! Finding and reading the user's file is not done here.

mod file;
mod keymap;
mod theme;

pub use keymap::{Keymap, Match};
pub use theme::{Depth, Role, Theme};

use crate::engine::MemoryLimit;
use crate::hist::{Bins, MAX_BINS, Rounding, Rule};
use crate::wandb::ArtifactType;
use file::{Mistakes, Placed, Table};

/// The embedded defaults, which also document every setting.
pub const DEFAULT: &str = include_str!("settings/default.toml");

/// What the screen is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    Unicode,
    Ascii,
}

/// Everything that can be set, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Initial bins for raw data: a number from 1 to 512, or a rule.
    pub bins: Bins,
    pub artifact_type: ArtifactType,
    pub rounding: Rounding,
    pub glyphs: Glyphs,
    pub mouse: bool,
    /// What samples may take; `None` leaves it to how much is free.
    pub memory: Option<MemoryLimit>,
    /// Whether unsaved changes are kept beside, for a session that breaks off.
    pub keep_unsaved: bool,
    pub keymap: Keymap,
    pub theme: Theme,
    /// Where the user's file is, or would be; for people to read.
    pub file: String,
}

impl Settings {
    /// The embedded defaults with a user's file over them, for a terminal that shows `depth` colours.
    ///
    /// Whatever is wrong in the user's file is told, all of it together, and left at its default.
    pub fn load(user: Option<&str>, depth: Depth) -> (Self, Vec<String>) {
        let mut settings = Self {
            bins: Bins::Count(64),
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
            let mut mistakes = Mistakes::of(text);
            settings.apply(file::read(&mut mistakes), depth, &mut mistakes);
            problems.extend(mistakes.told());
        }
        (settings, problems)
    }

    fn apply(&mut self, mut file: Table<toml::Value>, depth: Depth, mistakes: &mut Mistakes<'_>) {
        let mut take = |name: &str| file.remove(name);
        if let Some(Placed { at, value }) = take("bins") {
            match first_bins(&value) {
                Some(bins) => self.bins = bins,
                None => {
                    mistakes.add(at, format!("bins = {value}: a number from 1 to {MAX_BINS} or a rule is expected"));
                }
            }
        }
        let artifact_types = [("none", ArtifactType::None), ("histogram", ArtifactType::Histogram)];
        choose(&mut self.artifact_type, "artifact-type", take("artifact-type"), &artifact_types, mistakes);
        let roundings = [("integers", Rounding::Integers), ("fractional", Rounding::Fractional)];
        choose(&mut self.rounding, "rounding", take("rounding"), &roundings, mistakes);
        let glyphs = [("unicode", Glyphs::Unicode), ("ascii", Glyphs::Ascii)];
        choose(&mut self.glyphs, "glyphs", take("glyphs"), &glyphs, mistakes);
        switch(&mut self.mouse, "mouse", take("mouse"), mistakes);
        if let Some(Placed { at, value }) = take("memory") {
            match memory(&value) {
                Ok(memory) => self.memory = memory,
                Err(why) => mistakes.add(at, format!("memory = {value}: {why}, or \"auto\"")),
            }
        }
        switch(&mut self.keep_unsaved, "keep-unsaved", take("keep-unsaved"), mistakes);
        // Tables, whose members have lines of their own.
        take("keys");
        take("theme");
        self.keymap.bind(&file::table("keys", "a list of keys, such as [\"u\"],", mistakes), mistakes);
        let expected = "a colour, or a table of fg, bg, bold, dim, reverse and underline,";
        let styles = file::table("theme", expected, mistakes);
        self.theme.set(&styles, depth, mistakes);
        for (name, Placed { at, .. }) in file {
            mistakes.add(at, format!("'{name}' is not a setting"));
        }
    }
}

fn first_bins(value: &toml::Value) -> Option<Bins> {
    match value {
        toml::Value::Integer(n) => usize::try_from(*n).ok().filter(|n| (1..=MAX_BINS).contains(n)).map(Bins::Count),
        toml::Value::String(name) => Rule::parse(name).ok().map(Bins::Rule),
        _ => None,
    }
}

fn memory(value: &toml::Value) -> Result<Option<MemoryLimit>, &'static str> {
    match value.as_str() {
        Some("auto") => Ok(None),
        text => text.unwrap_or_default().parse().map(Some),
    }
}

/// Sets `slot` to the choice that a text names.
fn choose<T: Copy>(
    slot: &mut T,
    name: &str,
    placed: Option<Placed<toml::Value>>,
    choices: &[(&str, T)],
    mistakes: &mut Mistakes<'_>,
) {
    let Some(Placed { at, value }) = placed else { return };
    match choices.iter().find(|(choice, _)| value.as_str() == Some(choice)) {
        Some((_, value)) => *slot = *value,
        None => {
            let expected: Vec<String> = choices.iter().map(|(choice, _)| format!("\"{choice}\"")).collect();
            mistakes.add(at, format!("{name} = {value}: expected {}", expected.join(" or ")));
        }
    }
}

fn switch(slot: &mut bool, name: &str, placed: Option<Placed<toml::Value>>, mistakes: &mut Mistakes<'_>) {
    let Some(Placed { at, value }) = placed else { return };
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
        let lines: Vec<&str> = problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
        assert_eq!(lines, [2, 3, 4, 7, 8, 10, 12, 13].map(|line| format!("line {line}")));
        assert!(
            problems.contains(&"line 4: memory = 8: a size is expected, such as 500M or 8G, or \"auto\"".to_owned())
        );
        assert_eq!(settings.bins, Bins::Count(64));
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
        assert_eq!(memory("memory = \"1.5G\""), Some(MemoryLimit(3 << 29)));
        assert_eq!(memory("memory = \"auto\""), None);
    }

    #[test]
    fn a_file_that_is_not_toml_is_one_sentence() {
        let (_, problems) = Settings::load(Some("bins = = 3"), Depth::None);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("line 1: ") && !problems[0].contains('\n'), "{problems:?}");
    }

    #[test]
    fn what_is_of_another_kind_or_unknown_is_told_with_everything_else() {
        let user = "bins = 9999\nfoo = 1\nrounding = 2\nmouse = \"no\"\n[keys]\nquit = [\"zz-q\"]\nundo = 5\n[theme]\nbar = true\n";
        let (settings, problems) = Settings::load(Some(user), Depth::True);
        let expected = [
            "line 1: bins = 9999: a number from 1 to 512",
            "line 2: 'foo' is not a setting",
            "line 3: rounding = 2: expected \"integers\" or",
            "line 4: mouse = \"no\": expected true or false",
            "line 6: keys: quit:",
            "line 7: keys.undo: a list of keys",
            "line 9: theme.bar: a colour",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.starts_with(expected), "{problem}");
        }
        assert_eq!(settings.keymap.look_up(&[Key::char('u')]), Match::Action(Action::Undo));
    }
}
