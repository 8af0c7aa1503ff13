//! The only place with a terminal, threads, signals and a clock: runs the message loop and performs effects.

mod events;
mod journals;
mod signals;
mod terminal;
mod watch;
mod workers;
mod workspace;

pub use terminal::{CompactBackend, Screen};
pub use workspace::Workspace;

use crate::app::{Effect, Message, Model, Ticket, update};
use crate::error::Error;
use crate::settings::Settings;
use crate::source::Input;
use crate::view;
use std::env;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use workers::Workers;

/// The most messages that are taken in before a picture is drawn, so that a flood cannot hide it.
const DRAIN: usize = 4096;
/// How long a picture is put off for what is about to be exact.
const FRAME: Duration = Duration::from_millis(15);
/// How often progress is looked at while work is under way.
const TICK: Duration = Duration::from_millis(100);
/// Work that is done within this time shows no progress.
const PATIENCE: f64 = 0.3;

/// Opens the inputs and runs until the user quits. What is unsaved is kept in a folder, if there is one, until it is saved
/// or given up.
///
/// How it ended.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(
    inputs: Vec<Input>,
    settings: Settings,
    notices: Vec<String>,
    keep_in: Option<PathBuf>,
) -> Result<Ended, Error> {
    let (sender, queue) = channel();
    let mouse = settings.mouse;
    let mut screen = Screen::enter(mouse)?;
    signals::listen(sender.clone()).map_err(|why| Error::read("signals", why))?;
    events::listen(sender.clone());
    let workers = Workers::start(keep_in.map_or_else(Workspace::default, Workspace::keeping), &sender);
    let mut model = Model::new(Screen::size(), settings, inputs.len());
    for text in notices {
        model.complain(text);
    }
    for input in inputs {
        workers.open(input);
    }
    let ended = Loop { model, workers, screen: &mut screen, queue, sender }.run();
    drop(screen);
    ended
}

/// What is left to say when the terminal is given back.
#[derive(Debug)]
pub struct Ended {
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// Why inputs could not be opened, in sentences.
    pub unopened: Vec<String>,
}

/// What reaches the loop: messages for the model, and what only the runtime understands.
#[derive(Debug)]
enum Event {
    Message(Box<Message>),
    /// The terminal's content is not what was drawn last.
    Repaint,
    /// Suspend as a shell's job control asks.
    Stop,
    /// End now: the signal's number.
    Terminate(i32),
}

struct Loop<'a> {
    model: Model,
    workers: Workers,
    screen: &'a mut Screen,
    queue: Receiver<Event>,
    sender: std::sync::mpsc::Sender<Event>,
}

impl Loop<'_> {
    fn run(mut self) -> Result<Ended, Error> {
        let ended = self.turn();
        match ended {
            // Who quits has saved what is wanted.
            Ok(None) => self.workers.end(&[]),
            // The connection was lost, or someone wants the program to end, but nobody has given up anything.
            _ => self.workers.end(&self.model.unsaved_entries()),
        }
        Ok(Ended { signal: ended?, unopened: self.model.unopened })
    }

    fn turn(&mut self) -> Result<Option<i32>, Error> {
        self.draw()?;
        loop {
            let mut next = Some(match self.wait() {
                Some(event) => event,
                None => continue,
            });
            let mut taken = 0;
            let since = Instant::now();
            while let Some(event) = next {
                match event {
                    Event::Terminate(signal) => return Ok(Some(signal)),
                    Event::Stop => self.suspend()?,
                    Event::Repaint => self.screen.repaint()?,
                    Event::Message(message) => {
                        for effect in update(&mut self.model, *message) {
                            if matches!(effect, Effect::Quit) {
                                return Ok(None);
                            }
                            self.perform(effect)?;
                        }
                    }
                }
                taken += 1;
                next = if taken < DRAIN { self.more(since) } else { None };
            }
            self.draw()?;
        }
    }

    /// Blocks until something happens. While work is under way, its progress is something.
    fn wait(&self) -> Option<Event> {
        if !self.workers.busy() {
            // The signal thread holds a sender for as long as the program runs.
            return Some(self.queue.recv().unwrap_or(Event::Terminate(0)));
        }
        match self.queue.recv_timeout(TICK) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => {
                let progress = self.workers.progress().filter(|progress| progress.seconds > PATIENCE)?;
                Some(Event::Message(Box::new(Message::Progress(progress))))
            }
            Err(RecvTimeoutError::Disconnected) => Some(Event::Terminate(0)),
        }
    }

    /// The next event, if there is one. Counts that are done within a frame's time are shown without a stand-in.
    fn more(&self, since: Instant) -> Option<Event> {
        let counting = self.model.current.as_ref().is_some_and(|current| current.counting);
        let left = if counting { FRAME.saturating_sub(since.elapsed()) } else { Duration::ZERO };
        self.queue.recv_timeout(left).ok()
    }

    fn perform(&mut self, effect: Effect) -> Result<(), Error> {
        match effect {
            Effect::Quit => {}
            Effect::Redraw => self.screen.repaint()?,
            Effect::Suspend => self.suspend()?,
            Effect::Copy(text) => {
                Screen::copy(&text)?;
                self.model.say(sent(&format!("{} characters", text.chars().count())));
            }
            Effect::CopyChart => {
                let text = view::chart_text(&self.model);
                Screen::copy(&text)?;
                self.model.say(sent("the chart"));
            }
            Effect::StartTimer { ticket, milliseconds } => self.wake(ticket, milliseconds),
            Effect::Cancel(ticket) => self.workers.cancel(ticket),
            task => self.workers.submit(task),
        }
        Ok(())
    }

    /// A thread that sleeps: playing is the only clock there is, and stops by itself.
    fn wake(&self, ticket: Ticket, milliseconds: u64) {
        let sender = self.sender.clone();
        let deadline = Instant::now() + Duration::from_millis(milliseconds);
        std::thread::spawn(move || {
            std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
            // The loop may be gone by now.
            let _ = sender.send(Event::Message(Box::new(Message::TimerElapsed(ticket))));
        });
    }

    fn suspend(&mut self) -> Result<(), Error> {
        Screen::leave();
        signals::stop();
        self.screen.resume()?;
        self.resize();
        Ok(())
    }

    fn resize(&mut self) {
        update(&mut self.model, Message::Resize(Screen::size()));
    }

    fn draw(&mut self) -> Result<(), Error> {
        let model = &self.model;
        self.screen.draw(model.size, |frame| view::draw(model, frame))
    }
}

/// That something went to the clipboard. Whether it arrives the terminal does not tell; tmux as it is drops it.
fn sent(what: &str) -> String {
    let tmux = env::var_os("TMUX").is_some();
    let remedy = if tmux { "; tmux passes it on after: set -g set-clipboard on" } else { "" };
    format!("sent {what} to the terminal's clipboard{remedy}")
}
