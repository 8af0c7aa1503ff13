//! Signals as events, and stopping as a shell's job control expects.

use super::{Event, Screen};
use crate::app::Message;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use std::sync::mpsc::Sender;

/// The terminal went away.
pub(super) const HANGUP: i32 = SIGHUP;

/// Listens on a thread of its own for as long as the program runs.
pub(super) fn listen(sender: Sender<Event>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH])?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let event = match signal {
                SIGTSTP => Event::Stop,
                SIGWINCH => Event::Message(Box::new(Message::Resize(Screen::size()))),
                // Whoever continued the program may have drawn over it.
                SIGCONT => Event::Repaint,
                other => Event::Terminate(other),
            };
            if sender.send(event).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Stops the process until it is continued, and with it whatever runs in its job, such as a script that started it: the
/// shell waits for all of it. A program that cannot be stopped simply goes on.
pub(super) fn stop() {
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
}
