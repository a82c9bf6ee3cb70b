//! A request that somebody else ends.

use super::Roster;
use super::satellites::Phase;
use launchpad_protocol::launch::{Ending, Refusal, ToBackend};
use std::time::Instant;

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
        let serves = self.satellites.iter_mut().find(|(_, satellite)| {
            let call = satellite.call.as_ref();
            satellite.phase == Phase::Running
                && call.is_some_and(|call| call.launch.request == request)
        });
        let Some((order, satellite)) = serves else {
            return false;
        };
        let order = *order;
        satellite.how = Some(Ending::Cancelled);
        self.end(order, now);
        true
    }
}
