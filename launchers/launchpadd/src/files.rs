//! Files of the kernel's and the administrator's as text, read as far as they can be of use.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Bytes of a file at most: /etc/subuid has a line per user, /proc's children a word per process.
const MOST: u64 = 4 << 20;

/// The file's text; memory that is refused is an error.
pub fn read(path: impl AsRef<Path>) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| ErrorKind::InvalidData.into())
}

/// The value of a line of such a file as /proc/PID/status or /proc/meminfo.
pub fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    let of_name = |line: &'a str| line.strip_prefix(name)?.strip_prefix(':');
    status.lines().find_map(of_name).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let status = "Name:\tlaunchpadd\nSeccomp_filters:\t4\nSeccomp:\t2\n";
        assert_eq!(field(status, "Seccomp"), Some("2"));
        assert_eq!(field(status, "Sec"), None);
        assert_eq!(field("NoNewPrivs:\t0\n", "Seccomp"), None);
    }

    #[test]
    fn a_file_without_end_ends() {
        assert_eq!(read("/dev/zero").unwrap().len() as u64, MOST);
        assert!(read("/proc/self/status").unwrap().starts_with("Name:"));
        assert!(read("/proc/self/nothing").is_err());
    }
}
