//! This process's children, all of which are one attempt's.

use crate::os;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::time::Duration;

/// True when this process has no children any more.
pub fn reap() -> bool {
    loop {
        match os::wait(-1, false) {
            Ok(Some(_)) | Err(Errno::EINTR) => {}
            Ok(None) => return false,
            Err(_) => return true,
        }
    }
}

/// Kills what is left, generation by generation: this process is the nearest subreaper.
pub fn end_all() {
    let own = std::process::id() as i32;
    while !reap() {
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let pid = entry.file_name().to_string_lossy().parse().unwrap_or(0);
            if pid > 0 && parent_of(pid) == own {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The fourth word of /proc/PID/stat, whose second may hold spaces; 0 if it is gone.
pub fn parent_of(pid: i32) -> i32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = stat.rsplit(')').next().unwrap_or_default();
    let parent = rest.split_whitespace().nth(1);
    parent.and_then(|word| word.parse().ok()).unwrap_or(0)
}
