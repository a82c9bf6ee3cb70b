//! Conversations over real pipes and sockets, the satellite's and the launchpad's ends in the test's hands.

use super::{Broken, Channel, Event, Voice};
use crate::pump::{Event as Happened, Key, Pump, Wait};
use launchpad_descriptors::channels::{self, TheirEnds};
use launchpad_protocol::control::{Failure, FrameReader, FromScript, ToScript, encode_frame};
use launchpad_protocol::imports::MAX_REPORT;
use launchpad_protocol::launch::{Ended, Ending, Refusal, ToBackend, Usage};
use launchpad_protocol::{WireError, encode_packet};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, send, socketpair};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

/// Waits as a program without a server does.
pub struct Polling(OwnedFd);

impl Wait for Polling {
    fn wait(&mut self, limit: Option<Duration>) -> bool {
        let limit = limit.unwrap_or(Duration::from_secs(10));
        let limit = PollTimeout::try_from(limit).unwrap();
        let mut polled = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        poll(&mut polled, limit).unwrap();
        false
    }
}

pub fn pump() -> Pump<Polling> {
    let waiter = |fd: std::os::fd::BorrowedFd<'_>| Polling(fd.try_clone_to_owned().unwrap());
    Pump::new(waiter, None).unwrap()
}

/// The other side of one conversation.
pub struct Other {
    pub key: Key,
    pub ends: Option<TheirEnds>,
    pub launchpad: Option<OwnedFd>,
}

pub const BUDGET: u64 = 1 << 20;

pub fn converse(pump: &mut Pump<Polling>) -> Other {
    let (ours, theirs) = channels::create().unwrap();
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let (launch, launchpad) =
        socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags).unwrap();
    Other {
        key: pump.add(ours, launch, BUDGET).unwrap(),
        ends: Some(theirs),
        launchpad: Some(launchpad),
    }
}

impl Other {
    pub fn tell(&self, message: &ToBackend) {
        let packet = encode_packet(message).unwrap();
        let launchpad = self.launchpad.as_ref().unwrap();
        send(launchpad.as_raw_fd(), &packet, MsgFlags::empty()).unwrap();
    }

    /// `end`: 1 the output, 2 stdout, 3 stderr, 4 control.
    pub fn write(&self, end: usize, bytes: &[u8]) {
        let fd = &self.ends.as_ref().unwrap()[end];
        assert_eq!(nix::unistd::write(fd, bytes), Ok(bytes.len()));
    }

    pub fn say(&self, message: &FromScript) {
        self.write(4, &encode_frame(message).unwrap());
    }
}

pub const ENDED: Ended = Ended {
    how: Ending::Exited(0),
    usage: Usage {
        user: 1,
        system: 2,
        max_rss: 3,
    },
};

fn next(pump: &mut Pump<Polling>) -> Event {
    match pump.next().unwrap() {
        Happened::Of(_, event) => event,
        other => panic!("{other:?}"),
    }
}

/// Events in any order.
fn events(pump: &mut Pump<Polling>, count: usize) -> Vec<Event> {
    (0..count).map(|_| next(pump)).collect()
}

#[test]
fn a_conversation_from_its_request_to_its_end() {
    let mut pump = pump();
    let mut other = converse(&mut pump);
    other.tell(&ToBackend::Queued);
    assert_eq!(next(&mut pump), Event::Queued);
    other.tell(&ToBackend::Assigned {
        satellite: 7,
        warm: true,
    });
    assert_eq!(next(&mut pump), Event::Assigned { warm: true });
    other.write(2, b"hello\n");
    assert_eq!(next(&mut pump), Event::Text(Voice::Stdout));
    let conversation = pump.conversation(other.key);
    assert_eq!(conversation.heard(Voice::Stdout), b"hello\n");
    other.write(3, b"oh");
    assert_eq!(next(&mut pump), Event::Text(Voice::Stderr));
    assert_eq!(pump.conversation(other.key).heard(Voice::Stderr), b"oh");
    let done = FromScript::Done { rows: None };
    other.say(&done);
    assert_eq!(next(&mut pump), Event::Message(done));
    other.ends = None;
    other.tell(&ToBackend::Ended(ENDED));
    assert!(!pump.conversation(other.key).is_over());
    let ends = events(&mut pump, 5);
    for end in [
        Event::Closed(Channel::Output),
        Event::Closed(Channel::Control),
        Event::Silent(Voice::Stdout),
        Event::Silent(Voice::Stderr),
        Event::Ended(ENDED),
    ] {
        assert!(ends.contains(&end), "{ends:?}");
    }
    pump.look().unwrap();
    assert_eq!(pump.take().unwrap(), None);
    let conversation = pump.conversation(other.key);
    assert!(conversation.is_over());
    assert_eq!(conversation.ended(), Some(ENDED));
}

#[test]
fn a_message_that_is_not_the_last_is_an_event_like_any_other() {
    let mut pump = pump();
    let other = converse(&mut pump);
    let piece = FromScript::Params(b"{\"a\":".to_vec());
    let rest = FromScript::Params(b"1}".to_vec());
    let done = FromScript::Done { rows: Some(3) };
    // All at once, and the last one in two halves.
    let mut bytes = encode_frame(&piece).unwrap();
    bytes.extend(encode_frame(&rest).unwrap());
    let last = encode_frame(&done).unwrap();
    bytes.extend(&last[..3]);
    other.write(4, &bytes);
    assert_eq!(next(&mut pump), Event::Message(piece));
    assert_eq!(next(&mut pump), Event::Message(rest));
    other.write(4, &last[3..]);
    assert_eq!(next(&mut pump), Event::Message(done));
}

#[test]
fn what_was_imported_is_told_once_and_briefly() {
    let report = FromScript::Imported(vec![1; MAX_REPORT]);
    let mut pump = pump();
    let other = converse(&mut pump);
    other.say(&report);
    assert_eq!(next(&mut pump), Event::Message(report.clone()));
    other.say(&report);
    let longer = FromScript::Imported(vec![1; MAX_REPORT + 1]);
    let again = pump.next().unwrap_err();
    let mut pump = self::pump();
    let other = converse(&mut pump);
    other.say(&longer);
    for error in [again, pump.next().unwrap_err()] {
        assert!(
            matches!(error, Broken::Wire(WireError::Malformed)),
            "{error:?}"
        );
    }
}

#[test]
fn nothing_comes_after_the_last_word() {
    let done = encode_frame(&FromScript::Done { rows: None }).unwrap();
    let failed = encode_frame(&FromScript::Failed(Failure::Exited { status: 1 })).unwrap();
    for at_once in [true, false] {
        let mut pump = pump();
        let other = converse(&mut pump);
        if at_once {
            other.write(4, &[done.clone(), failed.clone()].concat());
        } else {
            other.write(4, &done);
            next(&mut pump);
            other.write(4, &failed);
        }
        let error = pump.next().unwrap_err();
        assert!(
            matches!(error, Broken::Wire(WireError::Malformed)),
            "{error:?}"
        );
    }
}

#[test]
fn a_launchpad_that_goes_without_a_word_breaks_the_conversation() {
    let mut pump = pump();
    let mut other = converse(&mut pump);
    other.launchpad = None;
    assert!(matches!(pump.next().unwrap_err(), Broken::LaunchpadGone));
    // One that has told the end may go.
    let mut other = converse(&mut pump);
    other.tell(&ToBackend::Ended(ENDED));
    other.launchpad = None;
    assert_eq!(next(&mut pump), Event::Ended(ENDED));
    assert_eq!(next(&mut pump), Event::Closed(Channel::Launch));
}

#[test]
fn answers_to_other_questions_are_no_part_of_a_conversation() {
    let mut pump = pump();
    let other = converse(&mut pump);
    other.tell(&ToBackend::Refused(Refusal::BadRequest));
    assert_eq!(next(&mut pump), Event::Refused(Refusal::BadRequest));
    other.tell(&ToBackend::EndOfList);
    assert!(matches!(pump.next().unwrap_err(), Broken::Wire(_)));
}

#[test]
fn a_result_larger_than_its_budget_breaks_the_conversation() {
    let mut pump = pump();
    let other = converse(&mut pump);
    // A message that claims more metadata than there may be.
    other.write(1, &[0xff; 4]);
    other.write(1, &i32::MAX.to_le_bytes());
    let error = loop {
        match pump.next() {
            Ok(Happened::Of(key, Event::Rows(_))) => {
                if let Err(error) = pump.conversation(key).output().next_event() {
                    break error;
                }
            }
            other => panic!("{other:?}"),
        }
    };
    assert!(error.to_string().contains("bytes of metadata"), "{error}");
}

#[test]
fn what_nobody_reads_ends_the_input() {
    let mut pump = pump();
    let mut other = converse(&mut pump);
    let bytes = vec![7; 1 << 20];
    pump.conversation(other.key).start(&[&bytes]);
    assert!(matches!(
        pump.write(other.key, &[&bytes]),
        Ok(super::Written::Blocked)
    ));
    // The pipe is full: there is no room before somebody reads.
    pump.look().unwrap();
    assert_eq!(pump.take().unwrap(), None);
    other.ends = None;
    while next(&mut pump) != Event::WantsInput {}
    assert!(matches!(
        pump.write(other.key, &[&bytes]),
        Ok(super::Written::Closed)
    ));
}

#[test]
fn a_long_script_leaves_as_it_is_read() {
    let mut pump = pump();
    let other = converse(&mut pump);
    let script = ToScript::Script(vec![b'x'; 512 << 10]);
    pump.say(other.key, &script).unwrap();
    pump.say(other.key, &script).unwrap();
    let control = &other.ends.as_ref().unwrap()[4];
    let mut frames = FrameReader::default();
    let mut came = 0;
    let mut chunk = vec![0; 64 << 10];
    while came < 2 {
        let count = nix::unistd::read(control, &mut chunk).unwrap();
        frames.push(&chunk[..count]).unwrap();
        while let Some(message) = frames.take::<ToScript>().unwrap() {
            assert!(message == script);
            came += 1;
        }
        pump.look().unwrap();
        assert_eq!(pump.take().unwrap(), None);
    }
}
