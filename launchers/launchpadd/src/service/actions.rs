//! What the roster asks for, done.

use super::Service;
use crate::log;
use crate::roster::{Action, Failure, Generation, Order, PoolId, Ticket};
use crate::satellite::{Ends, SatelliteEnds};
use crate::work::Site;
use crate::zygote::{Surroundings, Zygote};
use launchpad_protocol::encode_packet;
use launchpad_protocol::environment::Environment;
use launchpad_protocol::launch::{Limits, ToBackend};
use launchpad_protocol::policy::{Allowance, Policy, Reach, Sandbox};
use launchpad_protocol::satellite::ToSatellite;
use launchpad_protocol::zygote::ToZygote;
use std::io;
use std::os::fd::AsFd;
use std::time::Instant;

impl Service {
    /// Does all that the roster asks, also what it asks in consequence.
    pub(super) fn act(&mut self) {
        while let Some(action) = self.roster.next_action() {
            match action {
                Action::StartZygote {
                    generation,
                    environment,
                    reach,
                    preloads,
                } => self.start_zygote(generation, &environment, reach, preloads),
                Action::Mistrust {
                    generation,
                    environment,
                    reason,
                } => self.mistrust(generation, environment, &reason),
                Action::EndZygote(generation) => {
                    if let Some(zygote) = self.zygotes.get(&generation) {
                        zygote.kill();
                    }
                }
                Action::Fork {
                    generation,
                    order,
                    allowance,
                    pool,
                } => self.fork(generation, order, allowance, pool),
                Action::Kill(order) => {
                    // Seen before, as the kernel forgets what those used that end with their init.
                    let used = self.roster.is_serving(order).then(|| self.used(order));
                    self.enforcers.end(order);
                    if let Some(satellite) = self.satellites.get(&order) {
                        satellite.kill();
                    }
                    if let Some(usage) = used.flatten() {
                        self.roster.killed(order, usage);
                    }
                }
                Action::Forget(order) => {
                    self.ordered.remove(&order);
                    self.satellites.remove(&order);
                    self.dismantle(order);
                }
                Action::Assign {
                    order,
                    ticket,
                    request,
                    limits,
                    pool,
                    init,
                    warm,
                } => {
                    let bounded = self.bound(order, init, &limits, pool);
                    if bounded && self.assign(order, ticket, request, limits) {
                        if let Some(environment) = self.built.get(&order).map(|of| of.environment) {
                            self.count_call(environment);
                        }
                        let assigned = ToBackend::Assigned {
                            satellite: init,
                            warm,
                        };
                        self.tell(ticket, &assigned);
                    } else {
                        self.roster.assign_failed(order, Instant::now());
                    }
                }
                Action::ForgetPool(name) => self.enforcers.forget(&name),
                Action::Tell(ticket, message) => self.tell(ticket, &message),
                Action::Log(level, line) => log::write(level, &line),
            }
            if std::mem::take(&mut self.is_displaced) {
                // As if the host were another one.
                let settings = self.settings.clone();
                self.roster.configure(settings, true, Instant::now());
            }
        }
    }

    fn start_zygote(
        &mut self,
        generation: Generation,
        environment: &Environment,
        reach: Reach,
        preloads: bool,
    ) {
        let site = match self.settings.sandbox {
            Sandbox::Strict => None,
            Sandbox::Container => match self.site() {
                Ok(site) => Some(site),
                Err(failure) => {
                    let now = Instant::now();
                    return self.roster.zygote_refused(generation, failure, now);
                }
            },
        };
        let surroundings = Surroundings {
            sandbox: self.settings.sandbox,
            launchers: &self.place.launchers,
            root: &self.place.root,
            work: site.as_deref().map(Site::folder),
            readable_paths: &self.settings.readable_paths,
            bounded_memory: self.enforcers.groups().is_ok(),
            landlock: self.host.landlock.min(launchpad_sandbox::LANDLOCK),
        };
        let started = Zygote::start(
            generation,
            environment,
            reach,
            &surroundings,
            &mut self.reaper,
            self.inbox.clone(),
        );
        match started {
            Ok(mut zygote) => {
                if preloads {
                    zygote.preloading = self.preloading(environment.id);
                }
                self.zygotes.insert(generation, zygote);
            }
            Err(failure) => {
                let now = Instant::now();
                self.roster.zygote_refused(generation, failure, now);
            }
        }
    }

    fn fork(&mut self, generation: Generation, order: Order, allowance: Allowance, pool: PoolId) {
        let zygote = self.zygotes.get(&generation);
        let Some(environment) = zygote.map(|zygote| zygote.environment) else {
            // The task that watched it is about to say that it has died.
            return;
        };
        let built = self.build(
            generation,
            order,
            environment,
            allowance,
            &self.roster.pool(pool).name,
        );
        let made = built.and_then(|policy| {
            let ends = Ends::new()
                .map_err(|error| Failure::cannot_make("a satellite's sockets", &error))?;
            Ok((policy, ends))
        });
        match made {
            Ok((policy, (ends, theirs))) => {
                // A zygote that cannot be told has died, and the task that watches it is about to
                // say so; the order stays open until then, as if the zygote had died a moment later.
                let _ = self.send_order(generation, order, policy, &theirs);
                self.ordered.insert(order, ends);
            }
            Err(failure) => self.roster.not_forked(order, failure, Instant::now()),
        }
    }

    fn send_order(
        &mut self,
        generation: Generation,
        order: Order,
        policy: Policy,
        ends: &SatelliteEnds,
    ) -> io::Result<()> {
        let message = ToZygote::Fork {
            order: order.0,
            root: self.root(order).to_string_lossy().into_owned(),
            policy,
        };
        let bytes = encode_packet(&message).map_err(io::Error::other)?;
        let zygote = self
            .zygotes
            .get_mut(&generation)
            .ok_or(io::ErrorKind::NotFound)?;
        zygote.owed += 1;
        zygote
            .channel
            .try_send(&bytes, &[ends[0].as_fd(), ends[1].as_fd()])
    }

    /// Hands a request's descriptors to a satellite; false if it is no longer there to take them.
    fn assign(&mut self, order: Order, ticket: Ticket, request: u64, mut limits: Limits) -> bool {
        let Some(satellite) = self.satellites.get(&order) else {
            return false;
        };
        let Some(connection) = self.connections.get_mut(&ticket) else {
            // Nobody is left to serve; the roster hears of it by `gone` and ends the satellite.
            return true;
        };
        let preloaded = self.built.get(&order).map_or(0, |built| built.preloaded);
        limits.memory = limits.memory.saturating_add(preloaded);
        let Ok(bytes) = encode_packet(&ToSatellite::Assign { request, limits }) else {
            return false;
        };
        let fds: Vec<_> = connection.fds.iter().map(AsFd::as_fd).collect();
        if satellite.channel.try_send(&bytes, &fds).is_err() {
            return false;
        }
        satellite.channel.close();
        connection.fds.clear();
        connection.served_since = Some(Instant::now());
        true
    }

    /// Sends a message to a backend. One that cannot take it is treated as gone.
    pub(super) fn tell(&mut self, ticket: Ticket, message: &ToBackend) {
        let Some(connection) = self.connections.get(&ticket) else {
            return;
        };
        let bytes = encode_packet(message).map_err(io::Error::other);
        let sent = bytes.and_then(|bytes| connection.socket.try_send(&bytes, &[]));
        if sent.is_err()
            && let (ToBackend::Ended(ended), Some(account)) = (message, connection.account)
        {
            self.supervisor.report(account, ended.usage);
        }
        match message {
            // What the script has imported may still be on its way: the backend closes the connection.
            ToBackend::Ended(_) if sent.is_ok() && !connection.is_gone => {
                connection.socket.end_sending();
            }
            ToBackend::Refused(_) | ToBackend::Ended(_) => {
                self.connections.remove(&ticket);
            }
            _ if sent.is_err() => self.end_of(ticket),
            _ => {}
        }
    }

    /// A backend is gone, or wants no more than its call's end.
    pub(super) fn end_of(&mut self, ticket: Ticket) {
        if !self.roster.gone(ticket, Instant::now()) {
            self.connections.remove(&ticket);
        } else if let Some(connection) = self.connections.get_mut(&ticket) {
            connection.is_gone = true;
        }
    }
}
