//! Threads, children, and instances that are closed.

use super::*;

/// Runs `work` in a child; its exit status, -1 if it was killed.
fn in_a_child(work: impl FnOnce() -> c_int) -> c_int {
    // SAFETY: the child has only this thread and runs `work`, which needs no other, until _exit.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let status = work();
        // SAFETY: _exit takes a number and does not return.
        unsafe { libc::_exit(status) }
    }
    let mut status = 0;
    // SAFETY: waitpid writes an integer through a pointer to one that lives.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    match libc::WIFEXITED(status) {
        true => libc::WEXITSTATUS(status),
        false => -1,
    }
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
    let status = in_a_child(|| c_int::from(epoll.wait(5000) == [(1, EPOLLIN)]));
    assert_eq!(status, 1);
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
    // SAFETY: pthread_atfork keeps a pointer to a function of this program, which is never unloaded.
    unsafe { lock::pthread_atfork(Some(make), Some(make), Some(make)) };
    assert_eq!(in_a_child(|| c_int::from(MADE.get() >= 0)), 1);
    assert!(MADE.get() >= 0);
}

#[test]
fn nobody_is_told_that_all_is_closed() {
    let status = in_a_child(|| {
        let epoll = Epoll::new();
        let (wakes, duplicate) = (counter(), epoll.0.try_clone().unwrap());
        epoll.control(EPOLL_CTL_ADD, &wakes, EPOLLIN, 1);
        for fd in [epoll.0.as_raw_fd(), duplicate.as_raw_fd()] {
            std::thread::spawn(move || {
                let mut event = epoll_event { events: 0, u64: 0 };
                // SAFETY: there is room for the one event that is asked for; _exit takes a number.
                unsafe {
                    epoll_wait(fd, &raw mut event, 1, -1);
                    libc::_exit(1)
                }
            });
        }
        std::thread::sleep(Duration::from_millis(50));
        // SAFETY: no pointers. The owners of what is closed are not used or dropped before _exit.
        unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
        std::thread::sleep(Duration::from_millis(50));
        // SAFETY: _exit takes a number, and runs no destructor that would close a number again.
        unsafe { libc::_exit(7) }
    });
    assert_eq!(status, 7);
}

#[test]
fn a_number_that_means_something_else_by_now_is_not_closed() {
    let status = in_a_child(|| {
        let epoll = Epoll::new();
        let writing = table::with(epoll.0.as_raw_fd(), |instance| instance.writing).unwrap();
        drop(epoll);
        // The program's own, and nobody reads: as abandoned as the instance's was.
        let (_, own) = pipe().unwrap();
        // SAFETY: no pointers. Of what had the number nobody takes notice any more: that is tested.
        assert_eq!(unsafe { libc::dup2(own.as_raw_fd(), writing) }, writing);
        drop(Epoll::new());
        // SAFETY: F_GETFD takes no pointer.
        c_int::from(unsafe { libc::fcntl(writing, libc::F_GETFD) } >= 0)
    });
    assert_eq!(status, 1);
}
