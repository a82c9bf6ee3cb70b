//! The procedure's result: a cursor over rows that are already there.
//!
//! It is a portal of PostgreSQL's own whose rows lie in a tuplestore, as those of a WITH HOLD cursor
//! do after its transaction's end; so FETCH, MOVE, CLOSE and the end of a (sub)transaction find what they know. Until the
//! call is over it is one whose command is running: the input query may run anything, and can neither read
//! nor close it (CLOSE ALL passes over it).

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::descriptor::Column;
use pgrx::pg_sys;
use std::ffi::{CStr, CString};

/// A cursor under construction. Its end, unless [`Cursor::finish`] comes first, is that of the
/// (sub)transaction.
pub struct Cursor {
    portal: pg_sys::Portal,
}

impl Cursor {
    /// Raises PostgreSQL's own error if there is a cursor of that name; without one it gets one.
    pub fn create(name: Option<&str>) -> Self {
        let name = name.map(c_string);
        // SAFETY: the name is copied, the query's text is a constant; the portal lives until it is
        // dropped, which is left to this call and to the transaction's end while it is active.
        unsafe {
            let portal = match &name {
                Some(name) => pg_sys::CreatePortal(name.as_ptr(), false, false),
                None => pg_sys::CreateNewPortal(),
            };
            // There is no query: with rows in its store the portal never asks for one.
            pg_sys::PortalDefineQuery(
                portal,
                std::ptr::null(),
                c"CALL sp_execute_external_script".as_ptr(),
                pg_sys::CommandTag::CMDTAG_SELECT,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            );
            (*portal).status = pg_sys::PortalStatus::PORTAL_ACTIVE;
            Cursor { portal }
        }
    }

    /// Gives it its columns; the store and the descriptor that its rows must be put with.
    pub fn open(
        &mut self,
        columns: &[Column],
    ) -> (*mut pg_sys::Tuplestorestate, pg_sys::TupleDesc) {
        let portal = self.portal;
        // SAFETY: an active portal of ours, without a query; the descriptor is made in its memory.
        unsafe {
            let before = pg_sys::MemoryContextSwitchTo((*portal).portalContext);
            let descriptor = describe(columns);
            pg_sys::MemoryContextSwitchTo(before);
            (*portal).tupDesc = descriptor;
            (*portal).cursorOptions = pg_sys::CURSOR_OPT_SCROLL as i32;
            pg_sys::PortalCreateHoldStore(portal);
            replace_store(portal);
            (*portal).cleanup = Some(end_store);
            ((*portal).holdStore, descriptor)
        }
    }

    /// The call is over: the cursor's name, in the current memory context, if it was opened.
    pub fn finish(self) -> Option<CString> {
        let portal = std::mem::ManuallyDrop::new(self).portal;
        // SAFETY: the portal of this call; afterwards it is what PortalStart makes of a command that returns
        // rows: WHERE CURRENT OF finds that there is no query. Only a portal that is not active may be dropped.
        unsafe {
            (*portal).strategy = pg_sys::PortalStrategy::PORTAL_UTIL_SELECT;
            (*portal).atStart = true;
            (*portal).atEnd = false;
            (*portal).portalPos = 0;
            (*portal).status = pg_sys::PortalStatus::PORTAL_READY;
        }
        // SAFETY: the portal is there until it is dropped below.
        if unsafe { (*portal).holdStore.is_null() } {
            // SAFETY: the portal is ready, and nobody has seen it.
            unsafe { pg_sys::PortalDrop(portal, false) };
            return None;
        }
        // SAFETY: a portal's name ends with a NUL.
        Some(unsafe { CStr::from_ptr((*portal).name) }.to_owned())
    }
}

/// Gives the portal a store for the time of its (sub)transaction.
///
/// That of PostgreSQL may outlive it: its files are made in the database's tablespace, not in those of
/// `temp_tablespaces`, and after an error on a full disk they would stay until the session's end, since closing them
/// writes first. Files of this one are the portal's resource owner's, which on an error closes them as they are.
///
/// # Safety
/// A portal with an empty store.
unsafe fn replace_store(portal: pg_sys::Portal) {
    // SAFETY: the caller's promise. An error on the way is the call's, which fails the portal.
    unsafe {
        let owner = pg_sys::CurrentResourceOwner;
        let context = pg_sys::MemoryContextSwitchTo((*portal).holdContext);
        pg_sys::tuplestore_end((*portal).holdStore);
        (*portal).holdStore = std::ptr::null_mut();
        pg_sys::CurrentResourceOwner = (*portal).resowner;
        (*portal).holdStore = pg_sys::tuplestore_begin_heap(true, false, pg_sys::work_mem);
        pg_sys::CurrentResourceOwner = owner;
        pg_sys::MemoryContextSwitchTo(context);
    }
}

/// The portal's end: PortalDrop calls it before it releases the resource owner. At an error MarkPortalFailed and the
/// (sub)transaction's abort do, which releases that: ending the store would write what it has not written yet.
///
/// # Safety
/// As PostgreSQL calls portals' cleanup hooks.
unsafe extern "C-unwind" fn end_store(portal: pg_sys::Portal) {
    // SAFETY: the caller's promise; the store is ended once. The outermost frame, which owns nothing.
    unsafe {
        let store = std::mem::replace(&mut (*portal).holdStore, std::ptr::null_mut());
        let failed = (*portal).status == pg_sys::PortalStatus::PORTAL_FAILED;
        if !store.is_null() && !failed && pg_sys::IsTransactionState() {
            pg_sys::panic::pgrx_extern_c_guard(|| pg_sys::tuplestore_end(store));
        }
    }
}

/// The call has failed. Of a portal that is still active PostgreSQL believes that its command goes on
/// after the transaction's end, and would leave it.
impl Drop for Cursor {
    fn drop(&mut self) {
        // SAFETY: an active portal of this call; it has no query whose end could raise an error.
        unsafe { pg_sys::MarkPortalFailed(self.portal) };
    }
}

/// A descriptor in the current memory context.
fn describe(columns: &[Column]) -> pg_sys::TupleDesc {
    // SAFETY: allocates for that many columns.
    let descriptor = unsafe { pg_sys::CreateTemplateTupleDesc(columns.len() as i32) };
    for (index, column) in columns.iter().enumerate() {
        let label = label(&column.name);
        // SAFETY: the descriptor has this column; the label is copied.
        unsafe {
            pg_sys::TupleDescInitEntry(
                descriptor,
                index as i16 + 1,
                label.as_ptr(),
                pg_sys::Oid::from(column.type_oid),
                column.typmod,
                0,
            );
        }
    }
    descriptor
}

/// A label as a column's name: at most 63 bytes, cut between two characters.
#[expect(clippy::disallowed_methods, reason = "at most 63 bytes")]
fn label(name: &str) -> CString {
    let text = c_string(name);
    let bytes = text.as_bytes();
    let limit = pg_sys::NAMEDATALEN as i32 - 1;
    // SAFETY: reads that many bytes of the text.
    let length = unsafe { pg_sys::pg_mbcliplen(text.as_ptr(), bytes.len() as i32, limit) };
    CString::new(&bytes[..length as usize]).unwrap_or_default()
}

/// In the database's encoding; what follows a NUL character is lost.
fn c_string(text: &str) -> CString {
    let text = text.split('\0').next().unwrap_or_default();
    super::encoding::c_string(text).unwrap_or_default()
}
