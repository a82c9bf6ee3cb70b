//! What each call is doing now: a slot of shared memory for each, written by its backend alone and
//! read by whoever looks at `launchpad.satellites`.

use super::shared;
use crate::pg::shared::shareable;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

/// Calls at a time whose progress can be seen. One that finds no free slot runs without.
pub const SLOTS: usize = 1024;

/// Where a call is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Asking the launchpad for a satellite.
    Starting,
    /// The launchpad has it wait.
    Queued,
    /// The query's rows leave for the satellite.
    Sending,
    /// The script has all of its input.
    Running,
    /// Rows come back.
    Returning,
}

impl Stage {
    const ALL: [Stage; 5] = [
        Stage::Starting,
        Stage::Queued,
        Stage::Sending,
        Stage::Running,
        Stage::Returning,
    ];

    /// As the view writes it.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Starting => "starting",
            Stage::Queued => "queued",
            Stage::Sending => "sending",
            Stage::Running => "running",
            Stage::Returning => "returning",
        }
    }
}

#[derive(Debug, Default)]
pub struct Slot {
    /// 0: free.
    request: AtomicU64,
    stage: AtomicU32,
    /// Microseconds since 1970-01-01 UTC.
    since: AtomicI64,
    rows_in: AtomicU64,
    bytes_in: AtomicU64,
    rows_out: AtomicU64,
    bytes_out: AtomicU64,
}

shareable!(Slot {
    request,
    stage,
    since,
    rows_in,
    bytes_in,
    rows_out,
    bytes_out
});

/// All of them; of zeros.
pub struct Slots {
    all: [Slot; SLOTS],
}

shareable!(Slots { all });

impl Default for Slots {
    fn default() -> Self {
        Slots {
            all: std::array::from_fn(|_| Slot::default()),
        }
    }
}

impl Slots {
    fn take(&self, request: u64) -> Option<&Slot> {
        let first = request as usize % SLOTS;
        let (after, before) = (&self.all[first..], &self.all[..first]);
        after.iter().chain(before).find(|slot| {
            let taken = slot.request.compare_exchange(0, request, Relaxed, Relaxed);
            taken.is_ok()
        })
    }

    /// What the call `request` has done so far.
    pub fn look(&self, request: u64) -> Option<Seen> {
        let slot = self
            .all
            .iter()
            .find(|slot| slot.request.load(Relaxed) == request)?;
        let seen = slot.seen();
        // It may have ended while it was read, and another one begun.
        (slot.request.load(Relaxed) == request).then_some(seen)
    }
}

impl Slot {
    fn seen(&self) -> Seen {
        let stage = self.stage.load(Relaxed) as usize;
        Seen {
            stage: Stage::ALL[stage.min(Stage::ALL.len() - 1)],
            since: self.since.load(Relaxed),
            rows_in: self.rows_in.load(Relaxed),
            bytes_in: self.bytes_in.load(Relaxed),
            rows_out: self.rows_out.load(Relaxed),
            bytes_out: self.bytes_out.load(Relaxed),
        }
    }

    fn clear(&self) {
        for counter in [
            &self.rows_in,
            &self.bytes_in,
            &self.rows_out,
            &self.bytes_out,
        ] {
            counter.store(0, Relaxed);
        }
    }
}

/// A slot as it was at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub stage: Stage,
    pub since: i64,
    pub rows_in: u64,
    pub bytes_in: u64,
    pub rows_out: u64,
    pub bytes_out: u64,
}

/// A call's own slot, free again when dropped.
pub struct Progress(Place);

enum Place {
    Shared(&'static Slot),
    /// All were taken.
    Own(Box<Slot>),
}

impl Progress {
    pub fn begin(request: u64) -> Self {
        let place = match shared::slots().take(request) {
            Some(slot) => Place::Shared(slot),
            None => Place::Own(Box::default()),
        };
        let progress = Progress(place);
        progress.slot().clear();
        progress.enter(Stage::Starting);
        progress
    }

    fn slot(&self) -> &Slot {
        match &self.0 {
            Place::Shared(slot) => slot,
            Place::Own(slot) => slot,
        }
    }

    pub fn enter(&self, stage: Stage) {
        let slot = self.slot();
        slot.stage.store(stage as u32, Relaxed);
        slot.since.store(now(), Relaxed);
    }

    pub fn sent(&self, rows: usize, bytes: usize) {
        self.slot().rows_in.fetch_add(rows as u64, Relaxed);
        self.slot().bytes_in.fetch_add(bytes as u64, Relaxed);
    }

    /// The first bytes of the result change the stage.
    pub fn returned(&self, bytes: usize) {
        let slot = self.slot();
        if slot.bytes_out.fetch_add(bytes as u64, Relaxed) == 0 {
            self.enter(Stage::Returning);
        }
    }

    /// Of the result so far.
    pub fn rows_are(&self, rows: u64) {
        self.slot().rows_out.store(rows, Relaxed);
    }

    pub fn seen(&self) -> Seen {
        self.slot().seen()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.slot().request.store(0, Relaxed);
    }
}

/// Microseconds since 1970-01-01 UTC; only for showing.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_has_a_slot_until_there_are_no_more() {
        let slots = Slots::default();
        for request in 1..=SLOTS as u64 {
            assert!(slots.take(request).is_some());
        }
        assert!(slots.take(9999).is_none());
        assert!(slots.look(7).is_some());
        assert!(slots.look(9999).is_none());
        let seven = slots
            .all
            .iter()
            .find(|slot| slot.request.load(Relaxed) == 7);
        seven.unwrap().request.store(0, Relaxed);
        assert!(slots.take(9999).is_some());
    }

    #[test]
    fn stages_are_read_as_they_were_written() {
        for stage in Stage::ALL {
            let slot = Slot::default();
            slot.stage.store(stage as u32, Relaxed);
            assert_eq!(slot.seen().stage, stage);
        }
    }
}
