//! What is watched all the time: no limit is exceeded, no satellite is given to a call that asks for
//! another, and none waits while it could be served.

use super::users::Asked;
use super::world::World;
use crate::roster::fleet::Phase;
use crate::roster::*;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::Refusal;
use launchpad_protocol::policy::Sandbox;
use launchpad_protocol::supervisor::Workers;

impl World {
    pub fn check_assignment(&self, order: Order, ticket: Ticket, pool: PoolId) {
        let ((kind, settings), asked) = (&self.made[&order], &self.asked_for[&ticket]);
        assert_eq!(kind.environment, EnvironmentId::of(asked.language));
        assert_eq!(kind.allowance, asked.allowance);
        assert_eq!(self.roster.pool(pool).name, asked.pool);
        if self.roster.pools_apart {
            assert_eq!(kind.pool, pool);
        } else {
            assert_eq!(kind.pool, PoolId::DEFAULT);
        }
        assert_eq!(made_by(settings), made_by(&self.settings));
        assert!(self.open.contains(&ticket), "assigned twice: {ticket:?}");
        // Promises that were made after it are kept by the ends of others.
        let before = |call: &Ticket| !asked.holds && self.admitted.contains(call);
        let fits = self.has_room(asked, before);
        assert!(fits, "beyond a limit: {ticket:?}");
    }

    /// Whether one more call may run beside those that hold slots, and those that are promised one and
    /// `count`.
    fn has_room(&self, asked: &Asked, count: impl Fn(&Ticket) -> bool) -> bool {
        let admitted: Vec<Ticket> = self.promised().into_iter().filter(count).collect();
        let held = || {
            let tickets = self.slots.values().chain(&admitted);
            tickets.map(|ticket| &self.asked_for[ticket])
        };
        let most = match asked.most {
            -1 => self.settings.max_satellites - 1,
            most => most.unsigned_abs(),
        };
        let of_role = held().filter(|other| other.role == asked.role).count() as u32;
        let of_pool = held().filter(|other| other.pool == asked.pool).count() as u32;
        let pool = self.pools[&asked.pool];
        held().count() < self.settings.max_satellites as usize
            && (most == 0 || of_role < most)
            && (pool == 0 || of_pool < pool)
    }

    pub fn check_that_none_waits_in_vain(&self) {
        for call in self.roster.queue.iter() {
            let is_there = self.roster.fleet.count_warm(call.kind) > 0;
            let is_promised = self.roster.book.is_promised(call.ticket);
            let served = self.has_room(&self.asked_for[&call.ticket], |_| !is_promised);
            let served = is_there && served;
            assert!(!served, "waits in vain: {call:?}");
        }
    }

    /// Sessions that hold a satellite wait for none that others have, only for one that is being made.
    pub fn check_that_none_holds_and_waits(&self) {
        let mut waiting = self.roster.queue.iter().filter(|call| call.launch.holds);
        let is_promised = |ticket| self.roster.book.is_promised(ticket);
        assert!(
            waiting.all(|call| is_promised(call.ticket)),
            "holds and waits"
        );
        let is_ending = |order: &&Order| {
            let known = self.roster.fleet.look_up(**order);
            known.is_none_or(|(_, phase)| phase == Phase::Ending)
        };
        let lasting = self.slots.keys().filter(|order| !is_ending(order)).count();
        let held = lasting + self.promised().len();
        assert!(held <= self.settings.max_satellites as usize);
    }

    /// The calls that wait and are promised a slot.
    pub fn promised(&self) -> Vec<Ticket> {
        let waiting = self.roster.queue.iter().map(|call| call.ticket);
        waiting
            .filter(|ticket| self.roster.book.is_promised(*ticket))
            .collect()
    }

    pub fn check_refusal(&self, ticket: Ticket, refusal: &Refusal) {
        let asked = &self.asked_for[&ticket];
        let asked_for = asked.language;
        if self.only_kills {
            let broken = matches!(refusal, Refusal::EnvironmentBroken { .. });
            assert!(!broken, "{refusal:?}");
        }
        match refusal {
            Refusal::Held { .. } => assert!(asked.holds),
            Refusal::NotOffered { language } => {
                assert_eq!(*language, asked_for);
                assert_eq!(self.settings.program(EnvironmentId::of(asked_for)), None);
            }
            Refusal::EnvironmentBroken { language, .. } => assert_eq!(*language, asked_for),
            Refusal::SandboxRefused { step, .. } if step == "launchpad.allow_exec" => {
                assert!(asked.allowance.programs);
                assert_eq!(self.settings.sandbox, Sandbox::Container);
            }
            _ => {}
        }
    }
}

/// What makes a difference to how satellites are built, beside their kind.
fn made_by(settings: &Settings) -> (Sandbox, &[String], Workers) {
    (settings.sandbox, &settings.readable_paths, settings.workers)
}
