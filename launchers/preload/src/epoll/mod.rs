//! The C library's epoll, made of poll(2).
//!
//! The kernel counts epoll's watches by OS user, and a script could take those that the server needs;
//! so the sandbox refuses epoll's system calls. Libraries that cannot do without call it through the C
//! library (tokio's reactor and so polars, libuv, libzmq): these six functions.
//!
//! What is different: an instance is a pipe's reading end, so that it can be duplicated, inherited and
//! closed; it takes a descriptor more, and is not readable itself when it has events, so that it cannot be watched by
//! another. Adding what is there already changes it. Edges are levels that are told again at most every few
//! milliseconds ([`watch`]).
mod instance;
mod lock;
mod sys;
mod table;
mod wait;
mod watch;

use libc::{c_int, epoll_event, sigset_t, timespec};
use std::time::Duration;
use sys::{Errno, Mask};

fn told(result: Result<c_int, Errno>) -> c_int {
    result.unwrap_or_else(|errno| {
        sys::set_errno(errno);
        -1
    })
}

/// epoll_create(2).
#[unsafe(no_mangle)]
pub extern "C" fn epoll_create(size: c_int) -> c_int {
    if size <= 0 {
        return told(Err(Errno(libc::EINVAL)));
    }
    told(table::create(0))
}

/// epoll_create1(2).
#[unsafe(no_mangle)]
pub extern "C" fn epoll_create1(flags: c_int) -> c_int {
    if flags & !libc::EPOLL_CLOEXEC != 0 {
        return told(Err(Errno(libc::EINVAL)));
    }
    told(table::create(flags))
}

/// epoll_ctl(2).
///
/// # Safety
/// `event` is null or points to an event, which need not be aligned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_ctl(
    epoll: c_int,
    operation: c_int,
    fd: c_int,
    event: *mut epoll_event,
) -> c_int {
    // SAFETY: the caller promises that what is not null points to an event; the read needs no alignment.
    let event = (!event.is_null()).then(|| unsafe { event.read_unaligned() });
    told(table::control(epoll, operation, fd, event).map(|()| 0))
}

/// epoll_wait(2).
///
/// # Safety
/// `events` has room for so many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_wait(
    epoll: c_int,
    events: *mut epoll_event,
    most: c_int,
    timeout: c_int,
) -> c_int {
    // SAFETY: the caller promises room for `most` events.
    unsafe { waited(epoll, events, most, milliseconds(timeout), Mask::NONE) }
}

/// epoll_pwait(2).
///
/// # Safety
/// `events` has room for so many; `mask` is null or a set of signals.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_pwait(
    epoll: c_int,
    events: *mut epoll_event,
    most: c_int,
    timeout: c_int,
    mask: *const sigset_t,
) -> c_int {
    // SAFETY: the caller promises room for `most` events, and null or a set of signals.
    unsafe { waited(epoll, events, most, milliseconds(timeout), Mask::of(mask)) }
}

/// epoll_pwait2(2).
///
/// # Safety
/// `events` has room for so many; `timeout` and `mask` are null or what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_pwait2(
    epoll: c_int,
    events: *mut epoll_event,
    most: c_int,
    timeout: *const timespec,
    mask: *const sigset_t,
) -> c_int {
    // SAFETY: the caller promises null or a time that nobody changes meanwhile.
    let timeout = unsafe { timeout.as_ref() };
    let timeout = match timeout.map(sys::duration) {
        Some(None) => return told(Err(Errno(libc::EINVAL))),
        Some(Some(timeout)) => Some(timeout),
        None => None,
    };
    // SAFETY: the caller promises room for `most` events, and null or a set of signals.
    unsafe { waited(epoll, events, most, timeout, Mask::of(mask)) }
}

/// For ever, if it is negative.
fn milliseconds(timeout: c_int) -> Option<Duration> {
    u64::try_from(timeout).ok().map(Duration::from_millis)
}

/// # Safety
/// `events` has room for so many.
unsafe fn waited(
    epoll: c_int,
    events: *mut epoll_event,
    most: c_int,
    timeout: Option<Duration>,
    mask: Mask,
) -> c_int {
    let most = match usize::try_from(most) {
        Ok(most @ 1..) if !events.is_null() => most,
        _ => return told(Err(Errno(libc::EINVAL))),
    };
    told(wait::wait(epoll, most, timeout, &mask).map(|found| {
        for (at, event) in found.iter().enumerate() {
            // SAFETY: the caller promises room for `most` events, and no more were found.
            unsafe { events.add(at).write_unaligned(*event) };
        }
        c_int::try_from(found.len()).unwrap_or(c_int::MAX)
    }))
}

#[cfg(test)]
mod tests;
