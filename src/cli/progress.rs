//! A bar on standard error while many files are written, and signals that end the writing between two of them.

use super::output::say;
use crate::engine::Cancel;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How often the bar is drawn.
const TICK: Duration = Duration::from_millis(100);
/// Cells of the bar.
const CELLS: usize = 24;

/// How far the writing is. Words go through it, so that they do not end up in the bar.
pub(super) struct Progress {
    done: usize,
    total: usize,
    begun: Instant,
    drawn: Option<Instant>,
    /// Only a terminal shows a bar.
    shown: bool,
}

impl Progress {
    pub(super) fn of(total: usize) -> Self {
        Self { done: 0, total, begun: Instant::now(), drawn: None, shown: total > 1 && io::stderr().is_terminal() }
    }

    /// One more file is done.
    pub(super) fn step(&mut self) {
        self.done += 1;
        if self.shown && self.drawn.is_none_or(|drawn| drawn.elapsed() > TICK) {
            let full = "#".repeat(self.done * CELLS / self.total);
            // Without a standard error there is nobody to tell.
            let rate = self.done as f64 / self.begun.elapsed().as_secs_f64().max(1e-3);
            let left = ((self.total - self.done) as f64 / rate).ceil();
            let (done, total) = (self.done, self.total);
            let _ =
                write!(io::stderr(), "\r[{full:.<CELLS$}] {done} of {total}  {rate:.0} a second  {left} s left \x1b[K");
            self.drawn = Some(Instant::now());
        }
    }

    /// One line, above the bar.
    pub(super) fn say(&mut self, words: &str) {
        self.clear();
        say(words);
    }

    /// Takes the bar away.
    pub(super) fn clear(&mut self) {
        if self.drawn.take().is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// The signals that end a program, noticed instead of obeyed: what is being written is finished first.
pub(super) struct Signals {
    pub(super) asked: Cancel,
    which: Arc<AtomicUsize>,
}

impl Signals {
    /// From here on. A signal that cannot be caught ends the program as ever.
    pub(super) fn catch() -> Self {
        let (flag, which) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Asked twice, it ends at once.
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&flag));
            let _ = signal_hook::flag::register_usize(signal, Arc::clone(&which), signal.unsigned_abs() as usize);
            let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
        }
        Self { asked: flag.into(), which }
    }

    /// As a shell reports the signal that came.
    pub(super) fn code(&self) -> ExitCode {
        ExitCode::from(u8::try_from(128 + self.which.load(Ordering::Relaxed)).unwrap_or(1))
    }
}
