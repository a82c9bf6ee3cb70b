//! Short reads and writes, interrupted and refused ones, at random: what the kernel may do at any time and seldom
//! does.

use nix::Result;
use nix::errno::Errno;
use std::sync::atomic::{AtomicU64, Ordering};

/// The generator's state; 0: nothing is disturbed.
static STATE: AtomicU64 = AtomicU64::new(0);

/// From now on, in this process; 0 ends it.
pub fn begin(seed: u64) {
    STATE.store(seed, Ordering::Relaxed);
}

/// How many of `wanted` bytes a system call is asked for, at least one of any; or the error that it ends in.
pub fn bytes(wanted: usize) -> Result<usize> {
    let Some(chance) = next() else {
        return Ok(wanted);
    };
    let few = 1 + (chance >> 16) as usize % 7;
    let some = 1 + (chance >> 16) as usize % 4096;
    match chance % 16 {
        0 => Err(Errno::EINTR),
        1 => Err(Errno::EAGAIN),
        2..6 => Ok(wanted.min(few)),
        6..12 => Ok(wanted.min(some)),
        _ => Ok(wanted),
    }
}

/// Marsaglia's xorshift.
fn next() -> Option<u64> {
    let mut state = STATE.load(Ordering::Relaxed);
    if state == 0 {
        return None;
    }
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    STATE.store(state, Ordering::Relaxed);
    Some(state)
}
