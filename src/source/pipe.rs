//! Pipes that are still being written: JSON lines are shown as they arrive.
//!
//! A thread reads the pipe into a buffer. Any other content is read to its end first, like a file.

use super::in_memory::InMemory;
use super::lines::LinePosition;
use super::open::open_stream;
use super::{Notify, Source, Task};
use crate::catalog::{Content, SourceInfo};
use crate::error::{At, Error, Problem};
use crate::json::{self, Node};
use memchr::{memchr, memrchr};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Bytes that the thread reads at once.
const BLOCK: usize = 64 << 10;

/// Maximum number of bytes in the buffer.
const CAPACITY: usize = 64 << 20;

/// Time to wait after the first line. A pipe that ends earlier is read like a file.
const GRACE: Duration = Duration::from_millis(100);

/// Interval at which waiting threads check for cancellation.
const POLL: Duration = Duration::from_millis(50);

/// Buffer between the thread that reads the pipe and the source.
#[derive(Clone, Default)]
struct PipeBuffer(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    /// True if the source is shown while it grows, so that new bytes call `notify`.
    live: bool,
    ended: bool,
    failed: Option<io::Error>,
}

/// Growing source of JSON lines.
struct PipedLines {
    content: InMemory,
    buffer: PipeBuffer,
}

pub(super) fn open(
    name: &str,
    reader: impl Read + Send + 'static,
    notify: Notify,
    task: &Task,
) -> Result<Arc<dyn Source>, Error> {
    let buffer = PipeBuffer::default();
    let writer = buffer.clone();
    thread::spawn(move || writer.fill(reader, &notify));
    if !buffer.starts_with_row(task)? {
        return open_stream(name, Box::new(buffer), task);
    }
    let info = SourceInfo { name: name.to_owned(), growing: true, ..SourceInfo::default() };
    let lines = LinePosition { line: 1, ..LinePosition::default() };
    let content = InMemory::new(info, None).with_lines(Some(lines));
    Ok(Arc::new(PipedLines { content, buffer }.read_on(task)))
}

impl PipeBuffer {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic here can only be an allocation failure, which leaves the state intact.
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>, time: Duration) -> MutexGuard<'s, State> {
        self.0.1.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Reads the pipe to its end.
    fn fill(&self, mut reader: impl Read, notify: &Notify) {
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
            while state.bytes.len() >= CAPACITY && !state.ended {
                state = self.wait(state, POLL);
            }
            if state.ended {
                return;
            }
        }
    }

    /// Waits for the first line. Returns true if it is a row and the pipe remains open.
    fn starts_with_row(&self, task: &Task) -> Result<bool, Error> {
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
            if state.ended || seen >= CAPACITY || !is_object {
                return Ok(false);
            }
            task.cancel.check()?;
            state = self.wait(state, POLL);
        }
    }

    /// Takes the complete lines out of the buffer. At the end of the pipe, takes everything, and returns true and the
    /// error that ended it.
    fn take_lines(&self) -> (Vec<u8>, bool, Option<io::Error>) {
        let mut state = self.state();
        let bytes = &*state.bytes.make_contiguous();
        let complete = memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        let n = if state.ended { state.bytes.len() } else { complete };
        let lines = state.bytes.drain(..n).collect();
        self.0.1.notify_all();
        (lines, state.ended, state.failed.take())
    }
}

impl Read for PipeBuffer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state();
        while state.bytes.is_empty() && !state.ended {
            state = self.0.1.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        self.0.1.notify_all();
        match state.failed.take() {
            Some(error) if state.bytes.is_empty() => Err(error),
            failed => {
                state.failed = failed;
                state.bytes.read(buffer)
            }
        }
    }
}

impl PipedLines {
    /// Returns the source with all lines that have arrived.
    fn read_on(&self, task: &Task) -> Self {
        let (text, ended, error) = self.buffer.take_lines();
        let reserved = task.memory.reserve(self.content.memory() + text.len() as u64);
        let document = self.content.parse_more(&text, task);
        drop(reserved);
        let mut content = self.content.with_more(document, None, task);
        let full = task.memory.check().err().map(|why| format!("stopped reading input: {why}"));
        let failed = error.map(|error| format!("reading failed: {error}"));
        content.set_growing(!ended && full.is_none(), full.or(failed).map(|why| Problem::new(At::Whole, why)));
        Self { content, buffer: self.buffer.clone() }
    }
}

impl Source for PipedLines {
    fn info(&self) -> &Arc<SourceInfo> {
        self.content.info()
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        self.content.load(series, step, task)
    }

    fn refresh(&self, task: &Task) -> Result<Option<Arc<dyn Source>>, Error> {
        Ok(Some(Arc::new(self.read_on(task))))
    }
}
