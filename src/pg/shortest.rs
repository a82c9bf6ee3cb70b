//! A float's text as PostgreSQL writes it, whatever extra_float_digits is: the shortest digits that read
//! back as the same float. PostgreSQL's casts to numeric keep fifteen digits of a double, and six of a real.

use std::ffi::{c_char, c_int};

unsafe extern "C" {
    // common/shortest_dec.h, which pgrx has no binding of; they raise nothing.
    fn double_to_shortest_decimal_bufn(value: f64, result: *mut c_char) -> c_int;
    fn float_to_shortest_decimal_bufn(value: f32, result: *mut c_char) -> c_int;
}

/// DOUBLE_SHORTEST_DECIMAL_LEN is 25.
const ROOM: usize = 32;

#[derive(Clone, Copy)]
pub struct Shortest {
    bytes: [u8; ROOM],
    length: usize,
}

impl Shortest {
    pub fn of_double(value: f64) -> Self {
        // SAFETY: writes 24 characters at most.
        Shortest::written(|room| unsafe { double_to_shortest_decimal_bufn(value, room) })
    }

    pub fn of_real(value: f32) -> Self {
        // SAFETY: writes 15 characters at most.
        Shortest::written(|room| unsafe { float_to_shortest_decimal_bufn(value, room) })
    }

    fn written(write: impl FnOnce(*mut c_char) -> c_int) -> Self {
        let mut bytes = [0; ROOM];
        let length = write(bytes.as_mut_ptr().cast());
        let length = usize::try_from(length).expect("a count of characters");
        Shortest { bytes, length }
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).expect("ASCII")
    }
}
