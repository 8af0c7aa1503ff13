//! Saves that fail: killed at every step, on a full or read-only disk, without permission. Each runs in a child process.

use super::{EDITED, SMALL, file, names, replace, spans};
use crate::document::save::{self, Overwrite, write_new};
use crate::error::Error;
use rustix::process::{Signal, getpid, getuid, kill_process};
use std::env;
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Variable with the path that a child saves to.
const TARGET: &str = "REBIN_TEST_TARGET";
/// Variable with the step at which the child is killed.
const KILLED_AT: &str = "REBIN_TEST_KILLED_AT";
/// Variable with a file that the child appends a line to at each step, as another program would.
const LOGGED_TO: &str = "REBIN_TEST_LOGGED_TO";

/// Kills the process at the chosen step, or logs the step.
pub(in crate::document::save) fn step() {
    static COUNTER: AtomicUsize = AtomicUsize::new(0);
    let step = COUNTER.fetch_add(1, Ordering::SeqCst);
    if env::var(KILLED_AT).is_ok_and(|at| at.parse() == Ok(step)) {
        kill_process(getpid(), Signal::KILL).unwrap();
    }
    if let Some(path) = env::var_os(LOGGED_TO) {
        writeln!(OpenOptions::new().append(true).open(path).unwrap(), "{{\"step\": {step}}}").unwrap();
    }
}

/// Returns a command that runs one of the ignored tests below on a file.
fn child(test: &str, target: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", &format!("document::save::tests::faults::{test}"), "--ignored", "--nocapture"]);
    command.env(TARGET, target);
    command
}

/// Path that a child saves to; `None` if its test was started directly.
fn target_path() -> Option<PathBuf> {
    env::var_os(TARGET).map(PathBuf::from)
}

/// Runs a command through a line of shell script that ends in `exec "$@"`.
fn shell(line: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", line, "sh"]).arg(command.get_program()).args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

#[track_caller]
fn passed(output: &Output) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn text(start: &str) -> Vec<u8> {
    start.repeat(20_000).into_bytes()
}

#[test]
#[ignore = "runs as a child of other tests"]
fn saves() {
    let Some(target) = target_path() else { return };
    write_new(&target, &text("new "), Overwrite::Allow).unwrap();
}

#[test]
#[ignore = "runs as a child of other tests"]
fn splices() {
    let Some(target) = target_path() else { return };
    replace(&spans(&target)[0], &super::edited()).unwrap();
}

#[test]
#[ignore = "runs as a child of other tests"]
fn splices_several() {
    let Some(target) = target_path() else { return };
    let edited = super::edited();
    let all: Vec<_> = spans(&target).into_iter().map(|span| (span, save::Replacement::Histogram(&edited))).collect();
    save::replace(&target, &all).unwrap();
}

/// Kills a child at each of its steps in turn. Returns the number of steps.
fn killed_everywhere(test: &str, old: Option<&[u8]>, new: &[u8]) -> usize {
    for step in 0.. {
        let (folder, path) = file("");
        match old {
            Some(old) => fs::write(&path, old).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let ended = child(test, &path).env(KILLED_AT, step.to_string()).output().unwrap();
        let found = fs::read(&path).ok();
        if ended.status.success() {
            passed(&ended);
            assert_eq!(found.as_deref(), Some(new));
            return step;
        }
        assert_eq!(ended.status.signal(), Some(Signal::KILL.as_raw()));
        assert!(found.as_deref() == old || found.as_deref() == Some(new), "partial content at step {step}");
        write_new(&path, b"next", Overwrite::Allow).unwrap();
        assert_eq!(names(folder.path()), ["h.json"], "temporary file remains after step {step}");
    }
    0
}

#[test]
fn a_killed_save_leaves_the_old_or_the_new_text() {
    assert_eq!(killed_everywhere("saves", Some(&text("old ")), &text("new ")), 8);
    assert_eq!(killed_everywhere("saves", None, &text("new ")), 8);
    let around = |h: &str| format!("{{\"a\": {h}, \"z\": null}}\n").into_bytes();
    assert_eq!(killed_everywhere("splices", Some(&around(SMALL)), &around(EDITED)), 9);
    let three = |h: &str| format!("[{h}, {h},\n{h}]").into_bytes();
    assert_eq!(killed_everywhere("splices_several", Some(&three(SMALL)), &three(EDITED)), 9);
}

#[test]
fn lines_appended_at_any_step_are_kept() {
    let (_folder, path) = file(&format!("{SMALL}\n"));
    passed(&child("splices", &path).env(LOGGED_TO, &path).output().unwrap());
    let text = fs::read_to_string(&path).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let mut steps: Vec<&str> = rest.lines().collect();
    steps.sort_unstable();
    let expected: Vec<String> = (0..9).map(|step| format!("{{\"step\": {step}}}")).collect();
    assert_eq!((first, steps), (EDITED, expected.iter().map(String::as_str).collect()));
}

#[test]
fn a_file_size_limit_kills_the_save_or_is_reported() {
    for (line, died) in [("ulimit -f 8; exec \"$@\"", true), ("ulimit -f 8; trap '' XFSZ; exec \"$@\"", false)] {
        let (folder, path) = file("old");
        let test = if died { "saves" } else { "reports_the_file_size_limit" };
        let ended = shell(line, &child(test, &path)).output().unwrap();
        if died {
            assert_eq!(ended.status.signal(), Some(Signal::XFSZ.as_raw()));
            assert_eq!(names(folder.path()), [".h.json.rebin-0.tmp", "h.json"]);
            assert!(fs::metadata(folder.path().join(".h.json.rebin-0.tmp")).unwrap().len() > 0);
        } else {
            passed(&ended);
            assert_eq!(names(folder.path()), ["h.json"]);
        }
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }
}

/// Returns the message of a save that must fail.
fn save_error(target: &Path, bytes: &[u8]) -> String {
    write_new(target, bytes, Overwrite::Allow).unwrap_err().to_string()
}

#[test]
#[ignore = "runs as a child of other tests"]
fn reports_the_file_size_limit() {
    let Some(target) = target_path() else { return };
    let error = save_error(&target, &text("new "));
    assert!(error.ends_with("it exceeds the file size limit (ulimit -f); save in another directory"), "{error}");
}

#[test]
fn a_full_or_read_only_disk_is_reported_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.json");
    let mounted = |line: &str, test: &str| {
        let line = format!("mount -t tmpfs -o size=128k none {} && {line} exec \"$@\"", folder.path().display());
        let shell = shell(&line, &child(test, &path));
        let mut unshared = Command::new("unshare");
        unshared.arg("-rm").arg(shell.get_program()).args(shell.get_args()).env(TARGET, &path);
        unshared.output()
    };
    if !mounted("", "saves").is_ok_and(|output| output.status.success()) {
        println!("skipped: cannot mount a file system");
        return;
    }
    passed(&mounted("", "reports_a_full_disk").unwrap());
    let read_only = format!("echo old > {0}/h.json && mount -o remount,ro {0} &&", folder.path().display());
    passed(&mounted(&read_only, "reports_a_read_only_disk").unwrap());
}

#[test]
#[ignore = "runs as a child of other tests"]
fn reports_a_full_disk() {
    let Some(target) = target_path() else { return };
    fs::write(&target, text("old ")).unwrap();
    let error = save_error(&target, &text("new "));
    assert!(error.ends_with("h.json: no space left on the disk; free some space and save again"), "{error}");
    assert_eq!(fs::read(&target).unwrap(), text("old "));
    assert_eq!(names(target.parent().unwrap()), ["h.json"]);
}

#[test]
#[ignore = "runs as a child of other tests"]
fn reports_a_read_only_disk() {
    let Some(target) = target_path() else { return };
    let error = save_error(&target, b"new");
    assert!(error.ends_with("h.json: the file system is read-only; save under another name"), "{error}");
}

#[test]
fn missing_permissions_are_reported_and_change_nothing() {
    let (folder, path) = file("old");
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let unprivileged = |test: &str| -> ExitStatus {
        let mut command = child(test, &path);
        if getuid().is_root() {
            // Permissions do not apply to root.
            command.uid(65534).gid(65534);
        }
        match command.output() {
            Ok(output) => {
                passed(&output);
                output.status
            }
            Err(_) => {
                println!("skipped: an unprivileged user cannot run this program");
                ExitStatus::default()
            }
        }
    };
    mode(&path, 0o666);
    mode(folder.path(), 0o555);
    unprivileged("reports_a_read_only_directory");
    mode(folder.path(), 0o777);
    mode(&path, 0o444);
    unprivileged("reports_a_write_protected_file");
    mode(folder.path(), 0o755);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["h.json"]);
}

#[test]
#[ignore = "runs as a child of other tests"]
fn reports_a_read_only_directory() {
    let Some(target) = target_path() else { return };
    let error = save_error(&target, b"new");
    assert!(error.contains("no permission to create the replacement in "), "{error}");
    let error = save_error(&target.with_file_name("new.json"), b"new");
    assert!(error.contains("new.json: no permission to write in"), "{error}");
}

#[test]
#[ignore = "runs as a child of other tests"]
fn reports_a_write_protected_file() {
    let Some(target) = target_path() else { return };
    let error = save_error(&target, b"new");
    assert!(error.ends_with("h.json: the file is write-protected; save under another name"), "{error}");
}

#[test]
fn a_deleted_directory_is_reported() {
    let (folder, path) = file(SMALL);
    let span = spans(&path).remove(0);
    drop(folder);
    assert!(save_error(&path, b"new").ends_with("create it or save under another name"));
    let error = replace(&span, &super::edited()).unwrap_err();
    assert_eq!(error, Error::write_file(&path, "the file no longer exists; save under another name"));
}
