//! The task that listens to a zygote, and to its keeper, to the end.

use super::keeper;
use crate::event::{Event, ZygoteEvent};
use crate::log;
use crate::os;
use crate::packets::{Packet, PacketSocket};
use crate::roster::{Failure, Generation};
use launchpad_protocol::keeper::{FromKeeper, ToKeeper};
use launchpad_protocol::zygote::FromZygote;
use launchpad_protocol::{VERSION, cut, decode_packet};
use nix::sys::signal::Signal;
use nix::unistd::read;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

/// Bytes of a zygote's output that are kept as its last words.
const MAX_OUTPUT: usize = 4096;

/// Lines of a loaded zygote's output that are passed on to the log, so that a chatty package does
/// not fill it.
const MAX_LINES: usize = 20;

/// Packets with packages in them: each has room for hundreds.
const MAX_LISTS: usize = 100;

/// Bytes of what a zygote says of its interpreter.
const MAX_DESCRIPTION: usize = 500;

/// From the end of its channel to a zygote's own: an interpreter closes its sockets before it exits,
/// and killing it in between would hide how it ended.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why launchpadd ends a zygote.
pub(super) enum Objection {
    /// For what it said.
    Said(String),
    /// Its keeper's user namespace could not be mapped: there will be none.
    Unmapped(Failure),
}

pub(super) struct Watcher {
    generation: Generation,
    /// As the log writes whose zygote it is.
    name: String,
    channel: Arc<PacketSocket>,
    keeper: Option<Arc<PacketSocket>>,
    /// What launchpadd has started.
    process: Arc<OwnedFd>,
    output: pipe::Receiver,
    /// The output's last bytes.
    tail: Vec<u8>,
    loaded: bool,
    lists: usize,
    lines_left: usize,
    /// What launchpadd killed it for.
    complaint: Option<String>,
    /// The step that failed on the way to it.
    refused: Option<Failure>,
    events: mpsc::Sender<Event>,
}

impl Watcher {
    pub fn new(
        generation: Generation,
        name: String,
        channel: Arc<PacketSocket>,
        keeper: Option<Arc<PacketSocket>>,
        process: Arc<OwnedFd>,
        output: pipe::Receiver,
        events: mpsc::Sender<Event>,
    ) -> Self {
        Watcher {
            generation,
            name,
            channel,
            keeper,
            process,
            output,
            tail: Vec::new(),
            loaded: false,
            lists: 0,
            lines_left: MAX_LINES,
            complaint: None,
            refused: None,
            events,
        }
    }

    /// `exited`: the end of what launchpadd has started.
    pub async fn run(
        mut self,
        mut exited: oneshot::Receiver<ExitStatus>,
        mut objections: mpsc::Receiver<Objection>,
    ) {
        let mut channel_open = true;
        let mut output_open = true;
        // When it is killed, its channel being closed.
        let mut farewell = None;
        // And then what it is in.
        let mut last_resort = false;
        let keeper = self.keeper.clone();
        let mut keeper_open = keeper.is_some();
        let mut has_exited = false;
        let mut status = loop {
            tokio::select! {
                packet = self.channel.recv_with_fds(), if channel_open => {
                    channel_open = match packet {
                        Some(packet) => self.take(packet).await,
                        None => false,
                    };
                    // With a complaint there is nothing to wait for.
                    let patience = match self.complaint {
                        Some(_) => Duration::ZERO,
                        None => FAREWELL,
                    };
                    if !channel_open {
                        farewell = Some(Instant::now() + patience);
                    }
                }
                Some(objection) = objections.recv() => match objection {
                    Objection::Said(complaint) => {
                        self.complaint.get_or_insert(complaint);
                        channel_open = false;
                        farewell = Some(Instant::now());
                    }
                    Objection::Unmapped(failure) => {
                        self.refused.get_or_insert(failure);
                        let _ = os::pidfd_send_signal(&self.process, Signal::SIGKILL);
                    }
                },
                packet = heard(keeper.as_deref()), if keeper_open => match packet {
                    Some((FromKeeper::ZygoteEnded { wait_status }, _)) => break Some(wait_status),
                    Some((FromKeeper::Refused { step, reason }, _)) => {
                        self.refused.get_or_insert_with(|| refused(&step, &reason));
                    }
                    Some((message, fds)) => self.send(ZygoteEvent::Keeper(message, fds)).await,
                    None => keeper_open = false,
                },
                () = sleep_until(farewell.unwrap_or_else(Instant::now)), if farewell.is_some() => {
                    farewell = None;
                    self.complaint.get_or_insert_with(|| "closed its channel".to_owned());
                    match self.keeper.as_ref().filter(|_| !last_resort) {
                        Some(keeper) => {
                            keeper::tell(keeper, &ToKeeper::EndZygote);
                            last_resort = true;
                            farewell = Some(Instant::now() + FAREWELL);
                        }
                        None => drop(os::pidfd_send_signal(&self.process, Signal::SIGKILL)),
                    }
                }
                readable = self.output.readable(), if output_open => {
                    output_open = readable.is_ok() && self.pull();
                }
                status = &mut exited => {
                    has_exited = true;
                    break status.ok().map(ExitStatusExt::into_raw);
                }
            }
        };
        // What it said before it died counts: a satellite that it has forked goes on.
        while channel_open && let Some(packet) = self.channel.try_recv_with_fds() {
            channel_open = self.take(packet).await;
        }
        // Not until the end of the pipe: satellites that are being prepared hold it as well.
        self.pull_rest();
        // What its keeper said last.
        while let Some(packet) = keeper.as_ref().and_then(|keeper| keeper.try_recv()) {
            match decode_packet(&packet.bytes) {
                Ok(FromKeeper::Refused { step, reason }) => {
                    self.refused.get_or_insert_with(|| refused(&step, &reason));
                }
                Ok(FromKeeper::ZygoteEnded { wait_status }) => status = Some(wait_status),
                Ok(_) | Err(_) => {}
            }
        }
        let last = match self.refused.take() {
            Some(failure) => ZygoteEvent::Refused(failure),
            None => {
                let killed = self.complaint.is_none() && signal_of(status) == Some(KILL);
                let reason = self.reason(status);
                ZygoteEvent::Ended { reason, killed }
            }
        };
        self.send(last).await;
        drop(self);
        // Its keeper stays for its satellites for as long as there is somebody to tell.
        if keeper.is_some() && !has_exited {
            let _ = exited.await;
        }
    }

    /// A packet from the zygote. False if it was not one that a zygote sends now.
    async fn take(&mut self, packet: Packet) -> bool {
        let event = match decode_packet(&packet.bytes) {
            _ if packet.truncated => return self.malformed(),
            Ok(FromZygote::Hello {
                version,
                environment,
            }) if !self.loaded => {
                if version != VERSION {
                    self.complaint = Some(format!(
                        "speaks version {version} of the protocol, launchpadd {VERSION}"
                    ));
                    return false;
                }
                self.loaded = true;
                self.tail.clear();
                let environment = cut(&environment, MAX_DESCRIPTION).replace(char::is_control, " ");
                ZygoteEvent::Ready { environment }
            }
            Ok(FromZygote::Packages(packages)) if !self.loaded && self.lists < MAX_LISTS => {
                self.lists += 1;
                ZygoteEvent::Answer(FromZygote::Packages(packages), packet.fds)
            }
            Ok(answer @ FromZygote::Preloaded { .. }) if !self.loaded => {
                self.tail.clear();
                ZygoteEvent::Answer(answer, packet.fds)
            }
            Ok(
                FromZygote::Hello { .. } | FromZygote::Packages(_) | FromZygote::Preloaded { .. },
            ) => return self.malformed(),
            Ok(answer) if self.loaded => ZygoteEvent::Answer(answer, packet.fds),
            Ok(_) | Err(_) => return self.malformed(),
        };
        self.send(event).await;
        true
    }

    fn malformed(&mut self) -> bool {
        self.complaint = Some("sent a malformed message".to_owned());
        false
    }

    /// Reads the output that the event loop has noticed. False at its end.
    fn pull(&mut self) -> bool {
        self.pull_by(pipe::Receiver::try_read)
    }

    /// Reads the output that is there: the zygote's end may be known before the event loop has
    /// looked at it.
    fn pull_rest(&mut self) -> bool {
        self.pull_by(|output, bytes| Ok(os::retry_on_intr(|| read(output, bytes))?))
    }

    fn pull_by(&mut self, read: impl Fn(&pipe::Receiver, &mut [u8]) -> io::Result<usize>) -> bool {
        let mut bytes = [0; MAX_OUTPUT];
        // A writer without pause must not keep the thread: the rest is read on the next turn.
        for _ in 0..16 {
            match read(&self.output, &mut bytes) {
                Ok(0) => return false,
                Ok(count) => self.keep(&bytes[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            }
        }
        true
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.loaded {
            let text = String::from_utf8_lossy(bytes);
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                if self.lines_left == 0 {
                    break;
                }
                self.lines_left -= 1;
                log::write("log", &format!("zygote for {}: {line}", self.name));
            }
        }
        self.tail.extend_from_slice(bytes);
        let surplus = self.tail.len().saturating_sub(MAX_OUTPUT);
        self.tail.drain(..surplus);
    }

    /// Why it ended: launchpadd's complaint or its status, and its last words.
    fn reason(&self, status: Option<i32>) -> String {
        let how = match &self.complaint {
            Some(complaint) => complaint.clone(),
            None => describe(status),
        };
        let words = String::from_utf8_lossy(&self.tail);
        match words.trim() {
            "" => format!("the zygote {how}"),
            words => format!("the zygote {how}: {words}"),
        }
    }

    async fn send(&self, event: ZygoteEvent) {
        // The receiver goes only with the process.
        let event = Event::Zygote(self.generation, event);
        let _ = self.events.send(event).await;
    }
}

const KILL: i32 = Signal::SIGKILL as i32;

/// The next word of a keeper.
async fn heard(keeper: Option<&PacketSocket>) -> Option<(FromKeeper, Vec<OwnedFd>)> {
    let packet = keeper?.recv_with_fds().await?;
    Some((decode_packet(&packet.bytes).ok()?, packet.fds))
}

/// The program itself is the environment's, all other steps are the sandbox's.
fn refused(step: &str, reason: &str) -> Failure {
    match step {
        "execute" => Failure::environment(reason),
        step => Failure::of_step(step, reason),
    }
}

/// As wait(2) packs it: the signal in the low seven bits, or the exit status in the next byte.
fn signal_of(status: Option<i32>) -> Option<i32> {
    status
        .map(|status| status & 0x7f)
        .filter(|signal| *signal != 0)
}

fn describe(status: Option<i32>) -> String {
    match (status, signal_of(status)) {
        (_, Some(signal)) => format!("was ended by signal {signal}"),
        (Some(status), None) => format!("exited with status {}", (status >> 8) & 0xff),
        (None, None) => "ended".to_owned(),
    }
}
