//! The input query as a portal: some rows at a time, so that other statements can run in between.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]
#![cfg_attr(
    not(debug_assertions),
    allow(dead_code, reason = "input in pieces has no caller yet but tests")
)]

use super::guard::{PgError, catch};
use super::query::InputQuery;
use super::receiver::{Receiver, Sink, Snapshot};
use pgrx::pg_sys;
use std::ffi::c_long;

unsafe extern "C-unwind" {
    // Without pgrx's guard: `catch` keeps the whole error.
    fn SPI_cursor_open_with_paramlist(
        name: *const std::ffi::c_char,
        plan: pg_sys::SPIPlanPtr,
        params: pg_sys::ParamListInfo,
        read_only: bool,
    ) -> pg_sys::Portal;
    fn PortalRunFetch(
        portal: pg_sys::Portal,
        direction: pg_sys::FetchDirection::Type,
        count: c_long,
        dest: *mut pg_sys::DestReceiver,
    ) -> u64;
}

/// An open query. Its end, unless [`Portal::close`] comes first, is that of the (sub)transaction.
pub struct Portal(pg_sys::Portal);

impl Portal {
    /// Opens the query, which must have been prepared to be read in pieces. The portal keeps the snapshot that it
    /// begins with.
    pub fn open(query: &InputQuery<'_>, snapshot: Snapshot) -> Result<Self, PgError> {
        let (plan, values) = query.plan();
        let read_only = snapshot == Snapshot::Callers;
        // SAFETY: a plan of one SELECT whose SPI session is connected, with values made for it; the
        // closure owns nothing.
        let portal = unsafe {
            catch(|| SPI_cursor_open_with_paramlist(std::ptr::null(), plan, values, read_only))
        }?;
        Ok(Portal(portal))
    }

    /// The next rows into `sink`, at most `most`; fewer if the sink says so. How many it was given.
    pub fn fetch(&mut self, most: u32, sink: &mut Sink<'_>) -> Result<u64, PgError> {
        let mut receiver = Receiver::new(sink);
        let (portal, most) = (self.0, c_long::from(most));
        // SAFETY: an open portal of this transaction; the receiver outlives the call, and the closure
        // owns nothing.
        unsafe {
            catch(|| {
                let forward = pg_sys::FetchDirection::FETCH_FORWARD;
                PortalRunFetch(portal, forward, most, receiver.as_dest())
            })
        }
    }

    pub fn close(self) {
        // SAFETY: opened by `open`.
        unsafe { pg_sys::SPI_cursor_close(self.0) };
    }
}
