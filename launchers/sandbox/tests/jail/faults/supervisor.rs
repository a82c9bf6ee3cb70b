//! The filter that asks, and the descriptor over which it is answered (seccomp_unotify(2)).

use super::place::Kind;
use libc::{seccomp_notif, seccomp_notif_resp, sock_filter, sock_fprog};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// The call that marks how far a process is: every filter allows it, and the kernel refuses this policy.
pub const MARK: i64 = libc::SYS_sched_get_priority_max;
const MARK_POLICY: i64 = 0x4a00;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The zygote begins to fork.
    Begun,
    /// The zygote is back.
    Back,
    /// The script's process has taken its last step.
    Built,
    /// It has said so.
    Ready,
}

const MARKS: [Mark; 4] = [Mark::Begun, Mark::Back, Mark::Built, Mark::Ready];

pub fn mark(mark: Mark) {
    // SAFETY: the call takes a number.
    unsafe { libc::syscall(MARK, MARK_POLICY + mark as i64) };
}

/// Which calls the filter asks about.
#[derive(Clone, Copy)]
pub enum Asked<'a> {
    All,
    Only(&'a [Kind]),
}

const fn statement(code: u32, k: u32) -> sock_filter {
    sock_filter {
        code: code as u16,
        jt: 0,
        jf: 0,
        k,
    }
}

/// Jumps over `skip` statements unless equal.
const fn unless_equal(k: u32, skip: u8) -> sock_filter {
    sock_filter {
        code: (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16,
        jt: 0,
        jf: skip,
        k,
    }
}

const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
const ASK: sock_filter = statement(RETURN, libc::SECCOMP_RET_USER_NOTIF);
const ALLOW: sock_filter = statement(RETURN, libc::SECCOMP_RET_ALLOW);

/// In seccomp_data (linux/seccomp.h); of the first argument the lower half.
const NUMBER: u32 = 0;
const FIRST: u32 = 16;

/// Puts this process and all that it starts under a filter that asks; returns whom it asks. Messages
/// over the descriptor `spared` are not asked about: over it the asked one is handed on.
pub fn install(asked: Asked<'_>, spared: RawFd) -> std::io::Result<OwnedFd> {
    let mut program = vec![
        statement(LOAD, NUMBER),
        unless_equal(libc::SYS_sendmsg as u32, 4),
        statement(LOAD, FIRST),
        unless_equal(spared as u32, 1),
        ALLOW,
        statement(LOAD, NUMBER),
        unless_equal(MARK as u32, 1),
        ASK,
    ];
    match asked {
        Asked::All => program.push(ASK),
        Asked::Only(kinds) => {
            for kind in kinds {
                match kind.option {
                    None => program.extend([unless_equal(kind.number as u32, 1), ASK]),
                    Some(option) => program.extend([
                        unless_equal(kind.number as u32, 3),
                        statement(LOAD, FIRST),
                        unless_equal(option, 1),
                        ASK,
                        statement(LOAD, NUMBER),
                    ]),
                }
            }
            program.push(ALLOW);
        }
    }
    let program = sock_fprog {
        len: program.len() as u16,
        filter: program.as_mut_ptr(),
    };
    // SAFETY: the program outlives the call, which copies it.
    let number = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
            &raw const program,
        )
    };
    if number < 0 {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: the call gave a new descriptor, which nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(number as RawFd) })
}

/// A process that waits in a call.
pub struct Question {
    id: u64,
    pub pid: i32,
    pub number: i32,
    pub first: u64,
}

impl Question {
    /// None: the process has been killed meanwhile.
    pub fn receive(listener: &OwnedFd) -> Option<Question> {
        // SAFETY: all fields are numbers; the kernel demands zeros.
        let mut asked: seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: the structure is the one that the request is for, and outlives the call.
        let result = unsafe {
            libc::ioctl(
                listener.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_RECV,
                &raw mut asked,
            )
        };
        (result == 0).then_some(Question {
            id: asked.id,
            pid: asked.pid as i32,
            number: asked.data.nr,
            first: asked.data.args[0],
        })
    }

    pub fn mark(&self) -> Option<Mark> {
        let place = (self.first as i64).checked_sub(MARK_POLICY)?;
        let place = usize::try_from(place).ok()?;
        MARKS
            .get(place)
            .copied()
            .filter(|_| i64::from(self.number) == MARK)
    }

    /// Lets the call be made, or fail.
    pub fn answer(&self, listener: &OwnedFd, error: Option<i32>) {
        let mut answer = seccomp_notif_resp {
            id: self.id,
            val: 0,
            error: error.map_or(0, |error| -error),
            flags: match error {
                None => libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
                Some(_) => 0,
            },
        };
        // SAFETY: the answer is ours and whole. That the process is gone is no trouble.
        unsafe {
            libc::ioctl(
                listener.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_SEND,
                &raw mut answer,
            )
        };
    }
}
