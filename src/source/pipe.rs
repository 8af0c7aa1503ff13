//! Pipes that are read while they are written to: JSON lines are shown as they come.
//!
//! A thread takes in what comes. Everything that is no text of lines is read to its end first, as a file is.

use super::in_memory::Decoded;
use super::lines::Lines;
use super::{Notify, Source, Task, input};
use crate::catalog::{Content, SourceInfo};
use crate::error::{At, Error, Problem};
use crate::json::{self, Node};
use memchr::{memchr, memrchr};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How much is read at once, and how much may wait to be taken.
const BLOCK: usize = 64 << 10;
const MOST: usize = 64 << 20;

/// A pipe that ends within this time after its first line is read as a file is.
const GRACE: Duration = Duration::from_millis(100);

/// How often it is looked whether the work is still wanted.
const PATIENCE: Duration = Duration::from_millis(50);

/// What has come through a pipe and was not taken yet.
#[derive(Clone, Default)]
struct Inflow(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    /// Whether someone shows what comes, and is told of it.
    live: bool,
    ended: bool,
    failed: Option<io::Error>,
}

/// Lines that still come.
struct Piped {
    decoded: Decoded,
    inflow: Inflow,
}

pub(super) fn open(
    name: &str,
    reader: impl Read + Send + 'static,
    notify: Notify,
    task: &Task,
) -> Result<Arc<dyn Source>, Error> {
    let inflow = Inflow::default();
    let taker = inflow.clone();
    thread::spawn(move || taker.take_in(reader, &notify));
    if !inflow.brings_lines(task)? {
        return input::open_stream(name, Box::new(inflow), task);
    }
    let info = SourceInfo { name: name.to_owned(), growing: true, ..SourceInfo::default() };
    let lines = Lines { line: 1, ..Lines::default() };
    let nothing = Decoded::new(info, None).of_lines(Some(lines));
    Ok(Arc::new(Piped { decoded: nothing, inflow }.read_on(task)))
}

impl Inflow {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done: a panic can only be that memory ran out.
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>, time: Duration) -> MutexGuard<'s, State> {
        self.0.1.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }

    fn take_in(&self, mut reader: impl Read, notify: &Notify) {
        let mut block = vec![0; BLOCK];
        loop {
            let got = reader.read(&mut block);
            let mut state = self.state();
            state.ended = matches!(got, Ok(0));
            match got {
                Ok(got) => state.bytes.extend(block.iter().take(got)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => (state.ended, state.failed) = (true, Some(error)),
            }
            self.0.1.notify_all();
            if state.live {
                notify();
            }
            while state.bytes.len() >= MOST && !state.ended {
                state = self.wait(state, PATIENCE);
            }
            if state.ended {
                return;
            }
        }
    }

    /// Waits for the first line, and says whether it is a row of which more follow.
    fn brings_lines(&self, task: &Task) -> Result<bool, Error> {
        let mut state = self.state();
        let mut seen = 0;
        loop {
            let bytes = &*state.bytes.make_contiguous();
            if let Some(end) = memchr(b'\n', bytes.get(seen..).unwrap_or_default()) {
                let first = json::parse_line(bytes, 0..seen + end, 1);
                if !first.is_ok_and(|item| matches!(item.node, Node::Object(_))) {
                    return Ok(false);
                }
                let waited = self.0.1.wait_timeout_while(state, GRACE, |state| !state.ended);
                let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
                state.live = !state.ended;
                return Ok(state.live);
            }
            seen = bytes.len();
            let is_object = matches!(bytes.first(), None | Some(b'{'));
            if state.ended || seen >= MOST || !is_object {
                return Ok(false);
            }
            task.cancel.check()?;
            state = self.wait(state, PATIENCE);
        }
    }

    /// The whole lines that have come. If no more will come: what is left, true, and what broke it off.
    fn lines(&self) -> (Vec<u8>, bool, Option<io::Error>) {
        let mut state = self.state();
        let bytes = &*state.bytes.make_contiguous();
        let whole = memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        let whole = if state.ended { state.bytes.len() } else { whole };
        let taken = state.bytes.drain(..whole).collect();
        self.0.1.notify_all();
        (taken, state.ended, state.failed.take())
    }
}

impl Read for Inflow {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state();
        while state.bytes.is_empty() && !state.ended {
            state = self.0.1.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        self.0.1.notify_all();
        match state.failed.take() {
            Some(error) if state.bytes.is_empty() => Err(error),
            failed => {
                state.failed = failed;
                state.bytes.read(room)
            }
        }
    }
}

impl Piped {
    /// With what has come since.
    fn read_on(&self, task: &Task) -> Self {
        let (text, ended, error) = self.inflow.lines();
        let held = task.memory.hold(self.decoded.memory() + text.len() as u64);
        let document = self.decoded.more_lines(&text, task);
        drop(held);
        let mut decoded = self.decoded.with_more(document, None);
        let full = task.memory.check().err().map(|why| format!("nothing more is taken in: {why}"));
        let broken = error.map(|error| format!("reading broke off: {error}"));
        decoded.set_growing(!ended && full.is_none(), full.or(broken).map(|why| Problem::new(At::Whole, why)));
        Self { decoded, inflow: self.inflow.clone() }
    }
}

impl Source for Piped {
    fn info(&self) -> &SourceInfo {
        self.decoded.info()
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        self.decoded.load(series, step, task)
    }

    fn refresh(&self, task: &Task) -> Result<Option<Arc<dyn Source>>, Error> {
        Ok(Some(Arc::new(self.read_on(task))))
    }
}
