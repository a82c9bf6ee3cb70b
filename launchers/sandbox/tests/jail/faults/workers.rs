//! Several attempts at a time: most of one is waiting for the kernel. Each worker is a process with one
//! thread, its own folder, and its satellites for children.

use super::attempt::{Outcome, attempt};
use super::place::{Counts, Fault, Place};
use super::{Ground, Scene};
use crate::os::{self, Side};
use crate::satellite::alone;
use std::fs;
use std::path::Path;

const WORKERS: usize = 4;

/// What came of one fault, other than a refusal that names its error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// All walls stand.
    Full,
    /// Likewise, without a /proc.
    FullWithoutProc,
    /// The report tells that something is missing: no request comes.
    Differs,
    /// Refused, with another reason: what failed shows later.
    RefusedLater,
    /// All ends without a word.
    Ended,
}

const CLASSES: [Class; 5] = [
    Class::Full,
    Class::FullWithoutProc,
    Class::Differs,
    Class::RefusedLater,
    Class::Ended,
];

#[derive(Debug, Default)]
pub struct Results {
    pub tried: usize,
    /// Faults whose call was not made this time.
    pub missed: Vec<Fault>,
    pub refused: usize,
    pub others: Vec<(Fault, Class)>,
    pub wrong: Vec<String>,
}

/// Each of `faults`, after those of `before`, which always happen.
pub fn try_all(scene: &Scene, before: &[Fault], faults: &[Fault]) -> Results {
    let workers: Vec<_> = (0..WORKERS)
        .map(|index| {
            let ground = Ground::of(index);
            let told = ground.root.with_extension("told");
            let child = match os::fork(&alone()).unwrap() {
                Side::Child => {
                    let mine = faults.iter().enumerate().skip(index).step_by(WORKERS);
                    work(scene, &ground, before, mine, &told);
                    os::exit(0)
                }
                Side::Parent { child } => child,
            };
            (child, told)
        })
        .collect();
    let mut results = Results::default();
    for (child, told) in workers {
        let ended = os::wait(child, true).unwrap().unwrap();
        assert_eq!(ended.wait_status, 0, "a worker of {}", scene.name);
        for line in fs::read_to_string(&told).unwrap().lines() {
            results.add(line, faults);
        }
        fs::remove_file(&told).unwrap();
    }
    results
}

/// A line for each: the fault's index, what came of it, and what is wrong about it.
fn work<'a>(
    scene: &Scene,
    ground: &Ground,
    before: &[Fault],
    faults: impl Iterator<Item = (usize, &'a Fault)>,
    told: &Path,
) {
    nix::sys::prctl::set_child_subreaper(true).unwrap();
    let mut lines = String::new();
    for (index, fault) in faults {
        let mut all = before.to_vec();
        all.push(*fault);
        let attempt = attempt(scene, ground, &all, false);
        let class = match &attempt.outcome {
            Outcome::Refused { reason, .. } if names(reason, fault.error) => None,
            Outcome::Refused { .. } => Some(Class::RefusedLater),
            Outcome::Full { proc: true } => Some(Class::Full),
            Outcome::Full { proc: false } => Some(Class::FullWithoutProc),
            Outcome::Differs(_) => Some(Class::Differs),
            Outcome::Ended | Outcome::ZygoteEnded => Some(Class::Ended),
        };
        let fate = match class {
            _ if !attempt.reached => "missed".to_owned(),
            None => "refused".to_owned(),
            Some(class) => (class as usize).to_string(),
        };
        let mut wrong = attempt.wrong.join("; ");
        if !wrong.is_empty() {
            wrong += &format!(" ({:?})", attempt.outcome);
        }
        let wrong = wrong.replace('\n', " ");
        lines += &format!("{index}\t{fate}\t{wrong}\n");
    }
    fs::write(told, lines).unwrap();
}

/// A reason tells an error by its number, or by its name where a library panicked.
fn names(reason: &str, error: i32) -> bool {
    reason.contains(&format!("(os error {error})")) || reason.contains(&format!("code: {error},"))
}

impl std::fmt::Display for Results {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Results { tried, refused, .. } = self;
        write!(to, "{tried} failures tried, {refused} refused by name")?;
        for class in CLASSES {
            let count = self.others.iter().filter(|(_, is)| *is == class).count();
            write!(to, ", {count} {class:?}")?;
        }
        write!(to, ", {} missed", self.missed.len())
    }
}

impl Results {
    pub fn extend(&mut self, more: Results) {
        self.tried += more.tried;
        self.refused += more.refused;
        self.missed.extend(more.missed);
        self.others.extend(more.others);
        self.wrong.extend(more.wrong);
    }

    fn add(&mut self, line: &str, faults: &[Fault]) {
        let mut words = line.splitn(3, '\t');
        let mut word = || words.next().unwrap();
        let fault = faults[word().parse::<usize>().unwrap()];
        self.tried += 1;
        match word() {
            "missed" => self.missed.push(fault),
            "refused" => self.refused += 1,
            class => self
                .others
                .push((fault, CLASSES[class.parse::<usize>().unwrap()])),
        }
        let wrong = word();
        if !wrong.is_empty() {
            self.wrong.push(format!("{fault}: {wrong}"));
        }
    }
}

/// All faults of the calls in `counts`.
pub fn faults(counts: &Counts, all: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    for ((role, kind), count) in counts {
        for nth in super::place::times(*count, all) {
            let place = Place {
                role: *role,
                kind: *kind,
                nth,
            };
            let errors = super::place::errors(kind);
            faults.extend(errors.into_iter().map(|error| Fault { place, error }));
        }
    }
    faults
}
