//! Starting launchpadd out of a PostgreSQL process without giving it anything of that process.

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::sys::stat::Mode;
use nix::unistd::{dup2, setsid};
use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::io::Result;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// The folder of launchpadd and the launchers that this library goes with.
///
/// Beside the library is the folder `pg_launchpad`, and in it `current`, a link to the folder of what was installed
/// last. What it named when this was asked first counts as long as the process lives, and in its children: a server
/// goes on with the programs of its own library when newer ones are installed. None if there is no such link.
pub fn installed() -> Option<PathBuf> {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return Some(found.clone());
    }
    let folder = current()?.canonicalize().ok()?;
    Some(FOUND.get_or_init(|| folder).clone())
}

/// Keeps that folder: an installation removes those that it can lock, and this lock is the process's and its
/// children's for as long as any of them lives. Where the file system has no locks, it is not kept.
pub fn keep_installed() {
    static KEPT: OnceLock<File> = OnceLock::new();
    let kept = installed().and_then(|folder| {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let folder = File::from(open(&folder, flags, Mode::empty()).ok()?);
        folder.try_lock_shared().ok()?;
        Some(folder)
    });
    if let Some(folder) = kept {
        let _ = KEPT.set(folder);
    }
}

/// The link that names it.
///
/// The library's own place counts, wherever the server has found it (`dynamic_library_path`), and not the
/// server's folder of libraries. None if the dynamic linker does not tell.
pub fn current() -> Option<PathBuf> {
    let mut found = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    let here: fn() -> Option<PathBuf> = current;
    // SAFETY: an address of this library, and room for the answer, whose name is NUL-terminated and lives
    // as long as the library is loaded.
    let library = unsafe {
        if libc::dladdr(here as *const libc::c_void, found.as_mut_ptr()) == 0 {
            return None;
        }
        let name = found.assume_init().dli_fname;
        if name.is_null() {
            return None;
        }
        Path::new(OsStr::from_bytes(CStr::from_ptr(name).to_bytes()))
    };
    Some(library.parent()?.join("pg_launchpad/current"))
}

/// Where launchpadd finds its end of the channel.
const CHANNEL: i32 = 3;

/// Starts `program` with nothing but /dev/null as stdin, `log` as stdout and stderr, `channel` as
/// descriptor 3, and an environment of two variables, in a session of its own: signals to the
/// server's process group do not reach it.
pub fn spawn(program: &Path, arguments: &[&Path], log: OwnedFd, channel: OwnedFd) -> Result<Child> {
    let log = File::from(log);
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    let prepare = move || {
        setsid()?;
        if channel.as_raw_fd() == CHANNEL {
            // dup2 onto itself would leave close-on-exec set.
            fcntl(&channel, FcntlArg::F_SETFD(FdFlag::empty()))?;
        } else {
            // SAFETY: descriptor 3 belongs to the server and the child does not use it. ManuallyDrop: it must stay
            // open until exec.
            let mut onto = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(CHANNEL) });
            dup2(&channel, &mut onto)?;
        }
        // The server's data files, WAL, sockets: gone at exec.
        close_on_exec_from(CHANNEL + 1)
    };
    // SAFETY: between fork and exec the closure makes system calls only; it allocates nothing.
    unsafe { command.pre_exec(prepare) };
    command.spawn()
}

fn close_on_exec_from(first: i32) -> Result<()> {
    // SAFETY: only marks descriptors; nothing is closed before exec.
    let result =
        unsafe { libc::close_range(first as u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC as i32) };
    if result == 0 {
        Ok(())
    } else {
        Err(std::io::Error::last_os_error())
    }
}
