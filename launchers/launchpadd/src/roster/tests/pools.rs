//! Limits that calls share: of a role, of a pool. What is counted of pools.

use super::*;
use crate::roster::book::MOST_POOLS;

/// A call in Python with nothing special about it, to be changed.
pub fn call(request: u64) -> Launch {
    Launch {
        version: 1,
        request,
        environment: EnvironmentId::of(Language::PYTHON),
        database: 5,
        role: 10,
        current_role: 10,
        script: 1,
        limits: Limits::default(),
        allowance: Allowance::default(),
        queue_timeout: 0,
        max_satellites_per_role: 0,
        holds: false,
        pool: pool_of(pool::DEFAULT, 0),
    }
}

pub fn in_pool(request: u64, name: &str, most: u32) -> Launch {
    Launch {
        pool: pool_of(name, most),
        ..call(request)
    }
}

pub fn as_role(request: u64, role: u32, most: i32) -> Launch {
    Launch {
        role,
        max_satellites_per_role: most,
        ..call(request)
    }
}

/// Of a kind that is not kept ahead of need.
pub fn of_another_kind(launch: Launch) -> Launch {
    let allowance = Allowance {
        tell_refused: true,
        ..Allowance::default()
    };
    Launch {
        allowance,
        ..launch
    }
}

fn forks(actions: &[Action]) -> Vec<(Order, PoolId)> {
    let forks = actions.iter().filter_map(|action| match action {
        Action::Fork { order, pool, .. } => Some((*order, *pool)),
        _ => None,
    });
    forks.collect()
}

impl Play {
    /// Likewise as [`Play::warm`], with satellites made in their pool's cgroup.
    fn warm_apart(warm: u32, max: u32) -> Self {
        let mut play = Play {
            roster: Roster::new(1, 4, true),
            now: Instant::now(),
        };
        play.roster.configure(settings(warm, max), false, play.now);
        play.roster.zygote_ready(Generation(1), play.now);
        play.fork_all();
        play
    }

    /// Its ticket is its number.
    pub fn ask(&mut self, launch: Launch) {
        let ticket = Ticket(launch.request);
        self.roster.launch(ticket, launch, 77, self.now);
    }

    /// What happens; satellites that are ordered get ready. Returns who is served.
    pub fn served(&mut self) -> Vec<(u64, u64)> {
        assigned(&self.fork_all())
    }

    /// A script's end, and its satellite's.
    pub fn end_of(&mut self, order: u64) {
        self.roster.reported(Order(order), ended(0), self.now);
        self.roster.reaped(Order(order), self.now);
    }

    fn waits(&self) -> Vec<(u64, Wait)> {
        let lines = self.roster.lines(self.now, 0).into_iter();
        lines
            .filter_map(|line| Some((line.request?, line.wait?)))
            .collect()
    }
}

#[test]
fn a_full_pool_is_passed_and_its_calls_keep_their_turns() {
    let mut play = Play::warm(4, 8);
    for request in 1..=3 {
        play.ask(in_pool(request, "small", 1));
    }
    play.ask(in_pool(4, "large", 0));
    play.ask(call(5));
    assert_eq!(play.served(), [(1, 1), (4, 2), (5, 3)]);
    assert_eq!(play.waits(), [(2, Wait::Pool), (3, Wait::Pool)]);
    play.end_of(1);
    assert_eq!(play.served(), [(2, 4)]);
    assert_eq!(play.waits(), [(3, Wait::Pool)]);
}

#[test]
fn of_two_databases_definitions_the_stricter_holds_as_long_as_both_are_in_use() {
    let of = |request, database, most| Launch {
        database,
        ..in_pool(request, "p", most)
    };
    let mut play = Play::warm(4, 8);
    play.ask(of(1, 5, 1));
    assert_eq!(play.served(), [(1, 1)]);
    // Another database says that there may be three.
    for request in 2..=5 {
        play.ask(of(request, 6, 3));
    }
    assert_eq!(play.served(), []);
    let waits = [2, 3, 4, 5].map(|request| (request, Wait::Pool));
    assert_eq!(play.waits(), waits);
    // The stricter one's call is over: the queue need not wait for the pool's next call.
    play.end_of(1);
    assert_eq!(play.served(), [(2, 2), (3, 3), (4, 4)]);
    assert_eq!(play.waits(), [(5, Wait::Pool)]);
    // It comes again, and counts while it waits; the latest word of a database counts alone.
    play.ask(of(6, 5, 2));
    play.ask(of(7, 6, 0));
    assert_eq!(play.served(), []);
    play.end_of(2);
    assert_eq!(play.served(), []);
    play.end_of(3);
    assert_eq!(play.served().len(), 1);
}

#[test]
fn a_full_role_is_passed_and_its_calls_keep_their_turns() {
    let mut play = Play::warm(4, 8);
    for request in 1..=3 {
        play.ask(as_role(request, 10, 1));
    }
    play.ask(as_role(4, 20, 1));
    assert_eq!(play.served(), [(1, 1), (4, 2)]);
    assert_eq!(play.waits(), [(2, Wait::Role), (3, Wait::Role)]);
    play.end_of(1);
    assert_eq!(play.served(), [(2, 3)]);
    // A session of the same role that may have more.
    play.ask(as_role(5, 10, 2));
    assert_eq!(play.served(), [(5, 4)]);
}

#[test]
fn slots_of_pool_and_role_are_held_until_the_reaping() {
    for end in [0, 1, 2] {
        let mut play = Play::warm(2, 8);
        play.ask(in_pool(1, "small", 1));
        play.ask(in_pool(2, "small", 1));
        play.ask(Launch {
            pool: pool_of("other", 0),
            ..as_role(3, 10, 1)
        });
        assert_eq!(play.served(), [(1, 1)]);
        match end {
            0 => play.roster.reported(Order(1), ended(0), play.now),
            1 => assert!(play.roster.gone(Ticket(1), play.now)),
            _ => assert!(play.roster.cancel(1, play.now)),
        }
        assert!(play.served().is_empty());
        assert_eq!(play.waits(), [(2, Wait::Pool), (3, Wait::Role)]);
        play.roster.reaped(Order(1), play.now);
        assert_eq!(play.served(), [(2, 2)]);
    }
}

#[test]
fn a_slot_that_could_not_be_used_is_free_again() {
    let mut play = Play::warm(2, 8);
    play.ask(in_pool(1, "small", 1));
    assert_eq!(assigned(&play.actions()), [(1, 1)]);
    play.roster.assign_failed(Order(1), play.now);
    assert_eq!(assigned(&play.actions()), [(1, 2)]);
    let lines = play.roster.pool_lines(play.now, 0);
    assert_eq!((lines[0].running, lines[0].calls), (1, 1));
}

#[test]
fn the_latest_definition_holds() {
    let mut play = Play::warm(4, 8);
    play.ask(in_pool(1, "small", 1));
    play.ask(in_pool(2, "small", 1));
    assert_eq!(play.served(), [(1, 1)]);
    play.ask(in_pool(3, "small", 3));
    assert_eq!(play.served(), [(2, 2), (3, 3)]);
    play.ask(in_pool(4, "small", 1));
    play.end_of(1);
    play.end_of(2);
    assert!(play.served().is_empty());
    play.end_of(3);
    assert_eq!(play.served(), [(4, 4)]);
}

#[test]
fn a_call_whose_time_is_over_is_told_what_it_waited_for() {
    let impatient = |launch: Launch| Launch {
        queue_timeout: 50,
        ..launch
    };
    let mut play = Play::warm(3, 3);
    play.ask(in_pool(1, "small", 1));
    play.ask(as_role(2, 20, 1));
    play.fork_all();
    play.ask(impatient(in_pool(3, "small", 1)));
    play.ask(impatient(as_role(4, 20, 1)));
    play.ask(impatient(of_another_kind(call(5))));
    play.actions();
    play.pass(Duration::from_millis(50));
    let actions = play.actions();
    let busy = |wait, most| Refusal::Busy {
        wait,
        most,
        waiting: 2,
    };
    let expected = [
        (3, &busy(Wait::Pool, 1)),
        (5, &busy(Wait::Satellite, 3)),
        (4, &busy(Wait::Role, 1)),
    ];
    let mut told = refusals(&actions);
    told.sort_by_key(|(ticket, _)| expected.iter().position(|(other, _)| other == ticket));
    assert_eq!(told, expected);

    // Where nothing is free at all, that is the reason.
    play.ask(call(6));
    play.fork_all();
    play.ask(impatient(in_pool(7, "small", 1)));
    play.actions();
    play.pass(Duration::from_millis(50));
    let busy = Refusal::Busy {
        wait: Wait::Slots,
        most: 3,
        waiting: 0,
    };
    assert_eq!(refusals(&play.actions()), [(7, &busy)]);
}

#[test]
fn nothing_is_forked_for_calls_that_could_have_no_slot() {
    let mut play = Play::warm(1, 8);
    for request in 1..=5 {
        play.ask(of_another_kind(in_pool(request, "small", 2)));
    }
    for request in 6..=9 {
        play.ask(of_another_kind(as_role(request, 20, 1)));
    }
    // One after the other, as the zygote answers.
    let mut orders = 0;
    while let Some(action) = play.roster.next_action() {
        if let Action::Fork { order, .. } = action {
            orders += 1;
            play.roster.forked(order, 1000 + order.0 as u32, play.now);
        }
    }
    assert_eq!(orders, 3);
    let warm = play.states();
    let warm = warm.iter().filter(|state| **state == State::Warm);
    assert_eq!(warm.count(), 1);
}

#[test]
fn satellites_of_pools_apart_serve_no_other_pool() {
    let mut play = Play::warm_apart(2, 8);
    play.ask(in_pool(1, "reports", 0));
    let actions = play.actions();
    assert!(assigned(&actions).is_empty());
    let [(order, reports)] = forks(&actions)[..] else {
        panic!("{actions:?}");
    };
    assert_eq!(play.roster.pool(reports).name, "reports");
    play.roster.forked(order, 9, play.now);
    play.roster.ready(order, play.now);
    assert_eq!(assigned(&play.actions()), [(1, order.0)]);
    play.ask(call(2));
    assert_eq!(assigned(&play.actions()), [(2, 1)]);
    assert_eq!(play.roster.pool(PoolId::DEFAULT).name, pool::DEFAULT);

    // Where they are not, all serve all.
    let mut play = Play::warm(2, 8);
    play.ask(in_pool(1, "reports", 0));
    assert_eq!(assigned(&play.actions()), [(1, 1)]);
}

#[test]
fn what_one_pools_satellites_suffer_is_not_anothers() {
    let mut play = Play::warm_apart(0, 8);
    play.ask(in_pool(1, "reports", 0));
    let mut happened = play.actions();
    for _ in 0..2 {
        let [(order, _)] = forks(&happened)[..] else {
            panic!("{happened:?}");
        };
        let failure = Failure::of_step("cgroup", "No space left on device");
        play.roster.not_forked(order, failure, play.now);
        happened.retain(|action| matches!(action, Action::Log(..)));
        happened.extend(play.actions());
    }
    assert_eq!(refusals(&happened).len(), 1);
    let lines = happened.iter().filter_map(|action| match action {
        Action::Log(_, line) => Some(line.as_str()),
        _ => None,
    });
    let line = "sandbox for Python with launchpad.pool = reports was refused at step \"cgroup\": \
                No space left on device";
    assert_eq!(lines.collect::<Vec<_>>(), [line]);
    play.ask(in_pool(2, "models", 0));
    assert_eq!(play.served().len(), 1);
}

#[test]
fn a_satellite_that_its_pool_starves_is_no_fault_of_the_environment() {
    let mut play = Play::warm_apart(0, 8);
    let starved = Pool {
        cpu: 1,
        ..pool_of("starved", 0)
    };
    for request in 1..=3 {
        play.ask(Launch {
            pool: starved.clone(),
            ..call(request)
        });
        let order = play.order();
        play.roster.forked(order, 9, play.now);
        play.pass(Duration::from_secs(30));
        let refusal = Refusal::Starved {
            pool: "starved".to_owned(),
            seconds: 30,
        };
        let actions = play.actions();
        assert_eq!(refusals(&actions), [(request, &refusal)]);
        assert!(actions.contains(&Action::Kill(order)));
        play.roster.reaped(order, play.now);
        assert!(forks(&play.actions()).is_empty());
    }
    // Without such limits it is the environment's fault, at the second time.
    play.ask(in_pool(4, "free", 0));
    let order = play.order();
    play.roster.forked(order, 9, play.now);
    play.pass(Duration::from_secs(30));
    let order = play.order();
    play.roster.forked(order, 9, play.now);
    play.pass(Duration::from_secs(30));
    let actions = play.actions();
    let [(4, Refusal::EnvironmentBroken { .. })] = refusals(&actions)[..] else {
        panic!("{actions:?}");
    };
}

#[test]
fn the_books_of_a_pool() {
    let mut play = Play::warm(2, 8);
    assert!(play.roster.pool_lines(play.now, 0).is_empty());
    for request in 1..=4 {
        play.ask(in_pool(request, "reports", 2));
    }
    play.ask(call(5));
    play.fork_all();
    play.now += Duration::from_secs(2);
    let usage = Usage {
        user: 30,
        system: 4,
        max_rss: 0,
    };
    for order in [1, 2] {
        let ended = Ended { usage, ..ended(0) };
        play.roster.reported(Order(order), ended, play.now);
        play.roster.reaped(Order(order), play.now);
    }
    play.fork_all();
    play.end_of(3);
    let lines = play.roster.pool_lines(play.now, 5_000_000);
    let [by_default, reports] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(by_default.pool.name, pool::DEFAULT);
    assert_eq!((by_default.calls, by_default.running), (1, 0));
    assert_eq!(reports.pool, pool_of("reports", 2));
    assert_eq!((reports.calls, reports.running, reports.queued), (4, 2, 0));
    assert_eq!((reports.peak_running, reports.peak_queued), (2, 2));
    assert_eq!((reports.cpu_user, reports.cpu_system), (60, 8));
    assert_eq!(reports.since, 3_000_000);
    assert_eq!((reports.memory, reports.processes), (None, None));
}

#[test]
fn pools_that_nobody_uses_are_forgotten_the_oldest_first() {
    let mut play = Play::warm(1, 2);
    play.ask(in_pool(1, "runs", 0));
    play.fork_all();
    play.ask(in_pool(2, "runs", 0));
    play.fork_all();
    play.ask(in_pool(3, "waits", 0));
    for request in 4..400 {
        play.now += Duration::from_secs(1);
        play.ask(in_pool(request, &format!("pool {request}"), 0));
        play.roster.gone(Ticket(request), play.now);
    }
    play.ask(call(400));
    let actions = play.actions();
    let forgotten = actions.iter().filter_map(|action| match action {
        Action::ForgetPool(name) => Some(name.as_str()),
        _ => None,
    });
    assert_eq!(forgotten.take(2).collect::<Vec<_>>(), ["pool 4", "pool 5"]);
    let lines = play.roster.pool_lines(play.now, 0);
    let names: Vec<_> = lines.iter().map(|line| &*line.pool.name).collect();
    assert_eq!(names.len(), MOST_POOLS);
    assert_eq!(names[..3], [pool::DEFAULT, "runs", "waits"]);
    assert_eq!(names[3], format!("pool {}", 400 - (MOST_POOLS - 3)));
    assert_eq!(names.last(), Some(&"pool 399"));
}
