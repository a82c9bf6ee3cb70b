//! The keeper's program; see [`launchpad_sandbox::keeper`].
#![allow(unsafe_code)]

use launchpad_sandbox::keeper;
use launchpad_sandbox::os::{Alone, Unowned};

fn main() {
    // SAFETY: this program starts no thread.
    let alone = unsafe { Alone::assume() };
    // SAFETY: it was started with those that it uses by number, and no value owns them.
    let unowned = unsafe { Unowned::assume() };
    keeper::run(&alone, unowned)
}
