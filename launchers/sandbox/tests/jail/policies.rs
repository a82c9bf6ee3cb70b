//! What a policy changes, and the satellite's own report of it.

use crate::satellite::{ROOT, Satellite, UNOWNED, policy, satellite_of, tell};
use crate::sockets::{recv, send};
use crate::{open_error, tell_call};
use launchpad_protocol::inventory::Inventory;
use launchpad_protocol::policy::{Allowance, Network, Policy, Sandbox, Worker};
use launchpad_protocol::satellite::FromSatellite;
use launchpad_protocol::{decode_packet, encode_packet};
use launchpad_sandbox::descriptors::LAUNCH;
use launchpad_sandbox::{audit, inventory, os};
use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The version of Landlock that this kernel has.
pub fn landlock() -> u32 {
    // SAFETY: with this flag the call only answers; no pointer is read.
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, 0, 0, 1) };
    u32::try_from(version)
        .unwrap_or(0)
        .min(launchpad_sandbox::LANDLOCK)
}

/// Sends the report as a satellite does.
fn report() {
    let packet = encode_packet(&FromSatellite::Ready(Box::new(inventory()))).unwrap();
    send(LAUNCH.borrow(UNOWNED), &packet).unwrap();
}

fn inventory_of(policy: Policy) -> Inventory {
    let satellite = satellite_of(policy, report).unwrap();
    let told = satellite.told();
    satellite.end();
    match decode_packet(&told[0]).unwrap() {
        FromSatellite::Ready(inventory) => *inventory,
        refused => panic!("{refused:?}"),
    }
}

/// A satellite built by it reports nothing else.
fn is_as_ordered(policy: &Policy) {
    let found = audit::differences(&inventory_of(policy.clone()), policy, &audit::own());
    assert!(found.is_empty(), "{found:?}");
}

/// One whose script has begun and would go on for long.
fn running(policy: Policy) -> Satellite {
    let satellite = satellite_of(policy, || {
        tell("running".to_owned());
        std::thread::sleep(Duration::from_secs(60));
    })
    .unwrap();
    recv(&satellite.launch, &mut [0; 16]).unwrap();
    satellite
}

fn lines_of(policy: Policy, run: fn()) -> Vec<String> {
    let satellite = satellite_of(policy, run).unwrap();
    let lines = satellite.lines();
    satellite.end();
    lines
}

fn refusal_of(policy: Policy) -> (String, String) {
    let satellite = match satellite_of(policy, || tell("the script runs".to_owned())) {
        Ok(satellite) => satellite,
        Err(refusal) => return (refusal.step, refusal.reason),
    };
    let told = satellite.told();
    satellite.end();
    match decode_packet(&told[0]) {
        Ok(FromSatellite::Refused { step, reason }) => (step, reason),
        _ => panic!("{:?}", String::from_utf8_lossy(&told[0])),
    }
}

/// A satellite that is as its policy says reports that it is, and each thing that it lacks is seen.
pub fn reports() {
    let policy = Policy {
        landlock: landlock(),
        ..policy()
    };
    let own = audit::own();
    let inventory = inventory_of(policy.clone());
    let none: [&str; 0] = [];
    assert_eq!(audit::differences(&inventory, &policy, &own), none);
    type Change = (&'static str, fn(&mut Inventory));
    let changes: [Change; 17] = [
        ("the user is", |it| it.user = 0),
        ("effective capabilities", |it| it.capabilities.effective = 1),
        ("bounding capabilities", |it| {
            it.capabilities.bounding = 1 << 21
        }),
        ("ambient capabilities", |it| it.capabilities.ambient = 1),
        ("secure bits", |it| it.securebits = 0),
        ("no_new_privs", |it| it.no_new_privileges = false),
        ("dumpable", |it| it.dumpable = true),
        ("seccomp mode is 0", |it| it.seccomp = 0),
        ("net namespace is the host's", |it| {
            it.namespaces[3] = audit::own()[3]
        }),
        ("user namespace is not known", |it| it.namespaces[5] = 0),
        ("descriptor 7 is open", |it| {
            let mut other = it.descriptors[3];
            other.number = 7;
            it.descriptors.push(other);
        }),
        ("descriptor 0 is open", |it| it.descriptors[0].device = 0),
        ("descriptor 2 is closed", |it| {
            it.descriptors.remove(2);
        }),
        ("limit NOFILE", |it| {
            it.limits.iter_mut().for_each(|limit| limit.hard = u64::MAX);
        }),
        ("nothing is mounted at /job", |it| {
            it.mounts.retain(|mount| mount.path != "/job");
        }),
        ("/tmp is mounted with too few", |it| {
            let mut all = it.mounts.iter_mut();
            all.find(|mount| mount.path == "/tmp").unwrap().flags = 0;
        }),
        ("/etc is mounted", |it| {
            let mut other = it.mounts[0].clone();
            other.path = "/etc".to_owned();
            it.mounts.push(other);
        }),
    ];
    for (expected, change) in changes {
        let mut changed = inventory.clone();
        change(&mut changed);
        let found = audit::differences(&changed, &policy, &own);
        assert!(
            found.iter().any(|line| line.contains(expected)),
            "{expected}: {found:?}"
        );
    }
    // Who compares must know what it compares with.
    assert_eq!(
        audit::differences(&inventory, &policy, &[0; 7]).len(),
        own.len()
    );
    let other = Policy {
        landlock: policy.landlock + 1,
        ..policy.clone()
    };
    if other.landlock <= launchpad_sandbox::LANDLOCK {
        assert_eq!(audit::differences(&inventory, &other, &own).len(), 1);
    }
}

/// Each version of Landlock up to the kernel's, as older kernels have it.
pub fn landlocks() {
    for version in 1..=landlock() {
        let policy = Policy {
            landlock: version,
            ..policy()
        };
        let inventory = inventory_of(policy.clone());
        assert_eq!(inventory.landlock, version);
        let lines = lines_of(policy, || {
            let write = |path: &str| fs::write(path, "x").err().and_then(|e| e.raw_os_error());
            for path in ["/job/a", "/tmp/b", "/dev/shm/c", "/dev/null", "/d"] {
                tell(format!("{path} {:?}", write(path)));
            }
            let moved =
                fs::create_dir("/job/folder").and_then(|()| fs::rename("/job/a", "/job/folder/a"));
            tell(format!("{:?}", moved.map_err(|error| error.raw_os_error())));
            tell(format!("{}", fs::read("/etc/passwd").is_ok()));
        });
        let denied = "/d Some(30)".to_owned();
        // Before version 2 nothing can be moved to another folder.
        let moved = if version < 2 {
            "Err(Some(18))"
        } else {
            "Ok(())"
        };
        let mut expected: Vec<String> = ["/job/a", "/tmp/b", "/dev/shm/c", "/dev/null"]
            .map(|path| format!("{path} None"))
            .into();
        expected.extend([denied, moved.to_owned(), "true".to_owned()]);
        assert_eq!(lines, expected, "version {version}");
    }
}

/// Folders of `launchpad.readable_paths` and what may not be among them.
pub fn readable_paths() {
    // The system's folder for temporary files cannot be shown: a place that can.
    let readable = PathBuf::from("/usr/share/doc");
    let with = |path: &PathBuf| Policy {
        readable_paths: vec![path.to_string_lossy().into_owned()],
        ..policy()
    };
    let lines = lines_of(with(&readable), || {
        tell(format!(
            "{}",
            fs::read_dir("/usr/share/doc").unwrap().count() > 0
        ));
        tell(format!("{:?}", open_error("/usr/share/zoneinfo")));
        let write = fs::write("/usr/share/doc/x", "x");
        tell(format!(
            "{:?}",
            write.err().and_then(|error| error.raw_os_error())
        ));
    });
    assert_eq!(lines, ["true", "Some(2)", "Some(30)"]);
    let policy = with(&readable);
    is_as_ordered(&policy);
    // Nothing is there, and nothing is shown.
    assert_eq!(
        inventory_of(with(&PathBuf::from("/usr/nowhere"))).seccomp,
        2
    );
    // Below the launchpad's own folder, the host's secrets, a way around.
    let data = ROOT.get().unwrap().ancestors().nth(2).unwrap().to_owned();
    for (path, expected) in [
        (data.clone(), "cannot be shown"),
        (data.join("folder"), "cannot be shown"),
        (PathBuf::from("/etc"), "cannot be shown"),
        (PathBuf::from("/"), "cannot be shown"),
        (PathBuf::from("/usr/../etc"), "cannot be shown"),
    ] {
        let (step, reason) = refusal_of(with(&path));
        assert_eq!(step, "trees");
        assert!(reason.contains(expected), "{path:?}: {reason}");
    }
}

/// The host's network namespace, and what finds hosts.
pub fn network() {
    let policy = Policy {
        allowance: Allowance {
            network: Network::Host,
            ..policy().allowance
        },
        ..policy()
    };
    let lines = lines_of(policy.clone(), || {
        tell_call("inet", libc::SYS_socket, [libc::AF_INET.into(), 1, 0, 0, 0]);
        tell_call("unix", libc::SYS_socket, [libc::AF_UNIX.into(), 1, 0, 0, 0]);
        tell(fs::read_to_string("/etc/hosts").unwrap());
        tell(format!("{:?}", open_error("/etc/shadow")));
    });
    assert!(lines[0].starts_with("inet gave"), "{lines:?}");
    assert_eq!(lines[1], "unix EAFNOSUPPORT");
    assert_eq!(lines[2], fs::read_to_string("/etc/hosts").unwrap());
    assert_eq!(lines[3], "Some(2)");
    is_as_ordered(&policy);
}

/// No namespaces: Landlock and the filter alone.
pub fn container() {
    let policy = Policy {
        sandbox: Sandbox::Container,
        landlock: landlock(),
        tasks: 10_000,
        ..policy()
    };
    if policy.landlock == 0 {
        let (step, reason) = refusal_of(policy);
        assert_eq!(step, "landlock");
        assert!(reason.contains("no Landlock"), "{reason}");
        return;
    }
    is_as_ordered(&policy);
    let secret = ROOT.get().unwrap().with_extension("secret");
    fs::write(&secret, "secret").unwrap();
    let lines = lines_of(policy.clone(), || {
        let here = std::env::current_dir().unwrap();
        let secret = here.with_extension("secret");
        let code = |error: std::io::Error| error.raw_os_error();
        tell(format!("{:?}", fs::read(&secret).map_err(code)));
        tell(format!("{:?}", fs::write(&secret, "x").map_err(code)));
        tell(format!("{:?}", fs::remove_file(&secret).map_err(code)));
        tell(format!("{:?}", fs::read_dir("/").map(drop).map_err(code)));
        tell(format!("{:?}", fs::read("/proc/1/environ").map_err(code)));
        tell(format!("{:?}", fs::write("here", "x").map_err(code)));
        tell(format!("{:?}", fs::remove_file("here").map_err(code)));
        tell(format!(
            "{:?}",
            fs::write("big", vec![1; 2 << 20]).map_err(code)
        ));
    });
    fs::remove_file(&secret).unwrap();
    // The work folder, whose files keep their names.
    for name in ["here", "big"] {
        let _ = fs::remove_file(ROOT.get().unwrap().join(name));
    }
    let denied = "Err(Some(13))";
    let stays = "Err(Some(1))";
    let fine = "Ok(())";
    let too_large = format!("Err(Some({}))", libc::EFBIG);
    assert_eq!(
        lines,
        [
            denied,
            denied,
            stays,
            denied,
            denied,
            fine,
            stays,
            too_large.as_str()
        ]
    );
    // Nothing but the signal of its parent's death ends it.
    let satellite = running(policy);
    let Satellite {
        init,
        launch,
        lifeline,
    } = satellite;
    drop(lifeline);
    os::wait(init, true).unwrap();
    let begun = Instant::now();
    let ended = recv(&launch, &mut [0; 16]);
    assert!(matches!(ended, Ok(0) | Err(Errno::ECONNRESET)));
    assert!(begun.elapsed() < Duration::from_secs(5));
    // The script's process came to us, the nearest subreaper.
    os::wait(-1, true).unwrap();
}

/// A satellite that is another user outside, where this host has the tools and a range.
pub fn worker() {
    let range = fs::read_to_string("/etc/subuid").unwrap_or_default();
    let own = nix::unistd::geteuid().as_raw().to_string();
    let name = std::env::var("USER").unwrap_or_default();
    let first = range.lines().find_map(|line| {
        let mut words = line.split(':');
        let owner = words.next()?;
        let first = words.next()?.parse::<u32>().ok()?;
        (owner == own || owner == name).then_some(first)
    });
    let tools = PathBuf::from("/usr/bin/newuidmap").exists();
    let Some(first) = first.filter(|_| tools) else {
        let policy = Policy {
            worker: Some(Worker { user: 1, group: 1 }),
            ..policy()
        };
        let (step, _) = refusal_of(policy);
        assert_eq!(step, "identity");
        println!("jail: worker: only the refusal, there is no range for {name}");
        return;
    };
    let policy = Policy {
        worker: Some(Worker {
            user: first + 7,
            group: first + 9,
        }),
        ..policy()
    };
    is_as_ordered(&policy);
    let satellite = running(policy);
    let status = fs::read_to_string(format!("/proc/{}/status", satellite.init)).unwrap();
    let ids = |name: &str| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap();
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("Uid:"), vec![(first + 7).to_string(); 4]);
    assert_eq!(ids("Gid:"), vec![(first + 9).to_string(); 4]);
    assert!(ids("Groups:").is_empty());
    kept_from_outside(satellite.init);
    satellite.end();
}

/// What launchpadd does to a satellite that serves, as the owner of its user namespace.
fn kept_from_outside(init: i32) {
    let children = fs::read_to_string(format!("/proc/{init}/task/{init}/children")).unwrap();
    let script: i32 = children.trim().parse().unwrap();
    let script = Pid::from_raw(script);
    let own = sched_getaffinity(Pid::from_raw(0)).unwrap();
    let first = (0..CpuSet::count()).find(|number| own.is_set(*number).unwrap());
    let mut one = CpuSet::new();
    one.set(first.unwrap()).unwrap();
    sched_setaffinity(script, &one).unwrap();
    assert_eq!(sched_getaffinity(script).unwrap(), one);
    let stat = || {
        let path = format!("/proc/{}/stat", script);
        fs::read_to_string(path).unwrap()
    };
    for (signal, is_stopped) in [(Signal::SIGSTOP, true), (Signal::SIGCONT, false)] {
        kill(script, signal).unwrap();
        let becomes = || {
            (0..500).any(|_| {
                std::thread::sleep(Duration::from_millis(10));
                stat().contains(") T ") == is_stopped
            })
        };
        assert!(becomes(), "{}", stat());
    }
}
