//! The end of a script's process, told before its memory is taken apart.
//!
//! A process counts as ended when the kernel has freed its memory, page by page: milliseconds, for
//! which a call would wait. The memory belongs to all processes that share it and is freed when the
//! last of them ends. So the script's process leaves another one behind, the *lingerer*, which
//! does nothing; the init reports the end at once, and its own end is the lingerer's.

use crate::os;

/// Ends the script's process: nothing of the script runs in it any more, everything is sent.
///
/// Only for the process that the init waits for: of another one the memory would stay until the
/// init's end.
pub fn leave(status: i32) -> ! {
    // Refused (in the container sandbox nobody would end it) or at a limit: the end is told later then.
    let _ = os::linger();
    os::exit(status)
}
