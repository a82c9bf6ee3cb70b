# Connects to a service of the host by IPv6.
# layers: NS, SC
# rows: 13
# expect: refused EAFNOSUPPORT

import socket


def connect():
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as one:
        one.settimeout(2)
        one.connect(("::1", planted["tcp6"]))
        return one.getpeername()


attack(connect)
