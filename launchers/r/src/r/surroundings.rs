//! What R has set up of the process for a user at a terminal, set up for a script.

use std::ffi::c_int;

unsafe extern "C" {
    static stdout: *mut libc::FILE;
}

/// Makes writing to a pipe that nobody reads any more an error of that call. R's own handler of the
/// signal would jump out of whatever writes.
pub fn ignore_broken_pipes() {
    // SAFETY: no handler of ours.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}

/// Lets what a script prints leave line by line.
pub fn line_by_line() {
    let mode: c_int = libc::_IOLBF;
    // SAFETY: the C library's own stream and no buffer of ours; nothing else runs.
    unsafe { libc::setvbuf(stdout, std::ptr::null_mut(), mode, 0) };
}
