//! A zygote: started, listened to, ended. It never runs user code; what it says is trusted as far
//! as it decodes.

mod command;
mod reach;

pub use command::{clear_scratch, remove_scratch};

use crate::event::{Event, ZygoteEvent};
use crate::log;
use crate::os;
use crate::packets::{PacketSocket, packet_pair};
use crate::reaper::Reaper;
use crate::roster::Generation;
use launchpad_protocol::environment::{Environment, EnvironmentId};
use launchpad_protocol::launch::Language;
use launchpad_protocol::zygote::FromZygote;
use launchpad_protocol::{VERSION, decode_packet};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::{read, retry_on_intr};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, Signal, WaitStatus, pidfd_open, pidfd_send_signal};
use std::io;
use std::path::Path;
use std::process::Stdio;
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

/// From the end of its channel to a zygote's own: an interpreter closes its sockets before it exits,
/// and killing it in between would hide how it ended.
const FAREWELL: Duration = Duration::from_secs(2);

/// How many packages of a zygote are remembered, at most.
const MAX_PACKAGES: usize = 2000;

pub struct Zygote {
    /// Whose zygote it is.
    pub environment: EnvironmentId,
    pub language: Language,
    /// What it says of its interpreter; empty until it is loaded.
    pub description: String,
    /// Names and versions of what scripts can load.
    pub packages: Vec<(String, String)>,
    pub channel: Arc<PacketSocket>,
    process: Arc<OwnedFd>,
}

impl Zygote {
    /// Starts the environment's program on its language's launcher in `launchers`. `supervisor`: see
    /// [`os::spawn`].
    ///
    /// # Errors
    /// Why it could not be started, in words.
    pub fn start(
        generation: Generation,
        environment: &Environment,
        launchers: &Path,
        supervisor: BorrowedFd<'_>,
        reaper: &mut Reaper,
        events: mpsc::Sender<Event>,
    ) -> Result<Self, String> {
        let Environment {
            id,
            language,
            ref program,
            ..
        } = *environment;
        let means = |error: io::Error| format!("cannot start a zygote: {}", plain(&error));
        let (channel, their_channel) = packet_pair().map_err(means)?;
        let (output, their_output) = pipe_with(PipeFlags::CLOEXEC)
            .map_err(io::Error::from)
            .map_err(means)?;
        let output = pipe::Receiver::from_owned_fd(output).map_err(means)?;
        command::make_scratch(environment, generation).map_err(means)?;
        let mut command = command::command(environment, generation, launchers);
        command
            .stdin(Stdio::null())
            .stdout(their_output.try_clone().map_err(means)?)
            .stderr(their_output);
        let pid = os::spawn(&mut command, their_channel.as_fd(), supervisor).map_err(|error| {
            let why = match error.kind() {
                io::ErrorKind::PermissionDenied => reach::obstacle(Path::new(program)),
                _ => None,
            };
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            format!("cannot execute \"{program}\": {}{why}", plain(&error))
        })?;
        let exited = reaper.end_of(pid);
        let channel = Arc::new(channel);
        let process = Arc::new(open(pid).map_err(means)?);
        let watcher = Watcher {
            generation,
            language,
            channel: Arc::clone(&channel),
            process: Arc::clone(&process),
            output,
            tail: Vec::new(),
            loaded: false,
            lines_left: MAX_LINES,
            complaint: None,
            events,
        };
        tokio::spawn(watcher.run(exited));
        Ok(Zygote {
            environment: id,
            language,
            description: String::new(),
            packages: Vec::new(),
            channel,
            process,
        })
    }

    /// It has told of some.
    pub fn add_packages(&mut self, packages: Vec<(String, String)>) {
        let left = MAX_PACKAGES.saturating_sub(self.packages.len());
        self.packages.extend(packages.into_iter().take(left));
    }

    /// SIGKILL; its task reaps and reports it.
    pub fn kill(&self) {
        let _ = pidfd_send_signal(&self.process, Signal::KILL);
    }
}

fn open(pid: u32) -> io::Result<OwnedFd> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
    // Not reaped yet, since reaping happens in this thread only: the number is still its own. If
    // no descriptor is left for it, the zygote ends by its channel, whose other end is dropped.
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}

/// An error without the number that Rust appends.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

struct Watcher {
    generation: Generation,
    language: Language,
    channel: Arc<PacketSocket>,
    process: Arc<OwnedFd>,
    output: pipe::Receiver,
    /// The output's last bytes.
    tail: Vec<u8>,
    loaded: bool,
    lines_left: usize,
    /// What launchpadd killed it for.
    complaint: Option<String>,
    events: mpsc::Sender<Event>,
}

impl Watcher {
    async fn run(mut self, mut exited: oneshot::Receiver<WaitStatus>) {
        let mut channel_open = true;
        let mut output_open = true;
        // When it is killed, its channel being closed.
        let mut farewell = None;
        let status = loop {
            tokio::select! {
                packet = self.channel.recv(), if channel_open => {
                    channel_open = match packet {
                        Some(packet) => self.take(&packet.bytes).await,
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
                () = sleep_until(farewell.unwrap_or_else(Instant::now)), if farewell.is_some() => {
                    farewell = None;
                    self.complaint.get_or_insert_with(|| "closed its channel".to_owned());
                    let _ = pidfd_send_signal(&self.process, Signal::KILL);
                }
                readable = self.output.readable(), if output_open => {
                    output_open = readable.is_ok() && self.pull();
                }
                status = &mut exited => break status.ok(),
            }
        };
        // What it said before it died counts: a satellite that it has forked goes on.
        while channel_open && let Some(packet) = self.channel.try_recv() {
            channel_open = self.take(&packet.bytes).await;
        }
        // Not until the end of the pipe: satellites that are being prepared hold it as well.
        self.pull_rest();
        let reason = self.reason(status);
        let signal = status.and_then(|status| status.terminating_signal());
        let killed = self.complaint.is_none() && signal == Some(Signal::KILL.as_raw());
        self.send(ZygoteEvent::Ended { reason, killed }).await;
    }

    /// A packet from the zygote. False if it was not one that a zygote sends now.
    async fn take(&mut self, bytes: &[u8]) -> bool {
        let event = match decode_packet(bytes) {
            Ok(FromZygote::Hello {
                version,
                environment,
            }) => {
                if version != VERSION {
                    self.complaint = Some(format!(
                        "speaks version {version} of the protocol, launchpadd {VERSION}"
                    ));
                    return false;
                }
                self.loaded = true;
                self.tail.clear();
                ZygoteEvent::Ready { environment }
            }
            Ok(answer) if self.loaded => ZygoteEvent::Answer(answer),
            Ok(_) | Err(_) => {
                self.complaint = Some("sent a malformed message".to_owned());
                return false;
            }
        };
        self.send(event).await;
        true
    }

    /// Reads the output that the event loop has noticed. False at its end.
    fn pull(&mut self) -> bool {
        self.pull_by(pipe::Receiver::try_read)
    }

    /// Reads the output that is there: the zygote's end may be known before the event loop has
    /// looked at it.
    fn pull_rest(&mut self) -> bool {
        self.pull_by(|output, bytes| Ok(retry_on_intr(|| read(output, &mut *bytes))?))
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
                let name = self.language.name();
                log::write("log", &format!("zygote for {name}: {line}"));
            }
        }
        self.tail.extend_from_slice(bytes);
        let surplus = self.tail.len().saturating_sub(MAX_OUTPUT);
        self.tail.drain(..surplus);
    }

    /// Why it ended: launchpadd's complaint or its status, and its last words.
    fn reason(&self, status: Option<WaitStatus>) -> String {
        let how = match (&self.complaint, status) {
            (Some(complaint), _) => complaint.clone(),
            (None, Some(status)) => describe(status),
            (None, None) => "ended".to_owned(),
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

fn describe(status: WaitStatus) -> String {
    if let Some(code) = status.exit_status() {
        format!("exited with status {code}")
    } else if let Some(signal) = status.terminating_signal() {
        format!("was ended by signal {signal}")
    } else {
        "ended".to_owned()
    }
}
