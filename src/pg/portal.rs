//! The input query as a portal: some rows at a time, so that other statements can run in between. It is
//! pinned: they cannot close it.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]
#![cfg_attr(
    not(debug_assertions),
    allow(dead_code, reason = "input in pieces has no caller yet but tests")
)]

use super::guard::{PgError, catch};
use super::memory::Home;
use super::query::InputQuery;
use super::receiver::{Receiver, Sink, Snapshot};
use super::row::Row;
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
    // It only sets fields.
    fn SetTuplestoreDestReceiverParams(
        receiver: *mut pg_sys::DestReceiver,
        store: *mut pg_sys::Tuplestorestate,
        context: pg_sys::MemoryContext,
        detoast: bool,
        target: pg_sys::TupleDesc,
        map_failure: *const std::ffi::c_char,
    );
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
        // SAFETY: a new portal; the clean-up after an error unpins it.
        unsafe { pg_sys::PinPortal(portal) };
        Ok(Portal(portal))
    }

    /// The next rows into `sink`, at most `most`; fewer if the sink says so. How many it was given.
    pub fn fetch(&mut self, most: u32, sink: &mut Sink<'_>) -> Result<u64, PgError> {
        let mut receiver = Receiver::new(sink);
        // SAFETY: the receiver outlives the call.
        unsafe { self.run(most, receiver.as_dest()) }
    }

    /// # Safety
    /// `dest` is a receiver of the query's rows.
    unsafe fn run(&mut self, most: u32, dest: *mut pg_sys::DestReceiver) -> Result<u64, PgError> {
        let (portal, most) = (self.0, c_long::from(most));
        let forward = pg_sys::FetchDirection::FETCH_FORWARD;
        // SAFETY: an open portal of this transaction, and the caller's promise; the closure owns nothing.
        unsafe { catch(|| PortalRunFetch(portal, forward, most, dest)) }
    }

    pub fn close(self) {
        // SAFETY: opened and pinned by `open`.
        unsafe { pg_sys::UnpinPortal(self.0) };
        // SAFETY: what is pinned until now is still there.
        unsafe { pg_sys::SPI_cursor_close(self.0) };
    }
}

/// Rows of a portal that have been fetched, so many at once, to be read one by one: other statements can
/// run before any of them. PostgreSQL writes them to a file where they take more than `work_mem`.
pub struct Ahead {
    store: *mut pg_sys::Tuplestorestate,
    receiver: *mut pg_sys::DestReceiver,
    slot: *mut pg_sys::TupleTableSlot,
    // Where all that lives, until its end.
    home: Home,
}

impl Ahead {
    /// Of the rows of `portal`, which stays open as long.
    pub fn of(portal: &Portal) -> Self {
        let home = Home::new();
        let here = home.enter();
        // SAFETY: all is made in the home, for the portal's descriptor, which lives as long as it does.
        let (store, receiver, slot) = unsafe {
            let store = pg_sys::tuplestore_begin_heap(false, false, pg_sys::work_mem);
            let receiver = pg_sys::CreateDestReceiver(pg_sys::CommandDest::DestTuplestore);
            let context = pg_sys::CurrentMemoryContext;
            let none = std::ptr::null_mut();
            SetTuplestoreDestReceiverParams(
                receiver,
                store,
                context,
                false,
                none,
                std::ptr::null(),
            );
            let kind = &raw const pg_sys::TTSOpsMinimalTuple;
            let slot = pg_sys::MakeSingleTupleTableSlot((*portal.0).tupDesc, kind);
            (store, receiver, slot)
        };
        drop(here);
        Ahead {
            store,
            receiver,
            slot,
            home,
        }
    }

    /// Fetches the next rows, at most `most`, when all of the last have been read. How many came.
    pub fn fetch(&mut self, portal: &mut Portal, most: u32) -> Result<u64, PgError> {
        let _here = self.home.enter();
        // SAFETY: a store that this owns; the slot's row, which may lie in it, has been read.
        unsafe { pg_sys::tuplestore_clear(self.store) };
        // SAFETY: the receiver of rows into the store.
        unsafe { portal.run(most, self.receiver) }
    }

    /// The next row that was fetched.
    pub fn next_row(&mut self) -> Option<Row<'_>> {
        let _here = self.home.enter();
        // SAFETY: store and slot are this one's, and of the same columns; the row's values stay where they
        // are until the next call, which the borrow rules out.
        unsafe {
            if !pg_sys::tuplestore_gettupleslot(self.store, true, false, self.slot) {
                return None;
            }
            let count = (*(*self.slot).tts_tupleDescriptor).natts;
            pg_sys::slot_getsomeattrs_int(self.slot, count);
            let (values, nulls) = ((*self.slot).tts_values, (*self.slot).tts_isnull);
            Some(Row::new(
                values,
                nulls,
                usize::try_from(count).expect("a number of columns"),
            ))
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // On an error's way its clean-up does the rest.
        if !std::thread::panicking() {
            // SAFETY: made by `of`, and nothing of it is used any more.
            unsafe { pg_sys::ExecDropSingleTupleTableSlot(self.slot) };
            // SAFETY: as it was made.
            unsafe { pg_sys::tuplestore_end(self.store) };
        }
    }
}
