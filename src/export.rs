//! Exports histograms as JSON of W&B or UHI, CSV, pictures, text or Python.
//!
//! Start with [`Export::bytes`]. Pictures are laid out once, on a canvas that is then written as SVG or PNG.
//!
//! Not here: writing files, which the command line and the runtime do.

mod canvas;
mod chart;
mod figure;
mod font;
mod frame;
mod lines;
pub mod name;
mod over_steps;
mod side_by_side;
#[cfg(test)]
mod tests;
mod text_formats;
mod uhi;

pub use figure::{Appearance, AxisNames, Compared, ComparedLine, Figure, max_error, note, supplement, title};
pub use lines::{ExportLine, StatisticOverSteps};
pub use over_steps::{OverSteps, StepPicture};
pub use side_by_side::SideBySide;

use crate::error::Error;
use crate::text::visible;
use canvas::{png, svg};
use font::Font;
use std::str::FromStr;
use std::sync::Arc;

/// File format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
    Svg,
    Png,
    Md,
    Txt,
    Py,
    /// Histogram of UHI, for hist and boost-histogram.
    Uhi,
}

/// Data to export, ready to be written in any format.
#[derive(Debug, Clone, PartialEq)]
pub enum Export {
    /// A single histogram.
    Histogram(Box<Figure>),
    /// A picture of all steps of a series.
    OverSteps(Box<OverSteps>),
    /// A statistic over steps, with a line for each run.
    Lines(Box<StatisticOverSteps>),
    /// Several histograms as panels of one picture.
    SideBySide(Box<SideBySide>),
    /// Values of a bin with their places, as a table.
    Values(ValueTable),
}

/// Values with their places.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueTable {
    pub title: String,
    /// Texts of the values and their places.
    pub lines: Arc<Vec<(String, String)>>,
}

impl Format {
    /// All formats, in the order of the export menu.
    pub const ALL: [Self; 8] = [Self::Json, Self::Csv, Self::Svg, Self::Png, Self::Md, Self::Txt, Self::Py, Self::Uhi];

    /// Name on the command line and in menus.
    pub fn name(self) -> &'static str {
        if self == Self::Uhi { "uhi" } else { self.extension() }
    }

    /// File name extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Md => "md",
            Self::Txt => "txt",
            Self::Py => "py",
            Self::Uhi => "uhi.json",
        }
    }

    /// Description for the export menu.
    pub fn help(self) -> &'static str {
        match self {
            Self::Json => "as wandb.Histogram writes it",
            Self::Csv => "table of edges, counts and largest errors",
            Self::Svg => "vector picture of this step",
            Self::Png => "raster picture of this step",
            Self::Md => "text chart and statistics in Markdown",
            Self::Txt => "text chart",
            Self::Py => "Python script that creates the histogram",
            Self::Uhi => "for hist, boost-histogram and uproot",
        }
    }

    /// Guesses the format from the extension of a file name, ignoring case.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        // The longest extension: `.uhi.json` is not W&B's JSON.
        let all = Self::ALL.into_iter().filter(|format| name.ends_with(&format!(".{}", format.extension())));
        all.max_by_key(|format| format.extension().len())
    }

    /// Returns true for charts, and false for formats that contain the numbers.
    pub fn shows(self) -> bool {
        matches!(self, Self::Svg | Self::Png | Self::Md | Self::Txt)
    }

    /// Returns true if the format contains any number of bins. W&B's has at most 512.
    pub fn has_all_bins(self) -> bool {
        self.shows() || self == Self::Uhi
    }

    /// Returns true if the format can show all steps of a series.
    pub fn over_steps(self) -> bool {
        matches!(self, Self::Svg | Self::Png)
    }
}

impl FromStr for Format {
    type Err = String;

    /// Parses the name of a format, such as `csv`.
    fn from_str(name: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name);
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| format!("unknown format '{name}'; expected one of {}", names.join(", ")))
    }
}

impl Export {
    /// Returns the content of the file.
    ///
    /// # Errors
    /// [`Error::Hist`] if the edges decrease. [`Error::Value`] if the data cannot be drawn, if the size is too small, or
    /// for all steps in a format that is not a picture.
    pub fn bytes(&self, format: Format) -> Result<Vec<u8>, Error> {
        let figure = match (self, format) {
            (Self::Histogram(figure), _) => figure,
            (Self::OverSteps(over), Format::Svg) => return Ok(svg(&over.image()?).into_bytes()),
            (Self::OverSteps(over), Format::Png) => return png(&over.image()?),
            (Self::SideBySide(all), Format::Svg) => return Ok(svg(&all.image()?).into_bytes()),
            (Self::SideBySide(all), Format::Png) => return png(&all.image()?),
            (Self::Lines(lines), Format::Csv) => return Ok(lines.csv().into_bytes()),
            (Self::Lines(lines), Format::Svg) => return Ok(svg(&lines.image()?).into_bytes()),
            (Self::Lines(lines), Format::Png) => return png(&lines.image()?),
            (Self::Values(table), Format::Csv) => return Ok(text_formats::values(table).into_bytes()),
            (Self::Values(_), _) => return Err(Error::Value("values can only be exported as csv".into())),
            (Self::OverSteps(_) | Self::Lines(_), _) => {
                let name = format.name();
                return Err(Error::Value(format!("cannot export all steps as {name}; use svg or png")));
            }
            (Self::SideBySide(_), _) => {
                let name = format.name();
                return Err(Error::Value(format!("cannot export panels as {name}; use svg or png")));
            }
        };
        let text = match format {
            Format::Json => figure.histogram.to_json(),
            Format::Uhi => uhi::uhi(figure)?,
            Format::Csv => text_formats::csv(figure),
            Format::Py => text_formats::python(&figure.histogram, &figure.title),
            Format::Svg => svg(&chart::chart(figure)?),
            Format::Png => return png(&chart::chart(figure)?),
            Format::Txt => text_formats::plain(figure)?,
            Format::Md => text_formats::markdown(figure)?,
        };
        Ok(text.into_bytes())
    }

    /// Returns a warning if the format cannot show all characters of the title: PNG, whose font is embedded.
    pub fn font_warning(&self, format: Format) -> Option<String> {
        let title = match self {
            Self::Histogram(figure) => figure.title.clone(),
            Self::OverSteps(over) => over.title.clone(),
            Self::Lines(lines) => lines.title.clone(),
            Self::SideBySide(all) => {
                all.panels.iter().map(|panel| &*panel.title).chain([&*all.title]).collect::<Vec<_>>().concat()
            }
            Self::Values(table) => table.title.clone(),
        };
        if format != Format::Png {
            return None;
        }
        let missing = Font::new(1.0).missing(&visible(&title));
        let letters: Vec<String> = missing.iter().take(5).map(char::to_string).collect();
        let more = if missing.len() > 5 { " …" } else { "" };
        let letters = letters.join(" ");
        (!missing.is_empty())
            .then(|| format!("the PNG font lacks some characters ({letters}{more}), drawn as boxes; use svg for all"))
    }
}
