//! A line on stderr about the work of a command that takes long, removed at its end. Only on terminals.
//!
//! Signals that end the program end it at once, also while a large file is being decoded.

use super::INTERVAL;
use crate::engine::Task;
use crate::text::{self, format_count};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Time after which work counts as long.
const DELAY: Duration = Duration::from_millis(500);

/// Cells of a line, except the name.
const NUMBERS: usize = 40;

/// State of the line.
#[derive(Default)]
struct Line {
    name: String,
    task: Task,
    /// Number of files that were opened.
    files: usize,
    /// Numbers of finished and of all series; `None` while a file is opened.
    series: Option<(usize, usize)>,
    since: Option<Instant>,
    is_drawn: bool,
}

/// The line; `None` if stderr is not a terminal, or if no command runs.
static LINE: Mutex<Option<Line>> = Mutex::new(None);

fn line() -> MutexGuard<'static, Option<Line>> {
    // A panic cannot leave the state inconsistent.
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts to report the progress of a command. If signals should `end` it, they do so at once.
pub(in crate::cli) fn start(end: bool) {
    let ends: &[i32] = if end { &[SIGINT, SIGTERM, SIGHUP] } else { &[] };
    if !io::stderr().is_terminal() {
        let always = Arc::new(AtomicBool::new(true));
        for signal in ends.iter().copied() {
            // A signal that cannot be handled keeps its default effect, which also ends the process.
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&always));
        }
        return;
    }
    *line() = Some(Line::default());
    // Without a thread, the command works, but shows no progress.
    let _ = thread::Builder::new().spawn(|| {
        loop {
            thread::sleep(INTERVAL);
            let Some(line) = &mut *line() else { return };
            line.draw();
        }
    });
    if end && let Ok(mut signals) = Signals::new(ends) {
        let _ = thread::Builder::new().spawn(move || {
            if let Some(signal) = signals.forever().next() {
                stop();
                signal_hook::low_level::exit(128 + signal);
            }
        });
    }
}

/// Removes the line.
pub(in crate::cli) fn stop() {
    clear();
    *line() = None;
}

/// Removes the line until the work takes long again. Call this before anything is printed.
pub(in crate::cli) fn clear() {
    if let Some(line) = &mut *line() {
        line.clear();
        line.since = Some(Instant::now());
    }
}

/// Returns the task of opening a source.
pub(in crate::cli) fn opening(name: &str) -> Task {
    let task = Task::default();
    if let Some(line) = &mut *line() {
        // The time goes on: many small files take long together.
        let (since, files, is_drawn) = (line.since.or_else(|| Some(Instant::now())), line.files + 1, line.is_drawn);
        *line = Line { name: name.to_owned(), task: task.clone(), files, since, is_drawn, ..Line::default() };
    }
    task
}

/// Returns the task of reading the next series, after `done` of `all`.
pub(in crate::cli) fn reading(done: usize, all: usize) -> Task {
    let task = Task::default();
    if let Some(line) = &mut *line() {
        (line.task, line.series) = (task.clone(), Some((done, all)));
    }
    task
}

/// Reports the number of series, or pairs of them, that are done of all that are read at once.
pub(in crate::cli) fn series(done: usize, all: usize) {
    if let Some(line) = &mut *line() {
        (line.files, line.series) = (0, (all > 1).then_some((done, all)));
    }
}

impl Line {
    fn draw(&mut self) {
        if self.since.is_none_or(|since| since.elapsed() < DELAY) {
            return;
        }
        let width = crossterm::terminal::size().map_or(80, |(width, _)| usize::from(width));
        let name = text::visible(&self.name);
        let name = text::clip_middle(&name, width.saturating_sub(NUMBERS));
        let _ = write!(io::stderr(), "\r{name}  {}\x1b[K", self.numbers());
        self.is_drawn = true;
    }

    fn numbers(&self) -> String {
        let count = |n: usize| format_count(n as f64, 0);
        let (done, total) = self.task.progress.get();
        match self.series {
            _ if self.files > 1 => format!("file {}", count(self.files)),
            Some((done, all)) if all > 1 => format!("series {} of {}", count(done + 1), count(all)),
            _ if total > 0 => format!("{} % of {} MB", (done.min(total) * 100) / total, count((total >> 20) as usize)),
            _ => format!("{} MB", count((done >> 20) as usize)),
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
