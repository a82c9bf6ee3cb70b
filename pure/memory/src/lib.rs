//! Memory of a size that comes from outside, reserved so that a refusal is an error of the call.
//! Pure: no PostgreSQL.
//!
//! Rust ends the process when the system refuses memory that infallible code asks for, and a
//! backend that ends takes the whole cluster along. What is small is safe (the extension's `os::allocator`
//! serves it); everything else goes through here, and clippy's `disallowed_methods` says so.

use launchpad_fault::{Fault, Outcome, Report};

/// The system refused so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("failed on request of size {bytes}")]
pub struct NoMemory {
    pub bytes: usize,
}

impl Fault for NoMemory {
    fn report(&self) -> Report {
        Report::out_of_memory(Outcome::Other, self.bytes)
    }
}

/// Makes `vec` ready for `more` elements beyond those that it holds: twice the memory if there is
/// so much, as it grows by itself, else what is needed.
#[inline]
pub fn reserve<T>(vec: &mut Vec<T>, more: usize) -> Result<(), NoMemory> {
    if vec.capacity() - vec.len() >= more {
        return Ok(());
    }
    grow(vec, more)
}

#[cold]
fn grow<T>(vec: &mut Vec<T>, more: usize) -> Result<(), NoMemory> {
    let reserved = vec
        .try_reserve(more)
        .or_else(|_| vec.try_reserve_exact(more));
    reserved.map_err(|_| refused::<T>(vec.len().saturating_add(more)))
}

fn refused<T>(count: usize) -> NoMemory {
    NoMemory {
        bytes: count.saturating_mul(size_of::<T>()),
    }
}

/// An empty vector with a place for each of `count` elements.
pub fn with_capacity<T>(count: usize) -> Result<Vec<T>, NoMemory> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(count)
        .map_err(|_| refused::<T>(count))?;
    Ok(vec)
}

/// Appends one element.
#[inline]
pub fn push<T>(vec: &mut Vec<T>, value: T) -> Result<(), NoMemory> {
    reserve(vec, 1)?;
    vec.push(value);
    Ok(())
}

/// Appends a copy of `slice`.
#[inline]
pub fn extend<T: Copy>(vec: &mut Vec<T>, slice: &[T]) -> Result<(), NoMemory> {
    reserve(vec, slice.len())?;
    #[expect(clippy::disallowed_methods, reason = "reserved above")]
    vec.extend_from_slice(slice);
    Ok(())
}

/// Makes `vec` hold `count` elements, new ones being `value`.
pub fn resize<T: Copy>(vec: &mut Vec<T>, count: usize, value: T) -> Result<(), NoMemory> {
    reserve(vec, count.saturating_sub(vec.len()))?;
    #[expect(clippy::disallowed_methods, reason = "reserved above")]
    vec.resize(count, value);
    Ok(())
}

/// `count` times `value`.
pub fn filled<T: Copy>(value: T, count: usize) -> Result<Vec<T>, NoMemory> {
    let mut vec = with_capacity(count)?;
    resize(&mut vec, count, value)?;
    Ok(vec)
}

/// A copy of `slice`.
pub fn copy<T: Copy>(slice: &[T]) -> Result<Vec<T>, NoMemory> {
    let mut vec = with_capacity(slice.len())?;
    extend(&mut vec, slice)?;
    Ok(vec)
}

/// A copy of `text`.
pub fn string(text: &str) -> Result<String, NoMemory> {
    let mut copy = String::new();
    append(&mut copy, text)?;
    Ok(copy)
}

/// Appends `text` to `to`.
pub fn append(to: &mut String, text: &str) -> Result<(), NoMemory> {
    let more = text.len();
    let reserved = to.try_reserve(more).or_else(|_| to.try_reserve_exact(more));
    reserved.map_err(|_| refused::<u8>(to.len().saturating_add(more)))?;
    to.push_str(text);
    Ok(())
}

/// All that the iterator yields.
pub fn collect<T>(values: impl Iterator<Item = T>) -> Result<Vec<T>, NoMemory> {
    let mut vec = with_capacity(values.size_hint().0)?;
    for value in values {
        push(&mut vec, value)?;
    }
    Ok(vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More than any address space has.
    const BEYOND: usize = usize::MAX / 16;

    #[test]
    fn what_there_is_no_memory_for_is_an_error() {
        assert_eq!(
            with_capacity::<u64>(BEYOND),
            Err(NoMemory { bytes: BEYOND * 8 })
        );
        assert!(filled(0_u8, usize::MAX).is_err());
        let mut vec = vec![1_u64];
        assert!(reserve(&mut vec, usize::MAX).is_err());
        assert!(resize(&mut vec, BEYOND, 0).is_err());
        assert_eq!(vec, [1]);
    }

    #[test]
    fn what_fits_is_as_the_infallible_calls_leave_it() {
        let mut vec = copy(&[1, 2]).unwrap();
        extend(&mut vec, &[3]).unwrap();
        push(&mut vec, 4).unwrap();
        resize(&mut vec, 6, 5).unwrap();
        assert_eq!(vec, [1, 2, 3, 4, 5, 5]);
        resize(&mut vec, 1, 0).unwrap();
        assert_eq!(vec, [1]);
        assert_eq!(filled(7_u8, 3).unwrap(), [7; 3]);
        assert_eq!(collect(1..4).unwrap(), [1, 2, 3]);
        let mut text = string("a").unwrap();
        append(&mut text, "ä").unwrap();
        assert_eq!(text, "aä");
    }
}
