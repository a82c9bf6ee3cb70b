//! The zygote whose satellite's making is disturbed, and the script that tries the walls.

use super::supervisor::{Asked, Mark, install, mark};
use super::{Ground, Scene};
use crate::satellite::{UNOWNED, alone, shared_blueprint, tell};
use crate::sockets::{hand_over, recv, send};
use crate::{open_error, os, tell_call};
use launchpad_protocol::encode_packet;
use launchpad_protocol::policy::Sandbox;
use launchpad_protocol::satellite::FromSatellite;
use launchpad_sandbox::descriptors::LAUNCH;
use launchpad_sandbox::{Forked, Order, Parent, fork_satellite, inventory};
use nix::errno::Errno;
use nix::sys::resource::{Resource, setrlimit};
use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The last word of a script that has tried all walls.
pub const DONE: &str = "done";

/// Runs as the zygote. Over `control` goes the listener, then what came of the fork.
pub fn run(
    scene: &Scene,
    ground: &Ground,
    asked: Asked<'_>,
    control: OwnedFd,
    launch: OwnedFd,
    lifeline: OwnedFd,
) -> ! {
    std::panic::set_hook(Box::new(|_| {}));
    setrlimit(Resource::RLIMIT_CORE, 0, 0).unwrap();
    let order = Order {
        root: ground.root.clone(),
        policy: scene.policy.clone(),
        launch,
        lifeline,
    };
    let blueprint = shared_blueprint();
    // The satellite's two are given away.
    let before = descriptors() - 2;
    // With the right to go without, nothing is forbidden that the steps are to forbid.
    if !nix::unistd::geteuid().is_root() {
        nix::sys::prctl::set_no_new_privs().unwrap();
    }
    let listener = install(asked, control.as_raw_fd()).unwrap();
    hand_over(&control, &listener);
    drop(listener);
    mark(Mark::Begun);
    let forked = catch_unwind(AssertUnwindSafe(|| {
        let forked = fork_satellite(&alone(), UNOWNED, blueprint, order, Parent::Zygotes);
        if matches!(forked, Forked::Satellite) {
            script(scene, ground);
        }
        forked
    }));
    let told = match forked {
        Ok(Forked::Zygote(told)) => told.map(|init| init.number),
        _ => os::exit(101),
    };
    mark(Mark::Back);
    let mut left = String::new();
    let after = descriptors();
    if after != before {
        left += &format!("{before} descriptors became {after}; ");
    }
    if !matches!(os::wait(-1, false), Err(Errno::ECHILD)) {
        left += "a child is left; ";
    }
    let told = match told {
        Ok(init) => format!("forked\n{left}\n{init}"),
        Err(refusal) => format!("refused\n{left}\n{}\n{}", refusal.step, refusal.reason),
    };
    let _ = send(&control, told.as_bytes());
    os::exit(0)
}

/// How many are open.
fn descriptors() -> usize {
    (0..256)
        // SAFETY: plain numbers; nothing is changed.
        .filter(|number| unsafe { libc::fcntl(*number, libc::F_GETFD) } >= 0)
        .count()
}

/// As the launcher: reports, waits for the request, and only then runs what it is given.
fn script(scene: &Scene, ground: &Ground) -> ! {
    mark(Mark::Built);
    let packet = encode_packet(&FromSatellite::Ready(Box::new(inventory()))).unwrap();
    if send(LAUNCH.borrow(UNOWNED), &packet).is_err() {
        os::exit(1);
    }
    mark(Mark::Ready);
    let mut byte = [0];
    if !matches!(recv(LAUNCH.borrow(UNOWNED), &mut byte), Ok(1)) {
        os::exit(0);
    }
    let code = |error: std::io::Error| error.raw_os_error();
    let secret = &ground.secret;
    tell(format!(
        "the secret {:?}",
        open_error(&secret.to_string_lossy())
    ));
    tell(format!(
        "its folder {:?}",
        fs::read_dir(secret.parent().unwrap()).err().and_then(code)
    ));
    tell(format!(
        "the root {:?}",
        fs::write("/file", "x").err().and_then(code)
    ));
    let here = if scene.policy.sandbox == Sandbox::Strict {
        "/job/file"
    } else {
        "file"
    };
    tell(format!(
        "work {:?}",
        fs::write(here, "x").err().and_then(code)
    ));
    tell(format!(
        "none left {:?}",
        fs::remove_file(here).err().and_then(code)
    ));
    tell(format!("{} descriptors", descriptors()));
    let none = [0; 5];
    tell_call("execve", libc::SYS_execve, none);
    tell_call("inet", libc::SYS_socket, [libc::AF_INET.into(), 1, 0, 0, 0]);
    tell_call(
        "unshare",
        libc::SYS_unshare,
        [libc::CLONE_NEWUSER.into(), 0, 0, 0, 0],
    );
    tell_call("ptrace", libc::SYS_ptrace, [16, 1, 0, 0, 0]);
    tell_call("mount", libc::SYS_mount, none);
    tell_call("unknown", 500, none);
    tell(DONE.to_owned());
    os::exit(0)
}

/// What the script tells behind standing walls.
pub fn walls(sandbox: Sandbox) -> Vec<String> {
    let (hidden, root, removed) = match sandbox {
        Sandbox::Strict => (libc::ENOENT, libc::EROFS, "None"),
        Sandbox::Container => (libc::EACCES, libc::EACCES, "Some(1)"),
    };
    let mut lines = vec![
        format!("the secret Some({hidden})"),
        format!("its folder Some({hidden})"),
        format!("the root Some({root})"),
    ];
    lines.extend(
        [
            "work None",
            &format!("none left {removed}"),
            "4 descriptors",
            "execve EACCES",
            "inet EAFNOSUPPORT",
            "unshare EPERM",
            "ptrace EPERM",
            "mount EPERM",
            "unknown ENOSYS",
            DONE,
        ]
        .map(str::to_owned),
    );
    lines
}
