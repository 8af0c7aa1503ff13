//! What a key and a mouse event are, and how keys are written (`ctrl-r`, `shift-left`, `y j`).

use std::fmt;

/// A key press. For characters, Shift is part of the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub code: Code,
    pub mods: Mods,
}

/// Modifiers that are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Mods {
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
}

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    Char(char),
    F(u8),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Insert,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
}

/// A mouse event at a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    pub kind: MouseKind,
    pub column: u16,
    pub row: u16,
    pub mods: Mods,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Press,
    /// It moved with the left button held.
    Drag,
    /// The left button came up.
    Release,
    /// The right button went down.
    PressRight,
    WheelUp,
    WheelDown,
    WheelLeft,
    WheelRight,
}

/// Names of the keys that are not characters, as they are written and as the help shows them.
const NAMES: &[(&str, &str, Code)] = &[
    ("space", "Space", Code::Char(' ')),
    ("enter", "Enter", Code::Enter),
    ("esc", "Esc", Code::Esc),
    ("tab", "Tab", Code::Tab),
    ("backspace", "Backspace", Code::Backspace),
    ("delete", "Delete", Code::Delete),
    ("insert", "Insert", Code::Insert),
    ("left", "←", Code::Left),
    ("right", "→", Code::Right),
    ("up", "↑", Code::Up),
    ("down", "↓", Code::Down),
    ("home", "Home", Code::Home),
    ("end", "End", Code::End),
    ("pageup", "PgUp", Code::PageUp),
    ("pagedown", "PgDn", Code::PageDown),
];

impl Key {
    /// A key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self { code, mods: Mods { ctrl: false, alt: false, shift: false } }
    }

    /// A character without modifiers.
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// With Ctrl held.
    pub const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), mods: Mods { ctrl: true, alt: false, shift: false } }
    }

    /// The character it types, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.mods.ctrl && !self.mods.alt => Some(c),
            _ => None,
        }
    }

    /// One key: modifiers, each followed by `-`, then a character or a name.
    ///
    /// # Errors
    /// A sentence that names what is not a key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut mods = Mods::default();
        let mut rest = text;
        loop {
            let held = [("ctrl-", &mut mods.ctrl), ("alt-", &mut mods.alt), ("shift-", &mut mods.shift)]
                .into_iter()
                .find_map(|(prefix, flag)| rest.strip_prefix(prefix).map(|tail| (tail, flag)));
            let Some((tail, flag)) = held else { break };
            *flag = true;
            rest = tail;
        }
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(c), None) => Some(Code::Char(c)),
            _ => NAMES.iter().find(|(name, ..)| *name == rest).map(|entry| entry.2).or_else(|| {
                let number = rest.strip_prefix('f')?.parse().ok()?;
                (1..=12).contains(&number).then_some(Code::F(number))
            }),
        };
        match code {
            Some(Code::Char(c)) if mods.shift && c != ' ' => {
                Err(format!("'{text}' holds Shift for a character: write the character that it types"))
            }
            Some(code) => Ok(Self { code, mods }),
            None => Err(format!("'{text}' is not a key")),
        }
    }
}

/// As the help shows it: `Ctrl-R`, `Shift-←`, `PgUp`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mods { ctrl, alt, shift } = self.mods;
        for (held, name) in [(ctrl, "Ctrl-"), (alt, "Alt-"), (shift, "Shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        match self.code {
            Code::F(n) => write!(f, "F{n}"),
            Code::Char(c) if c != ' ' && ctrl => write!(f, "{}", c.to_uppercase()),
            code => match (NAMES.iter().find(|entry| entry.2 == code), code) {
                (Some(entry), _) => f.write_str(entry.1),
                (None, Code::Char(c)) => write!(f, "{c}"),
                (None, _) => Ok(()),
            },
        }
    }
}

/// A sequence of keys separated by spaces.
///
/// # Errors
/// A sentence that names what is not a key.
pub fn parse_sequence(text: &str) -> Result<Vec<Key>, String> {
    let keys: Result<Vec<Key>, String> = text.split_whitespace().map(Key::parse).collect();
    keys.and_then(|keys| if keys.is_empty() { Err("an empty key".into()) } else { Ok(keys) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_shown() {
        let shown = |text: &str| parse_sequence(text).map(|keys| keys.iter().map(Key::to_string).collect::<Vec<_>>());
        assert_eq!(shown("ctrl-r"), Ok(vec!["Ctrl-R".into()]));
        assert_eq!(shown("shift-left"), Ok(vec!["Shift-←".into()]));
        assert_eq!(shown("c j"), Ok(vec!["c".into(), "j".into()]));
        assert_eq!(shown("-"), Ok(vec!["-".into()]));
        assert_eq!(shown("alt-1"), Ok(vec!["Alt-1".into()]));
        assert_eq!(shown("f12"), Ok(vec!["F12".into()]));
        assert_eq!(shown("space"), Ok(vec!["Space".into()]));
    }

    #[test]
    fn what_is_no_key_is_named() {
        assert_eq!(Key::parse("ctrl-foo"), Err("'ctrl-foo' is not a key".into()));
        assert_eq!(Key::parse("f13"), Err("'f13' is not a key".into()));
        assert!(Key::parse("shift-a").is_err());
        assert!(parse_sequence(" ").is_err());
    }
}
