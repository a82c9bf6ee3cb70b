//! One launchpadd, from its start to its end.

use crate::descriptors::channels::set_nonblocking;
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
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::unistd::{pipe2, read};
use std::fs::{DirBuilder, Permissions, set_permissions};
use std::io::{ErrorKind, Result};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

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
        make_private(&folder, permissions_like(&server::data_directory())?)?;
        let installed = installed().ok_or(std::io::ErrorKind::NotFound)?;
        let (channel, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        let (log, their_log) = pipe2(OFlag::O_CLOEXEC)?;
        set_nonblocking(&channel)?;
        set_nonblocking(&log)?;
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
        self.hear_the_rest();
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

    /// Either of its ends is closed: it is about to end, and says why.
    fn hear_the_rest(&mut self) {
        const PAUSE: Duration = Duration::from_millis(10);
        for _ in 0..50 {
            let has_ended = !matches!(self.process.try_wait(), Ok(None));
            // What it has written last is there by now.
            let _ = (0..100)
                .take_while(|_| self.read_log() == Heard::Something)
                .count();
            if has_ended {
                break;
            }
            std::thread::sleep(PAUSE);
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
            _ => self.read_log() != Heard::TheEnd,
        })
    }

    /// A launchpadd that is gone or stuck shows at the channel's next event.
    fn send_settings(&self) {
        let settings = crate::settings::for_launchpad();
        let (warm, most) = (settings.warm_satellites, settings.max_satellites);
        if warm > most {
            worker::warn(&format!(
                "launchpad.warm_satellites is {warm}, more than launchpad.max_satellites ({most}): each environment keeps more \
                 satellites waiting than can have calls at once"
            ));
        }
        let message = ToLaunchpad::Settings(settings);
        match encode_packet(&message) {
            Ok(bytes) => {
                if let Err(errno) = packets::send(&self.channel, &bytes, &[]) {
                    let error = std::io::Error::from(errno);
                    worker::log(&format!(
                        "could not send the settings to launchpadd: {error}"
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
            Err(Errno::EAGAIN) => true,
            Err(_) => false,
        }
    }

    fn read_log(&mut self) -> Heard {
        let mut chunk = [0; 4096];
        match read(&self.log, &mut chunk) {
            Ok(0) => Heard::TheEnd,
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
                Heard::Something
            }
            Err(Errno::EAGAIN | Errno::EINTR) => Heard::Nothing,
            Err(_) => Heard::TheEnd,
        }
    }
}

/// What there was in the log's pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Something,
    Nothing,
    TheEnd,
}

/// The owner's alone, or readable for the group as well where the data directory is (initdb -g).
fn permissions_like(data_directory: &Path) -> Result<u32> {
    let mode = std::fs::metadata(data_directory)?.permissions().mode();
    Ok(0o700 | mode & 0o050)
}

/// Makes the folder, or makes sure that nobody else can enter it.
fn make_private(folder: &Path, mode: u32) -> Result<()> {
    match DirBuilder::new().mode(mode).create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            set_permissions(folder, Permissions::from_mode(mode))
        }
        result => result,
    }
}
