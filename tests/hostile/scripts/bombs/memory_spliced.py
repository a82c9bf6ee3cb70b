# Has a pipe or a socket refer to pages that are cut off their file then: no limit counts them.
# layers: SC
# rows: 36, 38
# expect: refused ENOSYS


def refer():
    import socket

    _read, write = os.pipe()
    _one, other = socket.socketpair()
    with open("pages", "wb+") as file:
        file.write(bytes(1 << 20))
        file.flush()
        got = []
        for name, act in (
            ("sendfile", lambda: os.sendfile(other.fileno(), file.fileno(), 0, 1)),
            # Before Python 3.10 it has another name.
            ("splice", lambda: checked(libc.splice(file.fileno(), None, write, None, 1, 0))),
        ):
            try:
                os.lseek(file.fileno(), 0, 0)
                act()
            except OSError as error:
                if error.errno == errno.ENOSYS:
                    continue
                raise
            got.append(name)
        file.truncate(0)
    if not got:
        raise OSError(errno.ENOSYS, "")
    return got


attack(refer)
