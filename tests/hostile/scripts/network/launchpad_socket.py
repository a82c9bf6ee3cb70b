# Connects to the launchpad as a backend does.
# layers: NS, LL
# rows: 15, 18
# expect: refused ENOENT


def connect():
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as one:
        one.connect(planted["launchpad"])
        return "connected"


attack(connect)
