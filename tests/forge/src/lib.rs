//! For tests: what a hostile or broken satellite could send, and the way of a stream through decoding
//! without a server.
//!
//! `hostile` makes streams by hand, each with the error that it must end in; `fuzz` changes streams at
//! random; `whole` decodes one.

pub mod fuzz;
pub mod hostile;
pub mod whole;

use std::cell::Cell;
use std::sync::Once;

/// Panics of this thread's since it first asked. Decoding catches arrow's; the checks before it should
/// leave none.
pub fn panics_so_far() -> usize {
    thread_local! {
        static PANICS: Cell<usize> = const { Cell::new(0) };
    }
    static COUNTED: Once = Once::new();
    COUNTED.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.set(PANICS.get() + 1);
            print(panic);
        }));
    });
    PANICS.get()
}
