//! What epoll promises, and the same as the kernel's where that can be had.

mod edges;
mod kernels;
mod processes;

use super::*;
use libc::{EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD};
use libc::{EPOLLET, EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT};
use std::io::{Read, Write, pipe};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Instant;

struct Epoll(OwnedFd);

impl Epoll {
    fn new() -> Self {
        let fd = epoll_create1(libc::EPOLL_CLOEXEC);
        assert!(fd >= 0);
        // SAFETY: the call has just made it, as it is no error, and nobody else owns it.
        Epoll(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    fn control(&self, operation: c_int, fd: &impl AsRawFd, events: c_int, data: u64) -> c_int {
        let mut event = epoll_event {
            events: events.cast_unsigned(),
            u64: data,
        };
        // SAFETY: the pointer is to a live event.
        let done = unsafe {
            epoll_ctl(
                self.0.as_raw_fd(),
                operation,
                fd.as_raw_fd(),
                &raw mut event,
            )
        };
        if done == 0 { 0 } else { errno() }
    }

    fn wait(&self, timeout: c_int) -> Vec<(u64, c_int)> {
        let mut events = [epoll_event { events: 0, u64: 0 }; 16];
        // SAFETY: `events` has room for the 16 that are asked for.
        let count = unsafe { epoll_wait(self.0.as_raw_fd(), events.as_mut_ptr(), 16, timeout) };
        let events = &events[..usize::try_from(count).expect("no error")];
        events
            .iter()
            .map(|event| (event.u64, { event.events }.cast_signed()))
            .collect()
    }
}

fn errno() -> c_int {
    std::io::Error::last_os_error().raw_os_error().unwrap()
}

fn counter() -> OwnedFd {
    // SAFETY: eventfd has just made it, and nobody else owns it.
    unsafe { OwnedFd::from_raw_fd(libc::eventfd(0, libc::EFD_NONBLOCK)) }
}

fn count(counter: &OwnedFd) {
    // SAFETY: write reads eight bytes from the eight of a u64.
    let done = unsafe { libc::write(counter.as_raw_fd(), 1_u64.to_ne_bytes().as_ptr().cast(), 8) };
    assert_eq!(done, 8);
}

#[test]
fn levels_are_told_as_long_as_they_last() {
    let epoll = Epoll::new();
    let (mut reading, mut writing) = pipe().unwrap();
    assert_eq!(epoll.control(EPOLL_CTL_ADD, &reading, EPOLLIN, 7), 0);
    assert_eq!(epoll.wait(0), []);
    writing.write_all(b"x").unwrap();
    for _ in 0..3 {
        assert_eq!(epoll.wait(-1), [(7, EPOLLIN)]);
    }
    assert_eq!(epoll.control(EPOLL_CTL_MOD, &reading, EPOLLIN, 8), 0);
    assert_eq!(epoll.wait(-1), [(8, EPOLLIN)]);
    reading.read_exact(&mut [0]).unwrap();
    assert_eq!(epoll.wait(0), []);
    drop(writing);
    assert_eq!(epoll.wait(-1), [(8, EPOLLHUP)]);
    assert_eq!(epoll.control(EPOLL_CTL_MOD, &reading, 0, 8), 0);
    assert_eq!(
        epoll.wait(-1),
        [(8, EPOLLHUP)],
        "told without being asked for"
    );
    assert_eq!(epoll.control(EPOLL_CTL_DEL, &reading, 0, 0), 0);
    assert_eq!(epoll.wait(0), []);
}

#[test]
fn what_is_wrong_is_the_kernels_error() {
    let epoll = Epoll::new();
    let (reading, _writing) = pipe().unwrap();
    let file = std::fs::File::open("/proc/self/exe").unwrap();
    assert_eq!(epoll.control(EPOLL_CTL_ADD, &file, EPOLLIN, 0), libc::EPERM);
    for operation in [EPOLL_CTL_MOD, EPOLL_CTL_DEL] {
        assert_eq!(epoll.control(operation, &reading, EPOLLIN, 0), libc::ENOENT);
    }
    assert_eq!(epoll.control(EPOLL_CTL_ADD, &-1, EPOLLIN, 0), libc::EBADF);
    assert_eq!(epoll.control(99, &reading, EPOLLIN, 0), libc::EINVAL);
    assert_eq!(
        epoll.control(EPOLL_CTL_ADD, &epoll.0, EPOLLIN, 0),
        libc::EINVAL
    );
    let other = Epoll::new();
    assert_eq!(
        epoll.control(EPOLL_CTL_ADD, &other.0, EPOLLIN, 0),
        libc::EINVAL
    );
    let fd = epoll.0.as_raw_fd();
    let mut event = epoll_event { events: 0, u64: 0 };
    // SAFETY: never more than one event is asked for, for which there is room; null and the time that is not
    // valid are refused without being used.
    unsafe {
        let wrong = |done: c_int| if done < 0 { errno() } else { 0 };
        assert_eq!(wrong(epoll_wait(fd, &raw mut event, 0, 0)), libc::EINVAL);
        assert_eq!(wrong(epoll_wait(fd, &raw mut event, -1, 0)), libc::EINVAL);
        let reading = reading.as_raw_fd();
        assert_eq!(
            wrong(epoll_wait(reading, &raw mut event, 1, 0)),
            libc::EINVAL
        );
        assert_eq!(wrong(epoll_wait(-1, &raw mut event, 1, 0)), libc::EBADF);
        let add = epoll_ctl(fd, EPOLL_CTL_ADD, reading, std::ptr::null_mut());
        assert_eq!(wrong(add), libc::EFAULT);
        let (time, all) = (
            timespec {
                tv_sec: 0,
                tv_nsec: -1,
            },
            std::ptr::null(),
        );
        let waited = epoll_pwait2(fd, &raw mut event, 1, &raw const time, all);
        assert_eq!(wrong(waited), libc::EINVAL);
    }
    for flags in [1, -1, libc::O_NONBLOCK] {
        assert_eq!((epoll_create1(flags), errno()), (-1, libc::EINVAL));
    }
    assert_eq!((epoll_create(0), errno()), (-1, libc::EINVAL));
}

#[test]
fn time_passes() {
    let epoll = Epoll::new();
    let begun = Instant::now();
    assert_eq!(epoll.wait(30), []);
    assert!(begun.elapsed() >= Duration::from_millis(30));
    let mut event = epoll_event { events: 0, u64: 0 };
    let (time, all) = (
        timespec {
            tv_sec: 0,
            tv_nsec: 20_000_000,
        },
        std::ptr::null(),
    );
    let fd = epoll.0.as_raw_fd();
    // SAFETY: there is room for the one event that is asked for; the time lives, and no mask is given.
    let waited = unsafe { epoll_pwait2(fd, &raw mut event, 1, &raw const time, all) };
    assert_eq!(waited, 0);
    assert!(begun.elapsed() >= Duration::from_millis(50));
}

#[test]
fn once_is_once() {
    let epoll = Epoll::new();
    let (reading, mut writing) = pipe().unwrap();
    writing.write_all(b"x").unwrap();
    let once = EPOLLIN | EPOLLONESHOT;
    epoll.control(EPOLL_CTL_ADD, &reading, once, 1);
    assert_eq!(epoll.wait(-1), [(1, EPOLLIN)]);
    assert_eq!(epoll.wait(20), []);
    drop(writing);
    assert_eq!(epoll.wait(20), [], "nor that the other end is gone");
    epoll.control(EPOLL_CTL_MOD, &reading, once, 2);
    assert_eq!(epoll.wait(-1), [(2, EPOLLIN | EPOLLHUP)]);
    assert_eq!(epoll.wait(20), []);
}

#[test]
fn all_have_their_turn() {
    let epoll = Epoll::new();
    let counters: Vec<OwnedFd> = (0..5).map(|_| counter()).collect();
    for (counter, data) in counters.iter().zip(0..) {
        count(counter);
        epoll.control(EPOLL_CTL_ADD, counter, EPOLLIN, data);
    }
    let mut seen = Vec::new();
    for _ in 0..5 {
        let mut events = [epoll_event { events: 0, u64: 0 }; 2];
        // SAFETY: `events` has room for the two that are asked for.
        let count = unsafe { epoll_wait(epoll.0.as_raw_fd(), events.as_mut_ptr(), 2, -1) };
        assert_eq!(count, 2);
        seen.extend(events.map(|event| event.u64));
    }
    seen.sort_unstable();
    assert_eq!(seen, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
}

#[test]
fn a_duplicate_is_the_same_instance() {
    let epoll = Epoll::new();
    let duplicate = Epoll(epoll.0.try_clone().unwrap());
    let wakes = counter();
    count(&wakes);
    assert_eq!(duplicate.control(EPOLL_CTL_ADD, &wakes, EPOLLIN, 3), 0);
    assert_eq!(epoll.wait(-1), [(3, EPOLLIN)]);
    drop(epoll);
    assert_eq!(duplicate.wait(-1), [(3, EPOLLIN)]);
}

#[test]
fn a_closed_descriptor_is_forgotten() {
    let epoll = Epoll::new();
    let (reading, mut writing) = pipe().unwrap();
    writing.write_all(b"x").unwrap();
    epoll.control(EPOLL_CTL_ADD, &reading, EPOLLIN, 1);
    // One that nobody else is going to open meanwhile.
    // SAFETY: F_DUPFD takes a number and makes a descriptor, which nobody else owns.
    let far = unsafe { OwnedFd::from_raw_fd(libc::fcntl(reading.as_raw_fd(), libc::F_DUPFD, 900)) };
    epoll.control(EPOLL_CTL_ADD, &far, EPOLLIN, 2);
    epoll.control(EPOLL_CTL_DEL, &reading, 0, 0);
    assert_eq!(epoll.wait(-1), [(2, EPOLLIN)]);
    drop(far);
    assert_eq!(epoll.wait(20), []);
}
