//! The terminal in which the program runs.

use anyhow::{Context, Result};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::ffi::OsString;
use std::fmt;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};
use vt100::{Parser, Screen};

/// Longest wait for a program that never stops writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// A pseudoterminal that runs the program.
pub(crate) struct Terminal {
    parser: Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    /// Keeps the terminal open while the program runs.
    _master: Box<dyn MasterPty + Send>,
    /// The colour that the terminal reports to programs that query it.
    background: u32,
    settle: Duration,
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").field("child", &self.child).finish_non_exhaustive()
    }
}

impl Terminal {
    /// Starts a program and waits for its first screen. A screen is complete after `settle` without output.
    pub(crate) fn start(
        command: Vec<String>,
        (columns, rows): (NonZeroU16, NonZeroU16),
        background: u32,
        settle: Duration,
    ) -> Result<Self> {
        let size = PtySize { rows: rows.get(), cols: columns.get(), pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size)?;
        let child = pty.slave.spawn_command(builder(command)?).context("cannot start the program")?;
        drop(pty.slave);
        let mut terminal = Self {
            parser: Parser::new(rows, columns, 0),
            output: read(pty.master.try_clone_reader()?),
            input: pty.master.take_writer()?,
            child,
            _master: pty.master,
            background,
            settle,
        };
        terminal.settle()?;
        Ok(terminal)
    }

    pub(crate) fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    /// Types a key and waits for the screen that follows. Does nothing for a pause.
    pub(crate) fn press(&mut self, key: &[u8]) -> Result<()> {
        if !key.is_empty() {
            self.input.write_all(key)?;
            self.settle()?;
        }
        Ok(())
    }

    /// Ends the program.
    pub(crate) fn stop(mut self) -> Result<()> {
        // Fails if the program has ended already.
        let _ = self.child.kill();
        self.child.wait()?;
        Ok(())
    }

    /// Reads output until the screen is complete or the wait is too long.
    fn settle(&mut self) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            match self.output.recv_timeout(self.settle) {
                Ok(bytes) => {
                    self.parser.process(&bytes);
                    self.answer(&bytes)?;
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(())
    }

    /// Answers queries for the background and the kind of terminal, because programs may wait for the answers.
    fn answer(&mut self, bytes: &[u8]) -> Result<()> {
        let contains = |query: &[u8]| bytes.windows(query.len()).any(|window| window == query);
        if contains(b"\x1b]11;?") {
            let [_, r, g, b] = self.background.to_be_bytes();
            write!(self.input, "\x1b]11;rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}\x1b\\")?;
        }
        if contains(b"\x1b[c") || contains(b"\x1b[0c") {
            self.input.write_all(b"\x1b[?62c")?;
        }
        Ok(())
    }
}

/// Builds a command that runs in the current directory, with colours on.
fn builder(command: Vec<String>) -> Result<CommandBuilder> {
    let mut argv: Vec<OsString> = command.into_iter().map(OsString::from).collect();
    if let Some(program) = argv.first_mut().filter(|program| program.to_string_lossy().contains('/')) {
        *program = std::path::absolute(&*program)?.into();
    }
    let mut builder = CommandBuilder::from_argv(argv);
    builder.cwd(std::env::current_dir()?);
    builder.env("TERM", "xterm-256color");
    builder.env("COLORTERM", "truecolor");
    builder.env_remove("NO_COLOR");
    Ok(builder)
}

/// Reads on a thread, so that `settle` can time out.
fn read(mut from: Box<dyn Read + Send>) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            if send.send(buffer[..n].to_vec()).is_err() {
                break;
            }
        }
    });
    receive
}
