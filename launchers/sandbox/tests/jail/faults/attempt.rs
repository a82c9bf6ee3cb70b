//! One satellite, with calls that fail on its way, watched to the end of all its processes.

use super::place::{Counts, Fault, Kind, Place, Role};
use super::processes::{end_all, parent_of, reap};
use super::supervisor::{Asked, Mark, Question};
use super::victim::{self, DONE};
use super::{Ground, Scene};
use crate::os::{self, Side};
use crate::satellite::{alone, map, settle};
use crate::sockets::{happened, pair, recv, send, taken};
use launchpad_protocol::satellite::FromSatellite;
use launchpad_protocol::{MAX_PACKET, decode_packet};
use launchpad_sandbox::{audit, steps};
use nix::poll::PollFlags;
use nix::sys::socket::SockType;
use std::collections::BTreeMap;
use std::fs;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// Longer than a satellite takes on a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Names of refusals outside the lists of steps.
const BETWEEN_STEPS: [&str; 4] = ["fork", "init", "script process", "guard"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All walls stand, as the report says and the script found; whether it has a /proc.
    Full {
        proc: bool,
    },
    /// The report differs from the policy: it gets no request.
    Differs(Vec<String>),
    Refused {
        step: String,
        reason: String,
    },
    /// All ended without a refusal, and no script ran to its end.
    Ended,
    /// The zygote itself ended, and all with it.
    ZygoteEnded,
}

pub struct Attempt {
    pub counts: Counts,
    /// Whether all the calls that were to fail were made.
    pub reached: bool,
    pub outcome: Outcome,
    /// What must never be.
    pub wrong: Vec<String>,
}

/// What is known so far of one attempt.
struct Watch<'a> {
    scene: &'a Scene,
    faults: &'a [Fault],
    failed: usize,
    roles: BTreeMap<i32, Role>,
    counts: Counts,
    marks: Vec<Mark>,
    /// The zygote's word, and the satellite's.
    forked: Option<String>,
    refused: Option<(String, String)>,
    /// The init waits.
    begun: bool,
    init: Option<i32>,
    differences: Option<Vec<String>>,
    proc: bool,
    lines: Vec<String>,
    wrong: Vec<String>,
}

/// Makes a satellite as `scene` says; `faults` fail. `count`: all calls are counted, not only theirs.
pub fn attempt(scene: &Scene, ground: &Ground, faults: &[Fault], count: bool) -> Attempt {
    let (launch, their_launch) = pair(SockType::SeqPacket);
    let (lifeline, their_lifeline) = pair(SockType::Stream);
    let (control, their_control) = pair(SockType::SeqPacket);
    let kinds: Vec<Kind> = faults.iter().map(|fault| fault.place.kind).collect();
    let asked = match count {
        true => Asked::All,
        false => Asked::Only(&kinds),
    };
    let zygote = match os::fork(&alone()).unwrap() {
        Side::Child => {
            drop((launch, lifeline, control));
            victim::run(
                scene,
                ground,
                asked,
                their_control,
                their_launch,
                their_lifeline,
            )
        }
        Side::Parent { child } => child,
    };
    drop((their_control, their_launch, their_lifeline));
    let mut watch = Watch {
        scene,
        faults,
        failed: 0,
        roles: BTreeMap::from([(zygote, Role::Zygote)]),
        counts: Counts::new(),
        marks: Vec::new(),
        forked: None,
        refused: None,
        begun: false,
        init: None,
        differences: None,
        proc: false,
        lines: Vec::new(),
        wrong: Vec::new(),
    };
    let listener = taken(&control);
    watch.watch_to_the_end(listener, launch, lifeline, control);
    watch.look_around(ground);
    Attempt {
        reached: watch.failed == faults.len(),
        outcome: watch.outcome(),
        counts: watch.counts,
        wrong: watch.wrong,
    }
}

/// One packet; empty at the end.
pub fn packet(from: &OwnedFd) -> Vec<u8> {
    let mut bytes = vec![0; MAX_PACKET];
    match recv(from, &mut bytes) {
        Ok(length) => bytes.truncate(length),
        Err(_) => bytes.clear(),
    }
    bytes
}

impl Watch<'_> {
    /// Answers, listens and reaps until no process is left.
    fn watch_to_the_end(
        &mut self,
        listener: OwnedFd,
        launch: OwnedFd,
        lifeline: OwnedFd,
        control: OwnedFd,
    ) {
        let begun = Instant::now();
        let mut listener = Some(listener);
        let mut launch = Some(launch);
        let mut lifeline = Some(lifeline);
        let mut control = Some(control);
        loop {
            // With all channels closed the processes are about to end; nothing announces it.
            let tick = if launch.is_none() && control.is_none() {
                1
            } else {
                100
            };
            let [on_listener, on_launch, on_control] =
                happened([&listener, &launch, &control], tick);
            if let Some(from) = &listener {
                if on_listener.contains(PollFlags::POLLIN) {
                    self.answer(from);
                } else if !on_listener.is_empty() {
                    // No process is under the filter any more.
                    listener = None;
                }
            }
            if let (Some(from), false) = (&launch, on_launch.is_empty()) {
                let packet = packet(from);
                if packet.is_empty() {
                    launch = None;
                } else {
                    self.satellite_tells(from, &packet);
                }
                if launch.is_none() || self.refused.is_some() || self.differs() {
                    // As launchpadd: the satellite is wanted no more.
                    lifeline = None;
                }
            }
            if let (Some(from), false) = (&control, on_control.is_empty()) {
                let packet = packet(from);
                if packet.is_empty() {
                    control = None;
                } else {
                    let told = String::from_utf8_lossy(&packet).into_owned();
                    let mut words = told.lines();
                    if words.next() == Some("forked") {
                        self.init = words.nth(1).and_then(|init| init.parse().ok());
                    } else {
                        // As launchpadd, which has nothing of it then.
                        lifeline = None;
                    }
                    self.forked = Some(told);
                }
            }
            if let (true, Some(init), Some(lifeline)) = (self.begun, self.init, &lifeline) {
                self.begun = false;
                match map(init, None) {
                    Ok(()) => settle(init, lifeline),
                    Err(refusal) => {
                        self.refused.get_or_insert((refusal.step, refusal.reason));
                    }
                }
            }
            let all_ended = reap();
            if all_ended && listener.is_none() && launch.is_none() && control.is_none() {
                drop(lifeline);
                return;
            }
            if begun.elapsed() > TIME_LIMIT {
                let told = (listener.is_some(), launch.is_some(), control.is_some());
                self.wrong
                    .push(format!("hangs: all ended {all_ended}, open {told:?}"));
                drop((listener, launch, lifeline, control));
                end_all();
                return;
            }
        }
    }

    fn answer(&mut self, listener: &OwnedFd) {
        let Some(question) = Question::receive(listener) else {
            return;
        };
        if let Some(mark) = question.mark() {
            self.marks.push(mark);
            question.answer(listener, None);
            return;
        }
        let error = self.place_of(&question).and_then(|place| {
            let fault = self.faults.iter().find(|fault| fault.place == place)?;
            self.failed += 1;
            Some(fault.error)
        });
        question.answer(listener, error);
    }

    /// Counts a call; None beyond what is watched.
    fn place_of(&mut self, question: &Question) -> Option<Place> {
        let begun = self.marks.contains(&Mark::Begun);
        if !begun || self.marks.contains(&Mark::Ready) {
            return None;
        }
        let mut role = self.role(question.pid);
        if role == Role::Zygote && self.marks.contains(&Mark::Back) {
            return None;
        }
        if role == Role::Script && self.marks.contains(&Mark::Built) {
            role = Role::Report;
        }
        let kind = Kind::of(question.number, question.first);
        let count = self.counts.entry((role, kind)).or_default();
        *count += 1;
        Some(Place {
            role,
            kind,
            nth: *count,
        })
    }

    /// By ancestry: the init is our child, as the zygote is.
    fn role(&mut self, pid: i32) -> Role {
        if let Some(role) = self.roles.get(&pid) {
            return *role;
        }
        let own = std::process::id() as i32;
        let parent = parent_of(pid);
        let role = if parent == own {
            Role::Init
        } else {
            Role::Script
        };
        self.roles.insert(pid, role);
        role
    }

    fn differs(&self) -> bool {
        self.differences.as_ref().is_some_and(|all| !all.is_empty())
    }

    fn satellite_tells(&mut self, launch: &OwnedFd, packet: &[u8]) {
        if self.differences.is_some() {
            self.lines
                .push(String::from_utf8_lossy(packet).into_owned());
            return;
        }
        match decode_packet(packet) {
            Ok(FromSatellite::Begun) => self.begun = true,
            Ok(FromSatellite::Ready(inventory)) => {
                let found = audit::differences(&inventory, &self.scene.policy, &audit::own());
                if found.is_empty() && self.refused.is_none() {
                    // The request. A satellite that ended meanwhile is seen by its end.
                    let _ = send(launch, b"g");
                }
                self.proc = inventory.proc;
                self.differences = Some(found);
            }
            // The first is the cause.
            Ok(FromSatellite::Refused { step, reason }) => {
                self.refused.get_or_insert((step, reason));
            }
            Err(error) => self.wrong.push(format!("a packet that is none: {error}")),
        }
    }

    /// What an attempt must not leave behind.
    fn look_around(&mut self, ground: &Ground) {
        let root = &ground.root;
        // The victim's own, where it cannot remove it.
        let _ = fs::remove_file(root.join("file"));
        if fs::read_dir(root).unwrap().count() > 0 {
            self.wrong
                .push("something is left in the root folder".to_owned());
        }
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        if mounts.contains(&*root.to_string_lossy()) {
            self.wrong.push("a mount is left".to_owned());
        }
    }

    fn outcome(&mut self) -> Outcome {
        let forked = self.forked.take();
        let mut words = forked.iter().flat_map(|told| told.splitn(4, '\n'));
        let fate = words.next().unwrap_or_default();
        if let Some(left) = words.next().filter(|left| !left.is_empty()) {
            // What cannot be closed or waited for, stays.
            let excused = self.faults.iter().any(|fault| {
                let number = i64::from(fault.place.kind.number);
                fault.place.role == Role::Zygote
                    && [libc::SYS_close, libc::SYS_wait4].contains(&number)
            });
            if !excused {
                self.wrong.push(format!("in the zygote {left}"));
            }
        }
        if fate == "refused" {
            let mut word = || words.next().unwrap_or_default().to_owned();
            self.refused = Some((word(), word()));
        }
        let walls = victim::walls(self.scene.policy.sandbox);
        if !walls.starts_with(&self.lines) {
            self.wrong.push(format!("the walls are {:?}", self.lines));
        }
        let done = self.lines.last().is_some_and(|line| line == DONE);
        if done && fate == "forked" {
            return Outcome::Full { proc: self.proc };
        }
        if !self.lines.is_empty() && self.refused.is_some() {
            self.wrong
                .push("a script ran in a satellite that was refused".to_owned());
        }
        if fate.is_empty() {
            return Outcome::ZygoteEnded;
        }
        if let Some((step, reason)) = self.refused.take() {
            let sandbox = self.scene.policy.sandbox;
            let known = steps::names(sandbox).any(|name| name == step)
                || BETWEEN_STEPS.contains(&step.as_str());
            if !known || reason.is_empty() {
                self.wrong
                    .push(format!("refused by {step:?} because of {reason:?}"));
            }
            if self.marks.contains(&Mark::Built) {
                self.wrong.push("refused after the last step".to_owned());
            }
            return Outcome::Refused { step, reason };
        }
        match self.differences.take() {
            Some(found) if !found.is_empty() => Outcome::Differs(found),
            _ => Outcome::Ended,
        }
    }
}
