//! The line of CONTEXT that errors raised during a call carry.

use pgrx::pg_sys;
use std::ffi::{CString, c_char, c_int, c_void};

unsafe extern "C-unwind" {
    // Without pgrx's guard: called while PostgreSQL is raising, from a frame that owns nothing.
    fn errcontext_msg(format: *const c_char, ...) -> c_int;
}

/// A line on PostgreSQL's stack of them, until dropped.
pub struct Context {
    // Boxed, since PostgreSQL holds on to where it is.
    entry: Box<pg_sys::ErrorContextCallback>,
    _text: Box<CString>,
}

impl Context {
    /// `text` in ASCII.
    pub fn push(text: &str) -> Self {
        let text = Box::new(CString::new(text).unwrap_or_default());
        let entry = Box::new(pg_sys::ErrorContextCallback {
            // SAFETY: reads a backend-local variable.
            previous: unsafe { pg_sys::error_context_stack },
            callback: Some(tell),
            arg: text.as_ptr().cast_mut().cast(),
        });
        let mut context = Context { entry, _text: text };
        // SAFETY: taken off again by drop, before entry and text go.
        unsafe { pg_sys::error_context_stack = &raw mut *context.entry };
        context
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: what was there before.
        unsafe { pg_sys::error_context_stack = self.entry.previous };
    }
}

/// Runs while PostgreSQL raises an error or reports a message.
unsafe extern "C-unwind" fn tell(text: *mut c_void) {
    // SAFETY: a NUL-terminated string that lives as long as the callback is on the stack.
    unsafe { errcontext_msg(c"%s".as_ptr(), text.cast::<c_char>()) };
}
