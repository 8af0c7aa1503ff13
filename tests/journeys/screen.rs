//! A screen without a terminal: model, world and picture, with the work done in line.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;
use rebin::app::{Effect, Message, Model, Size, Ticket, update};
use rebin::key::{self, Key, Mods, Mouse, MouseKind};
use rebin::runtime::Workspace;
use rebin::settings::{Depth, Settings};
use rebin::source::{Input, Task};
use rebin::view;
use std::collections::VecDeque;
use std::path::Path;

/// The size that most journeys take place at.
pub(crate) const WIDE: (u16, u16) = (120, 34);

pub(crate) struct Screen {
    pub(crate) model: Model,
    workspace: Workspace,
    /// What only a terminal could do, in order: copies, redraws, suspensions, the end.
    pub(crate) asked: Vec<Effect>,
    /// Work that waits while the screen is on hold.
    pub(crate) waiting: VecDeque<Effect>,
    hold: bool,
}

impl Screen {
    pub(crate) fn open(paths: &[&Path], size: (u16, u16)) -> Self {
        Self::with("", Depth::True, paths.iter().map(|path| Input::Path(path.to_path_buf())).collect(), size)
    }

    pub(crate) fn demo() -> Self {
        Self::with("", Depth::True, vec![Input::Demo], WIDE)
    }

    /// With what is unsaved kept in a folder. Dropped, it ends as a program does that is killed.
    pub(crate) fn keeping(folder: &Path, paths: &[&Path]) -> Self {
        let inputs = paths.iter().map(|path| Input::Path(path.to_path_buf())).collect();
        Self::in_world(Workspace::keeping(folder.to_owned()), ("", Depth::True), inputs, WIDE)
    }

    /// With a settings file over the defaults.
    pub(crate) fn with(settings: &str, depth: Depth, inputs: Vec<Input>, size: (u16, u16)) -> Self {
        Self::in_world(Workspace::default(), (settings, depth), inputs, size)
    }

    fn in_world(
        workspace: Workspace,
        (settings, depth): (&str, Depth),
        inputs: Vec<Input>,
        (width, height): (u16, u16),
    ) -> Self {
        let (settings, problems) = Settings::load(Some(settings), depth);
        assert_eq!(problems, Vec::<String>::new());
        let model = Model::new(Size { width, height }, settings, inputs.len());
        let (asked, waiting) = (Vec::new(), VecDeque::new());
        let mut screen = Self { model, workspace, asked, waiting, hold: false };
        for input in inputs {
            let message = screen.workspace.open(&input, &Task::default());
            screen.send(message);
        }
        screen
    }

    /// Takes a message in and does the work that follows, unless it is on hold.
    pub(crate) fn send(&mut self, message: Message) -> &mut Self {
        let effects = update(&mut self.model, message);
        self.waiting.extend(effects);
        if !self.hold {
            self.task();
        }
        self
    }

    fn task(&mut self) {
        while let Some(effect) = self.waiting.pop_front() {
            match effect {
                Effect::Copy(_)
                | Effect::CopyChart
                | Effect::Redraw
                | Effect::Suspend
                | Effect::Quit
                | Effect::Cancel(_)
                | Effect::StartTimer { .. } => self.asked.push(effect),
                task => {
                    if let Some(message) = self.workspace.perform(task, &Task::default()) {
                        let effects = update(&mut self.model, message);
                        self.waiting.extend(effects);
                    }
                }
            }
        }
    }

    /// What was logged to the sources is read, as the watcher does it.
    pub(crate) fn refresh(&mut self) -> &mut Self {
        for message in self.workspace.refresh(self.model.sources.len(), &Task::default()) {
            self.send(message);
        }
        self
    }

    /// What was left of a source by a session that broke off.
    pub(crate) fn recover(&self, source: usize) -> Message {
        self.workspace.perform(Effect::Recover { source }, &Task::default()).expect("something was left")
    }

    /// From here on no work is done.
    pub(crate) fn hold(&mut self) -> &mut Self {
        self.hold = true;
        self
    }

    /// All work that waits is done.
    pub(crate) fn release(&mut self) -> &mut Self {
        self.hold = false;
        self.task();
        self
    }

    /// Answers the oldest waiting work for which `wanted` holds, as the runtime would.
    pub(crate) fn answer(&mut self, wanted: impl Fn(&Effect) -> bool) -> &mut Self {
        let at = self.waiting.iter().position(wanted).expect("such work waits");
        let effect = self.waiting.remove(at).expect("it is there");
        let message = self.workspace.perform(effect, &Task::default()).expect("work is answered");
        self.send(message)
    }

    /// `<name>` is a key, everything else is typed; blanks only separate.
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
        self
    }

    /// Types a path into a prompt, as a paste.
    pub(crate) fn paste(&mut self, text: impl AsRef<Path>) -> &mut Self {
        self.send(Message::Paste(text.as_ref().display().to_string()))
    }

    pub(crate) fn mouse(&mut self, kind: MouseKind, column: u16, row: u16) -> &mut Self {
        self.send(Message::Mouse(Mouse { kind, column, row, mods: Mods::default() }))
    }

    pub(crate) fn click(&mut self, column: u16, row: u16) -> &mut Self {
        self.mouse(MouseKind::Press, column, row).mouse(MouseKind::Release, column, row)
    }

    pub(crate) fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.send(Message::Resize(Size { width, height }))
    }

    /// The clock's next tick while steps are played.
    pub(crate) fn tick(&mut self) -> &mut Self {
        let ticket = self.wakes().last().copied().expect("a clock was asked for");
        self.send(Message::TimerElapsed(ticket))
    }

    pub(crate) fn wakes(&self) -> Vec<Ticket> {
        let ticket =
            |effect: &Effect| if let Effect::StartTimer { ticket, .. } = effect { Some(*ticket) } else { None };
        self.asked.iter().filter_map(ticket).collect()
    }

    pub(crate) fn quits(&self) -> bool {
        self.asked.iter().any(|effect| matches!(effect, Effect::Quit))
    }

    pub(crate) fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.model.size.width, self.model.size.height));
        view::render(&self.model, buffer.area, &mut buffer);
        buffer
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let buffer = self.buffer();
        let row = |y| (0..buffer.area.width).filter_map(|x| buffer.cell((x, y))).map(Cell::symbol).collect::<String>();
        (0..buffer.area.height).map(row).map(|line| line.trim_end().to_owned()).collect()
    }

    pub(crate) fn text(&self) -> String {
        self.lines().join("\n")
    }

    pub(crate) fn header(&self) -> String {
        self.lines().first().cloned().unwrap_or_default()
    }

    /// Hints, status, prompt or question: the last line, and those above it that a long sentence takes.
    pub(crate) fn foot(&self) -> String {
        let lines = self.lines();
        let above =
            |line: &&String| line.starts_with(' ') && !line.starts_with(" bins ") && !line.starts_with(" step ");
        let mut foot: Vec<&str> = lines.iter().rev().take_while(above).map(String::as_str).collect();
        foot.reverse();
        foot.join("")
    }

    /// The first line that holds these words.
    pub(crate) fn line(&self, words: &str) -> String {
        self.lines()
            .into_iter()
            .find(|line| line.contains(words))
            .unwrap_or_else(|| panic!("{words}:\n{}", self.text()))
    }

    /// Column and row where these words begin first.
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

    /// The style of the cell where these words begin.
    pub(crate) fn style(&self, words: &str) -> Style {
        self.buffer().cell(self.find(words)).map(Cell::style).expect("a cell")
    }

    /// What is drawn in a cell.
    pub(crate) fn symbol(&self, column: u16, row: u16) -> String {
        self.buffer().cell((column, row)).map(Cell::symbol).expect("a cell").to_owned()
    }

    /// Fails unless the header has these words.
    #[track_caller]
    pub(crate) fn heads(&mut self, words: &str) -> &mut Self {
        assert!(self.header().contains(words), "no '{words}' in the header:\n{}", self.text());
        self
    }

    /// Fails unless the last line has these words.
    #[track_caller]
    pub(crate) fn says(&mut self, words: &str) -> &mut Self {
        assert!(self.foot().contains(words), "no '{words}' in the last line:\n{}", self.text());
        self
    }

    /// Fails unless these words are somewhere.
    #[track_caller]
    pub(crate) fn shows(&mut self, words: &str) -> &mut Self {
        assert!(self.text().contains(words), "no '{words}':\n{}", self.text());
        self
    }

    /// Fails if these words are anywhere.
    #[track_caller]
    pub(crate) fn lacks(&mut self, words: &str) -> &mut Self {
        assert!(!self.text().contains(words), "'{words}' is there:\n{}", self.text());
        self
    }
}
