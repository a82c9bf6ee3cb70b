# Sends descriptors to itself and never receives them: they are counted for the server's user.
# layers: RL, SC
# rows: 18, 39
# expect: refused EPERM
# expect workers: refused ETOOMANYREFS or EMFILE


def send():
    import array
    import socket

    one, _other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    one.setblocking(False)
    # SCM_RIGHTS, which the launcher may have hidden, is 1.
    rights = array.array("i", [0] * 250).tobytes()
    for _ in range(8):
        one.sendmsg([b"x"], [(socket.SOL_SOCKET, 1, rights)])
    return "2000 in flight"


attack(send)
