//! What the environment says: colours, characters, the user's settings file.

use super::output::say;
use crate::engine::MemoryLimit;
use crate::hist::Bins;
use crate::settings::{Depth, Glyphs, Settings};
use crate::wandb;
use etcetera::BaseStrategy as _;
use std::env;
use std::io::ErrorKind;
use std::path::PathBuf;

/// Read once, at the start.
#[derive(Debug)]
pub(super) struct Environment {
    /// How many colours to use.
    pub(super) depth: Depth,
    /// How many there are for who asks for them in spite of `NO_COLOR`.
    pub(super) colors: Depth,
    /// Whether the locale names an encoding other than UTF-8.
    ascii: bool,
}

impl Environment {
    pub(super) fn read() -> Self {
        Self { depth: depth(variable), colors: colors(variable), ascii: is_ascii(variable) }
    }

    /// What samples may take: what was typed, else what the settings say, else half of what is free.
    pub(super) fn memory(&self, args: Option<MemoryLimit>) -> MemoryLimit {
        args.or_else(|| self.settings(Depth::None).0.memory).unwrap_or_else(free)
    }

    /// The settings for a command without the interface; what is wrong in the user's file is said.
    pub(super) fn settings_said(&self, depth: Depth) -> Settings {
        let (mut settings, problems) = self.settings(depth);
        for problem in problems {
            say(&problem);
        }
        // Scripts depend on how many there are where nothing was said.
        settings.bins = Bins::Count(wandb::Histogram::DEFAULT_BINS);
        settings
    }

    /// The settings for so many colours, with the user's file over them, and what is wrong in it.
    pub(super) fn settings(&self, depth: Depth) -> (Settings, Vec<String>) {
        let path = path_of_settings();
        let read = path.as_ref().map(std::fs::read_to_string);
        let (text, unreadable) = match read {
            Some(Ok(text)) => (Some(text), None),
            Some(Err(error)) if error.kind() != ErrorKind::NotFound => (None, Some(error.to_string())),
            _ => (None, None),
        };
        let (mut settings, problems) = Settings::load(text.as_deref(), depth);
        if self.ascii {
            settings.glyphs = Glyphs::Ascii;
        }
        let name = path.unwrap_or_default().display().to_string();
        settings.file.clone_from(&name);
        (settings, unreadable.into_iter().chain(problems).map(|problem| format!("{name}: {problem}")).collect())
    }
}

/// Memory of a machine that does not say how much is free.
const UNKNOWN: u64 = 4 << 30;

/// Half of the memory that is free, or that the job is allowed.
fn free() -> MemoryLimit {
    let free = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
    });
    let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let limit = limits.iter().find_map(|path| std::fs::read_to_string(path).ok()?.trim().parse().ok());
    MemoryLimit(free.unwrap_or(UNKNOWN).min(limit.unwrap_or(u64::MAX)) / 2)
}

/// A variable that is set to something.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// `$XDG_CONFIG_HOME/rebin/config.toml`.
fn path_of_settings() -> Option<PathBuf> {
    etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("rebin").join("config.toml"))
}

/// `$XDG_STATE_HOME/rebin/unsaved`.
pub(super) fn folder_of_unsaved() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.state_dir()?.join("rebin").join("unsaved"))
}

fn depth(variable: impl Fn(&str) -> Option<String>) -> Depth {
    let none = variable("NO_COLOR").is_some() || variable("TERM").is_some_and(|term| term == "dumb");
    if none { Depth::None } else { colors(variable) }
}

fn colors(variable: impl Fn(&str) -> Option<String>) -> Depth {
    let term = variable("TERM").unwrap_or_default();
    let colors = variable("COLORTERM").unwrap_or_default();
    if matches!(colors.as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
        Depth::True
    } else if term.contains("256") {
        Depth::Ansi256
    } else {
        Depth::Ansi16
    }
}

/// A locale that names no encoding but UTF-8 cannot be trusted with more than ASCII. No locale at all says nothing, as
/// in containers, whose terminals know UTF-8.
fn is_ascii(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name));
    locale.is_some_and(|name| !name.to_lowercase().replace('-', "").contains("utf8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(set: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn colours_as_the_terminal_says() {
        assert_eq!(depth(of(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")])), Depth::True);
        assert_eq!(depth(of(&[("TERM", "screen-256color")])), Depth::Ansi256);
        assert_eq!(depth(of(&[("TERM", "xterm")])), Depth::Ansi16);
        assert_eq!(depth(of(&[("TERM", "dumb"), ("COLORTERM", "truecolor")])), Depth::None);
        assert_eq!(depth(of(&[("TERM", "xterm"), ("NO_COLOR", "1")])), Depth::None);
        assert_eq!(colors(of(&[("TERM", "dumb"), ("NO_COLOR", "1")])), Depth::Ansi16);
    }

    #[test]
    fn the_first_locale_that_is_set_names_the_encoding() {
        assert!(!is_ascii(of(&[("LANG", "de_DE.UTF-8")])));
        assert!(!is_ascii(of(&[("LC_ALL", "C.utf8"), ("LANG", "C")])));
        assert!(is_ascii(of(&[("LC_CTYPE", "POSIX"), ("LANG", "en_US.UTF-8")])));
        assert!(!is_ascii(of(&[])));
    }
}
