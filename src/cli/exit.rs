//! Output, error messages and the exit status.

use super::args::Cli;
use super::progress;
use crate::error::{Error, io_reason};
use crate::text;
use clap::CommandFactory as _;
use std::env;
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

/// Reasons for a command to end early.
#[derive(Debug)]
pub(super) enum Failure {
    /// A usage error, or a request for help or the version.
    Usage(clap::Error),
    /// Something is invalid, or could not be read or written.
    Error(Error),
    /// The reader closed the pipe. This counts as success.
    ClosedPipe,
    /// All errors have been reported.
    Reported,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Failure {
    /// Prints the error and returns the exit status.
    pub(super) fn exit_code(self) -> ExitCode {
        match self {
            Self::Usage(error) if !error.use_stderr() => {
                // A closed pipe is not an error for help texts, either.
                let _ = error.print();
                ExitCode::SUCCESS
            }
            Self::Usage(error) => {
                let command = env::args_os()
                    .skip(1)
                    .filter_map(|word| word.into_string().ok())
                    .find(|word| Cli::command().find_subcommand(word).is_some());
                report(&one_line(&error.to_string(), command.as_deref()));
                ExitCode::from(2)
            }
            Self::Error(error) => {
                report(&error.to_string());
                ExitCode::FAILURE
            }
            Self::ClosedPipe => ExitCode::SUCCESS,
            Self::Reported => ExitCode::FAILURE,
        }
    }
}

/// Returns clap's message without the usage, on one line, with a reference to the help.
fn one_line(error: &str, subcommand: Option<&str>) -> String {
    let paragraphs = error.trim_start_matches("error: ").split("\n\n");
    let paragraphs = paragraphs.take_while(|text| !text.starts_with("Usage:") && !text.starts_with("For more"));
    let lines = paragraphs.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let message = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    let message = message.replacen("unrecognized subcommand", "no command", 1);
    // A question already names the remedy.
    if message.ends_with('?') {
        return message;
    }
    let command = subcommand.map_or_else(|| "rebin".to_owned(), |name| format!("rebin {name}"));
    format!("{message}; see {command} --help")
}

/// Writes to stdout.
///
/// # Errors
/// [`Failure::ClosedPipe`] if the reader has closed the pipe, [`Error::Write`] for other failures.
pub(super) fn print(bytes: &[u8]) -> Result<(), Failure> {
    progress::clear();
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Error::Write { what: "stdout".into(), why: io_reason(&error) }.into(),
    })
}

/// Prints a line to stderr, with control characters made visible.
pub(super) fn report(message: &str) {
    progress::clear();
    // A closed stderr cannot be reported anywhere.
    let _ = writeln!(io::stderr(), "rebin: {}", text::visible(message));
}

/// Prints each message on its own line.
pub(super) fn report_all(messages: &[String]) {
    for message in messages {
        report(message);
    }
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_usage_error_fits_on_one_line() {
        let clap = "error: unexpected argument '--bin' found\n\n  tip: a similar argument exists: '--bins'\n\n\
                    Usage: rebin show\n\nFor more information, try '--help'.\n";
        let line = "unexpected argument '--bin' found; tip: a similar argument exists: '--bins'; see rebin --help";
        assert_eq!(one_line(clap, None), line);
        assert!(one_line(clap, Some("show")).ends_with("; see rebin show --help"));
        assert_eq!(one_line("error: unrecognized subcommand 'x'\n", None), "no command 'x'; see rebin --help");
    }
}
