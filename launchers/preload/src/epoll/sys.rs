//! The system calls, behind safe functions.

use libc::{c_int, pollfd, sigset_t, timespec};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub c_int);

/// The signals that are blocked while somebody waits, if they are others than before.
pub struct Mask(Option<sigset_t>);

impl Mask {
    pub const NONE: Mask = Mask(None);

    /// # Safety
    /// `mask` is null or a set of signals.
    pub unsafe fn of(mask: *const sigset_t) -> Self {
        // SAFETY: the caller promises that what is not null points to a set of signals.
        Mask((!mask.is_null()).then(|| unsafe { mask.read() }))
    }
}

fn errno() -> Errno {
    Errno(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
}

pub fn set_errno(errno: Errno) {
    // SAFETY: the C library gives a valid pointer to the calling thread's errno, which no other thread writes.
    unsafe { *libc::__errno_location() = errno.0 };
}

/// None if it is none.
pub fn duration(time: &timespec) -> Option<Duration> {
    let nanos = u32::try_from(time.tv_nsec).ok();
    let nanos = nanos.filter(|nanos| *nanos < 1_000_000_000)?;
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, nanos))
}

/// A pipe whose ends do not block: reading end, writing end. The writing end is out of the way, and no
/// program that is started has it.
pub fn pipe(flags: c_int) -> Result<(c_int, c_int), Errno> {
    let mut ends = [-1; 2];
    let cloexec = flags & libc::EPOLL_CLOEXEC;
    const { assert!(libc::EPOLL_CLOEXEC == libc::O_CLOEXEC) };
    // SAFETY: pipe2 writes two integers, and `ends` is an array of two.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_NONBLOCK | cloexec) } != 0 {
        return Err(errno());
    }
    // SAFETY: F_SETFD takes no pointer; it marks the end that was just made.
    unsafe { libc::fcntl(ends[1], libc::F_SETFD, libc::FD_CLOEXEC) };
    Ok((ends[0], ends[1]))
}

/// # Safety
/// Nobody uses the number `fd` afterwards for what it is now.
pub unsafe fn close(fd: c_int) {
    // SAFETY: the caller's promise; close takes a plain number.
    unsafe { libc::close(fd) };
}

/// What is behind a descriptor: device, inode and mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    pub file: File,
    pub mode: libc::mode_t,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    device: libc::dev_t,
    inode: libc::ino_t,
}

impl Behind {
    pub fn of(fd: c_int) -> Result<Self, Errno> {
        // SAFETY: a stat is made of integers, for which zeros are valid; fstat writes one through a pointer
        // to a live variable.
        let (done, stat) = unsafe {
            let mut stat: libc::stat = std::mem::zeroed();
            (libc::fstat(fd, &raw mut stat), stat)
        };
        if done != 0 {
            return Err(errno());
        }
        Ok(Behind {
            file: File {
                device: stat.st_dev,
                inode: stat.st_ino,
            },
            mode: stat.st_mode,
        })
    }

    fn kind(self) -> libc::mode_t {
        self.mode & libc::S_IFMT
    }

    /// epoll refuses these: they are always ready.
    pub fn is_plain(self) -> bool {
        matches!(self.kind(), libc::S_IFREG | libc::S_IFDIR)
    }

    /// Whether it is an eventfd that nobody waits in a read of. It takes a zero, as nothing else that
    /// has no kind does.
    pub fn is_counter(self, fd: c_int) -> bool {
        let zero = 0_u64.to_ne_bytes();
        // SAFETY: F_GETFL takes no pointer; write reads `zero.len()` bytes from `zero`, which lives.
        unsafe {
            self.kind() == 0
                && libc::fcntl(fd, libc::F_GETFL) & libc::O_NONBLOCK != 0
                && libc::write(fd, zero.as_ptr().cast(), zero.len()) == 8
        }
    }
}

/// Makes a pipe's reading end readable.
pub fn wake(writing: c_int) {
    // A full pipe is readable too.
    // SAFETY: write reads one byte from an array of one, which lives until the statement ends.
    unsafe { libc::write(writing, [0_u8].as_ptr().cast(), 1) };
}

/// Takes what is in there; of an eventfd that is its count.
pub fn drain(fd: c_int) {
    let mut bytes = [0_u8; 64];
    // SAFETY: read writes at most `bytes.len()` bytes into `bytes`.
    while unsafe { libc::read(fd, bytes.as_mut_ptr().cast(), bytes.len()) }
        == bytes.len().cast_signed()
    {}
}

/// ppoll(2).
pub fn poll(fds: &mut [pollfd], timeout: Option<Duration>, mask: &Mask) -> Result<(), Errno> {
    let timeout = timeout.map(|time| timespec {
        tv_sec: time.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: time.subsec_nanos().into(),
    });
    let timeout = timeout.as_ref().map_or(std::ptr::null(), |time| time);
    let mask = mask.0.as_ref().map_or(std::ptr::null(), |mask| mask);
    let count = fds.len() as libc::nfds_t;
    // SAFETY: `fds` has `count` entries; the time and the mask are null or point to locals that outlive the call.
    if unsafe { libc::ppoll(fds.as_mut_ptr(), count, timeout, mask) } < 0 {
        return Err(errno());
    }
    Ok(())
}

/// Whether nobody has the reading end any more.
pub fn is_abandoned(writing: c_int) -> bool {
    let mut fds = [pollfd {
        fd: writing,
        events: 0,
        revents: 0,
    }];
    let seen = poll(&mut fds, Some(Duration::ZERO), &Mask::NONE);
    seen.is_ok() && fds[0].revents != 0
}
