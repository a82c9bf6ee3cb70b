//! Tells which calls the filters refuse. A filter that tells answers with the signal SIGSYS; its
//! handler writes a line to standard error, once per call and process, and lets the call fail with
//! EPERM, as it does without.
//!
//! It is for finding out what a script or a package needs. A thread that blocks the signal is ended
//! by it with its process, as the kernel demands.

use crate::os;
use nix::errno::Errno;
use nix::unistd::write;
use std::io::stderr;
use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(target_arch = "aarch64")]
use syscalls::aarch64::Sysno;
#[cfg(target_arch = "x86_64")]
use syscalls::x86_64::Sysno;

const BEGIN: &[u8] = b"launchpad.log_refused_calls: the sandbox refused system call ";

/// Longest line: the setting's words, the longest name, a number.
const LINE: usize = 160;

/// A bit for each number that was told; those above share the last.
static TOLD: [AtomicU64; 8] = [const { AtomicU64::new(0) }; 8];

/// Installs the handler. Before the filters: they forbid to change it.
pub fn install_reporter() -> Result<(), Errno> {
    os::handle_refused_calls(tell)
}

/// Tells again what was told: to whom standard error led before, was somebody else.
pub fn tell_again() {
    TOLD.iter()
        .for_each(|word| word.store(0, Ordering::Relaxed));
}

/// Runs in a signal handler: no allocation, no lock, and errno stays what it was.
fn tell(number: u32) {
    let bit = (number as usize).min(TOLD.len() * 64 - 1);
    let mask = 1 << (bit % 64);
    if TOLD[bit / 64].fetch_or(mask, Ordering::Relaxed) & mask == 0 {
        let mut line = [0; LINE];
        let length = write_line(&mut line, number);
        let errno = Errno::last_raw();
        let _ = write(stderr(), &line[..length]);
        Errno::set_raw(errno);
    }
}

/// `… mbind (237)`, and its line end; returns the length.
fn write_line(line: &mut [u8; LINE], number: u32) -> usize {
    let mut length = 0;
    let mut append = |bytes: &[u8]| {
        // Nothing is longer than the line; in a signal handler that must not panic either.
        for (to, from) in line[length..].iter_mut().zip(bytes) {
            *to = *from;
            length += 1;
        }
    };
    let mut digits = [0; 10];
    let digits = decimal(&mut digits, number);
    append(BEGIN);
    match Sysno::new(number as usize) {
        Some(call) => append(call.name().as_bytes()),
        None => append(b"number"),
    }
    append(b" (");
    append(digits);
    append(b")\n");
    length
}

fn decimal(digits: &mut [u8; 10], mut number: u32) -> &[u8] {
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &digits[first..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u32) -> String {
        let mut line = [0; LINE];
        let length = write_line(&mut line, number);
        String::from_utf8(line[..length].to_vec()).unwrap()
    }

    #[test]
    fn a_line_names_the_call() {
        let mbind = Sysno::mbind as u32;
        let begin = "launchpad.log_refused_calls: the sandbox refused system call";
        assert_eq!(line(mbind), format!("{begin} mbind ({mbind})\n"));
        assert_eq!(line(u32::MAX), format!("{begin} number (4294967295)\n"));
        assert_eq!(line(0xfff), format!("{begin} number (4095)\n"));
    }

    #[test]
    fn every_name_fits() {
        for number in 0..512 {
            assert!(line(number).ends_with(")\n"), "{number}");
        }
    }
}
