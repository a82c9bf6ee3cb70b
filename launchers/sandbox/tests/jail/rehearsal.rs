//! Where the rehearsal has written, a satellite finds pages of its own.

use crate::os::{self, Side};
use crate::satellite::{alone, satellite, tell};
use launchpad_sandbox::rehearsal;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU8, Ordering};

const PAGES: usize = 64;
const LARGEST_PAGE: usize = 64 << 10;

static MEMORY: [AtomicU8; (PAGES + 1) * LARGEST_PAGE] =
    [const { AtomicU8::new(0) }; (PAGES + 1) * LARGEST_PAGE];

/// Somewhere in a page of it.
fn page(number: usize) -> &'static AtomicU8 {
    &MEMORY[(number + 1) * LARGEST_PAGE]
}

pub fn repeats() {
    // In a process of its own: its satellites repeat it from then on.
    match os::fork(&alone()).unwrap() {
        Side::Child => {
            rehearse();
            let satellite = satellite(serve).unwrap();
            let lines = satellite.lines();
            satellite.end();
            let expected = ["7", "page 3: 0", "page 40: 0", "page 20: 1", "page 41: 1"];
            assert_eq!(lines, expected);
            os::exit(0)
        }
        Side::Parent { child } => {
            let ended = os::wait(child, true).unwrap().unwrap();
            assert_eq!(ended.wait_status, 0);
        }
    }
}

fn rehearse() {
    for number in 0..PAGES {
        page(number).store(7, Ordering::Relaxed);
    }
    if rehearsal::begin(&alone()).unwrap() {
        for number in [3, 40] {
            page(number).store(8, Ordering::Relaxed);
        }
        rehearsal::end();
    }
}

fn serve() {
    tell(page(3).load(Ordering::Relaxed).to_string());
    // What counting itself needs.
    let _ = faults(10);
    for number in [3, 40, 20, 41] {
        tell(format!("page {number}: {}", faults(number)));
    }
}

/// Of writing to the page.
fn faults(number: usize) -> i64 {
    let before = all_faults();
    page(number).store(9, Ordering::Relaxed);
    all_faults() - before
}

fn all_faults() -> i64 {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to live, writable memory of the right type.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) };
    // SAFETY: an all-zero rusage is valid, and the kernel may have filled it.
    unsafe { usage.assume_init() }.ru_minflt
}
