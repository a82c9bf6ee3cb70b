//! How many processes and threads there are.

use crate::files;
use std::io;

/// How many processes and threads `user` has on this host.
pub fn of_user(user: u32) -> io::Result<u64> {
    let mut tasks = 0;
    for entry in std::fs::read_dir("/proc")? {
        let entry = entry?;
        let is_process = entry.file_name().to_string_lossy().parse::<u32>().is_ok();
        if !is_process {
            continue;
        }
        let status = match files::read(entry.path().join("status")) {
            Ok(status) => status,
            Err(error) => match error.raw_os_error() {
                // One that has ended meanwhile has no tasks; one that is hidden is another user's.
                Some(libc::ENOENT | libc::ESRCH | libc::EPERM | libc::EACCES) => continue,
                _ => return Err(error),
            },
        };
        let first = |name| {
            let line = status
                .lines()
                .find_map(|line: &str| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        if first("Uid:") == Some(user.into()) {
            tasks += first("Threads:").unwrap_or(1);
        }
    }
    Ok(tasks)
}
