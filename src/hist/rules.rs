//! numpy's eight bin-count estimators.

use super::Error;

/// A rule that chooses the number of bins from the data (numpy's `bins='auto'` and its like).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Auto,
    Fd,
    Scott,
    Doane,
    Rice,
    Stone,
    Sturges,
    Sqrt,
}

impl Rule {
    /// In the order in which the interface steps through them.
    pub const ALL: [Self; 8] =
        [Self::Auto, Self::Fd, Self::Scott, Self::Doane, Self::Rice, Self::Stone, Self::Sturges, Self::Sqrt];

    /// numpy's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Fd => "fd",
            Self::Scott => "scott",
            Self::Doane => "doane",
            Self::Rice => "rice",
            Self::Stone => "stone",
            Self::Sturges => "sturges",
            Self::Sqrt => "sqrt",
        }
    }

    /// By numpy's name.
    ///
    /// # Errors
    /// [`Error::UnknownRule`].
    pub fn parse(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|rule| rule.name() == name).ok_or_else(|| Error::UnknownRule(name.into()))
    }
}
