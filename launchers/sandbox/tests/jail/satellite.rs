//! A satellite, held as launchpadd holds one.

use crate::sockets::{pair, recv, recv_all, send};
use launchpad_protocol::MAX_PACKET;
use launchpad_protocol::decode_packet;
use launchpad_protocol::lifeline::{GO, REPORT_BYTES, Report};
use launchpad_protocol::policy::{Allowance, Policy, Worker};
use launchpad_protocol::satellite::FromSatellite;
use launchpad_sandbox::descriptors::LAUNCH;
use launchpad_sandbox::os::{self, Alone, Unowned};
use launchpad_sandbox::{Blueprint, Forked, Order, Parent, Refusal, fork_satellite};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::socket::SockType;
use nix::sys::stat::Mode;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Bytes of a satellite's scratch folders.
const TMP_LIMIT: u64 = 1 << 20;

// SAFETY: in a satellite nothing of this program's is left but what it runs.
pub const UNOWNED: Unowned = unsafe { Unowned::assume() };

/// The mount point of all satellites: each mounts in a namespace of its own.
pub static ROOT: OnceLock<PathBuf> = OnceLock::new();

/// A satellite as launchpadd holds it.
pub struct Satellite {
    pub init: i32,
    pub launch: OwnedFd,
    pub lifeline: OwnedFd,
}

/// Every satellite's: its filters are compiled once.
pub fn shared_blueprint() -> &'static Blueprint {
    static BLUEPRINT: OnceLock<Blueprint> = OnceLock::new();
    BLUEPRINT.get_or_init(|| {
        let trees = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"];
        Blueprint::new(trees.map(PathBuf::from).to_vec(), vec![]).unwrap()
    })
}

/// The strict sandbox with nothing that this host may lack.
pub fn policy() -> Policy {
    Policy {
        allowance: Allowance {
            tmp_limit: TMP_LIMIT,
            ..Allowance::default()
        },
        ..Policy::default()
    }
}

/// Of whichever process asks.
pub fn alone() -> Alone {
    // SAFETY: there is no test harness, and no test starts a thread in a process that forks.
    unsafe { Alone::assume() }
}

/// Forks a satellite whose script is `run`, which tells by sending packets.
pub fn satellite(run: fn()) -> Result<Satellite, Refusal> {
    satellite_of(policy(), run)
}

/// Likewise, built as `policy` says.
pub fn satellite_of(policy: Policy, run: fn()) -> Result<Satellite, Refusal> {
    let (launch, their_launch) = pair(SockType::SeqPacket);
    let (lifeline, their_lifeline) = pair(SockType::Stream);
    let worker = policy.worker;
    let order = Order {
        root: ROOT.get().unwrap().clone(),
        policy,
        launch: their_launch,
        lifeline: their_lifeline,
    };
    match fork_satellite(&alone(), UNOWNED, shared_blueprint(), order, Parent::Own) {
        Forked::Satellite => {
            run();
            os::exit(0)
        }
        Forked::Zygote(told) => {
            let init = told?.number;
            if let Err(refusal) = let_go(init, worker, &launch, &lifeline) {
                drop(lifeline);
                os::wait(init, true).unwrap();
                return Err(refusal);
            }
            Ok(Satellite {
                init,
                launch,
                lifeline,
            })
        }
    }
}

/// As launchpadd, when the init has begun.
fn let_go(
    init: i32,
    worker: Option<Worker>,
    launch: &OwnedFd,
    lifeline: &OwnedFd,
) -> Result<(), Refusal> {
    let mut bytes = vec![0; MAX_PACKET];
    let length = recv(launch, &mut bytes).unwrap_or(0);
    match decode_packet(&bytes[..length]) {
        Ok(FromSatellite::Begun) => {}
        Ok(FromSatellite::Refused { step, reason }) => return Err(Refusal::new(&step, reason)),
        // It is seen to have ended.
        _ => return Ok(()),
    }
    map(init, worker)?;
    settle(init, lifeline);
    Ok(())
}

/// The init is where it is to be, and may go on. One that has ended is seen to have.
pub fn settle(init: i32, lifeline: &OwnedFd) {
    let _ = std::fs::write(format!("/proc/{init}/oom_score_adj"), "1000");
    let _ = send(lifeline, &GO);
}

/// As a keeper does, outside of any: what this process may, and with the tools that may more.
pub fn map(init: i32, worker: Option<Worker>) -> Result<(), Refusal> {
    let refused = |reason: String| Refusal::new("identity", reason);
    let own = std::fs::metadata("/proc/self/ns/user").map(|own| own.ino());
    let theirs = std::fs::metadata(format!("/proc/{init}/ns/user")).map(|theirs| theirs.ino());
    if matches!((own, theirs), (Ok(own), Ok(theirs)) if own == theirs) {
        // In the container sandbox there is nothing to map.
        return Ok(());
    }
    let inside = Worker {
        user: 1000,
        group: 1000,
    };
    let Some(worker) = worker else {
        let own = Worker {
            user: nix::unistd::geteuid().as_raw(),
            group: nix::unistd::getegid().as_raw(),
        };
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let proc = open("/proc", flags, Mode::empty());
        let proc = proc.map_err(|errno| refused(errno.to_string()))?;
        return launchpad_sandbox::map(proc, init as u32, inside, own, true)
            .map_err(|error| refused(error.to_string()));
    };
    for (tool, outside) in [("newuidmap", worker.user), ("newgidmap", worker.group)] {
        let arguments = [init as u32, 1000, outside, 1].map(|number| number.to_string());
        let output = std::process::Command::new(tool).args(arguments).output();
        let output = output.map_err(|error| refused(error.to_string()))?;
        if !output.status.success() {
            return Err(refused(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ));
        }
    }
    Ok(())
}

impl Satellite {
    /// All that it told, to its end.
    pub fn told(&self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let mut bytes = vec![0; MAX_PACKET];
            match recv(&self.launch, &mut bytes) {
                Ok(0) | Err(Errno::ECONNRESET) => return all,
                Ok(length) => all.push(bytes[..length].to_vec()),
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub fn lines(&self) -> Vec<String> {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        self.told().into_iter().map(text).collect()
    }

    pub fn report(&self) -> Option<Report> {
        let mut bytes = [0; REPORT_BYTES];
        let length = recv_all(&self.lifeline, &mut bytes).ok()?;
        (length == REPORT_BYTES).then(|| Report::from_bytes(&bytes))
    }

    pub fn end(self) {
        drop(self.lifeline);
        os::wait(self.init, true).unwrap();
    }
}

pub fn tell(line: String) {
    let sent = send(LAUNCH.borrow(UNOWNED), line.as_bytes());
    if sent.is_err() {
        os::exit(99);
    }
}
