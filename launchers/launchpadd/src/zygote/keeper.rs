//! The keeper of a zygote, as launchpadd speaks with it; see [`launchpad_sandbox::keeper`].

use crate::packets::PacketSocket;
use crate::reaper::Reaper;
use launchpad_protocol::encode_packet;
use launchpad_protocol::keeper::ToKeeper;
use launchpad_protocol::policy::Worker;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use nix::unistd::{getegid, geteuid};
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use tokio::sync::oneshot;

/// Its program, where the launchers are.
pub const PROGRAM: &str = "launchpad-keeper";

/// What may map the ids of /etc/subuid and /etc/subgid into a user namespace.
const TOOLS: [&str; 2] = ["/usr/bin/newuidmap", "/usr/bin/newgidmap"];

/// Bytes of what such a tool says that are read.
const MAX_WORDS: u64 = 1000;

/// The server's own user and group.
pub fn own() -> Worker {
    Worker {
        user: geteuid().as_raw(),
        group: getegid().as_raw(),
    }
}

/// One that cannot be told has ended, and its zygote with it.
pub(super) fn tell(keeper: &PacketSocket, message: &ToKeeper) {
    if let Ok(packet) = encode_packet(message) {
        let _ = keeper.try_send(&packet, &[]);
    }
}

/// The mapping of a keeper's user namespace, under way.
pub(super) enum Mapping {
    Done(Result<(), String>),
    Running(Vec<(Child, oneshot::Receiver<ExitStatus>)>),
}

impl Mapping {
    /// All ids are the same inside.
    /// `process`: the keeper's monitor.
    pub fn begin(process: u32, maps: Option<[Vec<(u32, u32)>; 2]>, reaper: &mut Reaper) -> Self {
        let Some(maps) = maps else {
            return Mapping::Done(map_alone(process));
        };
        let mut running = Vec::new();
        for (tool, map) in TOOLS.into_iter().zip(maps) {
            let mut command = Command::new(tool);
            command
                .env_clear()
                .arg(process.to_string())
                .args(map.iter().flat_map(|(first, count)| {
                    [*first, *first, *count].map(|number| number.to_string())
                }))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped());
            match command.spawn() {
                Ok(child) => {
                    let ended = reaper.end_of(child.id());
                    running.push((child, ended));
                }
                Err(error) => {
                    return Mapping::Done(Err(format!("cannot execute {tool}: {error}")));
                }
            }
        }
        Mapping::Running(running)
    }

    /// # Errors
    /// Why it failed, in words.
    pub async fn end(self) -> Result<(), String> {
        let running = match self {
            Mapping::Done(result) => return result,
            Mapping::Running(running) => running,
        };
        for (mut child, ended) in running {
            let status = ended.await.map_err(|error| error.to_string())?;
            if status.success() {
                continue;
            }
            // It has ended, and so has what it says.
            let mut words = Vec::new();
            if let Some(said) = child.stderr.take() {
                let _ = said.take(MAX_WORDS).read_to_end(&mut words);
            }
            return Err(String::from_utf8_lossy(&words).trim().to_owned());
        }
        Ok(())
    }
}

fn map_alone(process: u32) -> Result<(), String> {
    let own = own();
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let proc = open("/proc", flags, Mode::empty()).map_err(io::Error::from);
    let proc = proc.map_err(|error| format!("cannot open /proc: {error}"))?;
    launchpad_sandbox::map(proc, process, own, own, true).map_err(|error| error.to_string())
}
