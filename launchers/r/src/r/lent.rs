//! Memory of R's in Arrow's arrays.

use super::jump::Jump;
use super::owned::Owned;
use super::value::Value;
use arrow_buffer::{ArrowNativeType, Buffer, ScalarBuffer};
use std::ptr::NonNull;
use std::sync::Arc;

/// The object that the memory belongs to, kept as long as Arrow has use for it.
struct Lender(#[allow(dead_code, reason = "what counts is its end")] Owned);

// SAFETY: R's one thread alone uses it, as everything here.
unsafe impl Send for Lender {}
// SAFETY: R's one thread alone looks at it, too.
unsafe impl Sync for Lender {}
impl std::panic::RefUnwindSafe for Lender {}

impl<'a> Value<'a> {
    pub fn lent_doubles(self) -> Result<ScalarBuffer<f64>, Jump> {
        self.lent(self.doubles()?)
    }

    pub fn lent_integers(self) -> Result<ScalarBuffer<i32>, Jump> {
        self.lent(self.integers()?)
    }

    /// `values`: the object's own.
    fn lent<T: ArrowNativeType>(self, values: &'a [T]) -> Result<ScalarBuffer<T>, Jump> {
        Ok(ScalarBuffer::new(self.lent_bytes(values)?, 0, values.len()))
    }

    /// `values`: part of the object's own.
    pub(super) fn lent_bytes<T: ArrowNativeType>(self, values: &'a [T]) -> Result<Buffer, Jump> {
        if values.is_empty() {
            return Ok(Buffer::default());
        }
        let lender = Arc::new(Lender(Owned::shared(self)?));
        let start = NonNull::from(values).cast();
        // SAFETY: the lender keeps the memory, which does not move, and nobody changes an object while
        // this library works on it.
        Ok(unsafe { Buffer::from_custom_allocation(start, size_of_val(values), lender) })
    }
}
