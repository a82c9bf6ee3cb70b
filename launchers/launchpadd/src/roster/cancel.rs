//! A request that somebody else ends.

use super::Roster;
use launchpad_protocol::launch::{Ended, Ending, Refusal, ToBackend, Usage};
use std::time::Instant;

/// Nobody is left to tell what it used.
const CANCELLED: Ended = Ended {
    how: Ending::Cancelled,
    usage: Usage {
        user: 0,
        system: 0,
        max_rss: 0,
    },
};

impl Roster {
    /// Ends `request`, whether it waits or runs. False if there is none, or none any more.
    pub fn cancel(&mut self, request: u64, now: Instant) -> bool {
        let found = self.cancel_queued(request) || self.cancel_running(request, now);
        self.settle(now);
        found
    }

    fn cancel_queued(&mut self, request: u64) -> bool {
        let call = self.queue.remove_request(request);
        if let Some(call) = &call {
            self.tell(call.ticket, ToBackend::Refused(Refusal::Cancelled));
        }
        call.is_some()
    }

    fn cancel_running(&mut self, request: u64, now: Instant) -> bool {
        let serves = self.satellites.iter().find(|(_, satellite)| {
            let call = satellite.call.as_ref();
            call.is_some_and(|call| call.launch.request == request)
        });
        let Some(order) = serves.map(|(order, _)| *order) else {
            return false;
        };
        self.tell_end(order, CANCELLED);
        self.end(order, now);
        true
    }
}
