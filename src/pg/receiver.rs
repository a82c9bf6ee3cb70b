//! A DestReceiver of our own: the executor hands each tuple over without copying it anywhere.

use super::guard::{PgError, catch};
use super::row::Row;
use pgrx::pg_sys;
use pgrx::prelude::*;
use std::ffi::CStr;

/// What takes the rows; false ends the query early.
pub type Sink<'a> = dyn FnMut(Row<'_>) -> bool + 'a;

#[repr(C)]
pub struct Receiver<'a, 'b> {
    // First, so that the executor's pointer to it is a pointer to the whole.
    base: pg_sys::DestReceiver,
    sink: &'a mut Sink<'b>,
}

impl<'a, 'b> Receiver<'a, 'b> {
    pub fn new(sink: &'a mut Sink<'b>) -> Self {
        Receiver {
            base: pg_sys::DestReceiver {
                receiveSlot: Some(receive),
                rStartup: Some(start_up),
                rShutdown: Some(nothing),
                rDestroy: Some(nothing),
                // The executor only asks whether it is one of its own kinds.
                mydest: pg_sys::CommandDest::DestTuplestore,
            },
            sink,
        }
    }

    /// For the executor, as long as this lives and stays where it is.
    pub fn as_dest(&mut self) -> *mut pg_sys::DestReceiver {
        (&raw mut *self).cast()
    }
}

unsafe extern "C-unwind" {
    // Without pgrx's guard: `catch` keeps the whole error.
    fn SPI_execute_plan_extended(
        plan: pg_sys::SPIPlanPtr,
        options: *const pg_sys::SPIExecuteOptions,
    ) -> std::ffi::c_int;
    // Without it as well: once a row. It is called where nothing is owned that has a destructor.
    fn slot_getsomeattrs_int(slot: *mut pg_sys::TupleTableSlot, count: std::ffi::c_int);
}

#[pg_guard]
unsafe extern "C-unwind" fn receive(
    slot: *mut pg_sys::TupleTableSlot,
    receiver: *mut pg_sys::DestReceiver,
) -> bool {
    // SAFETY: the executor passes the receiver it was given, and a slot with a valid tuple.
    unsafe {
        let receiver: *mut Receiver<'_, '_> = receiver.cast();
        let count = (*(*slot).tts_tupleDescriptor).natts;
        if i32::from((*slot).tts_nvalid) < count {
            slot_getsomeattrs_int(slot, count);
        }
        let row = Row::new((*slot).tts_values, (*slot).tts_isnull, count as usize);
        ((*receiver).sink)(row)
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn start_up(
    _receiver: *mut pg_sys::DestReceiver,
    _operation: std::ffi::c_int,
    _descriptor: pg_sys::TupleDesc,
) {
}

#[pg_guard]
unsafe extern "C-unwind" fn nothing(_receiver: *mut pg_sys::DestReceiver) {}

/// What a query sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshot {
    /// What the statement sees that calls: a function is a part of it.
    Callers,
    /// What a statement of its own would see at this moment.
    Own,
}

/// Executes `plan` with `values` for its parameters, each row into `sink`.
///
/// # Safety
/// `plan` is a valid SPI plan of one SELECT, SPI is connected, and `values` holds the plan's
/// parameters or is null if it has none.
pub unsafe fn execute(
    plan: pg_sys::SPIPlanPtr,
    values: pg_sys::ParamListInfo,
    snapshot: Snapshot,
    sink: &mut Sink<'_>,
) -> Result<(), PgError> {
    let mut receiver = Receiver::new(sink);
    let options = pg_sys::SPIExecuteOptions {
        params: values,
        // SPI's word for: in the active snapshot.
        read_only: snapshot == Snapshot::Callers,
        dest: receiver.as_dest(),
        ..Default::default()
    };
    // SAFETY: the closure owns nothing; plan, options and receiver outlive the call.
    let done = unsafe { catch(|| SPI_execute_plan_extended(plan, &options)) }?;
    if done < 0 {
        // SAFETY: a name of PostgreSQL's, or a text that lives until the next call.
        let why = unsafe { CStr::from_ptr(pg_sys::SPI_result_code_string(done)) };
        let why = why.to_string_lossy();
        pgrx::error!("SPI_execute_plan_extended failed: {why}");
    }
    Ok(())
}
