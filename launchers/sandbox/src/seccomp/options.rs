//! What is done with sockets: messages and their flags, and the options that can be read and set. Most of
//! the kernel's options are of no use to a script, and their code has been an entrance: filters,
//! descriptors of processes, out-of-band data.

use super::arguments::{all, equal, masked, numbered};
use super::table::{Call, call};
#[cfg(test)]
use super::table::{Table, calls};
use super::{Rules, Scope};
use libc::{
    IP_MTU_DISCOVER, IP_RECVERR, IP_TOS, IP_TTL, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP,
    IPV6_MTU_DISCOVER, IPV6_RECVERR, IPV6_TCLASS, IPV6_UNICAST_HOPS, IPV6_V6ONLY, SO_ACCEPTCONN,
    SO_BROADCAST, SO_DOMAIN, SO_ERROR, SO_KEEPALIVE, SO_LINGER, SO_PEERCRED, SO_PROTOCOL,
    SO_RCVBUF, SO_RCVTIMEO, SO_REUSEADDR, SO_REUSEPORT, SO_SNDBUF, SO_SNDTIMEO, SO_TYPE,
    SOL_SOCKET, TCP_CORK, TCP_INFO, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_MAXSEG,
    TCP_NODELAY, TCP_QUICKACK, TCP_USER_TIMEOUT,
};
use seccompiler::{BackendError, SeccompRule, TargetArch};

#[cfg(test)]
pub(super) const CALLS: Table = calls! {
    both: getsockopt recvfrom recvmsg sendto setsockopt;
};

/// Messages that can carry descriptors, which count for the OS user while they are on their way: a script
/// could take all, and the server could pass none. They are for satellites with a user of their own.
#[cfg(test)]
pub(super) const WITH_DESCRIPTORS: Table = calls! {
    both: sendmsg;
};

/// With a network as well, like these: the C library's resolver sends both its questions at once, if
/// its options do not say otherwise.
#[cfg(test)]
pub(super) const MANY: Table = calls! {
    both: recvmmsg sendmmsg;
};

/// Level and option, to be read and set.
const OPTIONS: &[(i32, &[i32])] = &[
    (
        SOL_SOCKET,
        &[
            SO_BROADCAST,
            SO_KEEPALIVE,
            SO_LINGER,
            SO_RCVTIMEO,
            SO_REUSEADDR,
            SO_REUSEPORT,
            SO_SNDTIMEO,
        ],
    ),
    (IPPROTO_IP, &[IP_MTU_DISCOVER, IP_RECVERR, IP_TOS, IP_TTL]),
    (
        IPPROTO_IPV6,
        &[
            IPV6_MTU_DISCOVER,
            IPV6_RECVERR,
            IPV6_TCLASS,
            IPV6_UNICAST_HOPS,
            IPV6_V6ONLY,
        ],
    ),
    (
        IPPROTO_TCP,
        &[
            TCP_CORK,
            TCP_KEEPCNT,
            TCP_KEEPIDLE,
            TCP_KEEPINTVL,
            TCP_MAXSEG,
            TCP_NODELAY,
            TCP_QUICKACK,
            TCP_USER_TIMEOUT,
        ],
    ),
];

/// To be read only.
const QUESTIONS: &[(i32, &[i32])] = &[
    (
        SOL_SOCKET,
        &[
            SO_ACCEPTCONN,
            SO_DOMAIN,
            SO_ERROR,
            SO_PEERCRED,
            SO_PROTOCOL,
            SO_RCVBUF,
            SO_SNDBUF,
            SO_TYPE,
        ],
    ),
    (IPPROTO_TCP, &[TCP_INFO]),
];

/// Larger buffers, where a limit counts them.
const BUFFERS: &[(i32, &[i32])] = &[(SOL_SOCKET, &[SO_RCVBUF, SO_SNDBUF])];

/// Out-of-band data, and pages that stay the sender's.
const NO_FLAGS: u64 = (libc::MSG_OOB | libc::MSG_ZEROCOPY) as u64;

pub(super) fn rules(scope: &Scope, architecture: TargetArch) -> Result<Rules, BackendError> {
    let mut set = options(OPTIONS)?;
    if scope.bounded_memory {
        set.extend(options(BUFFERS)?);
    }
    let mut read = options(OPTIONS)?;
    read.extend(options(QUESTIONS)?);
    let mut rules = numbered(
        [
            (call!(getsockopt), read),
            (call!(setsockopt), set),
            flagged(call!(recvfrom), 3)?,
            flagged(call!(recvmsg), 2)?,
            flagged(call!(sendto), 3)?,
        ],
        architecture,
    );
    if scope.own_user {
        rules.extend(numbered([flagged(call!(sendmsg), 2)?], architecture));
    }
    if scope.network {
        rules.extend(numbered([flagged(call!(recvmmsg), 3)?], architecture));
    }
    if scope.network && scope.own_user {
        rules.extend(numbered([flagged(call!(sendmmsg), 3)?], architecture));
    }
    Ok(rules)
}

/// The call is allowed without the flags that are not for scripts.
fn flagged(call: Call, index: u8) -> Result<(Call, Vec<SeccompRule>), BackendError> {
    Ok((call, vec![all(vec![masked(index, NO_FLAGS, 0)?])?]))
}

fn options(of: &[(i32, &[i32])]) -> Result<Vec<SeccompRule>, BackendError> {
    let mut rules = Vec::new();
    for (level, options) in of {
        for option in *options {
            rules.push(all(vec![
                equal(1, *level as u64)?,
                equal(2, *option as u64)?,
            ])?);
        }
    }
    Ok(rules)
}
