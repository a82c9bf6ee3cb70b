//! What a call's scripts are allowed decides which satellite serves it.

use crate::backend::launch;
use crate::launchpad::{Launchpad, eventually};
use launchpad_protocol::launch::{Launch, Refusal, State, ToBackend};
use launchpad_protocol::policy::{Allowance, Network};

const PROGRAMS: Allowance = Allowance {
    network: Network::None,
    programs: true,
    tell_refused: false,
    tmp_limit: 0,
};

const NETWORK: Allowance = Allowance {
    network: Network::Host,
    programs: false,
    tell_refused: true,
    tmp_limit: 0,
};

fn asking_for(allowance: Allowance) -> Launch {
    Launch {
        allowance,
        ..launch(1)
    }
}

/// What the satellite that serves such a call was made for, and its pid.
fn made_for(launchpad: &Launchpad, allowance: Allowance) -> (String, u32) {
    let mut backend = launchpad.connect();
    backend.launch(asking_for(allowance), "report-allowance");
    let satellite = backend.assigned();
    (backend.line(4), satellite)
}

fn warm(launchpad: &Launchpad) -> Vec<u32> {
    let lines = launchpad.connect().list();
    let warm = lines.iter().filter(|line| line.state == State::Warm);
    warm.filter_map(|line| line.satellite).collect()
}

#[test]
fn a_call_is_served_by_a_satellite_made_for_it() {
    let launchpad = Launchpad::new(2, 4);
    eventually("warm ones", || warm(&launchpad).len() == 2);
    let before = warm(&launchpad);
    for (allowance, told) in [
        (PROGRAMS, "network 0 programs 1 tell 0\n"),
        (NETWORK, "network 1 programs 0 tell 1\n"),
    ] {
        let (made_for, satellite) = made_for(&launchpad, allowance);
        assert_eq!(made_for, told);
        assert!(!before.contains(&satellite));
    }
    assert_eq!(warm(&launchpad), before);
    let (made_for, satellite) = made_for(&launchpad, Allowance::default());
    assert_eq!(made_for, "network 0 programs 0 tell 0\n");
    assert!(before.contains(&satellite));
}

#[test]
fn warm_ones_are_made_for_what_the_settings_allow() {
    let mut launchpad = Launchpad::new(1, 4);
    eventually("a warm one", || warm(&launchpad).len() == 1);
    let before = warm(&launchpad);
    launchpad.settings.allowance = NETWORK;
    launchpad.configure();
    eventually("another warm one", || {
        let now = warm(&launchpad);
        now.len() == 1 && now != before
    });
    let now = warm(&launchpad);
    let (told, satellite) = made_for(&launchpad, NETWORK);
    assert_eq!(told, "network 1 programs 0 tell 1\n");
    assert_eq!(now, [satellite]);
    let (told, _) = made_for(&launchpad, Allowance::default());
    assert_eq!(told, "network 0 programs 0 tell 0\n");
}

#[test]
fn what_the_host_refuses_to_one_is_not_refused_to_all() {
    let launchpad = Launchpad::behaving("no-programs", 1, 4);
    let mut backend = launchpad.connect();
    backend.launch(asking_for(PROGRAMS), "exit 0");
    let mut told = backend.hear();
    if told == Some(ToBackend::Queued) {
        told = backend.hear();
    }
    let refused = Refusal::SandboxRefused {
        step: "namespaces".to_owned(),
        reason: "Operation not permitted".to_owned(),
    };
    assert_eq!(told, Some(ToBackend::Refused(refused)));
    for allowance in [NETWORK, Allowance::default()] {
        made_for(&launchpad, allowance);
    }
}
