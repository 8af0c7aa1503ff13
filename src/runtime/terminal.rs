//! The terminal: entered and restored in one place, also after a panic, and written once per frame.

mod compact_backend;

use super::panics;
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

/// True while rebin controls the terminal. A static, because the panic hook needs it.
static ENTERED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// The terminal in raw mode and on the alternate screen. Dropping it restores the terminal.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<CompactBackend<FrameBuffer>>,
    frame: Rc<RefCell<Vec<u8>>>,
    mouse: bool,
}

/// Collects the bytes of a frame, so that the terminal receives only complete frames.
#[derive(Debug)]
struct FrameBuffer(Rc<RefCell<Vec<u8>>>);

impl Write for FrameBuffer {
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

/// Restores the terminal. Ignores errors, since the terminal may be gone.
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
    /// Enters raw mode and the alternate screen. Installs a panic hook that restores the terminal before it reports.
    ///
    /// # Errors
    /// [`Error::Write`] if stdout is not a terminal, or it cannot be written to.
    pub fn enter(mouse: bool) -> Result<Self, Error> {
        HOOK.call_once(|| {
            let report = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                // Background threads report their panics on screen.
                if !panics::is_background_thread() {
                    restore();
                    report(panic);
                }
            }));
        });
        take_over(mouse)?;
        let frame = Rc::new(RefCell::new(Vec::new()));
        let backend = CompactBackend::new(FrameBuffer(Rc::clone(&frame)));
        let viewport = Viewport::Fixed(area(Self::size()));
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport }).map_err(|why| {
            restore();
            failed(why)
        })?;
        Ok(Self { terminal, frame, mouse })
    }

    /// Size of the terminal, or 80×24 if it is unknown.
    pub(super) fn size() -> Size {
        let (width, height) = crossterm::terminal::size().unwrap_or((80, 24));
        Size { width, height }
    }

    /// Draws the cells that changed, in one write that the terminal shows at once.
    ///
    /// `size` is the model's size. The terminal's own size may already differ, with its resize event still queued.
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

    /// Redraws all cells in the next frame.
    pub(super) fn repaint(&mut self) -> Result<(), Error> {
        // `clear` would query the cursor position, and the input thread would read the answer.
        let area = self.terminal.get_frame().area();
        self.terminal.resize(area).map_err(failed)
    }

    /// Copies text to the clipboard of the terminal (OSC 52), also over SSH.
    pub(super) fn copy(text: &str) -> Result<(), Error> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text)).map_err(failed)
    }

    /// Restores the terminal until [`Screen::resume`].
    pub(super) fn leave() {
        restore();
    }

    /// Takes over the terminal again.
    pub(super) fn resume(&mut self) -> Result<(), Error> {
        take_over(self.mouse)?;
        self.repaint()
    }
}

/// Enters raw mode and the alternate screen.
fn take_over(mouse: bool) -> Result<(), Error> {
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
