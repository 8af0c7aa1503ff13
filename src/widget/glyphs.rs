//! The characters that pictures are made of, in two sets.

/// Which characters a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    #[default]
    Unicode,
    Ascii,
}

/// Eighths of a cell filled from below; index 0 is blank.
const RISING: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const RISING_ASCII: [&str; 9] = [" ", ".", ":", "-", "=", "+", "*", "#", "#"];
/// Eighths of a cell filled from above. Plain text has only an eighth, a half and a whole for this.
const HANGING: [&str; 9] = [" ", "▔", "▔", "▀", "▀", "▀", "█", "█", "█"];
const HANGING_ASCII: [&str; 9] = [" ", "'", "'", "\"", "\"", "\"", "#", "#", "#"];

impl Glyphs {
    /// A cell that is filled from below by so many eighths.
    pub fn rising(self, eighths: u32) -> &'static str {
        let set = self.pick(&RISING, &RISING_ASCII);
        set[eighths.min(8) as usize]
    }

    /// A cell that is filled from above by so many eighths.
    pub fn hanging(self, eighths: u32) -> &'static str {
        let set = self.pick(&HANGING, &HANGING_ASCII);
        set[eighths.min(8) as usize]
    }

    /// One of two, by the set.
    pub fn pick<T>(self, unicode: T, ascii: T) -> T {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }
}
