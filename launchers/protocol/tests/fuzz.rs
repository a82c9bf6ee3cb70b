//! Every message that launchpadd reads, changed at random: reading it returns, without a panic, and
//! allocates no more than a packet can need, whatever the packet claims.

use launchpad_protocol::environment::{Environment, EnvironmentId};
use launchpad_protocol::inventory::{Descriptor, Inventory, Limit, Mount};
use launchpad_protocol::launch::{FromBackend, Language, Launch, Limits, peek_version};
use launchpad_protocol::lifeline::{REPORT_BYTES, Report};
use launchpad_protocol::policy::Allowance;
use launchpad_protocol::pool::Pool;
use launchpad_protocol::processors::Processors;
use launchpad_protocol::satellite::FromSatellite;
use launchpad_protocol::supervisor::{Settings, ToLaunchpad};
use launchpad_protocol::zygote::FromZygote;
use launchpad_protocol::{MAX_PACKET, VERSION, decode_packet, encode_packet};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};

/// For each kind of message.
const TIME: Duration = Duration::from_millis(200);

/// Marsaglia's xorshift64: enough to choose where to change what.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    match random.below(6) {
        // The greatest lengths that there can be.
        0 => {
            let claim = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
            let kept = 1 + random.below(claim.len());
            bytes.splice(at..at, claim[claim.len() - kept..].iter().copied());
        }
        1 => bytes.truncate(at),
        2 => bytes.extend_from_within(at..),
        3 => bytes.push(random.next() as u8),
        _ if bytes.is_empty() => {}
        4 => bytes[at] = random.next() as u8,
        _ => bytes[at] ^= 1 << random.below(8),
    }
}

/// Reads what becomes of `good` messages.
fn fuzz<M: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(good: &[M]) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let until = Instant::now() + TIME;
    let packets: Vec<_> = good.iter().map(|m| encode_packet(m).unwrap()).collect();
    let mut read = 0;
    while Instant::now() < until {
        let mut bytes = packets[random.below(packets.len())].clone();
        for _ in 0..=random.below(4) {
            change(&mut bytes, &mut random);
        }
        let _ = peek_version(&bytes);
        if let Ok(message) = decode_packet::<M>(&bytes) {
            assert!(bytes.len() <= MAX_PACKET);
            // What can be read can be written, and is the same then.
            if let Ok(again) = encode_packet(&message) {
                assert_eq!(decode_packet::<M>(&again), Ok(message));
            }
            read += 1;
        }
    }
    assert!(read > 0, "not one of the changed packets could be read");
}

/// The most address space that this process has ever had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:"));
    let words = line.unwrap().trim().trim_end_matches(" kB");
    words.parse().unwrap()
}

fn launch() -> Launch {
    Launch {
        version: VERSION,
        request: 1 << 40,
        environment: EnvironmentId::of(Language::R),
        database: 5,
        role: 10,
        current_role: 10,
        script: 1,
        limits: Limits {
            memory: 1 << 31,
            cpu: 250,
            processes: 64,
            processors: Processors::parse("0-3,900").unwrap(),
        },
        allowance: Allowance::default(),
        queue_timeout: 60_000,
        max_satellites_per_role: 7,
        holds: true,
        pool: Pool {
            name: "batch".to_owned(),
            ..Pool::default()
        },
    }
}

fn inventory() -> Inventory {
    Inventory {
        mounts: vec![
            Mount {
                path: "/usr/lib".into(),
                flags: 7,
            };
            5
        ],
        root: vec!["usr".into(), "tmp".into()],
        descriptors: vec![
            Descriptor {
                number: 3,
                kind: 1,
                device: 0,
            };
            4
        ],
        limits: vec![
            Limit {
                resource: 1,
                soft: 2,
                hard: u64::MAX,
            };
            9
        ],
        oom_score_adj: Some(-1000),
        ..Inventory::default()
    }
}

/// One test, so that nothing else allocates meanwhile.
#[test]
fn whatever_comes() {
    let before = peak();
    let version = VERSION;
    fuzz(&[
        FromBackend::Launch(launch()),
        FromBackend::List { version },
        FromBackend::Check { version },
    ]);
    let (order, step) = (7, "unshare".to_owned());
    fuzz(&[
        FromZygote::Hello {
            version,
            environment: "Python 3.11".into(),
        },
        FromZygote::Forked { order },
        FromZygote::Packages(vec![("numpy".into(), "2.4.6".into()); 20]),
        FromZygote::NotForked {
            order,
            step: step.clone(),
            reason: "EPERM".into(),
        },
    ]);
    fuzz(&[
        FromSatellite::Ready(Box::new(inventory())),
        FromSatellite::Refused {
            step,
            reason: "EPERM".into(),
        },
    ]);
    fuzz(&[ToLaunchpad::Settings(Settings {
        environments: vec![Environment::of(Language::PYTHON, "/usr/bin/python3")],
        readable_paths: vec!["/srv/models".into(), "/srv/data".into()],
        work_directory: "/dev/shm".into(),
        ..Settings::default()
    })]);
    let mut random = Random(1);
    for _ in 0..10_000 {
        let mut bytes = [0; REPORT_BYTES];
        bytes.fill_with(|| random.next() as u8);
        assert_eq!(Report::from_bytes(&bytes).to_bytes(), bytes);
    }
    // A claimed length is never allocated: a few MiB at most, for a number of small things.
    let grown = peak() - before;
    assert!(grown < 64 << 10, "{grown} KiB");
}
