//! Terminal input, translated from crossterm's types to rebin's own. No other module sees crossterm's event types.

use super::event::Event;
use super::signals;
use crate::app::Message;
use crate::key::{Code, Key, Mods, Mouse, MouseKind};
use crossterm::event::{self, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use std::sync::mpsc::{Receiver, Sender, sync_channel};

/// Maximum number of events that were read and not yet handled.
pub(super) const MAX_QUEUED: usize = 1024;

/// Starts a thread that reads terminal input. If the terminal is gone, the thread ends the program as a hang-up would.
///
/// The thread stops reading while [`MAX_QUEUED`] events wait; the system then makes the writer wait, or buffers more.
/// Take an element from the returned channel for each event that was handled.
pub(super) fn listen(sender: Sender<Event>) -> Receiver<()> {
    let (permits, handled) = sync_channel(MAX_QUEUED);
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            if let Some(message) = translate(event)
                && (permits.send(()).is_err() || sender.send(Event::Input(Box::new(message))).is_err())
            {
                return;
            }
        }
        let _ = sender.send(Event::Terminate(signals::HANGUP));
    });
    handled
}

/// Returns true if the second event replaces the first: both drag the mouse, and only the last position counts.
pub(super) fn is_superseded(first: &Message, second: &Message) -> bool {
    match (first, second) {
        (Message::Mouse(first), Message::Mouse(second)) => {
            first.kind == MouseKind::Drag && second.kind == MouseKind::Drag && first.mods == second.mods
        }
        _ => false,
    }
}

fn translate(event: event::Event) -> Option<Message> {
    Some(match event {
        event::Event::Key(key) => Message::Key(self::key(key)?),
        event::Event::Mouse(mouse) => Message::Mouse(self::mouse(mouse)?),
        event::Event::Paste(text) => Message::Paste(text),
        // SIGWINCH reports a new size. crossterm misses a resize that arrives together with a key.
        event::Event::Resize(..) | event::Event::FocusGained | event::Event::FocusLost => return None,
    })
}

fn mods(modifiers: KeyModifiers) -> Mods {
    Mods {
        ctrl: modifiers.contains(KeyModifiers::CONTROL),
        alt: modifiers.contains(KeyModifiers::ALT),
        shift: modifiers.contains(KeyModifiers::SHIFT),
    }
}

fn key(key: KeyEvent) -> Option<Key> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let mut mods = mods(key.modifiers);
    let code = match key.code {
        KeyCode::Char(c) => {
            // The case of the character already shows whether Shift was pressed.
            mods.shift = mods.shift && c == ' ';
            Code::Char(if mods.ctrl { c.to_ascii_lowercase() } else { c })
        }
        KeyCode::F(n) => Code::F(n),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => {
            mods.shift = true;
            Code::Tab
        }
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Insert => Code::Insert,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => return None,
    };
    Some(Key { code, mods })
}

fn mouse(mouse: MouseEvent) -> Option<Mouse> {
    let kind = match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseKind::Press,
        MouseEventKind::Down(MouseButton::Right) => MouseKind::PressRight,
        MouseEventKind::Drag(MouseButton::Left) => MouseKind::Drag,
        MouseEventKind::Up(MouseButton::Left) => MouseKind::Release,
        MouseEventKind::ScrollUp => MouseKind::WheelUp,
        MouseEventKind::ScrollDown => MouseKind::WheelDown,
        MouseEventKind::ScrollLeft => MouseKind::WheelLeft,
        MouseEventKind::ScrollRight => MouseKind::WheelRight,
        _ => return None,
    };
    Some(Mouse { kind, column: mouse.column, row: mouse.row, mods: mods(mouse.modifiers) })
}
