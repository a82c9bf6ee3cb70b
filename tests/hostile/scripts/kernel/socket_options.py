# Reaches rare code of the kernel by options and flags of sockets: filters, process descriptors,
# out-of-band data.
# layers: SC
# rows: 17, 27, 30
# expect: refused EPERM


def options():
    import socket
    import struct

    one, other = socket.socketpair()
    program = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0xFFFF))
    code = struct.pack("HxxxxxxQ", 1, ctypes.addressof(program))
    got = []
    for name, act in (
        ("SO_ATTACH_FILTER", lambda: one.setsockopt(socket.SOL_SOCKET, 26, code)),
        ("SO_LOCK_FILTER", lambda: one.setsockopt(socket.SOL_SOCKET, 44, 1)),
        ("SO_PASSPIDFD", lambda: one.setsockopt(socket.SOL_SOCKET, 76, 1)),
        ("SO_PEERPIDFD", lambda: one.getsockopt(socket.SOL_SOCKET, 77)),
        ("SO_PASSCRED", lambda: one.setsockopt(socket.SOL_SOCKET, 16, 1)),
        ("SO_ZEROCOPY", lambda: one.setsockopt(socket.SOL_SOCKET, 60, 1)),
        ("SO_COOKIE", lambda: one.getsockopt(socket.SOL_SOCKET, 57, 8)),
        ("MSG_OOB", lambda: one.send(b"x", socket.MSG_OOB)),
        ("MSG_OOB received", lambda: other.recv(1, socket.MSG_OOB)),
    ):
        try:
            act()
        except OSError as error:
            if error.errno == errno.EPERM:
                continue
        got.append(name)
    if not got:
        raise OSError(errno.EPERM, "")
    return got


attack(options)
