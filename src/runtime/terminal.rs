//! The terminal: entered and left in one place, restored whatever happens, written once a frame.

mod compact_backend;

use crate::app::Size;
use crate::error::Error;
pub use compact_backend::CompactBackend;
use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::execute;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the terminal is ours at the moment; the panic hook must know without a reference to anything.
static ENTERED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// The screen while the program runs. Dropping it restores the terminal.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<CompactBackend<Gathered>>,
    frame: Rc<RefCell<Vec<u8>>>,
    mouse: bool,
}

/// Collects a frame's bytes; nothing reaches the terminal before the frame is whole.
#[derive(Debug)]
struct Gathered(Rc<RefCell<Vec<u8>>>);

impl Write for Gathered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn area(size: Size) -> Rect {
    Rect::new(0, 0, size.width, size.height)
}

fn failed(why: impl std::fmt::Display) -> Error {
    Error::Write { what: "the terminal".into(), why: why.to_string() }
}

/// Gives the terminal back. Errors have nowhere to go: whoever holds the other end may be gone.
fn restore() {
    if ENTERED.swap(false, Ordering::SeqCst) {
        let _ = execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableBracketedPaste,
            Show,
            LeaveAlternateScreen
        );
        let _ = disable_raw_mode();
    }
}

impl Screen {
    /// Enters raw mode and the alternate screen. A panic anywhere restores the terminal before it is reported.
    ///
    /// # Errors
    /// When there is no terminal, or it cannot be written to.
    pub fn enter(mouse: bool) -> Result<Self, Error> {
        HOOK.call_once(|| {
            let report = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                // A worker's panic becomes an error on the status line; the screen stays.
                if !super::workers::is_worker() {
                    restore();
                    report(panic);
                }
            }));
        });
        take(mouse)?;
        let frame = Rc::new(RefCell::new(Vec::new()));
        let backend = CompactBackend::new(Gathered(Rc::clone(&frame)));
        let viewport = Viewport::Fixed(area(Self::size()));
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport }).map_err(|why| {
            restore();
            failed(why)
        })?;
        Ok(Self { terminal, frame, mouse })
    }

    /// Columns and rows.
    pub(super) fn size() -> Size {
        let (width, height) = crossterm::terminal::size().unwrap_or((80, 24));
        Size { width, height }
    }

    /// Draws what has changed, in one write that the terminal shows at once.
    ///
    /// The size is the one that the picture is made for: the terminal may have another one by now, of which an event on
    /// its way will tell.
    pub(super) fn draw(&mut self, size: Size, draw: impl FnOnce(&mut Frame)) -> Result<(), Error> {
        if self.terminal.get_frame().area() != area(size) {
            self.terminal.resize(area(size)).map_err(failed)?;
        }
        self.terminal.draw(draw).map_err(failed)?;
        let bytes = self.frame.take();
        if bytes.is_empty() {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(bytes.len() + 16);
        crossterm::queue!(frame, BeginSynchronizedUpdate).map_err(failed)?;
        frame.extend_from_slice(&bytes);
        crossterm::queue!(frame, EndSynchronizedUpdate).map_err(failed)?;
        let mut out = io::stdout().lock();
        out.write_all(&frame).and_then(|()| out.flush()).map_err(failed)
    }

    /// Draws everything anew at the next frame.
    pub(super) fn repaint(&mut self) -> Result<(), Error> {
        // Not `clear`, which asks the terminal for its cursor: another thread would read the answer.
        let area = self.terminal.get_frame().area();
        self.terminal.resize(area).map_err(failed)
    }

    /// Puts a text on the clipboard of whoever looks at the terminal (OSC 52).
    pub(super) fn copy(text: &str) -> Result<(), Error> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text)).map_err(failed)
    }

    /// Gives the terminal back for a while.
    pub(super) fn leave() {
        restore();
    }

    /// Takes it again.
    pub(super) fn resume(&mut self) -> Result<(), Error> {
        take(self.mouse)?;
        self.repaint()
    }
}

fn take(mouse: bool) -> Result<(), Error> {
    enable_raw_mode().map_err(failed)?;
    ENTERED.store(true, Ordering::SeqCst);
    let entered = execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide);
    let entered = entered.and_then(|()| if mouse { execute!(io::stdout(), EnableMouseCapture) } else { Ok(()) });
    entered.map_err(|why| {
        restore();
        failed(why)
    })
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}
