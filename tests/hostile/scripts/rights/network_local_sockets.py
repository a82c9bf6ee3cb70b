# Connects to local sockets, with a file or without, with the right to the network.
# layers: NS, SC, LL
# rows: 15, 16
# expect: refused nothing
# settings: launchpad.network=host

import socket


def connect():
    for address in (planted["socket"], "\0" + planted["abstract"], planted["launchpad"]):
        for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
            try:
                with socket.socket(socket.AF_UNIX, kind) as one:
                    one.connect(address)
                return address
            except OSError:
                continue
    raise Nothing("nothing")


attack(connect)
