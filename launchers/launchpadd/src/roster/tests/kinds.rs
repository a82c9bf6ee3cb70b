//! What scripts may do: satellites made for one allowance and asked for with another.

use super::*;
use launchpad_protocol::policy::Network;
use launchpad_protocol::supervisor::Workers;

pub(super) const CLOSED: Allowance = Allowance {
    network: Network::None,
    programs: false,
    tell_refused: false,
    tmp_limit: 0,
};

/// Of the same reach, and so of the same zygote.
pub(super) const LOUD: Allowance = Allowance {
    tell_refused: true,
    ..CLOSED
};

pub(super) const ROOMY: Allowance = Allowance {
    tmp_limit: 1 << 20,
    ..CLOSED
};

/// Of others.
pub(super) const PROGRAMS: Allowance = Allowance {
    programs: true,
    ..CLOSED
};

pub(super) const NETWORK: Allowance = Allowance {
    network: Network::Host,
    ..CLOSED
};

impl Play {
    pub(super) fn ask_for(&mut self, allowance: Allowance, ticket: u64) {
        self.launch_for(Language::PYTHON, allowance, ticket, 10, 0);
    }

    pub(super) fn configure(&mut self, change: impl Fn(&mut Settings)) {
        let mut settings = self.roster.settings.clone();
        change(&mut settings);
        self.roster.configure(settings, false, self.now);
    }

    /// Answers fork orders one after the other; returns what they were for.
    pub(super) fn forks(&mut self) -> Vec<Allowance> {
        let mut made_for = Vec::new();
        while let Some(action) = self.roster.next_action() {
            if let Action::Fork {
                order, allowance, ..
            } = action
            {
                self.roster.forked(order, 1000 + order.0 as u32, self.now);
                made_for.push(allowance);
            }
        }
        made_for
    }
}

fn fork(order: u64, allowance: Allowance) -> Action {
    Action::Fork {
        generation: Generation(1),
        order: Order(order),
        allowance,
        pool: PoolId::DEFAULT,
    }
}

fn refused(step: &str) -> Failure {
    Failure::of_step(step, "Operation not permitted")
}

#[test]
fn a_warm_one_never_serves_a_call_of_another_allowance() {
    let mut play = Play::warm(2, 8);
    for (ticket, allowance) in [
        (1, LOUD),
        (2, ROOMY),
        (
            3,
            Allowance {
                tmp_limit: 1 << 20,
                ..LOUD
            },
        ),
    ] {
        play.ask_for(allowance, ticket);
        let order = 2 + ticket;
        let queued = Action::Tell(Ticket(ticket), ToBackend::Queued);
        assert_eq!(play.actions(), [fork(order, allowance), queued]);
        play.roster.forked(Order(order), 5, play.now);
        play.roster.ready(Order(order), play.now);
        // And none is kept for the next one.
        let actions = play.actions();
        assert_eq!(assigned(&actions), [(ticket, order)]);
        assert_eq!(actions.len(), 1);
    }
    play.launch(4, 0);
    assert_eq!(assigned(&play.actions()), [(4, 1)]);
}

#[test]
fn what_is_kept_warm_is_what_the_configuration_file_allows() {
    let mut play = Play {
        roster: Roster::new(1, 4, false),
        now: Instant::now(),
    };
    let mut network = settings(1, 8);
    network.allowance = ROOMY;
    play.roster.configure(network, false, play.now);
    play.roster.zygote_ready(Generation(1), play.now);
    assert_eq!(play.actions()[1..], [fork(1, ROOMY)]);
    play.roster.forked(Order(1), 5, play.now);
    play.roster.ready(Order(1), play.now);
    // Who may do less gets one that can do less.
    play.ask_for(CLOSED, 1);
    assert!(play.actions().contains(&fork(2, CLOSED)));
    play.ask_for(ROOMY, 2);
    assert_eq!(assigned(&play.actions()), [(2, 1)]);
}

#[test]
fn without_its_call_a_satellite_made_for_it_is_ended() {
    let mut play = Play::warm(1, 8);
    play.ask_for(LOUD, 1);
    let order = play.order();
    play.roster.forked(order, 5, play.now);
    play.roster.gone(Ticket(1), play.now);
    assert!(play.actions().is_empty());
    play.roster.ready(order, play.now);
    assert_eq!(play.actions(), [Action::Kill(order)]);
    play.roster.reaped(order, play.now);
    assert_eq!(play.states(), [State::Warm]);
}

#[test]
fn calls_that_wait_come_before_what_is_made_ahead_of_need() {
    let mut play = Play::new(2, 8);
    play.ask_for(LOUD, 1);
    play.roster.zygote_ready(Generation(1), play.now);
    assert_eq!(play.forks(), [LOUD, CLOSED, CLOSED]);
}

#[test]
fn kinds_are_forked_in_the_order_of_their_calls() {
    let mut play = Play::new(0, 8);
    for (ticket, role, allowance) in [
        (1, 10, ROOMY),
        (2, 10, ROOMY),
        (3, 10, CLOSED),
        (4, 20, LOUD),
    ] {
        play.launch_for(Language::PYTHON, allowance, ticket, role, 0);
    }
    play.roster.zygote_ready(Generation(1), play.now);
    // Role 10's first, role 20's, role 10's others; a kind has what its calls need first.
    assert_eq!(play.forks(), [ROOMY, ROOMY, LOUD, CLOSED]);
}

#[test]
fn no_kind_has_more_than_there_are_slots_for() {
    let mut play = Play::warm(0, 1);
    (1..=3).for_each(|ticket| play.ask_for(LOUD, ticket));
    assert_eq!(play.forks(), [LOUD]);
    let order = play.last();
    play.roster.ready(order, play.now);
    let actions = play.actions();
    assert_eq!(assigned(&actions), [(1, order.0)]);
    assert_eq!(actions.len(), 1);
    play.roster.reaped(order, play.now);
    assert_eq!(play.forks(), [LOUD]);
}

#[test]
fn a_kind_that_the_host_refuses_is_refused_and_the_others_served() {
    let mut play = Play::warm(1, 8);
    play.ask_for(LOUD, 1);
    for _ in 0..2 {
        let order = play.order();
        play.roster.forked(order, 5, play.now);
        play.roster.refused(order, refused("programs"), play.now);
        play.roster.reaped(order, play.now);
    }
    let why = refused("programs").refusal(Language::PYTHON);
    let actions = play.actions();
    assert_eq!(refusals(&actions), [(1, &why)]);
    // The next call hears it at once; neither other kind does.
    play.ask_for(LOUD, 2);
    assert_eq!(refusals(&play.actions()), [(2, &why)]);
    play.ask_for(CLOSED, 3);
    play.ask_for(ROOMY, 4);
    assert_eq!(assigned(&play.fork_all()).len(), 2);
    assert!(!play.is_broken());

    // Later calls are the next attempts, rarer and rarer.
    let mut attempts = 0;
    for ticket in 10..610 {
        play.pass(Duration::from_secs(1));
        play.ask_for(LOUD, ticket);
        let order = play.actions().iter().find_map(|action| match action {
            Action::Fork { order, .. } => Some(*order),
            _ => None,
        });
        if let Some(order) = order {
            attempts += 1;
            play.roster.not_forked(order, refused("programs"), play.now);
            assert_eq!(refusals(&play.actions()), [(ticket, &why)]);
        }
    }
    assert!((20..40).contains(&attempts), "{attempts}");

    // It is repaired.
    play.pass(Duration::from_secs(30));
    play.ask_for(LOUD, 1000);
    let actions = play.fork_all();
    assert_eq!(assigned(&actions).len(), 1);
    assert_eq!(logged(&actions), 1);
}

#[test]
fn a_reload_is_another_chance_for_every_kind() {
    let mut play = Play::warm(1, 8);
    play.ask_for(LOUD, 1);
    for _ in 0..2 {
        let order = play.order();
        play.roster.not_forked(order, refused("programs"), play.now);
    }
    play.actions();
    play.configure(|_| {});
    play.ask_for(LOUD, 2);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
}

#[test]
fn the_configured_kind_kept_from_working_is_the_environments_trouble() {
    let mut play = Play::new(1, 8);
    play.roster.zygote_ready(Generation(1), play.now);
    for _ in 0..2 {
        let order = play.order();
        play.roster.not_forked(order, refused("unshare"), play.now);
    }
    assert!(play.is_broken());
    play.ask_for(LOUD, 1);
    assert_eq!(refusals(&play.actions()).len(), 1);
}

#[test]
fn another_allowance_in_the_file_replaces_the_warm_ones() {
    let mut play = Play::warm(1, 8);
    play.ask_for(LOUD, 1);
    let on_demand = play.order();
    play.configure(|settings| settings.allowance = ROOMY);
    // The call of yet another kind keeps what is being made for it.
    assert_eq!(play.actions(), [Action::Kill(Order(1))]);
    play.roster.forked(on_demand, 5, play.now);
    assert_eq!(play.forks(), [ROOMY]);
    play.roster.ready(on_demand, play.now);
    assert_eq!(assigned(&play.actions()), [(1, on_demand.0)]);
}

#[test]
fn whatever_changes_how_satellites_are_built_replaces_all_that_are_unused() {
    let changes: [fn(&mut Settings); 3] = [
        |settings| settings.sandbox = Sandbox::Container,
        |settings| settings.readable_paths = vec!["/data".to_owned()],
        |settings| settings.workers = Workers::On,
    ];
    for change in changes {
        let mut play = Play::warm(1, 8);
        play.launch(1, 0);
        play.fork_all();
        play.ask_for(ROOMY, 2);
        let on_demand = play.order();
        play.roster.forked(on_demand, 5, play.now);
        play.actions();
        play.configure(change);
        let actions = play.actions();
        assert!(actions.contains(&Action::EndZygote(Generation(1))));
        assert!(actions.contains(&Action::Kill(Order(2))));
        assert!(actions.contains(&Action::Kill(on_demand)));
        assert!(!actions.contains(&Action::Kill(Order(1))));
        play.roster.zygote_ready(Generation(2), play.now);
        assert_eq!(play.forks().first(), Some(&ROOMY));
    }
}

#[test]
fn other_settings_get_another_chance() {
    let mut play = Play::new(1, 8);
    play.roster.zygote_ready(Generation(1), play.now);
    for _ in 0..2 {
        let order = play.order();
        play.roster.not_forked(order, refused("unshare"), play.now);
    }
    play.actions();
    play.configure(|settings| settings.sandbox = Sandbox::Container);
    play.roster.zygote_ready(Generation(2), play.now);
    play.ask_for(CLOSED, 1);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
}

#[test]
fn programs_need_namespaces() {
    let mut play = Play::warm(1, 8);
    play.configure(|settings| settings.sandbox = Sandbox::Container);
    play.roster.zygote_ready(Generation(2), play.now);
    play.fork_all();
    play.ask_for(PROGRAMS, 1);
    let actions = play.actions();
    let [(1, Refusal::SandboxRefused { step, .. })] = refusals(&actions)[..] else {
        panic!("{actions:?}");
    };
    assert_eq!(step, "launchpad.allow_exec");
    assert_eq!(actions.len(), 1);
    // Not even if the configuration file asks for it; others are served all the same.
    play.configure(|settings| settings.allowance = PROGRAMS);
    let actions = play.fork_all();
    assert!(matches!(actions[..], [Action::Kill(_)]), "{actions:?}");
    play.ask_for(CLOSED, 2);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
}
