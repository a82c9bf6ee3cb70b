//! One backend's connection: what it asks, checked, as events. What it is told comes from the
//! service, which holds the other reference to the socket.

use crate::event::{BackendEvent, Event, Question};
use crate::packets::{Packet, PacketSocket};
use crate::roster::Ticket;
use launchpad_protocol::imports;
use launchpad_protocol::launch::{
    FromBackend, LAUNCH_FDS, Launch, Refusal, ToBackend, peek_version,
};
use launchpad_protocol::pool::MAX_NAME_IN_UTF8;
use launchpad_protocol::{VERSION, decode_packet, encode_packet};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long a connection may say nothing, or not read what it asked for: a backend has its question
/// ready before it connects.
const SILENCE: Duration = Duration::from_secs(5);

/// Serves a connection until the backend or the service ends it.
pub async fn serve(ticket: Ticket, socket: Arc<PacketSocket>, events: mpsc::Sender<Event>) {
    let send = async |event| {
        // The receiver goes only with the process.
        let _ = events.send(Event::Backend(ticket, event)).await;
    };
    while let Ok(Some(packet)) = timeout(SILENCE, socket.recv_with_fds()).await {
        match read(packet) {
            Ok(Message::Launch(launch, fds)) => {
                send(BackendEvent::Launch { launch, fds }).await;
                // It has one more thing to say, if anything: what comes then is its end.
                if let Some(report) = socket.recv().await.and_then(|packet| report(&packet)) {
                    // A script made it: what is no report is left out.
                    if let Some(imports) = imports::decode(&report) {
                        send(BackendEvent::Imported(imports)).await;
                    }
                    socket.recv().await;
                }
                break;
            }
            Ok(Message::Ask(question)) => {
                let (sender, answer) = oneshot::channel();
                send(BackendEvent::Ask(question, sender)).await;
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

fn report(packet: &Packet) -> Option<Vec<u8>> {
    match decode_packet(&packet.bytes) {
        Ok(FromBackend::Imported {
            version: VERSION,
            imports,
        }) => Some(imports),
        _ => None,
    }
}

enum Message {
    Launch(Box<Launch>, Vec<OwnedFd>),
    Ask(Question),
}

fn read(packet: Packet) -> Result<Message, Refusal> {
    // First, since another version's message may be of another layout altogether.
    if peek_version(&packet.bytes).is_some_and(|version| version != VERSION) {
        return Err(Refusal::VersionMismatch { launchpad: VERSION });
    }
    let message = decode_packet(&packet.bytes).map_err(|_| Refusal::BadRequest)?;
    if packet.truncated {
        return Err(match message {
            // The kernel drops descriptors that there is no room for.
            FromBackend::Launch(_) if packet.fds.len() < LAUNCH_FDS.len() => {
                Refusal::NoDescriptors {
                    reason: "launchpadd cannot take those of the call".to_owned(),
                }
            }
            _ => Refusal::BadRequest,
        });
    }
    let question = match message {
        FromBackend::Launch(launch) => {
            let is_whole = packet.fds.len() == LAUNCH_FDS.len();
            let is_named = (1..=MAX_NAME_IN_UTF8).contains(&launch.pool.name.len());
            return match is_whole && is_named {
                true => Ok(Message::Launch(Box::new(launch), packet.fds)),
                false => Err(Refusal::BadRequest),
            };
        }
        FromBackend::List { .. } => Question::Satellites,
        FromBackend::Check { .. } => Question::Check,
        FromBackend::Pools { .. } => Question::Pools,
        FromBackend::Environments { .. } => Question::Environments,
        FromBackend::Imports { .. } => Question::Imports,
        // Of no call.
        FromBackend::Imported { .. } => return Err(Refusal::BadRequest),
        FromBackend::Cancel { request, .. } => Question::Cancel { request },
    };
    match packet.fds.is_empty() {
        true => Ok(Message::Ask(question)),
        false => Err(Refusal::BadRequest),
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
