//! What can be typed. Doc comments here are the help texts.

use crate::settings::{Glyphs, Settings};
use crate::wandb::ArtifactType;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Look at and edit logged histograms in the terminal
///
/// Opens files in the terminal interface; where standard output is no terminal, prints their charts as `show` does.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(flatten)]
    pub open: Open,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What works without the interface.
#[derive(Debug, Subcommand)]
pub enum Command {}

/// What the interface is opened with.
#[derive(Debug, Args)]
pub struct Open {
    /// Files to open; `-` reads standard input. Without any: what is logged in this folder, else a demo
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// How saved histograms are named: `none` gives NAME.json, `histogram` gives NAME.histogram.json
    #[arg(long, value_name = "TYPE")]
    pub artifact_type: Option<TypedArtifactType>,
}

/// The artifact types by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TypedArtifactType {
    None,
    Histogram,
}

impl From<TypedArtifactType> for ArtifactType {
    fn from(typed: TypedArtifactType) -> Self {
        match typed {
            TypedArtifactType::None => Self::None,
            TypedArtifactType::Histogram => Self::Histogram,
        }
    }
}

impl Open {
    /// Puts what was typed over the settings.
    pub(super) fn apply(&self, settings: &mut Settings) {
        if self.ascii {
            settings.glyphs = Glyphs::Ascii;
        }
        settings.artifact_type = self.artifact_type.map_or(settings.artifact_type, ArtifactType::from);
    }
}
