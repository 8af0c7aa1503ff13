//! Saves to which something happens: in a process of its own each, that ends at every step, whose disk is full, that may
//! not write.

use super::{EDITED, SMALL, file, names, origins, replace};
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

/// Where a child saves.
const TARGET: &str = "REBIN_TEST_TARGET";
/// The step at which it is killed.
const KILLED_AT: &str = "REBIN_TEST_KILLED_AT";

/// What is appended to at each step, as by another program.
const LOGGED_TO: &str = "REBIN_TEST_LOGGED_TO";

/// Kills the process, as nothing can be done against, when it is this step's turn, or logs that it was.
pub(in crate::document::save) fn step() {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    let step = TAKEN.fetch_add(1, Ordering::SeqCst);
    if env::var(KILLED_AT).is_ok_and(|at| at.parse() == Ok(step)) {
        kill_process(getpid(), Signal::KILL).unwrap();
    }
    if let Some(path) = env::var_os(LOGGED_TO) {
        writeln!(OpenOptions::new().append(true).open(path).unwrap(), "{{\"step\": {step}}}").unwrap();
    }
}

/// A command that runs one of the tests below on a file.
fn child(test: &str, target: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", &format!("document::save::tests::faults::{test}"), "--ignored", "--nocapture"]);
    command.env(TARGET, target);
    command
}

/// What a child saves to; nothing when someone runs its test alone.
fn given() -> Option<PathBuf> {
    env::var_os(TARGET).map(PathBuf::from)
}

/// A shell that makes the arguments behind its line its own.
fn shell(line: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", line, "sh"]).arg(command.get_program()).args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

#[track_caller]
fn passed(output: &Output) {
    let told = [output.stdout.as_slice(), &output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

fn text(start: &str) -> Vec<u8> {
    start.repeat(20_000).into_bytes()
}

#[test]
#[ignore = "others run it"]
fn saves() {
    let Some(target) = given() else { return };
    write_new(&target, &text("new "), Overwrite::Allow).unwrap();
}

#[test]
#[ignore = "others run it"]
fn splices() {
    let Some(target) = given() else { return };
    replace(&origins(&target)[0], &super::edited()).unwrap();
}

#[test]
#[ignore = "others run it"]
fn splices_several() {
    let Some(target) = given() else { return };
    let edited = super::edited();
    let all: Vec<_> = origins(&target).into_iter().map(|origin| (origin, save::Put::Histogram(&edited))).collect();
    save::replace(&target, &all).unwrap();
}

/// Kills a child at each of its steps. Says how many there were.
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
        assert!(found.as_deref() == old || found.as_deref() == Some(new), "a part at step {step}");
        write_new(&path, b"next", Overwrite::Allow).unwrap();
        assert_eq!(names(folder.path()), ["h.json"], "left behind at step {step}");
    }
    0
}

#[test]
fn killed_at_any_step_it_leaves_the_old_text_or_the_new_one_and_nothing_that_stays() {
    assert_eq!(killed_everywhere("saves", Some(&text("old ")), &text("new ")), 8);
    assert_eq!(killed_everywhere("saves", None, &text("new ")), 8);
    let around = |h: &str| format!("{{\"a\": {h}, \"z\": null}}\n").into_bytes();
    assert_eq!(killed_everywhere("splices", Some(&around(SMALL)), &around(EDITED)), 9);
    let three = |h: &str| format!("[{h}, {h},\n{h}]").into_bytes();
    assert_eq!(killed_everywhere("splices_several", Some(&three(SMALL)), &three(EDITED)), 9);
}

#[test]
fn lines_that_others_write_at_any_step_are_kept() {
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
fn a_limit_on_the_size_of_files_kills_in_the_middle_of_a_write_or_is_told() {
    for (line, died) in [("ulimit -f 8; exec \"$@\"", true), ("ulimit -f 8; trap '' XFSZ; exec \"$@\"", false)] {
        let (folder, path) = file("old");
        let test = if died { "saves" } else { "is_told_of_the_limit" };
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

/// What is said when this text cannot be saved.
fn refusal(target: &Path, bytes: &[u8]) -> String {
    write_new(target, bytes, Overwrite::Allow).unwrap_err().to_string()
}

#[test]
#[ignore = "others run it"]
fn is_told_of_the_limit() {
    let Some(target) = given() else { return };
    let told = refusal(&target, &text("new "));
    assert!(told.ends_with("a file may not be that large here (ulimit -f); save in another folder"), "{told}");
}

#[test]
fn a_full_disk_and_one_that_is_read_only_are_told_and_leave_everything() {
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
        println!("skipped: no file system can be mounted here");
        return;
    }
    passed(&mounted("", "finds_the_disk_full").unwrap());
    let read_only = format!("echo old > {0}/h.json && mount -o remount,ro {0} &&", folder.path().display());
    passed(&mounted(&read_only, "finds_the_disk_read_only").unwrap());
}

#[test]
#[ignore = "others run it"]
fn finds_the_disk_full() {
    let Some(target) = given() else { return };
    fs::write(&target, text("old ")).unwrap();
    let told = refusal(&target, &text("new "));
    assert!(told.ends_with("h.json: no space is left; make some and save again"), "{told}");
    assert_eq!(fs::read(&target).unwrap(), text("old "));
    assert_eq!(names(target.parent().unwrap()), ["h.json"]);
}

#[test]
#[ignore = "others run it"]
fn finds_the_disk_read_only() {
    let Some(target) = given() else { return };
    let told = refusal(&target, b"new");
    assert!(told.ends_with("h.json: the file system is read-only; save under another name"), "{told}");
}

#[test]
fn permissions_that_forbid_it_are_told_and_leave_everything() {
    let (folder, path) = file("old");
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let as_anyone = |test: &str| -> ExitStatus {
        let mut command = child(test, &path);
        if getuid().is_root() {
            // Nothing binds root.
            command.uid(65534).gid(65534);
        }
        match command.output() {
            Ok(output) => {
                passed(&output);
                output.status
            }
            Err(_) => {
                println!("skipped: nobody else may run this program");
                ExitStatus::default()
            }
        }
    };
    mode(&path, 0o666);
    mode(folder.path(), 0o555);
    as_anyone("finds_the_folder_closed");
    mode(folder.path(), 0o777);
    mode(&path, 0o444);
    as_anyone("finds_the_file_protected");
    mode(folder.path(), 0o755);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["h.json"]);
}

#[test]
#[ignore = "others run it"]
fn finds_the_folder_closed() {
    let Some(target) = given() else { return };
    let told = refusal(&target, b"new");
    assert!(told.ends_with("takes no new file to put in its place; save under another name"), "{told}");
    let told = refusal(&target.with_file_name("new.json"), b"new");
    assert!(told.contains("new.json: no permission to write in"), "{told}");
}

#[test]
#[ignore = "others run it"]
fn finds_the_file_protected() {
    let Some(target) = given() else { return };
    let told = refusal(&target, b"new");
    assert!(told.ends_with("h.json: the file is write-protected; save under another name"), "{told}");
}

#[test]
fn a_folder_that_vanished_is_told() {
    let (folder, path) = file(SMALL);
    let origin = origins(&path).remove(0);
    drop(folder);
    assert!(refusal(&path, b"new").ends_with("create it or save under another name"));
    let gone = replace(&origin, &super::edited()).unwrap_err();
    assert_eq!(gone, Error::write_file(&path, "it is gone since it was read; save under another name"));
}
