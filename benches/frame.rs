//! What one more bin costs: the time of an update and a picture, and the bytes that reach the terminal, at 200 × 50.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark fails by panicking and prints figures")]

use criterion::{Criterion, criterion_group, criterion_main};
use ratatui::Terminal;
use rebin::app::{Effect, Message, Model, Size, update};
use rebin::key::Key;
use rebin::runtime::{Thrifty, World};
use rebin::settings::{Depth, Settings};
use rebin::source::{Input, Work};
use rebin::view;
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

const SIZE: Size = Size { width: 200, height: 50 };

/// What would be sent.
#[derive(Clone, Default)]
struct Sent(Rc<RefCell<Vec<u8>>>);

impl Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The program on its demo, with its work done in line.
struct Program {
    model: Model,
    world: World,
    terminal: Terminal<Thrifty<Sent>>,
    sent: Sent,
}

impl Program {
    fn new() -> Self {
        let (settings, _) = Settings::load(None, Depth::Ansi256);
        let sent = Sent::default();
        let backend = Thrifty::new(sent.clone());
        let area = ratatui::layout::Rect::new(0, 0, SIZE.width, SIZE.height);
        let options = ratatui::TerminalOptions { viewport: ratatui::Viewport::Fixed(area) };
        let terminal = Terminal::with_options(backend, options).unwrap();
        let mut program = Self { model: Model::new(SIZE, settings, 1), world: World::default(), terminal, sent };
        let opened = program.world.open(&Input::Demo, &Work::default());
        program.take(opened);
        program
    }

    /// Takes a message in and does all the work that follows from it.
    fn take(&mut self, message: Message) {
        let mut waiting = vec![message];
        while let Some(message) = waiting.pop() {
            let effects: Vec<Effect> = update(&mut self.model, message);
            waiting.extend(effects.into_iter().filter_map(|effect| self.world.perform(effect, &Work::default())));
        }
    }

    /// Draws, and returns how many bytes that sends.
    fn draw(&mut self) -> usize {
        self.terminal.draw(|frame| view::draw(&self.model, frame)).unwrap();
        self.sent.0.take().len()
    }
}

fn frames(criterion: &mut Criterion) {
    let mut program = Program::new();
    let first = program.draw();
    let mut sent: Vec<usize> = Vec::new();
    for _ in 0..100 {
        program.take(Message::Key(Key::char('+')));
        sent.push(program.draw());
    }
    sent.sort_unstable();
    println!("bytes: first picture {first}, one more bin: median {}, most {}", sent[50], sent[99]);
    let mut more = true;
    criterion.bench_function("one bin more or fewer, update and picture", |bencher| {
        bencher.iter(|| {
            program.take(Message::Key(Key::char(if more { '+' } else { '-' })));
            more = !more;
            program.draw()
        });
    });
}

criterion_group!(benches, frames);
criterion_main!(benches);
