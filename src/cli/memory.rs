//! Memory that the system leaves to the process: free memory, control groups, and resource limits.

use crate::engine::MemoryLimit;
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::path::{Path, PathBuf};

/// Assumed free memory if the system does not report it, in bytes.
const UNKNOWN_FREE: u64 = 4 << 30;

/// Address space per thread: its stack, and the arena that glibc reserves for its allocations.
const THREAD: u64 = 80 << 20;

/// Directories of control groups, of version 2 and of version 1, with the names of their files for limit and usage.
const CONTROL_GROUPS: [(&str, &str, &str); 2] = [
    ("/sys/fs/cgroup", "memory.max", "memory.current"),
    ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
];

/// Returns half of the memory that is free, or that the tightest control group leaves.
pub(super) fn default_limit() -> MemoryLimit {
    let free = field("/proc/meminfo", "MemAvailable:").unwrap_or(UNKNOWN_FREE);
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let left = group_paths(&groups).into_iter().filter_map(|(folder, limit, usage)| left(&folder, limit, usage));
    MemoryLimit(left.fold(free, u64::min) / 2)
}

/// Returns a third of what the limits of the process on its address space and its data leave, or `None` without limits.
/// Growing vectors need up to twice their size, and the rest is for threads and buffers.
pub(super) fn process_limit() -> Option<MemoryLimit> {
    let limits = [(Resource::As, "VmSize:"), (Resource::Data, "VmData:")];
    let left = limits.into_iter().filter_map(|(resource, used)| {
        let limit = getrlimit(resource).current?;
        Some(limit.saturating_sub(field("/proc/self/status", used).unwrap_or(0)))
    });
    left.min().map(|left| MemoryLimit(left / 3))
}

/// Creates the threads for counting: fewer than processors if the address space is small, since threads reserve much of
/// it.
pub(super) fn limit_threads() {
    let Some(MemoryLimit(third)) = process_limit() else { return };
    let threads = usize::try_from(third / THREAD).unwrap_or(usize::MAX);
    if std::thread::available_parallelism().is_ok_and(|processors| threads >= processors.get()) {
        return;
    }
    // If this fails, rayon creates its default threads when they are needed.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global();
}

/// Value of a line such as `VmSize:  1024 kB`, in bytes.
fn field(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kibibytes| kibibytes << 10)
}

/// Directories of the control groups that limit the memory of the process, from the innermost to the root, given the
/// content of `/proc/self/cgroup`. Inside a container, the names are of the host, so the root is always included.
fn group_paths(groups: &str) -> Vec<(PathBuf, &'static str, &'static str)> {
    let mut paths = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(name)) = (parts.next(), parts.next()) else { continue };
        let version_1 = controllers.split(',').any(|controller| controller == "memory");
        if !controllers.is_empty() && !version_1 {
            continue;
        }
        let (root, limit, usage) = CONTROL_GROUPS[usize::from(version_1)];
        let innermost = Path::new(root).join(name.trim_start_matches('/'));
        let ancestors = innermost.ancestors().take_while(|folder| folder.starts_with(root));
        paths.extend(ancestors.map(|folder| (folder.to_owned(), limit, usage)));
    }
    paths
}

/// Bytes that a control group leaves; `None` without a limit.
fn left(folder: &Path, limit: &str, usage: &str) -> Option<u64> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    Some(read(limit)?.saturating_sub(read(usage).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_nested_control_groups_apply() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("job/step");
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("memory.max"), "max\n").unwrap();
        fs::write(folder.path().join("job/memory.max"), "1000\n").unwrap();
        fs::write(folder.path().join("job/memory.current"), "300\n").unwrap();
        assert_eq!(left(&inner, "memory.max", "memory.current"), None);
        assert_eq!(left(inner.parent().unwrap(), "memory.max", "memory.current"), Some(700));
    }

    #[test]
    fn control_groups_of_both_versions_are_found() {
        let paths = |groups| -> Vec<String> {
            group_paths(groups).into_iter().map(|(folder, limit, _)| format!("{}/{limit}", folder.display())).collect()
        };
        assert_eq!(
            paths("0::/job/step\n"),
            ["/sys/fs/cgroup/job/step/memory.max", "/sys/fs/cgroup/job/memory.max", "/sys/fs/cgroup/memory.max"]
        );
        assert_eq!(
            paths("3:cpu,cpuacct:/x\n2:memory:/y\n"),
            ["/sys/fs/cgroup/memory/y/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        );
        assert!(paths("").is_empty());
    }
}
