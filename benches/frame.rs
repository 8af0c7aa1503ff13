//! Times the update and redraw after a key, for `side_by_side.py`.
//!
//! Usage: `frame FILE`, with a file that has many steps. Prints the median time in nanoseconds for one step and for one
//! bin, on a screen of 200 × 50 cells.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark prints results and fails by panicking")]

use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use rebin::app::{Effect, Message, Model, Size, update};
use rebin::key::Key;
use rebin::runtime::{CompactBackend, Workspace};
use rebin::settings::{Depth, Settings};
use rebin::source::{Input, Task};
use rebin::view;
use std::io::{Sink, sink};
use std::time::Instant;

const SIZE: Size = Size { width: 200, height: 50 };
/// Number of repeats. Less than 512, the maximum number of bins.
const KEYS: usize = 400;

/// The program, with all work done on the same thread.
struct Program {
    model: Model,
    workspace: Workspace,
    terminal: Terminal<CompactBackend<Sink>>,
}

impl Program {
    fn new(input: &Input) -> Self {
        let (settings, _) = Settings::load(None, Depth::Ansi256);
        let viewport = Viewport::Fixed(Rect::new(0, 0, SIZE.width, SIZE.height));
        let terminal = Terminal::with_options(CompactBackend::new(sink()), TerminalOptions { viewport });
        let terminal = terminal.expect("a sink never fails");
        let mut program = Self { model: Model::new(SIZE, settings, 1), workspace: Workspace::default(), terminal };
        let opened = program.workspace.open(input, &Task::default());
        program.send(opened);
        program.draw();
        program
    }

    /// Handles a message and does all work that follows.
    fn send(&mut self, message: Message) {
        let mut waiting = vec![message];
        while let Some(message) = waiting.pop() {
            let effects: Vec<Effect> = update(&mut self.model, message);
            waiting.extend(effects.into_iter().filter_map(|effect| self.workspace.perform(effect, &Task::default())));
        }
    }

    fn draw(&mut self) {
        self.terminal.draw(|frame| view::draw(&self.model, frame)).expect("a sink never fails");
    }

    /// Returns the median time from a key to its frame, in nanoseconds.
    fn time(&mut self, key: char) -> u128 {
        let mut times: Vec<u128> = (0..KEYS)
            .map(|_| {
                let start = Instant::now();
                self.send(Message::Key(Key::char(key)));
                self.draw();
                start.elapsed().as_nanos()
            })
            .collect();
        times.sort_unstable();
        times[KEYS / 2]
    }
}

fn main() {
    let path = std::env::args().nth(1).expect("usage: frame FILE");
    let mut program = Program::new(&Input::Path(path.into()));
    for (name, key) in [("one step back", '['), ("one bin more", '+')] {
        println!("{name}\t{}", program.time(key));
    }
}
