//! Streams changed at random: decoding returns, without a panic, in bounded time and memory, and what
//! it lets through becomes tuples that PostgreSQL can read.
//!
//! `launchpad_forge` makes the inputs. A `trial` decodes one and forms `tuples`, at known `costs`.
//!
//! An input depends on the seed and its index alone: FUZZ_SEED=… FUZZ_ONLY=… repeats one.

mod costs;
mod trial;
mod tuples;

use launchpad_forge::fuzz::{Input, SCENES_FROM, input, names, scenes, seeds};
use nix::sys::resource::{Resource, setrlimit};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use trial::trial;

/// What came of many inputs.
#[derive(Default)]
struct Tally {
    inputs: u64,
    valid: u64,
    tuples: u64,
    ends: BTreeMap<String, u64>,
    /// How often each change was made, and how often the stream was read to its end nevertheless.
    changes: BTreeMap<&'static str, (u64, u64)>,
    broken: Vec<String>,
}

const WHOLE: &str = "whole";

impl Tally {
    fn add(&mut self, seed: u64, index: u64, input: &Input, outcome: trial::Outcome) {
        self.inputs += 1;
        self.tuples += outcome.tuples;
        for name in &input.changes {
            let (made, whole) = self.changes.entry(name).or_default();
            *made += 1;
            *whole += u64::from(outcome.end == WHOLE);
        }
        let mut broken = outcome.broken;
        if input.changes.is_empty() {
            self.valid += 1;
            if outcome.end != WHOLE {
                broken.push(format!("a valid stream ended in {}", outcome.end));
            }
        }
        for wrong in broken {
            let changes = &input.changes;
            let line = format!("FUZZ_SEED={seed} FUZZ_ONLY={index} {changes:?}: {wrong}");
            eprintln!("{line}");
            self.broken.push(line);
        }
        *self.ends.entry(outcome.end).or_default() += 1;
    }

    fn print(&self) {
        println!(
            "{} inputs, {} of them valid; {} tuples formed",
            self.inputs, self.valid, self.tuples
        );
        for (end, count) in &self.ends {
            println!("  {count:>8} ended in {end}");
        }
        for (change, (made, whole)) in &self.changes {
            println!("  {made:>8} of {change}, {whole} whole");
        }
    }
}

fn try_one(seed: u64, index: u64, seeds: &[Vec<u8>], alone: bool, tally: &mut Tally) {
    let input = input(seed, index, seeds);
    let piece = [1, 7, 4096, usize::MAX][(index % 4) as usize];
    // Large ones byte by byte take too long.
    let piece = piece.max(input.bytes.len() / 1000);
    let outcome = trial(&input.case, &input.bytes, piece, alone);
    tally.add(seed, index, &input, outcome);
}

/// The seed of the runs that are always the same.
const SEED: u64 = 1;

#[test]
fn changed_streams_do_not_panic() {
    let seeds = seeds();
    let mut tally = Tally::default();
    (0..500).for_each(|index| try_one(SEED, index, &seeds, false, &mut tally));
    assert!(tally.broken.is_empty(), "{}", tally.broken.join("\n"));
}

/// In a process of its own: FUZZ_INPUTS of them, or FUZZ_SECONDS long, from FUZZ_SEED or from the clock.
#[test]
#[ignore = "as long as one likes"]
fn fuzz() {
    let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    let seed = number("FUZZ_SEED").unwrap_or_else(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(SEED, |now| now.as_nanos() as u64)
    });
    let only = number("FUZZ_ONLY");
    let inputs = number("FUZZ_INPUTS");
    let time = Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(60));
    limit_memory();
    println!("FUZZ_SEED={seed}");
    let seeds = seeds();
    let mut tally = Tally::default();
    let began = Instant::now();
    let scenes = SCENES_FROM..SCENES_FROM + 4 * scenes();
    let mut indices = scenes.chain(0..);
    let done = Arc::new(AtomicU64::new(0));
    watch(Arc::clone(&done), Duration::from_secs(30));
    let is_more = |tally: &Tally| match (only, inputs) {
        (Some(_), _) => tally.inputs == 0,
        (_, Some(inputs)) => tally.inputs < inputs,
        _ => began.elapsed() < time,
    };
    while is_more(&tally)
        && let Some(index) = only.or_else(|| indices.next())
    {
        // What an abort leaves behind.
        if let Ok(path) = std::env::var("FUZZ_LAST") {
            let _ = std::fs::write(path, format!("FUZZ_SEED={seed} FUZZ_ONLY={index}\n"));
        }
        try_one(seed, index, &seeds, true, &mut tally);
        done.store(tally.inputs, Ordering::Relaxed);
    }
    tally.print();
    if inputs.is_some() {
        tally.assert_complete();
    }
    assert!(tally.broken.is_empty(), "{}", tally.broken.join("\n"));
}

/// Ends the process at an input that takes `most`: it may never come to an end.
fn watch(inputs: Arc<AtomicU64>, most: Duration) {
    std::thread::spawn(move || {
        loop {
            let before = inputs.load(Ordering::Relaxed);
            std::thread::sleep(most);
            if inputs.load(Ordering::Relaxed) == before {
                eprintln!("an input takes more than {most:?}");
                std::process::abort();
            }
        }
    });
}

/// What asks for far more than it may have ends the process here, not the host.
fn limit_memory() {
    let most = 4 << 30;
    setrlimit(Resource::RLIMIT_AS, most, most).expect("can be lowered");
}

impl Tally {
    /// Every change was made, and the checks behind the first ones were reached.
    fn assert_complete(&self) {
        let missing: Vec<_> = names()
            .filter(|name| !self.changes.contains_key(name))
            .collect();
        assert!(missing.is_empty(), "never made: {missing:?}");
        let whole = self.ends.get(WHOLE).copied().unwrap_or(0);
        assert!(self.valid > self.inputs / 20 && whole > self.valid);
        assert!(self.ends.len() > 10 && self.tuples > self.inputs);
    }
}
