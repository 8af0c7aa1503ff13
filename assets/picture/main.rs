//! Takes the pictures of the README: runs a program in a terminal of its own, types keys, and draws the screen as SVG.
//!
//! `cargo run --example picture -- --size 120x34 --keys ']]]<Enter>' --out assets/main.svg -- target/release/rebin`

mod svg;

use anyhow::{Context, Result, bail};
use clap::Parser;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Draws a program's screen as SVG.
#[derive(Debug, Parser)]
struct Arguments {
    /// Columns and rows.
    #[arg(long, default_value = "120x34", value_parser = size)]
    size: (NonZeroU16, NonZeroU16),
    /// What to type: text, and keys in angle brackets (<Enter> <Esc> <Tab> <Space> <Up> <C-r> <lt> …).
    #[arg(long, default_value = "")]
    keys: String,
    /// How long the screen must be still before the next key and before the picture, in milliseconds.
    #[arg(long, default_value_t = 400)]
    settle: u64,
    /// A light ground instead of a dark one.
    #[arg(long)]
    light: bool,
    /// What a screen reader says.
    #[arg(long, default_value = "The program's screen")]
    title: String,
    /// The file to write.
    #[arg(long)]
    out: PathBuf,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let keys = keys(&arguments.keys)?;
    let palette = if arguments.light { svg::LIGHT } else { svg::DARK };
    let (columns, rows) = arguments.size;
    let pty = native_pty_system().openpty(PtySize {
        rows: rows.get(),
        cols: columns.get(),
        pixel_width: 0,
        pixel_height: 0,
    })?;
    let mut argv: Vec<OsString> = arguments.command.into_iter().map(OsString::from).collect();
    if let Some(program) = argv.first_mut().filter(|program| program.to_string_lossy().contains('/')) {
        *program = std::path::absolute(&*program)?.into();
    }
    let mut command = CommandBuilder::from_argv(argv);
    command.cwd(std::env::current_dir()?);
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env_remove("NO_COLOR");
    let mut child = pty.slave.spawn_command(command).context("cannot start the program")?;
    drop(pty.slave);

    let mut terminal = Terminal {
        parser: vt100::Parser::new(rows, columns, 0),
        output: read(pty.master.try_clone_reader()?),
        input: pty.master.take_writer()?,
        ground: palette.background,
        still: Duration::from_millis(arguments.settle),
    };
    terminal.settle()?;
    for key in keys {
        terminal.input.write_all(&key)?;
        terminal.settle()?;
    }
    std::fs::write(&arguments.out, svg::draw(terminal.parser.screen(), &palette, &arguments.title))
        .with_context(|| format!("cannot write {}", arguments.out.display()))?;
    // It may have ended by itself.
    let _ = child.kill();
    child.wait()?;
    Ok(())
}

/// The other end of the program's terminal.
struct Terminal {
    parser: vt100::Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    /// What the terminal says its background is.
    ground: u32,
    still: Duration,
}

impl Terminal {
    /// Takes in what the program writes until it has written nothing for a while, or for ten seconds.
    fn settle(&mut self) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) {
            match self.output.recv_timeout(self.still) {
                Ok(bytes) => {
                    self.parser.process(&bytes);
                    self.answer(&bytes)?;
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(())
    }

    /// Answers what programs ask a terminal, so that none waits in vain: what it is, and its background.
    fn answer(&mut self, bytes: &[u8]) -> Result<()> {
        let asked = |question: &[u8]| bytes.windows(question.len()).any(|window| window == question);
        if asked(b"\x1b]11;?") {
            let [_, r, g, b] = self.ground.to_be_bytes();
            write!(self.input, "\x1b]11;rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}\x1b\\")?;
        }
        if asked(b"\x1b[c") || asked(b"\x1b[0c") {
            self.input.write_all(b"\x1b[?62c")?;
        }
        Ok(())
    }
}

/// Reads on a thread of its own, so that silence can be told from the end.
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

fn size(text: &str) -> Result<(NonZeroU16, NonZeroU16)> {
    let (columns, rows) = text.split_once('x').context("a size is COLUMNSxROWS, such as 120x34")?;
    Ok((columns.parse()?, rows.parse()?))
}

/// The bytes that a terminal sends for each key.
fn keys(text: &str) -> Result<Vec<Vec<u8>>> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (key, next) = match rest.strip_prefix('<').and_then(|inner| inner.split_once('>')) {
            Some((name, next)) => (named(name)?, next),
            None => (c.to_string().into_bytes(), &rest[c.len_utf8()..]),
        };
        keys.push(key);
        rest = next;
    }
    Ok(keys)
}

fn named(name: &str) -> Result<Vec<u8>> {
    let bytes: &[u8] = match name {
        "Enter" => b"\r",
        "Esc" => b"\x1b",
        "Tab" => b"\t",
        "Space" => b" ",
        "Backspace" => b"\x7f",
        "lt" => b"<",
        "Up" => b"\x1b[A",
        "Down" => b"\x1b[B",
        "Right" => b"\x1b[C",
        "Left" => b"\x1b[D",
        "Home" => b"\x1b[H",
        "End" => b"\x1b[F",
        "PageUp" => b"\x1b[5~",
        "PageDown" => b"\x1b[6~",
        _ => match name.strip_prefix("C-").map(str::as_bytes) {
            Some([letter @ b'a'..=b'z']) => return Ok(vec![letter - b'a' + 1]),
            _ => bail!("there is no key <{name}>"),
        },
    };
    Ok(bytes.to_vec())
}
