//! Standard output and standard error.

use super::failure::Failure;
use crate::error::Error;
use crate::text;
use std::io::{self, ErrorKind, Write as _};

/// Prints a text as it is.
///
/// # Errors
/// [`Failure::Closed`] when nobody reads it any more.
pub(super) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::Closed,
        _ => Error::Write { what: "standard output".into(), why: error.to_string() }.into(),
    })
}

/// One line on standard error, with nothing in it that a terminal would obey.
pub(super) fn say(words: &str) {
    // Without a standard error there is nobody to tell.
    let _ = writeln!(io::stderr(), "rebin: {}", text::visible(words));
}
