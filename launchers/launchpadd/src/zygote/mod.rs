//! A zygote: started, listened to, ended. Packages run in it, so that what it says is taken for what anybody might
//! say: it is bounded, and compared with what it was asked.
//!
//! In the strict sandbox launchpadd starts a [keeper](launchpad_sandbox::keeper), which starts the zygote; in the container
//! sandbox, which has no namespaces, the zygote itself.

mod command;
mod inspection;
mod keeper;
mod preloading;
mod reach;
mod watcher;

pub use command::{clear_scratch, remove_scratch};
pub use keeper::own;
pub use preloading::{Next, Preloading};

use crate::event::Event;
use crate::os;
use crate::packets::{PacketSocket, packet_pair};
use crate::reaper::Reaper;
use crate::roster::{Failure, Generation, Variant};
use inspection::Inspection;
use keeper::Mapping;
use launchpad_protocol::encode_packet;
use launchpad_protocol::environment::{Environment, EnvironmentId};
use launchpad_protocol::keeper::ToKeeper;
use launchpad_protocol::policy::{Reach, Sandbox};
use launchpad_protocol::zygote::{Confinement, ToZygote, View};
use launchpad_sandbox::audit::Own;
use nix::fcntl::OFlag;
use nix::sys::signal::Signal;
use nix::unistd::{AccessFlags, access, pipe2};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;
use tokio::net::unix::pipe;
use tokio::sync::mpsc;
use watcher::{Objection, Watcher};

/// How many packages of a zygote are remembered, at most.
const MAX_PACKAGES: usize = 2000;

/// Bytes of a package's name or version.
const MAX_NAME: usize = 200;

/// What every zygote is started with.
pub struct Surroundings<'a> {
    pub sandbox: Sandbox,
    pub launchers: &'a Path,
    /// The folder that roots are mounted on.
    pub root: &'a Path,
    /// The folder of all work folders, in the container sandbox.
    pub work: Option<&'a Path>,
    /// `launchpad.readable_paths`
    pub readable_paths: &'a [String],
    /// Whether satellites have cgroups.
    pub bounded_memory: bool,
    /// The version of Landlock that is used.
    pub landlock: u32,
}

impl Surroundings<'_> {
    fn view(&self, environment: &Environment, reach: Reach) -> View {
        View {
            program: environment.program.clone(),
            launchers: self.launchers.to_string_lossy().into_owned(),
            readable_paths: self.readable_paths.to_vec(),
            root: self.root.to_string_lossy().into_owned(),
            work: self
                .work
                .map(|work| work.to_string_lossy().into_owned())
                .unwrap_or_default(),
            network: reach.network,
        }
    }

    /// What the zygote forbids itself.
    fn confinement(&self, environment: &Environment, reach: Reach) -> Confinement {
        let is_container = self.sandbox == Sandbox::Container;
        Confinement {
            sandbox: self.sandbox,
            reach,
            bounded_memory: self.bounded_memory,
            landlock: self.landlock,
            view: is_container.then(|| self.view(environment, reach)),
        }
    }
}

pub struct Zygote {
    /// Whose zygote it is.
    pub environment: EnvironmentId,
    /// What it says of its interpreter; empty until it is loaded.
    pub description: String,
    /// Names and versions of what scripts can load.
    pub packages: Vec<(String, String)>,
    pub channel: Arc<PacketSocket>,
    /// As the log writes whose it is.
    pub name: String,
    /// What launchpadd has started: the zygote, or its keeper's monitor.
    pub process: u32,
    /// The zygote itself, once it is known: its number, and where it is another process than `process` a pidfd.
    pub itself: Option<(u32, Option<OwnedFd>)>,
    /// Its keeper's, in the strict sandbox.
    pub namespaces: Option<Own>,
    /// Orders that it has not answered.
    pub owed: u32,
    pub preloading: Preloading,
    /// Whether it has been found to be as it must be.
    pub is_ready: bool,
    /// Since when it is being loaded.
    pub since: Instant,
    pidfd: Arc<OwnedFd>,
    keeper: Option<Arc<PacketSocket>>,
    objections: mpsc::Sender<Objection>,
}

impl Zygote {
    /// Starts the environment's program on its language's launcher.
    ///
    /// # Errors
    /// Why it could not be started.
    pub fn start(
        generation: Generation,
        environment: &Environment,
        reach: Reach,
        surroundings: &Surroundings<'_>,
        reaper: &mut Reaper,
        events: mpsc::Sender<Event>,
    ) -> Result<Self, Failure> {
        let Environment {
            id,
            language,
            ref program,
            ..
        } = *environment;
        if surroundings.sandbox == Sandbox::Container && surroundings.landlock == 0 {
            let reason = launchpad_sandbox::Error::NoLandlock.to_string();
            return Err(Failure::of_step("landlock", &reason));
        }
        let means = |error: io::Error| Failure::cannot_make("a zygote's channels", &error);
        let executed = |error: io::Error| cannot_execute(program, &error);
        let (channel, their_channel) = packet_pair().map_err(means)?;
        let (output, their_output) = pipe2(OFlag::O_CLOEXEC)
            .map_err(io::Error::from)
            .map_err(means)?;
        let output = pipe::Receiver::from_owned_fd(output).map_err(means)?;
        let pipes = |command: &mut Command| -> io::Result<()> {
            let second = their_output.try_clone()?;
            let first = their_output.try_clone()?;
            command.stdin(Stdio::null()).stdout(first).stderr(second);
            Ok(())
        };
        let launchers = surroundings.launchers;
        let confinement = surroundings.confinement(environment, reach);
        let packet = encode_packet(&ToZygote::Confine(Box::new(confinement)))
            .map_err(|error| Failure::environment(&error.to_string()))?;
        channel.try_send(&packet, &[]).map_err(means)?;
        let (keeper, process) = match surroundings.sandbox {
            Sandbox::Strict => {
                // Asked out here, where more can be told of it than the keeper knows.
                access(program.as_str(), AccessFlags::X_OK)
                    .map_err(|errno| executed(errno.into()))?;
                let (keeper, their_keeper) = packet_pair().map_err(means)?;
                let view = surroundings.view(environment, reach);
                let start = command::start(environment, launchers, view);
                let start = ToKeeper::Start(Box::new(start));
                let packet = encode_packet(&start)
                    .map_err(|error| Failure::environment(&error.to_string()))?;
                keeper.try_send(&packet, &[]).map_err(means)?;
                let path = launchers.join(keeper::PROGRAM);
                let mut command = Command::new(&path);
                command.env_clear().current_dir("/");
                pipes(&mut command).map_err(means)?;
                let given = [their_channel.as_fd(), their_keeper.as_fd()];
                let failed = |error| cannot_execute(&path.to_string_lossy(), &error);
                let process = os::spawn(&mut command, &given).map_err(failed)?;
                (Some(Arc::new(keeper)), process)
            }
            Sandbox::Container => {
                command::make_scratch(environment, generation).map_err(means)?;
                let mut command = command::command(environment, generation, launchers);
                pipes(&mut command).map_err(means)?;
                let given = [their_channel.as_fd()];
                (None, os::spawn(&mut command, &given).map_err(executed)?)
            }
        };
        let exited = reaper.end_of(process);
        let name = Variant {
            environment: id,
            reach,
        };
        let name = name.name(language);
        let channel = Arc::new(channel);
        let pidfd = Arc::new(open(process).map_err(means)?);
        let (objections, heard) = mpsc::channel(1);
        let watcher = Watcher::new(
            generation,
            name.clone(),
            Arc::clone(&channel),
            keeper.clone(),
            Arc::clone(&pidfd),
            output,
            events,
        );
        tokio::spawn(watcher.run(exited, heard));
        Ok(Zygote {
            environment: id,
            description: String::new(),
            packages: Vec::new(),
            channel,
            name,
            process,
            itself: keeper.is_none().then_some((process, None)),
            namespaces: None,
            owed: 0,
            preloading: Preloading::default(),
            is_ready: false,
            since: Instant::now(),
            pidfd,
            keeper,
            objections,
        })
    }

    /// It has told of some. What no installer calls a package is not told on.
    pub fn add_packages(&mut self, packages: Vec<(String, String)>) {
        let left = MAX_PACKAGES.saturating_sub(self.packages.len());
        let is_plain = |text: &String| text.len() <= MAX_NAME && !text.contains(char::is_control);
        let plain = packages
            .into_iter()
            .filter(|(name, version)| is_plain(name) && is_plain(version));
        self.packages.extend(plain.take(left));
    }

    /// Whether it has a keeper.
    pub fn is_kept(&self) -> bool {
        self.keeper.is_some()
    }

    /// In what it is not as a zygote must be that is to fork satellites.
    pub fn differences(&self, sandbox: Sandbox) -> Vec<String> {
        let found = self.itself.as_ref();
        let found = found.map(|(number, pidfd)| Inspection::of(*number, pidfd.as_ref()));
        found.map_or_else(
            || vec!["it is not known".to_owned()],
            |found| found.differences(sandbox),
        )
    }

    /// Ends it, and not its satellites; its task reaps and reports it.
    pub fn kill(&self) {
        match &self.keeper {
            Some(keeper) => keeper::tell(keeper, &ToKeeper::EndZygote),
            None => drop(os::pidfd_send_signal(&self.pidfd, Signal::SIGKILL)),
        }
    }

    /// Ends it for what it said.
    pub fn complain(&self, of: &str) {
        // One is enough.
        let _ = self.objections.try_send(Objection::Said(of.to_owned()));
    }

    /// Has its keeper's user namespace mapped, and lets the keeper go on.
    /// `maps`: of users and of groups, as (first, count), all ids that there are to be; None: the server's own alone.
    pub fn map_keeper(&self, maps: Option<[Vec<(u32, u32)>; 2]>, reaper: &mut Reaper) {
        let mapping = Mapping::begin(self.process, maps, reaper);
        let (keeper, objections) = (self.keeper.clone(), self.objections.clone());
        tokio::spawn(async move {
            match (mapping.end().await, keeper) {
                (Ok(()), Some(keeper)) => keeper::tell(&keeper, &ToKeeper::Mapped),
                (Ok(()), None) => {}
                (Err(reason), _) => {
                    let failure = Failure::of_step("identity", &reason);
                    let _ = objections.send(Objection::Unmapped(failure)).await;
                }
            }
        });
    }

    /// To its keeper, if it has one.
    pub fn tell_keeper(&self, message: &ToKeeper) {
        if let Some(keeper) = &self.keeper {
            keeper::tell(keeper, message);
        }
    }
}

fn open(pid: u32) -> io::Result<OwnedFd> {
    // Not reaped yet, since reaping happens in this thread only: the number is still its own. If
    // no descriptor is left for it, the zygote ends by its channel, whose other end is dropped.
    Ok(os::pidfd_open(pid)?)
}

fn cannot_execute(program: &str, error: &io::Error) -> Failure {
    let why = match error.kind() {
        io::ErrorKind::PermissionDenied => reach::obstacle(Path::new(program)),
        _ => None,
    };
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    let reason = format!("cannot execute \"{program}\": {}{why}", plain(error));
    Failure::environment(&reason)
}

/// An error without the number that Rust appends.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}
