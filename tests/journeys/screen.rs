//! A screen without a terminal: the model, its workspace and the drawn frame. Effects run in line.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;
use rebin::app::regions::SMALLEST;
use rebin::app::{Effect, Message, Model, Size, Ticket, update};
use rebin::key::{self, Key, Mods, Mouse, MouseKind};
use rebin::runtime::Workspace;
use rebin::settings::{Depth, Settings};
use rebin::source::{Input, Place, Task};
use rebin::{text, view};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::Path;

/// The size of the screen in most journeys.
pub(crate) const WIDE: (u16, u16) = (120, 34);

pub(crate) struct Screen {
    pub(crate) model: Model,
    workspace: Workspace,
    /// Effects that need a terminal or a clock, in order: copies, redraws, suspensions, cancellations, timers, quitting.
    pub(crate) terminal_effects: Vec<Effect>,
    /// Effects that wait while the screen is on hold.
    pub(crate) waiting: VecDeque<Effect>,
    on_hold: bool,
}

impl Screen {
    pub(crate) fn open(paths: &[&Path], size: (u16, u16)) -> Self {
        Self::with("", Depth::True, paths.iter().map(|path| Input::Path(path.to_path_buf())).collect(), size)
    }

    pub(crate) fn demo() -> Self {
        Self::with("", Depth::True, vec![Input::Demo], WIDE)
    }

    /// Opens a session that keeps unsaved changes in a directory. Dropping the screen is like killing the program.
    pub(crate) fn keeping(folder: &Path, paths: &[&Path]) -> Self {
        let inputs = paths.iter().map(|path| Input::Path(path.to_path_buf())).collect();
        Self::in_workspace(Workspace::with_journals(folder.to_owned()), ("", Depth::True), inputs, WIDE)
    }

    /// Opens everything in a folder, and the demo if there is nothing.
    pub(crate) fn folder(folder: &Path) -> Self {
        let mut screen = Self::in_workspace(Workspace::default(), ("", Depth::True), Vec::new(), WIDE);
        screen.model.opening = 1;
        let mut messages = Vec::new();
        let places = vec![Place::Folder(folder.to_owned())];
        screen.workspace.open_all(places, true, &Task::default(), &mut |message| {
            messages.push(message);
            ControlFlow::Continue(())
        });
        for message in messages {
            screen.send(message);
        }
        screen
    }

    /// Searches the open folders for new files, as the watcher does.
    pub(crate) fn search_again(&mut self) -> &mut Self {
        let mut messages = Vec::new();
        self.workspace.search_again(&Task::default(), &mut |message| {
            messages.push(message);
            ControlFlow::Continue(())
        });
        for message in messages {
            self.send(message);
        }
        self
    }

    /// Opens inputs with a settings file over the defaults.
    pub(crate) fn with(settings: &str, depth: Depth, inputs: Vec<Input>, size: (u16, u16)) -> Self {
        Self::in_workspace(Workspace::default(), (settings, depth), inputs, size)
    }

    /// Opens files with a model that was prepared before.
    pub(crate) fn open_after(paths: &[&Path], prepare: impl FnOnce(&mut Model)) -> Self {
        let mut screen = Self::in_workspace(Workspace::default(), ("", Depth::True), Vec::new(), WIDE);
        prepare(&mut screen.model);
        screen.model.opening = paths.len();
        screen.open_inputs(paths.iter().map(|path| Input::Path(path.to_path_buf())).collect());
        screen
    }

    fn in_workspace(
        workspace: Workspace,
        (settings, depth): (&str, Depth),
        inputs: Vec<Input>,
        (width, height): (u16, u16),
    ) -> Self {
        // The fixtures log their series in the order in which the journeys visit them.
        let order = if settings.contains("order =") { "" } else { "order = \"logged\"\n" };
        let (settings, problems) = Settings::load(Some(&format!("{order}{settings}")), depth);
        assert_eq!(problems, Vec::<String>::new());
        let model = Model::new(Size { width, height }, settings, inputs.len());
        let (terminal_effects, waiting) = (Vec::new(), VecDeque::new());
        let mut screen = Self { model, workspace, terminal_effects, waiting, on_hold: false };
        screen.open_inputs(inputs);
        screen
    }

    fn open_inputs(&mut self, inputs: Vec<Input>) {
        for input in inputs {
            let message = self.workspace.open(&input, &Task::default());
            self.send(message);
        }
    }

    /// Handles a message and, unless the screen is on hold, the effects that follow.
    pub(crate) fn send(&mut self, message: Message) -> &mut Self {
        let effects = update(&mut self.model, message);
        self.waiting.extend(effects);
        if !self.on_hold {
            self.run_effects();
        }
        self
    }

    fn run_effects(&mut self) {
        while let Some(effect) = self.waiting.pop_front() {
            match effect {
                Effect::Copy(_)
                | Effect::CopyChart
                | Effect::Redraw
                | Effect::Suspend
                | Effect::Quit
                | Effect::Cancel(_)
                | Effect::StartTimer { .. } => self.terminal_effects.push(effect),
                Effect::Reload => {
                    let waiting = &mut self.waiting;
                    let model = &mut self.model;
                    self.workspace.reload(&Task::default(), &mut |message| {
                        waiting.extend(update(model, message));
                        ControlFlow::Continue(())
                    });
                }
                effect => {
                    if let Some(message) = self.workspace.perform(effect, &Task::default()) {
                        let effects = update(&mut self.model, message);
                        self.waiting.extend(effects);
                    }
                }
            }
        }
    }

    /// Reads new steps of all sources, as the watcher does.
    pub(crate) fn refresh(&mut self) -> &mut Self {
        for message in self.workspace.refresh(self.model.sources.len(), &Task::default()) {
            self.send(message);
        }
        self
    }

    /// Returns the recoverable changes of a source, as a message.
    pub(crate) fn recover(&self, source: usize) -> Message {
        self.workspace
            .perform(Effect::Recover { sources: source..source + 1 }, &Task::default())
            .expect("recoverable changes")
    }

    /// Queues all effects from here on.
    pub(crate) fn hold(&mut self) -> &mut Self {
        self.on_hold = true;
        self
    }

    /// Runs all queued effects.
    pub(crate) fn release(&mut self) -> &mut Self {
        self.on_hold = false;
        self.run_effects();
        self
    }

    /// Runs the oldest queued effect that matches, and handles its result.
    pub(crate) fn answer(&mut self, matches: impl Fn(&Effect) -> bool) -> &mut Self {
        let index = self.waiting.iter().position(matches).expect("a matching effect is queued");
        let effect = self.waiting.remove(index).expect("the index is valid");
        let message = self.workspace.perform(effect, &Task::default()).expect("the effect has a result");
        self.send(message)
    }

    /// Presses keys: `<name>` is a named key, every other character is typed, and blanks separate. Fails unless the
    /// frame is well drawn.
    #[track_caller]
    pub(crate) fn keys(&mut self, text: &str) -> &mut Self {
        for token in text.split_whitespace() {
            let named = token.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).filter(|name| !name.is_empty());
            let keys = match named {
                Some(name) => key::parse_sequence(name).expect("a key"),
                None => token.chars().map(Key::char).collect(),
            };
            for key in keys {
                self.send(Message::Key(key));
            }
        }
        self.is_well_drawn()
    }

    /// Pastes a path or another text into a prompt.
    #[track_caller]
    pub(crate) fn paste(&mut self, text: impl AsRef<Path>) -> &mut Self {
        self.send(Message::Paste(text.as_ref().display().to_string())).is_well_drawn()
    }

    #[track_caller]
    pub(crate) fn mouse(&mut self, kind: MouseKind, column: u16, row: u16) -> &mut Self {
        self.send(Message::Mouse(Mouse { kind, column, row, mods: Mods::default() })).is_well_drawn()
    }

    #[track_caller]
    pub(crate) fn click(&mut self, column: u16, row: u16) -> &mut Self {
        self.mouse(MouseKind::Press, column, row).mouse(MouseKind::Release, column, row)
    }

    #[track_caller]
    pub(crate) fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.send(Message::Resize(Size { width, height })).is_well_drawn()
    }

    /// Lets the newest playback timer elapse.
    pub(crate) fn tick(&mut self) -> &mut Self {
        let ticket = self.timers().last().copied().expect("a timer was started");
        self.send(Message::TimerElapsed(ticket))
    }

    /// Returns the tickets of all timers that were started.
    pub(crate) fn timers(&self) -> Vec<Ticket> {
        let ticket =
            |effect: &Effect| if let Effect::StartTimer { ticket, .. } = effect { Some(*ticket) } else { None };
        self.terminal_effects.iter().filter_map(ticket).collect()
    }

    pub(crate) fn quits(&self) -> bool {
        self.terminal_effects.iter().any(|effect| matches!(effect, Effect::Quit))
    }

    pub(crate) fn buffer(&self) -> Buffer {
        self.draw().0
    }

    /// Draws a frame. Returns it with the position of the terminal's cursor.
    fn draw(&self) -> (Buffer, Option<(u16, u16)>) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.model.size.width, self.model.size.height));
        let cursor = view::render(&self.model, buffer.area, &mut buffer);
        (buffer, cursor)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        lines(&self.buffer())
    }

    pub(crate) fn text(&self) -> String {
        self.lines().join("\n")
    }

    pub(crate) fn header(&self) -> String {
        self.lines().first().cloned().unwrap_or_default()
    }

    /// The footer: hints, a status, a prompt or a question. A long sentence spans several lines.
    pub(crate) fn foot(&self) -> String {
        let lines = self.lines();
        let is_footer =
            |line: &&String| line.starts_with(' ') && !line.starts_with(" bins ") && !line.starts_with(" step ");
        let mut footer: Vec<&str> = lines.iter().rev().take_while(is_footer).map(String::as_str).collect();
        footer.reverse();
        footer.join("")
    }

    /// The first line that contains these words.
    pub(crate) fn line(&self, words: &str) -> String {
        self.lines()
            .into_iter()
            .find(|line| line.contains(words))
            .unwrap_or_else(|| panic!("{words}:\n{}", self.text()))
    }

    /// Column and row of the first occurrence of these words.
    pub(crate) fn find(&self, words: &str) -> (u16, u16) {
        let buffer = self.buffer();
        for y in 0..buffer.area.height {
            for x in 0..buffer.area.width {
                let here = (x..buffer.area.width).filter_map(|x| buffer.cell((x, y))).map(Cell::symbol);
                if here.collect::<String>().starts_with(words) {
                    return (x, y);
                }
            }
        }
        panic!("{words}:\n{}", self.text())
    }

    /// The style of the first cell of these words.
    pub(crate) fn style(&self, words: &str) -> Style {
        self.buffer().cell(self.find(words)).map(Cell::style).expect("a cell")
    }

    /// The symbol in a cell.
    pub(crate) fn symbol(&self, column: u16, row: u16) -> String {
        self.buffer().cell((column, row)).map(Cell::symbol).expect("a cell").to_owned()
    }

    /// Fails unless the header contains these words.
    #[track_caller]
    pub(crate) fn heads(&mut self, words: &str) -> &mut Self {
        assert!(self.header().contains(words), "'{words}' is not in the header:\n{}", self.text());
        self
    }

    /// Fails unless the footer contains these words, or the message that is shortened there.
    #[track_caller]
    pub(crate) fn says(&mut self, words: &str) -> &mut Self {
        let foot = self.foot();
        let is_shortened = foot.contains('…') && foot.ends_with(" all");
        let says = foot.contains(words) || (is_shortened && self.model.status.text.contains(words));
        assert!(says, "'{words}' is not in the footer:\n{}", self.text());
        self
    }

    /// Fails unless the screen contains these words.
    #[track_caller]
    pub(crate) fn shows(&mut self, words: &str) -> &mut Self {
        assert!(self.text().contains(words), "'{words}' is not on the screen:\n{}", self.text());
        self
    }

    /// Fails if the screen contains these words.
    #[track_caller]
    pub(crate) fn lacks(&mut self, words: &str) -> &mut Self {
        assert!(!self.text().contains(words), "'{words}' is on the screen:\n{}", self.text());
        self
    }

    /// Fails unless the frame keeps to the rules of every frame: each symbol is printable and ends within its line,
    /// the terminal's cursor is on the screen, neither the first nor the last line is blank, and the header shows the
    /// number of bins of an open series. A screen that is too small shows one line.
    #[track_caller]
    pub(crate) fn is_well_drawn(&mut self) -> &mut Self {
        let (buffer, cursor) = self.draw();
        let (width, height) = (buffer.area.width, buffer.area.height);
        for y in 0..height {
            let mut x = 0;
            while x < width {
                let symbol = buffer.cell((x, y)).map(Cell::symbol).expect("the cell is in the buffer");
                assert_eq!(symbol, text::visible(symbol), "column {x}, row {y}:\n{}", self.text());
                x += text::width(symbol).max(1) as u16;
            }
            assert_eq!(x, width, "a wide symbol crosses the right edge in row {y}:\n{}", self.text());
        }
        let on_screen = |(x, y)| x < width && y < height;
        assert!(cursor.is_none_or(on_screen), "the cursor is at {cursor:?}:\n{}", self.text());
        let lines = lines(&buffer);
        if width < SMALLEST.0 || height < SMALLEST.1 {
            assert!(lines.iter().skip(1).all(String::is_empty), "{width} × {height}:\n{}", self.text());
            return self;
        }
        let ends = [&lines[0], &lines[lines.len() - 1]];
        assert!(ends.iter().all(|line| !line.is_empty()), "{width} × {height}:\n{}", self.text());
        // On a small screen, an overlay or a long status may cover the header.
        let is_covered = !self.model.overlays.is_empty() || !self.model.status.text.is_empty();
        if self.model.current.is_some() && !is_covered {
            assert!(lines[0].contains(" bin"), "{width} × {height}:\n{}", self.text());
        }
        self
    }
}

fn lines(buffer: &Buffer) -> Vec<String> {
    let row = |y| (0..buffer.area.width).filter_map(|x| buffer.cell((x, y))).map(Cell::symbol).collect::<String>();
    (0..buffer.area.height).map(row).map(|line| line.trim_end().to_owned()).collect()
}
