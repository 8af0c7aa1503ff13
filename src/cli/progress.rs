//! Progress on stderr: a line about reading, a bar for many written files, and signals that end the command between two
//! of them.

mod line;

use super::exit::report;
use crate::engine::Cancel;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub(super) use line::{clear, opening, reading, series, start, stop};

/// Time between redraws.
const INTERVAL: Duration = Duration::from_millis(100);
/// Width of the bar, in cells.
const WIDTH: usize = 24;

/// Progress of a command that writes many files. Print messages through it, so that they do not overlap the bar.
pub(super) struct ProgressBar {
    done: usize,
    total: usize,
    start: Instant,
    drawn: Option<Instant>,
    /// False if stderr is not a terminal.
    visible: bool,
}

impl ProgressBar {
    pub(super) fn new(total: usize) -> Self {
        Self { done: 0, total, start: Instant::now(), drawn: None, visible: total > 1 && io::stderr().is_terminal() }
    }

    /// Counts one more file as done.
    pub(super) fn advance(&mut self) {
        self.done += 1;
        if self.visible && self.drawn.is_none_or(|drawn| drawn.elapsed() > INTERVAL) {
            let bar = "#".repeat(self.done * WIDTH / self.total);
            let rate = self.done as f64 / self.start.elapsed().as_secs_f64().max(1e-3);
            let left = ((self.total - self.done) as f64 / rate).ceil();
            let (done, total) = (self.done, self.total);
            let _ = write!(io::stderr(), "\r[{bar:.<WIDTH$}] {done}/{total} files  {rate:.0}/s  {left} s left \x1b[K");
            self.drawn = Some(Instant::now());
        }
    }

    /// Prints a line above the bar.
    pub(super) fn report(&mut self, message: &str) {
        self.clear();
        report(message);
    }

    /// Removes the bar.
    pub(super) fn clear(&mut self) {
        if self.drawn.take().is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// Handlers of the signals that end a program. The first signal requests cancellation, the second ends the process.
pub(super) struct Signals {
    pub(super) cancel: Cancel,
    number: Arc<AtomicUsize>,
}

impl Signals {
    /// Installs the handlers. A signal that cannot be handled keeps its default effect.
    pub(super) fn install() -> Self {
        let (flag, number) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Registered first, so that the flag is still unset at the first signal.
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&flag));
            let _ = signal_hook::flag::register_usize(signal, Arc::clone(&number), signal.unsigned_abs() as usize);
            let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
        }
        Self { cancel: flag.into(), number }
    }

    /// Exit code for the signal that arrived, as shells report it.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(u8::try_from(128 + self.number.load(Ordering::Relaxed)).unwrap_or(1))
    }
}
