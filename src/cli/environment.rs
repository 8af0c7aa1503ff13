//! The environment: color depth, character set, and the user's settings file.

use super::exit::report;
use super::memory;
use crate::engine::MemoryLimit;
use crate::error::io_reason;
use crate::hist::Bins;
use crate::runtime::KeptFiles;
use crate::settings::{Depth, Glyphs, Ground, Settings};
use crate::wandb;
use etcetera::BaseStrategy as _;
use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Environment of the process, read once at the start.
#[derive(Debug)]
pub(super) struct Environment {
    /// Color depth.
    pub(super) depth: Depth,
    /// Color depth if `--color always` overrides `NO_COLOR`.
    pub(super) colors: Depth,
    /// True if the locale names an encoding other than UTF-8.
    ascii: bool,
    background: Ground,
}

impl Environment {
    pub(super) fn read() -> Self {
        Self {
            depth: depth(variable),
            colors: colors(variable),
            ascii: is_ascii(variable),
            background: background(variable),
        }
    }

    /// Sets the memory limit: from `--memory`, else from the settings, else a share of the memory that the system leaves.
    /// Never more than the limits of the process leave, since the system ends a process that exceeds them.
    pub(super) fn set_memory_limit(&self, option: Option<MemoryLimit>) {
        // The defaults set no limit, so they are not read without a file of the user.
        let has_file = || settings_path().is_some_and(|path| path.exists());
        let chosen = option.or_else(|| has_file().then(|| self.settings(Depth::None).0.memory).flatten());
        let limit = chosen.unwrap_or_else(memory::default_limit);
        match memory::process_limit().filter(|most| *most < limit) {
            Some(most) => most.set_default_of_process(),
            None => limit.set_default(),
        }
    }

    /// Settings of a headless command. Prints the errors in the user's file.
    pub(super) fn settings_with_warnings(&self, depth: Depth) -> Settings {
        let (mut settings, problems) = self.settings(depth);
        for problem in problems {
            report(&problem);
        }
        // Scripts must not depend on the user's default number of bins.
        settings.bins = Bins::Count(wandb::Histogram::DEFAULT_BINS);
        settings
    }

    /// Default settings, overridden by the user's file, and the errors in that file.
    pub(super) fn settings(&self, depth: Depth) -> (Settings, Vec<String>) {
        let path = settings_path();
        let read = path.as_ref().map(std::fs::read_to_string);
        let (text, unreadable) = match read {
            Some(Ok(text)) => (Some(text), None),
            Some(Err(error)) if error.kind() != ErrorKind::NotFound => (None, Some(io_reason(&error))),
            _ => (None, None),
        };
        let (mut settings, problems) = Settings::load(text.as_deref(), depth);
        if self.ascii {
            settings.glyphs = Glyphs::Ascii;
        }
        settings.suggest_background(self.background);
        let name = path.unwrap_or_default().display().to_string();
        settings.file.clone_from(&name);
        (settings, unreadable.into_iter().chain(problems).map(|problem| format!("{name}: {problem}")).collect())
    }
}

/// Returns true if `cargo run` started the program in a clone of its own repository. The files there are samples for its
/// tests, so the demo is the better default.
pub(super) fn is_in_own_clone() -> bool {
    let is_own = variable("CARGO_PKG_NAME").is_some_and(|name| name == env!("CARGO_PKG_NAME"));
    let root = variable("CARGO_MANIFEST_DIR");
    is_own && root.is_some_and(|root| env::current_dir().is_ok_and(|current| current.as_path() == Path::new(&root)))
}

/// Value of an environment variable; `None` if it is unset or empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns `$XDG_CONFIG_HOME/rebin/config.toml`.
fn settings_path() -> Option<PathBuf> {
    etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("rebin").join("config.toml"))
}

/// Returns `$XDG_STATE_HOME/rebin/unsaved` and `views.jsonl` next to it, unless the settings disable them.
pub(super) fn kept_files(settings: &Settings) -> KeptFiles {
    let base = etcetera::choose_base_strategy().ok();
    let Some(state) = base.and_then(|base| Some(base.state_dir()?.join("rebin"))) else { return KeptFiles::default() };
    KeptFiles {
        journals: settings.keep_unsaved.then(|| state.join("unsaved")),
        views: settings.remember_views.then(|| state.join("views.jsonl")),
    }
}

fn depth(variable: impl Fn(&str) -> Option<String>) -> Depth {
    let no_color = variable("NO_COLOR").is_some() || variable("TERM").is_some_and(|term| term == "dumb");
    if no_color { Depth::None } else { colors(variable) }
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

/// Reads the background from `COLORFGBG`, which some terminals set to the numbers of their colors: `0;15` is black on white.
fn background(variable: impl Fn(&str) -> Option<String>) -> Ground {
    let colors = variable("COLORFGBG").unwrap_or_default();
    match colors.rsplit(';').next() {
        Some("7" | "15") => Ground::Light,
        _ => Ground::Dark,
    }
}

/// Returns true if the locale does not name UTF-8. Containers often have no locale at all, but a UTF-8 terminal.
fn is_ascii(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name));
    locale.is_some_and(|name| !name.to_lowercase().replace('-', "").contains("utf8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables<'a>(set: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn light_backgrounds_are_recognized() {
        let of = |value| background(variables(&[("COLORFGBG", value)]));
        assert_eq!(
            ["0;15", "0;default;15", "15;0", "default", ""].map(of).map(|ground| ground == Ground::Light),
            [true, true, false, false, false]
        );
    }

    #[test]
    fn the_color_depth_follows_the_terminal() {
        assert_eq!(depth(variables(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")])), Depth::True);
        assert_eq!(depth(variables(&[("TERM", "screen-256color")])), Depth::Ansi256);
        assert_eq!(depth(variables(&[("TERM", "xterm")])), Depth::Ansi16);
        assert_eq!(depth(variables(&[("TERM", "dumb"), ("COLORTERM", "truecolor")])), Depth::None);
        assert_eq!(depth(variables(&[("TERM", "xterm"), ("NO_COLOR", "1")])), Depth::None);
        assert_eq!(colors(variables(&[("TERM", "dumb"), ("NO_COLOR", "1")])), Depth::Ansi16);
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        assert!(!is_ascii(variables(&[("LANG", "de_DE.UTF-8")])));
        assert!(!is_ascii(variables(&[("LC_ALL", "C.utf8"), ("LANG", "C")])));
        assert!(is_ascii(variables(&[("LC_CTYPE", "POSIX"), ("LANG", "en_US.UTF-8")])));
        assert!(!is_ascii(variables(&[])));
    }
}
