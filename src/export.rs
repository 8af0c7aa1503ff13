//! What leaves the program besides saved histograms: tables, pictures, texts, scripts, and the names of their files.
//!
//! Pure: values in, bytes out. Who writes them where is the command line's and the runtime's business. Pictures are laid
//! out once, on a canvas that becomes SVG or PNG.

mod canvas;
mod chart;
mod figure;
mod font;
mod frame;
mod heat;
pub mod name;
mod python;
mod table;
#[cfg(test)]
mod tests;
mod text;

pub use figure::{Appearance, Figure, note, title};
pub use heat::OverSteps;

use crate::error::Error;
use crate::text::visible;
use font::Font;

/// What a file that is written holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
    Svg,
    Png,
    Md,
    Txt,
    Py,
}

/// Something to export.
#[derive(Debug, Clone, PartialEq)]
pub enum Export {
    Histogram(Box<Figure>),
    OverSteps(Box<OverSteps>),
}

impl Format {
    /// In the order in which they are offered.
    pub const ALL: [Self; 7] = [Self::Json, Self::Csv, Self::Svg, Self::Png, Self::Md, Self::Txt, Self::Py];

    /// How names of such files end, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Md => "md",
            Self::Txt => "txt",
            Self::Py => "py",
        }
    }

    /// What it is good for.
    pub fn help(self) -> &'static str {
        match self {
            Self::Json => "as wandb.Histogram writes it",
            Self::Csv => "a table: left, right, count",
            Self::Svg => "the chart of this step in lines and letters",
            Self::Png => "the chart of this step in pixels",
            Self::Md => "chart and statistics of this step in Markdown",
            Self::Txt => "the chart of this step as plain text",
            Self::Py => "a Python script that makes the same histogram",
        }
    }

    /// The format that a file's name asks for by its end.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, end) = name.rsplit_once('.')?;
        Self::ALL.into_iter().find(|format| format.extension().eq_ignore_ascii_case(end))
    }

    /// Whether it shows the histogram rather than holding its numbers.
    pub fn shows(self) -> bool {
        matches!(self, Self::Svg | Self::Png | Self::Md | Self::Txt)
    }

    /// Whether all steps of a series can be exported so at once.
    pub fn over_steps(self) -> bool {
        matches!(self, Self::Svg | Self::Png)
    }
}

impl Export {
    /// The content of the file.
    ///
    /// # Errors
    /// What cannot be drawn, in one sentence.
    pub fn bytes(&self, format: Format) -> Result<Vec<u8>, Error> {
        match self {
            Self::Histogram(figure) => figure.bytes(format),
            Self::OverSteps(over) => over.bytes(format),
        }
    }

    /// What a file in this format cannot show as it is, in one sentence: letters, where it brings its own.
    pub fn lacks(&self, format: Format) -> Option<String> {
        let title = match self {
            Self::Histogram(figure) => &figure.title,
            Self::OverSteps(over) => &over.title,
        };
        if format != Format::Png {
            return None;
        }
        let incomplete = Font::new(1.0).lacks(&visible(title));
        let letters: Vec<String> = incomplete.iter().take(5).map(char::to_string).collect();
        let more = if incomplete.len() > 5 { " …" } else { "" };
        let letters = letters.join(" ");
        (!incomplete.is_empty())
            .then(|| format!("boxes stand for letters that the font of PNGs lacks ({letters}{more}); svg has them"))
    }
}
