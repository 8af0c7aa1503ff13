//! The arguments of all commands. Doc comments in this file are the help texts.

mod value;

pub(super) use value::Step;

use super::check::Assertion;
use super::diff::{Limit, Metric};
use crate::document::BinSpec;
use crate::engine::MemoryLimit;
use crate::export;
use crate::hist::{self, Bins, Numbers, Range};
use crate::settings::{Glyphs, Settings};
use crate::wandb::ArtifactType;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// View and edit histograms in the terminal
///
/// Opens files in the terminal UI. If stdout is not a terminal, prints charts like `show`.
#[derive(Debug, Parser)]
#[command(version = env!("REBIN_VERSION"), args_conflicts_with_subcommands = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) open: TuiArgs,
    /// Memory limit for samples, such as 500M or 8G [default: half of the free memory]
    ///
    /// Larger inputs are streamed from their files or rejected.
    #[arg(long, value_name = "SIZE", global = true, allow_negative_numbers = true)]
    pub(super) memory: Option<MemoryLimit>,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// Commands that do not open the terminal UI.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print charts to stdout
    Show(Show),
    /// Export histograms as JSON (W&B or UHI), CSV, pictures, text or Python
    ///
    /// Use a pattern in NAME to export several at once:
    ///
    ///   rebin export -k 'grad/*' -s all -o 'out/{key}.{step}.svg' run.wandb
    #[command(verbatim_doc_comment)]
    Export(Export),
    /// List the series in files and directories
    Ls(Ls),
    /// Print statistics, one row per series and step
    ///
    /// Statistics of samples are exact. Those of logged histograms are estimates (≈) with bounds.
    Stats(Stats),
    /// Report NaN, jumps, dead values and other findings, and check assertions
    ///
    /// Prints one line per finding. The exit status is 1 if there are any, and 0 if
    /// there are none. Findings concern all steps, and assertions the selected steps:
    ///
    ///   rebin check --assert 'p99 < 1e-2' --assert 'drift.w1 < 0.1' wandb
    #[command(verbatim_doc_comment)]
    Check(Check),
    /// Compare the series of two files, runs or directories
    ///
    /// Exact for samples, estimates (≈) with bounds for logged histograms. Series are
    /// paired by key, and sorted by distance:
    ///
    ///   rebin diff --fail-above ks=0.1 before.safetensors after.safetensors
    ///   rebin diff run.wandb:100 run.wandb:last
    #[command(verbatim_doc_comment)]
    Diff(Diff),
    /// Count samples into a file that can be merged with others
    ///
    /// The file contains the counts for every number of bins from 1 to 512. Counts
    /// over the same range merge exactly:
    ///
    ///   rebin count --range -1,1 -o part1.counts a.npy
    #[command(verbatim_doc_comment)]
    Count(Count),
    /// Merge count files
    ///
    /// Opens the result in the terminal UI, or writes it to a file with --output.
    Merge(Merge),
    /// Generate shell completions
    Completions {
        /// Shell to generate completions for
        shell: Shell,
    },
    /// Print the man page
    Man,
}

/// Arguments of the terminal UI.
#[derive(Debug, Default, Args)]
pub(super) struct TuiArgs {
    #[command(flatten)]
    pub(super) paths: Paths,
    /// Use only ASCII characters
    #[arg(long)]
    pub(super) ascii: bool,
    /// Combine the samples of this series in all files
    #[arg(short, long, value_name = "KEY", allow_hyphen_values = true)]
    pub(super) key: Option<String>,
    /// Set by `merge`, which combines files without a key.
    #[arg(skip)]
    pub(super) pool: bool,
    /// Set by `merge`, which rejects samples.
    #[arg(skip)]
    pub(super) counts_only: bool,
    #[command(flatten)]
    pub(super) naming: Naming,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    pub(super) paths: Paths,
    /// Combine the samples of all files
    #[arg(long)]
    pub(super) pool: bool,
    /// Print the histograms as JSON, with the largest error of each bin
    #[arg(long)]
    pub(super) json: bool,
    /// Set by `merge`, which rejects samples.
    #[arg(skip)]
    pub(super) counts_only: bool,
    #[command(flatten)]
    pub(super) select: Select,
    #[command(flatten)]
    pub(super) binning: Binning,
    #[command(flatten)]
    pub(super) appearance: Appearance,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// File to read; `-` reads stdin. The samples of several files are combined
    #[arg(value_name = "PATH", required = true, value_parser = value::path())]
    pub(super) paths: Vec<PathBuf>,
    /// File to write, `-` for stdout, or a pattern with `{run}`, `{key}` and `{step}`
    ///
    /// A pattern exports several files and creates missing directories. With `{run}`, each run or file is exported on its
    /// own. JSON files get the same suffix as in W&B.
    #[arg(short, long = "output", value_name = "NAME", default_value = "-", allow_hyphen_values = true)]
    pub(super) output: String,
    /// Output format [default: from the extension of NAME, else json; svg with --over-steps]
    #[arg(long, value_name = "F")]
    pub(super) format: Option<Format>,
    #[command(flatten)]
    pub(super) naming: Naming,
    /// Overwrite existing files
    #[arg(long)]
    pub(super) force: bool,
    /// Export all steps of a series as one picture [default: heatmap]
    #[arg(long, value_name = "PICTURE", value_enum, num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "heatmap", conflicts_with_all = ["step", "density", "nan"])]
    pub(super) over_steps: Option<StepPicture>,
    /// Export the selected series of all runs and files as one picture, side by side
    #[arg(long, conflicts_with = "over_steps")]
    pub(super) side_by_side: bool,
    // Last, because clap lists all later options under the headings of these structs.
    #[command(flatten)]
    pub(super) select: Select,
    #[command(flatten)]
    pub(super) binning: Binning,
    #[command(flatten)]
    pub(super) appearance: ExportAppearance,
}

#[derive(Debug, Args)]
pub(super) struct Count {
    /// File to read; `-` reads stdin. The samples of several files are combined
    #[arg(value_name = "PATH", required = true, value_parser = value::path())]
    pub(super) paths: Vec<PathBuf>,
    /// Key of the series as printed by `ls`
    #[arg(short, long, value_name = "KEY", allow_hyphen_values = true)]
    pub(super) key: Option<String>,
    /// Count values from LO to HI [default: minimum to maximum]
    ///
    /// Only counts over the same range can be merged.
    #[arg(long, value_name = "LO,HI", value_parser = value::finite_range, allow_hyphen_values = true)]
    pub(super) range: Option<Range>,
    /// Omit NaN and infinite samples, or fail like numpy
    #[arg(long, value_name = "WHEN", default_value = "omit")]
    pub(super) nan: Nan,
    /// Identify what is counted, so that merge rejects it twice [default: path, size and time of the file]
    ///
    /// Name the part of the data, for example a partition. Counts of standard input are never rejected without a name.
    #[arg(long, value_name = "ID", value_parser = value::not_empty)]
    pub(super) part: Option<String>,
    /// File to write, or `-` for stdout
    #[arg(short, long = "output", value_name = "NAME", default_value = "-", allow_hyphen_values = true)]
    pub(super) output: String,
    /// Form of the file [default: json for NAME.json and stdout, else binary, which is smaller]
    #[arg(long, value_name = "F")]
    pub(super) format: Option<CountsFormat>,
    /// Overwrite an existing file
    #[arg(long)]
    pub(super) force: bool,
}

/// Form of a count file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CountsFormat {
    Json,
    Binary,
}

#[derive(Debug, Args)]
pub(super) struct Merge {
    /// Count file, written by `rebin count`
    #[arg(value_name = "PATH", required = true, value_parser = value::path())]
    pub(super) paths: Vec<PathBuf>,
    /// File to write, or `-` for stdout [default: open the result]
    #[arg(short, long = "output", value_name = "NAME", allow_hyphen_values = true)]
    pub(super) output: Option<String>,
    /// Form of the file [default: json for NAME.json and stdout, else binary, which is smaller]
    #[arg(long, value_name = "F", requires = "output")]
    pub(super) format: Option<CountsFormat>,
    /// Overwrite an existing file
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct Ls {
    #[command(flatten)]
    pub(super) paths: Paths,
    /// List only series with this key, or those that match a glob
    #[arg(short, long, value_name = "KEY", allow_hyphen_values = true)]
    pub(super) key: Option<String>,
    /// Sort by a column: names in natural order, numbers from the largest
    #[arg(long, value_name = "COLUMN", value_enum)]
    pub(super) sort: Option<LsColumn>,
    /// Print a JSON array with one object per series
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Stats {
    #[command(flatten)]
    pub(super) paths: Paths,
    /// Probability of a quantile, from 0 to 1 [default: 0.001 0.01 0.05 0.25 0.5 0.75 0.95 0.99 0.999]
    #[arg(long = "quantile", value_name = "Q", value_parser = value::probability, allow_negative_numbers = true)]
    pub(super) quantiles: Vec<f64>,
    /// Print a JSON array with one object per series and step
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print a CSV table
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    pub(super) select: Select,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) paths: Paths,
    /// Print a JSON array with one object per finding
    #[arg(long)]
    pub(super) json: bool,
    /// Comparison of statistics that must hold, such as 'p99 < 1e-2'
    ///
    /// The names are those of `stats`, such as `mean`, `max_abs` and `p99.9`. `drift.w1`, `drift.ks`, `drift.js`,
    /// `drift.psi`, `drift.mean_delta` and `drift.std_ratio` compare with the first step.
    #[arg(long = "assert", value_name = "EXPR", allow_hyphen_values = true)]
    pub(super) assertions: Vec<Assertion>,
    #[command(flatten)]
    pub(super) select: Select,
}

/// Column by which `ls` sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LsColumn {
    Source,
    Run,
    Key,
    Kind,
    Steps,
    Bins,
    Total,
    Min,
    Max,
    Nan,
    Posinf,
    Neginf,
    Missing,
    Bad,
    Problems,
}

/// Output format of `stats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatsFormat {
    Table,
    Json,
    Csv,
}

impl Stats {
    pub(super) fn format(&self) -> StatsFormat {
        match (self.json, self.csv) {
            (true, _) => StatsFormat::Json,
            (_, true) => StatsFormat::Csv,
            _ => StatsFormat::Table,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Diff {
    /// Reference: a file, run or directory, with an optional :STEP (a number, first or last)
    #[arg(value_name = "A", value_parser = value::path())]
    pub(super) a: PathBuf,
    /// Other side, in the same form
    #[arg(value_name = "B", value_parser = value::path())]
    pub(super) b: PathBuf,
    /// Print a JSON array with one object per pair
    #[arg(long)]
    pub(super) json: bool,
    /// Exit with status 1 if a metric of a pair exceeds X, or is unknown
    #[arg(long = "fail-above", value_name = "METRIC=X")]
    pub(super) limits: Vec<Limit>,
    /// Metric to sort by, from the largest
    #[arg(long, value_name = "METRIC", value_enum, default_value = "ks")]
    pub(super) sort: Metric,
    #[command(flatten)]
    pub(super) select: Select,
}

#[derive(Debug, Default, Args)]
pub(super) struct Paths {
    /// File or directory to open; `-` reads stdin [default: the current directory, or a demo if it has no data]
    #[arg(value_name = "PATH", value_parser = value::path())]
    pub(super) paths: Vec<PathBuf>,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub(super) struct Select {
    /// Key of the series as printed by `ls`, or a glob
    ///
    /// If several series have the same key, use their labels as a JSON array, such as `["a", "b"]`.
    #[arg(short, long, value_name = "KEY", allow_hyphen_values = true)]
    pub(super) key: Option<String>,
    /// Step number, `first`, `last` or `all`
    #[arg(short, long, value_name = "N", default_value = "last", allow_negative_numbers = true)]
    pub(super) step: Step,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Bins")]
pub(super) struct Binning {
    /// Number of bins from 1 to 512, or a rule such as fd [default: as logged, or 64 for samples]
    ///
    /// Rules of numpy: auto, fd, doane, scott, stone, rice, sturges, sqrt.
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, conflicts_with = "edges")]
    #[arg(value_parser = value::BinsParser, hide_possible_values = true)]
    pub(super) bins: Option<Bins>,
    /// Edges of the bins, separated by commas
    #[arg(long, value_name = "E0,E1,…", value_parser = value::edges, allow_hyphen_values = true)]
    pub(super) edges: Option<Numbers>,
    /// Axis on which the bins are equally spaced [default: linear]
    ///
    /// Values up to zero are below logarithmic bins. Rules are applied to the values on that axis.
    #[arg(long, value_name = "SCALE", conflicts_with = "edges")]
    pub(super) spacing: Option<Scale>,
    /// Count only values from LO to HI
    #[arg(long, value_name = "LO,HI", value_parser = value::range)]
    #[arg(allow_hyphen_values = true, conflicts_with = "edges")]
    pub(super) range: Option<Range>,
    /// Use densities instead of counts, with a total area of 1
    #[arg(long)]
    pub(super) density: bool,
    /// Omit NaN and infinite samples, or fail like numpy
    #[arg(long, value_name = "WHEN", default_value = "omit")]
    pub(super) nan: Nan,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Appearance")]
pub(super) struct Appearance {
    /// Chart width in columns [default: terminal width, or 80]
    #[arg(long, value_name = "N", value_parser = value::size::<2000>, allow_negative_numbers = true)]
    pub(super) width: Option<u16>,
    /// Chart height in lines, with title and statistics [default: terminal height, or 20]
    #[arg(long, value_name = "N", value_parser = value::size::<1000>, allow_negative_numbers = true)]
    pub(super) height: Option<u16>,
    /// Use a logarithmic count axis
    #[arg(long)]
    pub(super) log: bool,
    /// Quantity on the y axis [default: count]
    #[arg(long, value_name = "MEASURE", conflicts_with = "density")]
    pub(super) normalize: Option<Measure>,
    /// Use only ASCII characters
    #[arg(long)]
    pub(super) ascii: bool,
    /// Use color; auto means on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

/// Appearance of pictures and text charts.
#[derive(Debug, Args)]
#[command(next_help_heading = "Appearance (pictures and text charts)")]
pub(super) struct ExportAppearance {
    /// Width in pixels, or in columns of text [default: 800, or 80]
    ///
    /// PNG pictures have twice as many pixels.
    #[arg(long, value_name = "N", value_parser = value::size::<4000>, allow_negative_numbers = true)]
    pub(super) width: Option<u16>,
    /// Height in pixels, or in lines of text [default: 500, or 20]
    #[arg(long, value_name = "N", value_parser = value::size::<4000>, allow_negative_numbers = true)]
    pub(super) height: Option<u16>,
    /// Use a logarithmic count axis
    #[arg(long)]
    pub(super) log: bool,
    /// Scale of the value axis [default: linear]
    #[arg(long, value_name = "SCALE")]
    pub(super) values: Option<Scale>,
    /// Quantity on the y axis [default: count]
    #[arg(long, value_name = "MEASURE", conflicts_with_all = ["density", "over_steps"])]
    pub(super) normalize: Option<Measure>,
    /// Title [default: run, series and step]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) title: Option<String>,
    /// Name of the horizontal axis of a picture
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) xlabel: Option<String>,
    /// Name of the vertical axis of a picture
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) ylabel: Option<String>,
    /// Use only ASCII characters in text charts
    #[arg(long)]
    pub(super) ascii: bool,
}

#[derive(Debug, Default, Args)]
pub(super) struct Naming {
    /// Suffix of saved files: NAME.json (none) or NAME.histogram.json (histogram)
    #[arg(long, value_name = "T")]
    artifact_type: Option<NamedArtifactType>,
}

/// Treatment of NaN and infinite samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Nan {
    #[default]
    Omit,
    Error,
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
    Uhi,
}

/// Picture of all steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum StepPicture {
    Heatmap,
    Bands,
    Ridges,
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
            Format::Uhi => Self::Uhi,
        }
    }
}

impl From<StepPicture> for export::StepPicture {
    fn from(args: StepPicture) -> Self {
        match args {
            StepPicture::Heatmap => Self::Heatmap,
            StepPicture::Bands => Self::Bands,
            StepPicture::Ridges => Self::Ridges,
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
    /// Returns true if the files are combined.
    pub(super) fn is_pool(&self) -> bool {
        self.pool || self.key.is_some()
    }

    /// Overrides settings with these arguments.
    pub(super) fn apply(&self, settings: &mut Settings) {
        if self.ascii {
            settings.glyphs = Glyphs::Ascii;
        }
        self.naming.apply(settings);
    }
}

impl Naming {
    /// Overrides settings with these arguments.
    pub(super) fn apply(&self, settings: &mut Settings) {
        match self.artifact_type {
            Some(NamedArtifactType::None) => settings.artifact_type = ArtifactType::None,
            Some(NamedArtifactType::Histogram) => settings.artifact_type = ArtifactType::Histogram,
            None => {}
        }
    }
}

impl Binning {
    /// Bins and range. Without `--bins` and `--edges`, the bins are `default`.
    pub(super) fn spec(&self, default: Option<Bins>) -> BinSpec {
        let edges = self.edges.clone().map(Bins::Edges);
        let bins = edges.or_else(|| self.bins.clone()).or(default);
        BinSpec { bins, range: self.range, spacing: self.spacing() }
    }

    /// Axis on which the bins are equally spaced.
    pub(super) fn spacing(&self) -> hist::scale::Scale {
        self.spacing.map_or(hist::scale::Scale::Linear, Into::into)
    }

    /// Returns a message if the range does not fit the spacing.
    pub(super) fn conflict(&self) -> Option<String> {
        let range = self.range.filter(|range| self.spacing == Some(Scale::Log) && range.lo.as_f64() <= 0.0)?;
        Some(format!("--spacing log needs a range above zero, not {range}; use --spacing symlog"))
    }
}
