//! The rule that keeps calls from waiting for each other: a session that holds a satellite never waits
//! for one that others have.
//!
//! An input query may call again, and so may all that it runs. If such a call stood in the queue, as
//! many sessions as there are satellites could each hold one and wait for another, for ever. So it gets
//! a satellite that is free, or is refused at once. Free is one that is warm, and a slot that is left
//! when those who queue have theirs: then the call is *admitted*, which means that the slot is promised to
//! it while its satellite is being made, a zygote being loaded first if need be. A slot whose satellite
//! is being ended is as good as free. All these ends come by themselves, whatever other calls do.

use super::Roster;
use super::action::Ticket;
use launchpad_protocol::launch::{Refusal, ToBackend, Wait};

impl Roster {
    /// Admits or refuses the calls of sessions that hold satellites and have got none now. A promise
    /// that a new limit of satellites or of a pool breaks is taken back. Whether any is new or void.
    pub(super) fn admit(&mut self) -> bool {
        let mut changed = false;
        let inside = self.queue.iter().filter(|call| call.launch.holds);
        for ticket in inside.map(|call| call.ticket).collect::<Vec<_>>() {
            if let Some((wait, most)) = self.lack_inside(ticket) {
                let call = self.queue.remove(ticket);
                changed |= call.is_some_and(|call| call.admitted);
                self.tell(ticket, ToBackend::Refused(Refusal::Held { wait, most }));
            } else if let Some(call) = self.queue.get_mut(ticket) {
                changed |= !call.admitted;
                call.admitted = true;
            }
        }
        changed
    }

    /// What keeps such a call from a slot, when all others that wait, and could have one, have it.
    fn lack_inside(&self, ticket: Ticket) -> Option<(Wait, u32)> {
        let call = self.queue.iter().find(|call| call.ticket == ticket)?;
        let mut room = self.room_beside(ticket);
        if !call.admitted {
            for other in self.queue.iter().filter(|other| !other.admitted) {
                if other.ticket != ticket && room.fits(other, &self.pools) {
                    room.take(other.holder());
                }
            }
        }
        room.lack(call, &self.pools)
    }
}
