//! The delimiter of a table.

/// The separator between the cells of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    Tab,
    Semicolon,
    Bar,
    Comma,
    /// A control character, as Hive writes it: 0x01, or one of the ASCII separators 0x1C to 0x1F.
    Control(u8),
    /// Any run of blanks.
    Blanks,
}

impl Delimiter {
    pub(super) fn byte(self) -> Option<u8> {
        match self {
            Self::Tab => Some(b'\t'),
            Self::Semicolon => Some(b';'),
            Self::Bar => Some(b'|'),
            Self::Comma => Some(b','),
            Self::Control(byte) => Some(byte),
            Self::Blanks => None,
        }
    }
}
