//! Events and messages between the threads of the runtime.

use crate::app::Message;
use std::ops::ControlFlow;
use std::sync::mpsc::Sender;

/// An event for the main loop.
#[derive(Debug)]
pub(super) enum Event {
    /// A message for the model.
    Message(Box<Message>),
    /// Input from the terminal. It holds one of [`input::MAX_QUEUED`](super::input::MAX_QUEUED) permits until it is
    /// handled.
    Input(Box<Message>),
    /// The terminal no longer shows what was drawn last.
    Repaint,
    /// Suspend for the shell's job control.
    Suspend,
    /// Exit because of this signal.
    Terminate(i32),
}

impl Event {
    pub(super) fn message(message: Message) -> Self {
        Self::Message(Box::new(message))
    }
}

/// An event for the watcher thread: a reason to check whether sources have grown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WatchEvent {
    /// Sources were opened, and the model has been notified of them.
    Opened(usize),
    /// A file changed, a pipe delivered data, or a source was reloaded.
    Changed,
}

/// Channels to which workers send their results.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    pub(super) main_loop: Sender<Event>,
    pub(super) watcher: Sender<WatchEvent>,
}

impl Outbox {
    /// Sends a message to the model, and then notifies the watcher of opened sources. Breaks once the main loop has ended.
    pub(super) fn send(&self, message: Message) -> ControlFlow<()> {
        let event = match &message {
            Message::Opened(results) => {
                Some(WatchEvent::Opened(results.iter().filter(|result| result.is_ok()).count()))
            }
            Message::Reopened { .. } => Some(WatchEvent::Changed),
            _ => None,
        };
        if self.main_loop.send(Event::message(message)).is_err() {
            return ControlFlow::Break(());
        }
        // After the message, so that the model knows a source before it grows. The watcher may have ended.
        if let Some(event) = event {
            let _ = self.watcher.send(event);
        }
        ControlFlow::Continue(())
    }
}
