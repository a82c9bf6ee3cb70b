//! The rule that keeps calls from waiting for each other: a session that holds a satellite never waits
//! for one that others have.
//!
//! An input query may call again, and so may all that it runs. If such a call stood in the queue, as
//! many sessions as there are satellites could each hold one and wait for another, for ever. So it gets
//! a satellite that is free, or is refused at once. Free is one that is warm, and a slot that is left
//! when those who queue have theirs: then the call is *admitted*, which means that the slot is its own
//! while its satellite is being made, a zygote being loaded first if need be. That ends by itself,
//! whatever other calls do.

use super::Roster;
use super::action::Ticket;
use launchpad_protocol::launch::{Refusal, ToBackend, Wait};

impl Roster {
    /// Admits or refuses the calls of sessions that hold satellites and have got none now.
    pub(super) fn admit(&mut self) {
        while let Some(ticket) = self.undecided() {
            match self.lack_beside_the_queue(ticket) {
                None => {
                    if let Some(call) = self.queue.get_mut(ticket) {
                        call.admitted = true;
                    }
                }
                Some((wait, most)) => {
                    self.queue.remove(ticket);
                    self.tell(ticket, ToBackend::Refused(Refusal::Held { wait, most }));
                }
            }
        }
    }

    fn undecided(&self) -> Option<Ticket> {
        let mut open = self.queue.iter().filter(|call| !call.admitted);
        open.find(|call| call.launch.holds).map(|call| call.ticket)
    }

    /// What keeps a call from a slot when all others that wait, and could have one, have it.
    fn lack_beside_the_queue(&self, ticket: Ticket) -> Option<(Wait, u32)> {
        let mut room = self.room();
        for other in self.queue.iter().filter(|other| other.ticket != ticket) {
            if room.fits(other, &self.pools) {
                room.take_for(other);
            }
        }
        let call = self.queue.iter().find(|call| call.ticket == ticket)?;
        room.lack(call, &self.pools)
    }
}
