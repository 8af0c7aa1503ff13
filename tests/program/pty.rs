//! The real program in a real terminal: its output, and the state of the terminal and of the journals after it ends.

mod input;
mod terminal;

use super::fixtures::{self, Folder, normals, npy_f64, object};
use std::path::{Path, PathBuf};
use terminal::{Terminal, children, state};

const BEGIN: &str = "\u{1b}[?2026h";
const END: &str = "\u{1b}[?2026l";

fn normal(folder: &Folder, size: (u16, u16)) -> Terminal {
    let mut terminal = Terminal::start(&[&folder.write("normals.npy", npy_f64(&normals(20_000)))], size);
    terminal.shows("64 bins exact");
    terminal
}

#[test]
fn it_draws_handles_keys_and_resizing_and_restores_the_terminal() {
    let folder = Folder::new();
    let mut terminal = normal(&folder, (120, 34));
    assert!(terminal.screen().alternate_screen() && terminal.screen().hide_cursor() && !terminal.is_cooked());
    terminal.press("++").shows("66 bins exact").press("512\r").shows("512 bins exact").press("\u{1b}[D").shows("bin ");
    terminal
        .resize(60, 20)
        .shows("512 bins")
        .until("the last line", |terminal| terminal.screen().contents_between(19, 0, 19, 60).contains("help"));
    terminal.resize(10, 3).shows("rebin").resize(120, 34).shows("statistics").press("uuu").shows("64 bins");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    assert!(terminal.is_restored().is_cooked());
}

#[test]
fn copies_are_sent_through_the_terminal() {
    let folder = Folder::new();
    let mut terminal = Terminal::start(&[&folder.write("h.json", object(&[1, 2]))], (80, 24));
    terminal
        .shows("2 bins")
        .press("cj")
        .shows("sent 65 characters to the terminal's clipboard")
        .press("cc")
        .shows("sent the chart");
    let sent = String::from_utf8_lossy(&terminal.bytes).into_owned();
    // The histogram's JSON in base64.
    let json = "eyJfdHlwZSI6ICJoaXN0b2dyYW0iLCAidmFsdWVzIjogWzEsIDJdLCAiYmlucyI6IFswLjAsIDEuMCwgMi4wXX0=";
    assert!(sent.contains(&format!("\u{1b}]52;c;{json}\u{1b}\\")), "{sent:?}");
    assert_eq!(sent.matches("\u{1b}]52;c;").count(), 2);
    terminal.press("q").ended();
}

#[test]
fn signals_end_the_program_and_restore_the_terminal() {
    for (name, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let folder = Folder::new();
        let mut terminal = normal(&folder, (80, 24));
        let pid = terminal.pid();
        terminal.signal(pid, name);
        assert_eq!(terminal.ended(), code);
        assert!(terminal.is_restored().is_cooked());
    }
}

/// Starts a program that shows a histogram of four bins in two, with one count changed. Returns the file, the state directory and the terminal.
fn unsaved(folder: &Folder) -> (PathBuf, PathBuf, Terminal) {
    let (path, state) = (folder.write("h.json", object(&[1, 2, 3, 4])), folder.path("state"));
    let mut terminal = Terminal::keeping(&state, &path);
    terminal.shows("4 bins logged").press("2\r").shows("2 bins").press("e=9\r").shows("1 unsaved");
    (path, state, terminal)
}

/// Fails unless a new session offers, restores and saves the unsaved changes.
fn restore_and_save(path: &Path, state: &Path) {
    let mut terminal = Terminal::keeping(state, path);
    terminal.shows("unsaved from a session").press("r").shows("2 bins").shows("1 unsaved");
    terminal.press("s").shows("saved 2 bins").press("q").ended();
    assert_eq!(fixtures::histogram(path).bins(), 2);
    let journals = std::fs::read_dir(state.join("rebin/unsaved")).expect("the directory of the journals");
    assert_eq!(journals.count(), 0);
}

#[test]
fn unsaved_changes_survive_sigkill() {
    let folder = Folder::new();
    let (path, state, mut terminal) = unsaved(&folder);
    let is_written = |_: &mut Terminal| {
        let files = std::fs::read_dir(state.join("rebin/unsaved")).into_iter().flatten().flatten();
        let whole = files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
        whole.filter_map(|path| std::fs::read_to_string(path).ok()).any(|text| text.contains("set bin"))
    };
    terminal.until("the journal", is_written);
    let pid = terminal.pid();
    terminal.signal(pid, "KILL").ended();
    restore_and_save(&path, &state);
}

#[test]
fn unsaved_changes_survive_sighup_and_sigterm() {
    for name in ["HUP", "TERM"] {
        let folder = Folder::new();
        let (path, state, mut terminal) = unsaved(&folder);
        let pid = terminal.pid();
        terminal.signal(pid, name).ended();
        restore_and_save(&path, &state);
    }
}

#[test]
fn discarded_changes_are_not_recoverable() {
    let folder = Folder::new();
    let (path, state, mut terminal) = unsaved(&folder);
    terminal.press("q").shows("unsaved").press("q").ended();
    let mut terminal = Terminal::keeping(&state, &path);
    // Only the bins are remembered.
    terminal.shows("2 bins exact from 4 logged").shows("? help").press("q").ended();
    let views = std::fs::read_to_string(state.join("rebin/views.jsonl")).expect("the views");
    assert_eq!(views.lines().count(), 1);
    assert!(!String::from_utf8_lossy(&terminal.bytes).contains("unsaved from a session"));
}

#[test]
fn a_panic_restores_the_terminal_before_it_is_reported() {
    let mut terminal = Terminal::test("pty::panics");
    assert_eq!(terminal.ended(), 101);
    let sent = String::from_utf8_lossy(&terminal.bytes).into_owned();
    assert!(terminal.is_restored().is_cooked());
    let (entered, left) = (sent.find("\u{1b}[?1049h"), sent.find("\u{1b}[?1049l"));
    let report = sent.find("on purpose");
    assert!(entered.is_some() && entered < left && left < report, "{sent:?}");
}

#[test]
#[ignore = "a_panic_restores_the_terminal_before_it_is_reported runs it"]
fn panics() {
    let _screen = rebin::runtime::Screen::enter(true);
    panic!("on purpose");
}

#[test]
fn suspending_stops_the_whole_process_group_and_can_be_resumed() {
    let folder = Folder::new();
    folder.write("normals.npy", npy_f64(&normals(1000)));
    // A script around the program stops as well. Otherwise its shell would not notice.
    let line = "\"$REBIN\" normals.npy; echo \"it ended with $?\"";
    let mut terminal = Terminal::shell(line, &folder.path(""), (80, 24));
    terminal.shows("64 bins exact");
    let shell = terminal.pid();
    let program = children(shell)[0];
    terminal.press("+").shows("65 bins exact").press("\u{1a}");
    terminal.until("both processes to stop", |_| state(program) == 'T' && state(shell) == 'T');
    terminal.until("the shell's screen", |terminal| !terminal.screen().alternate_screen());
    assert!(terminal.is_restored().is_cooked());
    terminal.signal(shell, "CONT").signal(program, "CONT");
    terminal.until("the chart", |terminal| terminal.screen().alternate_screen()).shows("65 bins exact");
    assert!(!terminal.is_cooked());
    terminal.press("+").shows("66 bins").press("qq").shows("it ended with 0");
    terminal.ended();
    terminal.is_restored();
}

#[test]
fn data_from_a_pipe_and_keys_from_the_terminal_work_together() {
    let folder = Folder::new();
    let line = "printf '1\\n2\\n2\\n3\\n' | \"$REBIN\" -; echo \"it ended with $?\"";
    let mut terminal = Terminal::shell(line, &folder.path(""), (80, 24));
    terminal.shows("64 bins exact").press("3\r").shows("3 bins exact").press("qq").shows("it ended with 0");
    terminal.ended();
    terminal.is_restored();
}

#[test]
fn frames_are_synchronized_and_small() {
    let folder = Folder::new();
    let mut terminal = normal(&folder, (200, 50));
    // Statistics arrive after the first frame.
    terminal.shows("p50").until("quantiles", |terminal| !terminal.screen().contents().contains('…'));
    let mut largest = 0;
    for (key, bins) in (65..90).map(|bins| ("+", bins)).chain((80..89).rev().map(|bins| ("-", bins))) {
        let from = terminal.bytes.len();
        terminal
            .press(key)
            .shows(&format!("{bins} bins exact"))
            .until("the end of the frame", |terminal| terminal.bytes.ends_with(END.as_bytes()));
        let sent = String::from_utf8_lossy(&terminal.bytes[from..]).into_owned();
        largest = sent.split(END).map(str::len).fold(largest, usize::max);
    }
    assert!((200..=2800).contains(&largest), "{largest} bytes");

    terminal.press("qq").ended();
    let all = String::from_utf8(terminal.bytes.clone()).expect("UTF-8");
    assert_eq!(
        all.matches(BEGIN).count(),
        all.matches(END).count() - 1,
        "restoring the terminal ends a frame that may have begun"
    );
    let between: String = all.split(BEGIN).map(|part| part.split_once(END).map_or(part, |(_, rest)| rest)).collect();
    let text = between.split('\u{1b}').skip(1).all(|part| part.starts_with('[') && part.ends_with(['h', 'l']));
    assert!(text, "{between:?}");
}

#[test]
fn escape_sequences_in_a_file_have_no_effect() {
    let folder = Folder::new();
    let evil = "\\u001b]0;pwned\\u0007\\u001b[?1049l\\u009b2J";
    let path = folder.write("evil.json", format!("{{\"{evil}\": {}, \"b\": {}}}", object(&[1, 2]), object(&[3])));
    let mut terminal = Terminal::start(&[&path], (120, 34));
    terminal.shows("2 bins logged").press("+!\u{1b}").shows("3 bins").press("qq").ended();
    let all = String::from_utf8(terminal.bytes.clone()).expect("UTF-8");
    assert!(!all.contains("\u{1b}]") && !all.contains('\u{7}') && !all.contains('\u{9b}'));
    assert_eq!(all.matches("\u{1b}[?1049l").count(), 1);
}

#[test]
fn without_a_terminal_the_chart_is_printed() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3]));
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_rebin")).arg(path).output().expect("the program runs");
    let text = String::from_utf8(printed.stdout).expect("UTF-8");
    assert!(
        printed.status.success() && text.contains("3 bins") && text.contains('█') && !text.contains('\u{1b}'),
        "{text}"
    );
}
