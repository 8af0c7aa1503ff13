//! What can be typed. Doc comments here are the help texts.

mod value;

pub(super) use value::Step;

use crate::document::BinSpec;
use crate::engine::MemoryLimit;
use crate::export;
use crate::hist::{self, Bins, Numbers, Range};
use crate::settings::{Glyphs, Settings};
use crate::wandb::ArtifactType;
use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// Look at and edit logged histograms in the terminal
///
/// Opens files in the terminal interface; where standard output is no terminal, prints their charts as `show` does.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) open: TuiArgs,
    /// How much memory samples may take, such as 500M or 8G; what is larger is read where it stands, or refused. By
    /// default half of what is free
    #[arg(long, value_name = "SIZE", global = true)]
    pub(super) memory: Option<MemoryLimit>,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What works without the interface.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print charts
    Show(Show),
    /// Write histograms: as JSON as W&B does, as tables, pictures, texts or scripts
    ///
    /// Several at once where NAME says how each is called: `rebin export -k 'grad/*' -s all -o 'out/{key}.{step}.svg' run.wandb`.
    Export(Export),
    /// List the series of sources
    Ls(Ls),
    /// Count samples for all numbers of bins at once, into a file that others can be merged with
    ///
    /// Counts of the same range add up exactly, wherever they were made: `rebin count --range -1,1 -o part1.json a.npy`.
    Count(Count),
    /// Add up what was counted
    Merge(Merge),
    /// Print a shell's completions
    Completions { shell: Shell },
    /// Print the manual page
    Man,
}

/// What the interface is opened with.
#[derive(Debug, Default, Args)]
pub(super) struct TuiArgs {
    #[command(flatten)]
    pub(super) paths: Paths,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(super) ascii: bool,
    /// Count the samples of this series in all files together, as if they were one
    #[arg(short, long, value_name = "KEY", allow_hyphen_values = true)]
    pub(super) key: Option<String>,
    /// Without a key, as `merge` opens what was counted.
    #[arg(skip)]
    pub(super) pool: bool,
    #[command(flatten)]
    pub(super) naming: Naming,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    pub(super) paths: Paths,
    /// Count the samples of all files together, as if they were one
    #[arg(long)]
    pub(super) pool: bool,
    #[command(flatten)]
    pub(super) select: Select,
    #[command(flatten)]
    pub(super) binning: Binning,
    #[command(flatten)]
    pub(super) look: Appearance,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The file to read; `-` reads standard input. The samples of several are counted together
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// The file to write; JSON gets the suffix that W&B gives it. `-` is standard output. With `{key}` or `{step}` in it
    /// it is a pattern for several files, in folders that are made where they are missing
    #[arg(short, long = "output", value_name = "NAME", default_value = "-", allow_hyphen_values = true)]
    pub(super) output: String,
    /// By default as NAME ends, else json; svg for all steps in one picture
    #[arg(long, value_name = "F")]
    pub(super) format: Option<Format>,
    #[command(flatten)]
    pub(super) naming: Naming,
    /// Overwrite existing files
    #[arg(long)]
    pub(super) force: bool,
    /// All steps of a series in one picture: steps across, values upward
    #[arg(long, conflicts_with_all = ["step", "density"])]
    pub(super) over_steps: bool,
    // Options behind these would be listed under their heading.
    #[command(flatten)]
    pub(super) select: Select,
    #[command(flatten)]
    pub(super) binning: Binning,
    #[command(flatten)]
    pub(super) look: Picture,
}

#[derive(Debug, Args)]
pub(super) struct Count {
    /// The files to read; `-` reads standard input. The samples of several are counted together
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Name of a series as `ls` prints it
    #[arg(short, long, value_name = "KEY", allow_hyphen_values = true)]
    pub(super) key: Option<String>,
    /// Count between two values; only counts of the same range can be merged. By default from the smallest to the largest
    #[arg(long, value_name = "LO,HI", value_parser = value::range, allow_hyphen_values = true)]
    pub(super) range: Option<Range>,
    /// The file to write; `-` is standard output
    #[arg(short, long = "output", value_name = "NAME", default_value = "-", allow_hyphen_values = true)]
    pub(super) output: String,
    /// Overwrite an existing file
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct Merge {
    /// Files that `rebin count` wrote
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Write the sum into this file instead of showing it
    #[arg(short, long = "output", value_name = "NAME", allow_hyphen_values = true)]
    pub(super) output: Option<String>,
    /// Overwrite an existing file
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct Ls {
    #[command(flatten)]
    pub(super) paths: Paths,
    /// Print one JSON array, an object for each series
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Default, Args)]
pub(super) struct Paths {
    /// Files to open; `-` reads standard input. Without any: what is logged in this folder, else a demo
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub(super) struct Select {
    /// Name of a series as `ls` prints it, its labels as JSON (`["a", "b"]`), or a glob
    #[arg(short, long, value_name = "KEY", allow_hyphen_values = true)]
    pub(super) key: Option<String>,
    /// A step number, `first`, `last` or `all`
    #[arg(short, long, value_name = "N", default_value = "last", allow_negative_numbers = true)]
    pub(super) step: Step,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Bins")]
pub(super) struct Binning {
    /// A number from 1 to 512, or a rule: auto, fd, doane, scott, stone, rice, sturges, sqrt
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, conflicts_with = "edges")]
    #[arg(value_parser = value::BinsParser, hide_possible_values = true)]
    pub(super) bins: Option<Bins>,
    /// Explicit edges, separated by commas
    #[arg(long, value_name = "E0,E1,…", value_parser = value::edges, allow_hyphen_values = true)]
    pub(super) edges: Option<Numbers>,
    /// Count between two values only
    #[arg(long, value_name = "LO,HI", value_parser = value::range)]
    #[arg(allow_hyphen_values = true, conflicts_with = "edges")]
    pub(super) range: Option<Range>,
    /// Densities instead of counts: the area of all bins is one
    #[arg(long)]
    pub(super) density: bool,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Look")]
pub(super) struct Appearance {
    /// Columns; by default the terminal's, else 80
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u16>::new().range(1..=2000))]
    pub(super) width: Option<u16>,
    /// Lines with title and statistics; by default the terminal's, else 20
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u16>::new().range(1..=1000))]
    pub(super) height: Option<u16>,
    /// A logarithmic axis for the counts
    #[arg(long)]
    pub(super) log: bool,
    /// What the height of a bar stands for
    #[arg(long, value_name = "MEASURE", conflicts_with = "density")]
    pub(super) normalize: Option<Measure>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(super) ascii: bool,
    /// Whether to print in colour; auto: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

/// How pictures and text charts look; numbers have no look.
#[derive(Debug, Args)]
#[command(next_help_heading = "Look of pictures and text charts")]
pub(super) struct Picture {
    /// Width: units of a picture (a PNG has two pixels a unit), by default 800; columns of a text, by default 80
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u16>::new().range(1..=4000))]
    pub(super) width: Option<u16>,
    /// Height: units of a picture, by default 500; lines of a text, by default 20
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u16>::new().range(1..=4000))]
    pub(super) height: Option<u16>,
    /// A logarithmic axis for the counts
    #[arg(long)]
    pub(super) log: bool,
    /// The axis of the values
    #[arg(long, value_name = "SCALE")]
    pub(super) values: Option<Scale>,
    /// What the height of a bar stands for
    #[arg(long, value_name = "MEASURE", conflicts_with_all = ["density", "over_steps"])]
    pub(super) normalize: Option<Measure>,
    /// Draw texts with ASCII characters only
    #[arg(long)]
    pub(super) ascii: bool,
}

#[derive(Debug, Default, Args)]
pub(super) struct Naming {
    /// How saved histograms are named: NAME.json or NAME.histogram.json
    #[arg(long, value_name = "T")]
    artifact_type: Option<NamedArtifactType>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Json,
    Csv,
    Svg,
    Png,
    Md,
    Txt,
    Py,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NamedArtifactType {
    None,
    Histogram,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Scale {
    Linear,
    Log,
    Symlog,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Measure {
    Count,
    Density,
    Probability,
    Cumulative,
}

impl From<Format> for export::Format {
    fn from(args: Format) -> Self {
        match args {
            Format::Json => Self::Json,
            Format::Csv => Self::Csv,
            Format::Svg => Self::Svg,
            Format::Png => Self::Png,
            Format::Md => Self::Md,
            Format::Txt => Self::Txt,
            Format::Py => Self::Py,
        }
    }
}

impl From<Scale> for hist::scale::Scale {
    fn from(args: Scale) -> Self {
        match args {
            Scale::Linear => Self::Linear,
            Scale::Log => Self::Log,
            Scale::Symlog => Self::Symlog,
        }
    }
}

impl From<Measure> for hist::Measure {
    fn from(args: Measure) -> Self {
        match args {
            Measure::Count => Self::Count,
            Measure::Density => Self::Density,
            Measure::Probability => Self::Probability,
            Measure::Cumulative => Self::Cumulative,
        }
    }
}

impl TuiArgs {
    /// Whether all files are looked at as one.
    pub(super) fn is_pool(&self) -> bool {
        self.pool || self.key.is_some()
    }

    /// Puts what was typed over the settings.
    pub(super) fn apply(&self, settings: &mut Settings) {
        if self.ascii {
            settings.glyphs = Glyphs::Ascii;
        }
        self.naming.apply(settings);
    }
}

impl Naming {
    /// Puts what was typed over the settings.
    pub(super) fn apply(&self, settings: &mut Settings) {
        match self.artifact_type {
            Some(NamedArtifactType::None) => settings.artifact_type = ArtifactType::None,
            Some(NamedArtifactType::Histogram) => settings.artifact_type = ArtifactType::Histogram,
            None => {}
        }
    }
}

impl Binning {
    /// The lens that was asked for; what was not is `default`.
    pub(super) fn spec(&self, default: Option<Bins>) -> BinSpec {
        let edges = self.edges.clone().map(Bins::Edges);
        BinSpec { bins: edges.or_else(|| self.bins.clone()).or(default), range: self.range }
    }
}
