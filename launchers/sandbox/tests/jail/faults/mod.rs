//! Every system call of a satellite's making fails in turn: there is a full sandbox or a clean refusal.
//!
//! A filter asks this process about each call, and it lets one of them fail. Which calls there are is
//! found by counting them in a satellite that nothing disturbs. Calls that are made often are failed a
//! few times only; with JAIL_FAULTS=all, every time.

mod attempt;
mod expected;
pub mod place;
pub mod processes;
pub mod supervisor;
mod victim;
mod workers;

use crate::os::{self, Side};
use crate::satellite::{ROOT, alone, policy, satellite_of};
pub use attempt::packet;
use attempt::{Outcome, attempt};
use expected::{EXPECTED, Where};
use launchpad_protocol::policy::{Policy, Sandbox};
use place::{Counts, Fault, Kind, Place, Role};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use workers::{Results, faults, try_all};

/// One way to build a satellite.
pub struct Scene {
    name: &'static str,
    policy: Policy,
    /// Which expectations hold.
    at: &'static [Where],
}

/// A worker's folder.
pub struct Ground {
    root: PathBuf,
    /// A file of the server's user beside the root, as in a data directory.
    secret: PathBuf,
}

impl Ground {
    fn of(worker: usize) -> Ground {
        let folder = ROOT
            .get()
            .unwrap()
            .with_file_name(format!("worker{worker}"));
        let root = folder.join("root");
        fs::create_dir_all(&root).unwrap();
        let secret = folder.join("secret");
        fs::write(&secret, "secret").unwrap();
        Ground { root, secret }
    }
}

pub fn every_call() {
    if !can_ask() {
        println!("jail: failing calls: skipped, this process may not install a filter that asks");
        return;
    }
    let all = std::env::var("JAIL_FAULTS").is_ok_and(|value| value == "all");
    let landlock = crate::policies::landlock();
    let strict = Scene {
        name: "strict",
        policy: policy(),
        at: &[Where::Anywhere, Where::InStrict],
    };
    let mut scenes = vec![&strict];
    let with_landlock = Scene {
        name: "strict with Landlock",
        policy: Policy {
            landlock,
            ..policy()
        },
        at: &[Where::Anywhere, Where::InStrict, Where::WithLandlock],
    };
    let container = Scene {
        name: "container",
        policy: Policy {
            sandbox: Sandbox::Container,
            landlock,
            tasks: 10_000,
            ..policy()
        },
        at: &[Where::Anywhere, Where::InContainer, Where::WithLandlock],
    };
    if landlock > 0 {
        scenes.extend([&with_landlock, &container]);
    }
    for scene in scenes {
        let counts = undisturbed(scene);
        let faults = faults(&counts, all);
        let results = try_all(scene, &[], &faults);
        let (kinds, calls) = (counts.len(), counts.values().sum::<usize>());
        let how = if all {
            "each"
        } else {
            "of a call that is made often, some"
        };
        println!(
            "jail: {}: {kinds} kinds, {calls} calls ({how}): {results}",
            scene.name
        );
        check(scene, &faults, &results);
    }
    refusals_on_their_way();
}

/// Whether the kernel gives this process a filter that asks; of those there can be but one.
pub fn can_ask() -> bool {
    match os::fork(&alone()).unwrap() {
        Side::Child => {
            let _ = nix::sys::prctl::set_no_new_privs();
            let nothing = supervisor::Asked::Only(&[]);
            os::exit(supervisor::install(nothing, -1).is_err().into())
        }
        Side::Parent { child } => os::wait(child, true).unwrap().unwrap().wait_status == 0,
    }
}

/// All calls of a satellite in which none fails.
fn undisturbed(scene: &Scene) -> Counts {
    // The filters are compiled in this process, once.
    satellite_of(scene.policy.clone(), || {}).unwrap().end();
    while matches!(os::wait(-1, true), Ok(Some(_))) {}
    let whole = attempt(scene, &Ground::of(0), &[], true);
    let full = matches!(whole.outcome, Outcome::Full { .. });
    assert!(
        full && whole.wrong.is_empty(),
        "{}: {:?} {:?}",
        scene.name,
        whole.outcome,
        whole.wrong
    );
    whole.counts
}

/// What is in no list must be a refusal that names the error, and what is in the list must be so.
fn check(scene: &Scene, faults: &[Fault], results: &Results) {
    let mut wrong = results.wrong.clone();
    let rows = || EXPECTED.iter().filter(|row| scene.at.contains(&row.at));
    for (fault, class) in &results.others {
        if !rows().any(|row| row.covers(fault) && row.classes.contains(class)) {
            wrong.push(format!("{fault}: {class:?}, which is not expected"));
        }
    }
    for row in rows() {
        let nth = |fault: &Fault| fault.place.nth;
        let so: BTreeSet<usize> = results
            .others
            .iter()
            .filter(|(fault, class)| row.covers(fault) && row.classes.contains(class))
            .map(|(fault, _)| nth(fault))
            .collect();
        let tried = faults
            .iter()
            .filter(|fault| row.covers(fault) && !results.missed.contains(fault));
        let tried: BTreeSet<usize> = tried.map(nth).collect();
        let fine = match row.times {
            expected::Times::Every => so == tried && !so.is_empty(),
            expected::Times::Once => so.len() == 1,
            expected::Times::Few => !so.is_empty(),
            expected::Times::Rarely => true,
        };
        if !fine {
            wrong.push(format!("not so: {row}: {so:?} of {tried:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", scene.name, wrong.join("\n"));
}

/// A step fails in each process, and then the telling of it.
fn refusals_on_their_way() {
    let scene = Scene {
        name: "a refusal on its way",
        policy: policy(),
        at: &[Where::Refusing],
    };
    let (mut tried, mut totals) = (Vec::new(), Results::default());
    for (role, step, call) in [
        (Role::Init, libc::SYS_sethostname, libc::SYS_sendto),
        (Role::Script, libc::SYS_close_range, libc::SYS_sendto),
    ] {
        let kind = |number: i64| Kind::of(number as i32, 0);
        let first = Fault {
            place: Place {
                role,
                kind: kind(step),
                nth: 1,
            },
            error: libc::EINVAL,
        };
        let told = attempt(&scene, &Ground::of(0), &[first], true);
        let refused = matches!(told.outcome, Outcome::Refused { .. });
        assert!(refused, "{first}: {:?}", told.outcome);
        assert!(told.wrong.is_empty(), "{:?}", told.wrong);
        let nth = told.counts[&(role, kind(call))];
        let second: Vec<Fault> = place::errors(&kind(call))
            .into_iter()
            .map(|error| Fault {
                place: Place {
                    role,
                    kind: kind(call),
                    nth,
                },
                error,
            })
            .collect();
        totals.extend(try_all(&scene, &[first], &second));
        tried.extend(second);
    }
    println!("jail: {}: {totals}", scene.name);
    check(&scene, &tried, &totals);
}
