//! Memory that is refused again and again.
//!
//! Some libraries try for ever: OpenBLAS wants its 32 MB and asks until it gets them. The script would
//! take a processor until somebody cancels it. So whoever is refused a mapping many times in a row, for
//! a second, ends as Rust's runtime does without memory: with words that the server knows, and aborted.

use libc::{c_int, c_void, off_t, size_t};
use std::cell::Cell;
use std::io::Write;

/// Refusals in a row that may be somebody's way of finding out how much there is.
const MANY: u64 = 1000;

/// How long they go on at least, in nanoseconds.
const LONG: u64 = 1_000_000_000;

/// A thread's refusals since a mapping was granted to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    length: u64,
    /// When the first of them was; nanoseconds of the monotonic clock.
    since: u64,
}

const NONE: Row = Row {
    length: 0,
    since: 0,
};

thread_local! {
    /// Without a destructor and made without memory: it is there whenever it is asked for.
    static ROW: Cell<Row> = const { Cell::new(NONE) };
}

/// mmap(2).
///
/// # Safety
/// As mmap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mmap(
    address: *mut c_void,
    length: size_t,
    protection: c_int,
    flags: c_int,
    fd: c_int,
    offset: off_t,
) -> *mut c_void {
    // SAFETY: the caller's promise; the numbers are the system call's own.
    let mapped = unsafe {
        libc::syscall(
            libc::SYS_mmap,
            address,
            length,
            protection,
            flags,
            fd,
            offset,
        )
    };
    if mapped == -1 {
        if std::io::Error::last_os_error().raw_os_error() == Some(libc::ENOMEM) {
            refused(length);
        }
        return libc::MAP_FAILED;
    }
    ROW.set(NONE);
    const { assert!(size_of::<libc::c_long>() == size_of::<usize>()) };
    std::ptr::with_exposed_provenance_mut(mapped.cast_unsigned() as usize)
}

/// The same: offsets have 64 bits.
///
/// # Safety
/// As mmap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mmap64(
    address: *mut c_void,
    length: size_t,
    protection: c_int,
    flags: c_int,
    fd: c_int,
    offset: off_t,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { mmap(address, length, protection, flags, fd, offset) }
}

/// Counts a refusal. The caller finds errno as it was.
fn refused(length: usize) {
    let now = monotonic();
    let row = match ROW.get() {
        NONE => Row {
            length: 1,
            since: now,
        },
        row => Row {
            length: row.length + 1,
            ..row
        },
    };
    ROW.set(row);
    if row.length >= MANY && now.saturating_sub(row.since) >= LONG {
        give_up(length);
    }
}

/// Does not need memory.
fn give_up(length: usize) -> ! {
    let mut text = [0_u8; 160];
    let mut rest = &mut text[..];
    let _ = write!(
        rest,
        "a library asks again and again for memory that is refused\n\
         memory allocation of {length} bytes failed\n"
    );
    let left = rest.len();
    let written = text.len() - left;
    // SAFETY: write reads so many bytes of the array; abort does not come back.
    unsafe {
        libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), written);
        libc::abort()
    }
}

fn monotonic() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: clock_gettime writes one timespec.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000) + u64::try_from(time.tv_nsec).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// More than any address space has.
    const TOO_MUCH: usize = 1 << 60;

    fn map(length: usize) -> *mut c_void {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping, which nobody reads.
        unsafe { mmap(std::ptr::null_mut(), length, libc::PROT_NONE, flags, -1, 0) }
    }

    #[test]
    fn refusals_count_until_one_is_granted() {
        for count in 1..=3 {
            assert_eq!(map(TOO_MUCH), libc::MAP_FAILED);
            let why = std::io::Error::last_os_error();
            assert_eq!(why.raw_os_error(), Some(libc::ENOMEM));
            assert_eq!(ROW.get().length, count);
        }
        std::thread::spawn(|| assert_ne!(map(4096), libc::MAP_FAILED))
            .join()
            .unwrap();
        assert_eq!(ROW.get().length, 3);
        assert_eq!(map(0), libc::MAP_FAILED, "EINVAL does not count");
        assert_eq!(ROW.get().length, 3);
        assert_ne!(map(4096), libc::MAP_FAILED);
        assert_eq!(ROW.get(), NONE);
    }

    /// In a process of its own, which it ends.
    #[test]
    #[ignore = "run by the next test"]
    fn asks_for_ever() {
        loop {
            map(TOO_MUCH);
        }
    }

    #[test]
    fn whoever_asks_for_ever_is_aborted() {
        let me = std::env::current_exe().unwrap();
        let output = Command::new(me)
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "memory::tests::asks_for_ever",
            ])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.ends_with(&format!("memory allocation of {TOO_MUCH} bytes failed\n")),
            "{said}"
        );
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&output.status),
            Some(libc::SIGABRT)
        );
    }
}
