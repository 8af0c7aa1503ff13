//! How a command fails: one line on standard error, and an exit code.

use super::args::Cli;
use super::output::say;
use crate::error::Error;
use clap::CommandFactory as _;
use std::env;
use std::process::ExitCode;

/// Why a command ended early.
#[derive(Debug)]
pub(super) enum Failure {
    /// Help, version, or a mistake in what was typed.
    Typed(clap::Error),
    /// Something could not be read, written, or is invalid.
    Error(Error),
    /// Whoever read the output has read enough, which is no failure.
    Closed,
    /// What failed has been said already.
    Said,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Failure {
    /// Says what is wrong; the exit code.
    pub(super) fn report(self) -> ExitCode {
        match self {
            Self::Typed(error) if !error.use_stderr() => {
                // Help that nobody reads is no failure either.
                let _ = error.print();
                ExitCode::SUCCESS
            }
            Self::Typed(error) => {
                let args = env::args_os()
                    .skip(1)
                    .filter_map(|word| word.into_string().ok())
                    .find(|word| Cli::command().find_subcommand(word).is_some());
                say(&one_line(&error.to_string(), args.as_deref()));
                ExitCode::from(2)
            }
            Self::Error(error) => {
                say(&error.to_string());
                ExitCode::FAILURE
            }
            Self::Closed => ExitCode::SUCCESS,
            Self::Said => ExitCode::FAILURE,
        }
    }
}

/// clap's paragraphs before the usage, as one sentence, with where the usage is found.
fn one_line(error: &str, subcommand: Option<&str>) -> String {
    let paragraphs = error.trim_start_matches("error: ").split("\n\n");
    let paragraphs = paragraphs.take_while(|text| !text.starts_with("Usage:") && !text.starts_with("For more"));
    let lines = paragraphs.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mistake = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    let command = subcommand.map_or_else(|| "rebin".to_owned(), |name| format!("rebin {name}"));
    format!("{mistake}; see {command} --help")
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_mistake_is_one_line() {
        let clap = "error: unexpected argument '--bin' found\n\n  tip: a similar argument exists: '--bins'\n\n\
                    Usage: rebin show\n\nFor more information, try '--help'.\n";
        let line = "unexpected argument '--bin' found; tip: a similar argument exists: '--bins'; see rebin --help";
        assert_eq!(one_line(clap, None), line);
        assert!(one_line(clap, Some("show")).ends_with("; see rebin show --help"));
    }
}
