//! A process that outlives launchpadd by as long as it takes to remove its folder of work folders: the worker's end kills
//! launchpadd, which can do nothing any more then. Only where there is such a folder.

use std::io;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

const SHELL: &str = "/bin/sh";

/// Waits for the end of its standard input, then removes the folder that is its argument. Satellites may be on their
/// way out, with a write under way: for two seconds it tries again.
const PROGRAM: &str = r#"
read -r _
tries=0
while [ $tries -lt 20 ]; do
    /bin/rm -rf -- "$1"
    [ -e "$1" ] || exit 0
    /bin/sleep 0.1
    tries=$((tries + 1))
done
"#;

/// The process's input, which nothing is written to: it ends when launchpadd does, however that is.
pub struct Sweeper {
    _lifeline: ChildStdin,
    process: u32,
}

impl Sweeper {
    /// `folder`: an absolute path.
    pub fn start(folder: &Path) -> io::Result<Self> {
        let mut started = Command::new(SHELL)
            .env_clear()
            .args(["-c", PROGRAM, "launchpad-sweeper"])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let lifeline = started.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Sweeper {
            _lifeline: lifeline,
            process: started.id(),
        })
    }

    /// Its number.
    pub fn process(&self) -> u32 {
        self.process
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::create_dir_all;
    use std::time::Duration;

    #[test]
    fn it_removes_its_own_when_its_owner_is_gone() {
        let place = tempfile::Builder::new()
            .prefix("sweeper *$'\" ")
            .tempdir()
            .unwrap();
        let place = place.path();
        let (own, others) = (place.join("work-1/a"), place.join("work-12"));
        create_dir_all(&own).unwrap();
        create_dir_all(&others).unwrap();
        let sweeper = Sweeper::start(&place.join("work-1")).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        assert!(own.exists());
        drop(sweeper);
        for _ in 0..100 {
            if !own.exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(!place.join("work-1").exists() && others.exists());
    }
}
