//! Which sockets there can be. The families refused here get EAFNOSUPPORT, as from a kernel without
//! them: no virtual machine sockets, no kernel crypto or netlink, whose code has been an entrance.

use super::arguments::{all, equal, masked, numbered, unequal};
use super::table::{Table, always, call, calls};
use super::{Rules, Scope};
use seccompiler::{BackendError, SeccompRule, TargetArch};

const UNIX: u64 = libc::AF_UNIX as u64;
const INTERNET: [u64; 2] = [libc::AF_INET as u64, libc::AF_INET6 as u64];

/// What the kernel looks at for the type; the rest are flags.
const TYPE: u64 = 0xf;

/// Types and protocols: neither raw sockets, nor type 10, which is another way to packet sockets,
/// nor MPTCP, SCTP, ICMP and so on, whose code nobody needs to reach.
const TRANSPORTS: [(i32, i32); 4] = [
    (libc::SOCK_STREAM, 0),
    (libc::SOCK_STREAM, libc::IPPROTO_TCP),
    (libc::SOCK_DGRAM, 0),
    (libc::SOCK_DGRAM, libc::IPPROTO_UDP),
];

/// Of a pair that may not be taken apart: a datagram socket can be connected anew, to anyone's
/// abstract name; these two stay with each other.
const PAIRED: [i32; 2] = [libc::SOCK_STREAM, libc::SOCK_SEQPACKET];

/// Makers of sockets.
pub(super) const SOCKETS: Table = calls! {
    both: socket socketpair;
};

/// Whether the abstract names of local sockets can be other processes': they belong to the network
/// namespace. Without a pid namespace there is one host to share all with.
fn strangers(scope: &Scope) -> bool {
    scope.network || scope.shared_processes
}

/// What gets EAFNOSUPPORT.
pub(super) fn refused(scope: &Scope, architecture: TargetArch) -> Result<Rules, BackendError> {
    let socket = if scope.network {
        vec![not_internet()?]
    } else if scope.shared_processes {
        // Every family.
        vec![]
    } else {
        vec![not_local()?]
    };
    Ok(numbered(
        [
            (call!(socket), socket),
            (call!(socketpair), vec![not_local()?]),
        ],
        architecture,
    ))
}

/// The last filter's rules, which let through what [`refused`] answers.
pub(super) fn allowed(scope: &Scope, architecture: TargetArch) -> Result<Rules, BackendError> {
    let mut rules = always(SOCKETS, architecture);
    if scope.network {
        let mut sockets = vec![not_internet()?];
        for family in INTERNET {
            for (kind, protocol) in TRANSPORTS {
                sockets.push(all(vec![
                    equal(0, family)?,
                    masked(1, TYPE, kind as u64)?,
                    equal(2, protocol as u64)?,
                ])?);
            }
        }
        rules.extend(numbered([(call!(socket), sockets)], architecture));
    }
    if strangers(scope) {
        let mut pairs = vec![not_local()?];
        for kind in PAIRED {
            pairs.push(all(vec![equal(0, UNIX)?, masked(1, TYPE, kind as u64)?])?);
        }
        rules.extend(numbered([(call!(socketpair), pairs)], architecture));
    }
    Ok(rules)
}

fn not_local() -> Result<SeccompRule, BackendError> {
    all(vec![unequal(0, UNIX)?])
}

fn not_internet() -> Result<SeccompRule, BackendError> {
    let conditions = INTERNET.map(|family| unequal(0, family));
    all(conditions.into_iter().collect::<Result<_, _>>()?)
}
