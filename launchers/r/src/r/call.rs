//! The border of `.Call`: arguments in, a result or an error out.

use super::jump::Jump;
use super::owned::Owned;
use super::value::Value;
use crate::Failure;
use savvy_ffi::{R_NilValue, Rf_errorcall, SEXP};
use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `.Call` passes and takes.
#[allow(non_camel_case_types)]
pub type sexp = SEXP;

/// The longest error message; R's own buffer for one has as much.
const MESSAGE_BYTES: usize = 8192;

/// Runs `body` with a call's arguments; its error becomes R's, raised when all is dropped.
pub fn entry<const N: usize>(
    arguments: [SEXP; N],
    body: impl for<'a> FnOnce([Value<'a>; N]) -> Result<Owned, Failure>,
) -> SEXP {
    // SAFETY: R keeps a call's arguments until it returns, which `body` does not outlive.
    let arguments = arguments.map(|argument| unsafe { Value::borrow(argument) });
    // The result leaves its owner here: R takes it over before anything else can be allocated.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        body(arguments).map(|owned| owned.object())
    }));
    match outcome {
        Ok(Ok(object)) => object,
        Ok(Err(Failure::Jump(jump))) => resume(jump),
        Ok(Err(failure)) => raise(failure.to_string()),
        Err(panic) => raise(format!("the R launcher failed: {}", words(&*panic))),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

fn resume(jump: Jump) -> ! {
    // SAFETY: called by `entry`, in whose frame and above nothing is left to drop.
    unsafe { jump.resume() }
}

struct Message(UnsafeCell<[u8; MESSAGE_BYTES]>);
// SAFETY: R's one thread alone uses it.
unsafe impl Sync for Message {}
static MESSAGE: Message = Message(UnsafeCell::new([0; MESSAGE_BYTES]));

/// Raises an error of R's without a call.
fn raise(text: String) -> ! {
    let kept = launchpad_protocol::cut(&text, MESSAGE_BYTES - 1).as_bytes();
    // SAFETY: nobody else looks at it now; R copies it before it runs anything of this library's.
    let buffer = unsafe { &mut *MESSAGE.0.get() };
    buffer[..kept.len()].copy_from_slice(kept);
    buffer[kept.len()] = 0;
    // What a jump would skip.
    drop(text);
    // SAFETY: a NUL-terminated text for its one directive.
    unsafe { Rf_errorcall(R_NilValue, c"%s".as_ptr(), buffer.as_ptr()) }
}
