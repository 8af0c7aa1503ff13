//! The runtime: runs the message loop and performs effects. Only this module uses the terminal, threads, signals and
//! clocks.

mod event;
mod input;
mod journals;
mod lanes;
mod panics;
mod searcher;
mod signals;
mod terminal;
mod views;
mod watch;
mod worker;
mod workers;
mod workspace;

pub use terminal::{CompactBackend, Screen};
pub use workspace::Workspace;

use crate::app::{Effect, Message, Model, RememberedViews, Ticket, update};
use crate::error::Error;
use crate::settings::Settings;
use crate::source::Place;
use crate::view;
use event::Event;
use std::collections::VecDeque;
use std::env;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use workers::Workers;

/// Maximum number of events between two redraws, so that a flood of events cannot freeze the screen.
const MAX_EVENTS_PER_FRAME: usize = 4096;
/// Maximum delay of a redraw while a count is about to finish.
const MAX_FRAME_DELAY: Duration = Duration::from_millis(15);
/// Time between progress updates.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);
/// Duration, in seconds, after which a job shows its progress.
const PROGRESS_DELAY: f64 = 0.3;

/// Opens the inputs in the terminal UI and runs until the user quits or a signal arrives.
///
/// # Errors
/// [`Error::Write`] if the terminal cannot be used, [`Error::Read`] if signals cannot be received.
pub fn run(request: Request, settings: Settings, kept: KeptFiles) -> Result<Outcome, Error> {
    let Request { places, or_demo, notices } = request;
    let (sender, queue) = channel();
    let mouse = settings.mouse;
    let mut screen = Screen::enter(mouse)?;
    signals::listen(sender.clone()).map_err(|why| Error::read("signals", why))?;
    let handled = input::listen(sender.clone());
    let KeptFiles { journals, views } = kept;
    let workers = Workers::new(journals.map_or_else(Workspace::default, Workspace::with_journals), &sender);
    let mut model = Model::new(Screen::size(), settings, places.len());
    if let Some(views) = &views {
        let directory = env::current_dir().unwrap_or_default().to_string_lossy().into_owned();
        model.remembered = RememberedViews::new(views::read(views), directory);
    }
    for text in notices {
        model.report_error(text);
    }
    workers.open(places, or_demo);
    let held = VecDeque::new();
    let outcome = Loop { model, workers, screen: &mut screen, queue, sender, handled, held, views }.run();
    drop(screen);
    outcome
}

/// Places to open in the terminal UI.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub places: Vec<Place>,
    /// Open the demo if there is nothing to open.
    pub or_demo: bool,
    /// Notices for the user.
    pub notices: Vec<String>,
}

/// Files that keep something for the next session; `None` to keep nothing.
#[derive(Debug, Clone, Default)]
pub struct KeptFiles {
    /// Directory of the journals, in which unsaved edits stay until they are saved or discarded.
    pub journals: Option<PathBuf>,
    /// File of the views: bins, ranges and scales.
    pub views: Option<PathBuf>,
}

/// The result of a session in the terminal UI.
#[derive(Debug)]
pub struct Outcome {
    /// The signal that ended the session; `None` if the user quit.
    pub signal: Option<i32>,
    /// An error message for each input that could not be opened.
    pub unopened: Vec<String>,
    /// A message for each file that the session did not wait for.
    pub unwritten: Vec<String>,
}

struct Loop<'a> {
    model: Model,
    workers: Workers,
    screen: &'a mut Screen,
    queue: Receiver<Event>,
    sender: Sender<Event>,
    /// Permits of the input thread; one is taken for each handled event.
    handled: Receiver<()>,
    /// Input that waits for the first histogram.
    held: VecDeque<Message>,
    views: Option<PathBuf>,
}

impl Loop<'_> {
    fn run(mut self) -> Result<Outcome, Error> {
        let signal = self.run_until_end();
        let unwritten = self.model.unwritten();
        let unsaved = match signal {
            // The user quit and has saved or discarded all edits.
            Ok(None) if unwritten.is_empty() => Vec::new(),
            // A signal, an error, or a save that did not end: keep all edits for the next session.
            _ => self.model.unsaved_changes(),
        };
        let (views, new) = (self.views.take(), self.model.views_to_keep());
        self.workers.end(unsaved, move || {
            if let Some(views) = views {
                views::write(&views, new);
            }
        });
        Ok(Outcome {
            signal: signal?,
            unopened: self.model.open_errors.iter().map(ToString::to_string).collect(),
            unwritten,
        })
    }

    /// Returns the signal that ended the loop, or `None` if the user quit.
    fn run_until_end(&mut self) -> Result<Option<i32>, Error> {
        self.draw()?;
        loop {
            let Some(first) = self.wait() else { continue };
            let mut next = Some(first);
            let mut events = 0;
            let start = Instant::now();
            while let Some(event) = next {
                // Read ahead, because a drag replaces the one before it.
                let mut ahead = None;
                match event {
                    Event::Terminate(signal) => return Ok(Some(signal)),
                    Event::Suspend => self.suspend()?,
                    Event::Repaint => self.screen.repaint()?,
                    Event::Message(message) => {
                        if self.handle(*message)?.is_break() {
                            return Ok(None);
                        }
                    }
                    Event::Input(input) if self.model.accepts(&input, !self.held.is_empty()) => {
                        ahead = self.queue.try_recv().ok();
                        let next_input = if let Some(Event::Input(next)) = &ahead { Some(next) } else { None };
                        let superseded = next_input.is_some_and(|next| input::is_superseded(&input, next));
                        if self.handle_input(*input, superseded)?.is_break() {
                            return Ok(None);
                        }
                    }
                    Event::Input(input) => self.held.push_back(*input),
                }
                while self.model.is_ready()
                    && let Some(input) = self.held.pop_front()
                {
                    if self.handle_input(input, false)?.is_break() {
                        return Ok(None);
                    }
                }
                events += 1;
                next = match ahead {
                    Some(event) => Some(event),
                    None if events < MAX_EVENTS_PER_FRAME => self.next_event(start),
                    None => None,
                };
            }
            self.draw()?;
        }
    }

    /// Applies input, unless it is superseded, and lets the input thread read the next.
    fn handle_input(&mut self, input: Message, superseded: bool) -> Result<ControlFlow<()>, Error> {
        // Never empty: the input thread took a permit before it sent the event.
        let _ = self.handled.try_recv();
        if superseded { Ok(ControlFlow::Continue(())) } else { self.handle(input) }
    }

    /// Applies a message and performs its effects. Breaks if the user quits.
    fn handle(&mut self, message: Message) -> Result<ControlFlow<()>, Error> {
        for effect in update(&mut self.model, message) {
            if matches!(effect, Effect::Quit) {
                return Ok(ControlFlow::Break(()));
            }
            self.perform(effect)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Blocks until an event arrives. While a job runs, also returns its progress, or `None` if it has just begun.
    fn wait(&self) -> Option<Event> {
        if !self.workers.is_busy() {
            // Never disconnected: the signal thread keeps a sender.
            return Some(self.queue.recv().unwrap_or(Event::Terminate(0)));
        }
        match self.queue.recv_timeout(PROGRESS_INTERVAL) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => {
                let progress = self.workers.progress().filter(|progress| progress.seconds > PROGRESS_DELAY)?;
                Some(Event::message(Message::Progress(progress)))
            }
            Err(RecvTimeoutError::Disconnected) => Some(Event::Terminate(0)),
        }
    }

    /// Returns the next event, if there is one. Waits a moment for a running count, so that a fast count is drawn without
    /// an estimate before it.
    fn next_event(&self, start: Instant) -> Option<Event> {
        let counting = self.model.current.as_ref().is_some_and(|current| current.counting);
        let delay = if counting { MAX_FRAME_DELAY.saturating_sub(start.elapsed()) } else { Duration::ZERO };
        self.queue.recv_timeout(delay).ok()
    }

    fn perform(&mut self, effect: Effect) -> Result<(), Error> {
        match effect {
            Effect::Quit => {}
            Effect::Redraw => self.screen.repaint()?,
            Effect::Suspend => self.suspend()?,
            Effect::Copy(text) => {
                Screen::copy(&text)?;
                self.model.notify(copied(&format!("{} characters", text.chars().count())));
            }
            Effect::CopyChart => {
                let text = view::chart_text(&self.model);
                Screen::copy(&text)?;
                self.model.notify(copied("the chart"));
            }
            Effect::StartTimer { ticket, milliseconds } => self.start_timer(ticket, milliseconds),
            Effect::Cancel(ticket) => self.workers.cancel(ticket),
            effect => self.workers.submit(effect),
        }
        Ok(())
    }

    /// Starts a thread that sleeps and then sends a message. Playback is the only user of timers.
    fn start_timer(&self, ticket: Ticket, milliseconds: u64) {
        let sender = self.sender.clone();
        let deadline = Instant::now() + Duration::from_millis(milliseconds);
        std::thread::spawn(move || {
            std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
            // The loop may have ended.
            let _ = sender.send(Event::message(Message::TimerElapsed(ticket)));
        });
    }

    fn suspend(&mut self) -> Result<(), Error> {
        Screen::leave();
        signals::stop();
        self.screen.resume()?;
        update(&mut self.model, Message::Resize(Screen::size()));
        Ok(())
    }

    fn draw(&mut self) -> Result<(), Error> {
        let model = &self.model;
        self.screen.draw(model.size, |frame| view::draw(model, frame))
    }
}

/// Returns the notice after a copy. The terminal does not report whether it accepted the text, and tmux drops it by
/// default.
fn copied(what: &str) -> String {
    let tmux = env::var_os("TMUX").is_some();
    let remedy = if tmux { "; if tmux drops it: set -g set-clipboard on" } else { "" };
    format!("sent {what} to the terminal's clipboard{remedy}")
}
