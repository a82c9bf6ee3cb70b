# Makes the buffers of a socket larger than any limit counts.
# layers: SC
# rows: 35, 38
# expect: refused EPERM
# expect delegated: through the cgroup counts them


def enlarge():
    import socket

    one, _other = socket.socketpair()
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        one.setsockopt(socket.SOL_SOCKET, option, 8 << 20)
    return "enlarged"


attack(enlarge)
