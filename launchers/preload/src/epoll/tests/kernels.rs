//! The same things done to the kernel's own, at random.

use super::*;

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
        // SAFETY: the call takes a number and makes a descriptor, which nobody else owns.
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
        // SAFETY: the kernel reads an event through a pointer to one that lives.
        let done =
            unsafe { libc::syscall(libc::SYS_epoll_ctl, epoll, operation, fd, &raw const event) };
        if done == 0 { 0 } else { errno() }
    }

    fn now(&self) -> Vec<(u64, c_int)> {
        let mut events = [epoll_event { events: 0, u64: 0 }; 16];
        let nobody = std::ptr::null::<sigset_t>();
        // SAFETY: `events` has room for the 16 that are asked for; no mask is given.
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
