use super::*;
use crate::Event as Of;
use crate::tests::{ENDED, Other, converse, pump};
use launchpad_protocol::control::FromScript;
use launchpad_protocol::launch::ToBackend;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::time::Instant;

#[test]
fn several_conversations_are_told_apart() {
    let mut pump = pump();
    let others: Vec<Other> = (0..5).map(|_| converse(&mut pump)).collect();
    for (index, other) in others.iter().enumerate() {
        let rows = Some(index as u64);
        other.say(&FromScript::Done { rows });
        other.write(2, &vec![b'x'; index + 1]);
        other.tell(&ToBackend::Ended(ENDED));
    }
    let mut seen = [0; 5];
    for _ in 0..15 {
        let Event::Of(key, event) = pump.next().unwrap() else {
            panic!("nothing else happens");
        };
        let index = others.iter().position(|other| other.key == key).unwrap();
        seen[index] += 1;
        match event {
            Of::Message(FromScript::Done { rows }) => assert_eq!(rows, Some(index as u64)),
            Of::Text(voice) => {
                let heard = pump.conversation(key).heard(voice);
                assert_eq!(heard.len(), index + 1);
            }
            Of::Ended(_) => {}
            event => panic!("{event:?}"),
        }
    }
    assert_eq!(seen, [3; 5]);
}

#[test]
fn what_is_urgent_is_what_the_launchpad_says() {
    let mut pump = pump();
    let (first, second) = (converse(&mut pump), converse(&mut pump));
    let is_urgent = |pump: &Pump<_>| {
        let urgent = pump.urgent();
        let mut polled = [PollFd::new(urgent, PollFlags::POLLIN)];
        poll(&mut polled, PollTimeout::ZERO).unwrap() > 0
    };
    first.write(2, b"text");
    first.write(1, b"rows");
    second.say(&FromScript::Done { rows: None });
    assert!(!is_urgent(&pump));
    second.tell(&ToBackend::Ended(ENDED));
    assert!(is_urgent(&pump));
    // It came last, and is told first.
    assert_eq!(
        pump.next().unwrap(),
        Event::Of(second.key, Of::Ended(ENDED))
    );
    assert!(!is_urgent(&pump));
}

#[test]
fn a_wait_ends_at_the_deadline() {
    let mut pump = pump();
    let _other = converse(&mut pump);
    let late = Late::Script { millis: 30 };
    pump.deadline = Deadline::after(30, Duration::ZERO, late);
    let begun = Instant::now();
    assert_eq!(pump.next().unwrap(), Event::Late(late));
    assert!(begun.elapsed() >= Duration::from_millis(30));
}

/// Something interrupts whenever it is waited.
struct Interrupted;

impl Wait for Interrupted {
    fn wait(&mut self, _limit: Option<Duration>) -> bool {
        true
    }
}

#[test]
fn interrupts_and_a_client_that_goes_are_events() {
    let (client, server) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut pump = Pump::new(|_| Interrupted, Some(server.as_fd())).unwrap();
    let client_is_gone = false;
    assert_eq!(pump.next().unwrap(), Event::Interrupted { client_is_gone });
    drop(client);
    pump.look().unwrap();
    let client_is_gone = true;
    let gone = Event::Interrupted { client_is_gone };
    assert_eq!(pump.take().unwrap(), Some(gone));
}
