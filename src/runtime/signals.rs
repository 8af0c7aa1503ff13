//! Signals, translated to events, and suspension for the shell's job control.

use super::Screen;
use super::event::Event;
use crate::app::Message;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use std::sync::mpsc::Sender;

/// The signal of a closed terminal.
pub(super) const HANGUP: i32 = SIGHUP;

/// Starts a thread that turns signals into events for as long as the program runs.
pub(super) fn listen(sender: Sender<Event>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH])?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let event = match signal {
                SIGTSTP => Event::Suspend,
                SIGWINCH => Event::message(Message::Resize(Screen::size())),
                // Other programs may have drawn over the screen.
                SIGCONT => Event::Repaint,
                signal => Event::Terminate(signal),
            };
            if sender.send(event).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Stops all processes of the job, such as a script that started rebin, until the job is continued. The shell waits for
/// all of them. If the process cannot be stopped, rebin continues at once.
pub(super) fn stop() {
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
}
