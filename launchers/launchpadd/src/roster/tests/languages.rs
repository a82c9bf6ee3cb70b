//! Two languages: what one of them suffers is not the other's.

use super::*;

const PYTHON: Generation = Generation(1);
const R: Generation = Generation(2);

fn both(warm: u32, max: u32) -> Settings {
    Settings {
        environments: programs("/usr/bin/python3", "/usr/bin/R"),
        ..settings(warm, max)
    }
}

fn start(generation: Generation, language: Language, program: &str) -> Action {
    Action::StartZygote {
        generation,
        environment: protocol::Environment::of(language, program),
        reach: Reach::default(),
        preloads: false,
    }
}

impl Play {
    /// A roster whose first two zygotes have been asked for.
    fn of_both(warm: u32, max: u32) -> Self {
        let mut play = Play {
            roster: Roster::new(1, 4, false),
            now: Instant::now(),
        };
        play.roster.configure(both(warm, max), false, play.now);
        let starts = [
            start(PYTHON, Language::PYTHON, "/usr/bin/python3"),
            start(R, Language::R, "/usr/bin/R"),
        ];
        assert_eq!(play.actions(), starts);
        play
    }

    /// Likewise, and all that is wanted of both is warm: Python's before R's.
    fn warm_both(warm: u32, max: u32) -> Self {
        let mut play = Play::of_both(warm, max);
        for generation in [PYTHON, R] {
            play.roster.zygote_ready(generation, play.now);
            play.fork_all();
        }
        play
    }

    /// The orders of one language's satellites that are in `phase`.
    fn orders(&self, language: Language, phase: Phase) -> Vec<u64> {
        let all = self.roster.fleet.iter();
        all.filter(|(_, kind, of)| kind.environment == EnvironmentId::of(language) && *of == phase)
            .map(|(order, ..)| order.0)
            .collect()
    }
}

fn levels(actions: &[Action]) -> Vec<&str> {
    let levels = actions.iter().filter_map(|action| match action {
        Action::Log(level, _) => Some(*level),
        _ => None,
    });
    levels.collect()
}

#[test]
fn each_language_has_its_own_warm_ones() {
    let mut play = Play::warm_both(2, 8);
    let shown: Vec<_> = play
        .roster
        .lines(play.now, 0)
        .iter()
        .map(|line| (line.language, line.state))
        .collect();
    let of = |language| [(language, State::Warm); 2];
    assert_eq!(shown, [of(Language::PYTHON), of(Language::R)].concat());
    play.launch_as(Language::R, 1, 10, 0);
    play.launch_as(Language::PYTHON, 2, 10, 0);
    assert_eq!(assigned(&play.fork_all()), [(1, 3), (2, 1)]);
    play.pass(SCRIPT_FIRST);
    play.fork_all();
    // Each is replaced by one of its own language.
    assert_eq!(play.orders(Language::PYTHON, Phase::Warm).len(), 2);
    assert_eq!(play.orders(Language::R, Phase::Warm).len(), 2);
}

#[test]
fn a_broken_language_is_refused_and_the_other_served() {
    let mut play = Play::of_both(1, 8);
    play.roster.zygote_ready(PYTHON, play.now);
    play.fork_all();
    play.launch_as(Language::R, 1, 10, 0);
    play.actions();
    play.roster.zygote_ended(R, "no such file", play.now);
    let broken = Refusal::EnvironmentBroken {
        language: Language::R,
        reason: "no such file".to_owned(),
    };
    assert_eq!(refusals(&play.actions()), [(1, &broken)]);
    play.launch_as(Language::R, 2, 10, 0);
    assert_eq!(refusals(&play.actions()), [(2, &broken)]);
    play.launch(3, 0);
    assert_eq!(assigned(&play.fork_all()), [(3, 1)]);
    assert!(!play.is_broken());
}

#[test]
fn a_broken_language_that_nobody_uses_is_worth_one_quiet_line() {
    let mut play = Play::of_both(1, 8);
    play.roster.zygote_ready(PYTHON, play.now);
    play.fork_all();
    play.roster.zygote_ended(R, "no such file", play.now);
    assert_eq!(levels(&play.actions()), ["log"]);
    for _ in 0..5 {
        play.now = play.roster.next_deadline().unwrap();
        play.roster.tick(play.now);
        let actions = play.actions();
        let [
            Action::StartZygote {
                generation,
                environment:
                    protocol::Environment {
                        language: Language::R,
                        ..
                    },
                ..
            },
        ] = actions[..]
        else {
            panic!("{actions:?}");
        };
        play.roster
            .zygote_ended(generation, "no such file", play.now);
        assert!(play.actions().is_empty());
    }
    // Once somebody has asked for it, another failure is a warning.
    play.launch_as(Language::R, 1, 10, 0);
    assert_eq!(levels(&play.actions()), [""; 0]);
    play.roster.configure(both(1, 8), false, play.now);
    play.actions();
    let generation = play.roster.present_zygote(EnvironmentId::of(Language::R));
    let generation = generation.unwrap();
    play.roster.zygote_ended(generation, "no module", play.now);
    assert_eq!(levels(&play.actions()), ["warning"]);
}

#[test]
fn a_slow_language_holds_nobody_up() {
    let mut play = Play::of_both(1, 8);
    play.roster.zygote_ready(PYTHON, play.now);
    play.fork_all();
    // The same role: R's call is before Python's.
    play.launch_as(Language::R, 1, 10, 0);
    play.launch_as(Language::PYTHON, 2, 10, 0);
    assert_eq!(assigned(&play.fork_all()), [(2, 1)]);
    play.roster.zygote_ready(R, play.now);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
    assert_eq!(play.orders(Language::R, Phase::Running).len(), 1);
}

#[test]
fn satellites_that_do_not_get_ready_leave_the_other_language_its_share() {
    let mut play = Play::of_both(4, 8);
    play.roster.zygote_ready(R, play.now);
    for pending in 1..=4 {
        let order = play.order();
        play.roster.forked(order, 5, play.now);
        assert_eq!(play.orders(Language::R, Phase::Warming).len(), pending);
    }
    assert!(play.actions().is_empty());
    play.roster.zygote_ready(PYTHON, play.now);
    for _ in 0..2 {
        let order = play.order();
        play.roster.forked(order, 5, play.now);
    }
    assert!(play.actions().is_empty());
    assert_eq!(play.orders(Language::PYTHON, Phase::Warming).len(), 2);
}

#[test]
fn roles_take_turns_across_languages() {
    let mut play = Play::warm_both(1, 1);
    play.launch(1, 0);
    assert_eq!(assigned(&play.fork_all()), [(1, 1)]);
    play.launch_as(Language::R, 2, 10, 0);
    play.launch_as(Language::PYTHON, 3, 20, 0);
    play.launch_as(Language::R, 4, 20, 0);
    play.launch_as(Language::PYTHON, 5, 10, 0);
    play.fork_all();
    let mut served = Vec::new();
    let mut running = Order(1);
    for _ in 0..4 {
        play.roster.reaped(running, play.now);
        let now = assigned(&play.fork_all());
        let [(ticket, order)] = now[..] else {
            panic!("{now:?}");
        };
        served.push(ticket);
        running = Order(order);
    }
    assert_eq!(served, [2, 3, 5, 4]);
}

#[test]
fn a_slow_satellite_is_kept_for_the_call_that_waits_for_it() {
    let mut play = Play::warm_both(0, 1);
    play.launch(1, 0);
    play.launch_as(Language::R, 2, 10, 0);
    let orders: Vec<Order> = play
        .actions()
        .iter()
        .filter_map(|action| match action {
            Action::Fork { order, .. } => Some(*order),
            _ => None,
        })
        .collect();
    let [python, r] = orders[..] else {
        panic!("{orders:?}");
    };
    play.roster.forked(r, 5, play.now);
    play.roster.forked(python, 6, play.now);
    play.roster.ready(python, play.now);
    assert_eq!(assigned(&play.actions()), [(1, python.0)]);
    // Too late for the only slot.
    play.roster.ready(r, play.now);
    assert!(play.actions().is_empty());
    play.launch(3, 0);
    play.roster.reaped(python, play.now);
    assert_eq!(assigned(&play.fork_all()), [(2, r.0)]);
    // Without that call it is of no use.
    play.roster.reaped(r, play.now);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
    assert_eq!(play.states(), [State::Running]);
}

#[test]
fn slots_are_counted_over_all_languages() {
    let mut play = Play::warm_both(1, 2);
    play.launch_as(Language::R, 1, 10, 0);
    play.launch_as(Language::PYTHON, 2, 10, 0);
    play.launch_as(Language::R, 3, 10, 0);
    play.launch_as(Language::PYTHON, 4, 10, 100);
    assert_eq!(assigned(&play.fork_all()).len(), 2);
    play.pass(Duration::from_millis(100));
    let busy = Refusal::Busy {
        wait: Wait::Slots,
        most: 2,
        waiting: 1,
    };
    assert_eq!(refusals(&play.actions()), [(4, &busy)]);
}

#[test]
fn another_program_renews_its_own_language_only() {
    let mut play = Play::warm_both(1, 8);
    let mut other = both(1, 8);
    other.environments = programs("/usr/bin/python3", "/opt/R");
    play.roster.configure(other, false, play.now);
    let start = start(Generation(3), Language::R, "/opt/R");
    assert_eq!(
        play.actions(),
        [Action::EndZygote(R), Action::Kill(Order(2)), start]
    );
    // Late news of the old one.
    play.roster.zygote_ended(R, "killed", play.now);
    assert!(play.actions().is_empty());
    play.launch(1, 0);
    assert_eq!(assigned(&play.fork_all()), [(1, 1)]);
}

#[test]
fn another_sandbox_renews_both() {
    let mut play = Play::warm_both(1, 8);
    let mut other = both(1, 8);
    other.sandbox = Sandbox::Container;
    play.roster.configure(other, false, play.now);
    let actions = play.actions();
    for order in [Order(1), Order(2)] {
        assert!(actions.contains(&Action::Kill(order)), "{actions:?}");
    }
    let ends = |action: &&Action| matches!(action, Action::EndZygote(_));
    assert_eq!(actions.iter().filter(ends).count(), 2);
}

#[test]
fn fewer_warm_ones_are_trimmed_language_by_language() {
    let mut play = Play::warm_both(3, 8);
    play.roster.configure(both(1, 8), false, play.now);
    play.actions();
    assert_eq!(play.orders(Language::PYTHON, Phase::Warm), [1]);
    assert_eq!(play.orders(Language::R, Phase::Warm), [4]);
}

#[test]
fn a_language_without_a_program_is_refused_and_costs_nothing() {
    let not_offered = Refusal::NotOffered {
        language: Language::R,
    };
    let mut play = Play::warm(1, 8);
    play.launch_as(Language::R, 1, 10, 0);
    assert_eq!(refusals(&play.actions()), [(1, &not_offered)]);
    assert_eq!(play.roster.next_deadline(), None);
    play.launch(2, 0);
    assert_eq!(assigned(&play.fork_all()), [(2, 1)]);
}

#[test]
fn a_program_comes_and_goes_with_the_settings() {
    let mut play = Play::warm(1, 8);
    play.roster.configure(both(1, 8), false, play.now);
    assert_eq!(play.actions(), [start(R, Language::R, "/usr/bin/R")]);
    play.roster.zygote_ready(R, play.now);
    play.fork_all();
    play.launch_as(Language::R, 1, 10, 0);
    let running = assigned(&play.fork_all())[0].1;
    let idle = play.orders(Language::R, Phase::Warm)[0];
    play.launch_as(Language::R, 2, 10, 0);
    play.actions();
    play.launch_as(Language::R, 3, 10, 0);
    play.actions();

    play.roster.configure(settings(1, 8), false, play.now);
    let actions = play.actions();
    assert!(actions.contains(&Action::EndZygote(R)));
    assert!(!actions.contains(&Action::Kill(Order(running))));
    assert!(
        !actions.contains(&Action::Kill(Order(idle))),
        "it has a call by now"
    );
    let not_offered = Refusal::NotOffered {
        language: Language::R,
    };
    assert_eq!(refusals(&actions), [(3, &not_offered)]);
    assert!(
        !actions
            .iter()
            .any(|action| matches!(action, Action::StartZygote { .. }))
    );
    play.roster.reported(Order(running), ended(0), play.now);
    assert_eq!(told(&play.actions()), [(1, &ToBackend::Ended(ended(0)))]);

    play.roster.configure(both(1, 8), false, play.now);
    let again = start(Generation(3), Language::R, "/usr/bin/R");
    assert_eq!(play.actions(), [again]);
}

#[test]
fn a_second_environment_of_a_language_is_one_of_its_own() {
    let mut play = Play::warm_both(1, 8);
    let id = EnvironmentId(7);
    let other = protocol::Environment {
        id,
        ..protocol::Environment::of(Language::PYTHON, "/opt/python")
    };
    let mut settings = both(1, 8);
    settings.environments.push(other.clone());
    play.roster.configure(settings, false, play.now);
    let (generation, environment) = (Generation(3), other);
    let start = Action::StartZygote {
        generation,
        environment,
        reach: Reach::default(),
        preloads: false,
    };
    assert_eq!(play.actions(), [start]);
    play.roster.zygote_ready(generation, play.now);
    play.fork_all();
    let made: Vec<_> = play.roster.fleet.iter().collect();
    assert_eq!(made.len(), 3);
    assert_eq!(made[2].1.environment, id);
    assert_eq!(play.roster.health(id), Health::Proven);

    // Named no more: not offered, and its satellites end.
    play.roster.configure(both(1, 8), false, play.now);
    assert_eq!(
        play.actions(),
        [Action::EndZygote(generation), Action::Kill(Order(3))]
    );
    assert_eq!(play.roster.health(id), Health::NotOffered);
    play.roster.reaped(Order(3), play.now);
    play.launch(1, 0);
    assert_eq!(assigned(&play.fork_all()), [(1, 1)]);
}
