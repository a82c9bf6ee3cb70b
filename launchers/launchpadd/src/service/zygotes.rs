//! What zygotes and their keepers say.

use super::Service;
use super::policy::Stage;
use crate::files;
use crate::process::{Identified, identify};
use crate::roster::{Failure, Generation, Order};
use crate::satellite::Satellite;
use crate::zygote::own;
use launchpad_protocol::keeper::{FromKeeper, ToKeeper};
use launchpad_protocol::policy::Sandbox;
use launchpad_protocol::supervisor::Workers;
use launchpad_protocol::zygote::FromZygote;
use launchpad_sandbox::{audit, steps};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::os::fd::OwnedFd;
use std::time::Instant;

/// An init is in a pid namespace in its keeper's, and the first there.
const INIT_DEPTH: usize = 3;

/// Whether a zygote may name it.
fn is_step(name: &str) -> bool {
    name == "fork" || steps::names(Sandbox::Strict).any(|step| step == name)
}

const NO_INIT: &str = "reported a process that is not a satellite's init";

impl Service {
    pub(super) fn take_answer(
        &mut self,
        generation: Generation,
        answer: FromZygote,
        mut fds: Vec<OwnedFd>,
        now: Instant,
    ) {
        let order = match answer {
            FromZygote::Forked { order } | FromZygote::NotForked { order, .. } => {
                Some(Order(order))
            }
            FromZygote::Packages(_) | FromZygote::Hello { .. } | FromZygote::Preloaded { .. } => {
                None
            }
        };
        if order.is_some() && !self.is_owed(generation) {
            self.complain(generation, "answered more than it was asked");
            return;
        }
        // Of an order that was dropped meanwhile nothing is known any more.
        let made_by = order.and_then(|order| Some(self.built.get(&order)?.generation));
        if made_by.is_some_and(|made_by| made_by != generation) {
            self.complain(generation, "answered an order that was not its own");
            return;
        }
        match answer {
            FromZygote::Forked { order } => match fds.pop() {
                Some(init) => self.adopt(generation, Order(order), init, now),
                None => self.complain(generation, "told of a satellite without its init"),
            },
            FromZygote::NotForked {
                order,
                step,
                reason,
            } => {
                if !is_step(&step) {
                    self.complain(generation, "named a step of the sandbox that there is not");
                    return;
                }
                let failure = Failure::of_step(&step, &reason);
                self.roster.not_forked(Order(order), failure, now);
            }
            FromZygote::Preloaded { problem } => self.take_preloaded(generation, problem, now),
            FromZygote::Packages(packages) => {
                if let Some(zygote) = self.zygotes.get_mut(&generation) {
                    zygote.add_packages(packages);
                }
            }
            FromZygote::Hello { .. } => {}
        }
    }

    /// Whether the zygote owes an answer, which this is.
    fn is_owed(&mut self, generation: Generation) -> bool {
        let Some(zygote) = self.zygotes.get_mut(&generation) else {
            return false;
        };
        let left = zygote.owed.checked_sub(1);
        zygote.owed = left.unwrap_or(0);
        left.is_some()
    }

    fn complain(&self, generation: Generation, of: &str) {
        if let Some(zygote) = self.zygotes.get(&generation) {
            zygote.complain(of);
        }
    }

    /// A satellite's init is there, and waits.
    fn adopt(&mut self, generation: Generation, order: Order, init: OwnedFd, now: Instant) {
        // An order that was dropped meanwhile has left the init without a lifeline: it ends by itself.
        let Some(ends) = self.ordered.remove(&order) else {
            return;
        };
        let identified = identify(&init);
        if let Some(identified) = &identified
            && !self.may_be_init(identified)
        {
            self.complain(generation, NO_INIT);
            let failure = Failure::crash(&format!("the zygote {NO_INIT}"));
            self.roster.not_forked(order, failure, now);
            return;
        }
        let satellite = match Satellite::watch(order, ends, init, self.inbox.clone()) {
            Ok(satellite) => satellite,
            Err(error) => {
                let failure = Failure::cannot_make("a satellite's watch", &error);
                self.roster.not_forked(order, failure, now);
                return;
            }
        };
        // One that has ended already has no number any more, and is about to be seen to have ended.
        let number = identified.map_or(0, |init| init.number);
        if let (Some(built), true) = (self.built.get_mut(&order), number > 0) {
            built.init = Some(number);
            built.stage = Stage::Forked;
        }
        self.satellites.insert(order, satellite);
        self.roster.forked(order, number, now);
    }

    /// A satellite's init waits for what is done from outside.
    pub(super) fn begun(&mut self, order: Order, now: Instant) {
        let Some(built) = self.built.get_mut(&order) else {
            return;
        };
        // Once, whatever it says.
        let (Stage::Forked, Some(init)) = (built.stage, built.init) else {
            return;
        };
        if built.policy.sandbox == Sandbox::Container {
            return self.let_go(order, now);
        }
        built.stage = Stage::Mapping;
        let worker = built.policy.worker.unwrap_or_else(own);
        match self.zygotes.get(&built.generation) {
            Some(zygote) => zygote.tell_keeper(&ToKeeper::Map {
                order: order.0,
                process: init,
                worker,
            }),
            None => {
                let failure =
                    Failure::crash("its zygote ended while a satellite was being prepared");
                self.roster.refused(order, failure, now);
            }
        }
    }

    /// Its user namespace is mapped, or not.
    fn mapped(&mut self, order: Order, refused: Option<String>, now: Instant) {
        let stage = self.built.get(&order).map(|built| built.stage);
        match refused {
            _ if stage != Some(Stage::Mapping) => {}
            None => self.let_go(order, now),
            Some(reason) => {
                let failure = Failure::of_step("identity", &reason);
                self.roster.refused(order, failure, now);
            }
        }
    }

    /// The init goes on by itself.
    fn let_go(&mut self, order: Order, now: Instant) {
        let Some(built) = self.built.get_mut(&order) else {
            return;
        };
        built.stage = Stage::Gone;
        let settled = built
            .init
            .map_or(Ok(()), |init| self.settle_init(order, init));
        match (settled, self.satellites.get(&order)) {
            (Ok(()), Some(satellite)) => satellite.go(),
            (Ok(()), None) => {}
            (Err(failure), _) => self.roster.refused(order, failure, now),
        }
    }

    /// Whether the process is where inits are, and no other satellite's.
    fn may_be_init(&self, init: &Identified) -> bool {
        let is_deep = match self.settings.sandbox {
            Sandbox::Strict => init.numbers.len() == INIT_DEPTH && init.numbers.last() == Some(&1),
            // The zygote has made it our child; and it is none that we have started ourselves.
            Sandbox::Container => init.numbers.len() == 1 && self.is_adopted(init.number),
        };
        let known = |number| Some(number) == Some(init.number);
        is_deep
            && init.number != std::process::id()
            && !self
                .built
                .values()
                .any(|built| built.init.is_some_and(known))
    }

    /// Processes that packages have left behind where no keeper ends them: our children now that the zygote has ended, and in
    /// its session, which satellites have left.
    pub(super) fn end_left_behind(&self, zygote: u32) {
        let own = std::process::id();
        let children = files::read(format!("/proc/self/task/{own}/children")).unwrap_or_default();
        for child in children.split_whitespace() {
            let stat = files::read(format!("/proc/{child}/stat")).unwrap_or_default();
            // Behind the name, which may hold anything: state, parent, group, session.
            let session = stat
                .rsplit(')')
                .next()
                .and_then(|rest| rest.split_whitespace().nth(3));
            let number = child.parse().ok().filter(|number| *number > 0);
            if let (Some(number), true) = (number, session == Some(zygote.to_string().as_str())) {
                // Nobody else reaps them: the number is still its own.
                let _ = kill(Pid::from_raw(number), Signal::SIGKILL);
            }
        }
    }

    /// Whether the process is our child and we have not started it.
    fn is_adopted(&self, process: u32) -> bool {
        let status = files::read(format!("/proc/{process}/status")).unwrap_or_default();
        let parent = files::field(&status, "PPid").and_then(|parent| parent.parse().ok());
        let zygotes = self.zygotes.values();
        let started = zygotes.map(|zygote| zygote.process);
        let sites = self
            .sweepers
            .iter()
            .filter(|(site, _)| site.strong_count() > 0);
        let sweepers = sites.map(|(_, sweeper)| *sweeper);
        parent == Some(std::process::id()) && !started.chain(sweepers).any(|own| own == process)
    }

    /// Before the init does anything: all that it starts inherits it, and none of it can undo it.
    fn settle_init(&self, order: Order, init: u32) -> Result<(), Failure> {
        let failed = |step| move |error: std::io::Error| Failure::of_step(step, &error.to_string());
        // Out of memory, the kernel is to take the satellite first, and not the server.
        std::fs::write(format!("/proc/{init}/oom_score_adj"), "1000")
            .map_err(failed("oom score"))?;
        self.enforcers.place(order, init).map_err(failed("cgroup"))
    }

    /// It is loaded, and gets orders if it is as it must be.
    pub(super) fn welcome_zygote(
        &mut self,
        generation: Generation,
        environment: String,
        now: Instant,
    ) {
        let Some(zygote) = self.zygotes.get_mut(&generation) else {
            return;
        };
        let differences = zygote.differences(self.settings.sandbox);
        if !differences.is_empty() {
            zygote.complain(&format!("is not as it must be: {}", differences.join("; ")));
            return;
        }
        zygote.description = environment;
        match self.settings.sandbox {
            // Its keeper has the last word.
            Sandbox::Strict => zygote.tell_keeper(&ToKeeper::Seal),
            Sandbox::Container => self.zygote_ready(generation, now),
        }
    }

    fn zygote_ready(&mut self, generation: Generation, now: Instant) {
        if let Some(zygote) = self.zygotes.get_mut(&generation) {
            zygote.is_ready = true;
            let (id, took) = (zygote.environment, zygote.since.elapsed());
            let line = format!(
                "zygote for {} is ready: {}",
                zygote.name, zygote.description
            );
            crate::log::write("log", &line);
            self.note_price(id, took);
        }
        self.roster.zygote_ready(generation, now);
    }

    pub(super) fn take_from_keeper(
        &mut self,
        generation: Generation,
        message: FromKeeper,
        mut fds: Vec<OwnedFd>,
        now: Instant,
    ) {
        match message {
            FromKeeper::Built => {
                let pidfd = fds.pop();
                let identified = pidfd.as_ref().and_then(identify);
                if let Some(zygote) = self.zygotes.get_mut(&generation) {
                    let number = identified.map(|zygote| zygote.number);
                    zygote.namespaces = number.map(audit::namespaces_of);
                    zygote.itself = number.map(|number| (number, pidfd));
                }
            }
            FromKeeper::MapMe => self.map_keeper(generation),
            FromKeeper::SatelliteMapped { order, refused } => {
                self.mapped(Order(order), refused, now)
            }
            FromKeeper::Sealed { refused: None } => self.zygote_ready(generation, now),
            FromKeeper::Sealed {
                refused: Some(reason),
            } => {
                let of = format!("is not as it must be: a file is open for writing ({reason})");
                self.complain(generation, &of);
            }
            // The task that listens to it keeps these for itself.
            FromKeeper::Refused { .. } | FromKeeper::ZygoteEnded { .. } => {}
        }
    }

    fn map_keeper(&mut self, generation: Generation) {
        let Some(zygote) = self.zygotes.get(&generation) else {
            return;
        };
        let ranges = match self.settings.workers {
            Workers::Off => None,
            Workers::On | Workers::Auto => self.host.subordinate.as_ref().ok(),
        };
        let own = own();
        let maps = ranges.map(|ranges| [ranges.users(own.user), ranges.groups(own.group)]);
        zygote.map_keeper(maps, &mut self.reaper);
    }
}
