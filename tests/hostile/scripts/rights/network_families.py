# Opens raw sockets, and those to kernel and hypervisor, with the right to the network.
# layers: SC
# rows: 17
# expect: refused nothing
# settings: launchpad.network=host

import socket


def connect():
    found = []
    for family in range(46):
        for kind in range(1, 11):
            # What the right is for, and what everybody has.
            if family in (socket.AF_INET, socket.AF_INET6) and kind in (1, 2):
                continue
            try:
                socket.socket(family, kind).close()
                found.append((family, kind))
            except OSError:
                continue
    found = [pair for pair in found if pair[0] != socket.AF_UNIX]
    if not found:
        raise Nothing("nothing")
    return found


attack(connect)
