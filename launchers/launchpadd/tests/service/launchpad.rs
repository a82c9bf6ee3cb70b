//! A launchpadd in a folder of its own, with the test as its supervisor.

use crate::backend::Backend;
use launchpad_protocol::environment::Environment;
use launchpad_protocol::inventory::{Descriptor, Inventory, Limit, Mount};
use launchpad_protocol::launch::Language;
use launchpad_protocol::satellite::FromSatellite;
use launchpad_protocol::supervisor::{FromLaunchpad, Settings, ToLaunchpad};
use launchpad_protocol::{decode_packet, encode_packet};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, recv, send, setsockopt, socketpair, sockopt,
};
use nix::sys::time::TimeVal;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Plays R; see there.
pub const R: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/service/R");

/// How long anything may take: far more than it does, so that a slow machine fails no test.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Likewise, for a socket.
pub const LONGEST: TimeVal = TimeVal::new(30, 0);

pub struct Launchpad {
    /// All that belongs to the test; its name is in the command line of every zygote and satellite.
    place: TempDir,
    folder: PathBuf,
    pub process: Child,
    supervisor: Option<OwnedFd>,
    pub settings: Settings,
}

/// Waits until `what` holds.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "never came true: {what}");
        sleep(Duration::from_millis(10));
    }
}

impl Launchpad {
    /// Started and listening, with `warm` and `max` satellites.
    pub fn new(warm: u32, max: u32) -> Self {
        Self::behaving("", warm, max)
    }

    /// Likewise, with a zygote that behaves as the words in `behaviour` say.
    pub fn behaving(behaviour: &str, warm: u32, max: u32) -> Self {
        let mut launchpad = Self::starting(behaviour, warm, max);
        launchpad.configure();
        assert_eq!(launchpad.hear(), Some(FromLaunchpad::Listening));
        launchpad
    }

    /// Likewise, with R beside Python, which behaves as it should.
    pub fn with_r(behaviour: &str, warm: u32, max: u32) -> Self {
        let mut launchpad = Self::starting("", warm, max);
        launchpad.behave_r(behaviour);
        launchpad.offer(Language::R, R);
        launchpad.configure();
        assert_eq!(launchpad.hear(), Some(FromLaunchpad::Listening));
        launchpad
    }

    /// Started, without settings yet.
    pub fn starting(behaviour: &str, warm: u32, max: u32) -> Self {
        Self::starting_in(new_place("", behaviour), warm, max)
    }

    /// Likewise, in a folder of a very long path.
    pub fn starting_far_away(warm: u32, max: u32) -> Self {
        Self::starting_in(new_place(&"/a-long-name".repeat(20), ""), warm, max)
    }

    /// Likewise, with so many open files at most.
    pub fn starting_with_files(files: u32, warm: u32, max: u32) -> Self {
        let limit = format!("ulimit -n {files};");
        Self::starting_under(&limit, new_place("", ""), warm, max)
    }

    fn starting_in(places: (TempDir, PathBuf), warm: u32, max: u32) -> Self {
        Self::starting_under("", places, warm, max)
    }

    /// `limits`: what the shell that starts it does before.
    fn starting_under(
        limits: &str,
        (place, folder): (TempDir, PathBuf),
        warm: u32,
        max: u32,
    ) -> Self {
        let (supervisor, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )
        .unwrap();
        setsockopt(&supervisor, sockopt::ReceiveTimeout, &LONGEST).unwrap();
        // The shell puts the socket where launchpadd looks for it, and ignores signals as PostgreSQL
        // does; `exec` keeps the process.
        let process = Command::new("/bin/sh")
            .arg("-c")
            .arg(format!(
                "{limits} trap '' TERM USR2; exec \"$0\" \"$@\" 3<&0 0</dev/null"
            ))
            .arg(env!("CARGO_BIN_EXE_launchpadd"))
            .arg("--folder")
            .arg(&folder)
            .arg("--launchers")
            .arg(place.path().join("launchers"))
            .env("HOME_OF_TESTS", "must not reach a zygote")
            .stdin(theirs)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Launchpad {
            place,
            folder,
            process,
            supervisor: Some(supervisor),
            settings: Settings {
                environments: vec![
                    Environment::of(Language::PYTHON, "/usr/bin/python3"),
                    Environment::of(Language::R, ""),
                ],
                warm_satellites: warm,
                max_satellites: max,
                ..Settings::default()
            },
        }
    }

    /// Waits until it listens, and connects.
    pub fn connect_patiently(&self) -> Backend {
        assert_eq!(self.hear(), Some(FromLaunchpad::Listening));
        self.connect()
    }

    /// Another program for the language, or none; to be sent.
    pub fn offer(&mut self, language: Language, program: &str) {
        let mut all = self.settings.environments.iter_mut();
        let environment = all.find(|of| of.language == language);
        environment.unwrap().program = program.to_owned();
    }

    /// Sends the settings.
    pub fn configure(&mut self) {
        let message = encode_packet(&ToLaunchpad::Settings(self.settings.clone())).unwrap();
        self.say(&message);
    }

    /// Sends a packet as the supervisor.
    pub fn say(&self, packet: &[u8]) {
        let supervisor = self.supervisor.as_ref().unwrap();
        send(supervisor.as_raw_fd(), packet, MsgFlags::MSG_NOSIGNAL).unwrap();
    }

    /// The next message to the supervisor.
    pub fn hear(&self) -> Option<FromLaunchpad> {
        let mut packet = [0; 64];
        let supervisor = self.supervisor.as_ref().unwrap();
        let length = recv(supervisor.as_raw_fd(), &mut packet, MsgFlags::empty()).unwrap();
        (length > 0).then(|| decode_packet(&packet[..length]).unwrap())
    }

    /// What Python's zygote does from now on.
    pub fn behave(&self, behaviour: &str) {
        self.tell("python", behaviour);
    }

    /// What R's zygote does from now on.
    pub fn behave_r(&self, behaviour: &str) {
        self.tell("r", behaviour);
    }

    fn tell(&self, launcher: &str, behaviour: &str) {
        // Replaced whole: a zygote may read it at any time.
        let file = self
            .place
            .path()
            .join("launchers")
            .join(launcher)
            .join("behaviour");
        fs::write(file.with_extension("new"), behaviour).unwrap();
        fs::rename(file.with_extension("new"), file).unwrap();
    }

    /// Takes the supervisor away.
    pub fn orphan(&mut self) {
        self.supervisor = None;
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.clone()
    }

    pub fn connect(&self) -> Backend {
        Backend::connect(&self.folder())
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The pid of Python's zygote that is there, or comes in time.
    pub fn zygote(&self) -> u32 {
        self.zygote_with("python")
    }

    /// Likewise, of R's.
    pub fn zygote_of_r(&self) -> u32 {
        self.zygote_with("r/main.R")
    }

    fn zygote_with(&self, launcher: &str) -> u32 {
        let mut found = None;
        eventually("a zygote", || {
            let mut marked = self.processes_with(launcher).into_iter();
            // A leader of a session: satellites of the test's zygote are none.
            found = marked.rfind(|pid| field(*pid, 3) == Some(*pid));
            found.is_some()
        });
        found.unwrap()
    }

    /// The pids of all zygotes and satellites.
    pub fn offspring(&self) -> Vec<u32> {
        let mut pids = self.processes_with("python");
        pids.extend(self.processes_with("r/main.R"));
        pids
    }

    fn processes_with(&self, launcher: &str) -> Vec<u32> {
        let mark = self.place.path().join("launchers").join(launcher);
        let mark = mark.to_str().unwrap().as_bytes();
        pids()
            .filter(|pid| {
                let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                let mut words = line.split(|byte| *byte == 0);
                *pid != self.pid() && words.any(|word| word == mark)
            })
            .collect()
    }

    /// launchpadd's own children, zombies included.
    pub fn children(&self) -> impl Iterator<Item = u32> {
        let own = self.pid();
        pids().filter(move |pid| field(*pid, 1) == Some(own))
    }

    /// How many descriptors launchpadd has; None if this user may not look.
    pub fn descriptors(&self) -> Option<usize> {
        Some(
            fs::read_dir(format!("/proc/{}/fd", self.pid()))
                .ok()?
                .count(),
        )
    }

    pub fn threads(&self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.pid()))
            .unwrap()
            .count()
    }

    /// Waits for its end and that of all that it started; returns its status and log lines.
    pub fn end(&mut self) -> (ExitStatus, Vec<String>) {
        let log = self.process.stderr.take().map(lines).unwrap_or_default();
        let status = self.process.wait().unwrap();
        eventually("all offspring gone", || self.offspring().is_empty());
        (status, log)
    }
}

impl Drop for Launchpad {
    fn drop(&mut self) {
        self.orphan();
        let _ = self.process.kill();
        let _ = self.process.wait();
        let deadline = Instant::now() + PATIENCE;
        while !self.offspring().is_empty() && Instant::now() < deadline {
            sleep(Duration::from_millis(10));
        }
    }
}

fn lines(log: ChildStderr) -> Vec<String> {
    BufReader::new(log).lines().map_while(Result::ok).collect()
}

/// (the place of a test, the folder for launchpadd below `way` in it)
fn new_place(way: &str, behaviour: &str) -> (TempDir, PathBuf) {
    let place = TempDir::with_prefix("launchpadd-").unwrap();
    let python = place.path().join("launchers/python");
    let r = place.path().join("launchers/r");
    let folder = place.path().join(format!("data{way}"));
    fs::create_dir_all(&python).unwrap();
    fs::create_dir_all(&r).unwrap();
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    let keeper = env!("CARGO_BIN_EXE_launchpad-keeper");
    symlink(keeper, place.path().join("launchers/launchpad-keeper")).unwrap();
    fs::write(python.join("__main__.py"), include_str!("zygote.py")).unwrap();
    fs::write(python.join("behaviour"), behaviour).unwrap();
    fs::write(r.join("main.R"), include_str!("zygote.py")).unwrap();
    fs::write(r.join("behaviour"), "").unwrap();
    for (file, network) in [("ready", 1), ("ready-network", own_network())] {
        let ready = encode_packet(&FromSatellite::Ready(Box::new(whole(network)))).unwrap();
        fs::write(python.join(file), &ready).unwrap();
        fs::write(r.join(file), &ready).unwrap();
    }
    (place, folder)
}

fn own_network() -> u64 {
    fs::metadata("/proc/self/ns/net").unwrap().ino()
}

/// What a satellite with all layers reports, in the network namespace of this number. Those of the
/// tests have none of them and pretend.
fn whole(network: u64) -> Inventory {
    let mount = |path: &str| Mount {
        path: path.to_owned(),
        flags: u32::MAX,
    };
    let null = |number| Descriptor {
        number,
        kind: libc::S_IFCHR,
        device: libc::makedev(1, 3),
    };
    let channel = Descriptor {
        number: 3,
        kind: libc::S_IFSOCK,
        device: 0,
    };
    let none = |resource| Limit {
        resource,
        soft: 0,
        hard: 0,
    };
    Inventory {
        user: 1000,
        group: 1000,
        securebits: 0xef,
        no_new_privileges: true,
        seccomp: 2,
        landlock: landlock(),
        namespaces: [1, 1, 1, network, 1, 1, 1],
        mounts: ["/", "/job", "/tmp", "/dev/shm"].map(mount).into(),
        root: vec!["usr".to_owned()],
        descriptors: vec![null(0), null(1), null(2), channel],
        limits: (0..16).map(none).collect(),
        oom_score_adj: Some(1000),
        threads: 1,
        ..Inventory::default()
    }
}

/// The version that a satellite on this host would have to report.
fn landlock() -> u32 {
    let asked = Command::new("/usr/bin/python3")
        .args([
            "-c",
            "import ctypes; print(min(max(ctypes.CDLL(None).syscall(444, None, 0, 1), 0), 7))",
        ])
        .output()
        .unwrap();
    String::from_utf8(asked.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

/// All processes.
fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// A number of /proc/<pid>/stat, counted from the state, which is 0.
pub fn field(pid: u32, at: usize) -> Option<u32> {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(at)?.parse().ok()
}
