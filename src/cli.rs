//! The command line: argument parsing, and one file for each headless command.
//!
//! Scripts depend on it. Commands do not compute anything. They combine the other modules, print results, and choose the
//! exit status.

mod ansi;
mod args;
mod check;
mod count;
mod diff;
mod environment;
mod exit;
mod export;
mod json;
mod ls;
mod manual;
mod memory;
mod output;
mod progress;
mod series;
mod show;
mod stats;
mod table;
mod warnings;

use crate::engine::MemoryLimit;
use crate::error::Error;
use crate::runtime::{self, Request};
use crate::source::{self, Finder, Input, Place, Pool, Require};
use args::{Appearance, Cli, Command, Show, TuiArgs};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _};
use environment::Environment;
use exit::{Failure, report_all};
use std::collections::HashSet;
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Runs the program and returns its exit status: 0, 1 (something is invalid, or could not be read or written), 2 (usage
/// error), or 128 plus the number of the signal that ended it.
pub fn main() -> ExitCode {
    let result = parse().map_err(Failure::Usage).and_then(run);
    let code = result.unwrap_or_else(Failure::exit_code);
    progress::stop();
    code
}

fn parse() -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    if env::args_os().any(|argument| argument == "--help" || argument == "help") {
        command = command.after_long_help(manual::keys());
    }
    Cli::from_arg_matches(&command.try_get_matches_from(move_memory_option(env::args_os().collect()))?)
}

/// Moves a leading `--memory SIZE` after the next word. clap would parse a subcommand that follows an option as a path.
fn move_memory_option(mut args: Vec<OsString>) -> Vec<OsString> {
    let words: Vec<_> = args.iter().skip(1).map(|word| word.to_string_lossy()).collect();
    let option_len = match words.as_slice() {
        [first, ..] if first.starts_with("--memory=") => 1,
        [first, _, ..] if first == "--memory" => 2,
        _ => 0,
    };
    if words.get(option_len).is_some_and(|word| !word.starts_with('-')) {
        args[1..=1 + option_len].rotate_right(1);
    }
    args
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let environment = Environment::read();
    environment.set_memory_limit(cli.memory);
    memory::limit_threads();
    if let (None, [first, ..]) = (&cli.command, &cli.open.paths.paths[..]) {
        reject_unknown_word(first)?;
    }
    match &cli.command {
        // The screen shows progress itself.
        None if io::stdout().is_terminal() => {}
        Some(Command::Merge(args)) if args.output.is_none() && io::stdout().is_terminal() => {}
        // A signal ends an export after the current file.
        Some(Command::Export(args)) => progress::start(args.output == "-"),
        _ => progress::start(true),
    }
    match cli.command {
        None if io::stdout().is_terminal() => return open_tui(&cli.open, &environment),
        None => show::show(&as_show(cli.open), &environment),
        Some(Command::Show(args)) => show::show(&args, &environment),
        Some(Command::Export(args)) => return export::export(&args, &environment),
        Some(Command::Ls(args)) => ls::ls(&args),
        Some(Command::Stats(args)) => stats::stats(&args),
        Some(Command::Check(args)) => check::check(&args, &environment),
        Some(Command::Diff(args)) => diff::diff(&args),
        Some(Command::Count(args)) => count::count(&args),
        Some(Command::Merge(args)) => match count::merge(args)? {
            Some(open) if io::stdout().is_terminal() => return open_tui(&open, &environment),
            Some(open) => show::show(&as_show(open), &environment),
            None => Ok(()),
        },
        Some(Command::Completions { shell }) => manual::completions(shell),
        Some(Command::Man) => manual::man(),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses a first word that is neither a command nor a file. A path with a folder or an extension can only be a file.
///
/// # Errors
/// [`Failure::Usage`], with the most similar command.
fn reject_unknown_word(path: &Path) -> Result<(), Failure> {
    let name = path.to_string_lossy();
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    if !is_word || name == "-" || path.symlink_metadata().is_ok() {
        return Ok(());
    }
    // clap knows similar commands only if a command is required.
    let commands = clap::Command::new("rebin").subcommand_required(true);
    let commands = commands.subcommands(Cli::command().get_subcommands().cloned());
    let error = commands.try_get_matches_from(["rebin", &*name]).err();
    let suggested = error.as_ref().and_then(|error| error.get(ContextKind::SuggestedSubcommand));
    let similar = match suggested {
        Some(ContextValue::String(similar)) => Some(similar),
        Some(ContextValue::Strings(all)) => all.first(),
        _ => None,
    };
    let similar = similar.map(|similar| format!("; did you mean '{similar}'?")).unwrap_or_default();
    let message = format!("no command or file '{name}'{similar}");
    Err(Failure::Usage(Cli::command().error(ErrorKind::InvalidSubcommand, message)))
}

fn open_tui(args: &TuiArgs, environment: &Environment) -> Result<ExitCode, Failure> {
    let (mut settings, mut notices) = environment.settings(environment.depth);
    if args.paths.paths.contains(&"-".into()) && io::stdin().is_terminal() {
        return Err(Error::read("-", "stdin is a terminal; pipe data into rebin, or name a file").into());
    }
    let or_demo = args.paths.paths.is_empty();
    let places = if args.is_pool() {
        let require = if args.key.is_none() { Require::Series } else { Require::Nothing };
        let inputs = inputs(&args.paths, &mut notices);
        vec![Place::Input(Input::Pool(Pool { key: args.key.clone(), inputs, require }))]
    } else if or_demo && environment::is_in_own_clone() {
        vec![Place::Input(Input::Demo)]
    } else if or_demo {
        let tracker = source::tracker_folder().map(Place::Fallback);
        [Place::Folder(".".into())].into_iter().chain(tracker).collect()
    } else {
        args.paths.paths.iter().map(|path| Place::of(path)).collect()
    };
    args.apply(&mut settings);
    settings.memory = Some(MemoryLimit::default());
    let kept = environment::kept_files(&settings);
    let outcome = runtime::run(Request { places, or_demo, notices }, settings, kept)?;
    report_all(&outcome.unopened);
    report_all(&outcome.unwritten);
    Ok(match outcome.signal {
        // As shells report signals.
        Some(signal) => ExitCode::from(u8::try_from(128 + signal).unwrap_or(1)),
        None if outcome.unopened.is_empty() && outcome.unwritten.is_empty() => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    })
}

/// Arguments of the `show` command that replaces the UI if stdout is not a terminal.
fn as_show(args: TuiArgs) -> Show {
    let appearance = Appearance { ascii: args.ascii, ..Appearance::default() };
    let (pool, select) = (args.is_pool(), args::Select { key: args.key, ..args::Select::default() });
    let binning = args::Binning::default();
    Show { paths: args.paths, pool, json: false, counts_only: args.counts_only, select, binning, appearance }
}

/// Returns the inputs of the given paths, else everything in the current directory, else the databases of Trackio, else the
/// demo.
///
/// Adds a notice if something was left out or if only the demo is open.
fn inputs(args: &args::Paths, notices: &mut Vec<String>) -> Vec<Input> {
    if !args.paths.is_empty() {
        return expand_all(&args.paths, notices);
    }
    if environment::is_in_own_clone() {
        return vec![Input::Demo];
    }
    let mut finder = Finder::new(Path::new("."));
    let mut inputs: Vec<Input> = finder.by_ref().collect();
    notices.extend(finder.notices());
    if inputs.is_empty()
        && let Some(folder) = source::tracker_folder()
    {
        inputs.extend(Finder::new(&folder));
    }
    if inputs.is_empty() {
        notices.push("this directory contains nothing to open; showing the demo".into());
        inputs.push(Input::Demo);
    }
    inputs
}

/// Like [`inputs`], but prints the notices.
fn inputs_with_warnings(args: &args::Paths) -> Vec<Input> {
    let mut notices = Vec::new();
    let inputs = inputs(args, &mut notices);
    report_all(&notices);
    inputs
}

/// Returns the inputs of paths. Shards of one model are one input.
fn expand_all(paths: &[PathBuf], notices: &mut Vec<String>) -> Vec<Input> {
    let mut models = HashSet::new();
    let paths = paths.iter().filter(|path| source::model_of_shards(path).is_none_or(|model| models.insert(model)));
    paths.flat_map(|path| expand(path, notices)).collect()
}

/// Returns the inputs of one path: stdin, a file, or the logs in a directory.
fn expand(path: &Path, notices: &mut Vec<String>) -> Vec<Input> {
    if path == Path::new("-") {
        return vec![Input::Stdin];
    }
    let (inputs, left_out) = source::expand(path);
    notices.extend(left_out.iter().map(|notice| format!("{}: {notice}", path.display())));
    inputs
}

/// Returns a single input for all paths. Several paths become a pool, which fails to open if any of its files does.
fn single_input(paths: &[PathBuf], key: Option<&str>) -> Result<Input, Error> {
    if let [path] = paths { expand_single(path) } else { Ok(pool(paths, key)) }
}

/// Returns a pool of all inputs of the paths, or the only one.
fn pool(paths: &[PathBuf], key: Option<&str>) -> Input {
    let mut notices = Vec::new();
    let mut inputs = expand_all(paths, &mut notices);
    report_all(&notices);
    match paths {
        // Opening an empty directory reports what it lacks.
        [path] if inputs.len() < 2 => inputs.pop().unwrap_or_else(|| Input::Path(path.clone())),
        _ => Input::Pool(Pool { key: key.map(str::to_owned), inputs, require: Require::Series }),
    }
}

/// Returns the only input of a path.
fn expand_single(path: &Path) -> Result<Input, Error> {
    let mut notices = Vec::new();
    let mut inputs = expand(path, &mut notices).into_iter();
    report_all(&notices);
    match (inputs.next(), inputs.next()) {
        (Some(input), None) => Ok(input),
        // A run directory is an input itself, and so are the tables in it.
        (Some(Input::Path(first)), Some(_)) if first == path => Ok(Input::Path(first)),
        (Some(Input::Path(first)), Some(Input::Path(second))) => Err(Error::Select(format!(
            "{} contains several sources; choose one: {}, {}{}",
            path.display(),
            first.display(),
            second.display(),
            if inputs.next().is_some() { ", …" } else { "" }
        ))),
        _ => Ok(Input::Path(path.to_owned())),
    }
}
