# Tries every other family of sockets.
# layers: SC
# rows: 17
# expect: refused EAFNOSUPPORT

import socket


def open_any():
    found = []
    for family in range(2, 46):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                socket.socket(family, kind).close()
                found.append(family)
            except OSError as error:
                # That a kind or a right is missing would come after the family was accepted.
                if error.errno != errno.EAFNOSUPPORT:
                    found.append((family, errno.errorcode[error.errno]))
    if not found:
        raise OSError(errno.EAFNOSUPPORT, "none")
    return found


attack(open_any)
