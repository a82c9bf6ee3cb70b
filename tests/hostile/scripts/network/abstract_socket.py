# Connects to a socket that has a name but no file.
# layers: NS, LL
# rows: 16
# expect: refused ECONNREFUSED


def connect():
    import socket

    with socket.socket(socket.AF_UNIX) as one:
        one.connect("\0" + planted["abstract"])
        return "connected"


attack(connect)
