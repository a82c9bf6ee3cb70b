//! What epoll promises, and the same as the kernel's where that can be had.

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
        // SAFETY: a new one.
        Epoll(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    fn control(&self, operation: c_int, fd: &impl AsRawFd, events: c_int, data: u64) -> c_int {
        let mut event = epoll_event {
            events: events.cast_unsigned(),
            u64: data,
        };
        // SAFETY: an event.
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
        // SAFETY: room for so many.
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
    // SAFETY: a new descriptor.
    unsafe { OwnedFd::from_raw_fd(libc::eventfd(0, libc::EFD_NONBLOCK)) }
}

fn count(counter: &OwnedFd) {
    // SAFETY: eight bytes.
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
    // SAFETY: one event, or none where null is refused.
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
    // SAFETY: one event and a time.
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
        // SAFETY: room for two.
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
    // SAFETY: a number.
    let far = unsafe { OwnedFd::from_raw_fd(libc::fcntl(reading.as_raw_fd(), libc::F_DUPFD, 900)) };
    epoll.control(EPOLL_CTL_ADD, &far, EPOLLIN, 2);
    epoll.control(EPOLL_CTL_DEL, &reading, 0, 0);
    assert_eq!(epoll.wait(-1), [(2, EPOLLIN)]);
    drop(far);
    assert_eq!(epoll.wait(20), []);
}

#[test]
fn an_edge_is_told_once_and_each_of_a_counter_at_once() {
    let epoll = Epoll::new();
    let wakes = counter();
    epoll.control(EPOLL_CTL_ADD, &wakes, EPOLLIN | EPOLLET, 1);
    for _ in 0..100 {
        count(&wakes);
        assert_eq!(epoll.wait(-1), [(1, EPOLLIN)]);
        assert_eq!(epoll.wait(0), []);
    }
    let (mut reading, mut writing) = pipe().unwrap();
    epoll.control(EPOLL_CTL_ADD, &reading, EPOLLIN | EPOLLET, 2);
    for _ in 0..100 {
        writing.write_all(b"x").unwrap();
        assert_eq!(epoll.wait(-1), [(2, EPOLLIN)]);
        reading.read_exact(&mut [0]).unwrap();
        assert_eq!(epoll.wait(0), []);
    }
}

#[test]
fn an_edge_that_could_be_missed_is_told_again() {
    let epoll = Epoll::new();
    let (mut one, mut other) = UnixStream::pair().unwrap();
    epoll.control(EPOLL_CTL_ADD, &one, EPOLLIN | EPOLLOUT | EPOLLET, 1);
    assert_eq!(epoll.wait(-1), [(1, EPOLLOUT)]);
    // It is told while somebody waits for it already.
    let (reader, told) = (one.try_clone().unwrap(), epoll.0.try_clone().unwrap());
    let waiting = std::thread::spawn(move || {
        let epoll = Epoll(told);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if let [(1, events)] = epoll.wait(20_000)[..]
                && events & EPOLLIN != 0
            {
                drop(reader);
                return true;
            }
        }
        false
    });
    std::thread::sleep(Duration::from_millis(50));
    other.write_all(b"x").unwrap();
    assert!(waiting.join().unwrap());
    // Read and written again between two looks, which no look can see.
    one.read_exact(&mut [0]).unwrap();
    other.write_all(b"y").unwrap();
    let begun = Instant::now();
    while epoll.wait(20_000)[0].1 & EPOLLIN == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    // What lasts is told ever more seldom, not in a busy loop.
    let begun = Instant::now();
    let mut times = 0;
    while begun.elapsed() < Duration::from_millis(500) {
        times += epoll.wait(50).len();
    }
    assert!((2..100).contains(&times), "{times}");
}

#[test]
fn a_lasting_hang_up_is_no_busy_loop() {
    let epoll = Epoll::new();
    let (reading, writing) = pipe().unwrap();
    epoll.control(EPOLL_CTL_ADD, &reading, EPOLLIN | EPOLLET, 1);
    drop(writing);
    let begun = Instant::now();
    let mut times = 0;
    while begun.elapsed() < Duration::from_millis(300) {
        times += epoll.wait(50).len();
    }
    assert!((1..60).contains(&times), "{times}");
}

#[test]
fn who_waits_sees_what_is_changed_meanwhile() {
    let epoll = Epoll::new();
    let wakes = counter();
    count(&wakes);
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..3).map(|_| scope.spawn(|| epoll.wait(20_000))).collect();
        std::thread::sleep(Duration::from_millis(50));
        epoll.control(EPOLL_CTL_ADD, &wakes, EPOLLIN, 1);
        for each in waiting {
            assert_eq!(each.join().unwrap(), [(1, EPOLLIN)]);
        }
    });
    // And the pipe that has told them is empty again.
    epoll.control(EPOLL_CTL_DEL, &wakes, 0, 0);
    assert_eq!(epoll.wait(20), []);
}

#[test]
fn threads_change_and_wait_at_once() {
    let epoll = Epoll::new();
    let last = counter();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut seen = 0_u64;
            while epoll.wait(20_000).iter().all(|(data, _)| *data != u64::MAX) {
                seen += 1;
            }
            seen
        });
        let changing: Vec<_> = (0..3)
            .map(|data| {
                let epoll = &epoll;
                scope.spawn(move || {
                    for _ in 0..500 {
                        let counter = counter();
                        assert_eq!(
                            epoll.control(EPOLL_CTL_ADD, &counter, EPOLLIN | EPOLLET, data),
                            0
                        );
                        count(&counter);
                        assert_eq!(epoll.control(EPOLL_CTL_DEL, &counter, 0, 0), 0);
                    }
                })
            })
            .collect();
        for each in changing {
            each.join().unwrap();
        }
        count(&last);
        epoll.control(EPOLL_CTL_ADD, &last, EPOLLIN, u64::MAX);
        waiting.join().unwrap();
    });
}

#[test]
fn a_child_has_the_instance_too() {
    let epoll = Epoll::new();
    let wakes = counter();
    count(&wakes);
    epoll.control(EPOLL_CTL_ADD, &wakes, EPOLLIN, 1);
    // SAFETY: the child allocates little and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let mut event = epoll_event { events: 0, u64: 0 };
        // SAFETY: one event.
        unsafe {
            let count = epoll_wait(epoll.0.as_raw_fd(), &raw mut event, 1, 5000);
            libc::_exit(if count == 1 && { event.u64 } == 1 {
                7
            } else {
                1
            });
        }
    }
    let mut status = 0;
    // SAFETY: the child's number.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(libc::WEXITSTATUS(status), 7);
}

#[test]
fn closed_instances_leave_no_descriptor() {
    let highest = || {
        let folder = std::fs::read_dir("/proc/self/fd").unwrap();
        folder.count()
    };
    drop(Epoll::new());
    let before = highest();
    for _ in 0..500 {
        drop(Epoll::new());
    }
    // Other tests open some meanwhile.
    assert!(highest() < before + 200);
}

#[test]
fn handlers_of_forks_can_use_it() {
    thread_local! {
        static MADE: std::cell::Cell<c_int> = const { std::cell::Cell::new(-1) };
    }
    extern "C" fn make() {
        MADE.set(epoll_create1(0));
    }
    // SAFETY: a function that lives for ever; the child ends.
    let child = unsafe {
        lock::pthread_atfork(Some(make), Some(make), Some(make));
        libc::fork()
    };
    if child == 0 {
        // SAFETY: it ends the process.
        unsafe { libc::_exit(if MADE.get() >= 0 { 7 } else { 1 }) }
    }
    let mut status = 0;
    // SAFETY: the child's number.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(libc::WEXITSTATUS(status), 7);
    assert!(MADE.get() >= 0);
}

/// As the launchers do it when a script has ended.
#[test]
fn nobody_is_told_that_all_is_closed() {
    // SAFETY: the child's threads use what was made before; it ends soon.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let epoll = Epoll::new();
        let (wakes, duplicate) = (counter(), epoll.0.try_clone().unwrap());
        epoll.control(EPOLL_CTL_ADD, &wakes, EPOLLIN, 1);
        for fd in [epoll.0.as_raw_fd(), duplicate.as_raw_fd()] {
            std::thread::spawn(move || {
                let mut event = epoll_event { events: 0, u64: 0 };
                // SAFETY: one event.
                unsafe {
                    epoll_wait(fd, &raw mut event, 1, -1);
                    libc::_exit(1)
                }
            });
        }
        std::thread::sleep(Duration::from_millis(50));
        // SAFETY: nothing here uses one after this.
        unsafe {
            libc::close_range(3, libc::c_uint::MAX, 0);
            std::thread::sleep(Duration::from_millis(50));
            libc::_exit(7)
        }
    }
    let mut status = 0;
    // SAFETY: the child's number.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(libc::WEXITSTATUS(status), 7);
}

/// A generator of numbers, the same every time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }
}

/// The kernel's own, by its system calls.
struct Kernels(OwnedFd);

impl Kernels {
    fn new() -> Self {
        // SAFETY: a new descriptor.
        Kernels(unsafe {
            let fd = libc::syscall(libc::SYS_epoll_create1, 0);
            OwnedFd::from_raw_fd(c_int::try_from(fd).unwrap())
        })
    }

    fn control(&self, operation: c_int, fd: &impl AsRawFd, events: c_int, data: u64) -> c_int {
        let event = epoll_event {
            events: events.cast_unsigned(),
            u64: data,
        };
        let (epoll, fd) = (self.0.as_raw_fd(), fd.as_raw_fd());
        // SAFETY: an event.
        let done =
            unsafe { libc::syscall(libc::SYS_epoll_ctl, epoll, operation, fd, &raw const event) };
        if done == 0 { 0 } else { errno() }
    }

    fn now(&self) -> Vec<(u64, c_int)> {
        let mut events = [epoll_event { events: 0, u64: 0 }; 16];
        let nobody = std::ptr::null::<sigset_t>();
        // SAFETY: room for so many.
        let count = unsafe {
            libc::syscall(
                libc::SYS_epoll_pwait,
                self.0.as_raw_fd(),
                events.as_mut_ptr(),
                16,
                0,
                nobody,
                8,
            )
        };
        let events = &events[..usize::try_from(count).unwrap()];
        let events = events
            .iter()
            .map(|event| (event.u64, { event.events }.cast_signed()));
        events.collect()
    }
}

#[test]
fn levels_are_the_kernels() {
    let mut numbers = Numbers(20_261_129);
    for _ in 0..40 {
        let (ours, kernels) = (Epoll::new(), Kernels::new());
        let mut pairs: Vec<Option<(UnixStream, UnixStream)>> = Vec::new();
        pairs.resize_with(6, || Some(UnixStream::pair().unwrap()));
        for (one, other) in pairs.iter().flatten() {
            one.set_nonblocking(true).unwrap();
            other.set_nonblocking(true).unwrap();
        }
        for step in 0..400 {
            let at = numbers.below(pairs.len());
            let Some((one, other)) = &mut pairs[at] else {
                continue;
            };
            match numbers.below(12) {
                0..4 => {
                    let operation = [EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL][numbers.below(3)];
                    let mut events = [EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT, libc::EPOLLRDHUP, 0]
                        [numbers.below(5)];
                    if numbers.below(4) == 0 {
                        events |= EPOLLONESHOT;
                    }
                    let kernels = kernels.control(operation, one, events, step);
                    if kernels != libc::EEXIST {
                        assert_eq!(ours.control(operation, one, events, step), kernels);
                    }
                }
                4..6 => drop(other.write(&[0; 4096])),
                6..8 => drop(one.read(&mut [0; 8192])),
                8 => while one.write(&[0; 65_536]).is_ok() {},
                9 => while other.read(&mut [0; 65_536]).is_ok_and(|read| read > 0) {},
                10 if numbers.below(20) == 0 => drop(other.shutdown(std::net::Shutdown::Write)),
                11 if numbers.below(40) == 0 => pairs[at] = None,
                _ => {}
            }
            let (mut ours, mut kernels) = (ours.wait(0), kernels.now());
            ours.sort_unstable();
            kernels.sort_unstable();
            assert_eq!(ours, kernels);
        }
    }
}
