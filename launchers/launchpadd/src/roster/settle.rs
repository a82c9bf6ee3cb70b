//! What follows from the present state, whatever event led to it.

use super::Roster;
use super::action::{Action, Generation, Order};
use super::environment::Zygote;
use super::per_language::PerLanguage;
use super::satellites::{Phase, Satellite};
use launchpad_protocol::launch::{Language, Refusal, ToBackend};
use launchpad_protocol::policy::Allowance;
use std::time::Instant;

impl Roster {
    /// Brings the roster into order; every event ends with it.
    pub(super) fn settle(&mut self, now: Instant) {
        self.assign(now);
        for language in Language::ALL {
            self.refuse(language);
            self.trim(language, now);
            self.refill(language, now);
        }
    }

    /// Gives waiting requests to warm satellites, oldest first, while slots are free.
    fn assign(&mut self, now: Instant) {
        while self.free_slots() > 0 {
            let warm = PerLanguage::new(|language| self.first_warm(language));
            let Some(call) = self.queue.pop(|language| warm[language].is_some()) else {
                return;
            };
            let Some(order) = warm[call.launch.language] else {
                return;
            };
            let Some(satellite) = self.satellites.get_mut(&order) else {
                return;
            };
            self.environments[call.launch.language].warm_one_used();
            satellite.enter(Phase::Running, now);
            satellite.slot = true;
            self.actions.push_back(Action::Assign {
                order,
                ticket: call.ticket,
                request: call.launch.request,
                limits: call.launch.limits,
                init: satellite.init.unwrap_or(0),
            });
            satellite.call = Some(call);
        }
    }

    /// Answers at once those who would wait in vain.
    fn refuse(&mut self, language: Language) {
        if let Some(refusal) = self.refusal(language) {
            while let Some(call) = self.queue.remove_one_of(language) {
                self.tell(call.ticket, ToBackend::Refused(refusal.clone()));
            }
        }
    }

    fn refusal(&self, language: Language) -> Option<Refusal> {
        let settings = self.settings.as_ref()?;
        if settings.program(language).is_none() {
            return Some(Refusal::NotOffered { language });
        }
        // A warm satellite may be left from better times.
        if self.first_warm(language).is_some() {
            return None;
        }
        self.environments[language].refusal()
    }

    /// Ends warm satellites that nobody needs any more, youngest first.
    fn trim(&mut self, language: Language, now: Instant) {
        while self.count(language, Phase::Warm) > self.useful(language) {
            let youngest = self
                .satellites
                .iter()
                .rev()
                .find(|(_, satellite)| satellite.is(language, Phase::Warm))
                .map(|(order, _)| *order);
            match youngest {
                Some(order) => self.end(order, now),
                None => return,
            }
        }
    }

    /// Starts a zygote or orders the next fork, if one is wanted.
    fn refill(&mut self, language: Language, now: Instant) {
        if self.environments[language].is_waiting(now) {
            return;
        }
        let program = self.settings.as_ref().and_then(|s| s.program(language));
        let Some(program) = program.map(str::to_owned) else {
            return;
        };
        match self.environments[language].zygote {
            Zygote::Absent => {
                self.last_generation += 1;
                let generation = Generation(self.last_generation);
                self.environments[language].start(generation, now);
                self.actions.push_back(Action::StartZygote {
                    generation,
                    language,
                    program,
                });
            }
            Zygote::Starting { .. } => {}
            Zygote::Up { .. } => {
                if self.environments[language].forking.is_none() && self.wants_another(language) {
                    self.order_fork(language, now);
                }
            }
        }
    }

    fn order_fork(&mut self, language: Language, now: Instant) {
        let generation = self.environments[language].generation;
        self.last_order += 1;
        let order = Order(self.last_order);
        self.environments[language].forking = Some(order);
        self.satellites
            .insert(order, Satellite::ordered(language, generation, now));
        self.actions.push_back(Action::Fork {
            generation,
            order,
            allowance: Allowance::default(),
        });
    }

    fn wants_another(&self, language: Language) -> bool {
        let all_pending = self.satellites.values().filter(|s| s.is_pending());
        let pending = all_pending
            .clone()
            .filter(|s| s.language == language)
            .count();
        let have = pending + self.count(language, Phase::Warm);
        if self.environments[language].is_broken() {
            // One at a time, to see whether it works again, wanted or not.
            return pending == 0 && have < self.wanted(language).max(1);
        }
        // Each has a share that no other can take by satellites that do not get ready.
        let share = (self.warming_at_once / Language::ALL.len()).max(1);
        let may = pending < share || all_pending.count() < self.warming_at_once;
        may && have < self.wanted(language)
    }

    /// How many satellites should be warm or on the way: those kept ahead of need and those that
    /// waiting requests can have at once.
    fn wanted(&self, language: Language) -> usize {
        self.ahead() + self.queue.count(language).min(self.free_slots())
    }

    /// How many warm satellites are of use. One that was made for a waiting request waits with it
    /// if another language's satellites got ready sooner and took the slots: a slow language would
    /// otherwise start anew each time, and never be in time.
    fn useful(&self, language: Language) -> usize {
        let most = self.settings.as_ref().map_or(0, |s| s.max_satellites);
        self.ahead() + self.queue.count(language).min(most as usize)
    }

    fn ahead(&self) -> usize {
        self.settings.as_ref().map_or(0, |s| s.warm_satellites) as usize
    }

    fn free_slots(&self) -> usize {
        let most = self.settings.as_ref().map_or(0, |s| s.max_satellites) as usize;
        let taken = self.satellites.values().filter(|s| s.slot).count();
        most.saturating_sub(taken)
    }

    fn count(&self, language: Language, phase: Phase) -> usize {
        self.satellites
            .values()
            .filter(|satellite| satellite.is(language, phase))
            .count()
    }

    fn first_warm(&self, language: Language) -> Option<Order> {
        self.satellites
            .iter()
            .find(|(_, satellite)| satellite.is(language, Phase::Warm))
            .map(|(order, _)| *order)
    }

    /// Has a satellite killed, whatever it does; it stays in the books until it is reaped.
    pub(super) fn end(&mut self, order: Order, now: Instant) {
        let Some(satellite) = self.satellites.get_mut(&order) else {
            return;
        };
        let deadline = satellite.deadline;
        satellite.enter(Phase::Ending, now);
        if satellite.init.is_some() {
            self.actions.push_back(Action::Kill(order));
        } else {
            // Nothing to kill yet: `forked` will see the phase. The zygote's time for its answer
            // still runs.
            satellite.deadline = deadline;
        }
    }

    pub(super) fn tell(&mut self, ticket: super::Ticket, message: ToBackend) {
        self.actions.push_back(Action::Tell(ticket, message));
    }

    pub(super) fn log(&mut self, level: &'static str, line: Option<String>) {
        if let Some(line) = line {
            self.actions.push_back(Action::Log(level, line));
        }
    }
}
