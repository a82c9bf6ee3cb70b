//! One launchpadd, from its start to its end.

use crate::descriptors::packets;
use crate::descriptors::poller::{Interest, Poller};
use crate::launch::FOLDER;
use crate::lines::Lines;
use crate::monitor;
use crate::os::spawn::{installed, spawn};
use crate::pg::wait::Waiter;
use crate::pg::{server, worker};
use launchpad_protocol::supervisor::{FromLaunchpad, ToLaunchpad};
use launchpad_protocol::{MAX_PACKET, decode_packet, encode_packet};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};
use std::fs::{DirBuilder, Permissions, set_permissions};
use std::io::{ErrorKind, Result};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

const CHANNEL: u64 = 0;
const LOG: u64 = 1;

/// How a launchpadd ended.
pub struct Ended {
    pub how: String,
    /// Whether it ever was ready for calls.
    pub had_listened: bool,
}

pub struct Child {
    // Before the poller that it watches.
    waiter: Waiter,
    poller: Poller,
    process: std::process::Child,
    channel: OwnedFd,
    log: OwnedFd,
    lines: Lines,
    had_listened: bool,
}

impl Child {
    pub fn start() -> Result<Self> {
        let folder = server::data_directory().join(FOLDER);
        make_private(&folder)?;
        let installed = installed().ok_or(std::io::ErrorKind::NotFound)?;
        let (channel, theirs) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        let (log, their_log) = pipe_with(PipeFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(&channel, true)?;
        rustix::io::ioctl_fionbio(&log, true)?;
        let poller = Poller::new()?;
        poller.add(&channel, CHANNEL, Interest::Read)?;
        poller.add(&log, LOG, Interest::Read)?;
        let arguments = [
            Path::new("--folder"),
            &folder,
            Path::new("--launchers"),
            &installed,
        ];
        let process = spawn(&installed.join("launchpadd"), &arguments, their_log, theirs)?;
        let child = Child {
            waiter: Waiter::new(poller.as_fd()),
            poller,
            process,
            channel,
            log,
            lines: Lines::default(),
            had_listened: false,
        };
        child.send_settings();
        Ok(child)
    }

    /// Returns when it has ended.
    pub fn watch(&mut self) -> Ended {
        while self.turn() {}
        // Either of its ends closed: there is nothing to wait for any more.
        let _ = self.process.kill();
        let how = match self.process.wait() {
            Ok(status) => match (status.code(), status.signal()) {
                (Some(code), _) => format!("exited with status {code}"),
                (_, Some(signal)) => format!("was ended by signal {signal}"),
                _ => "ended".to_owned(),
            },
            Err(error) => format!("ended ({error})"),
        };
        Ended {
            how,
            had_listened: self.had_listened,
        }
    }

    fn turn(&mut self) -> bool {
        self.waiter.wait(None);
        worker::exit_if_asked();
        if worker::reload_if_asked() {
            self.send_settings();
        }
        let Ok(ready) = self.poller.ready() else {
            return false;
        };
        ready.into_iter().all(|token| match token {
            CHANNEL => self.read_channel(),
            _ => self.read_log(),
        })
    }

    /// A launchpadd that is gone or stuck shows at the channel's next event.
    fn send_settings(&self) {
        let message = ToLaunchpad::Settings(crate::settings::for_launchpad());
        match encode_packet(&message) {
            Ok(bytes) => {
                if let Err(errno) = packets::send(&self.channel, &bytes, &[]) {
                    worker::log(&format!(
                        "could not send the settings to launchpadd: {errno}"
                    ));
                }
            }
            Err(error) => worker::log(&format!("the settings are too long: {error}")),
        }
    }

    fn read_channel(&mut self) -> bool {
        let mut packet = [0; MAX_PACKET];
        match packets::receive(&self.channel, &mut packet) {
            Ok(0) => false,
            Ok(length) => match decode_packet(&packet[..length]) {
                Ok(FromLaunchpad::Listening) => {
                    self.had_listened = true;
                    true
                }
                Ok(FromLaunchpad::Late { account, usage }) => {
                    monitor::count_late(&account, usage);
                    true
                }
                Err(_) => false,
            },
            Err(Errno::AGAIN) => true,
            Err(_) => false,
        }
    }

    fn read_log(&mut self) -> bool {
        let mut chunk = [0; 4096];
        match rustix::io::read(&self.log, &mut chunk) {
            Ok(0) => false,
            Ok(count) => {
                for line in self.lines.push(&chunk[..count]) {
                    match line.split_once(": ") {
                        Some(("log", text)) => worker::log(&format!("launchpad: {text}")),
                        Some(("warning" | "error", text)) => {
                            worker::warn(&format!("launchpad: {text}"));
                        }
                        _ => worker::log(&format!("launchpad: {line}")),
                    }
                }
                true
            }
            Err(Errno::AGAIN | Errno::INTR) => true,
            Err(_) => false,
        }
    }
}

/// Makes the folder, or makes sure that nobody else can enter it.
fn make_private(folder: &Path) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            set_permissions(folder, Permissions::from_mode(0o700))
        }
        result => result,
    }
}
