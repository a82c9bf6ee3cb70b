//! The satellite's launch channel, from ready to its one request.

use crate::{Error, MAX_REASON, broken};
use launchpad_protocol::launch::LAUNCH_FDS;
use launchpad_protocol::satellite::{FromSatellite, ToSatellite};
use launchpad_protocol::{MAX_PACKET, cut, decode_packet, encode_packet};
use launchpad_sandbox::descriptors::{CONTROL, Fixed, INPUT, LAUNCH, OUTPUT, STANDARD};
use launchpad_sandbox::os::{self, Unowned, receive, send};
use launchpad_sandbox::seccomp::tell_again;
use launchpad_sandbox::{limit_memory, limit_processes};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::os::fd::OwnedFd;

/// In the order of [`LAUNCH_FDS`].
const PLACES: [Fixed; LAUNCH_FDS.len()] = [INPUT, OUTPUT, STANDARD[1], STANDARD[2], CONTROL];

/// Tells launchpadd that this satellite is sandboxed and exercised.
pub fn ready(unowned: Unowned) -> Result<(), Error> {
    tell(
        unowned,
        &FromSatellite::Ready(Box::new(launchpad_sandbox::inventory())),
    )
}

/// Tells launchpadd why this satellite cannot serve.
pub fn refused(unowned: Unowned, step: &str, reason: &str) -> Result<(), Error> {
    tell(
        unowned,
        &FromSatellite::Refused {
            step: step.to_owned(),
            reason: cut(reason, MAX_REASON).to_owned(),
        },
    )
}

/// Waits for the request, puts its descriptors in their places, closes all others and applies the
/// request's limits. Returns its number, or None when launchpadd wants this satellite no more.
pub fn next(unowned: Unowned) -> Result<Option<u64>, Error> {
    let mut bytes = vec![0; MAX_PACKET];
    let (length, descriptors) = receive(LAUNCH.borrow(unowned), &mut bytes)?;
    if length == 0 {
        return Ok(None);
    }
    let ToSatellite::Assign { request, limits } =
        decode_packet(&bytes[..length]).map_err(broken)?;
    let descriptors: [OwnedFd; LAUNCH_FDS.len()] = descriptors
        .try_into()
        .map_err(|_| broken("a request came without its descriptors"))?;
    for descriptor in &descriptors {
        // Blocking, whatever the backend created: here nobody polls.
        let flags = OFlag::from_bits_retain(fcntl(descriptor, FcntlArg::F_GETFL)?);
        fcntl(descriptor, FcntlArg::F_SETFL(flags - OFlag::O_NONBLOCK))?;
    }
    let numbers = descriptors.map(os::forget);
    let moves: Vec<_> = numbers.into_iter().zip(PLACES).collect();
    os::arrange(unowned, &moves)?;
    limit_memory(limits.memory).map_err(broken)?;
    limit_processes(limits.processes).map_err(broken)?;
    tell_again();
    Ok(Some(request))
}

fn tell(unowned: Unowned, message: &FromSatellite) -> Result<(), Error> {
    let packet = encode_packet(message).map_err(broken)?;
    send(LAUNCH.borrow(unowned), &packet)?;
    Ok(())
}
