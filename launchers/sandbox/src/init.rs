//! The init, pid 1 of the satellite's namespace: waits for launchpadd, builds the jail, forks the script's process.

use crate::descriptors::{Fixed, LAUNCH, LIFELINE};
use crate::os::{self, Side, retry_on_intr, send};
use crate::steps::{Jail, Steps};
use crate::{Error, Refusal, guard, script};
use launchpad_protocol::satellite::FromSatellite;
use launchpad_protocol::{cut, encode_packet};
use nix::fcntl::OFlag;
use nix::unistd::{pipe2, read};

/// Longest reason sent, in bytes: a packet with room to spare.
const MAX_REASON: usize = 4096;

/// Tells launchpadd over the launch channel why there is no satellite, and ends this process.
pub(crate) fn refuse(jail: &Jail<'_>, refusal: &Refusal) -> ! {
    refuse_over(jail, LAUNCH, refusal)
}

fn refuse_over(jail: &Jail<'_>, launch: Fixed, refusal: &Refusal) -> ! {
    let message = FromSatellite::Refused {
        step: refusal.step.clone(),
        reason: cut(&refusal.reason, MAX_REASON).to_owned(),
    };
    if let Ok(packet) = encode_packet(&message) {
        let _ = send(launch.borrow(jail.unowned), &packet);
    }
    os::exit(1)
}

/// Runs as the init; returns only in the satellite's script process.
pub(crate) fn enter(jail: &Jail<'_>) {
    let steps = Steps::of(jail.policy.sandbox);
    begin(jail, steps);
    let mut byte = [0];
    match retry_on_intr(|| read(LIFELINE.borrow(jail.unowned), &mut byte)) {
        Ok(1) => {}
        // launchpadd is gone or gave this satellite up: nobody waits for a word.
        Ok(_) => os::exit(1),
        Err(errno) => refuse(jail, &Refusal::new("init", Error::Go(errno))),
    }
    for step in steps.init {
        if let Err(error) = step.take(jail) {
            refuse(jail, &Refusal::new(step.name, error));
        }
    }
    let forked = os::own_number().and_then(|own| {
        jail.init.set(Some(own));
        fork_script(jail, steps)
    });
    if let Err(error) = forked {
        refuse(jail, &Refusal::new("script process", error));
    }
}

/// To where launchpadd takes over.
fn begin(jail: &Jail<'_>, steps: &Steps) {
    // The first step moves the launch channel, and what it moves may come to lie where the zygote opened it: should the
    // step fail, there is another way to tell, which it closes when it succeeds.
    let launch = jail.moves.iter().find(|(_, to)| *to == LAUNCH);
    let launch = launch.map_or(LAUNCH, |(from, _)| *from);
    let launch = os::aside(launch).unwrap_or(launch);
    for (index, step) in steps.begin.iter().enumerate() {
        if let Err(error) = step.take(jail) {
            let to = if index == 0 { launch } else { LAUNCH };
            refuse_over(jail, to, &Refusal::new(step.name, error));
        }
    }
    let told = encode_packet(&FromSatellite::Begun).is_ok_and(|packet| {
        let launch = LAUNCH.borrow(jail.unowned);
        retry_on_intr(|| send(launch, &packet)).is_ok()
    });
    if !told {
        os::exit(1);
    }
}

fn fork_script(jail: &Jail<'_>, steps: &Steps) -> Result<(), Error> {
    let (guarded, guarded_write) = pipe2(OFlag::O_CLOEXEC).map_err(Error::Pipe)?;
    match os::fork(jail.alone).map_err(Error::Fork)? {
        Side::Parent { child } => {
            os::forget(guarded);
            guard::stand(jail, child, os::forget(guarded_write))
        }
        Side::Child => {
            drop(guarded_write);
            script::enter(jail, steps, guarded);
            Ok(())
        }
    }
}
