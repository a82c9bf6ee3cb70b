//! The allocator while the system refuses: in a process of its own, whose address space is limited.

use super::*;
use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};
use std::process::Command;
use std::time::Duration;

const CHILD: &str = "LAUNCHPAD_TEST_REFUSED";

/// Runs the test of that name again, with no more memory than it has at first.
fn in_a_child(test: &str) -> bool {
    if std::env::var_os(CHILD).is_some() {
        return true;
    }
    let name = format!("os::allocator::tests::{test}");
    let done = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{:?}: {said}", done.status);
    assert!(String::from_utf8_lossy(&done.stdout).contains("1 passed"));
    false
}

/// Until the thread that has started the test waits for its end, and takes no memory any more: the C
/// library ends the process where that is refused.
fn wait_for_the_other_thread() {
    let stat = format!("/proc/self/task/{}/stat", std::process::id());
    let sleeps = || std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") S "));
    let mut seen = 0;
    while seen < 10 {
        seen = if sleeps() { seen + 1 } else { 0 };
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Takes all that there is; what gives it back.
fn refuse() -> ((rlim_t, rlim_t), Vec<Vec<u8>>) {
    wait_for_the_other_thread();
    let before = getrlimit(Resource::RLIMIT_AS).unwrap();
    let mut taken = Vec::with_capacity(1 << 16);
    setrlimit(Resource::RLIMIT_AS, 1, before.1).unwrap();
    let mut bytes = 1 << 20;
    while bytes >= 16 {
        // Not by this allocator, whose reserve is to stay whole.
        match system_has(bytes) {
            true => match crate::memory::with_capacity(bytes) {
                Ok(block) if taken.len() < taken.capacity() => taken.push(block),
                _ => bytes /= 2,
            },
            false => bytes /= 2,
        }
    }
    (before, taken)
}

#[test]
fn small_requests_are_served_while_the_system_refuses() {
    if !in_a_child("small_requests_are_served_while_the_system_refuses") {
        return;
    }
    let mut strings: Vec<String> = Vec::new();
    let (before, taken) = refuse();
    // What a flood of short lines or names allocates between two interrupt checks, and more.
    for number in 0..5_000 {
        strings.push(number.to_string());
    }
    let grown: Vec<u64> = (0..30_000).collect();
    let large = crate::memory::with_capacity::<u8>(64 << 20);
    let (used, was_short) = (ALLOCATOR.reserve.used(), is_short());
    // A failure has no memory to be told before this.
    drop(taken);
    setrlimit(Resource::RLIMIT_AS, before.0, before.1).unwrap();
    assert!(large.is_err(), "what is large is refused");
    assert!(used > 0 && was_short);
    assert!(
        strings
            .iter()
            .zip(0..)
            .all(|(text, at)| text == &at.to_string())
    );
    assert!(grown.iter().zip(0..).all(|(value, at)| *value == at));
    drop((strings, grown));
    assert!(!is_short(), "memory is back");
    assert!(!ALLOCATOR.refused.load(Ordering::Relaxed));
}

#[test]
fn blocks_move_between_the_two() {
    if !in_a_child("blocks_move_between_the_two") {
        return;
    }
    let mut before_it: Vec<u8> = b"from the system".to_vec();
    let (before, taken) = refuse();
    // Grows into the reserve, and within it.
    before_it.extend([b'x'; 10_000]);
    before_it.extend([b'y'; 50_000]);
    let mut in_it: Vec<u8> = vec![7; 100];
    let zeroed = vec![0_u64; 1000];
    assert!(zeroed.iter().all(|word| *word == 0));
    drop(taken);
    setrlimit(Resource::RLIMIT_AS, before.0, before.1).unwrap();
    // Grows out of it.
    in_it.resize(100 + (1 << 20), 8);
    before_it.resize(15 + 60_000 + (1 << 20), b'z');
    assert!(before_it.starts_with(b"from the systemxxx"));
    assert_eq!(before_it.len(), 15 + 60_000 + (1 << 20));
    assert!(in_it[..100].iter().all(|byte| *byte == 7));
    assert!(!ALLOCATOR.reserve.holds(in_it.as_ptr()));
    assert!(!ALLOCATOR.reserve.holds(before_it.as_ptr()));
}
