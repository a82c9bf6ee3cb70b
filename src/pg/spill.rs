//! Bytes in a temporary file of PostgreSQL's: written once, then read from the beginning as often as
//! wanted. `temp_file_limit` counts it, and its end is the transaction's at the latest.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::memory::Home;
use crate::memory::{self, NoMemory};
use pgrx::pg_sys;

pub struct Spill {
    file: *mut pg_sys::BufFile,
    /// Where it lives, until it is closed.
    home: Home,
    written: u64,
}

impl Spill {
    pub fn new() -> Self {
        let home = Home::new();
        let here = home.enter();
        // SAFETY: the file belongs to the current resource owner, its memory to the home.
        let file = unsafe { pg_sys::BufFileCreateTemp(false) };
        drop(here);
        Spill {
            file,
            home,
            written: 0,
        }
    }

    /// Bytes that have been written.
    pub fn len(&self) -> u64 {
        self.written
    }

    /// Appends; nothing has been read yet.
    pub fn write(&mut self, bytes: &[u8]) {
        let _here = self.home.enter();
        // SAFETY: an open file; so many bytes are read from the slice, none is written to it.
        unsafe { pg_sys::BufFileWrite(self.file, bytes.as_ptr().cast_mut().cast(), bytes.len()) };
        self.written += bytes.len() as u64;
    }

    /// The next read is of the first byte.
    pub fn rewind(&mut self) {
        let _here = self.home.enter();
        // SAFETY: an open file, whose beginning is always there.
        let failed = unsafe { pg_sys::BufFileSeek(self.file, 0, 0, libc::SEEK_SET) };
        assert_eq!(failed, 0, "a temporary file has a beginning");
    }

    /// The next `count` bytes, which have been written.
    pub fn read(&mut self, count: usize) -> Result<Vec<u8>, NoMemory> {
        let mut bytes = memory::filled(0_u8, count)?;
        let _here = self.home.enter();
        // SAFETY: an open file, and room for so many bytes.
        let came = unsafe { pg_sys::BufFileRead(self.file, bytes.as_mut_ptr().cast(), count) };
        assert_eq!(came, count, "what was written is there");
        Ok(bytes)
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        // On an error's way the resource owner closes it: PostgreSQL must not be asked for more then.
        if !std::thread::panicking() {
            // SAFETY: opened by `new`, closed once.
            unsafe { pg_sys::BufFileClose(self.file) };
        }
    }
}
