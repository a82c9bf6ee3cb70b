//! The satellite's launch channel, from ready to its one request.

use crate::zygote::receive;
use crate::{broken, os_error};
use launchpad_protocol::launch::LAUNCH_FDS;
use launchpad_protocol::satellite::{FromSatellite, ToSatellite};
use launchpad_protocol::{MAX_PACKET, cut, decode_packet, encode_packet};
use launchpad_sandbox::descriptors::LAUNCH;
use launchpad_sandbox::{limit_memory, os};
use pyo3::prelude::*;
use rustix::fd::{OwnedFd, RawFd};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::net::{SendFlags, send};

/// Where the request's descriptors are while its script runs; output and error are 1 and 2.
pub(crate) const INPUT: RawFd = 3;
pub(crate) const OUTPUT: RawFd = 4;
pub(crate) const CONTROL: RawFd = 5;

/// In the order of [`LAUNCH_FDS`].
const PLACES: [RawFd; LAUNCH_FDS.len()] = [INPUT, OUTPUT, 1, 2, CONTROL];

/// Longest reason sent, in bytes: a packet with room to spare.
const MAX_REASON: usize = 4096;

/// Tells launchpadd that this satellite is sandboxed and exercised.
#[pyfunction]
pub(crate) fn ready() -> PyResult<()> {
    tell(&FromSatellite::Ready)
}

/// Tells launchpadd why this satellite cannot serve.
#[pyfunction]
pub(crate) fn refused(step: String, reason: &str) -> PyResult<()> {
    tell(&FromSatellite::Refused {
        step,
        reason: cut(reason, MAX_REASON).to_owned(),
    })
}

/// Waits for the request, puts its descriptors in their places, closes all others and applies the
/// request's limits. Returns its number, or None when launchpadd wants this satellite no more.
#[pyfunction]
pub(crate) fn next_assignment() -> PyResult<Option<u64>> {
    let mut bytes = vec![0; MAX_PACKET];
    let (length, descriptors) = receive(LAUNCH, &mut bytes)?;
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
        let flags = fcntl_getfl(descriptor).map_err(os_error)?;
        fcntl_setfl(descriptor, flags - OFlags::NONBLOCK).map_err(os_error)?;
    }
    let numbers = descriptors.map(os::forget);
    let moves: Vec<_> = numbers.into_iter().zip(PLACES).collect();
    os::arrange(&moves).map_err(os_error)?;
    limit_memory(limits.memory).map_err(broken)?;
    Ok(Some(request))
}

fn tell(message: &FromSatellite) -> PyResult<()> {
    let packet = encode_packet(message).map_err(broken)?;
    send(os::fixed(LAUNCH), &packet, SendFlags::NOSIGNAL).map_err(os_error)?;
    Ok(())
}
