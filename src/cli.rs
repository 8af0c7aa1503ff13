//! The command line: what was typed, and one file for each command that works without the interface.
//!
//! Scripts depend on it. Nothing is computed here: commands put together what the other modules offer, print, and say
//! how it ended.

mod environment;
mod failure;
mod typed;

pub use typed::{Cli, Command};

use crate::error::Error;
use crate::runtime;
use crate::source::{self, Input};
use clap::Parser as _;
use environment::Environment;
use failure::Failure;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Runs what was typed and says how it ended: 0, 1 (something could not be read, written or is invalid), 2 (usage).
pub fn main() -> ExitCode {
    let ended = match Cli::try_parse() {
        Ok(cli) => run(&cli),
        Err(error) => Err(Failure::Clap(error)),
    };
    ended.unwrap_or_else(Failure::report)
}

fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    let environment = Environment::read();
    interface(&cli.open, &environment)
}

/// Opens the terminal interface.
fn interface(open: &typed::Open, environment: &Environment) -> Result<ExitCode, Failure> {
    let inputs = inputs(&open.paths);
    if inputs.contains(&Input::Stdin) && io::stdin().is_terminal() {
        return Err(Error::read("-", "standard input is the terminal; pipe data into rebin, or name a file").into());
    }
    let (mut settings, notices) = environment.settings(environment.depth);
    open.apply(&mut settings);
    Ok(match runtime::run(inputs, settings, notices)? {
        // As a shell reports it.
        Some(signal) => ExitCode::from(u8::try_from(128 + signal).unwrap_or(1)),
        None => ExitCode::SUCCESS,
    })
}

/// What was asked for; else what is logged in this folder, else the demo.
fn inputs(paths: &[PathBuf]) -> Vec<Input> {
    let inputs = |path: &PathBuf| if path == Path::new("-") { vec![Input::Stdin] } else { source::expand(path) };
    let mut inputs: Vec<Input> = paths.iter().flat_map(inputs).collect();
    if inputs.is_empty() {
        inputs = source::discover(Path::new("."));
    }
    if inputs.is_empty() {
        inputs.push(Input::Demo);
    }
    inputs
}
