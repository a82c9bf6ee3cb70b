//! Unsafe room 2: Linux and plain memory, behind safe functions. Most of it is nix, which is
//! safe already.
#![allow(unsafe_code)]

pub mod allocator;
pub mod machine;
pub mod reserve;
pub mod spawn;

/// Words as their bytes.
pub fn bytes_of_mut(words: &mut [u64]) -> &mut [u8] {
    // SAFETY: any byte is valid for both types, and alignment only gets weaker.
    unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), size_of_val(words)) }
}
