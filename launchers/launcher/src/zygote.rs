//! The zygote's channel and its fork.

use crate::packages::{self, Package};
pub use crate::trial::{begin_trial, end_trial};
use crate::{Error, MAX_REASON, broken};
use launchpad_protocol::zygote::{FORK_FDS, FromZygote, Problem, ToZygote};
use launchpad_protocol::{MAX_PACKET, VERSION, cut, decode_packet, encode_packet};
use launchpad_sandbox::descriptors::CHANNEL;
use launchpad_sandbox::os::{self, Alone, Unowned, receive, send_beside};
use launchpad_sandbox::{Blueprint, Forked, Order, Parent, fork_satellite, rehearsal};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::prctl::set_dumpable;
use std::os::fd::OwnedFd;

/// A `Fork` that waits to be carried out.
pub struct ForkOrder {
    number: u64,
    order: Order,
}

/// Keeps other processes of the same user out of this one's memory.
pub fn hide() -> Result<(), Error> {
    Ok(set_dumpable(false)?)
}

/// Takes from this process, before it loads any package, all that neither it nor its satellites may.
pub fn confine(unowned: Unowned) -> Result<(), Error> {
    // It came through an exec, maybe two; tools that the zygote runs have no use for it.
    fcntl(
        CHANNEL.borrow(unowned),
        FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC),
    )?;
    let mut bytes = vec![0; MAX_PACKET];
    let (length, _) = receive(CHANNEL.borrow(unowned), &mut bytes)?;
    let ToZygote::Confine(confinement) = decode_packet(&bytes[..length]).map_err(broken)? else {
        return Err(broken("the first message does not say how to be confined"));
    };
    launchpad_sandbox::confine(&confinement)
        .map_err(|refusal| broken(format!("{}: {}", refusal.step, refusal.reason)))
}

/// Waits for what is to be imported in advance: modules of one package, the package first. None: nothing more.
pub fn next_preload(unowned: Unowned) -> Result<Option<Vec<String>>, Error> {
    let mut bytes = vec![0; MAX_PACKET];
    let (length, _) = receive(CHANNEL.borrow(unowned), &mut bytes)?;
    match decode_packet(&bytes[..length]).map_err(broken)? {
        ToZygote::Preload(modules) => Ok(Some(modules)),
        ToZygote::Loaded => Ok(None),
        ToZygote::Confine(_) | ToZygote::Fork { .. } => {
            Err(broken("an order came before everything was loaded"))
        }
    }
}

/// Tells that what every script has is loaded, and then answers what [`next_preload`] returned: `problem` is what is the
/// matter with the package, and whether that is only that there is none.
pub fn preloaded(unowned: Unowned, problem: Option<(String, bool)>) -> Result<(), Error> {
    let problem = problem.map(|(text, is_absent)| Problem {
        text: cut(&text, MAX_REASON).to_owned(),
        is_absent,
    });
    answer(unowned, &FromZygote::Preloaded { problem }, None)
}

/// Forks a process that rehearses what satellites do; true in that one, which calls [`rehearsed`], false here, afterwards.
pub fn rehearse(alone: &Alone) -> Result<bool, Error> {
    rehearsal::begin(alone).map_err(broken)
}

/// Ends the process that has rehearsed.
pub fn rehearsed() -> ! {
    rehearsal::end()
}

/// Tells launchpadd that this zygote is ready; `environment` names interpreter and packages.
pub fn hello(unowned: Unowned, environment: String) -> Result<(), Error> {
    // All that its satellites will share is there now.
    os::gather();
    answer(
        unowned,
        &FromZygote::Hello {
            version: VERSION,
            environment,
        },
        None,
    )
}

/// Tells launchpadd what scripts can load: all, in the order in which the interpreter looks for them.
pub fn tell_packages(unowned: Unowned, all: Vec<Package>) -> Result<(), Error> {
    let mut packets = packages::packets(all).into_iter();
    packets.try_for_each(|some| answer(unowned, &FromZygote::Packages(some), None))
}

/// Waits for the next order; None when launchpadd has closed the channel.
pub fn next_order(unowned: Unowned) -> Result<Option<ForkOrder>, Error> {
    let mut bytes = vec![0; MAX_PACKET];
    let (length, descriptors) = receive(CHANNEL.borrow(unowned), &mut bytes)?;
    if length == 0 {
        return Ok(None);
    }
    let ToZygote::Fork {
        order,
        root,
        policy,
    } = decode_packet(&bytes[..length]).map_err(broken)?
    else {
        return Err(broken("an answer came that nobody waits for"));
    };
    let [launch, lifeline]: [OwnedFd; FORK_FDS.len()] = descriptors
        .try_into()
        .map_err(|_| broken("an order came without its descriptors"))?;
    Ok(Some(ForkOrder {
        number: order,
        order: Order {
            root: root.into(),
            policy,
            launch,
            lifeline,
        },
    }))
}

/// Forks a satellite; true in the satellite, sandboxed, false here, with launchpadd answered.
/// `in_child` and `in_parent`: what the interpreter wants to be told first.
pub fn fork(
    alone: &Alone,
    unowned: Unowned,
    blueprint: &Blueprint,
    order: ForkOrder,
    in_child: impl FnOnce(),
    in_parent: impl FnOnce(),
) -> Result<bool, Error> {
    let ForkOrder { number, order } = order;
    let told = match fork_satellite(alone, unowned, blueprint, order, Parent::Zygotes) {
        Forked::Satellite => {
            in_child();
            return Ok(true);
        }
        Forked::Zygote(told) => told,
    };
    in_parent();
    match told {
        Ok(init) => answer(
            unowned,
            &FromZygote::Forked { order: number },
            Some(&init.pidfd),
        )?,
        Err(refusal) => {
            let refused = FromZygote::NotForked {
                order: number,
                step: refusal.step,
                reason: cut(&refusal.reason, MAX_REASON).to_owned(),
            };
            answer(unowned, &refused, None)?;
        }
    }
    Ok(false)
}

/// `process`: a pidfd that goes beside the message.
fn answer(unowned: Unowned, message: &FromZygote, process: Option<&OwnedFd>) -> Result<(), Error> {
    let packet = encode_packet(message).map_err(broken)?;
    Ok(send_beside(CHANNEL.borrow(unowned), &packet, process)?)
}
