//! Unsafe room 2: Linux and plain memory, behind safe functions. Most of it is rustix, which is
//! safe already.
#![allow(unsafe_code)]

pub mod channels;
pub mod packets;
pub mod poller;
pub mod spawn;

/// Little-endian numbers as their bytes.
pub fn bytes_of(numbers: &[i32]) -> &[u8] {
    // SAFETY: i32 has no padding, any byte is valid for u8, and alignment only gets weaker.
    unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), size_of_val(numbers)) }
}
