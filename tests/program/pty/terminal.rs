//! A pseudoterminal for the program, with access to the screen and to every byte that was sent.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Time after which a condition counts as failed.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn std::io::Write + Send>,
    pub(crate) child: Box<dyn Child + Send + Sync>,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    /// Everything that was sent to the terminal.
    pub(crate) bytes: Vec<u8>,
    /// True once the program has closed its end.
    closed: bool,
    /// The default directory for journals.
    _state: TempDir,
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("at least one cell")
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Terminal {
    /// Runs rebin on paths.
    pub(crate) fn start(paths: &[&Path], size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rebin"));
        for path in paths {
            command.arg(path);
        }
        Self::run(command, size)
    }

    /// Runs rebin on a path, with its journals in the directory `state`.
    pub(crate) fn keeping(state: &Path, path: &Path) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rebin"));
        command.arg(path);
        command.env("XDG_STATE_HOME", state);
        Self::run(command, (80, 24))
    }

    /// Runs one of these tests by its name. The test may fail.
    pub(crate) fn test(name: &str) -> Self {
        let mut command = CommandBuilder::new(std::env::current_exe().expect("the test binary"));
        command.args(["--exact", name, "--ignored", "--nocapture"]);
        Self::run(command, (80, 24))
    }

    /// Runs a line of shell with the program in `$REBIN`.
    pub(crate) fn shell(line: &str, folder: &Path, size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", line]);
        command.env("REBIN", env!("CARGO_BIN_EXE_rebin"));
        command.cwd(folder);
        Self::run(command, size)
    }

    fn run(mut command: CommandBuilder, (columns, rows): (u16, u16)) -> Self {
        command.env("TERM", "xterm-256color");
        for name in ["NO_COLOR", "COLORTERM", "XDG_CONFIG_HOME", "HOME"] {
            command.env_remove(name);
        }
        let state = tempfile::tempdir().expect("a temporary directory");
        if command.get_env("XDG_STATE_HOME").map(Path::new)
            == std::env::var_os("XDG_STATE_HOME").as_deref().map(Path::new)
        {
            command.env("XDG_STATE_HOME", state.path());
        }
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a pseudoterminal");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let writer = pair.master.take_writer().expect("its input");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut block = [0; 16 << 10];
            while let Ok(n @ 1..) = reader.read(&mut block) {
                if sender.send(block[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        let mut parser = vt100::Parser::default();
        parser.screen_mut().set_size(cells(rows), cells(columns));
        let (bytes, closed) = (Vec::new(), false);
        Self { master: pair.master, writer, child, output, parser, bytes, closed, _state: state }
    }

    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Waits until a condition is true. `what` names it in the message of a failure.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, is_true: impl Fn(&mut Self) -> bool) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        while !is_true(self) {
            assert!(Instant::now() < deadline, "timed out while waiting for {what}:\n{}", self.screen().contents());
            // A change of the process state sends no bytes, so poll.
            match self.output.recv_timeout(Duration::from_millis(20)) {
                Ok(bytes) => {
                    self.parser.process(&bytes);
                    self.bytes.extend(bytes);
                }
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
                    assert!(
                        !self.closed || is_true(self),
                        "the program ended before {what}:\n{}",
                        self.screen().contents()
                    );
                    self.closed = true;
                }
            }
        }
        self
    }

    /// Waits until these words are on the screen.
    #[track_caller]
    pub(crate) fn shows(&mut self, words: &str) -> &mut Self {
        self.until(words, |terminal| terminal.screen().contents().contains(words))
    }

    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush()).expect("the terminal accepts keys");
        self
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.parser.screen_mut().set_size(cells(rows), cells(columns));
        self.master.resize(size(columns, rows)).expect("the terminal can be resized");
        self
    }

    /// The id of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("the process runs")
    }

    /// Waits for the program to end and returns its exit code.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> u32 {
        self.until("the end", |terminal| {
            terminal.closed || terminal.child.try_wait().is_ok_and(|status| status.is_some())
        });
        // Read the last bytes as well.
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.parser.process(&bytes);
            self.bytes.extend(bytes);
        }
        self.child.wait().expect("the program ended").exit_code()
    }

    /// Returns true if the terminal echoes keys and collects lines, as a shell expects.
    pub(crate) fn is_cooked(&self) -> bool {
        let flags = self.master.get_termios().map(|termios| format!("{:?}", termios.local_flags)).unwrap_or_default();
        flags.contains("ICANON") && flags.contains("ECHO")
    }

    /// Fails unless the terminal is in its initial state.
    #[track_caller]
    pub(crate) fn is_restored(&mut self) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        self
    }

    pub(crate) fn signal(&mut self, pid: u32, name: &str) -> &mut Self {
        let sent = std::process::Command::new("kill").args([format!("-{name}"), pid.to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
        self
    }
}

/// The letter that Linux uses for the state of a process: `T` if it is stopped.
pub(crate) fn state(pid: u32) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()).unwrap_or('?')
}

/// The ids of the child processes.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}
