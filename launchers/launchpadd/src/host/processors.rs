//! The processors: which there are, and who is kept to which.

use launchpad_protocol::processors::Processors;
use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use std::fs;
use std::io;

/// Those that the server may use.
pub fn own() -> Processors {
    let mut own = Processors::default();
    // 0: this process.
    if let Ok(set) = sched_getaffinity(Pid::from_raw(0)) {
        let all = 0..Processors::MOST.min(CpuSet::count());
        all.filter(|number| set.is_set(*number) == Ok(true))
            .for_each(|number| own.add(number));
    }
    own
}

/// Keeps processes, which start no threads meanwhile, and all that they will start to `processors`.
/// They may be of another user whose namespace is ours.
pub fn keep(processes: &[u32], processors: &Processors) -> io::Result<()> {
    let mut set = CpuSet::new();
    for number in processors
        .iter()
        .take_while(|number| *number < CpuSet::count())
    {
        set.set(number)?;
    }
    for process in processes {
        for thread in fs::read_dir(format!("/proc/{process}/task"))? {
            let number = thread?.file_name();
            let number = number.to_str().and_then(|number| number.parse().ok());
            let number = number.ok_or(io::ErrorKind::InvalidData)?;
            match sched_setaffinity(Pid::from_raw(number), &set) {
                // It has ended meanwhile.
                Err(Errno::ESRCH) => {}
                set => set?,
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_process_is_kept_to_one() {
        let own = own();
        assert!(!own.is_empty());
        let mut one = Processors::default();
        own.iter().take(1).for_each(|number| one.add(number));
        let mut child = Command::new("/bin/sleep").arg("100").spawn().unwrap();
        keep(&[child.id()], &one).unwrap();
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let kept = crate::files::field(&status, "Cpus_allowed_list").unwrap();
        assert_eq!(kept, one.to_string());
        assert!(keep(&[child.id()], &Processors::default()).is_err());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(keep(&[child.id()], &one).is_err());
    }
}
