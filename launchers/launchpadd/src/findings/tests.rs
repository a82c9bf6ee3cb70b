//! Rows of made-up situations.

use super::*;
use crate::host::subordinate::{Lack, Ranges};
use launchpad_protocol::inventory::{Capabilities, Limit, Mount};
use launchpad_protocol::launch::Refusal;
use launchpad_protocol::policy::Worker;
use launchpad_protocol::supervisor::Workers;

fn host() -> Host {
    Host {
        landlock: 4,
        namespaces: vec![],
        seccomp: true,
        subordinate: Ok(Ranges::of(100_000, 65_536)),
    }
}

/// As a satellite with all layers finds itself.
fn seen() -> Seen {
    Seen {
        policy: Policy {
            worker: Some(Worker {
                user: 100_000,
                group: 100_000,
            }),
            bounded_memory: true,
            ..Policy::default()
        },
        group: Some("/cg/launchpad/satellite-1".into()),
        inventory: Inventory {
            no_new_privileges: true,
            seccomp: 2,
            landlock: 4,
            namespaces: [11, 12, 13, 14, 15, 16, 17],
            host_name: "satellite".into(),
            proc: true,
            root: vec!["usr".into()],
            mounts: vec![Mount {
                path: "/".into(),
                flags: 1,
            }],
            limits: vec![Limit {
                resource: 0,
                soft: 0,
                hard: 0,
            }],
            ..Inventory::default()
        },
        differences: vec![],
    }
}

fn rows(host: &Host, settings: &Settings, seen: Option<&Seen>) -> Vec<Finding> {
    of(&Situation {
        settings,
        host,
        cgroup: Ok(Groups {
            folder: Path::new("/cg/launchpad"),
            processors: cgroup::Processors {
                time: true,
                choice: true,
            },
        }),
        work: Err("launchpad.work_directory is empty".to_owned()),
        available: Some(8 << 30),
        is_blind: false,
        pools_are_limited: false,
        own: &[1, 2, 3, 4, 5, 6, 7],
        environments: &[Environment {
            language: Language::PYTHON,
            health: Health::Proven,
            versions: "Python 3",
            seen,
        }],
    })
}

fn row(rows: &[Finding], what: &str) -> Finding {
    let found = rows.iter().find(|row| row.what == what);
    found.unwrap_or_else(|| panic!("no {what}")).clone()
}

fn settings(workers: Workers) -> Settings {
    Settings {
        workers,
        ..Settings::default()
    }
}

#[test]
fn all_is_well() {
    let seen = seen();
    for row in rows(&host(), &settings(Workers::Auto), Some(&seen)) {
        assert_eq!(row.state, Standing::Ok, "{row:?}");
        assert_eq!(row.advice, "", "{row:?}");
        assert!(!row.found.is_empty(), "{row:?}");
    }
}

#[test]
fn what_is_not_ok_comes_with_advice() {
    let host = Host {
        landlock: 0,
        subordinate: Err(Lack::Tool("newuidmap")),
        ..host()
    };
    let mut seen = seen();
    seen.policy.worker = None;
    seen.group = None;
    seen.inventory.landlock = 0;
    seen.inventory.proc = false;
    let rows = rows(&host, &settings(Workers::Auto), Some(&seen));
    let missing = rows.iter().filter(|row| row.state != Standing::Ok);
    let missing: Vec<_> = missing.inspect(|row| assert_ne!(row.advice, "")).collect();
    assert!(missing.iter().all(|row| row.state == Standing::Missing));
    assert_eq!(missing.len(), 6, "{missing:?}");
}

#[test]
fn what_is_demanded_and_not_there_has_failed() {
    let host = Host {
        landlock: 0,
        subordinate: Err(Lack::Range {
            file: "/etc/subuid",
            user: "postgres".into(),
        }),
        ..host()
    };
    let strict = rows(&host, &settings(Workers::On), None);
    let what = "host: separate users for satellites";
    let workers = row(&strict, what);
    assert_eq!(workers.state, Standing::Failed);
    assert!(workers.advice.contains("postgres:"), "{workers:?}");
    let container = Settings {
        sandbox: Sandbox::Container,
        ..Settings::default()
    };
    let loose = rows(&host, &container, None);
    assert_eq!(row(&loose, "host: Landlock").state, Standing::Failed);
    assert_eq!(row(&strict, "host: Landlock").state, Standing::Missing);
    assert_eq!(row(&loose, what).state, Standing::Missing);
}

#[test]
fn what_a_satellite_must_have() {
    let mut seen = seen();
    seen.inventory.namespaces[3] = 4;
    seen.inventory.capabilities = Capabilities {
        bounding: 1,
        ..Capabilities::default()
    };
    seen.inventory.no_new_privileges = false;
    seen.inventory.seccomp = 0;
    seen.inventory.root.clear();
    seen.differences = vec!["a".into(), "b".into()];
    let all = rows(&host(), &settings(Workers::Auto), Some(&seen));
    for layer in [
        "self-check",
        "namespaces",
        "capabilities",
        "no_new_privs",
        "system call filter",
        "root",
    ] {
        let row = row(&all, &format!("Python: {layer}"));
        assert_eq!(row.state, Standing::Failed, "{row:?}");
    }
    assert_eq!(row(&all, "Python: self-check").found, "a; b");
    let found = row(&all, "Python: namespaces").found;
    assert_eq!(
        found,
        "its own: cgroup, ipc, mnt, pid, user, uts; the server's: net"
    );
    // The network may be the host's, if a setting says so.
    seen.policy.allowance.network = launchpad_protocol::policy::Network::Host;
    let all = rows(&host(), &settings(Workers::Auto), Some(&seen));
    assert_eq!(row(&all, "Python: namespaces").state, Standing::Ok);
    // In a container there is no boundary, and the row says so.
    seen.policy.sandbox = Sandbox::Container;
    seen.inventory.namespaces = [1, 2, 3, 4, 5, 6, 7];
    let all = rows(&host(), &settings(Workers::Auto), Some(&seen));
    let namespaces = row(&all, "Python: namespaces");
    assert_eq!(namespaces.state, Standing::Missing);
    assert_eq!(namespaces.advice, "launchpad.sandbox = strict");
    let packages = row(&all, "Python: packages");
    assert_eq!(packages.state, Standing::Missing);
    assert_eq!(packages.advice, "launchpad.sandbox = strict");
}

#[test]
fn namespaces_that_no_setting_of_the_kernel_forbids() {
    let of = |step: &str, sandbox| {
        let all = of(&Situation {
            settings: &Settings {
                sandbox,
                ..Settings::default()
            },
            host: &host(),
            cgroup: Err(&cgroup::Lack::Version),
            work: Err(String::new()),
            available: None,
            is_blind: false,
            pools_are_limited: false,
            own: &[1, 2, 3, 4, 5, 6, 7],
            environments: &[Environment {
                language: Language::PYTHON,
                health: Health::Broken(Refusal::SandboxRefused {
                    step: step.into(),
                    reason: "cannot do it".into(),
                }),
                versions: "",
                seen: None,
            }],
        });
        row(&all, "host: user namespaces")
    };
    for step in ["namespaces", "propagation", "root", "pivot"] {
        let row = of(step, Sandbox::Strict);
        assert_eq!(row.state, Standing::Failed, "{step}");
        assert_eq!(row.found, "cannot do it");
        assert!(row.advice.contains("docker/seccomp.json"), "{row:?}");
        assert!(row.advice.contains("docker/apparmor"), "{row:?}");
    }
    assert_eq!(of("filter", Sandbox::Strict).state, Standing::Ok);
    let loose = of("namespaces", Sandbox::Container);
    assert_eq!(loose.state, Standing::Missing);
}

#[test]
fn environments() {
    let of = |health| {
        environment_of(&Environment {
            language: Language::R,
            health,
            versions: "R 4",
            seen: None,
        })
    };
    assert_eq!(of(Health::Proven).state, Standing::Ok);
    assert_eq!(of(Health::NotOffered).state, Standing::Missing);
    let broken = of(Health::Broken(Refusal::EnvironmentBroken {
        language: Language::R,
        reason: "x".repeat(100_000),
    }));
    assert_eq!(
        (broken.state, broken.found.len()),
        (Standing::Failed, MAX_TEXT)
    );
    let refused = of(Health::Broken(Refusal::SandboxRefused {
        step: "namespaces".into(),
        reason: "EPERM".into(),
    }));
    assert!(
        refused.found.contains("\"namespaces\": EPERM"),
        "{refused:?}"
    );
}

#[test]
fn limits_without_control_groups() {
    let lack = cgroup::Lack::Version;
    let settings = |sandbox| Settings {
        sandbox,
        ..Settings::default()
    };
    let rows = |sandbox, is_blind| {
        of(&Situation {
            settings: &settings(sandbox),
            host: &host(),
            cgroup: Err(&lack),
            work: Err("launchpad.work_directory is empty".to_owned()),
            available: None,
            is_blind,
            pools_are_limited: is_blind,
            own: &[1, 2, 3, 4, 5, 6, 7],
            environments: &[],
        })
    };
    let strict = rows(Sandbox::Strict, false);
    for (what, state, found) in [
        (
            "memory",
            Standing::Failed,
            "measured five times a second; no cgroup2",
        ),
        (
            "CPU",
            Standing::Missing,
            "measured twenty times a second, throttled by signals; no",
        ),
        (
            "pools",
            Standing::Missing,
            "measured five times a second; no cgroup2",
        ),
    ] {
        let row = row(&strict, &format!("limits: {what}"));
        assert_eq!(row.state, state, "{row:?}");
        assert!(row.found.starts_with(found), "{row:?}");
        assert!(row.advice.contains("boot with"), "{row:?}");
    }
    let processes = row(&strict, "limits: processes");
    assert_eq!(
        (processes.state, &*processes.found),
        (Standing::Ok, "resource limits")
    );
    let container = rows(Sandbox::Container, true);
    for what in ["memory", "processes", "pools"] {
        let row = row(&container, &format!("limits: {what}"));
        assert_eq!(row.state, Standing::Failed, "{row:?}");
    }
    let memory = row(&container, "limits: memory");
    assert!(memory.found.starts_with("not even measured"), "{memory:?}");
}

#[test]
fn the_hosts_name() {
    let of = |seen: &Seen| {
        row(
            &rows(&host(), &Settings::default(), Some(seen)),
            "Python: host name",
        )
    };
    assert_eq!(of(&seen()).state, Standing::Ok);
    let mut named = seen();
    named.inventory.host_name = "db7".into();
    let found = of(&named);
    assert_eq!(
        (found.state, &*found.found),
        (Standing::Missing, "the host's: db7")
    );
    assert!(found.advice.contains("sethostname"), "{found:?}");
    named.policy.sandbox = Sandbox::Container;
    assert_eq!(of(&named).advice, "launchpad.sandbox = strict");
}

#[test]
fn control_groups_without_processors() {
    let rows = of(&Situation {
        settings: &Settings::default(),
        host: &host(),
        cgroup: Ok(Groups {
            folder: Path::new("/cg/launchpad"),
            processors: cgroup::Processors::default(),
        }),
        work: Err("launchpad.work_directory is empty".to_owned()),
        available: None,
        is_blind: false,
        pools_are_limited: false,
        own: &[1, 2, 3, 4, 5, 6, 7],
        environments: &[],
    });
    let processor = row(&rows, "limits: CPU");
    assert_eq!(processor.state, Standing::Missing);
    assert!(
        processor.advice.starts_with("Delegate=yes"),
        "{processor:?}"
    );
    assert_eq!(row(&rows, "limits: pools").state, Standing::Ok);
}

#[test]
fn files_that_memory_has_no_room_for() {
    let mut settings = Settings {
        environments: vec![
            launchpad_protocol::environment::Environment::of(Language::PYTHON, "/usr/bin/python3"),
            launchpad_protocol::environment::Environment::of(Language::R, ""),
        ],
        warm_satellites: 2,
        max_satellites: 10,
        ..Settings::default()
    };
    settings.allowance.tmp_limit = 1 << 30;
    let space = |settings: &Settings| row(&rows(&host(), settings, None), "host: space for /tmp");
    let missing = space(&settings);
    assert_eq!(missing.state, Standing::Missing);
    assert_eq!(
        missing.found,
        "12 satellites can use 12288 MB in memory, 1024 MB each; 8192 MB are free, swap included"
    );
    settings.max_satellites = 6;
    assert_eq!(space(&settings).state, Standing::Ok);
    settings.max_satellites = 10;
    settings.sandbox = Sandbox::Container;
    // There it is the work directory's file system that counts.
    assert_eq!(space(&settings).state, Standing::Ok);
}

#[test]
fn work_directories() {
    let row = |sandbox, work: Result<Option<u64>, &str>, what| {
        let mut settings = Settings {
            max_satellites: 10,
            sandbox,
            ..Settings::default()
        };
        settings.allowance.tmp_limit = 1 << 30;
        let rows = of(&Situation {
            settings: &settings,
            host: &host(),
            cgroup: Err(&cgroup::Lack::Version),
            work: work.map_err(str::to_owned).map(|available| Place {
                folder: Path::new("/dev/shm/one"),
                available,
            }),
            available: None,
            is_blind: false,
            pools_are_limited: false,
            own: &[1, 2, 3, 4, 5, 6, 7],
            environments: &[],
        });
        row(&rows, what)
    };
    let what = "host: work directory";
    let strict = row(Sandbox::Strict, Err("why"), what);
    assert_eq!((strict.state, &*strict.advice), (Standing::Ok, ""));
    let unfit = row(Sandbox::Container, Err("why"), what);
    assert_eq!((unfit.state, &*unfit.found), (Standing::Failed, "why"));
    assert!(unfit.advice.starts_with("launchpad.work_directory must"));
    let fit = row(Sandbox::Container, Ok(None), what);
    assert_eq!((fit.state, &*fit.found), (Standing::Ok, "/dev/shm/one"));

    let what = "host: space for /tmp";
    let small = row(Sandbox::Container, Ok(Some(1 << 30)), what);
    assert_eq!(small.state, Standing::Missing);
    assert_eq!(
        small.found,
        "10 satellites can use 10240 MB in the work directory, 1024 MB each; 1024 MB are free"
    );
    assert!(small.advice.ends_with("or a larger file system"));
    let large = row(Sandbox::Container, Ok(Some(10 << 30)), what);
    assert_eq!(large.state, Standing::Ok);
}
