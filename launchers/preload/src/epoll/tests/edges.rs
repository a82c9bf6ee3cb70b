//! Edges, which poll(2) does not know.

use super::*;

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
