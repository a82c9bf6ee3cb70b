//! An eye on the call while the executor has the process to itself.
//!
//! Between two rows of the input query, which may be minutes apart, the pump does not turn. A
//! periodic timeout of PostgreSQL's own then looks whether the launchpad or the client
//! has something to say, and if so cancels the query. The script's time does not pass meanwhile. The query's
//! cancel error is not the call's: who started the watchdog asks [`Watchdog::fired`] and finds out
//! from the pump what happened.
//!
//! The timeout's handler runs in a signal handler: it reads statics, calls poll(2) and sets flags.

use pgrx::pg_sys;
use std::ffi::c_int;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// Between two looks. A call ends within about this time of its reason to end.
const INTERVAL_MS: c_int = 50;

const NONE: i32 = -1;

// What is watched; the signal handler's arguments.
static LAUNCH: AtomicI32 = AtomicI32::new(NONE);
static CLIENT: AtomicI32 = AtomicI32::new(NONE);
static FIRED: AtomicBool = AtomicBool::new(false);
/// How often somebody has asked for a cancel: a client, a timeout, an administrator.
static CANCELS: AtomicU32 = AtomicU32::new(0);
/// PostgreSQL's handler of such a request, once ours stands before it in this process.
static HANDLER: AtomicUsize = AtomicUsize::new(0);
/// PostgreSQL's number for the timeout, once it is registered in this process.
static TIMEOUT: AtomicI32 = AtomicI32::new(NONE);

/// PostgreSQL's USER_TIMEOUT: the first number that it gives to extensions.
const USER_TIMEOUT: c_int = if cfg!(any(feature = "pg15", feature = "pg16")) {
    12
} else {
    13
};

unsafe extern "C-unwind" {
    // utils/timeout.h, which pgrx has no bindings for.
    fn RegisterTimeout(id: c_int, handler: extern "C" fn()) -> c_int;
    fn enable_timeout_every(id: c_int, fin_time: pg_sys::TimestampTz, delay_in_ms: c_int);
    fn disable_timeout(id: c_int, keep_indicator: bool);
}

extern "C" fn asked(signal: c_int) {
    CANCELS.fetch_add(1, Relaxed);
    let handler = HANDLER.load(Relaxed);
    if handler != 0 {
        // SAFETY: what sigaction gave as a handler of that kind.
        let handler: extern "C" fn(c_int) = unsafe { std::mem::transmute(handler) };
        handler(signal);
    }
}

extern "C" fn look() {
    let mut polled = [(&LAUNCH, libc::POLLIN), (&CLIENT, libc::POLLRDHUP)].map(|(fd, events)| {
        libc::pollfd {
            // A negative descriptor is passed over.
            fd: fd.load(Relaxed),
            events,
            revents: 0,
        }
    });
    // SAFETY: poll(2) may be called in a signal handler; errno is PostgreSQL's handler's to keep.
    unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, 0) };
    if polled[1].revents != 0 {
        super::server::client_is_lost();
    }
    if polled[0].revents != 0 {
        FIRED.store(true, Relaxed);
        cancel();
    }
}

/// As a cancel request's handler does.
fn cancel() {
    // SAFETY: flags of the type that signal handlers may set, sig_atomic_t.
    unsafe {
        pg_sys::QueryCancelPending = 1;
        pg_sys::InterruptPending = 1;
    }
}

fn cancel_is_pending() -> bool {
    // SAFETY: a flag that signal handlers set.
    unsafe { pg_sys::QueryCancelPending != 0 }
}

/// Watches while it lives. Calls nest (an input query may call again): the inner one's watchdog
/// takes over and gives back.
pub struct Watchdog {
    before: (i32, i32, bool),
    /// Of others, when it began.
    cancels: u32,
}

impl Watchdog {
    /// Watches a descriptor that is readable when the launchpad has something to say, such as a poller
    /// of the connections to it, and the client.
    pub fn start(launch: BorrowedFd<'_>, client: Option<BorrowedFd<'_>>) -> Self {
        let client = client.map_or(NONE, |fd| fd.as_raw_fd());
        let watchdog = Watchdog {
            before: (
                LAUNCH.swap(launch.as_raw_fd(), Relaxed),
                CLIENT.swap(client, Relaxed),
                FIRED.swap(false, Relaxed),
            ),
            // One that is on its way is another's, who has been counted already.
            cancels: CANCELS
                .load(Relaxed)
                .wrapping_sub(u32::from(cancel_is_pending())),
        };
        enable();
        watchdog
    }

    /// Whether it has cancelled the query, and nobody else has.
    pub fn fired(&self) -> bool {
        FIRED.load(Relaxed) && CANCELS.load(Relaxed) == self.cancels
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // SAFETY: a registered timeout, enabled or not.
        unsafe { disable_timeout(TIMEOUT.load(Relaxed), false) };
        if self.fired() {
            // The query may have ended before it noticed: the next one must not be cancelled.
            // SAFETY: the flag that `look` set.
            unsafe { pg_sys::QueryCancelPending = 0 };
            if !self.fired() {
                // Somebody else has asked in the same moment.
                cancel();
            }
        }
        let (launch, client, fired) = self.before;
        LAUNCH.store(launch, Relaxed);
        CLIENT.store(client, Relaxed);
        FIRED.store(fired, Relaxed);
        if launch != NONE {
            enable();
        }
    }
}

fn enable() {
    // SAFETY: registered once per process; the handler lives as long as the library.
    unsafe {
        if TIMEOUT.load(Relaxed) == NONE {
            TIMEOUT.store(RegisterTimeout(USER_TIMEOUT, look), Relaxed);
            listen();
        }
        let first = pg_sys::GetCurrentTimestamp()
            + Duration::from_millis(INTERVAL_MS as u64).as_micros() as pg_sys::TimestampTz;
        enable_timeout_every(TIMEOUT.load(Relaxed), first, INTERVAL_MS);
    }
}

/// Counts requests for a cancel (SIGINT, which PostgreSQL's timeouts send too): the flag that they set
/// is the one that `look` sets, and does not say who it was.
fn listen() {
    // SAFETY: all zeros is such a structure; the handler before is called by ours, which is put in its
    // place with its mask and flags, and lives as long as the library. Set-up in a backend, once.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGINT, std::ptr::null(), &raw mut action) != 0
            || action.sa_flags & libc::SA_SIGINFO != 0
            || [libc::SIG_DFL, libc::SIG_IGN].contains(&action.sa_sigaction)
        {
            return;
        }
        HANDLER.store(action.sa_sigaction, Relaxed);
        action.sa_sigaction = asked as extern "C" fn(c_int) as usize;
        libc::sigaction(libc::SIGINT, &raw const action, std::ptr::null_mut());
    }
}
