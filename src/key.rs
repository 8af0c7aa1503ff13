//! Key and mouse events, and the notation for keys (`ctrl-r`, `shift-left`, `y j`).

use std::fmt;

/// A key press. Shift is part of a character, not a modifier of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub code: Code,
    pub mods: Mods,
}

/// Pressed modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Mods {
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
}

/// A key without its modifiers.
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

/// A kind of mouse event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button was pressed.
    Press,
    /// The mouse moved with the left button pressed.
    Drag,
    /// The left button was released.
    Release,
    /// The right button was pressed.
    PressRight,
    WheelUp,
    WheelDown,
    WheelLeft,
    WheelRight,
}

/// Keys that are not printed characters: name in settings, name in the help, code.
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
    /// Returns a key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self { code, mods: Mods { ctrl: false, alt: false, shift: false } }
    }

    /// Returns a character without modifiers.
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// Returns a character with Ctrl.
    pub const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), mods: Mods { ctrl: true, alt: false, shift: false } }
    }

    /// Returns the character that this key types.
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.mods.ctrl && !self.mods.alt => Some(c),
            _ => None,
        }
    }

    /// Parses a key: modifiers, each followed by `-`, then a character or a name.
    ///
    /// # Errors
    /// A sentence that quotes the invalid key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut mods = Mods::default();
        let mut rest = text;
        loop {
            let modifier = [("ctrl-", &mut mods.ctrl), ("alt-", &mut mods.alt), ("shift-", &mut mods.shift)]
                .into_iter()
                .find_map(|(prefix, flag)| rest.strip_prefix(prefix).map(|tail| (tail, flag)));
            let Some((tail, flag)) = modifier else { break };
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
                Err(format!("'{text}' combines Shift with a character; write the character that they type"))
            }
            Some(code) => Ok(Self { code, mods }),
            None => Err(format!("'{text}' is not a key")),
        }
    }
}

/// Formats a key for the help: `Ctrl-R`, `Shift-←`, `PgUp`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mods { ctrl, alt, shift } = self.mods;
        for (pressed, name) in [(ctrl, "Ctrl-"), (alt, "Alt-"), (shift, "Shift-")] {
            if pressed {
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

/// Parses a sequence of keys separated by spaces.
///
/// # Errors
/// A sentence that quotes the invalid key.
pub fn parse_sequence(text: &str) -> Result<Vec<Key>, String> {
    let keys: Result<Vec<Key>, String> = text.split_whitespace().map(Key::parse).collect();
    keys.and_then(|keys| if keys.is_empty() { Err("a key is missing".into()) } else { Ok(keys) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_parsed_and_formatted() {
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
    fn errors_quote_the_invalid_key() {
        assert_eq!(Key::parse("ctrl-foo"), Err("'ctrl-foo' is not a key".into()));
        assert_eq!(Key::parse("f13"), Err("'f13' is not a key".into()));
        assert!(Key::parse("shift-a").is_err());
        assert!(parse_sequence(" ").is_err());
    }
}
