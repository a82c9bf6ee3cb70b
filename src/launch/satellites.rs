//! The live view: launchpadd's list of satellites and waiting requests.

use super::connect;
use crate::error::{CallError, Raise, os};
use crate::os::packets;
use crate::os::poller::{Interest, Poller};
use crate::pg::arguments::Arguments;
use crate::pg::casts::{Converter, NoCast};
use crate::pg::result_set::ResultSet;
use crate::pg::server::may_watch;
use crate::pg::wait::Waiter;
use crate::types::{Cell, Natural};
use arrow_schema::TimeUnit;
use launchpad_protocol::launch::{FromBackend, Line, ToBackend};
use launchpad_protocol::{MAX_PACKET, VERSION, decode_packet, encode_packet};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// The body of the function behind `launchpad.satellites`. A role sees warm satellites, its own
/// calls, and others' if it may read all statistics.
pub fn list(_arguments: Arguments, result: &mut ResultSet) -> Result<(), Raise> {
    super::next_request().ok_or(CallError::NotPreloaded)?;
    let connection = connect()?;
    let question =
        encode_packet(&FromBackend::List { version: VERSION }).map_err(CallError::Control)?;
    packets::send(&connection, &question, &[]).map_err(os("send to the launchpad"))?;
    let mut columns = converters(result)?;
    for line in answer(&connection)? {
        if line.role.is_none_or(may_watch) {
            put(&line, &mut columns, result);
        }
    }
    Ok(())
}

/// The list is made in one turn of launchpadd's loop.
const PATIENCE: Duration = Duration::from_secs(5);

fn answer(connection: &OwnedFd) -> Result<Vec<Line>, CallError> {
    let mut poller = Poller::new().map_err(os("create a poller"))?;
    poller
        .add(connection, 0, Interest::Read)
        .map_err(os("watch a descriptor"))?;
    let waiter = Waiter::new(poller.as_fd());
    let mut lines = Vec::new();
    let mut packet = [0; MAX_PACKET];
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(CallError::Silent);
        }
        waiter.wait(Some(left));
        poller.ready().map_err(os("poll"))?;
        match packets::receive(connection, &mut packet) {
            Ok(0) | Err(Errno::CONNRESET) => return Err(CallError::LaunchpadGone),
            Err(Errno::AGAIN) => {}
            Err(errno) => return Err(os("read from the launchpad")(errno)),
            Ok(length) => match decode_packet(&packet[..length]).map_err(CallError::Control)? {
                ToBackend::Line(line) => lines.push(line),
                ToBackend::EndOfList => return Ok(lines),
                ToBackend::Refused(refusal) => return Err(CallError::Refused(refusal)),
                _ => return Err(CallError::Control(launchpad_protocol::WireError::Malformed)),
            },
        }
    }
}

const SINCE: Natural = Natural::Timestamp {
    unit: TimeUnit::Microsecond,
    zoned: true,
};

/// What each column of the view is made from, in its order.
const COLUMNS: [Natural; 8] = [
    Natural::Int64,
    Natural::Int64,
    Natural::Int64,
    Natural::Int64,
    Natural::Int64,
    Natural::Utf8,
    Natural::Utf8,
    SINCE,
];

fn converters(result: &ResultSet) -> Result<Vec<Converter>, CallError> {
    let declared = result.columns();
    COLUMNS
        .iter()
        .zip(declared)
        .map(|(natural, column)| {
            Converter::choose(*natural, column).map_err(|NoCast| CallError::ColumnType {
                column: column.name.clone(),
                came: "the view's".into(),
                declared: column.name.clone(),
            })
        })
        .collect()
}

fn put(line: &Line, columns: &mut [Converter], result: &mut ResultSet) {
    let number = |value: Option<u32>| value.map(|value| Cell::Int8(value.into()));
    let cells = [
        line.request
            .map(|request| Cell::Int8(request.cast_signed())),
        number(line.backend),
        number(line.satellite),
        number(line.database),
        number(line.role),
        Some(Cell::Text(line.language.name())),
        Some(Cell::Text(line.state.name())),
        Some(Cell::Timestamp(line.since)),
    ];
    for (index, (cell, converter)) in cells.into_iter().zip(columns).enumerate() {
        let value = cell.and_then(|cell| converter.convert(cell).ok());
        result.set(index, value);
    }
    result.put();
}
