//! One backend's connection: what it asks, checked, as events. What it is told comes from the
//! service, which holds the other reference to the socket.

use crate::packets::{Packet, PacketSocket};
use crate::roster::Ticket;
use crate::service::Event;
use launchpad_protocol::launch::{
    FromBackend, LAUNCH_FDS, Launch, Refusal, ToBackend, peek_version,
};
use launchpad_protocol::{VERSION, decode_packet, encode_packet};
use rustix::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long a connection may say nothing, or not read what it asked for: a backend has its question
/// ready before it connects.
const SILENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub enum BackendEvent {
    Launch {
        launch: Launch,
        fds: Vec<OwnedFd>,
    },
    /// The answer goes back to the task: it may be longer than a socket's buffer.
    List(oneshot::Sender<Vec<ToBackend>>),
    /// Likewise.
    Check(oneshot::Sender<Vec<ToBackend>>),
    /// The last one: the backend closed the connection, or said what it may not say.
    Gone,
}

/// Serves a connection until the backend or the service ends it.
pub async fn serve(ticket: Ticket, socket: Arc<PacketSocket>, events: mpsc::Sender<Event>) {
    let send = async |event| {
        // The receiver goes only with the process.
        let _ = events.send(Event::Backend(ticket, event)).await;
    };
    while let Ok(Some(packet)) = timeout(SILENCE, socket.recv_with_fds()).await {
        match question(packet) {
            Ok(Question::Launch(launch, fds)) => {
                send(BackendEvent::Launch { launch, fds }).await;
                // There is nothing more to say for a backend: what comes now is its end.
                socket.recv().await;
                break;
            }
            Ok(Question::About(ask)) => {
                let (sender, answer) = oneshot::channel();
                send(ask(sender)).await;
                let Ok(lines) = answer.await else { break };
                if !deliver(&socket, &lines).await {
                    break;
                }
            }
            Err(refusal) => {
                deliver(&socket, &[ToBackend::Refused(refusal)]).await;
                break;
            }
        }
    }
    send(BackendEvent::Gone).await;
}

enum Question {
    Launch(Launch, Vec<OwnedFd>),
    /// About all: the event that brings the answer.
    About(fn(oneshot::Sender<Vec<ToBackend>>) -> BackendEvent),
}

fn question(packet: Packet) -> Result<Question, Refusal> {
    // First, since another version's message may be of another layout altogether.
    if peek_version(&packet.bytes).is_some_and(|version| version != VERSION) {
        return Err(Refusal::VersionMismatch { launchpad: VERSION });
    }
    let message = decode_packet(&packet.bytes).map_err(|_| Refusal::BadRequest)?;
    if packet.truncated {
        return Err(Refusal::BadRequest);
    }
    match (message, packet.fds.len()) {
        (FromBackend::Launch(launch), count) if count == LAUNCH_FDS.len() => {
            Ok(Question::Launch(launch, packet.fds))
        }
        (FromBackend::List { .. }, 0) => Ok(Question::About(BackendEvent::List)),
        (FromBackend::Check { .. }, 0) => Ok(Question::About(BackendEvent::Check)),
        _ => Err(Refusal::BadRequest),
    }
}

/// Sends the messages, waiting for a backend that reads. False if it does not.
async fn deliver(socket: &PacketSocket, messages: &[ToBackend]) -> bool {
    let all = async {
        for message in messages {
            let Ok(bytes) = encode_packet(message) else {
                return false;
            };
            if socket.send(&bytes).await.is_err() {
                return false;
            }
        }
        true
    };
    timeout(SILENCE, all).await.unwrap_or(false)
}
