//! The zygote's channel and its fork.

use crate::{broken, interpreter, os_error};
use launchpad_protocol::zygote::{CHANNEL_FD, FORK_FDS, FromZygote, ToZygote};
use launchpad_protocol::{MAX_PACKET, VERSION, cut, decode_packet, encode_packet};
use launchpad_sandbox::{Blueprint, Forked, Order, fork_satellite, os};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rustix::fd::OwnedFd;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags, recvmsg, send};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::path::PathBuf;

/// Longest text in an answer, in bytes: a packet with room to spare.
const MAX_REASON: usize = 4096;

/// The number of threads of this process.
#[pyfunction]
pub(crate) fn tasks() -> PyResult<usize> {
    Ok(os::tasks()?)
}

/// Keeps other processes of the same user out of this one's memory.
#[pyfunction]
pub(crate) fn hide() -> PyResult<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(os_error)
}

#[pyclass]
pub(crate) struct Zygote {
    blueprint: Blueprint,
}

/// A `Fork` that waits to be carried out.
#[pyclass]
pub(crate) struct ForkOrder {
    number: u64,
    order: Option<Order>,
}

#[pymethods]
impl Zygote {
    /// `trees`: the folders that scripts see; `links`: symbolic links (path, target) to them.
    #[new]
    fn new(trees: Vec<PathBuf>, links: Vec<(PathBuf, PathBuf)>) -> PyResult<Self> {
        let blueprint = Blueprint::new(trees, links)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Zygote { blueprint })
    }

    /// The folders that scripts see, those that do not exist or lie in others left out.
    fn trees(&self) -> Vec<PathBuf> {
        self.blueprint.trees().to_vec()
    }

    /// Tells launchpadd that this zygote is ready.
    fn hello(&self, environment: String) -> PyResult<()> {
        answer(&FromZygote::Hello {
            version: VERSION,
            environment,
        })
    }

    /// Waits for the next order; None when launchpadd has closed the channel.
    fn next_order(&self) -> PyResult<Option<ForkOrder>> {
        let mut bytes = vec![0; MAX_PACKET];
        let (length, descriptors) = receive(CHANNEL_FD, &mut bytes)?;
        if length == 0 {
            return Ok(None);
        }
        let ToZygote::Fork {
            order,
            tmp_limit,
            root,
        } = decode_packet(&bytes[..length]).map_err(broken)?;
        let [launch, leash]: [OwnedFd; FORK_FDS.len()] = descriptors
            .try_into()
            .map_err(|_| broken("an order came without its descriptors"))?;
        Ok(Some(ForkOrder {
            number: order,
            order: Some(Order {
                root: root.into(),
                tmp_limit,
                launch,
                leash,
            }),
        }))
    }

    /// Forks a satellite; true in the satellite, sandboxed, false here, with launchpadd answered.
    fn fork(&self, python: Python<'_>, order: &mut ForkOrder) -> PyResult<bool> {
        let number = order.number;
        let order = order
            .order
            .take()
            .ok_or_else(|| broken("an order is carried out once"))?;
        interpreter::before_fork(python);
        let told = match fork_satellite(&self.blueprint, order) {
            Forked::Satellite => {
                interpreter::after_fork_child(python);
                return Ok(true);
            }
            Forked::Zygote(told) => told,
        };
        interpreter::after_fork_parent(python);
        answer(&match told {
            Ok(init) => FromZygote::Forked {
                order: number,
                init,
            },
            Err(refusal) => FromZygote::NotForked {
                order: number,
                step: refusal.step,
                reason: cut(&refusal.reason, MAX_REASON).to_owned(),
            },
        })?;
        Ok(false)
    }
}

fn answer(message: &FromZygote) -> PyResult<()> {
    let packet = encode_packet(message).map_err(broken)?;
    send(os::fixed(CHANNEL_FD), &packet, SendFlags::NOSIGNAL).map_err(os_error)?;
    Ok(())
}

/// One packet and the descriptors beside it.
pub(crate) fn receive(from: i32, bytes: &mut [u8]) -> PyResult<(usize, Vec<OwnedFd>)> {
    // Room for more than any message brings: what is too many must be seen, and closed.
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(16))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = rustix::io::retry_on_intr(|| {
        recvmsg(
            os::fixed(from),
            &mut [IoSliceMut::new(bytes)],
            &mut ancillary,
            RecvFlags::CMSG_CLOEXEC,
        )
    })
    .map_err(os_error)?;
    let mut descriptors = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            descriptors.extend(rights);
        }
    }
    Ok((received.bytes, descriptors))
}
