//! A real keeper, held as launchpadd holds one; and every system call on the way to its zygote fails in turn: the zygote
//! is confined, or there is none.

mod watch;

use crate::faults::can_ask;
use crate::faults::place::{self, Fault, Kind, Place, Role};
use crate::faults::supervisor::{Asked, install};
use crate::os::{self, Side};
use crate::satellite::{ROOT, UNOWNED, alone};
use crate::sockets::{hand_over, pair, send, taken};
use launchpad_protocol::encode_packet;
use launchpad_protocol::keeper::{Start, ToKeeper};
use launchpad_protocol::policy::Worker;
use launchpad_protocol::zygote::View;
use launchpad_sandbox::keeper;
use nix::fcntl::OFlag;
use nix::sys::socket::SockType;
use nix::unistd::pipe2;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use watch::Watch;

/// What a zygote could do; nothing of it is told behind standing walls.
const PROBE: &str = r#"
for path in /etc/shadow /home /root /sys /var/lib "$1"; do
    if [ -e "$path" ]; then echo "$path is there"; fi
done
for path in /file /usr/lib/file /etc/passwd /satellite/file /proc/self/oom_score_adj; do
    if { echo x >"$path"; } 2>/dev/null; then echo "$path can be written"; fi
done
while read -r name value; do
    case $name in Cap*|NoNewPrivs:) echo "$name $value" ;; esac
done </proc/self/status
for pid in 1 "$PPID"; do
    if [ -r "/proc/$pid/mem" ] && read -r _ <"/proc/$pid/environ"; then echo "$pid is open"; fi
done 2>/dev/null
echo "pid $$, of $PPID"
{ echo x >/tmp/scratch/file; } && echo done
"#;

const WALLS: [&str; 8] = [
    "CapInh: 0000000000000000",
    "CapPrm: 0000000000000000",
    "CapEff: 0000000000000000",
    "CapBnd: 0000000000000000",
    "CapAmb: 0000000000000000",
    "NoNewPrivs: 1",
    "pid 2, of 1",
    "done",
];

/// Refusals outside the list of steps.
const BETWEEN_STEPS: [&str; 2] = ["keeper", "proc"];

/// In the order of ancestry.
const ROLES: [Role; 3] = [Role::Monitor, Role::Keeper, Role::NewZygote];

#[derive(Default)]
struct Told {
    /// By the zygote.
    lines: String,
    refused: Option<(String, String)>,
    ended: Option<i32>,
    /// Whether the fault was met.
    reached: bool,
    counts: BTreeMap<(Role, Kind), usize>,
    wrong: Vec<String>,
}

fn own() -> Worker {
    Worker {
        user: nix::unistd::geteuid().as_raw(),
        group: nix::unistd::getegid().as_raw(),
    }
}

/// Everything works, and is counted.
pub fn keeps() {
    let told = start(None, false);
    assert_eq!(
        told.lines.lines().collect::<Vec<_>>(),
        WALLS,
        "{:?}",
        told.refused
    );
    assert_eq!(told.ended, Some(0));
    assert!(told.wrong.is_empty(), "{:?}", told.wrong);
}

pub fn every_call() {
    if !can_ask() {
        return;
    }
    let whole = start(None, true);
    assert_eq!(
        whole.lines.lines().collect::<Vec<_>>(),
        WALLS,
        "{:?}",
        whole.refused
    );
    let (mut tried, mut refused, mut full) = (0, 0, BTreeSet::new());
    let (mut silent, mut wrong) = (BTreeSet::new(), Vec::new());
    for ((role, kind), count) in &whole.counts {
        for nth in place::times(*count, false) {
            for error in place::errors(kind) {
                let (role, kind) = (*role, *kind);
                let place = Place { role, kind, nth };
                let fault = Fault { place, error };
                let told = start(Some(&fault), false);
                tried += 1;
                wrong.extend(told.wrong.iter().map(|what| format!("{fault}: {what}")));
                let what = (role, kind.name());
                if !told.reached {
                    // How often it waits depends on who is faster.
                    if !["wait4", "ppoll", "read"].contains(&what.1.as_str()) {
                        wrong.push(format!("{fault}: not made"));
                    }
                } else if told.lines.lines().eq(WALLS) {
                    full.insert(what);
                } else if !is_cut_short(&told.lines) {
                    wrong.push(format!(
                        "{fault}: a zygote that is not confined: {:?}",
                        told.lines
                    ));
                } else if let Some((step, reason)) = &told.refused {
                    refused += 1;
                    let known = keeper::names().any(|name| name == step)
                        || BETWEEN_STEPS.contains(&step.as_str());
                    if !known || reason.is_empty() {
                        wrong.push(format!(
                            "{fault}: refused by {step:?} because of {reason:?}"
                        ));
                    }
                } else {
                    silent.insert(what);
                }
            }
        }
    }
    println!("jail: keeper: {tried} failures tried, {refused} refused");
    let name = |(role, call): &(Role, String)| format!("{role:?} {call}");
    let named = |all: &BTreeSet<_>| all.iter().map(name).collect::<Vec<_>>();
    let unexpected = |all: &BTreeSet<_>, expected: &[&str]| {
        let is_known = |call: &String| expected.contains(&call.as_str());
        named(all)
            .into_iter()
            .filter(|call| !is_known(call))
            .collect::<Vec<_>>()
    };
    for call in unexpected(&full, HARMLESS) {
        wrong.push(format!("{call}: fails, and nobody minds"));
    }
    for call in unexpected(&silent, SILENT) {
        wrong.push(format!("{call}: fails, and nobody hears of it"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The zygote may end with its keeper while it tells, or before.
fn is_cut_short(lines: &str) -> bool {
    let whole: String = WALLS.iter().flat_map(|line| [line, "\n"]).collect();
    whole.starts_with(lines)
}

/// What may fail without harm: what is tried again, or was only to close or to save something, or is not on every host.
const HARMLESS: &[&str] = &[
    "Monitor close",
    "Monitor close_range",
    "Monitor exit_group",
    "Monitor fcntl",
    "Monitor recvfrom",
    "Monitor sendmsg",
    "Monitor wait4",
    "Keeper close",
    "Keeper exit_group",
    "Keeper fcntl",
    // Of proc, which containers refuse.
    "Keeper mount",
    // What is not there is not shown.
    "Keeper openat",
    "Keeper readlink",
    "Keeper statx",
    "Keeper ppoll",
    "Keeper read",
    "Keeper sendmsg",
    "Keeper set_robust_list",
    // Some containers refuse it.
    "Keeper sethostname",
    "Keeper wait4",
    "Keeper write",
    "NewZygote close",
    "NewZygote fcntl",
    "NewZygote read",
    "NewZygote sendmsg",
    "NewZygote set_robust_list",
];

/// What cannot be told of any more.
const SILENT: &[&str] = &[
    "Monitor close_range",
    "Monitor dup3",
    "Monitor fcntl",
    // It never does; another answer means another parent.
    "Monitor getppid",
    "Monitor recvfrom",
    "Monitor sendmsg",
    "Monitor wait4",
    "Keeper ppoll",
    "Keeper sendmsg",
    "Keeper wait4",
    "NewZygote sendmsg",
];

/// A keeper from its start to the end of all its processes. `count`: its calls.
fn start(fault: Option<&Fault>, count: bool) -> Told {
    let pair = || pair(SockType::SeqPacket);
    let ((channel, their_channel), (ours, theirs), (control, their_control)) =
        (pair(), pair(), pair());
    let (output, their_output) = pipe2(OFlag::O_CLOEXEC).unwrap();
    let root = ROOT.get().unwrap();
    let secret = root.with_file_name("secret");
    fs::write(&secret, "secret").unwrap();
    let start = Start {
        view: View {
            program: "/bin/sh".to_owned(),
            launchers: "/usr/lib".to_owned(),
            root: root.to_string_lossy().into_owned(),
            ..View::default()
        },
        arguments: ["-c", PROBE, "probe", &secret.to_string_lossy()]
            .map(str::to_owned)
            .to_vec(),
        variables: Vec::new(),
        writes: true,
    };
    let packet = encode_packet(&ToKeeper::Start(Box::new(start))).unwrap();
    send(&ours, &packet).unwrap();
    let kinds: Vec<Kind> = fault.iter().map(|fault| fault.place.kind).collect();
    let monitor = match os::fork(&alone()).unwrap() {
        Side::Child => {
            drop((ours, channel, output, control));
            let asked = match count {
                true => Asked::All,
                false => Asked::Only(&kinds),
            };
            become_monitor(their_channel, theirs, their_output, their_control, asked)
        }
        Side::Parent { child } => child,
    };
    drop((their_channel, theirs, their_output, their_control));
    let listener = taken(&control);
    let mut watch = Watch {
        fault,
        monitor,
        roles: BTreeMap::from([(monitor, Role::Monitor)]),
        execed: BTreeSet::new(),
        told: Told {
            reached: fault.is_none(),
            ..Told::default()
        },
    };
    watch.watch_to_the_end(listener, ours, output);
    drop((channel, control));
    let mut told = watch.told;
    if fs::read_dir(root).unwrap().count() > 0 {
        told.wrong
            .push("something is left in the root folder".to_owned());
    }
    told
}

fn become_monitor(
    channel: OwnedFd,
    keeper: OwnedFd,
    output: OwnedFd,
    control: OwnedFd,
    asked: Asked<'_>,
) -> ! {
    std::panic::set_hook(Box::new(|_| {}));
    if !nix::unistd::geteuid().is_root() {
        nix::sys::prctl::set_no_new_privs().unwrap();
    }
    let listener = install(asked, control.as_raw_fd()).unwrap();
    hand_over(&control, &listener);
    drop((listener, control));
    // Not dropped: from here on they are known by number.
    let moves = [
        (channel, os::descriptors::CHANNEL),
        (keeper, keeper::CHANNEL),
    ]
    .map(|(from, to)| (os::forget(from), to));
    let out = os::forget(output);
    let [_, one, two] = os::descriptors::STANDARD;
    let mut all = moves.to_vec();
    all.extend([(out, one), (out, two)]);
    if os::arrange(UNOWNED, &all).is_err() {
        os::exit(9);
    }
    keeper::run(&alone(), UNOWNED)
}
