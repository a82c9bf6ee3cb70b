//! A satellite as launchpadd holds it: its launch channel, its lifeline, its init's pidfd, and the
//! task that turns what they say into events.

use crate::event::{Event, SatelliteEvent};
use crate::os;
use crate::packets::{PacketSocket, packet_pair, pair};
use crate::roster::{Failure, Order};
use launchpad_protocol::decode_packet;
use launchpad_protocol::launch::{Ended, Ending, Usage};
use launchpad_protocol::lifeline::{GO, REPORT_BYTES, Report};
use launchpad_protocol::satellite::FromSatellite;
use nix::sys::signal::Signal;
use nix::sys::socket::SockType;
use nix::unistd::read;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as BlockingStream;
use std::sync::Arc;
use tokio::io::unix::AsyncFd;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// launchpadd's ends of a satellite's sockets, from the order on.
pub struct Ends {
    channel: PacketSocket,
    lifeline: UnixStream,
}

/// The other ends, to be sent beside the order: launch channel, lifeline.
pub type SatelliteEnds = [OwnedFd; 2];

impl Ends {
    pub fn new() -> io::Result<(Self, SatelliteEnds)> {
        let (channel, their_channel) = packet_pair()?;
        let (lifeline, their_lifeline) = pair(SockType::Stream)?;
        let lifeline = BlockingStream::from(lifeline);
        lifeline.set_nonblocking(true)?;
        let lifeline = UnixStream::from_std(lifeline)?;
        Ok((Ends { channel, lifeline }, [their_channel, their_lifeline]))
    }
}

/// A satellite whose init is known.
pub struct Satellite {
    pub channel: Arc<PacketSocket>,
    lifeline: Arc<UnixStream>,
    /// A pidfd, which says when the init has ended, whoever reaps it.
    init: Arc<AsyncFd<OwnedFd>>,
    task: AbortHandle,
}

impl Satellite {
    /// Watches a satellite from now on. `init`: its init's pidfd.
    ///
    /// # Errors
    /// Why it cannot be watched.
    pub fn watch(
        order: Order,
        ends: Ends,
        init: OwnedFd,
        events: mpsc::Sender<Event>,
    ) -> io::Result<Self> {
        let channel = Arc::new(ends.channel);
        let lifeline = Arc::new(ends.lifeline);
        let init = Arc::new(os::registered(init)?);
        let watcher = Watcher {
            order,
            channel: Arc::clone(&channel),
            lifeline: Arc::clone(&lifeline),
            report: [0; REPORT_BYTES],
            filled: 0,
            events,
        };
        let task = tokio::spawn(watcher.run(Arc::clone(&init))).abort_handle();
        Ok(Satellite {
            channel,
            lifeline,
            init,
            task,
        })
    }

    /// The init may begin. One that cannot be told has ended.
    pub fn go(&self) {
        let _ = self.lifeline.try_write(&GO);
    }

    /// Kills the init and with it its whole pid namespace. One that has been reaped is left alone.
    pub fn kill(&self) {
        let _ = os::pidfd_send_signal(self.init.get_ref(), Signal::SIGKILL);
    }
}

impl Drop for Satellite {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Watcher {
    order: Order,
    channel: Arc<PacketSocket>,
    lifeline: Arc<UnixStream>,
    report: [u8; REPORT_BYTES],
    /// Bytes of the report that have arrived.
    filled: usize,
    events: mpsc::Sender<Event>,
}

impl Watcher {
    async fn run(mut self, init: Arc<AsyncFd<OwnedFd>>) {
        let mut channel_open = true;
        let mut lifeline_open = true;
        loop {
            tokio::select! {
                packet = self.channel.recv(), if channel_open => match packet {
                    Some(packet) => channel_open = self.take(&packet.bytes).await,
                    None => {
                        channel_open = false;
                        self.send(SatelliteEvent::ChannelClosed).await;
                    }
                },
                readable = self.lifeline.readable(), if lifeline_open => {
                    if readable.is_err() || self.pull() {
                        lifeline_open = false;
                        self.last_words(channel_open).await;
                    }
                }
                // A process that has ended, and only that, makes its pidfd readable.
                _ = init.readable() => break,
            }
        }
        if lifeline_open {
            self.pull_rest();
            self.last_words(channel_open).await;
        }
        self.send(SatelliteEvent::Reaped).await;
    }

    /// A packet from the satellite. False if no other is wanted.
    async fn take(&self, bytes: &[u8]) -> bool {
        let (event, open) = match decode_packet(bytes) {
            Ok(FromSatellite::Ready(inventory)) => (SatelliteEvent::Ready(inventory), true),
            Ok(FromSatellite::Begun) => (SatelliteEvent::Begun, true),
            Ok(FromSatellite::Refused { step, reason }) => {
                let failure = Failure::of_step(&step, &reason);
                (SatelliteEvent::Refused(failure), false)
            }
            Err(_) => (SatelliteEvent::ChannelClosed, false),
        };
        self.send(event).await;
        open
    }

    /// Reads what the event loop has noticed of the report. True at its end, or at the lifeline's.
    fn pull(&mut self) -> bool {
        self.pull_by(UnixStream::try_read)
    }

    /// Reads what is there: the end may be known before the event loop has looked at the lifeline.
    fn pull_rest(&mut self) -> bool {
        self.pull_by(|lifeline, bytes| Ok(os::retry_on_intr(|| read(lifeline, bytes))?))
    }

    fn pull_by(&mut self, read: impl Fn(&UnixStream, &mut [u8]) -> io::Result<usize>) -> bool {
        while self.filled < REPORT_BYTES {
            match read(&self.lifeline, &mut self.report[self.filled..]) {
                Ok(0) => return true,
                Ok(bytes) => self.filled += bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Err(_) => return true,
            }
        }
        true
    }

    /// The report or that there is none. A refusal that is still on its way goes first: it says why.
    async fn last_words(&self, channel_open: bool) {
        if channel_open && let Some(packet) = self.channel.try_recv() {
            self.take(&packet.bytes).await;
        }
        let event = if self.filled == REPORT_BYTES {
            SatelliteEvent::Reported(ended(Report::from_bytes(&self.report)))
        } else {
            SatelliteEvent::LifelineClosed
        };
        self.send(event).await;
    }

    async fn send(&self, event: SatelliteEvent) {
        // The receiver goes only with the process.
        let _ = self.events.send(Event::Satellite(self.order, event)).await;
    }
}

fn ended(report: Report) -> Ended {
    let status = report.wait_status;
    // As wait(2) packs it: the signal in the low seven bits, or the exit status in the next byte.
    let how = match status & 0x7f {
        0 => Ending::Exited((status >> 8) & 0xff),
        signal => Ending::Signaled(signal),
    };
    Ended {
        how,
        usage: Usage {
            user: report.user,
            system: report.system,
            max_rss: report.max_rss,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_report_counts_also_if_the_end_is_noticed_first() {
        let report = Report {
            wait_status: 0x0300,
            user: 1,
            system: 2,
            max_rss: 3,
        };
        let (ends, [_channel, lifeline]) = Ends::new().unwrap();
        nix::unistd::write(&lifeline, &report.to_bytes()).unwrap();
        drop(lifeline);
        // The event loop has not looked at the lifeline yet.
        let mut init = std::process::Command::new("true").spawn().unwrap();
        let pidfd = os::pidfd_open(init.id()).unwrap();
        init.wait().unwrap();
        let (inbox, mut events) = mpsc::channel(8);
        let _satellite = Satellite::watch(Order(1), ends, pidfd, inbox).unwrap();
        let mut next = async || match events.recv().await {
            Some(Event::Satellite(_, event)) => event,
            other => panic!("{other:?}"),
        };
        let first = next().await;
        assert!(
            matches!(&first, SatelliteEvent::Reported(end) if end.how == Ending::Exited(3)),
            "{first:?}"
        );
        assert!(matches!(next().await, SatelliteEvent::Reaped));
    }

    fn how(wait_status: i32) -> Ending {
        let (user, system, max_rss) = (1, 2, 3);
        ended(Report {
            wait_status,
            user,
            system,
            max_rss,
        })
        .how
    }

    #[test]
    fn wait_statuses() {
        assert_eq!(how(0), Ending::Exited(0));
        assert_eq!(how(0x0300), Ending::Exited(3));
        assert_eq!(how(9), Ending::Signaled(9));
        // With a core dump.
        assert_eq!(how(0x80 | 11), Ending::Signaled(11));
    }
}
