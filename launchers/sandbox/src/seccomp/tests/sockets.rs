//! Sockets, and what is said over them, tried one by one.

use super::arguments::{
    DATAGRAM, FLAGS, HIGH, INTERNET, LOCAL, NO_FAMILY, PACKETS, STREAM, always, assert_answer,
};
use super::bpf::Answer::Allow;
use crate::seccomp::Scope;

const INTERNET_6: u64 = libc::AF_INET6 as u64;

#[test]
fn sockets_with_a_network() {
    let network = |scope: &Scope| scope.network;
    let tcp = libc::IPPROTO_TCP as u64;
    let udp = libc::IPPROTO_UDP as u64;
    for family in [INTERNET, INTERNET_6] {
        for (kind, protocol, answer) in [
            (STREAM, 0, Some(Allow)),
            (STREAM | FLAGS, tcp, Some(Allow)),
            (DATAGRAM | FLAGS, 0, Some(Allow)),
            (DATAGRAM, udp, Some(Allow)),
            (STREAM, libc::IPPROTO_MPTCP as u64, None),
            (STREAM, libc::IPPROTO_SCTP as u64, None),
            (DATAGRAM, libc::IPPROTO_ICMP as u64, None),
            (DATAGRAM, libc::IPPROTO_UDPLITE as u64, None),
            (libc::SOCK_RAW as u64, 1, None),
            (PACKETS, 0, None),
            (10, 0, None), // SOCK_PACKET
        ] {
            assert_answer(network, "socket", &[family, kind, protocol], answer);
        }
    }
    assert_answer(network, "socket", &[LOCAL, STREAM, 0], Some(NO_FAMILY));
}

#[test]
fn sockets_without_a_network() {
    let none = |scope: &Scope| !scope.network;
    let alone = |scope: &Scope| !scope.network && !scope.shared_processes;
    let shared = |scope: &Scope| !scope.network && scope.shared_processes;
    for family in [INTERNET, INTERNET_6] {
        assert_answer(none, "socket", &[family, STREAM, 0], Some(NO_FAMILY));
    }
    for kind in [STREAM, DATAGRAM, PACKETS] {
        assert_answer(alone, "socket", &[LOCAL, kind, 0], Some(Allow));
        assert_answer(shared, "socket", &[LOCAL, kind, 0], Some(NO_FAMILY));
    }
}

/// A pair's datagram socket can be connected to any name in sight.
#[test]
fn pairs_of_datagram_sockets() {
    let strangers = |scope: &Scope| scope.network || scope.shared_processes;
    let alone = |scope: &Scope| !(scope.network || scope.shared_processes);
    assert_answer(strangers, "socketpair", &[LOCAL, DATAGRAM | FLAGS, 0], None);
    assert_answer(strangers, "socketpair", &[LOCAL, 3, 0], None); // SOCK_RAW: the same
    assert_answer(alone, "socketpair", &[LOCAL, DATAGRAM, 0], Some(Allow));
}

#[test]
fn messages_and_options() {
    let [level, tcp] = [libc::SOL_SOCKET, libc::IPPROTO_TCP].map(|level| level as u64);
    let own = |scope: &Scope| scope.own_user;
    let bounded = |scope: &Scope| scope.bounded_memory;
    let out_of_band = libc::MSG_OOB as u64;
    let quiet = libc::MSG_NOSIGNAL as u64;
    assert_answer(always, "sendto", &[3, 1, 1, quiet], Some(Allow));
    assert_answer(always, "sendto", &[3, 1, 1, quiet | out_of_band], None);
    assert_answer(
        always,
        "sendto",
        &[3, 1, 1, libc::MSG_ZEROCOPY as u64],
        None,
    );
    assert_answer(always, "recvfrom", &[3, 1, 1, out_of_band], None);
    assert_answer(always, "recvmsg", &[3, 1, out_of_band], None);
    assert_answer(always, "recvmsg", &[3, 1, 0], Some(Allow));
    assert_answer(own, "sendmsg", &[3, 1, quiet], Some(Allow));
    assert_answer(own, "sendmsg", &[3, 1, out_of_band], None);
    assert_answer(|scope| !scope.own_user, "sendmsg", &[3, 1, quiet], None);
    assert_answer(|scope| !scope.own_user, "sendmmsg", &[3, 1, 2, quiet], None);
    for (option, set, read) in [
        (libc::SO_REUSEADDR, true, true),
        (libc::SO_RCVTIMEO, true, true),
        (libc::SO_ERROR, false, true),
        (libc::SO_TYPE, false, true),
        (libc::SO_SNDBUFFORCE, false, false),
        (libc::SO_ATTACH_FILTER, false, false),
        (libc::SO_ATTACH_BPF, false, false),
        (libc::SO_PEERSEC, false, false),
        (libc::SO_ZEROCOPY, false, false),
        (libc::SO_PASSCRED, false, false),
        (76, false, false), // SO_PASSPIDFD
        (77, false, false), // SO_PEERPIDFD
    ] {
        let answer = |is: bool| is.then_some(Allow);
        let option = option as u64;
        assert_answer(always, "setsockopt", &[3, level, option], answer(set));
        assert_answer(always, "getsockopt", &[3, level, option], answer(read));
        assert_answer(
            always,
            "setsockopt",
            &[3, level | HIGH, option],
            answer(set),
        );
    }
    for buffer in [libc::SO_SNDBUF, libc::SO_RCVBUF] {
        let buffer = buffer as u64;
        assert_answer(bounded, "setsockopt", &[3, level, buffer], Some(Allow));
        assert_answer(
            |scope| !scope.bounded_memory,
            "setsockopt",
            &[3, level, buffer],
            None,
        );
        assert_answer(always, "getsockopt", &[3, level, buffer], Some(Allow));
    }
    let no_delay = libc::TCP_NODELAY as u64;
    assert_answer(always, "setsockopt", &[3, tcp, no_delay], Some(Allow));
    assert_answer(always, "setsockopt", &[3, tcp, libc::TCP_ULP as u64], None);
    assert_answer(
        always,
        "setsockopt",
        &[3, tcp, libc::TCP_CONGESTION as u64],
        None,
    );
}
