//! What R has set up of the process for a user at a terminal, set up for a script; and the kernel's randomness. The C
//! library's calls are here that nix lacks.

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use std::ffi::c_int;

unsafe extern "C" {
    static stdout: *mut libc::FILE;
}

/// Makes writing to a pipe that nobody reads any more an error of that call. R's own handler of the
/// signal would jump out of whatever writes.
pub fn ignore_broken_pipes() {
    // SAFETY: no handler of ours.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
}

/// Lets what a script prints leave line by line.
pub fn line_by_line() {
    let mode: c_int = libc::_IOLBF;
    // SAFETY: the C library's own stream and no buffer of ours; nothing else runs.
    unsafe { libc::setvbuf(stdout, std::ptr::null_mut(), mode, 0) };
}

/// Fills the few `bytes`, which the kernel gives at once.
pub fn random(bytes: &mut [u8]) -> Result<(), Errno> {
    // SAFETY: so many bytes are ours and writable.
    let given = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    Errno::result(given).map(drop)
}
