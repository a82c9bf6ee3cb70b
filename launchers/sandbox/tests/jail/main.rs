//! Real satellites, entered from this process, which plays zygote and launchpadd at once.
//!
//! Run without the test harness: a process with threads cannot be a zygote. Where the kernel gives
//! no user namespaces the tests are skipped, with a message.
#![allow(unsafe_code)]

mod faults;
mod keeper;
mod policies;
mod refusals;
mod rehearsal;
mod satellite;
mod scopes;
mod sockets;

use launchpad_sandbox::descriptors::LAUNCH;
use launchpad_sandbox::os::{self, Side};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use refusals::without_proc;
use satellite::{ROOT, Satellite, UNOWNED, alone, satellite, tell};
use sockets::{recv, send};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

fn main() {
    nix::sys::prctl::set_child_subreaper(true).unwrap();
    assert_eq!(os::tasks().unwrap(), 1);
    run(&[
        ("refused calls are told", scopes::refused_calls_are_told),
        ("filters with a network", scopes::network),
        ("filters with shared processes", scopes::shared_processes),
        ("filters with programs", scopes::programs_and_memory_files),
    ]);
    if let Err(reason) = namespaces() {
        println!("jail: skipped, the kernel gives no user namespaces: {reason}");
        return;
    }
    // As in a data directory, whose files no path may show.
    let data = tempfile::Builder::new()
        .prefix("launchpad-jail-")
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir()
        .unwrap();
    let root = data.path().join("folder/root");
    fs::create_dir_all(&root).unwrap();
    ROOT.set(root).unwrap();
    run(&[
        ("walls", walls),
        ("descriptors", descriptors),
        ("files", files),
        ("without /proc", without_proc),
        ("the report is compared with the policy", policies::reports),
        ("every version of Landlock", policies::landlocks),
        ("readable paths", policies::readable_paths),
        ("the host's network", policies::network),
        ("the container sandbox", policies::container),
        ("a worker's outside user", policies::worker),
        ("the report carries the exit status", report),
        ("the report carries the signal", report_of_signal),
        ("a stopped init goes on", stopped_init),
        ("a closed lifeline ends everything", lifeline),
        ("what the script leaves behind ends with it", orphans),
        ("a satellite repeats the rehearsal", rehearsal::repeats),
        ("a keeper", keeper::keeps),
        ("every call of a keeper fails in turn", keeper::every_call),
        ("every call fails in turn", faults::every_call),
    ]);
    data.close().unwrap();
}

fn run(tests: &[(&str, fn())]) {
    for (name, test) in tests {
        test();
        println!("jail: {name} ... ok");
    }
}

/// Whether a user namespace can be entered, found out in a process of its own.
fn namespaces() -> Result<(), String> {
    match os::fork(&alone()).unwrap() {
        Side::Child => match os::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) {
            Ok(()) => os::exit(0),
            Err(error) => os::exit(error as i32),
        },
        Side::Parent { child } => {
            let code = os::wait(child, true).unwrap().unwrap().wait_status >> 8;
            match code {
                0 => Ok(()),
                code => Err(std::io::Error::from_raw_os_error(code).to_string()),
            }
        }
    }
}

/// Tells a call's error by name.
fn tell_call(name: &str, number: i64, arguments: [i64; 5]) {
    let [a, b, c, d, e] = arguments;
    // SAFETY: the arguments are numbers or null; calls that would harm are the ones that must fail.
    let result = unsafe { libc::syscall(number, a, b, c, d, e) };
    let code = std::io::Error::last_os_error().raw_os_error();
    tell(match (result, code) {
        (-1, Some(libc::EPERM)) => format!("{name} EPERM"),
        (-1, Some(libc::EACCES)) => format!("{name} EACCES"),
        (-1, Some(libc::ENOSYS)) => format!("{name} ENOSYS"),
        (-1, Some(libc::EAFNOSUPPORT)) => format!("{name} EAFNOSUPPORT"),
        (-1, code) => format!("{name} {code:?}"),
        (result, _) => format!("{name} gave {result}"),
    });
}

fn walls() {
    let satellite = satellite(|| {
        let none = [0; 5];
        tell_call("execve", libc::SYS_execve, none);
        tell_call(
            "socket",
            libc::SYS_socket,
            [libc::AF_INET.into(), 1, 0, 0, 0],
        );
        tell_call("clone3", libc::SYS_clone3, none);
        tell_call("unknown", 500, none);
        tell_call(
            "unshare",
            libc::SYS_unshare,
            [libc::CLONE_NEWUSER.into(), 0, 0, 0, 0],
        );
        tell_call(
            "clone",
            libc::SYS_clone,
            [libc::CLONE_NEWUSER.into(), 0, 0, 0, 0],
        );
        tell_call("ptrace", libc::SYS_ptrace, [16, 1, 0, 0, 0]);
        tell_call("mount", libc::SYS_mount, none);
        tell_call("seccomp", libc::SYS_seccomp, none);
        tell_call("memfd", libc::SYS_memfd_create, none);
        tell_call("processors", libc::SYS_sched_setaffinity, none);
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        for name in ["CapEff", "CapBnd", "NoNewPrivs", "Seccomp"] {
            let line = status
                .lines()
                .find(|line| line.starts_with(&format!("{name}:")));
            tell(line.unwrap_or("missing").replace('\t', " "));
        }
        tell(format!("parent {}", os_parent()));
        let interfaces = fs::read_to_string("/proc/self/net/dev").unwrap_or_default();
        tell(format!("interfaces {}", interfaces.lines().skip(2).count()));
        tell(format!("init {:?}", open_error("/proc/1/mem")));
    })
    .unwrap();
    let mut told = satellite.lines();
    let init = told.pop().unwrap();
    assert_eq!(
        told,
        [
            "execve EACCES",
            "socket EAFNOSUPPORT",
            "clone3 ENOSYS",
            "unknown ENOSYS",
            "unshare EPERM",
            "clone EPERM",
            "ptrace EPERM",
            "mount EPERM",
            "seccomp EPERM",
            "memfd EPERM",
            "processors EPERM",
            "CapEff: 0000000000000000",
            "CapBnd: 0000000000000000",
            "NoNewPrivs: 1",
            "Seccomp: 2",
            "parent 1",
            // The loopback alone.
            "interfaces 1",
        ]
    );
    assert!(init.contains("13"), "{init}");
    satellite.end();
}

fn os_parent() -> i32 {
    nix::unistd::getppid().as_raw()
}

fn open_error(path: &str) -> Option<i32> {
    fs::File::open(path)
        .err()
        .and_then(|error| error.raw_os_error())
}

fn descriptors() {
    let satellite = satellite(|| {
        // The folder's own descriptor is the fifth.
        let open: Vec<_> = fs::read_dir("/proc/self/fd")
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        tell(format!("{}", open.len()));
        for number in 0..3 {
            let target = fs::read_link(format!("/proc/self/fd/{number}")).unwrap_or_default();
            tell(target.display().to_string());
        }
    })
    .unwrap();
    assert_eq!(
        satellite.lines(),
        ["5", "/dev/null", "/dev/null", "/dev/null"]
    );
    satellite.end();
}

fn files() {
    let satellite = satellite(|| {
        for path in [
            "/etc/shadow",
            "/home",
            "/usr/bin",
            "/sys",
            "/.scratch",
            "/var",
        ] {
            tell(format!("{path} {:?}", open_error(path)));
        }
        let write = |path: &str, bytes: usize| {
            let result = fs::write(path, vec![1; bytes]);
            format!(
                "{path} {:?}",
                result.err().and_then(|error| error.raw_os_error())
            )
        };
        tell(write("/file", 1));
        tell(write("/etc/passwd", 1));
        tell(write("/job/half", 700 << 10));
        // What /job holds counts here.
        tell(write("/tmp/rest", 700 << 10));
        tell(write("/dev/null", 700 << 10));
        let here = std::env::current_dir().unwrap_or_default();
        tell(here.display().to_string());
    })
    .unwrap();
    let missing = |path| format!("{path} Some({})", libc::ENOENT);
    assert_eq!(
        satellite.lines(),
        [
            missing("/etc/shadow"),
            missing("/home"),
            missing("/usr/bin"),
            missing("/sys"),
            missing("/.scratch"),
            missing("/var"),
            format!("/file Some({})", libc::EROFS),
            format!("/etc/passwd Some({})", libc::EROFS),
            "/job/half None".to_owned(),
            format!("/tmp/rest Some({})", libc::ENOSPC),
            "/dev/null None".to_owned(),
            "/job".to_owned(),
        ]
    );
    satellite.end();
}

fn report() {
    let satellite = satellite(|| os::exit(7)).unwrap();
    assert_eq!(satellite.report().unwrap().wait_status, 7 << 8);
    satellite.end();
}

fn report_of_signal() {
    let satellite = satellite(|| std::process::abort()).unwrap();
    // Without the core flag.
    assert_eq!(satellite.report().unwrap().wait_status, libc::SIGABRT);
    satellite.end();
}

/// Waiting again after a stop is not a call that the init's filter lacks.
fn stopped_init() {
    let satellite = satellite(|| {
        tell("running".to_owned());
        let mut byte = [0];
        let _ = recv(LAUNCH.borrow(UNOWNED), &mut byte);
        os::exit(7)
    })
    .unwrap();
    let mut byte = [0; 16];
    recv(&satellite.launch, &mut byte).unwrap();
    let init = Pid::from_raw(satellite.init);
    for signal in [
        Signal::SIGSTOP,
        Signal::SIGCONT,
        Signal::SIGSTOP,
        Signal::SIGCONT,
    ] {
        kill(init, signal).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    send(&satellite.launch, b"g").unwrap();
    assert_eq!(satellite.report().unwrap().wait_status, 7 << 8);
    satellite.end();
}

fn sleep() {
    std::thread::sleep(Duration::from_secs(60));
}

fn lifeline() {
    let satellite = satellite(|| {
        if matches!(os::fork(&alone()), Ok(Side::Child)) {
            let _ = nix::unistd::setsid();
        }
        tell("running".to_owned());
        sleep();
    })
    .unwrap();
    let mut byte = [0; 16];
    recv(&satellite.launch, &mut byte).unwrap();
    let began = Instant::now();
    let Satellite {
        init,
        launch,
        lifeline,
    } = satellite;
    drop(lifeline);
    os::wait(init, true).unwrap();
    // Everybody's copy of the channel is closed: nobody is left.
    while !matches!(recv(&launch, &mut byte), Ok(0) | Err(Errno::ECONNRESET)) {}
    assert!(began.elapsed() < Duration::from_secs(5));
}

fn orphans() {
    let satellite = satellite(|| {
        if matches!(os::fork(&alone()), Ok(Side::Child)) {
            sleep();
        }
    })
    .unwrap();
    let began = Instant::now();
    assert_eq!(satellite.report().unwrap().wait_status, 0);
    assert!(satellite.told().is_empty());
    assert!(began.elapsed() < Duration::from_secs(5));
    satellite.end();
}
