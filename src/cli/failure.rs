//! How a command fails: one line on standard error, and an exit code.

use crate::error::Error;
use crate::text;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Why a command ended early.
#[derive(Debug)]
pub(super) enum Failure {
    /// Help, version, or a mistake in what was typed.
    Clap(clap::Error),
    /// Something could not be read, written, or is invalid.
    Error(Error),
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        Self::Clap(error)
    }
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
            Self::Clap(error) if error.exit_code() == 0 => {
                // Whoever closed the pipe has read enough.
                let _ = error.print();
                ExitCode::SUCCESS
            }
            Self::Clap(error) => {
                say(&one_line(&error.to_string()));
                ExitCode::from(2)
            }
            Self::Error(error) => {
                say(&error.to_string());
                ExitCode::FAILURE
            }
        }
    }
}

/// One line on standard error, with nothing in it that a terminal would obey.
pub(super) fn say(words: &str) {
    // Without a standard error there is nobody to tell.
    let _ = writeln!(io::stderr(), "rebin: {}", text::visible(words));
}

/// clap's paragraphs before the usage, as one sentence.
fn one_line(error: &str) -> String {
    let paragraphs = error.trim_start_matches("error: ").split("\n\n");
    let paragraphs = paragraphs.take_while(|text| !text.starts_with("Usage:") && !text.starts_with("For more"));
    let lines = paragraphs.map(|text| text.lines().map(str::trim).collect::<Vec<_>>().join(" "));
    format!("{}; see rebin --help", lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; "))
}
