//! Scripts of keys over all kinds of sources: no panic, every frame can be drawn, undo leads back, and no unsaved edit is
//! lost: quitting asks first, and the file keeps its bytes until it is saved.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rebin::app::overlay::{Overlay, PromptKind};
use rebin::app::{Effect, Message, Model, Question, Size, update};
use rebin::key::{Code, Key, Mods, Mouse, MouseKind};
use rebin::runtime::Workspace;
use rebin::settings::{Depth, Settings};
use rebin::source::{Input, Task};
use std::collections::VecDeque;
use std::path::PathBuf;

/// Maximum number of events in a script.
const EVENTS: usize = 64;
/// Undo steps until nothing is left to undo: more than the events, since a prompt may take several.
const UNDOS: usize = EVENTS + 8;

#[derive(Debug, Arbitrary)]
enum Event {
    Key(u8),
    Held(u8, u8),
    Code(u8),
    Mouse(u8, u8, u8),
    Resize(u8, u8),
    /// A whole edit, so that scripts reach the depth of the edit menu.
    Edit(u8),
}

/// Keys of complete edits.
const EDITS: [&str; 12] =
    ["ex\r", "em\r", "e/3\r", "e*0.5\r", "en\r", "es1\r", "ew2\r", "er\r", "et0.1\r", "7\r", "ec\r", "ed\r"];

fuzz_target!(|bytes: &[u8]| {
    let mut input = Unstructured::new(bytes);
    let (Ok(which), Ok(own)) = (input.arbitrary::<u8>(), input.arbitrary::<Vec<u16>>()) else { return };
    let Ok(events) = input.arbitrary::<Vec<Event>>() else { return };
    let path = std::env::temp_dir().join(format!("rebin-script-{}", std::process::id()));
    let content = content(which, &own);
    std::fs::write(&path, &content).expect("the temporary directory is writable");
    let mut session = Session::open(path.clone());
    for event in events.iter().take(EVENTS) {
        session.event(event);
        if session.has_quit {
            break;
        }
    }
    session.draw();
    if !session.has_quit {
        session.undo_all();
    }
    assert_eq!(std::fs::read(&path).expect("the file exists"), content, "nothing was saved");
});

/// A file: logged histograms, samples, or malformed content.
fn content(which: u8, numbers: &[u16]) -> Vec<u8> {
    let numbers: Vec<String> = numbers.iter().take(64).map(|n| (f64::from(*n) / 16.0 - 100.0).to_string()).collect();
    let counts = |numbers: &[String]| numbers.iter().map(|n| n.trim_start_matches('-')).collect::<Vec<_>>().join(",");
    let edges = |bins: usize| (0..=bins).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
    let object = |numbers: &[String]| {
        format!(r#"{{"_type":"histogram","values":[{}],"bins":[{}]}}"#, counts(numbers), edges(numbers.len()))
    };
    let text = match which % 6 {
        0 => format!("[{}]", numbers.join(",")),
        1 => object(&numbers),
        2 => numbers.chunks(8).map(|row| format!("{{\"w\":{}}}\n", object(row))).collect(),
        3 => numbers.join("\n"),
        4 => format!("[{}, [1, null, \"x\"], {}]", object(&numbers), numbers.join(",")),
        _ => r#"[{"_type":"histogram","values":[1,-2.5,3],"bins":[-1e308,0,0,1e308]}]"#.into(),
    };
    text.into_bytes()
}

struct Session {
    model: Model,
    workspace: Workspace,
    has_quit: bool,
}

impl Session {
    fn open(path: PathBuf) -> Self {
        let (settings, _) = Settings::load(None, Depth::True);
        let workspace = Workspace::default();
        let model = Model::new(Size { width: 100, height: 30 }, settings, 1);
        let message = workspace.open(&Input::Path(path), &Task::default());
        let mut session = Self { model, workspace, has_quit: false };
        session.send(message);
        session
    }

    fn event(&mut self, event: &Event) {
        let plain = Mods::default();
        match event {
            Event::Key(c) => self.key(Key { code: Code::Char(char::from(c % 95 + 32)), mods: plain }),
            Event::Held(c, mods) => {
                let mods = Mods { ctrl: mods & 1 != 0, alt: mods & 2 != 0, shift: mods & 4 != 0 };
                self.key(Key { code: Code::Char(char::from(c % 95 + 32)), mods });
            }
            Event::Code(code) => {
                let codes = [
                    Code::Enter,
                    Code::Esc,
                    Code::Tab,
                    Code::Backspace,
                    Code::Delete,
                    Code::Left,
                    Code::Right,
                    Code::Up,
                    Code::Down,
                    Code::Home,
                    Code::End,
                    Code::PageUp,
                    Code::PageDown,
                    Code::F(5),
                ];
                self.key(Key { code: codes[usize::from(*code) % codes.len()], mods: plain });
            }
            Event::Mouse(kind, column, row) => {
                let kinds = [
                    MouseKind::Press,
                    MouseKind::Drag,
                    MouseKind::Release,
                    MouseKind::PressRight,
                    MouseKind::WheelUp,
                    MouseKind::WheelDown,
                ];
                let kind = kinds[usize::from(*kind) % kinds.len()];
                self.send(Message::Mouse(Mouse { kind, column: (*column).into(), row: (*row).into(), mods: plain }));
            }
            Event::Resize(width, height) => {
                self.send(Message::Resize(Size { width: (*width).into(), height: (*height % 64).into() }));
                self.draw();
            }
            Event::Edit(edit) => {
                for c in EDITS[usize::from(*edit) % EDITS.len()].chars() {
                    let code = if c == '\r' { Code::Enter } else { Code::Char(c) };
                    self.key(Key { code, mods: plain });
                }
            }
        }
    }

    /// Presses a key, unless it would write a file.
    fn key(&mut self, key: Key) {
        let top = self.model.overlays.last();
        let names_a_file = matches!(
            top,
            Some(Overlay::Prompt(prompt)) if matches!(prompt.kind, PromptKind::SaveAs | PromptKind::Export(_))
        );
        let key = if names_a_file { Key { code: Code::Esc, mods: Mods::default() } } else { key };
        self.send(Message::Key(key));
    }

    fn send(&mut self, message: Message) {
        let asked = matches!(self.model.overlays.last(), Some(Overlay::Question(Question::Quit)));
        let was_unsaved = !self.model.unsaved().is_empty();
        let mut effects: VecDeque<Effect> = update(&mut self.model, message).into();
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Quit => {
                    assert!(asked || !was_unsaved, "unsaved edits are lost without a question");
                    self.has_quit = true;
                }
                // A file is never written, so nothing is ever saved.
                Effect::Save { ticket, .. } => {
                    let result = Err(rebin::Error::Value("read-only".into()));
                    effects.extend(update(&mut self.model, Message::Saved { ticket, result }));
                }
                Effect::Export { ticket, .. } => {
                    let result = Err(rebin::Error::Value("read-only".into()));
                    effects.extend(update(&mut self.model, Message::Exported { ticket, result }));
                }
                Effect::Copy(_)
                | Effect::CopyChart
                | Effect::Redraw
                | Effect::Suspend
                | Effect::Cancel(_)
                | Effect::Complete { .. }
                | Effect::StartTimer { .. } => {}
                effect => {
                    if let Some(message) = self.workspace.perform(effect, &Task::default()) {
                        effects.extend(update(&mut self.model, message));
                    }
                }
            }
        }
    }

    fn draw(&self) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.model.size.width, self.model.size.height));
        rebin::view::render(&self.model, buffer.area, &mut buffer);
    }

    /// Undoes everything. The entry on the screen then has no changes.
    fn undo_all(&mut self) {
        let plain = |code| Key { code, mods: Mods::default() };
        for _ in 0..4 {
            self.key(plain(Code::Esc));
        }
        if !self.model.overlays.is_empty() || self.model.editing.is_some() {
            return;
        }
        for _ in 0..UNDOS * 4 {
            self.key(plain(Code::Char('u')));
        }
        let entry = self.model.current.as_ref().map(|current| current.entry);
        assert!(entry.is_none_or(|entry| !self.model.unsaved().contains(&entry)), "undo does not lead back");
    }
}
