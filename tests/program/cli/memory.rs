//! The memory limit, from `--memory` and from the settings.

use super::room::Room;
use std::fs;

#[test]
fn the_memory_limit_works_before_and_after_a_command_and_in_the_settings() {
    let room = Room::new();
    let numbers = "1,".repeat(100_000);
    room.write("x.json", &format!("{{\"x\": [{numbers}0]}}"));
    for arguments in ["--memory 9k ls x.json", "ls --memory 9k x.json", "show x.json --memory=9k", "--memory=9k x.json"]
    {
        let done = room.run(&arguments.split(' ').collect::<Vec<_>>());
        let exceeded = done.err.contains("needs more than the 9.0 KiB memory limit");
        assert!(done.code == 1 && exceeded, "{arguments}: {}", done.err);
    }
    assert_eq!(room.run(&["--memory", "1G", "ls", "x.json"]).code, 0);
    assert_eq!(room.run(&["--memory", "much", "ls", "x.json"]).code, 2);

    fs::create_dir_all(room.path("config/rebin")).unwrap();
    room.write("config/rebin/config.toml", "memory = \"10k\"\n");
    assert!(room.run(&["ls", "x.json"]).err.contains("more than the 10.0 KiB"));
    assert_eq!(room.run(&["ls", "x.json", "--memory", "1G"]).code, 0);
}
