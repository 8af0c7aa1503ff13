//! Character sets for drawing: Unicode, or ASCII for terminals without a suitable font.

/// Character set that the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    #[default]
    Unicode,
    Ascii,
}

/// Cells filled from below, by eighths. Index 0 is blank.
const RISING: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const RISING_ASCII: [&str; 9] = [" ", ".", ":", "-", "=", "+", "*", "#", "#"];
/// Cells filled from above, by eighths. Unicode has only one eighth, a half and a full block for this.
const HANGING: [&str; 9] = [" ", "▔", "▔", "▀", "▀", "▀", "█", "█", "█"];
const HANGING_ASCII: [&str; 9] = [" ", "'", "'", "\"", "\"", "\"", "#", "#", "#"];

/// Characters in rebin's own texts and their ASCII replacements, one cell each.
const REPLACEMENTS: [(&str, char); 17] = [
    ("≈", '~'),
    ("±", '~'),
    ("…", '~'),
    ("–", '-'),
    ("·", '-'),
    ("×", 'x'),
    ("≤", '<'),
    ("≥", '>'),
    ("←", '<'),
    ("→", '>'),
    ("↑", '^'),
    ("↓", 'v'),
    ("●", '*'),
    ("Δ", 'd'),
    ("‖", '|'),
    ("−", '-'),
    ("∞", '8'),
];

/// Returns the ASCII replacement for a character of rebin's own texts. `None` for all other characters.
pub fn ascii_replacement(symbol: &str) -> Option<char> {
    REPLACEMENTS.iter().find(|(character, _)| *character == symbol).map(|(_, ascii)| *ascii)
}

impl Glyphs {
    /// Returns a cell filled from below. More than 8 eighths count as 8.
    pub fn rising(self, eighths: u32) -> &'static str {
        let set = self.pick(&RISING, &RISING_ASCII);
        set[eighths.min(8) as usize]
    }

    /// Returns a cell filled from above. More than 8 eighths count as 8.
    pub fn hanging(self, eighths: u32) -> &'static str {
        let set = self.pick(&HANGING, &HANGING_ASCII);
        set[eighths.min(8) as usize]
    }

    /// Picks one of two values by the character set.
    pub fn pick<T>(self, unicode: T, ascii: T) -> T {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }
}
