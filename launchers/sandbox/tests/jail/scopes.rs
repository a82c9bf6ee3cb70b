//! The filters of each scope on real processes, without the rest of the jail.

use crate::satellite::alone;
use launchpad_sandbox::os::{self, Side};
use launchpad_sandbox::seccomp::{Filters, Scope};
use nix::fcntl::OFlag;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::unistd::pipe2;
use std::fs::File;
use std::io::{Error, Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::Command;

/// What `run` wrote to standard error under a scope's filters, and how its process ended.
fn under(scope: Scope, run: fn()) -> (Vec<String>, i32) {
    let (read, write) = pipe2(OFlag::O_CLOEXEC).unwrap();
    match os::fork(&alone()).unwrap() {
        Side::Child => {
            nix::unistd::dup2_stderr(&write).unwrap();
            drop((read, write));
            nix::sys::prctl::set_no_new_privs().unwrap();
            let own = nix::unistd::getpid().as_raw();
            let scope = Scope {
                own_process: Some(own),
                ..scope
            };
            let filters = Filters::compile(&scope).unwrap();
            filters.install_on_script().unwrap();
            run();
            os::exit(0)
        }
        Side::Parent { child } => {
            drop(write);
            let mut told = String::new();
            File::from(read).read_to_string(&mut told).unwrap();
            let status = os::wait(child, true).unwrap().unwrap().wait_status;
            (told.lines().map(str::to_owned).collect(), status)
        }
    }
}

/// Tells whether something works, or its error.
fn tell<T>(name: &str, result: Result<T, impl Into<Error>>) {
    let told = match result.map_err(Into::into) {
        Ok(_) => "works".to_owned(),
        Err(error) => match error.raw_os_error() {
            Some(libc::EPERM) => "EPERM".to_owned(),
            Some(libc::EACCES) => "EACCES".to_owned(),
            Some(libc::EAFNOSUPPORT) => "EAFNOSUPPORT".to_owned(),
            _ => format!("{error:?}"),
        },
    };
    // One write: lines of threads do not mix.
    let _ = std::io::stderr().write_all(format!("{name} {told}\n").as_bytes());
}

fn call(number: i64, arguments: [i64; 3]) -> Result<i64, Error> {
    let [a, b, c] = arguments;
    // SAFETY: numbers and null; what would harm is what must fail.
    match unsafe { libc::syscall(number, a, b, c) } {
        -1 => Err(Error::last_os_error()),
        result => Ok(result),
    }
}

fn pair(kind: SockType) -> Result<(), Error> {
    socketpair(AddressFamily::Unix, kind, None, SockFlag::SOCK_CLOEXEC)?;
    Ok(())
}

pub fn refused_calls_are_told() {
    let scope = Scope {
        tell_refused: true,
        ..Scope::default()
    };
    let (told, status) = under(scope, || {
        for _ in 0..2 {
            tell("mbind", call(libc::SYS_mbind, [0; 3]));
        }
        let thread = std::thread::spawn(|| tell("acct", call(libc::SYS_acct, [0; 3])));
        let _ = thread.join();
        tell("beyond", call(4095, [0; 3]));
        // Those with errors of their own are nothing to tell.
        tell("execve", call(libc::SYS_execve, [0; 3]));
        tell("socket", TcpStream::connect("127.0.0.1:1"));
        tell("program", Command::new("/bin/true").status());
        // A handler of the script's own would hide the rest.
        let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: all zero is the default action; the old one is not asked for.
        let set =
            unsafe { libc::sigaction(libc::SIGSYS, action.as_mut_ptr(), std::ptr::null_mut()) };
        tell(
            "sigaction",
            if set == 0 {
                Ok(())
            } else {
                Err(Error::last_os_error())
            },
        );
        // Of a process, not of a filter.
        let own = i64::from(std::process::id());
        tell(
            "signal",
            call(libc::SYS_kill, [own, libc::SIGSYS.into(), 0]),
        );
        if let Ok(Side::Child) = os::fork(&alone()) {
            tell("child's mbind", call(libc::SYS_mbind, [0; 3]));
            tell("child's sync", call(libc::SYS_syncfs, [0; 3]));
            os::exit(0);
        }
        let _ = os::wait(-1, true);
        tell("syncfs", call(libc::SYS_syncfs, [0; 3]));
    });
    let line = |name: &str, number: i64| {
        format!("launchpad.log_refused_calls: the sandbox refused system call {name} ({number})")
    };
    let syncfs = line("syncfs", libc::SYS_syncfs);
    assert_eq!(
        told,
        [
            &line("mbind", libc::SYS_mbind),
            "mbind EPERM",
            "mbind EPERM",
            &line("acct", libc::SYS_acct),
            "acct EPERM",
            &line("number", 4095),
            "beyond EPERM",
            "execve EACCES",
            "socket EAFNOSUPPORT",
            "program EACCES",
            "sigaction EACCES",
            "signal works",
            "child's mbind EPERM",
            &syncfs,
            "child's sync EPERM",
            &syncfs,
            "syncfs EPERM",
        ]
    );
    assert_eq!(status, 0);
}

pub fn network() {
    let scope = Scope {
        network: true,
        ..Scope::default()
    };
    let (told, status) = under(scope, || {
        let listener = TcpListener::bind("127.0.0.1:0");
        let address = listener.as_ref().map(TcpListener::local_addr);
        tell("listen", listener.as_ref().map_err(|error| error.kind()));
        if let Ok(Ok(address)) = address {
            tell("connect", TcpStream::connect(address));
        }
        tell("datagrams", UdpSocket::bind("127.0.0.1:0"));
        tell("resolve", "localhost:1".to_socket_addrs());
        tell("local", UnixDatagram::unbound());
        tell("pair", UnixStream::pair());
        tell("datagram pair", pair(SockType::Datagram));
        tell("raw", call(libc::SYS_socket, [libc::AF_INET.into(), 3, 1]));
        let netlink = [libc::AF_NETLINK.into(), 3, 0];
        tell("netlink", call(libc::SYS_socket, netlink));
    });
    assert_eq!(
        told,
        [
            "listen works",
            "connect works",
            "datagrams works",
            "resolve works",
            "local EAFNOSUPPORT",
            "pair works",
            "datagram pair EPERM",
            "raw EPERM",
            "netlink EAFNOSUPPORT",
        ]
    );
    assert_eq!(status, 0);
}

pub fn shared_processes() {
    let scope = Scope {
        shared_processes: true,
        ..Scope::default()
    };
    let (told, status) = under(scope, || {
        let own = i64::from(std::process::id());
        let parent = nix::unistd::getppid().as_raw();
        let limit = [parent.into(), libc::RLIMIT_CPU.into(), 0];
        tell("signal itself", call(libc::SYS_kill, [own, 0, 0]));
        tell("signal", call(libc::SYS_kill, [parent.into(), 0, 0]));
        tell("signal all", call(libc::SYS_kill, [-1, 0, 0]));
        tell("limit", call(libc::SYS_prlimit64, limit));
        tell(
            "priority",
            call(libc::SYS_getpriority, [0, parent.into(), 0]),
        );
        tell("fork", os::fork(&alone()));
        tell("program", Command::new("/bin/true").status());
        let thread = std::thread::spawn(|| tell("thread", Ok::<_, Error>(())));
        let _ = thread.join();
        tell("local", UnixDatagram::unbound());
        tell("pair", UnixStream::pair());
        tell("session", nix::unistd::setsid());
        std::process::abort();
    });
    assert_eq!(
        told,
        [
            "signal itself works",
            "signal EPERM",
            "signal all EPERM",
            "limit EPERM",
            "priority EPERM",
            "fork EPERM",
            "program EPERM",
            "thread works",
            "local EAFNOSUPPORT",
            "pair works",
            "session works",
        ]
    );
    assert_eq!(status & 0x7f, libc::SIGABRT);
}

pub fn programs_and_memory_files() {
    let run: fn() = || {
        tell("program", Command::new("/bin/true").status());
        let missing = std::ptr::null::<u8>() as i64;
        let execveat = [libc::AT_FDCWD.into(), missing, missing];
        tell("execveat", call(libc::SYS_execveat, execveat));
        tell("memory file", memfd_create("m", MFdFlags::MFD_CLOEXEC));
    };
    let all = Scope {
        programs: true,
        bounded_memory: true,
        // Not with programs: they start without the handler.
        tell_refused: true,
        ..Scope::default()
    };
    let expected = ["program works", "execveat EACCES", "memory file works"];
    assert_eq!(under(all, run), (expected.map(str::to_owned).to_vec(), 0));
    let expected = ["program EACCES", "execveat EACCES", "memory file EPERM"];
    let (told, status) = under(Scope::default(), run);
    assert_eq!(told, expected);
    assert_eq!(status, 0);
}
