//! The real program in a real terminal: growth is noticed without a key.

use super::{events, history, run};
use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};
use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// The emulated screen, and a condition variable that signals its changes.
type Screen = Arc<(Mutex<vt100::Parser>, Condvar)>;

/// Waits until the screen contains these words. Fails after 30 seconds.
fn wait(screen: &Screen, words: &str) {
    let (parser, changed) = &**screen;
    let missing = |parser: &mut vt100::Parser| !parser.screen().contents().contains(words);
    let waited = changed.wait_timeout_while(parser.lock().unwrap(), Duration::from_secs(30), missing).unwrap();
    assert!(!waited.1.timed_out(), "'{words}' never appeared:\n{}", waited.0.screen().contents());
}

/// A program in a pseudoterminal.
struct Terminal {
    screen: Screen,
    keys: Box<dyn std::io::Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    reader: std::thread::JoinHandle<()>,
    pair: PtyPair,
}

impl Terminal {
    /// Starts a command in this directory, which also has its settings and its unsaved changes.
    fn start(mut command: CommandBuilder, folder: &Path) -> Self {
        let pair =
            native_pty_system().openpty(PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 }).unwrap();
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("XDG_CONFIG_HOME", folder);
        command.env("XDG_STATE_HOME", folder);
        command.cwd(folder);
        let child = pair.slave.spawn_command(command).unwrap();
        let size = |cells| NonZero::new(cells).unwrap();
        let screen: Screen = Arc::new((Mutex::new(vt100::Parser::new(size(30), size(100), 0)), Condvar::new()));
        let (mut output, updated) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&screen));
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut bytes) {
                updated.0.lock().unwrap().process(&bytes[..n]);
                updated.1.notify_all();
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { screen, keys, child, reader, pair }
    }

    fn waits(&self, words: &str) {
        wait(&self.screen, words);
    }

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    fn quits(mut self) {
        self.types("q");
        assert!(self.child.wait().unwrap().success());
        self.closes();
    }

    /// Kills the program.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.closes();
    }

    fn closes(self) {
        drop((self.pair, self.keys));
        self.reader.join().unwrap();
    }
}

#[test]
fn steps_appear_as_they_are_logged() {
    for (name, file) in [("run-x.wandb", run as fn(u64) -> Vec<u8>), ("events.out.tfevents.1", events)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, file(2)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rebin"));
        command.arg(name);
        let mut terminal = Terminal::start(command, folder.path());
        terminal.waits("2 of 2");
        terminal.types("f");
        terminal.waits("● live");
        let mut log = OpenOptions::new().append(true).open(&path).unwrap();
        let (before, after) = (file(2).len(), file(4));
        // The third row and half of the fourth, then the rest.
        let cut = file(3).len().midpoint(after.len());
        log.write_all(&after[before..cut]).unwrap();
        terminal.waits("3 of 3");
        log.write_all(&after[cut..]).unwrap();
        terminal.waits("4 of 4");
        terminal.quits();
    }
}

#[test]
fn rows_appear_as_they_arrive_by_pipe_and_keys_come_from_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, whole) = (folder.path().join("pipe"), history(4));
    let status = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(status.success());
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", &format!("'{}' - < pipe", env!("CARGO_BIN_EXE_rebin"))]);
    let mut terminal = Terminal::start(command, folder.path());
    let mut writer = OpenOptions::new().write(true).open(&pipe).unwrap();
    terminal.waits("opening");
    writer.write_all(&whole[..history(1).len()]).unwrap();
    terminal.waits("JSONL, 1 row");
    terminal.types("f");
    terminal.waits("● live");
    writer.write_all(&whole[history(1).len()..history(3).len()]).unwrap();
    terminal.waits("3 of 3");
    writer.write_all(&whole[history(3).len()..]).unwrap();
    drop(writer);
    terminal.waits("4 of 4");
    terminal.quits();
}

#[test]
fn unsaved_changes_of_a_pipe_are_recovered_only_for_the_same_content() {
    let folder = tempfile::tempdir().unwrap();
    let histogram = r#"{"_type": "histogram", "values": [1, 2, 3, 4], "bins": [0, 1, 2, 3, 4]}"#;
    fs::write(folder.path().join("in.json"), histogram).unwrap();
    fs::write(folder.path().join("other.json"), histogram.replace("[1,", "[7,")).unwrap();
    let piped = |name| {
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", &format!("exec '{}' - < {name}", env!("CARGO_BIN_EXE_rebin"))]);
        Terminal::start(command, folder.path())
    };
    let change = |mut terminal: Terminal| {
        terminal.waits("4 bins");
        terminal.types("e=9\r");
        terminal.waits("1 unsaved");
        assert!(!terminal.screen.0.lock().unwrap().screen().contents().contains("unsaved from a session"));
        terminal.kill();
    };
    change(piped("in.json"));
    change(piped("other.json"));
    let mut again = piped("in.json");
    again.waits("1 histogram unsaved from a session");
    again.types("D");
    again.waits("discarded");
    again.quits();
}
