//! Prints what one key costs, for `side_by_side.py` in this folder: `frame FILE` opens a file with steps and writes a line
//! of name and nanoseconds for the update and the picture of one more bin and of one more step, at 200 × 50, in the middle
//! of many keys.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a program for the person who measures")]

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
/// As many as there are numbers of bins to go through.
const KEYS: usize = 400;

/// The program, with its work done in line.
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
        let terminal = terminal.expect("a sink takes everything");
        let mut program = Self { model: Model::new(SIZE, settings, 1), workspace: Workspace::default(), terminal };
        let opened = program.workspace.open(input, &Task::default());
        program.take(opened);
        program.draw();
        program
    }

    /// Takes a message in and does all the work that follows from it.
    fn take(&mut self, message: Message) {
        let mut waiting = vec![message];
        while let Some(message) = waiting.pop() {
            let effects: Vec<Effect> = update(&mut self.model, message);
            waiting.extend(effects.into_iter().filter_map(|effect| self.workspace.perform(effect, &Task::default())));
        }
    }

    fn draw(&mut self) {
        self.terminal.draw(|frame| view::draw(&self.model, frame)).expect("a sink takes everything");
    }

    /// How many nanoseconds pass from a key to its picture, as a rule.
    fn time(&mut self, key: char) -> u128 {
        let mut times: Vec<u128> = (0..KEYS)
            .map(|_| {
                let began = Instant::now();
                self.take(Message::Key(Key::char(key)));
                self.draw();
                began.elapsed().as_nanos()
            })
            .collect();
        times.sort_unstable();
        times[KEYS / 2]
    }
}

fn main() {
    let path = std::env::args().nth(1).expect("a file");
    let mut program = Program::new(&Input::Path(path.into()));
    for (name, key) in [("one step back", '['), ("one bin more", '+')] {
        println!("{name}\t{}", program.time(key));
    }
}
