//! Questions about launchpadd as a whole: one packet, and many for an answer.

use super::{LaunchError, connect};
use crate::conversation::Broken;
use crate::descriptors::packets;
use crate::descriptors::poller::{Interest, Poller};
use crate::error::{CallError, os};
use crate::memory;
use crate::monitor;
use crate::pg::wait::Waiter;
use launchpad_protocol::launch::{FromBackend, Line, ToBackend};
use launchpad_protocol::{MAX_PACKET, VERSION, WireError, decode_packet, encode_packet};
use nix::errno::Errno;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// An answer is made in one turn of launchpadd's loop.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks, and takes what `item` knows of the answer.
pub fn ask<T>(
    question: &FromBackend,
    item: impl Fn(ToBackend) -> Option<T>,
) -> Result<Vec<T>, CallError> {
    let connection = connect()?;
    let question = encode_packet(question)?;
    packets::send(&connection, &question, &[]).map_err(os("send to the launchpad"))?;
    collect(&connection, item)
}

/// launchpadd's satellites and waiting requests.
pub fn satellites() -> Result<Vec<Line>, CallError> {
    monitor::check_preloaded()?;
    ask(
        &FromBackend::List { version: VERSION },
        |message| match message {
            ToBackend::Line(line) => Some(line),
            _ => None,
        },
    )
}

fn collect<T>(
    connection: &OwnedFd,
    item: impl Fn(ToBackend) -> Option<T>,
) -> Result<Vec<T>, CallError> {
    let mut poller = Poller::new().map_err(os("create a poller"))?;
    poller
        .add(connection, 0, Interest::Read)
        .map_err(os("watch a descriptor"))?;
    let waiter = Waiter::new(poller.as_fd());
    let mut items = Vec::new();
    let mut packet = [0; MAX_PACKET];
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(LaunchError::Silent.into());
        }
        waiter.wait(Some(left));
        poller.ready().map_err(os("poll"))?;
        match packets::receive(connection, &mut packet) {
            Ok(0) | Err(Errno::ECONNRESET) => return Err(Broken::LaunchpadGone.into()),
            Err(Errno::EAGAIN) => {}
            Err(errno) => return Err(os("read from the launchpad")(errno)),
            Ok(length) => match decode_packet(&packet[..length])? {
                ToBackend::EndOfList => return Ok(items),
                ToBackend::Refused(refusal) => {
                    // A question does not wait in the queue.
                    let queue_timeout = 0;
                    return Err(LaunchError::Refused {
                        refusal,
                        queue_timeout,
                    }
                    .into());
                }
                other => {
                    let item = item(other).ok_or(WireError::Malformed)?;
                    memory::push(&mut items, item)?;
                }
            },
        }
    }
}
