//! A backend: a connection to launchpadd and its ends of a satellite's five descriptors.

use crate::launchpad::{LONGEST, PATIENCE};
use launchpad_protocol::check::Finding;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::{Ended, FromBackend, Language, Launch, Limits, Line, ToBackend};
use launchpad_protocol::policy::{Allowance, Network};
use launchpad_protocol::pool::{self, Pool, PoolLine};
use launchpad_protocol::{VERSION, decode_packet, encode_packet};
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, Shutdown, SockFlag, SockType, UnixAddr, connect, recv,
    sendmsg, setsockopt, shutdown, socket, sockopt,
};
use std::fs::File;
use std::io::{IoSlice, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

pub struct Backend {
    socket: OwnedFd,
    /// The ends that stay here: input, output, stdout, stderr, control. Sockets, so that one type
    /// serves for both directions.
    pub pipes: Vec<UnixStream>,
}

pub fn launch(request: u64) -> Launch {
    Launch {
        version: VERSION,
        request,
        environment: EnvironmentId::of(Language::PYTHON),
        database: 5,
        role: 10,
        current_role: 10,
        script: 1,
        limits: Limits {
            // Not reached even where all sockets of the host count, see `counted_apart`.
            memory: 1 << 40,
            processes: 64,
            ..Limits::default()
        },
        allowance: Default::default(),
        queue_timeout: 0,
        max_satellites_per_role: 0,
        holds: false,
        pool: pool_of(pool::DEFAULT, 0),
    }
}

/// One whose satellite has the host's network, so that its own descriptors count as its memory. Of one that
/// should have a network of its own, and in tests has none, all sockets of the host would: another test
/// may open thousands.
pub fn counted_apart(request: u64) -> Launch {
    Launch {
        allowance: Allowance {
            network: Network::Host,
            ..Allowance::default()
        },
        ..launch(request)
    }
}

/// A pool of that many satellites at once.
pub fn pool_of(name: &str, max_satellites: u32) -> Pool {
    Pool {
        name: name.to_owned(),
        max_satellites,
        ..Pool::default()
    }
}

/// Likewise, in R.
pub fn launch_r(request: u64) -> Launch {
    Launch {
        environment: EnvironmentId::of(Language::R),
        ..launch(request)
    }
}

impl Backend {
    /// Connects to the socket in `folder`, however long its path is.
    pub fn connect(folder: &Path) -> Self {
        let folder = File::open(folder).unwrap();
        let path = format!("/proc/self/fd/{}/launchpad.sock", folder.as_raw_fd());
        let flags = SockFlag::SOCK_CLOEXEC;
        let socket = socket(AddressFamily::Unix, SockType::SeqPacket, flags, None).unwrap();
        setsockopt(&socket, sockopt::ReceiveTimeout, &LONGEST).unwrap();
        let address = UnixAddr::new(path.as_str()).unwrap();
        let deadline = Instant::now() + PATIENCE;
        // It is there a moment before anybody listens.
        while let Err(error) = connect(socket.as_raw_fd(), &address) {
            assert_eq!(error, Errno::ECONNREFUSED);
            assert!(Instant::now() < deadline, "nobody listens");
            std::thread::sleep(Duration::from_millis(5));
        }
        Backend {
            socket,
            pipes: Vec::new(),
        }
    }

    /// Asks for a satellite whose script does `what`.
    pub fn launch(&mut self, launch: Launch, what: &str) {
        self.launch_with(launch, what, 5);
    }

    /// Likewise, with any number of descriptors.
    pub fn launch_with(&mut self, launch: Launch, what: &str, fds: usize) {
        let (ours, theirs): (Vec<_>, Vec<_>) =
            (0..fds).map(|_| UnixStream::pair().unwrap()).unzip();
        self.pipes = ours;
        if let Some(control) = self.pipes.last_mut() {
            control.set_read_timeout(Some(PATIENCE)).unwrap();
            control.write_all(format!("{what}\n").as_bytes()).unwrap();
        }
        let theirs: Vec<_> = theirs.iter().map(AsFd::as_fd).collect();
        self.send(
            &encode_packet(&FromBackend::Launch(launch)).unwrap(),
            &theirs,
        );
    }

    pub fn send(&self, packet: &[u8], fds: &[BorrowedFd<'_>]) {
        let numbers: Vec<_> = fds.iter().map(AsRawFd::as_raw_fd).collect();
        let rights = [ControlMessage::ScmRights(&numbers)];
        let (socket, parts) = (self.socket.as_raw_fd(), [IoSlice::new(packet)]);
        sendmsg::<()>(socket, &parts, &rights, MsgFlags::MSG_NOSIGNAL, None).unwrap();
    }

    /// The next message; None when launchpadd has closed the connection.
    pub fn hear(&self) -> Option<ToBackend> {
        let mut packet = vec![0; launchpad_protocol::MAX_PACKET];
        match recv(self.socket.as_raw_fd(), &mut packet, MsgFlags::empty()) {
            Ok(0) | Err(Errno::ECONNRESET) => None,
            Ok(length) => Some(decode_packet(&packet[..length]).unwrap()),
            Err(errno) => panic!("no message: {errno}"),
        }
    }

    /// Has nothing more to say, and listens.
    pub fn end_sending(&self) {
        shutdown(self.socket.as_raw_fd(), Shutdown::Write).unwrap();
    }

    /// The satellite's pid, after having waited in the queue or not.
    pub fn assigned(&self) -> u32 {
        loop {
            match self.hear() {
                Some(ToBackend::Queued) => {}
                Some(ToBackend::Assigned { satellite, .. }) => return satellite,
                other => panic!("not assigned: {other:?}"),
            }
        }
    }

    /// The end, after which the connection is closed.
    pub fn ended(&self) -> Ended {
        match self.hear() {
            Some(ToBackend::Ended(ended)) => {
                assert_eq!(self.hear(), None);
                ended
            }
            other => panic!("not ended: {other:?}"),
        }
    }

    /// What the satellite sends on one of the pipes, up to a line's end.
    pub fn line(&mut self, pipe: usize) -> String {
        let mut line = Vec::new();
        let mut byte = [0];
        while line.last() != Some(&b'\n') && self.pipes[pipe].read(&mut byte).unwrap() > 0 {
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap()
    }

    /// What there is and what is missing.
    pub fn check(&self) -> Vec<Finding> {
        let answer = self.ask(&FromBackend::Check { version: VERSION });
        let finding = |message| match message {
            ToBackend::Finding(finding) => finding,
            other => panic!("not a finding: {other:?}"),
        };
        answer.into_iter().map(finding).collect()
    }

    /// The view of satellites.
    pub fn list(&self) -> Vec<Line> {
        let answer = self.ask(&FromBackend::List { version: VERSION });
        let line = |message| match message {
            ToBackend::Line(line) => line,
            other => panic!("not a line: {other:?}"),
        };
        answer.into_iter().map(line).collect()
    }

    /// The view of pools.
    pub fn pools(&self) -> Vec<PoolLine> {
        let answer = self.ask(&FromBackend::Pools { version: VERSION });
        let line = |message| match message {
            ToBackend::PoolLine(line) => line,
            other => panic!("not a pool: {other:?}"),
        };
        answer.into_iter().map(line).collect()
    }

    /// Ends a request; false if there is none.
    pub fn cancel(&self, request: u64) -> bool {
        let version = VERSION;
        match self.ask(&FromBackend::Cancel { version, request })[..] {
            [ToBackend::Cancelled(found)] => found,
            ref other => panic!("not an answer: {other:?}"),
        }
    }

    /// The answer to a question about the whole, without its end.
    pub fn ask(&self, question: &FromBackend) -> Vec<ToBackend> {
        self.send(&encode_packet(question).unwrap(), &[]);
        let mut answer = Vec::new();
        loop {
            match self.hear() {
                Some(ToBackend::EndOfList) => return answer,
                Some(message) => answer.push(message),
                None => panic!("no answer"),
            }
        }
    }
}
