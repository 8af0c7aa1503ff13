//! The real program in a real terminal: growth is noticed without a key.

use super::{events, run};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// What the terminal shows, and whoever waits for it.
type Screen = Arc<(Mutex<vt100::Parser>, Condvar)>;

/// Waits until the screen holds these words; a program that never shows them fails the test.
fn wait(screen: &Screen, words: &str) {
    let (parser, changed) = &**screen;
    let missing = |parser: &mut vt100::Parser| !parser.screen().contents().contains(words);
    let waited = changed.wait_timeout_while(parser.lock().unwrap(), Duration::from_secs(30), missing).unwrap();
    assert!(!waited.1.timed_out(), "no '{words}' in\n{}", waited.0.screen().contents());
}

#[test]
fn steps_appear_as_they_are_logged() {
    for (name, file) in [("run-x.wandb", run as fn(u64) -> Vec<u8>), ("events.out.tfevents.1", events)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, file(2)).unwrap();
        let pty = native_pty_system();
        let pair = pty.openpty(PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rebin"));
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("XDG_CONFIG_HOME", folder.path());
        command.cwd(folder.path());
        command.arg(name);
        let mut child = pair.slave.spawn_command(command).unwrap();
        let size = |cells| NonZero::new(cells).unwrap();
        let screen: Screen = Arc::new((Mutex::new(vt100::Parser::new(size(30), size(100), 0)), Condvar::new()));
        let (mut output, shown) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&screen));
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(got @ 1..) = output.read(&mut bytes) {
                shown.0.lock().unwrap().process(&bytes[..got]);
                shown.1.notify_all();
            }
        });
        let mut keys = pair.master.take_writer().unwrap();
        wait(&screen, "2 of 2");
        keys.write_all(b"f").unwrap();
        wait(&screen, "● live");
        let mut log = OpenOptions::new().append(true).open(&path).unwrap();
        let (before, after) = (file(2).len(), file(4));
        // The third row and half of the fourth; then the rest.
        let cut = file(3).len().midpoint(after.len());
        log.write_all(&after[before..cut]).unwrap();
        wait(&screen, "3 of 3");
        log.write_all(&after[cut..]).unwrap();
        wait(&screen, "4 of 4");
        keys.write_all(b"q").unwrap();
        assert!(child.wait().unwrap().success(), "{name}");
        drop((pair, keys));
        reader.join().unwrap();
    }
}
