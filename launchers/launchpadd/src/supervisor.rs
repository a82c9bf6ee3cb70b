//! The background worker that started launchpadd: settings come from it, and its end is ours.

use crate::packets::PacketSocket;
use launchpad_protocol::supervisor::{FromLaunchpad, Settings, ToLaunchpad};
use launchpad_protocol::{WireError, decode_packet, encode_packet};
use std::io;

#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// The ordinary end of launchpadd.
    #[error("the supervisor is gone")]
    Gone,
    #[error("the supervisor sent what is no settings packet: {0}")]
    Settings(WireError),
    #[error("cannot tell the supervisor that the socket is bound: {0}")]
    Tell(io::Error),
}

pub struct Supervisor {
    socket: PacketSocket,
}

impl Supervisor {
    pub fn new(socket: PacketSocket) -> Self {
        Supervisor { socket }
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
}
