//! The background worker that started launchpadd: settings come from it, late reports go to it, and its
//! end is ours.

use crate::log;
use crate::packets::PacketSocket;
use launchpad_protocol::launch::{Account, Usage};
use launchpad_protocol::supervisor::{FromLaunchpad, Settings, ToLaunchpad};
use launchpad_protocol::{WireError, decode_packet, encode_packet};
use std::collections::VecDeque;
use std::io;

/// Late reports that wait for the worker to read. What comes then is not counted.
const MOST_LATE: usize = 1024;

#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// The ordinary end of launchpadd.
    #[error("the supervisor is gone")]
    Gone,
    #[error("the supervisor sent an invalid settings packet: {0}")]
    Settings(WireError),
    #[error("cannot report to the supervisor that the socket is bound: {0}")]
    Tell(io::Error),
}

pub struct Supervisor {
    pub socket: PacketSocket,
    /// Reports as packets, the oldest first.
    late: VecDeque<Vec<u8>>,
    /// Reports that found no place, since the last line about that.
    dropped: u64,
}

impl Supervisor {
    pub fn new(socket: PacketSocket) -> Self {
        Supervisor {
            socket,
            late: VecDeque::new(),
            dropped: 0,
        }
    }

    /// The next settings. Loses nothing if it is dropped while waiting.
    pub async fn settings(&self) -> Result<Settings, SupervisorError> {
        let packet = self.socket.recv().await.ok_or(SupervisorError::Gone)?;
        let ToLaunchpad::Settings(settings) =
            decode_packet(&packet.bytes).map_err(SupervisorError::Settings)?;
        Ok(settings)
    }

    /// Tells it that calls can connect.
    pub fn listening(&self) -> Result<(), SupervisorError> {
        let bytes = encode_packet(&FromLaunchpad::Listening)
            .map_err(io::Error::other)
            .map_err(SupervisorError::Tell)?;
        self.socket
            .try_send(&bytes, &[])
            .map_err(SupervisorError::Tell)
    }

    /// Has it count what a call used whose backend did not hear of it.
    pub fn report(&mut self, account: Account, usage: Usage) {
        if (usage.user, usage.system) == (0, 0) {
            return;
        }
        let report = FromLaunchpad::Late { account, usage };
        match encode_packet(&report) {
            Ok(bytes) if self.late.len() < MOST_LATE => self.late.push_back(bytes),
            _ => self.dropped += 1,
        }
    }

    /// Whether there are reports to be delivered.
    pub fn is_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// Sends the oldest report as soon as the worker has room for it. Loses nothing if it is dropped while
    /// waiting.
    pub async fn deliver(&self) {
        if let Some(report) = self.late.front() {
            // That the worker is gone shows where settings are waited for.
            let _ = self.socket.send(report).await;
        }
    }

    /// What [`Supervisor::deliver`] sent is done with.
    pub fn delivered(&mut self) {
        self.late.pop_front();
        if self.dropped > 0 && self.late.is_empty() {
            let dropped = std::mem::take(&mut self.dropped);
            let line = format!("the statistics lack what {dropped} calls used that were ended");
            log::write("warning", &line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packets::packet_pair;
    use launchpad_protocol::environment::EnvironmentId;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_worker_that_does_not_read_gets_as_many_reports_as_are_kept() {
        let (ours, theirs) = packet_pair().unwrap();
        let worker = PacketSocket::new(theirs).unwrap();
        let mut supervisor = Supervisor::new(ours);
        let account = Account {
            environment: EnvironmentId(1),
            database: 1,
            session_role: 2,
            role: 3,
            script: 4,
        };
        supervisor.report(account, Usage::default());
        assert!(!supervisor.is_late());
        let mut sent = 0;
        for user in 1..=10_000 {
            let usage = Usage {
                user,
                ..Usage::default()
            };
            supervisor.report(account, usage);
            if timeout(Duration::ZERO, supervisor.deliver()).await.is_ok() {
                supervisor.delivered();
                sent += 1;
            }
        }
        assert_eq!(supervisor.late.len(), MOST_LATE);
        assert_eq!(supervisor.dropped, 10_000 - sent - MOST_LATE as u64);
        let mut heard = 0;
        while heard < sent + MOST_LATE as u64 {
            while let Some(packet) = worker.try_recv() {
                heard += 1;
                let FromLaunchpad::Late { usage, .. } = decode_packet(&packet.bytes).unwrap()
                else {
                    panic!("not a report");
                };
                assert_eq!(usage.user, heard);
            }
            if supervisor.is_late() {
                supervisor.deliver().await;
                supervisor.delivered();
            }
        }
        assert_eq!((supervisor.late.len(), supervisor.dropped), (0, 0));
    }
}
