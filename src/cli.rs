//! The command line: what was typed, and one file for each command that works without the interface.
//!
//! Scripts depend on it. Nothing is computed here: commands put together what the other modules offer, print, and say
//! how it ended.

mod ansi;
mod args;
mod count;
mod environment;
mod export;
mod failure;
mod ls;
mod manual;
mod output;
mod progress;
mod series;
mod show;
mod warnings;

use crate::engine::MemoryLimit;
use crate::error::Error;
use crate::runtime;
use crate::source::{self, Input, Pool, Require};
use args::{Appearance, Cli, Command, Show, TuiArgs};
use clap::{CommandFactory as _, FromArgMatches as _};
use environment::Environment;
use failure::Failure;
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Runs what was typed and says how it ended: 0, 1 (something could not be read, written or is invalid), 2 (usage).
pub fn main() -> ExitCode {
    let ended = parse().map_err(Failure::Typed).and_then(run);
    ended.unwrap_or_else(Failure::report)
}

fn parse() -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    if env::args_os().any(|argument| argument == "--help" || argument == "help") {
        command = command.after_long_help(manual::keys());
    }
    Cli::from_arg_matches(&command.try_get_matches_from(with_memory_behind(env::args_os().collect()))?)
}

/// With `--memory SIZE` behind the first word instead of before it: clap takes a subcommand behind any option for a path.
fn with_memory_behind(mut args: Vec<OsString>) -> Vec<OsString> {
    let words: Vec<_> = args.iter().skip(1).map(|word| word.to_string_lossy()).collect();
    let taken = match words.as_slice() {
        [first, ..] if first.starts_with("--memory=") => 1,
        [first, _, ..] if first == "--memory" => 2,
        _ => 0,
    };
    if words.get(taken).is_some_and(|word| !word.starts_with('-')) {
        args[1..=1 + taken].rotate_right(1);
    }
    args
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let environment = Environment::read();
    environment.memory(cli.memory).limit();
    match cli.command {
        None if io::stdout().is_terminal() => return interface(&cli.open, &environment),
        None => show::show(&as_show(cli.open), &environment),
        Some(Command::Show(args)) => show::show(&args, &environment),
        Some(Command::Export(args)) => return export::export(&args, &environment),
        Some(Command::Ls(args)) => ls::ls(&args),
        Some(Command::Count(args)) => count::count(&args),
        Some(Command::Merge(args)) => match count::merge(args)? {
            Some(open) if io::stdout().is_terminal() => return interface(&open, &environment),
            Some(open) => show::show(&as_show(open), &environment),
            None => Ok(()),
        },
        Some(Command::Completions { shell }) => manual::completions(shell),
        Some(Command::Man) => manual::man(),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Opens the terminal interface.
fn interface(open: &TuiArgs, environment: &Environment) -> Result<ExitCode, Failure> {
    let (mut settings, mut notices) = environment.settings(environment.depth);
    let mut inputs = inputs(&open.paths, &mut notices);
    if inputs.contains(&Input::Stdin) && io::stdin().is_terminal() {
        return Err(Error::read("-", "standard input is the terminal; pipe data into rebin, or name a file").into());
    }
    if open.is_pool() {
        let require = if open.key.is_none() { Require::Series } else { Require::Nothing };
        inputs = vec![Input::Pool(Pool { key: open.key.clone(), inputs, require })];
    }
    open.apply(&mut settings);
    settings.memory = Some(MemoryLimit::default());
    let keep_in = if settings.keep_unsaved { environment::folder_of_unsaved() } else { None };
    let ended = runtime::run(inputs, settings, notices, keep_in)?;
    say_all(&ended.unopened);
    Ok(match ended.signal {
        // As a shell reports it.
        Some(signal) => ExitCode::from(u8::try_from(128 + signal).unwrap_or(1)),
        None if ended.unopened.is_empty() => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    })
}

/// What is done where the interface cannot be opened.
fn as_show(open: TuiArgs) -> Show {
    let look = Appearance { ascii: open.ascii, ..Appearance::default() };
    let (pool, select) = (open.is_pool(), args::Select { key: open.key, ..args::Select::default() });
    Show { paths: open.paths, pool, select, binning: args::Binning::default(), look }
}

/// What was asked for; else what is logged in this folder, else the demo. What could not be searched is told in notices.
fn inputs(args: &args::Paths, notices: &mut Vec<String>) -> Vec<Input> {
    let mut inputs: Vec<Input> = args.paths.iter().flat_map(|path| expanded(path, notices)).collect();
    if inputs.is_empty() {
        inputs = source::discover(Path::new("."));
    }
    if inputs.is_empty() {
        inputs.push(Input::Demo);
    }
    inputs
}

/// The same for commands without the interface, which say their notices.
fn inputs_said(args: &args::Paths) -> Vec<Input> {
    let mut notices = Vec::new();
    let inputs = inputs(args, &mut notices);
    say_all(&notices);
    inputs
}

fn say_all(notices: &[String]) {
    for notice in notices {
        output::say(notice);
    }
}

/// What a path stands for: standard input, a file, or what is logged in a folder.
fn expanded(path: &Path, notices: &mut Vec<String>) -> Vec<Input> {
    if path == Path::new("-") {
        return vec![Input::Stdin];
    }
    let (inputs, notice) = source::expand(path);
    notices.extend(notice);
    inputs
}

/// What paths stand for, as one source: several are counted together. A sum of which a part cannot be read is none.
fn as_one(paths: &[PathBuf], key: Option<&str>) -> Result<Input, Error> {
    if let [one] = paths {
        return expanded_to_one(one);
    }
    let mut notices = Vec::new();
    let inputs = paths.iter().flat_map(|path| expanded(path, &mut notices)).collect();
    say_all(&notices);
    Ok(Input::Pool(Pool { key: key.map(str::to_owned), inputs, require: Require::Series }))
}

/// The one source that a path stands for.
fn expanded_to_one(path: &Path) -> Result<Input, Error> {
    let mut notices = Vec::new();
    let mut inputs = expanded(path, &mut notices).into_iter();
    say_all(&notices);
    match (inputs.next(), inputs.next()) {
        (Some(input), None) => Ok(input),
        // The folder itself, as of a run that has tables beside its log.
        (Some(Input::Path(first)), Some(_)) if first == path => Ok(Input::Path(first)),
        (Some(Input::Path(first)), Some(Input::Path(second))) => Err(Error::Select(format!(
            "{} holds several sources; choose one: {}, {}{}",
            path.display(),
            first.display(),
            second.display(),
            if inputs.next().is_some() { ", …" } else { "" }
        ))),
        _ => Ok(Input::Path(path.to_owned())),
    }
}
